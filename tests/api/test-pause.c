/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pausing single tasks, and checkpoints of functions. */

#include "test-support.h"

#define PAUSED ASYNCLIT_TASK_SUBSTATE_PAUSED
#define N_RACES 300

static AsyncLitTask *
submit (AsyncLitTaskManager *manager, AsyncLitTaskFunc func, gpointer data)
{
  return asynclit_task_manager_submit (manager, NULL, func, data, NULL);
}

static AsyncLitTaskManager *
new_manager (guint max_running)
{
  return g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", max_running, NULL);
}

static void
test_before_submission (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) other = NULL;
  g_autofree char *text = NULL;

  asynclit_task_set_func (task, test_work_return_int, GINT_TO_POINTER (5), NULL);
  g_assert_true (asynclit_task_pause (task));
  g_assert_false (asynclit_task_pause (task));
  asynclit_task_manager_submit_task (manager, task);
  other = submit (manager, test_work_return_int, GINT_TO_POINTER (1));
  test_wait (other);
  g_assert_true (asynclit_task_is_paused (task));
  g_assert_cmpint (asynclit_task_get_substate (task), ==, PAUSED);
  text = asynclit_task_explain (task);
  g_assert_cmpstr (text, ==, "is paused");
  g_assert_true (asynclit_task_resume (task));
  g_assert_false (asynclit_task_resume (task));
  test_wait (task);
  test_assert_int_result (task, 5);
  g_assert_false (asynclit_task_pause (task));
}

/* Queued for a thread, without any gate. */
static void
test_queued (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitTask *blockers[2];
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitTask) after = NULL;

  for (guint i = 0; i < 2; i++)
    blockers[i] = submit (manager, test_work_gate, gate);
  test_gate_await_arrivals (gate, 2);
  task = submit (manager, test_work_return_int, GINT_TO_POINTER (1));
  after = submit (manager, test_work_return_int, GINT_TO_POINTER (2));
  g_assert_true (asynclit_task_pause (task));
  test_gate_open (gate);
  test_wait (after);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_true (asynclit_task_resume (task));
  test_wait (task);
  test_assert_int_result (task, 1);
  for (guint i = 0; i < 2; i++)
    {
      test_wait (blockers[i]); /* until then, it uses the gate */
      g_object_unref (blockers[i]);
    }
}

/* It has no place while it is paused, and seeks one again. */
static void
test_limited (void)
{
  g_autoptr (AsyncLitTaskManager) manager = new_manager (1);
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) first = submit (manager, test_work_gate, gate);
  g_autoptr (AsyncLitTask) paused = submit (manager, test_work_return_int, GINT_TO_POINTER (1));
  g_autoptr (AsyncLitTask) third = submit (manager, test_work_return_int, GINT_TO_POINTER (2));

  g_assert_true (asynclit_task_pause (paused));
  test_gate_open (gate);
  test_wait (third);
  test_wait (first);
  g_assert_cmpint (asynclit_task_get_status (paused), ==, ASYNCLIT_TASK_STATUS_PENDING);
  asynclit_task_resume (paused);
  test_wait (paused);
  test_assert_int_result (paused, 1);
}

static void
test_cancelled (void)
{
  g_autoptr (AsyncLitTaskManager) plain = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) limited = new_manager (1);
  AsyncLitTaskManager *managers[] = { plain, limited };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TestToken) token = test_token_new ();
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();
      g_autoptr (AsyncLitTask) other = NULL;

      asynclit_task_set_func (task, test_work_nothing, test_token_ref (token), test_token_destroy);
      asynclit_task_pause (task);
      asynclit_task_manager_submit_task (managers[i], task);
      other = submit (managers[i], test_work_return_int, GINT_TO_POINTER (1));
      test_wait (other);
      asynclit_task_cancel (task);
      test_assert_cancelled (task);
      g_assert_false (asynclit_task_is_paused (task));
      g_assert_false (asynclit_task_resume (task));
      test_iterate_until (NULL, test_condition_token_destroyed, token);
    }
}

/* Checkpoints */

typedef struct {
  int n_passed; /* atomic */
  int is_over;  /* atomic: the function is to return */
} Steps;

static void
take_steps (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Steps *steps = data;
  GError *error = NULL;

  while (!g_atomic_int_get (&steps->is_over))
    {
      if (!asynclit_task_checkpoint (task, cancellable, &error))
        {
          asynclit_task_return_error (task, error);
          return;
        }
      g_atomic_int_inc (&steps->n_passed);
      g_thread_yield ();
    }
  asynclit_task_return_int (task, 1);
}

static gboolean
has_passed (gpointer data)
{
  return g_atomic_int_get (&((Steps *) data)->n_passed) > 0;
}

/* It stops at the first checkpoint after it was paused. */
static void
test_checkpoint (void)
{
  g_autoptr (AsyncLitTaskManager) manager = new_manager (1);
  Steps steps = { 0 };
  g_autoptr (AsyncLitTask) task = submit (manager, take_steps, &steps);
  g_autoptr (AsyncLitTask) other = submit (manager, test_work_return_int, GINT_TO_POINTER (2));
  int before;

  test_poll_until (has_passed, &steps);
  g_assert_true (asynclit_task_pause (task));
  g_assert_cmpint (asynclit_task_get_substate (task), ==, PAUSED);
  test_wait (other); /* in the place of the one that is paused */
  before = g_atomic_int_get (&steps.n_passed);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_atomic_int_set (&steps.n_passed, 0);
  g_assert_true (asynclit_task_resume (task));
  test_poll_until (has_passed, &steps);
  g_assert_cmpint (before, >, 0);
  g_atomic_int_set (&steps.is_over, TRUE);
  test_wait (task);
  test_assert_int_result (task, 1);
}

static void
test_cancelled_at_checkpoint (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Steps steps = { 0 };
  g_autoptr (AsyncLitTask) running = submit (manager, take_steps, &steps);
  g_autoptr (AsyncLitTask) paused = submit (manager, take_steps, &steps);

  test_poll_until (test_condition_started, running);
  test_poll_until (test_condition_started, paused);
  asynclit_task_pause (paused);
  asynclit_task_cancel (running);
  asynclit_task_cancel (paused);
  test_wait (running);
  test_wait (paused);
  test_assert_cancelled (running);
  test_assert_cancelled (paused);
}

static gpointer
cancel_it (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* With a cancellable of the program's own. */
static void
test_own_cancellable (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_assert_true (asynclit_task_checkpoint (task, cancellable, &error));
  asynclit_task_pause (task);
  thread = g_thread_new ("cancels", cancel_it, cancellable);
  g_assert_false (asynclit_task_checkpoint (task, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

/* A function that does not pass the task's cancellable is stopped, too. */

typedef struct {
  GCancellable *cancellable; /* NULL: it passes none */
  int has_stopped;           /* atomic */
} Stop;

static void
pause_until_stopped (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Stop *stop = data;
  GError *error = NULL;

  asynclit_task_pause (task);
  g_assert_false (asynclit_task_checkpoint (task, stop->cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_atomic_int_set (&stop->has_stopped, TRUE);
  asynclit_task_return_error (task, error);
}

static gboolean
has_stopped (gpointer data)
{
  return g_atomic_int_get (&((Stop *) data)->has_stopped);
}

static void
test_other_cancellable (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GCancellable) other = g_cancellable_new ();
  Stop stops[2] = { { NULL, FALSE }, { other, FALSE } };

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();
      gboolean times_out = i >= 2;
      Stop *stop = &stops[i % 2];

      g_atomic_int_set (&stop->has_stopped, FALSE);
      asynclit_task_set_func (task, pause_until_stopped, stop, NULL);
      asynclit_task_set_timeout (task, times_out ? 0.01 : 0);
      asynclit_task_manager_submit_task (manager, task);
      test_poll_until (test_condition_started, task);
      if (!times_out)
        asynclit_task_cancel (task);
      test_poll_until (has_stopped, stop);
      test_wait (task);
      if (times_out)
        test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      else
        test_assert_cancelled (task);
    }
}

static void
pause_self (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  GError *error = NULL;

  asynclit_task_pause (task);
  g_assert_false (asynclit_task_checkpoint (task, cancellable, &error));
  asynclit_task_return_error (task, error);
}

static void
test_would_block (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_async (
      asynclit_get_default_manager (), NULL, pause_self, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
set_flag (gpointer flag, GClosure *closure)
{
  g_atomic_int_set ((int *) flag, TRUE);
}

static GClosure *
new_closure (int *flag)
{
  return g_cclosure_new_swap (G_CALLBACK (set_flag), flag, NULL);
}

static void
test_when_resumed (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  int resumed[3] = { 0 };

  g_assert_true (asynclit_task_when_resumed (task, new_closure (&resumed[0])));
  asynclit_task_pause (task);
  g_assert_false (asynclit_task_when_resumed (task, new_closure (&resumed[1])));
  g_assert_false (asynclit_task_when_resumed (task, new_closure (&resumed[2])));
  asynclit_task_resume (task);
  test_poll_until (test_condition_flag, &resumed[1]);
  test_poll_until (test_condition_flag, &resumed[2]);
  g_assert_false (g_atomic_int_get (&resumed[0]));
}

/* A task in the owner's context is told there, also if it ends. */
static void
test_when_resumed_in_context (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  int resumed = FALSE;

  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_CONTEXT);
  asynclit_task_pause (task);
  g_assert_false (asynclit_task_when_resumed (task, new_closure (&resumed)));
  asynclit_task_cancel (task);
  g_assert_false (resumed);
  test_iterate_until (NULL, test_condition_flag, &resumed);
}

static void
test_retry (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 0.001, 1, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  int resumed = FALSE;

  asynclit_task_set_func (task, test_work_fail, NULL, NULL);
  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_pause (task);
  asynclit_task_manager_submit_task (manager, task);
  g_assert_false (asynclit_task_when_resumed (task, new_closure (&resumed)));
  asynclit_task_resume (task);
  test_wait (task);
  test_poll_until (test_condition_flag, &resumed);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 2);
}

/* Whoever comes first: each task ends, and its function is called at most once. */

typedef struct {
  AsyncLitTask *task;
  int n_calls; /* atomic */
} Race;

static void
count_call (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  g_atomic_int_inc (&((Race *) data)->n_calls);
  asynclit_task_return_int (task, 1);
}

static gpointer
pause_and_resume (gpointer data)
{
  Race *race = data;

  for (guint i = 0; i < 20; i++)
    {
      asynclit_task_pause (race->task);
      g_thread_yield ();
      asynclit_task_resume (race->task);
    }
  return NULL;
}

static void
test_race (gconstpointer max_running)
{
  g_autoptr (AsyncLitTaskManager) manager = new_manager (GPOINTER_TO_UINT (max_running));

  for (guint i = 0; i < N_RACES; i++)
    {
      Race race = { .task = asynclit_task_new () };
      GThread *thread;

      asynclit_task_set_func (race.task, count_call, &race, NULL);
      thread = g_thread_new ("pauses", pause_and_resume, &race);
      asynclit_task_manager_submit_task (manager, race.task);
      if (i % 3 == 0)
        asynclit_task_cancel (race.task);
      g_thread_join (thread);
      asynclit_task_resume (race.task);
      test_wait (race.task);
      g_assert_cmpint (g_atomic_int_get (&race.n_calls), <=, 1);
      g_assert_true (i % 3 == 0 || g_atomic_int_get (&race.n_calls) == 1);
      g_object_unref (race.task);
    }
  g_assert_true (asynclit_task_manager_wait (manager, 60, NULL, NULL));
}

int
main (int argc, char *argv[])
{
  g_setenv ("ASYNCLIT_POOL_THREADS", "2", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pause/before-submission", test_before_submission);
  g_test_add_func ("/pause/queued", test_queued);
  g_test_add_func ("/pause/limited", test_limited);
  g_test_add_func ("/pause/cancelled", test_cancelled);
  g_test_add_func ("/pause/checkpoint", test_checkpoint);
  g_test_add_func ("/pause/cancelled-at-checkpoint", test_cancelled_at_checkpoint);
  g_test_add_func ("/pause/other-cancellable", test_other_cancellable);
  g_test_add_func ("/pause/own-cancellable", test_own_cancellable);
  g_test_add_func ("/pause/would-block", test_would_block);
  g_test_add_func ("/pause/when-resumed", test_when_resumed);
  g_test_add_func ("/pause/when-resumed/in-context", test_when_resumed_in_context);
  g_test_add_func ("/pause/retry", test_retry);
  g_test_add_data_func ("/pause/race/plain", GUINT_TO_POINTER (0), test_race);
  g_test_add_data_func ("/pause/race/limited", GUINT_TO_POINTER (1), test_race);

  return g_test_run ();
}
