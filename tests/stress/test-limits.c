/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads submit tasks with limiters, dependencies and delays, cancel some of them, and
 * change the limits at the same time: every task ends, and every place is free afterwards. */

#include "stress-support.h"

#include <pthread.h>

#define N_THREADS 3

typedef struct {
  AsyncLitTaskManager *manager;
  AsyncLitLimiter *limiters[2];
  guint n_tasks;
  guint seed;
  pthread_t thread;
} Submitter;

static void
fail_sometimes (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  if (asynclit_task_get_attempt (task) < GPOINTER_TO_UINT (user_data))
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 1);
}

static AsyncLitTask *
make_task (Submitter *self, GRand *rand, AsyncLitRetryPolicy *retry, AsyncLitTask *other)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, fail_sometimes, GUINT_TO_POINTER (g_rand_int_range (rand, 0, 4)),
                          NULL);
  asynclit_task_set_retry_policy (task, retry);
  if (g_rand_boolean (rand))
    asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  for (guint i = 0; i < 2; i++)
    if (g_rand_boolean (rand))
      asynclit_task_add_limiter (task, self->limiters[i]);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_set_delay (task, g_rand_double_range (rand, 0, 0.002));
  if (other != NULL && g_rand_int_range (rand, 0, 3) == 0)
    {
      asynclit_task_add_dependency (task, other);
      asynclit_task_set_run_anyway (task, g_rand_boolean (rand));
    }
  return task;
}

static void *
submit_many (void *data)
{
  Submitter *self = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seed);
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->n_tasks; i++)
    {
      AsyncLitTask *other = i > 0 ? g_ptr_array_index (tasks, i - 1) : NULL;

      g_ptr_array_add (tasks, make_task (self, rand, retry, other));
      asynclit_task_manager_submit_task (self->manager, g_ptr_array_index (tasks, i));
      if (g_rand_int_range (rand, 0, 4) == 0)
        asynclit_task_cancel (
            g_ptr_array_index (tasks, g_rand_int_range (rand, 0, (int) tasks->len)));
      if (g_rand_int_range (rand, 0, 8) == 0)
        asynclit_limiter_set_max_running (self->limiters[i % 2],
                                          (guint) g_rand_int_range (rand, 0, 4));
      if (g_rand_int_range (rand, 0, 16) == 0)
        g_free (asynclit_task_explain (g_ptr_array_index (tasks, i)));
    }
  for (guint i = 0; i < tasks->len; i++)
    test_wait (g_ptr_array_index (tasks, i));
  return NULL;
}

static void
test_mixed (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 3, NULL);
  AsyncLitLimiter *limiters[] = { asynclit_limiter_new (1), asynclit_limiter_new (2) };
  Submitter submitters[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      submitters[i] = (Submitter){ .manager = manager,
                                   .limiters = { limiters[0], limiters[1] },
                                   .n_tasks = stress_scale (20000),
                                   .seed = g_test_rand_int () };
      g_assert_cmpint (pthread_create (&submitters[i].thread, NULL, submit_many, &submitters[i]),
                       ==, 0);
    }
  for (guint i = 0; i < N_THREADS; i++)
    pthread_join (submitters[i].thread, NULL);
  g_assert_true (asynclit_task_manager_wait (manager, -1, NULL, NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiters[i]), ==, 0);
      while (asynclit_limiter_get_n_running (limiters[i]) > 0)
        g_thread_yield ();
      g_object_unref (limiters[i]);
    }
}

/* Each of two threads changes one setting: neither undoes what the other one does. */

static void *
set_rates (void *limiter)
{
  for (guint i = 1; i <= stress_scale (20000); i++)
    {
      asynclit_limiter_set_rate (limiter, i);
      g_assert_cmpfloat (asynclit_limiter_get_rate (limiter), ==, i);
    }
  return NULL;
}

static void *
set_bursts (void *limiter)
{
  for (guint i = 1; i <= stress_scale (20000); i++)
    {
      asynclit_limiter_set_burst (limiter, i);
      g_assert_cmpuint (asynclit_limiter_get_burst (limiter), ==, i);
    }
  return NULL;
}

static void
test_rate_and_burst (void)
{
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (0);
  pthread_t thread;

  g_assert_cmpint (pthread_create (&thread, NULL, set_rates, limiter), ==, 0);
  set_bursts (limiter);
  pthread_join (thread, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stress/limits/mixed", test_mixed);
  g_test_add_func ("/stress/limits/rate-and-burst", test_rate_and_burst);
  return g_test_run ();
}
