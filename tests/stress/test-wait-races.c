/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Waiting versus the end of the task: time-outs, cancellables, many waiters, and the asynchronous
 * form. */

#include "stress-support.h"

#include <pthread.h>

#define WAITERS 3

typedef struct {
  pthread_barrier_t begin, end;
  AsyncLitTask *task; /* guarded by the barriers, as is the next */
  GCancellable *cancellable;
  guint rounds;
} WaitRace;

static void
wait_race_init (WaitRace *race, guint n_threads, guint rounds)
{
  race->rounds = rounds;
  pthread_barrier_init (&race->begin, NULL, n_threads);
  pthread_barrier_init (&race->end, NULL, n_threads);
}

static void
wait_race_clear (WaitRace *race)
{
  pthread_barrier_destroy (&race->begin);
  pthread_barrier_destroy (&race->end);
}

/* Time-outs from zero to about the time that the settler takes. */
static double
timeout_in_round (guint index, guint i)
{
  return (i * 7 + index * 13) % 40 * 5e-6;
}

static void
assert_wait_is_right (AsyncLitTask *task, gboolean ended, const GError *error)
{
  if (ended)
    {
      g_assert_no_error (error);
      test_assert_int_result (task, 42);
      return;
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
wait_in_rounds (guint index, gpointer user_data)
{
  WaitRace *race = user_data;

  for (guint i = 0; i < race->rounds; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ended;

      pthread_barrier_wait (&race->begin);
      ended
          = asynclit_task_wait (race->task, timeout_in_round (index, i), race->cancellable, &error);
      assert_wait_is_right (race->task, ended, error);

      /* Whatever the first check returned, the end is not missed. */
      test_wait (race->task);
      test_assert_int_result (race->task, 42);
      pthread_barrier_wait (&race->end);
    }
}

static void
test_timeout_against_finish (void)
{
  WaitRace race = { 0 };
  StressThreads *threads;

  wait_race_init (&race, WAITERS + 1, stress_scale (4000));
  threads = stress_threads_start (WAITERS, wait_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    {
      race.task = asynclit_task_new ();
      pthread_barrier_wait (&race.begin);
      stress_spin (i % 23 * 3000);
      asynclit_task_return_int (race.task, 42);
      pthread_barrier_wait (&race.end);
      g_clear_object (&race.task);
    }
  stress_threads_join (threads);
  wait_race_clear (&race);
}

/* The same with a task of the pool. */
static void
test_timeout_against_pool (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  WaitRace race = { 0 };
  StressThreads *threads;

  wait_race_init (&race, WAITERS + 1, stress_scale (4000));
  threads = stress_threads_start (WAITERS, wait_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    {
      race.task = asynclit_task_manager_submit (manager, NULL, test_work_return_int,
                                                GINT_TO_POINTER (42), NULL);
      pthread_barrier_wait (&race.begin);
      pthread_barrier_wait (&race.end);
      g_clear_object (&race.task);
    }
  stress_threads_join (threads);
  wait_race_clear (&race);
}

/* A cancellable ends the wait, not the task. */
static void
test_cancellable_against_finish (void)
{
  WaitRace race = { 0 };
  StressThreads *threads;

  wait_race_init (&race, WAITERS + 1, stress_scale (3000));
  threads = stress_threads_start (WAITERS, wait_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    {
      race.task = asynclit_task_new ();
      race.cancellable = g_cancellable_new ();
      pthread_barrier_wait (&race.begin);
      stress_spin (i % 17 * 2000);
      g_cancellable_cancel (race.cancellable);
      stress_spin (i % 5 * 2000);
      asynclit_task_return_int (race.task, 42);
      pthread_barrier_wait (&race.end);
      g_clear_object (&race.task);
      g_clear_object (&race.cancellable);
    }
  stress_threads_join (threads);
  wait_race_clear (&race);
}

/* The asynchronous form: one thread settles and another cancels, while this one iterates. */

typedef struct {
  guint called;
  guint ended;
  guint cancelled;
} AsyncWait;

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AsyncWait *wait = user_data;
  g_autoptr (GError) error = NULL;

  wait->called++;
  if (asynclit_task_wait_finish (ASYNCLIT_TASK (source), result, &error))
    {
      g_assert_true (asynclit_task_get_done (ASYNCLIT_TASK (source)));
      wait->ended++;
      return;
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait->cancelled++;
}

static void
settle_or_cancel_in_rounds (guint index, gpointer user_data)
{
  WaitRace *race = user_data;

  for (guint i = 0; i < race->rounds; i++)
    {
      pthread_barrier_wait (&race->begin);
      stress_spin ((i + index * 3) % 7 * 300);
      if (index == 0)
        asynclit_task_return_int (race->task, 42);
      else
        g_cancellable_cancel (race->cancellable);
      pthread_barrier_wait (&race->end);
    }
}

/* Three waits: one that is cancelled, one that is not, and one that begins in between. */
static void
wait_async_once (WaitRace *race)
{
  AsyncWait cancelled = { 0 }, patient = { 0 }, late = { 0 };

  race->task = asynclit_task_new ();
  race->cancellable = g_cancellable_new ();
  asynclit_task_wait_async (race->task, race->cancellable, on_waited, &cancelled);
  asynclit_task_wait_async (race->task, NULL, on_waited, &patient);

  pthread_barrier_wait (&race->begin);
  asynclit_task_wait_async (race->task, race->cancellable, on_waited, &late);
  g_assert_cmpuint (late.called, ==, 0);
  test_iterate_until_count (NULL, &cancelled.called, 1);
  test_iterate_until_count (NULL, &patient.called, 1);
  test_iterate_until_count (NULL, &late.called, 1);
  pthread_barrier_wait (&race->end);

  test_iterate_pending (NULL);
  g_assert_cmpuint (cancelled.called + patient.called + late.called, ==, 3);
  g_assert_cmpuint (patient.ended, ==, 1);
  g_clear_object (&race->task);
  g_clear_object (&race->cancellable);
}

static void
test_async_cancel_against_finish (void)
{
  WaitRace race = { 0 };
  StressThreads *threads;

  wait_race_init (&race, 3, stress_scale (4000));
  threads = stress_threads_start (2, settle_or_cancel_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    wait_async_once (&race);
  stress_threads_join (threads);
  wait_race_clear (&race);
}

/* The context is destroyed as soon as the end has been delivered, while the thread that settled may
 * still be in the notification. */
static void
wait_in_short_lived_context (WaitRace *race)
{
  GMainContext *context = stress_context_push ();
  AsyncWait wait = { 0 };

  race->task = asynclit_task_new ();
  asynclit_task_wait_async (race->task, NULL, on_waited, &wait);
  pthread_barrier_wait (&race->begin);
  /* It does not sleep, so it is never late. */
  while (wait.called == 0)
    g_main_context_iteration (context, FALSE);
  g_clear_object (&race->task);
  stress_context_pop (context);
  pthread_barrier_wait (&race->end);
}

static void
settle_in_rounds (guint index, gpointer user_data)
{
  WaitRace *race = user_data;

  for (guint i = 0; i < race->rounds; i++)
    {
      g_autoptr (AsyncLitTask) task = NULL;

      pthread_barrier_wait (&race->begin);
      task = g_object_ref (race->task);
      asynclit_task_return_int (task, 42);
      pthread_barrier_wait (&race->end);
    }
}

static void
test_async_context_goes (void)
{
  WaitRace race = { 0 };
  StressThreads *threads;

  wait_race_init (&race, 2, stress_scale (20000));
  threads = stress_threads_start (1, settle_in_rounds, &race);
  for (guint i = 0; i < race.rounds; i++)
    wait_in_short_lived_context (&race);
  stress_threads_join (threads);
  wait_race_clear (&race);
}

/* A wait for a manager while others submit to it, and it becomes idle repeatedly. */

typedef struct {
  AsyncLitTaskManager *manager;
  gint submitting; /* atomic: threads that have not finished */
  guint per_thread;
} ManagerRace;

static void
submit_in_bursts (guint index, gpointer user_data)
{
  ManagerRace *race = user_data;
  GMainContext *context = stress_context_push ();

  for (guint i = 0; i < race->per_thread; i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
          race->manager, NULL, test_work_return_int, GINT_TO_POINTER (42), NULL);

      if (i % 16 == 0)
        test_wait (task);
    }
  g_atomic_int_add (&race->submitting, -1);
  stress_context_pop (context);
}

static void
test_manager_against_submit (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  ManagerRace race = { manager, 2, stress_scale (50000) };
  StressThreads *threads = stress_threads_start (2, submit_in_bursts, &race);

  for (guint i = 0; g_atomic_int_get (&race.submitting) > 0; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!asynclit_task_manager_wait (manager, i % 10 * 1e-5, NULL, &error))
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    }
  stress_threads_join (threads);
  stress_wait_for_manager (manager);
}

/* After a wait, the library holds only references that wait in the owner's context. */

static void
count_gone (gpointer n_gone, GObject *task)
{
  ++*(guint *) n_gone;
}

static void
test_no_reference_after_wait (void)
{
  guint n_gone = 0, n = stress_scale (20000);
  GMainContext *context = stress_context_push ();
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  asynclit_task_manager_set_max_completed (manager, 0);
  for (guint i = 0; i < n; i++)
    {
      AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, test_work_return_int,
                                                         GINT_TO_POINTER (42), NULL);

      g_object_weak_ref (G_OBJECT (task), count_gone, &n_gone);
      test_wait (task);
      asynclit_task_manager_remove (manager, asynclit_task_get_id (task));
      g_object_unref (task);
      while (g_main_context_iteration (context, FALSE))
        ;
      g_assert_cmpuint (n_gone, ==, i + 1);
    }
  stress_context_pop (context);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wait-races/timeout/against-finish", test_timeout_against_finish);
  g_test_add_func ("/wait-races/timeout/against-pool", test_timeout_against_pool);
  g_test_add_func ("/wait-races/cancellable/against-finish", test_cancellable_against_finish);
  g_test_add_func ("/wait-races/async/cancel-against-finish", test_async_cancel_against_finish);
  g_test_add_func ("/wait-races/async/context-goes", test_async_context_goes);
  g_test_add_func ("/wait-races/no-reference-after-wait", test_no_reference_after_wait);
  g_test_add_func ("/wait-races/manager/against-submit", test_manager_against_submit);
  return g_test_run ();
}
