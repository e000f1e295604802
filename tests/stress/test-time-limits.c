/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads submit tasks that take about as long as they may, of which some are cancelled,
 * abandoned or retried: every task ends with one of the outcomes that it can have, its function is
 * never called twice at once, nothing of it runs afterwards unless it was abandoned, and its data
 * is freed once. */

#include "stress-support.h"

#include <pthread.h>

#define N_THREADS 3
/* Tasks that a thread submits before it waits for all of them. */
#define N_ROUND 50

typedef struct {
  gint inside;   /* atomic */
  gint released; /* atomic */
  guint steps;   /* how long it takes */
  gboolean fails;
} Work;

typedef struct {
  AsyncLitTaskManager *manager;
  AsyncLitLimiter *limiter;
  GCancellable *parent; /* of some of a round */
  guint n_tasks;
  guint seed;
  guint n_timed_out;
  pthread_t thread;
} Submitter;

/* Asks its cancellable, or does not care. */
static void
run (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Work *work = user_data;

  g_assert_cmpint (g_atomic_int_add (&work->inside, 1), ==, 0);
  for (guint i = 0; i < work->steps % 64; i++)
    {
      stress_spin (3000);
      if ((work->steps & 64) && g_cancellable_is_cancelled (cancellable))
        break;
    }
  if (work->steps & 128)
    asynclit_task_get_cancellable (task);
  else
    asynclit_task_heartbeat (task);
  g_atomic_int_add (&work->inside, -1);
  if (work->fails)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_pointer (task, g_strdup ("result"), g_free);
}

static void
release (gpointer data)
{
  g_atomic_int_inc (&((Work *) data)->released);
}

static AsyncLitTask *
make_task (Submitter *self, GRand *rand, AsyncLitRetryPolicy *retry, Work *work)
{
  AsyncLitTask *task = asynclit_task_new ();

  work->steps = (guint) g_rand_int_range (rand, 0, 256);
  work->fails = g_rand_int_range (rand, 0, 4) == 0;
  asynclit_task_set_func (task, run, work, release);
  if (g_rand_boolean (rand))
    asynclit_task_set_retry_policy (task, retry);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_abandon_on_cancel (task, TRUE);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_add_limiter (task, self->limiter);
  if (g_rand_int_range (rand, 0, 8) != 0)
    asynclit_task_set_timeout (task, g_rand_double_range (rand, 0, 0.0005));
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_stall_timeout (task, g_rand_double_range (rand, 0, 0.0002));
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_parent_cancellable (task, self->parent);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_deadline (task, g_rand_double_range (rand, 0, 0.002));
  return task;
}

static void
check_end (Submitter *self, AsyncLitTask *task, Work *work)
{
  const GError *error = asynclit_task_get_error (task);
  gboolean timed_out = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  if (!asynclit_task_get_abandon_on_cancel (task))
    g_assert_cmpint (g_atomic_int_get (&work->inside), ==, 0);
  g_assert_true (error == NULL || timed_out || (work->fails && error->code == G_IO_ERROR_BUSY));
  g_assert_true (!timed_out || asynclit_task_get_timeout (task) > 0
                 || asynclit_task_get_deadline (task) > 0);
  self->n_timed_out += timed_out;
}

static void
submit_some (Submitter *self, GRand *rand, AsyncLitRetryPolicy *retry, Work *works, guint n)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GCancellable) parent = g_cancellable_new ();
  guint when = (guint) g_rand_int_range (rand, 0, 4 * N_ROUND);

  self->parent = parent;
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (tasks, make_task (self, rand, retry, &works[i]));
      asynclit_task_manager_submit_task (self->manager, g_ptr_array_index (tasks, i));
      if (g_rand_int_range (rand, 0, 8) == 0)
        asynclit_task_cancel (g_ptr_array_index (tasks, g_rand_int_range (rand, 0, (int) i + 1)));
      if (i == when)
        g_cancellable_cancel (parent);
    }
  for (guint i = 0; i < n; i++)
    {
      test_wait (g_ptr_array_index (tasks, i));
      check_end (self, g_ptr_array_index (tasks, i), &works[i]);
    }
}

static void *
submit_many (void *data)
{
  Submitter *self = data;
  GMainContext *context = stress_context_push ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seed);
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (3, 0, 0, 1, 0, 0, NULL);
  g_autofree Work *works = g_new0 (Work, self->n_tasks);

  for (guint i = 0; i < self->n_tasks; i += N_ROUND)
    submit_some (self, rand, retry, works + i, N_ROUND);
  for (guint i = 0; i < self->n_tasks; i++)
    while (g_atomic_int_get (&works[i].released) == 0)
      g_main_context_iteration (context, FALSE);
  for (guint i = 0; i < self->n_tasks; i++)
    g_assert_cmpint (works[i].released, ==, 1);
  stress_context_pop (context);
  return NULL;
}

static void
test_mixed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (2);
  Submitter submitters[N_THREADS];
  guint n_timed_out = 0;

  for (guint i = 0; i < N_THREADS; i++)
    {
      submitters[i] = (Submitter){ .manager = manager,
                                   .limiter = limiter,
                                   .n_tasks = N_ROUND * stress_scale (200),
                                   .seed = g_test_rand_int () };
      g_assert_cmpint (pthread_create (&submitters[i].thread, NULL, submit_many, &submitters[i]),
                       ==, 0);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      pthread_join (submitters[i].thread, NULL);
      n_timed_out += submitters[i].n_timed_out;
    }
  g_test_message ("%u tasks timed out", n_timed_out);
  g_assert_cmpuint (n_timed_out, >, 0);
  while (asynclit_limiter_get_n_running (limiter) > 0)
    g_thread_yield ();
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiter), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stress/time-limits/mixed", test_mixed);
  return g_test_run ();
}
