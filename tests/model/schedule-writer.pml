/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The changes of a schedule, and the thread that writes them: asynclit-schedule-writer.c,
 * asynclit-schedule-journal.c; and a run that waits until its start has been written, in the thread
 * pool (asynclit_run_record_start()) or at the gate of asynclit-task-driver.c.
 *
 * At the same time, a job is saved, removed and saved again, the task is cancelled, the store is
 * flushed, the file is removed and created anew, and the store is closed.
 *
 * Claims: When a flush or the close reports success, the file contains all earlier changes. A
 * function begins only when its start has been written, or could not be written, or is no longer
 * recorded. A task that was cancelled before never begins, and each task is let go once. Every
 * flush, close and wait returns, and the thread ends, even if the disk never works again.
 *
 * Code under asynclit_schedule_lock is one atomic step. WHAT: the job, or where the function of the
 * run is called. FAILURES: how often writing fails for a temporary reason; 9 means always.
 * REFUSALS: how often a change is refused permanently. RENEWALS: how often the file is removed.
 *
 * check WHAT=JOBS FAILURES=1 REFUSALS=0 RENEWALS=1
 * check WHAT=JOBS FAILURES=1 REFUSALS=1 RENEWALS=0
 * check WHAT=JOBS FAILURES=9 REFUSALS=0 RENEWALS=0
 * check WHAT=GATE FAILURES=1 REFUSALS=0 RENEWALS=1
 * check WHAT=GATE FAILURES=0 REFUSALS=1 RENEWALS=0
 * check WHAT=GATE FAILURES=9 REFUSALS=0 RENEWALS=0
 * check WHAT=POOL FAILURES=1 REFUSALS=0 RENEWALS=1
 * check WHAT=POOL FAILURES=9 REFUSALS=0 RENEWALS=0
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_SLEEP_LATE: releases the lock between
 * the check and the sleep
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=0 RENEWALS=1 MUTANT_TAKE_FIRST: takes the changes before
 * checking whether the file exists
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_COUNT_LATE: counts changes as tried that
 * were noted later
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_FORGET_ROW: a removal is not pending
 * while the row is being written
 * mutant WHAT=JOBS FAILURES=1 REFUSALS=0 RENEWALS=0 MUTANT_FORGET_FAILURE: does not put back
 * changes that could not be written
 * mutant WHAT=JOBS FAILURES=9 REFUSALS=0 RENEWALS=0 MUTANT_AWAIT_SUCCESS: waits for a successful
 * write instead of an attempt
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=1 RENEWALS=0 MUTANT_FORGET_REFUSAL: a later successful write
 * hides a refused one
 * mutant WHAT=JOBS FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_CLOSE_AT_ONCE: the thread ends without a
 * last attempt
 * mutant WHAT=POOL FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_NO_BROADCAST: wakes only one of the
 * waiting threads
 * mutant WHAT=GATE FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_CALL_EARLY: also calls functions that
 * the last attempt does not concern
 * mutant WHAT=GATE FAILURES=0 REFUSALS=0 RENEWALS=0 MUTANT_BEGIN_ANYHOW: does not check again
 * whether the task was cancelled
 */

#define JOBS 0
#define GATE 1
#define POOL 2

#define JOB 0
#define RUN 1
#define ABSENT 0

mtype = { idle, pushed, over };

/* AsyncLitJournal, and the file. The content of an entry is a number, which only grows. */
typedef Entry {
  byte now;
  bool in_file;        /* possibly in an older form */
  bool pending;
  byte file;           /* the content in the file */
  byte row;            /* the content that is being written */
  bool has_row, row_was_in_file;
  byte noted;          /* n_noted at the last change */
  bool excused         /* some form of it was refused */
}
Entry entry[2];

/* struct _AsyncLitScheduleWriter */
byte n_noted, n_tried;
bool error, lost, blocked, closing, closed;
bool has_call, called; /* of the gate */
byte call_noted;
bool sleeping;         /* the thread, in asynclit_cond_wait(&wake) */
byte n_sleeping;       /* threads in asynclit_cond_wait(&tried) */
byte n_wakeups;

/* The file */
byte failures = FAILURES, refusals = REFUSALS, renewals = RENEWALS, retries;
bool is_anew; /* it is new and empty */

/* The task */
mtype task = idle;
bool cancelled, begun;
byte start_noted;
byte n_let_go;

/* For the claims */
bool flushed, was_closed, user_done;

inline wake_tried ()
{
#ifdef MUTANT_NO_BROADCAST
  n_wakeups = (n_sleeping > n_wakeups -> n_wakeups + 1 : n_wakeups)
#else
  n_wakeups = n_sleeping
#endif
}

/* g_cond_signal (&self->wake) */
inline wake_thread ()
{
  sleeping = false
}

/* asynclit_journal_apply() */
inline apply (e, value)
{
  if
  :: value != ABSENT && entry[e].now == ABSENT ->
    entry[e].in_file = entry[e].pending; /* journal_save() */
    entry[e].pending = true
  :: value != ABSENT && entry[e].now != ABSENT ->
    entry[e].pending = true
  :: value == ABSENT && entry[e].now != ABSENT ->
    entry[e].pending = entry[e].in_file; /* journal_remove(), journal_drop_run() */
    entry[e].in_file = false
  :: else
  fi;
  entry[e].now = value
}

/* asynclit_schedule_writer_note_locked() */
inline note (e, value)
{
  if
  :: !closing ->
    apply (e, value);
    if
    :: n_noted == n_tried -> wake_thread ()
    :: else
    fi;
    n_noted++;
    entry[e].noted = n_noted
  :: else
  fi
}

/* asynclit_schedule_writer_want_locked() */
inline want ()
{
  if
  :: !closing -> n_noted++; wake_thread ()
  :: else
  fi
}

/* Checks the result of a flush or a close: the entries that have not changed since then. */
inline check_file (until)
{
  assert (is_anew || entry[JOB].noted > until || entry[JOB].file == entry[JOB].now);
  assert (is_anew || entry[RUN].noted > until || entry[RUN].file == entry[RUN].now)
}

/* The thread */

inline take_entry (e)
{
  entry[e].has_row = entry[e].pending;
  entry[e].row = entry[e].now;
  if
  :: entry[e].pending && entry[e].now != ABSENT ->
    entry[e].row_was_in_file = entry[e].in_file;
#ifndef MUTANT_FORGET_ROW
    entry[e].in_file = true
#endif
  :: entry[e].pending && entry[e].now == ABSENT -> entry[e].row_was_in_file = true
  :: else
  fi;
  entry[e].pending = false
}

/* writer_take(), asynclit_journal_take_pending() */
inline take ()
{
  atomic {
    took = n_noted;
    take_entry (JOB);
    take_entry (RUN)
  }
}

inline renew_entry (e)
{
  entry[e].file = ABSENT;
  entry[e].in_file = false;
  entry[e].pending = entry[e].now != ABSENT
}

/* writer_ensure_connection(), asynclit_journal_renew(): notices that the file was removed */
inline ensure ()
{
  if
  :: atomic { renewals > 0 ->
    renewals--;
    is_anew = true;
    lost = false;
    renew_entry (JOB);
    renew_entry (RUN)
  }
  :: true
  fi
}

inline write_entry (e)
{
  if
  :: entry[e].has_row -> entry[e].file = entry[e].row
  :: else
  fi
}

/* asynclit_schedule_connection_write(): all or nothing */
inline write ()
{
  atomic {
    failed = false;
    refused = false;
    if
    :: failures > 0 ->
      failed = true;
      failures = (failures == 9 -> 9 : failures - 1)
    :: failures != 9 && refusals > 0 && !is_anew && (entry[JOB].has_row || entry[RUN].has_row) ->
      refused = true;
      refusals--
    :: failures != 9 ->
      write_entry (JOB);
      write_entry (RUN);
      is_anew = false
    fi
  }
}

inline put_entry_back (e)
{
  if
  :: entry[e].has_row && entry[e].now != ABSENT ->
    entry[e].in_file = entry[e].row_was_in_file;
    entry[e].pending = true
  :: entry[e].has_row && entry[e].now == ABSENT -> entry[e].pending = entry[e].row_was_in_file
  :: else
  fi
}

inline excuse_entry (e)
{
  entry[e].excused = entry[e].excused || entry[e].has_row
}

/* Reduces the number of states */
inline forget_row (e)
{
  entry[e].has_row = false;
  entry[e].row = ABSENT;
  entry[e].row_was_in_file = false
}

inline conclude ()
{
  atomic {
    if
#ifndef MUTANT_FORGET_FAILURE
    :: failed -> put_entry_back (JOB); put_entry_back (RUN)
#endif
    :: refused -> excuse_entry (JOB); excuse_entry (RUN); lost = true
    :: else
    fi;
    forget_row (JOB);
    forget_row (RUN);
    blocked = failed
  };
  atomic {
    error = failed || refused;
#ifndef MUTANT_FORGET_REFUSAL
    error = error || lost;
#endif
#ifdef MUTANT_COUNT_LATE
    n_tried = n_noted;
#else
    n_tried = took;
#endif
    took = 0;
    failed = false;
    refused = false;
    wake_tried ()
  }
}

/* writer_call(), asynclit_task_driver_go_on() */
inline call ()
{
  if
#ifdef MUTANT_CALL_EARLY
  :: atomic { has_call -> has_call = false; called = true }
#else
  :: atomic { has_call && call_noted <= n_tried -> has_call = false; called = true }
#endif
  :: else
  fi;
  if
  :: called -> called = false; task = pushed
  :: else
  fi
}

active proctype thread ()
{
  bool has_work, failed, refused;
  byte took;

  do
  :: true ->
    /* writer_await_work() */
    do
    :: atomic {
      n_tried != n_noted || closing ->
#ifdef MUTANT_CLOSE_AT_ONCE
        has_work = !closing;
#else
        has_work = n_tried != n_noted;
#endif
        break
      }
#ifdef MUTANT_SLEEP_LATE
    :: n_tried == n_noted && !closing -> sleeping = true;
#else
    :: atomic { n_tried == n_noted && !closing -> sleeping = true };
#endif
      if
      :: !sleeping
      :: atomic { sleeping && blocked && retries < 2 -> /* time-out */
           sleeping = false;
           retries++;
           has_work = n_tried != n_noted || !closing
         };
         break
      fi
    od;
    if
    :: !has_work -> break
    :: else
    fi;
    /* writer_try() */
#ifdef MUTANT_TAKE_FIRST
    take ();
    ensure ();
#else
    ensure ();
    take ();
#endif
    write ();
    conclude ();
    call ()
  od;
  /* writer_finish() */
  atomic { closed = true; wake_tried () }
}

#ifdef MUTANT_AWAIT_SUCCESS
#define HAS_TRIED(until) (n_tried >= (until) && !error)
#else
#define HAS_TRIED(until) (n_tried >= (until))
#endif

/* writer_await_locked() */
inline await_tried (until)
{
  do
  :: atomic { closed || HAS_TRIED (until) -> break }
  :: atomic { !closed && !HAS_TRIED (until) -> n_sleeping++ };
    atomic { n_wakeups > 0 -> n_wakeups--; n_sleeping-- }
  od
}

/* The jobs, on any thread */
active proctype user ()
{
  if
  :: WHAT == JOBS ->
    atomic { note (JOB, 1) };
    atomic { note (JOB, ABSENT) };
    atomic { note (JOB, 2) }
  :: else
  fi;
  user_done = true
}

/* The run of a job: it is due, starts, and ends */

inline check_start ()
{
  assert (start_noted == 0 || entry[RUN].file == 2 || is_anew || error || entry[RUN].excused
          || lost)
}

/* asynclit_task_run() */
inline run_task ()
{
  if
#ifdef MUTANT_BEGIN_ANYHOW
  :: atomic { true -> begun = true; assert (!cancelled) }
#else
  :: atomic { !cancelled -> begun = true }
  :: atomic { cancelled -> n_let_go++ }
#endif
  fi;
  if
  :: begun -> atomic { n_let_go++; note (RUN, ABSENT) }
  :: else
  fi;
  task = over
}

inline note_start ()
{
  note (RUN, 2);
  start_noted = (closing -> 0 : n_noted)
}

active proctype executor ()
{
  byte until;
  bool waits;

  if
  :: WHAT != JOBS -> atomic { note (RUN, 1) }
  :: else
  fi;
  if
  :: WHAT == JOBS -> n_let_go++; task = over
  :: WHAT == GATE ->
    atomic { /* asynclit_run_record_start_async() */
      note_start ();
      waits = !closed && n_tried != n_noted;
      has_call = waits;
      call_noted = n_noted
    };
    if
    :: waits -> task == pushed
    :: else
    fi;
    check_start ();
    run_task ()
  :: WHAT == POOL ->
    if /* here, asynclit_task_state_begin() comes first */
    :: atomic { cancelled -> n_let_go++ }; task = over
    :: atomic { !cancelled -> begun = true };
      atomic { note_start (); until = n_noted };
      await_tried (until);
      check_start ();
      atomic { n_let_go++; note (RUN, ABSENT) };
      task = over
    fi
  fi
}

/* asynclit_task_cancel() before the function begins */
active proctype canceller ()
{
  if
  :: atomic { WHAT != JOBS && !begun -> cancelled = true }
  :: true
  fi
}

/* asynclit_schedule_store_flush() */
active proctype flusher ()
{
  byte until;

  atomic { want (); until = n_noted };
  await_tried (until);
  atomic {
    if
    :: !error && !closing -> check_file (until)
    :: else
    fi;
    flushed = true
  }
}

/* asynclit_schedule_store_close(), at any time, or after all other processes have ended */
active proctype closer ()
{
  if
  :: true
  :: true -> user_done && flushed && task == over
  fi;
  atomic {
    if
    :: blocked -> want ()
    :: else
    fi;
    closing = true;
    wake_thread ()
  };
  do
  :: atomic { closed -> break }
  :: atomic { !closed -> n_sleeping++ };
    atomic { n_wakeups > 0 -> n_wakeups--; n_sleeping-- }
  od;
  atomic {
    if
    :: !error -> check_file (n_noted)
    :: else
    fi;
    was_closed = true
  }
}

active proctype verdict ()
{
  timeout;
  assert (user_done && flushed && was_closed && closed && task == over && n_let_go == 1)
}
