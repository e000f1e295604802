/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-context-private.h"
#include "asynclit-wakeup-source-private.h"
#include "test-child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  AsyncLitWakeupSource wakeup; /* its lock guards n_pending */
  guint n_pending;
  guint n_answers;
  guint n_per_answer; /* the rest is left for the next time */
  gboolean gone;
} Counter;

static guint n_cleared;

static void
counter_init (AsyncLitWakeupSource *wakeup)
{
  ((Counter *) wakeup)->n_per_answer = G_MAXUINT;
}

static gboolean
counter_is_pending_locked (AsyncLitWakeupSource *wakeup)
{
  return ((Counter *) wakeup)->n_pending > 0;
}

static gboolean
counter_answer (AsyncLitWakeupSource *wakeup)
{
  Counter *self = (Counter *) wakeup;
  gboolean more;

  asynclit_lock (&wakeup->lock);
  self->n_pending -= MIN (self->n_pending, self->n_per_answer);
  more = self->n_pending > 0;
  asynclit_unlock (&wakeup->lock);
  self->n_answers++;
  return more;
}

static void
counter_context_gone (AsyncLitWakeupSource *wakeup)
{
  ((Counter *) wakeup)->gone = TRUE;
}

static void
counter_clear (AsyncLitWakeupSource *wakeup)
{
  n_cleared++;
}

static const AsyncLitWakeupSourceClass counter_class = {
  .name = "[test] counter",
  .instance_size = sizeof (Counter),
  .init = counter_init,
  .is_pending_locked = counter_is_pending_locked,
  .answer = counter_answer,
  .context_gone = counter_context_gone,
  .clear = counter_clear,
};

static Counter *
counter_get (GMainContext *context)
{
  return (Counter *) asynclit_wakeup_source_get (&counter_class, context, G_PRIORITY_DEFAULT);
}

static void
counter_wake (Counter *self)
{
  asynclit_lock (&self->wakeup.lock);
  self->n_pending++;
  asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
}

/* Whether the descriptor was written to and has not been read yet. */
static gboolean
counter_is_written (Counter *self)
{
  struct pollfd fd = { .fd = self->wakeup.fd, .events = POLLIN };

  return poll (&fd, 1, 0) == 1;
}

static void
test_busy_context_is_not_woken (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Counter *counter = counter_get (context);

  /* The context has not checked yet, so it will. */
  counter_wake (counter);
  g_assert_false (counter_is_written (counter));
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (counter->n_answers, ==, 1);
  asynclit_wakeup_source_unref (&counter->wakeup);
}

static void
test_sleeping_context_is_woken_once (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Counter *counter = counter_get (context);
  int priority;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  g_assert_true (counter->wakeup.armed);
  counter_wake (counter);
  g_assert_true (counter_is_written (counter));
  g_assert_false (counter->wakeup.armed);
  counter_wake (counter);
  g_main_context_release (context);

  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (counter->n_pending, ==, 0);
  /* The descriptor does not keep the context awake. */
  g_main_context_iteration (context, FALSE);
  g_assert_false (counter_is_written (counter));
  asynclit_wakeup_source_unref (&counter->wakeup);
}

static gboolean
count (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

/* Between two answers that stopped early, a source of lower priority runs. */
static void
test_sits_out (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) idle = g_idle_source_new ();
  Counter *counter = counter_get (context);
  guint n_idle = 0;

  g_source_set_callback (idle, count, &n_idle, NULL);
  g_source_attach (idle, context);
  counter->n_per_answer = 1;
  for (guint i = 0; i < 10; i++)
    counter_wake (counter);
  while (counter->n_pending > 0)
    g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (counter->n_answers, ==, 10);
  g_assert_cmpuint (n_idle, >=, 9);
  asynclit_wakeup_source_unref (&counter->wakeup);
}

static void
test_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = counter_get (context);
  guint n_before = n_cleared;

  g_assert_false (asynclit_wakeup_source_is_closed (&counter->wakeup));
  g_main_context_unref (context);
  g_assert_true (asynclit_wakeup_source_is_closed (&counter->wakeup));
  g_assert_true (counter->gone);
  counter_wake (counter);
  g_assert_cmpuint (n_cleared, ==, n_before);
  asynclit_wakeup_source_unref (&counter->wakeup);
  g_assert_cmpuint (n_cleared, ==, n_before + 1);
}

/* A context at the address of a destroyed one has its own wakeup source. */
static void
test_address_used_again (void)
{
  Counter *before = NULL;

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      Counter *counter = counter_get (context);

      g_assert_true (counter != before);
      g_assert_false (asynclit_wakeup_source_is_closed (&counter->wakeup));
      g_assert_cmpuint (counter->n_answers, ==, 0);
      counter_wake (counter);
      g_main_context_iteration (context, FALSE);
      if (before != NULL)
        asynclit_wakeup_source_unref (&before->wakeup);
      before = counter;
    }
  asynclit_wakeup_source_unref (&before->wakeup);
}

/* The descriptor is closed with the context, even if there are references to the wakeup source. */
static void
test_descriptor_goes_with_context (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = counter_get (context);
  int fd = counter->wakeup.fd;

  g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
  g_main_context_unref (context);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  g_assert_cmpint (errno, ==, EBADF);
  counter_wake (counter); /* writes nothing */
  asynclit_wakeup_source_unref (&counter->wakeup);
}

static gpointer
wake_when_asleep (gpointer data)
{
  Counter *counter = data;
  gboolean armed = FALSE;

  while (!armed)
    {
      asynclit_lock (&counter->wakeup.lock);
      armed = counter->wakeup.armed;
      asynclit_unlock (&counter->wakeup.lock);
      g_thread_yield ();
    }
  counter_wake (counter);
  return NULL;
}

/* Runs @func with the current number of descriptors as the limit. */
static void
with_no_descriptors (void (*func) (gpointer), gpointer data)
{
  struct rlimit before, none;
  int first_free = dup (0);

  g_assert_cmpint (first_free, >=, 0);
  close (first_free);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  none = (struct rlimit){ (rlim_t) first_free, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  func (data);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
}

static void
get_counter (gpointer data)
{
  *(Counter **) data = counter_get (g_main_context_get_thread_default ());
}

/* If the system has no descriptor left, a sleeping context is woken in another way, any number of
 * times. */
static void
test_without_descriptor (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = NULL;

  g_main_context_push_thread_default (context);
  with_no_descriptors (get_counter, &counter);
  g_assert_cmpint (counter->wakeup.fd, ==, -1);
  for (guint i = 1; i <= 5; i++)
    {
      GThread *waker = g_thread_new ("waker", wake_when_asleep, counter);

      while (counter->n_answers < i)
        g_main_context_iteration (context, TRUE);
      g_thread_join (waker);
    }
  g_assert_cmpuint (counter->n_pending, ==, 0);
  /* This does not keep the context awake, either. */
  while (g_main_context_iteration (context, FALSE))
    ;
  g_assert_false (g_main_context_pending (context));
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  g_assert_true (asynclit_wakeup_source_is_closed (&counter->wakeup));
  counter_wake (counter);
  asynclit_wakeup_source_unref (&counter->wakeup);
}

static void
look_for_default (gpointer found)
{
  *(GMainContext **) found = asynclit_context_peek_default ();
}

/* The wakeup source of a default context that can't be created yet, in a process that has none. */
static void
test_default_comes_later (void)
{
  GMainContext *found = NULL;
  Counter *counter;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  with_no_descriptors (look_for_default, &found);
  g_assert_null (found);
  counter = counter_get (NULL);
  g_assert_true (counter->wakeup.armed);
  counter_wake (counter);
  counter_wake (counter);
  while (counter->n_answers == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (counter->n_pending, ==, 0);
  asynclit_wakeup_source_unref (&counter->wakeup);
}

/* Forks */

static void
await_child (pid_t child)
{
  int status;

  g_assert_cmpint (child, >, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* The child uses a wakeup source whose lock a thread of the parent may have held. Returns the
 * number of the failed check, or 0. */
static int
iterate_in_child (GMainContext *context, Counter *counter)
{
  Counter *own;

  if (!asynclit_wakeup_source_is_foreign (&counter->wakeup))
    return 1;
  for (guint i = 0; i < 5; i++)
    g_main_context_iteration (context, FALSE);
  if (counter->n_answers != 0)
    return 2;
  if (fcntl (counter->wakeup.fd, F_GETFD) >= 0)
    return 3; /* it would read the parent's wakeup */
  own = counter_get (context);
  if (own == counter)
    return 4;
  counter_wake (own);
  while (own->n_answers == 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_unref (context);
  return own->gone && !counter->gone ? 0 : 5;
}

static void
test_fork (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = counter_get (context);
  int priority;
  pid_t child;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  counter_wake (counter);
  g_main_context_release (context);
  /* As if another thread held it at that moment. */
  asynclit_lock (&counter->wakeup.lock);
  child = fork ();
  if (child == 0)
    {
      alarm (30);
      test_end_child (iterate_in_child (context, counter));
    }
  asynclit_unlock (&counter->wakeup.lock);
  await_child (child);
  g_assert_true (counter_is_written (counter));
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (counter->n_answers, ==, 1);
  asynclit_wakeup_source_unref (&counter->wakeup);
  g_main_context_unref (context);
}

/* The child destroys a context of the parent. */
static void
test_fork_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = counter_get (context);
  pid_t child;

  asynclit_lock (&counter->wakeup.lock);
  child = fork ();
  if (child == 0)
    {
      alarm (30);
      g_main_context_unref (context);
      test_end_child (counter->gone);
    }
  asynclit_unlock (&counter->wakeup.lock);
  await_child (child);
  asynclit_wakeup_source_unref (&counter->wakeup);
  g_main_context_unref (context);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wakeup-source/busy-context-is-not-woken", test_busy_context_is_not_woken);
  g_test_add_func ("/wakeup-source/sleeping-context-is-woken-once",
                   test_sleeping_context_is_woken_once);
  g_test_add_func ("/wakeup-source/sits-out", test_sits_out);
  g_test_add_func ("/wakeup-source/context-gone", test_context_gone);
  g_test_add_func ("/wakeup-source/address-used-again", test_address_used_again);
  g_test_add_func ("/wakeup-source/descriptor-goes-with-context",
                   test_descriptor_goes_with_context);
  g_test_add_func ("/wakeup-source/without-descriptor", test_without_descriptor);
  g_test_add_func ("/wakeup-source/default-comes-later", test_default_comes_later);
  g_test_add_func ("/wakeup-source/fork", test_fork);
  g_test_add_func ("/wakeup-source/fork/context-gone", test_fork_context_gone);
  return g_test_run ();
}
