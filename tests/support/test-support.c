/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-support.h"

#include <pthread.h>
#include <time.h>

/* The interval between checks of a condition that nothing announces. */
#define POLL_INTERVAL_USEC 500

static gboolean
on_watchdog (gpointer user_data)
{
  g_error ("a condition did not come true within %d seconds", TEST_WATCHDOG_SECONDS);
  return G_SOURCE_REMOVE;
}

static GSource *
attach_watchdog (GMainContext *context)
{
  GSource *source = g_timeout_source_new_seconds (TEST_WATCHDOG_SECONDS);

  g_source_set_static_name (source, "test watchdog");
  g_source_set_callback (source, on_watchdog, NULL, NULL);
  g_source_attach (source, context);
  return source;
}

void
test_iterate_until (GMainContext *context, TestCondition condition, gpointer user_data)
{
  g_autoptr (GMainContext) iterated = context != NULL ? g_main_context_ref (context)
                                                      : g_main_context_ref_thread_default ();
  g_autoptr (GSource) watchdog = attach_watchdog (iterated);

  while (!condition (user_data))
    g_main_context_iteration (iterated, TRUE);

  g_source_destroy (watchdog);
}

static gboolean
condition_true (gpointer user_data)
{
  const gboolean *flag = user_data;

  return *flag;
}

void
test_iterate_until_true (GMainContext *context, const gboolean *flag)
{
  test_iterate_until (context, condition_true, (gpointer) flag);
}

typedef struct
{
  const guint *count;
  guint wanted;
} CountCondition;

static gboolean
condition_count (gpointer user_data)
{
  const CountCondition *count = user_data;

  return *count->count >= count->wanted;
}

void
test_iterate_until_count (GMainContext *context, const guint *count, guint wanted)
{
  CountCondition condition = { count, wanted };

  test_iterate_until (context, condition_count, &condition);
}

guint
test_iterate_pending (GMainContext *context)
{
  g_autoptr (GMainContext) iterated = context != NULL ? g_main_context_ref (context)
                                                      : g_main_context_ref_thread_default ();
  guint dispatches = 0;

  /* A source of the library skips an iteration if it took long, so two iterations have to be
   * idle. */
  while (g_main_context_iteration (iterated, FALSE) || g_main_context_iteration (iterated, FALSE))
    dispatches++;

  return dispatches;
}

void
test_poll_until (TestCondition condition, gpointer user_data)
{
  gint64 deadline = g_get_monotonic_time () + TEST_WATCHDOG_SECONDS * G_USEC_PER_SEC;

  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > deadline)
        on_watchdog (NULL);
      g_usleep (POLL_INTERVAL_USEC);
    }
}

gboolean
test_condition_flag (gpointer flag)
{
  return g_atomic_int_get ((gint *) flag) != 0;
}

gboolean
test_condition_done (gpointer task)
{
  return asynclit_task_get_done (task);
}

gboolean
test_condition_started (gpointer task)
{
  return asynclit_task_get_status (task) != ASYNCLIT_TASK_STATUS_PENDING;
}

gboolean
test_condition_waiting_retry (gpointer task)
{
  return asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY;
}

void
test_wait (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;
  gboolean ended = asynclit_task_wait (task, TEST_WATCHDOG_SECONDS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ended);
  g_assert_true (asynclit_task_get_done (task));
}

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  gboolean *completed = user_data;

  *completed = TRUE;
}

void
test_iterate_until_completed (AsyncLitTask *task)
{
  gboolean completed = FALSE;

  asynclit_task_add_callback (task, on_completed, &completed, NULL);
  test_iterate_until_true (NULL, &completed);
}

/* Gates */

/* ThreadSanitizer sees pthread locks, but not those of a GLib that is not instrumented. */
struct _TestGate
{
  pthread_mutex_t lock; /* guards the rest */
  pthread_cond_t changed;
  gboolean open;
  guint arrivals;
};

TestGate *
test_gate_new (void)
{
  TestGate *gate = g_new0 (TestGate, 1);

  pthread_mutex_init (&gate->lock, NULL);
  pthread_cond_init (&gate->changed, NULL);
  return gate;
}

void
test_gate_free (TestGate *gate)
{
  pthread_mutex_destroy (&gate->lock);
  pthread_cond_destroy (&gate->changed);
  g_free (gate);
}

void
test_gate_open (TestGate *gate)
{
  pthread_mutex_lock (&gate->lock);
  gate->open = TRUE;
  pthread_cond_broadcast (&gate->changed);
  pthread_mutex_unlock (&gate->lock);
}

static void
gate_wait_locked (TestGate *gate, const struct timespec *deadline)
{
  if (pthread_cond_timedwait (&gate->changed, &gate->lock, deadline) != 0)
    on_watchdog (NULL);
}

void
test_gate_pass (TestGate *gate)
{
  struct timespec deadline = { time (NULL) + TEST_WATCHDOG_SECONDS, 0 };

  pthread_mutex_lock (&gate->lock);
  gate->arrivals++;
  pthread_cond_broadcast (&gate->changed);
  while (!gate->open)
    gate_wait_locked (gate, &deadline);
  pthread_mutex_unlock (&gate->lock);
}

void
test_gate_await_arrivals (TestGate *gate, guint arrivals)
{
  struct timespec deadline = { time (NULL) + TEST_WATCHDOG_SECONDS, 0 };

  pthread_mutex_lock (&gate->lock);
  while (gate->arrivals < arrivals)
    gate_wait_locked (gate, &deadline);
  pthread_mutex_unlock (&gate->lock);
}

guint
test_gate_get_arrivals (TestGate *gate)
{
  guint arrivals;

  pthread_mutex_lock (&gate->lock);
  arrivals = gate->arrivals;
  pthread_mutex_unlock (&gate->lock);
  return arrivals;
}

/* Tokens */

struct _TestToken
{
  gint references;  /* atomic */
  gint destroyed;   /* atomic */
  gpointer thread;  /* atomic: the last thread that destroyed it; never dereferenced */
};

TestToken *
test_token_new (void)
{
  TestToken *token = g_new0 (TestToken, 1);

  token->references = 1;
  return token;
}

TestToken *
test_token_ref (TestToken *token)
{
  g_atomic_int_inc (&token->references);
  return token;
}

void
test_token_unref (TestToken *token)
{
  if (g_atomic_int_dec_and_test (&token->references))
    g_free (token);
}

void
test_token_destroy (gpointer user_data)
{
  TestToken *token = user_data;

  g_atomic_pointer_set (&token->thread, g_thread_self ());
  g_atomic_int_inc (&token->destroyed);
  test_token_unref (token);
}

guint
test_token_get_destroyed (TestToken *token)
{
  return (guint) g_atomic_int_get (&token->destroyed);
}

GThread *
test_token_get_thread (TestToken *token)
{
  return g_atomic_pointer_get (&token->thread);
}

gboolean
test_condition_token_destroyed (gpointer token)
{
  return test_token_get_destroyed (token) > 0;
}

/* Threads */

static gboolean
thread_has_name (const char *id, const char *name)
{
  g_autofree char *path = g_build_filename ("/proc/self/task", id, "comm", NULL);
  g_autofree char *comm = NULL;
  g_autofree char *shortened = g_strndup (name, 15); /* the kernel keeps no more */

  /* A thread may have ended since its folder was read. */
  if (!g_file_get_contents (path, &comm, NULL, NULL))
    return FALSE;
  return g_str_equal (g_strchomp (comm), shortened);
}

static guint
count_threads (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, &error);
  const char *id;
  guint count = 0;

  g_assert_no_error (error);
  while ((id = g_dir_read_name (dir)) != NULL)
    if (name == NULL || thread_has_name (id, name))
      count++;

  return count;
}

guint
test_count_threads (void)
{
  return count_threads (NULL);
}

guint
test_count_threads_named (const char *name)
{
  return count_threads (name);
}

gboolean
test_slow (void)
{
  return g_test_slow () || g_strcmp0 (g_getenv ("ASYNCLIT_TEST_SLOW"), "1") == 0;
}

GType
test_derive_type (GType parent, const char *name)
{
  GTypeQuery query;
  GTypeInfo info = { 0 };

  g_type_query (parent, &query);
  info.class_size = (guint16) query.class_size;
  info.instance_size = (guint16) query.instance_size;
  return g_type_register_static (parent, name, &info, 0);
}
