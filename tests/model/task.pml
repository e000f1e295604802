/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A task from its submission to its end: attempts, settling, retries, cancellation, abandonment,
 * time limits (asynclit-glib/task/asynclit-task-state.c; its callers in asynclit-task-run.c and
 * asynclit-glib/manager/asynclit-task-driver.c; the timer of asynclit-timer-queue.c).
 *
 * Claims: The task ends exactly once. Its function is never called after the task has ended, nor
 * twice at the same time. Unless the task was abandoned, its function is not running when it ends.
 * No two threads access an outcome at the same time if one of them writes it. A cancellation that
 * was accepted wins. The task is let go exactly once, and none of its code runs afterwards.
 * A task whose time was up before it ended does not succeed. An attempt never times out because of
 * the time of another one, and never begins with a cancellable that was cancelled when an earlier
 * one timed out.
 *
 * Each compare-and-swap is one atomic step, and so is each use of the locks of the registry and the
 * timer.
 *
 * check MUST_SETTLE=1 ABANDON=0
 * check MUST_SETTLE=0 ABANDON=0
 * check MUST_SETTLE=1 ABANDON=1
 * check MUST_SETTLE=0 ABANDON=1
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_CLAIM_TWICE: claims an attempt that has been claimed
 * mutant MUST_SETTLE=0 ABANDON=0 MUTANT_CONCLUDE_IN_CALL: concludes while the function runs
 * mutant MUST_SETTLE=1 ABANDON=1 MUTANT_END_TWICE: ends a task that has ended
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_BEGIN_ALWAYS: calls the function of a cancelled task
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_FORGET_CANCEL: an outcome wins over a cancellation
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_STOP_TWICE: stopping a timer lets the task go even if the
 * timer has fired
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_CLAIM_WAITING: settles an attempt that has not begun
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_BEGIN_BY_ANYBODY: begins a task that belongs to an executor
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_ANY_ATTEMPT: the timer of an attempt ends any attempt
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_KEEP_CANCELLABLE: a retry keeps the cancellable of the
 * previous attempt
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_FORGET_TIME: an outcome wins over a time-out
 * mutant MUST_SETTLE=1 ABANDON=0 MUTANT_RETRY_EXPIRED: retries although the deadline has passed
 */

#define MAX_ATTEMPTS 2

/* AsyncLitTaskStatus, in its order */
#define PENDING 0
#define RUNNING 1
#define DONE 2
#define FAILED 3
#define CANCELLED 4

/* AsyncLitTaskState */
byte status = PENDING;
bool cancel_requested, in_call, claimed, staged, waiting, queued, timed_out, expired;
#define IS_TERMINAL (status >= DONE)

/* The rest of the task */
bool has_error;
byte attempt;

/* AsyncLitTaskTimes: the attempt whose time runs, and whether its cancellable is cancelled */
byte timed_attempt;
bool is_tripped;

/* AsyncLitTimer */
bool timer_runs, timer_started, timer_stopped;

chan executor = [1] of { bool }; /* its queue */
bool someone_settles; /* the function has started something that will settle the task */

/* For the claims */
byte n_ends, n_calls, n_writers, n_let_go;
bool granted, has_expired;

inline note_end ()
{
  n_ends++;
  assert (n_ends == 1);
  assert (ABANDON || n_calls == 0)
}

/* asynclit_task_let_go() */
inline let_go ()
{
  atomic {
    n_let_go++;
    assert (n_let_go == 1 && IS_TERMINAL && n_calls == 0 && !timer_runs && len (executor) == 0)
  }
}

/* task_end(), with asynclit_task_state_conclude() */
inline end_task (final)
{
  atomic {
    if
#ifdef MUTANT_END_TWICE
    :: true ->
#else
    :: !IS_TERMINAL ->
#endif
      if
#ifdef MUTANT_FORGET_CANCEL
      :: status = final
#else
      :: cancel_requested -> status = CANCELLED
#ifdef MUTANT_FORGET_TIME
      :: !cancel_requested -> status = final
#else
      :: !cancel_requested && (timed_out || expired) -> status = FAILED
      :: !cancel_requested && !timed_out && !expired -> status = final
#endif
#endif
      fi;
      note_end ()
    :: else
    fi
  };
  let_go ()
}

/* driver_start_retry(), asynclit_timer_queue_start() */
inline start_timer ()
{
  atomic {
    started = !timer_stopped;
    if
    :: started -> timer_started = true; timer_runs = true
    :: else
    fi
  };
  if
  :: !started -> let_go ()
  :: else
  fi
}

#ifdef MUTANT_RETRY_EXPIRED
#define MAY_WAIT (!cancel_requested && !IS_TERMINAL)
#else
#define MAY_WAIT (!cancel_requested && !expired && !IS_TERMINAL)
#endif

/* task_start_retry(), with asynclit_task_times_wait_for_retry(): under the lock of the task */
inline start_retry ()
{
  atomic {
    waits = MAY_WAIT;
    if
    :: waits ->
      claimed = false; staged = false; waiting = true; timed_out = false;
#ifndef MUTANT_KEEP_CANCELLABLE
      is_tripped = false
#endif
    :: else
    fi
  };
  if
  :: waits -> start_timer ()
  :: else -> end_task (CANCELLED)
  fi
}

/* task_can_go_on(), and its time was not up before */
#define CAN_GO_ON (!cancel_requested && !expired && !IS_TERMINAL)

/* task_conclude(), with driver_decide_retry(): no other thread accesses the outcome */
inline conclude ()
{
  atomic { n_writers++; assert (n_writers == 1) };
  timed_attempt = 0; /* asynclit_time_limits_end_attempt() */
  if
  :: (has_error || timed_out) && CAN_GO_ON && attempt < MAX_ATTEMPTS ->
    atomic { timer_started = false; timer_stopped = false };
    n_writers--;
    start_retry ()
  :: else ->
    n_writers--;
    if
    :: has_error -> end_task (FAILED)
    :: else -> end_task (DONE)
    fi
  fi
}

#ifdef MUTANT_CONCLUDE_IN_CALL
#define MUST_CONCLUDE true
#else
#define MUST_CONCLUDE !in_call
#endif

/* task_stage(), with asynclit_task_state_stage() */
inline stage ()
{
  atomic { n_writers++; assert (n_writers == 1) };
  if
  :: has_error = true
  :: has_error = false
  fi;
  n_writers--;
  atomic { staged = true; concludes = MUST_CONCLUDE };
  if
  :: concludes -> conclude ()
  :: else
  fi
}

#ifdef MUTANT_CLAIM_TWICE
#define MAY_CLAIM (!waiting && !queued)
#else
#ifdef MUTANT_CLAIM_WAITING
#define MAY_CLAIM (!claimed)
#else
#define MAY_CLAIM (!claimed && !waiting && !queued)
#endif
#endif

/* asynclit_task_settle(), with asynclit_task_state_claim() */
inline settle ()
{
  atomic {
    claims = MAY_CLAIM;
    if
    :: claims -> claimed = true
    :: else
    fi
  };
  if
  :: claims -> stage ()
  :: else
  fi
}

/* task_leave(), with asynclit_task_state_leave() */
inline leave ()
{
  atomic {
    n_calls--;
    in_call = false;
    concludes = staged;
    claims = !staged && !claimed && MUST_SETTLE;
    if
    :: claims -> claimed = true
    :: else
    fi
  };
  if
  :: concludes -> conclude ()
  :: claims -> stage ()
  :: else
  fi
}

/* The function: settles the task, lets another thread settle it, or both */
inline call ()
{
  if
  :: settle ()
  :: someone_settles = true
  :: someone_settles = true; settle ()
  :: MUST_SETTLE
  fi
}

/* asynclit_task_run(), on the executor */
active proctype runner ()
{
  bool begins, claims, concludes, waits, started;

end:
  do
  :: executor ? _ ->
    /* asynclit_task_state_begin() */
    atomic {
#ifdef MUTANT_BEGIN_ALWAYS
      begins = true;
#else
      begins = !IS_TERMINAL;
#endif
      if
      :: begins ->
        assert (n_ends == 0 && !has_expired && !is_tripped);
        status = RUNNING;
        queued = false;
        in_call = true;
        n_calls++;
        assert (n_calls == 1)
      :: else
      fi
    };
    if
    :: begins ->
      attempt++;
      timed_attempt = attempt; /* asynclit_time_limits_start_attempt() */
      call ();
      leave ()
    :: else -> let_go ()
    fi
  od
}

/* Settles the task from another thread, perhaps too late, or in the next attempt */
active proctype settler ()
{
  bool claims, concludes, waits, started;

end:
  do
  :: atomic { someone_settles -> someone_settles = false };
    settle ()
  od
}

/* retry_is_due(), with asynclit_task_state_requeue(): on the worker */
active proctype timer ()
{
  bool requeues;

end:
  do
  :: atomic { timer_runs -> timer_runs = false };
    atomic {
      requeues = !IS_TERMINAL;
      if
      :: requeues -> waiting = false; queued = true
      :: else
      fi
    };
    if
    :: requeues -> executor ! true
    :: else -> let_go ()
    fi
  od
}

/* task_after_cancel(), with asynclit_timer_queue_stop() */
inline after_cancel ()
{
  if
  :: waiting ->
    atomic {
      stopped = timer_runs;
      if
      :: timer_runs -> timer_runs = false
      :: !timer_runs && !timer_started -> timer_stopped = true
      :: else
      fi
    };
    if
#ifdef MUTANT_STOP_TWICE
    :: true -> let_go ()
#else
    :: stopped -> let_go ()
    :: else
#endif
    fi
  :: else
  fi
}

/* asynclit_task_cancel(), with asynclit_task_state_cancel(), at any time */
active [2] proctype canceller ()
{
  bool at_once, stopped;

  atomic {
    if
    :: !IS_TERMINAL ->
      at_once = status == PENDING || waiting || queued || ABANDON;
      cancel_requested = true;
      granted = true;
      if
      :: at_once -> status = CANCELLED; note_end ()
      :: else
      fi
    :: else
    fi
  };
  if
  :: at_once -> after_cancel ()
  :: else
  fi
}

/* asynclit_task_time_out(): on the worker, for the attempt that the timer was started for */
active proctype attempt_timer ()
{
  bool at_once, stopped;
  byte own;

end:
  atomic { timed_attempt > 0 -> own = timed_attempt };
  atomic {
    if
#ifdef MUTANT_ANY_ATTEMPT
    :: timed_attempt > 0 && CAN_GO_ON && !timed_out ->
#else
    :: timed_attempt == own && CAN_GO_ON && !timed_out ->
#endif
      assert (own == attempt);
      at_once = waiting || queued || ABANDON;
      timed_out = true;
      is_tripped = true;
      if
      :: at_once -> status = FAILED; note_end ()
      :: else
      fi
    :: else
    fi
  };
  if
  :: at_once -> after_cancel ()
  :: else
  fi
}

/* The same for all of the task, at any time */
active proctype deadline ()
{
  bool at_once, stopped;

  atomic {
    if
    :: !IS_TERMINAL && !cancel_requested && (queued || status == RUNNING) ->
      at_once = waiting || queued || ABANDON;
      expired = true;
      has_expired = true;
      is_tripped = true;
      if
      :: at_once -> status = FAILED; note_end ()
      :: else
      fi
    :: else
    fi
  };
  if
  :: at_once -> after_cancel ()
  :: else
  fi
}

/* Treats the task as externally run: asynclit_task_begin(), with
 * asynclit_task_state_begin_externally() */
active proctype outsider ()
{
  bool begins, claims, concludes, waits, started;

  atomic {
#ifdef MUTANT_BEGIN_BY_ANYBODY
    begins = !IS_TERMINAL && (waiting || queued);
#else
    begins = false; /* no EXTERNALLY_RUN */
#endif
    if
    :: begins -> status = RUNNING; waiting = false; queued = false
    :: else
    fi
  };
  if
  :: begins -> attempt++; settle ()
  :: else
  fi
}

/* asynclit_task_registry_submit(); then the final state, when no process can continue */
init
{
  atomic { queued = true; executor ! true };
  timeout;
  assert (n_ends == 1 && n_let_go == 1 && IS_TERMINAL);
  assert (!granted || status == CANCELLED);
  assert (!has_expired || status == FAILED || status == CANCELLED);
  assert (!timed_out || status == FAILED || status == CANCELLED);
  assert (n_calls == 0 && n_writers == 0 && !timer_runs && !someone_settles)
}
