/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One run of a job, from its launch to its end: asynclit-scheduled-run.c, and run_woken() in
 * asynclit-schedule-core-runs.c. At the same time, the job is replaced by another one with a
 * different function, the task is cancelled through its alias, the oldest run is cancelled, the
 * scheduler is shut down, and a waiter takes runs without a function.
 *
 * Claims: The run is freed, and not accessed afterwards. The task ends, even though no waiter may
 * take it after the shutdown. The function that is called is that of the job that was launched, and
 * is called only if there is one. A run is passed to the due queue only if its job was launched
 * without a function.
 *
 * Code under asynclit_schedule_lock is one atomic step. FUNC: whether the job has a function at
 * first; the job that replaces it has one if this one has none.
 *
 * check FUNC=1
 * check FUNC=0
 * mutant FUNC=1 MUTANT_NO_REF: the submitting thread holds no reference, and the run ends before it
 * is done
 * mutant FUNC=0 MUTANT_ASK_JOB: reads the job again, which was replaced: the run is never taken
 * mutant FUNC=1 MUTANT_ASK_JOB: the same, the other way round: calls a function that does not exist
 * mutant FUNC=1 MUTANT_WAIT_LATE: the thread that ends the task does not know whom to wake
 * mutant FUNC=0 MUTANT_LATE_QUEUE: a run that enters the due queue after the shutdown waits
 * forever
 * mutant FUNC=1 MUTANT_FORGET_CANCEL: forgets a cancellation that was requested before there was a
 * task
 */

/* AsyncLitScheduledRun */
byte refs = 1; /* held until the run has ended */
bool freed;
bool has_task, cancel;      /* under the lock */
byte n_stops_then;          /* when it was launched */
bool snapshot_func;

/* The job */
bool job_func = FUNC;

/* AsyncLitScheduleCore */
byte n_stops;
bool listed = true; /* in core->runs */
bool is_queued;   /* in core->due_queue */
bool launched;
bool cancel_asked; /* by core_cancel_oldest_locked() */

/* The task */
bool has_waiter, alias, submitted, ended, woken;
bool task_func; /* it has something to call */

inline touch ()
{
  assert (!freed)
}

/* asynclit_scheduled_run_unref() */
inline run_unref ()
{
  atomic {
    touch ();
    refs--;
    if
    :: refs == 0 -> freed = true
    :: else
    fi
  }
}

/* The end of the task, for any reason, and run_woken() if the task has a waiter */
inline end_task ()
{
  atomic {
    if
    :: !ended -> ended = true; wakes = has_waiter
    :: else -> wakes = false
    fi
  };
  if
  :: wakes ->
    atomic { touch (); assert (has_task); listed = false }; /* run_end_locked() */
    woken = true;
    wakes = false;
    run_unref ()
  :: else
  fi
}

/* core_launch_locked(), asynclit_scheduled_run_submit() */
active proctype submitter ()
{
  bool wakes, to_cancel, in_time, asks;

  atomic {
    launched = true;
    snapshot_func = job_func;
    n_stops_then = n_stops;
#ifndef MUTANT_NO_REF
    refs++
#endif
  };
  /* run_make_task() */
  touch ();
#ifdef MUTANT_ASK_JOB
  task_func = job_func;
#else
  task_func = snapshot_func;
#endif
#ifndef MUTANT_WAIT_LATE
  has_waiter = true;
#endif
  /* run_publish_task() */
  atomic { touch (); has_task = true; to_cancel = cancel };
  touch ();
  alias = true;
#ifdef MUTANT_WAIT_LATE
  has_waiter = true;
#endif
  /* asynclit_task_manager_submit_for(): does not queue a task that has ended */
  touch ();
  submitted = true;
#ifdef MUTANT_ASK_JOB
  asks = !ended && !job_func;
#else
  asks = !ended && !snapshot_func;
#endif
  if
  :: asks ->
    atomic {
      touch ();
      in_time = n_stops == n_stops_then;
#ifdef MUTANT_LATE_QUEUE
      in_time = true;
#endif
      is_queued = in_time
    };
    if
    :: !in_time -> end_task () /* asynclit_task_cancel() */
    :: else
    fi
  :: else
  fi;
#ifndef MUTANT_FORGET_CANCEL
  if
  :: to_cancel -> end_task ()
  :: else
  fi;
#endif
  touch (); /* run_note_submitted() */
#ifndef MUTANT_NO_REF
  run_unref ()
#endif
}

/* The executor: calls the function, if the task has one */
active proctype executor ()
{
  bool wakes;

  submitted;
  if
  :: task_func && !ended ->
    assert (snapshot_func);
    if /* it may go on until it is cancelled */
    :: !cancel_asked -> end_task ()
    :: ended
    fi
  :: else
  fi
}

/* asynclit_schedule_core_add() with the same id */
active proctype replacer ()
{
  if
  :: atomic { launched -> job_func = !job_func }
  :: true
  fi
}

/* asynclit_task_manager_get() and asynclit_task_cancel() */
active proctype canceller ()
{
  bool wakes;

  if
  :: alias -> end_task ()
  :: true
  fi
}

/* core_cancel_oldest_locked(): cancels the task, or leaves that to the thread that submits it */
active proctype scheduler ()
{
  bool wakes, has;

  if
  :: atomic { launched && listed -> touch (); cancel_asked = true; cancel = true; has = has_task };
    if
    :: has -> end_task ()
    :: else
    fi
  :: true
  fi
}

/* asynclit_scheduler_take_due(), until the scheduler is shut down */
active proctype waiter ()
{
  bool wakes, took;

  if
  :: atomic { is_queued -> is_queued = false; took = true }
  :: n_stops > 0
  fi;
  if
  :: took -> assert (!task_func); end_task ()
  :: else
  fi
}

/* asynclit_schedule_core_stop() */
active proctype stopper ()
{
  bool wakes, took;

  launched; /* runs that are launched later belong to later waiters */
  n_stops++;
  /* asynclit_schedule_core_cancel_due_items() */
  atomic { took = is_queued; is_queued = false };
  if
  :: took -> end_task ()
  :: else
  fi
}

active proctype verdict ()
{
  timeout;
  assert (ended && woken && !listed && freed && !is_queued)
}
