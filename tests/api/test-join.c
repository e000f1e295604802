/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks that wait for several others: all, any, race. */

#include "test-support.h"

#define N_TASKS 3

/* Tasks that the test completes. */
typedef struct {
  AsyncLitTask *tasks[N_TASKS];
} Inputs;

static void
inputs_init (Inputs *self)
{
  for (guint i = 0; i < N_TASKS; i++)
    self->tasks[i] = asynclit_task_new ();
}

static void
inputs_clear (Inputs *self)
{
  for (guint i = 0; i < N_TASKS; i++)
    g_clear_object (&self->tasks[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inputs, inputs_clear)

static AsyncLitTask *
inputs_join (Inputs *self, AsyncLitJoin how, AsyncLitJoinFlags flags)
{
  return asynclit_task_join (self->tasks, N_TASKS, how, flags);
}

static void
fail (AsyncLitTask *task, const char *message)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "%s", message);
}

static void
assert_failed (AsyncLitTask *task, GQuark domain, int code, const char *message)
{
  test_assert_failed (task, domain, code);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, message);
}

static GPtrArray *
get_results (AsyncLitTask *task)
{
  return g_value_get_boxed (asynclit_task_get_result (task, NULL));
}

static void
test_all (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) all = NULL;
  g_autofree char *text = NULL;
  GPtrArray *results;

  inputs_init (&inputs);
  all = asynclit_task_all (inputs.tasks, N_TASKS);
  asynclit_task_return_string (inputs.tasks[1], "one");
  asynclit_task_return_value (inputs.tasks[2], NULL);
  g_assert_cmpint (asynclit_task_get_status (all), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpint (asynclit_task_get_substate (all), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY);
  text = asynclit_task_explain (all);
  g_assert_cmpstr (text, ==, "waits for 1 task that has to end first");
  asynclit_task_return_int (inputs.tasks[0], 0);
  g_assert_true (asynclit_task_get_done (all));
  results = get_results (all);
  g_assert_cmpuint (results->len, ==, N_TASKS);
  g_assert_cmpint (g_value_get_int64 (results->pdata[0]), ==, 0);
  g_assert_cmpstr (g_value_get_string (results->pdata[1]), ==, "one");
  g_assert_null (g_value_get_pointer (results->pdata[2]));
}

static void
test_all_fails (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) all = NULL;

  inputs_init (&inputs);
  all = inputs_join (&inputs, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_DEFAULT);
  fail (inputs.tasks[1], "first");
  assert_failed (all, G_IO_ERROR, G_IO_ERROR_BUSY, "first");
  g_assert_false (asynclit_task_get_done (inputs.tasks[0]));
  fail (inputs.tasks[0], "second");
}

static void
test_all_cancelled (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) all = NULL;

  inputs_init (&inputs);
  all = inputs_join (&inputs, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_CANCEL_REST);
  asynclit_task_cancel (inputs.tasks[2]);
  test_assert_failed (all, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_assert_cancelled (inputs.tasks[0]);
  test_assert_cancelled (inputs.tasks[1]);
}

static void
test_all_waits (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) all = NULL;

  inputs_init (&inputs);
  all = inputs_join (&inputs, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_WAIT);
  fail (inputs.tasks[2], "first");
  fail (inputs.tasks[1], "second");
  g_assert_false (asynclit_task_get_done (all));
  asynclit_task_return_int (inputs.tasks[0], 1);
  assert_failed (all, G_IO_ERROR, G_IO_ERROR_BUSY, "first");
}

/* Waits for the others after it has cancelled them: as a task group does. */
static void
test_all_cancels_and_waits (void)
{
  AsyncLitTask *tasks[2] = { asynclit_task_new (), NULL };
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) all = NULL;

  tasks[1] = asynclit_run (test_work_until_cancelled, gate, NULL);
  test_gate_await_arrivals (gate, 1);
  test_gate_open (gate);
  all = asynclit_task_join (tasks, 2, ASYNCLIT_JOIN_ALL,
                            ASYNCLIT_JOIN_CANCEL_REST | ASYNCLIT_JOIN_WAIT);
  fail (tasks[0], "first");
  test_wait (all);
  g_assert_true (asynclit_task_get_done (tasks[1]));
  test_assert_cancelled (tasks[1]);
  assert_failed (all, G_IO_ERROR, G_IO_ERROR_BUSY, "first");
  g_object_unref (tasks[0]);
  g_object_unref (tasks[1]);
}

static void
test_any (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) any = NULL;

  inputs_init (&inputs);
  any = asynclit_task_any (inputs.tasks, N_TASKS);
  fail (inputs.tasks[0], "first");
  asynclit_task_cancel (inputs.tasks[1]);
  g_assert_false (asynclit_task_get_done (any));
  asynclit_task_return_int (inputs.tasks[2], 2);
  test_assert_int_result (any, 2);
}

static void
test_any_fails (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) any = NULL;

  inputs_init (&inputs);
  any = asynclit_task_any (inputs.tasks, N_TASKS);
  fail (inputs.tasks[2], "last");
  asynclit_task_cancel (inputs.tasks[1]);
  fail (inputs.tasks[0], "no luck");
  assert_failed (any, ASYNCLIT_ERROR, ASYNCLIT_ERROR_ALL_FAILED,
                 "All of 3 tasks failed; the first: no luck");
}

static void
test_race (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) race = NULL, second = NULL, decisive = NULL;

  inputs_init (&inputs);
  race = asynclit_task_race (inputs.tasks, N_TASKS);
  asynclit_task_return_int (inputs.tasks[1], 1);
  test_assert_int_result (race, 1);
  decisive = asynclit_task_get_decisive (race);
  g_assert_true (decisive == inputs.tasks[1]);
  fail (inputs.tasks[0], "late");
  test_assert_int_result (race, 1);
  second = asynclit_task_race (inputs.tasks, N_TASKS);
  assert_failed (second, G_IO_ERROR, G_IO_ERROR_BUSY, "late");
  g_assert_false (asynclit_task_get_done (inputs.tasks[2]));
}

static void
test_race_cancels_rest (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) race = NULL;

  inputs_init (&inputs);
  race = inputs_join (&inputs, ASYNCLIT_JOIN_RACE, ASYNCLIT_JOIN_CANCEL_REST);
  asynclit_task_return_int (inputs.tasks[1], 1);
  test_assert_int_result (race, 1);
  test_assert_cancelled (inputs.tasks[0]);
  test_assert_cancelled (inputs.tasks[2]);
}

static void
test_none (void)
{
  g_autoptr (AsyncLitTask) all = asynclit_task_all (NULL, 0);
  g_autoptr (AsyncLitTask) any = asynclit_task_any (NULL, 0);
  g_autoptr (AsyncLitTask) race = asynclit_task_race (NULL, 0);

  g_assert_cmpint (asynclit_task_get_status (all), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpuint (get_results (all)->len, ==, 0);
  test_assert_failed (any, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  test_assert_failed (race, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

static void
test_same_twice (void)
{
  AsyncLitTask *task = asynclit_task_new ();
  AsyncLitTask *tasks[] = { task, task };
  g_autoptr (AsyncLitTask) all = asynclit_task_all (tasks, 2);

  asynclit_task_return_int (task, 5);
  g_assert_cmpuint (get_results (all)->len, ==, 2);
  g_assert_cmpint (g_value_get_int64 (get_results (all)->pdata[1]), ==, 5);
  g_object_unref (task);
}

static void
test_cancel (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) first = NULL, second = NULL;

  inputs_init (&inputs);
  first = asynclit_task_all (inputs.tasks, N_TASKS);
  second = inputs_join (&inputs, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_CANCEL_REST);
  g_assert_true (asynclit_task_cancel (first));
  test_assert_cancelled (first);
  g_assert_null (asynclit_task_get_dependency (first, 0));
  g_assert_false (asynclit_task_get_done (inputs.tasks[0]));
  g_assert_true (asynclit_task_cancel (second));
  for (guint i = 0; i < N_TASKS; i++)
    test_assert_cancelled (inputs.tasks[i]);
}

/* A manager that has the join counts it as running, and can cancel it. */
static void
test_submitted (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) first = NULL, second = NULL;

  inputs_init (&inputs);
  first = asynclit_task_all (inputs.tasks, N_TASKS);
  second = asynclit_task_race (inputs.tasks, N_TASKS);
  asynclit_task_manager_submit_task (manager, first);
  asynclit_task_manager_submit_task (manager, second);
  g_assert_cmpint (asynclit_task_get_status (first), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  g_assert_cmpuint (asynclit_task_manager_get_n_live (manager), ==, 2);
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  test_assert_cancelled (first);
  test_assert_cancelled (second);
  g_assert_true (asynclit_task_manager_wait (manager, 10, NULL, NULL));
}

static void
test_completed (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  AsyncLitTask *tasks[2];
  g_autoptr (AsyncLitTask) all = NULL;

  for (guint i = 0; i < 2; i++)
    tasks[i] = asynclit_run (test_work_return_int, GINT_TO_POINTER (i), NULL);
  all = asynclit_task_all (tasks, 2);
  test_recorder_watch (recorder, all);
  test_iterate_until_completed (all);
  test_recorder_assert (recorder, "status:done completed");
  g_object_unref (tasks[0]);
  g_object_unref (tasks[1]);
}

/* The library keeps a join that nobody else does, and what it waits for. */
static void
test_dropped (void)
{
  g_auto (Inputs) inputs;
  AsyncLitTask *race;

  inputs_init (&inputs);
  race = inputs_join (&inputs, ASYNCLIT_JOIN_RACE, ASYNCLIT_JOIN_CANCEL_REST);
  g_object_add_weak_pointer (G_OBJECT (race), (gpointer *) &race);
  g_object_unref (race);
  g_assert_nonnull (race);
  asynclit_task_return_int (inputs.tasks[0], 1);
  test_assert_cancelled (inputs.tasks[1]);
  test_iterate_pending (NULL);
  g_assert_null (race);
}

/* A join that runs out of time needs its inputs no more than one that is cancelled. */
static void
test_deadline (void)
{
  g_auto (Inputs) inputs;
  g_autoptr (AsyncLitTask) all = NULL;

  inputs_init (&inputs);
  all = inputs_join (&inputs, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_CANCEL_REST);
  asynclit_task_set_deadline (all, 0.01);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), all);
  test_wait (all);
  test_assert_failed (all, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  for (guint i = 0; i < N_TASKS; i++)
    {
      g_assert_true (asynclit_task_wait (inputs.tasks[i], 20, NULL, NULL));
      test_assert_cancelled (inputs.tasks[i]);
    }
}

/* A task may depend on a join; what goes in a circle is found. */
static void
test_dependent (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  AsyncLitTask *task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) all = asynclit_task_all (&task, 1);

  asynclit_task_set_func (task, test_work_return_int, NULL, NULL);
  asynclit_task_add_dependency (task, all);
  asynclit_task_manager_submit_task (manager, task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  test_assert_failed (all, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  g_object_unref (task);
}

/* Joins of joins end without nested calls, whether by themselves or when the last is cancelled. */
static void
test_long_row (gconstpointer data)
{
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) last = g_object_ref (first);

  for (guint i = 0; i < 50000; i++)
    {
      AsyncLitTask *next
          = asynclit_task_join (&last, 1, ASYNCLIT_JOIN_RACE, ASYNCLIT_JOIN_CANCEL_REST);

      g_object_unref (last);
      last = next;
    }
  if (GPOINTER_TO_INT (data))
    {
      asynclit_task_cancel (last);
      test_assert_cancelled (first);
      return;
    }
  asynclit_task_return_int (first, 7);
  test_assert_int_result (last, 7);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join/all", test_all);
  g_test_add_func ("/join/all/fails", test_all_fails);
  g_test_add_func ("/join/all/cancelled", test_all_cancelled);
  g_test_add_func ("/join/all/waits", test_all_waits);
  g_test_add_func ("/join/all/cancels-and-waits", test_all_cancels_and_waits);
  g_test_add_func ("/join/any", test_any);
  g_test_add_func ("/join/any/fails", test_any_fails);
  g_test_add_func ("/join/race", test_race);
  g_test_add_func ("/join/race/cancels-rest", test_race_cancels_rest);
  g_test_add_func ("/join/none", test_none);
  g_test_add_func ("/join/same-twice", test_same_twice);
  g_test_add_func ("/join/cancel", test_cancel);
  g_test_add_func ("/join/submitted", test_submitted);
  g_test_add_func ("/join/completed", test_completed);
  g_test_add_func ("/join/dropped", test_dropped);
  g_test_add_func ("/join/deadline", test_deadline);
  g_test_add_func ("/join/dependent", test_dependent);
  g_test_add_data_func ("/join/long-row", GINT_TO_POINTER (FALSE), test_long_row);
  g_test_add_data_func ("/join/long-row/cancelled", GINT_TO_POINTER (TRUE), test_long_row);
  return g_test_run ();
}
