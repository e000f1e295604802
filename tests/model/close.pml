/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Closing a manager while tasks are being submitted, and waiting for it
 * (asynclit_task_manager_close() and _wait(); asynclit-glib/manager/asynclit-task-registry.c).
 *
 * Claims: Every wait returns. A refused task never runs. Every accepted task ends; after a close
 * that cancels, this includes a task that would never end by itself. The count of live tasks is
 * correct, and once it has been seen to be 0 after the close, it stays 0.
 *
 * Code under the lock of the registry is one atomic step.
 *
 * check CLOSE=DRAIN
 * check CLOSE=CANCEL
 * mutant CLOSE=CANCEL MUTANT_LOOK_FIRST: checks whether the manager is closed before taking the
 * lock
 * mutant CLOSE=CANCEL MUTANT_LIST_FIRST: lists the live tasks before closing
 * mutant CLOSE=DRAIN MUTANT_LOOK_FIRST: as above
 * mutant CLOSE=DRAIN MUTANT_SLEEP_LATE: releases the lock between the check and the sleep
 * mutant CLOSE=DRAIN MUTANT_NO_WAKEUP: the last task does not wake the waiting thread
 * mutant CLOSE=CANCEL MUTANT_COUNT_TWICE: counts a task twice that is cancelled and ends
 */

#define DRAIN 0
#define CANCEL 1
#define N_TASKS 3

/* If the close cancels, task 0 ends only when it is cancelled. */
#define IS_ENDLESS(task) ((task) == 0 && CLOSE == CANCEL)

mtype = { unknown, live, ended, refused };

/* struct _AsyncLitTaskRegistry */
bool closed;
byte n_live;
bool is_waiting; /* in asynclit_cond_wait() */

/* The tasks */
mtype state[N_TASKS] = unknown;
bool cancel_requested[N_TASKS];

/* For the claims */
bool has_run[N_TASKS];
bool close_is_over, seen_idle;

/* registry_note_end_locked() */
inline note_end_locked ()
{
  n_live--;
#ifndef MUTANT_NO_WAKEUP
  if
  :: n_live == 0 -> is_waiting = false
  :: else
  fi
#endif
}

/* registry_conclude(), registry_cancel() */
inline end_task (task)
{
  atomic {
    if
#ifdef MUTANT_COUNT_TWICE
    :: true ->
#else
    :: state[task] == live ->
#endif
      state[task] = ended;
      assert (n_live > 0);
      note_end_locked ()
    :: else
    fi
  }
}

/* asynclit_task_registry_submit(), then the task */
proctype submit (byte task)
{
  bool is_closed;

#ifdef MUTANT_LOOK_FIRST
  is_closed = closed;
#else
  atomic {
    is_closed = closed;
#endif
    if
    :: is_closed -> state[task] = refused
    :: else ->
#ifdef MUTANT_LOOK_FIRST
      atomic {
#endif
      state[task] = live;
      n_live++;
      assert (!seen_idle)
#ifdef MUTANT_LOOK_FIRST
      }
#endif
    fi
#ifndef MUTANT_LOOK_FIRST
  };
#else
  ;
#endif
  if
  :: state[task] == refused -> goto done
  :: else
  fi;

  /* asynclit_task_state_begin(): not if it was cancelled first */
  if
  :: atomic { state[task] == live -> has_run[task] = true }
  :: state[task] == ended -> goto done
  fi;
  !IS_ENDLESS (task) || cancel_requested[task];
  end_task (task);
done:
  assert (state[task] != refused || !has_run[task])
}

/* asynclit_task_cancel(), through registry_cancel(): at once, or when the function has returned */
inline cancel (task)
{
  atomic {
    cancel_requested[task] = true;
    at_once = state[task] == live && !has_run[task]
  };
  if
  :: at_once && !has_run[task] -> end_task (task)
  :: else
  fi;
  at_once = false
}

inline list_live ()
{
  atomic {
    for (i : 0 .. N_TASKS - 1) {
      listed[i] = state[i] == live
    }
  }
}

/* asynclit_task_manager_close() */
active proctype closer ()
{
  bool listed[N_TASKS], at_once;
  byte i;

#ifdef MUTANT_LIST_FIRST
  list_live ();
#endif
  closed = true;
#ifndef MUTANT_LIST_FIRST
  list_live ();
#endif
  if
  :: CLOSE == CANCEL ->
    for (i : 0 .. N_TASKS - 1) {
      if
      :: listed[i] -> cancel (i)
      :: else
      fi
    }
  :: else
  fi;
  close_is_over = true
}

/* asynclit_task_registry_wait(), once the manager is closed */
active proctype waiter ()
{
  close_is_over;
  do
  :: atomic { n_live == 0 -> seen_idle = true; break }
#ifdef MUTANT_SLEEP_LATE
  :: n_live > 0 -> is_waiting = true; !is_waiting
#else
  :: atomic { n_live > 0 -> is_waiting = true }; !is_waiting
#endif
  od
}

init
{
  byte task;

  atomic {
    for (task : 0 .. N_TASKS - 1) {
      run submit (task)
    }
  };
  timeout;
  assert (n_live == 0 && seen_idle);
  for (task : 0 .. N_TASKS - 1) {
    assert (state[task] == ended || state[task] == refused)
  }
}
