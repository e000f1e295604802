/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-lock-private.h"
#include "asynclit-task-state-private.h"

/* Memory order: every change is acquire and release, so a thread that sees a change also sees
 * everything written before it. Reads are acquire. */

AsyncLitTaskState
asynclit_task_state_get (const AsyncLitTaskState *self)
{
  return __atomic_load_n (self, __ATOMIC_ACQUIRE);
}

/* If *@self is still *@old, sets it to @new; otherwise, sets *@old to the current value. */
static inline gboolean
state_swap (AsyncLitTaskState *self, AsyncLitTaskState *old, AsyncLitTaskState new)
{
  return __atomic_compare_exchange_n (self, old, new, TRUE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

AsyncLitTaskState
asynclit_task_state_set_flags (AsyncLitTaskState *self, guint flags)
{
  return __atomic_fetch_or (self, flags, __ATOMIC_ACQ_REL);
}

AsyncLitTaskState
asynclit_task_state_clear_flags (AsyncLitTaskState *self, guint flags)
{
  return __atomic_fetch_and (self, ~flags, __ATOMIC_ACQ_REL);
}

AsyncLitTaskStatus
asynclit_task_state_get_status (AsyncLitTaskState state)
{
  return (AsyncLitTaskStatus) (state & ASYNCLIT_STATE_STATUS_MASK);
}

static AsyncLitTaskState
with_status (AsyncLitTaskState state, AsyncLitTaskStatus status)
{
  return (state & ~ASYNCLIT_STATE_STATUS_MASK) | status;
}

gboolean
asynclit_task_state_is_terminal (AsyncLitTaskState state)
{
  return asynclit_task_state_get_status (state) >= ASYNCLIT_TASK_STATUS_DONE;
}

gboolean
asynclit_task_state_is_letting_go (AsyncLitTaskState state)
{
  const guint set = ASYNCLIT_STATE_CLAIMED | ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR;
  const guint cleared = ASYNCLIT_STATE_QUEUED | ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_IN_CALL
                        | ASYNCLIT_STATE_LET_GO;

  /* An abandoned task ends before its function, or what its retry policy calls, returns. */
  if ((state & ASYNCLIT_STATE_ABANDON) && (state & ASYNCLIT_STATE_STOPPING))
    return FALSE;
  return asynclit_task_state_is_terminal (state) && (state & (set | cleared)) == set;
}

static AsyncLitTaskSubstate
gate_get_substate (AsyncLitTaskState state)
{
  switch ((AsyncLitGate) ((state & ASYNCLIT_STATE_GATE_MASK) >> ASYNCLIT_STATE_GATE_SHIFT))
    {
    case ASYNCLIT_GATE_DEPENDENCY:
      return ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY;
    case ASYNCLIT_GATE_DELAY:
      return ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY;
    case ASYNCLIT_GATE_LIMITER:
      return ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER;
    case ASYNCLIT_GATE_NONE:
    default:
      return ASYNCLIT_TASK_SUBSTATE_QUEUED;
    }
}

AsyncLitTaskSubstate
asynclit_task_state_get_substate (AsyncLitTaskState state)
{
  if (asynclit_task_state_is_terminal (state))
    return ASYNCLIT_TASK_SUBSTATE_NONE;
  if ((state & ASYNCLIT_STATE_PAUSED) && !(state & ASYNCLIT_STATE_STOPPING))
    return ASYNCLIT_TASK_SUBSTATE_PAUSED;
  if (state & ASYNCLIT_STATE_WAITING)
    return ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY;
  if (state & ASYNCLIT_STATE_GATE_MASK)
    return gate_get_substate (state);
  if (state & ASYNCLIT_STATE_QUEUED)
    return ASYNCLIT_TASK_SUBSTATE_QUEUED;
  if (state & ASYNCLIT_STATE_STOPPING)
    return ASYNCLIT_TASK_SUBSTATE_CANCELLING;
  return ASYNCLIT_TASK_SUBSTATE_NONE;
}

gboolean
asynclit_task_state_begin (AsyncLitTaskState *self, gboolean in_call)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);
  AsyncLitTaskState new;

  do
    {
      if (asynclit_task_state_is_terminal (old))
        return FALSE;
      new = with_status (old, ASYNCLIT_TASK_STATUS_RUNNING) & ~ASYNCLIT_STATE_QUEUED;
      if (in_call)
        new |= ASYNCLIT_STATE_IN_CALL;
    }
  while (!state_swap (self, &old, new));
  return TRUE;
}

gboolean
asynclit_task_state_begin_externally (AsyncLitTaskState *self)
{
  const guint not_begun = ASYNCLIT_STATE_QUEUED | ASYNCLIT_STATE_WAITING;
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (asynclit_task_state_is_terminal (old) || !(old & ASYNCLIT_STATE_EXTERNALLY_RUN)
        || (old & ASYNCLIT_STATE_PAUSED) || !(old & not_begun) || (old & ASYNCLIT_STATE_GATE_MASK)
        || ((old & ASYNCLIT_STATE_WAITING) && (old & ASYNCLIT_STATE_GATED)))
      return FALSE;
  while (!state_swap (self, &old, with_status (old, ASYNCLIT_TASK_STATUS_RUNNING) & ~not_begun));
  return TRUE;
}

gboolean
asynclit_task_state_claim (AsyncLitTaskState *self)
{
  const guint settled_or_not_begun
      = ASYNCLIT_STATE_CLAIMED | ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_QUEUED;
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (old & settled_or_not_begun)
      return FALSE;
  while (!state_swap (self, &old, old | ASYNCLIT_STATE_CLAIMED));
  return TRUE;
}

gboolean
asynclit_task_state_stage (AsyncLitTaskState *self)
{
  AsyncLitTaskState old = asynclit_task_state_set_flags (self, ASYNCLIT_STATE_STAGED);

  return (old & ASYNCLIT_STATE_IN_CALL) == 0;
}

AsyncLitLeave
asynclit_task_state_leave (AsyncLitTaskState *self, gboolean must_settle)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);
  AsyncLitTaskState new;
  AsyncLitLeave leave;

  do
    {
      new = old & ~ASYNCLIT_STATE_IN_CALL;
      leave = ASYNCLIT_LEAVE_LATER;
      if (old & ASYNCLIT_STATE_STAGED)
        leave = ASYNCLIT_LEAVE_CONCLUDE;
      else if (must_settle && !(old & ASYNCLIT_STATE_CLAIMED))
        {
          leave = ASYNCLIT_LEAVE_UNSETTLED;
          new |= ASYNCLIT_STATE_CLAIMED;
        }
    }
  while (!state_swap (self, &old, new));
  return leave;
}

AsyncLitTaskState
asynclit_task_state_submit (AsyncLitTaskState *self, gboolean has_func)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);
  guint flags;

  do
    {
      flags = ASYNCLIT_STATE_SUBMITTED | ASYNCLIT_STATE_KEEP_ALIVE_REGISTRY;
      if (has_func && !asynclit_task_state_is_terminal (old))
        flags |= ASYNCLIT_STATE_QUEUED | ASYNCLIT_STATE_KEEP_ALIVE_EXECUTOR;
      else if (old & ASYNCLIT_STATE_EXTERNALLY_RUN)
        flags |= ASYNCLIT_STATE_QUEUED;
    }
  while (!state_swap (self, &old, old | flags));
  return old;
}

/* How a task ends that has this outcome. */
static AsyncLitTaskStatus
state_get_final (AsyncLitTaskState state, AsyncLitTaskStatus status)
{
  if (state & ASYNCLIT_STATE_CANCEL_REQUESTED)
    return ASYNCLIT_TASK_STATUS_CANCELLED;
  if (state & ASYNCLIT_STATE_TIME_IS_UP)
    return ASYNCLIT_TASK_STATUS_ERROR;
  return status;
}

gboolean
asynclit_task_state_conclude (AsyncLitTaskState *self, AsyncLitTaskStatus status,
                              gboolean submitted)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);

  g_assert (status >= ASYNCLIT_TASK_STATUS_DONE);
  do
    if (asynclit_task_state_is_terminal (old) || (!submitted && (old & ASYNCLIT_STATE_SUBMITTED)))
      return FALSE;
  while (!state_swap (self, &old, with_status (old, state_get_final (old, status))));
  return TRUE;
}

gboolean
asynclit_task_state_refuse (AsyncLitTaskState *self)
{
  const guint not_begun = ASYNCLIT_STATE_QUEUED | ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_GATE_MASK;
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (asynclit_task_state_is_terminal (old))
      return FALSE;
  while (!state_swap (self, &old, (old & ~not_begun) | ASYNCLIT_STATE_CLAIMED));
  return TRUE;
}

void
asynclit_task_state_set_gate (AsyncLitTaskState *self, AsyncLitGate gate)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);
  guint bits = (guint) gate << ASYNCLIT_STATE_GATE_SHIFT;

  while (!state_swap (self, &old, (old & ~ASYNCLIT_STATE_GATE_MASK) | bits))
    ;
}

AsyncLitCancel
asynclit_task_state_cancel (AsyncLitTaskState *self, gboolean submitted)
{
  const guint nothing_runs = ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_QUEUED;
  AsyncLitTaskState old = asynclit_task_state_get (self);
  AsyncLitTaskState new;
  gboolean at_once;

  do
    {
      if (asynclit_task_state_is_terminal (old))
        return ASYNCLIT_CANCEL_REFUSED;
      if (!submitted && (old & ASYNCLIT_STATE_SUBMITTED))
        return ASYNCLIT_CANCEL_ELSEWHERE;
      at_once = asynclit_task_state_get_status (old) == ASYNCLIT_TASK_STATUS_PENDING
                || (old & (nothing_runs | ASYNCLIT_STATE_ABANDON));
      if (!at_once && (old & ASYNCLIT_STATE_CANCEL_REQUESTED))
        return ASYNCLIT_CANCEL_REPEATED;
      new = old | ASYNCLIT_STATE_CANCEL_REQUESTED;
      if (at_once)
        new = with_status (new, ASYNCLIT_TASK_STATUS_CANCELLED);
    }
  while (!state_swap (self, &old, new));
  return at_once ? ASYNCLIT_CANCEL_ENDED : ASYNCLIT_CANCEL_REQUESTED;
}

AsyncLitCancel
asynclit_task_state_time_out (AsyncLitTaskState *self, guint flag)
{
  const guint nothing_runs = ASYNCLIT_STATE_WAITING | ASYNCLIT_STATE_QUEUED;
  AsyncLitTaskState old = asynclit_task_state_get (self);
  AsyncLitTaskState new;
  gboolean at_once;

  do
    {
      if (asynclit_task_state_is_terminal (old)
          || (old & (ASYNCLIT_STATE_CANCEL_REQUESTED | ASYNCLIT_STATE_EXPIRED | flag)))
        return ASYNCLIT_CANCEL_REFUSED;
      at_once = asynclit_task_state_get_status (old) == ASYNCLIT_TASK_STATUS_PENDING
                || (old & (nothing_runs | ASYNCLIT_STATE_ABANDON));
      new = old | flag;
      if (at_once)
        new = with_status (new, ASYNCLIT_TASK_STATUS_ERROR);
    }
  while (!state_swap (self, &old, new));
  return at_once ? ASYNCLIT_CANCEL_ENDED : ASYNCLIT_CANCEL_REQUESTED;
}

gboolean
asynclit_task_state_wait_for_retry (AsyncLitTaskState *self)
{
  const guint ended = ASYNCLIT_STATE_CLAIMED | ASYNCLIT_STATE_STAGED | ASYNCLIT_STATE_TIME_OUT;
  const guint no_more = ASYNCLIT_STATE_CANCEL_REQUESTED | ASYNCLIT_STATE_EXPIRED;
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if ((old & no_more) || asynclit_task_state_is_terminal (old))
      return FALSE;
  while (!state_swap (self, &old, (old & ~ended) | ASYNCLIT_STATE_WAITING));
  return TRUE;
}

gboolean
asynclit_task_state_requeue (AsyncLitTaskState *self)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (asynclit_task_state_is_terminal (old))
      return FALSE;
  while (!state_swap (self, &old, (old & ~ASYNCLIT_STATE_WAITING) | ASYNCLIT_STATE_QUEUED));
  return TRUE;
}

gboolean
asynclit_task_state_is_paused (AsyncLitTaskState state)
{
  return (state & ASYNCLIT_STATE_PAUSED) && !asynclit_task_state_is_terminal (state);
}

gboolean
asynclit_task_state_pause (AsyncLitTaskState *self)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (asynclit_task_state_is_terminal (old) || (old & ASYNCLIT_STATE_PAUSED))
      return FALSE;
  while (!state_swap (self, &old, old | ASYNCLIT_STATE_PAUSED));
  return TRUE;
}

gboolean
asynclit_task_state_hold (AsyncLitTaskState *self)
{
  AsyncLitTaskState old = asynclit_task_state_get (self);

  do
    if (asynclit_task_state_is_terminal (old) || !(old & ASYNCLIT_STATE_PAUSED))
      return FALSE;
  while (!state_swap (self, &old, old | ASYNCLIT_STATE_HELD));
  return TRUE;
}

AsyncLitTaskState
asynclit_task_state_resume (AsyncLitTaskState *self)
{
  return asynclit_task_state_clear_flags (self, ASYNCLIT_STATE_PAUSED | ASYNCLIT_STATE_HELD);
}
