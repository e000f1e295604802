/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-task-state-private.h"

#define QUEUED (ASYNCLIT_STATE_SUBMITTED | ASYNCLIT_STATE_QUEUED)

static void
assert_status (AsyncLitTaskState state, AsyncLitTaskStatus status, AsyncLitTaskSubstate substate)
{
  g_assert_cmpint (asynclit_task_state_get_status (state), ==, status);
  g_assert_cmpint (asynclit_task_state_get_substate (state), ==, substate);
}

static void
test_success (void)
{
  AsyncLitTaskState state = QUEUED;

  assert_status (state, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  g_assert_false (asynclit_task_state_claim (&state));
  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  assert_status (state, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_true (asynclit_task_state_claim (&state));
  g_assert_false (asynclit_task_state_claim (&state));
  /* The task is not concluded within the call, but by the caller after it. */
  g_assert_false (asynclit_task_state_stage (&state));
  g_assert_cmpint (asynclit_task_state_leave (&state, TRUE), ==, ASYNCLIT_LEAVE_CONCLUDE);
  g_assert_true (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_DONE, TRUE));
  assert_status (state, ASYNCLIT_TASK_STATUS_DONE, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_false (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_ERROR, TRUE));
  g_assert_false (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_REFUSED);
}

static void
test_settled_after_call (void)
{
  AsyncLitTaskState state = QUEUED;

  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_leave (&state, FALSE), ==, ASYNCLIT_LEAVE_LATER);
  g_assert_true (asynclit_task_state_claim (&state));
  g_assert_true (asynclit_task_state_stage (&state));
}

/* Claimed by another thread that has not written the outcome when the function returns. */
static void
test_claimed_during_call (void)
{
  AsyncLitTaskState state = QUEUED;

  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  g_assert_true (asynclit_task_state_claim (&state));
  g_assert_cmpint (asynclit_task_state_leave (&state, TRUE), ==, ASYNCLIT_LEAVE_LATER);
  g_assert_true (asynclit_task_state_stage (&state));
}

static void
test_unsettled (void)
{
  AsyncLitTaskState state = QUEUED;

  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_leave (&state, TRUE), ==, ASYNCLIT_LEAVE_UNSETTLED);
  g_assert_false (asynclit_task_state_claim (&state));
}

static void
test_cancel_pending (void)
{
  AsyncLitTaskState state = QUEUED;

  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_ENDED);
  assert_status (state, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_false (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_REFUSED);
}

static void
test_cancel_running (void)
{
  AsyncLitTaskState state = QUEUED;

  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_REQUESTED);
  assert_status (state, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_CANCELLING);
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_REPEATED);
  g_assert_true (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_DONE, TRUE));
  assert_status (state, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
}

static void
test_abandon (void)
{
  AsyncLitTaskState state = QUEUED | ASYNCLIT_STATE_ABANDON;

  g_assert_true (asynclit_task_state_begin (&state, TRUE));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_ENDED);
  assert_status (state, ASYNCLIT_TASK_STATUS_CANCELLED, ASYNCLIT_TASK_SUBSTATE_NONE);
  /* The function continues, and its result is ignored. */
  g_assert_true (asynclit_task_state_claim (&state));
  g_assert_false (asynclit_task_state_stage (&state));
  g_assert_cmpint (asynclit_task_state_leave (&state, TRUE), ==, ASYNCLIT_LEAVE_CONCLUDE);
  g_assert_false (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_DONE, TRUE));
}

static void
fail_attempt (AsyncLitTaskState *state)
{
  g_assert_true (asynclit_task_state_begin (state, TRUE));
  g_assert_true (asynclit_task_state_claim (state));
  g_assert_false (asynclit_task_state_stage (state));
  g_assert_cmpint (asynclit_task_state_leave (state, TRUE), ==, ASYNCLIT_LEAVE_CONCLUDE);
}

static void
test_retry (void)
{
  AsyncLitTaskState state = QUEUED;

  fail_attempt (&state);
  g_assert_true (asynclit_task_state_wait_for_retry (&state));
  assert_status (state, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  g_assert_false (asynclit_task_state_claim (&state));
  g_assert_true (asynclit_task_state_requeue (&state));
  assert_status (state, ASYNCLIT_TASK_STATUS_RUNNING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  g_assert_false (asynclit_task_state_claim (&state));
  fail_attempt (&state);
  g_assert_true (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_ERROR, TRUE));
}

static void
test_cancel_waiting (void)
{
  AsyncLitTaskState state = QUEUED;

  fail_attempt (&state);
  g_assert_true (asynclit_task_state_wait_for_retry (&state));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_ENDED);
  g_assert_false (asynclit_task_state_requeue (&state));
}

static void
test_cancel_queued_again (void)
{
  AsyncLitTaskState state = QUEUED;

  fail_attempt (&state);
  g_assert_true (asynclit_task_state_wait_for_retry (&state));
  g_assert_true (asynclit_task_state_requeue (&state));
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_ENDED);
  g_assert_false (asynclit_task_state_begin (&state, TRUE));
}

static void
test_cancel_before_retry (void)
{
  AsyncLitTaskState state = QUEUED;

  fail_attempt (&state);
  g_assert_cmpint (asynclit_task_state_cancel (&state, TRUE), ==, ASYNCLIT_CANCEL_REQUESTED);
  g_assert_false (asynclit_task_state_wait_for_retry (&state));
}

static void
test_submit (void)
{
  AsyncLitTaskState state = 0;
  AsyncLitTaskState ended = 0;

  g_assert_cmphex (asynclit_task_state_submit (&state, TRUE), ==, 0);
  assert_status (state, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);
  /* From now on, the driver has to be asked. */
  g_assert_cmpint (asynclit_task_state_cancel (&state, FALSE), ==, ASYNCLIT_CANCEL_ELSEWHERE);
  g_assert_false (asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_DONE, FALSE));
  assert_status (state, ASYNCLIT_TASK_STATUS_PENDING, ASYNCLIT_TASK_SUBSTATE_QUEUED);

  g_assert_true (asynclit_task_state_conclude (&ended, ASYNCLIT_TASK_STATUS_DONE, FALSE));
  g_assert_true (asynclit_task_state_is_terminal (asynclit_task_state_submit (&ended, TRUE)));
  g_assert_cmpuint (ended & ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR, ==, 0);
}

static void
test_letting_go (void)
{
  AsyncLitTaskState state = 0;

  asynclit_task_state_submit (&state, TRUE);
  asynclit_task_state_begin (&state, TRUE);
  asynclit_task_state_claim (&state);
  asynclit_task_state_stage (&state);
  g_assert_false (asynclit_task_state_is_letting_go (state));
  asynclit_task_state_leave (&state, TRUE);
  g_assert_false (asynclit_task_state_is_letting_go (state));
  asynclit_task_state_conclude (&state, ASYNCLIT_TASK_STATUS_DONE, TRUE);
  g_assert_true (asynclit_task_state_is_letting_go (state));
  asynclit_task_state_set_flags (&state, ASYNCLIT_STATE_LET_GO);
  g_assert_false (asynclit_task_state_is_letting_go (state));
}

/* The thread that takes it from the queue, perhaps much later, lets it go. */
static void
test_not_letting_go (void)
{
  AsyncLitTaskState queued = 0, in_call = ASYNCLIT_STATE_ABANDON;

  asynclit_task_state_submit (&queued, TRUE);
  asynclit_task_state_cancel (&queued, TRUE);
  g_assert_true (asynclit_task_state_is_terminal (queued));
  g_assert_false (asynclit_task_state_is_letting_go (queued));

  asynclit_task_state_submit (&in_call, TRUE);
  asynclit_task_state_begin (&in_call, TRUE);
  asynclit_task_state_cancel (&in_call, TRUE);
  asynclit_task_state_claim (&in_call);
  g_assert_true (asynclit_task_state_is_terminal (in_call));
  g_assert_false (asynclit_task_state_is_letting_go (in_call));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/success", test_success);
  g_test_add_func ("/state/settled-after-call", test_settled_after_call);
  g_test_add_func ("/state/claimed-during-call", test_claimed_during_call);
  g_test_add_func ("/state/unsettled", test_unsettled);
  g_test_add_func ("/state/cancel/pending", test_cancel_pending);
  g_test_add_func ("/state/cancel/running", test_cancel_running);
  g_test_add_func ("/state/cancel/waiting", test_cancel_waiting);
  g_test_add_func ("/state/cancel/queued-again", test_cancel_queued_again);
  g_test_add_func ("/state/cancel/before-retry", test_cancel_before_retry);
  g_test_add_func ("/state/abandon", test_abandon);
  g_test_add_func ("/state/retry", test_retry);
  g_test_add_func ("/state/submit", test_submit);
  g_test_add_func ("/state/letting-go", test_letting_go);
  g_test_add_func ("/state/not-letting-go", test_not_letting_go);
  return g_test_run ();
}
