/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The gates that a task passes before it is passed to its executor: asynclit-glib/admission/. Two
 * limiters, each with one place, and four tasks:
 *
 *   0 needs both; its first attempt fails, and its second attempt waits for task 2
 *   1 needs both, in the other order, and has a delay; it may be cancelled at any time
 *   2 needs the first; it is submitted by task 0, which has both
 *   3 needs the first, and is externally run; its creator has to be told; it may be cancelled, too
 *
 * Claims: A task gets its places only while all of them are free. A function runs only while its
 * task has them, never twice for an attempt, and never after the task was cancelled. Every task
 * ends, and then every place is free.
 *
 * Code under the lock of the places is one atomic step, and so is a change of a task's state. The
 * order of the waiting tasks is not modelled, because every order has to work.
 *
 * check
 * check BOTH_CANCELLED
 * mutant MUTANT_HOLD_AND_WAIT: a task keeps free places while it waits for others
 * mutant MUTANT_NO_KICK: a place becomes free, and no waiting task is checked
 * mutant MUTANT_RELEASE_TWICE: a retry and a cancellation both give the places back
 * mutant MUTANT_KEEP_FOR_RETRY: a task keeps its places while it waits for its retry, and is
 * cancelled
 * mutant MUTANT_NO_LEND: a function keeps its places while it waits for a task that needs them
 * mutant MUTANT_ENTER_BLIND: a task enters that was cancelled just before
 * mutant MUTANT_TIMER_BLIND: the end of a delay does not check whether the task still waits
 * mutant MUTANT_STAY_PARKED: a cancelled task stays in the queue, and gets a place
 * mutant MUTANT_READY_LOST: the creator asks for a call after the task was admitted, and never gets
 * it
 */

#define N 4
#define NOWHERE 0
#define NEEDS_SECOND(t) (t < 2)

#define OUTSIDE 0
#define DELAYED 1
#define WAITS 2
#define ADMITTED 3

#define QUEUED 0
#define RUNNING 1
#define RETRIES 2
#define ENDED 3

byte used[2];       /* places of each limiter */
byte gate[N];       /* where the task is */
byte parked[N];     /* at which limiter, from 1, if it waits */
bool has[N];        /* whether it has its places */
bool pushed[N];     /* it was passed to its executor */
bool wants_told;    /* the creator of task 3 waits */
byte status[N];
bool cancel_asked[N];
bool was_cancelled[N]; /* it ended without running */
bool left[N];       /* its waiter in the gates was woken */
byte submitted;     /* a bit for each task */
byte n_runs[N];

/* admission_try_locked() */
inline try_locked (t)
{
#ifdef MUTANT_HOLD_AND_WAIT
  byte first = (t == 1 -> 1 : 0);
  if
  :: parked[t] == NOWHERE && used[first] > 0 -> parked[t] = first + 1
  :: else ->
    if
    :: parked[t] == NOWHERE || parked[t] == first + 1 -> used[first]++; parked[t] = NOWHERE
    :: else
    fi;
    if
    :: NEEDS_SECOND (t) && used[1 - first] > 0 -> parked[t] = 2 - first
    :: NEEDS_SECOND (t) && used[1 - first] == 0 -> used[1 - first]++; parked[t] = NOWHERE; admit_locked (t)
    :: !NEEDS_SECOND (t) -> admit_locked (t)
    fi
  fi
#else
  if
  :: used[0] > 0 -> parked[t] = 1
  :: used[0] == 0 && NEEDS_SECOND (t) && used[1] > 0 -> parked[t] = 2
  :: else ->
    parked[t] = NOWHERE;
    used[0]++;
    if
    :: NEEDS_SECOND (t) -> used[1]++
    :: else
    fi;
    assert (used[0] <= 1 && used[1] <= 1);
    admit_locked (t)
  fi
#endif
}

inline admit_locked (t)
{
  has[t] = true;
  gate[t] = ADMITTED;
  if
  :: t != 3 || wants_told -> pushed[t] = true; wants_told = (t == 3 -> false : wants_told)
  :: else
  fi
}

/* asynclit_places_kick_locked(): lets the tasks try that are parked at a limiter, in any order */
inline kick_locked (l)
{
#ifndef MUTANT_NO_KICK
  do
  :: used[l] == 0 && gate[0] == WAITS && parked[0] == l + 1 -> try_locked (0)
  :: used[l] == 0 && gate[1] == WAITS && parked[1] == l + 1 -> try_locked (1)
  :: used[l] == 0 && gate[2] == WAITS && parked[2] == l + 1 -> try_locked (2)
  :: used[l] == 0 && gate[3] == WAITS && parked[3] == l + 1 -> try_locked (3)
  :: else -> break
  od
#else
  skip
#endif
}

inline release_locked (t)
{
  has[t] = false;
  used[0]--;
  if
  :: NEEDS_SECOND (t) -> used[1]--
  :: else
  fi;
  kick_locked (0);
  kick_locked (1)
}

/* asynclit_admission_release() */
inline give_back (t)
{
  atomic {
#ifdef MUTANT_RELEASE_TWICE
    if
    :: gate[t] == ADMITTED -> release_locked (t)
    :: else
    fi
#else
    if
    :: has[t] -> release_locked (t)
    :: else
    fi
#endif
  }
}

/* The waiter of the gates is woken by the thread that has ended the task */
inline leave (t)
{
  atomic {
    assert (!left[t]);
    left[t] = true;
#ifndef MUTANT_STAY_PARKED
    if
    :: gate[t] == WAITS || gate[t] == DELAYED -> gate[t] = OUTSIDE; parked[t] = NOWHERE
    :: else
    fi;
#endif
#ifdef MUTANT_RELEASE_TWICE
    if
    :: gate[t] == ADMITTED -> release_locked (t)
    :: else
    fi;
#else
    if
    :: has[t] -> release_locked (t)
    :: else
    fi;
#endif
    if /* its creator finds out */
    :: t == 3 && wants_told -> wants_told = false; pushed[3] = true
    :: else
    fi
  }
}

/* asynclit_admission_enter() */
inline enter (t)
{
  atomic {
    if
#ifndef MUTANT_ENTER_BLIND
    :: status[t] == ENDED
#endif
    :: else ->
      gate[t] = WAITS;
      parked[t] = NOWHERE;
      try_locked (t)
    fi
  }
}

/* asynclit_task_begin(), or an executor */
inline begin (t, begun)
{
  atomic {
    if
    :: status[t] == QUEUED -> status[t] = RUNNING; begun = true; n_runs[t]++; assert (has[t])
    :: else -> begun = false
    fi
  }
}

inline end (t)
{
  atomic { assert (status[t] == RUNNING); status[t] = ENDED };
  leave (t)
}

/* Task 0 */
active proctype zero ()
{
  bool begun;

  enter (0);
  pushed[0] -> pushed[0] = false;
  begin (0, begun);
  assert (begun);
  status[0] = RETRIES;
#ifndef MUTANT_KEEP_FOR_RETRY
  give_back (0);
#endif
  status[0] = QUEUED;
  enter (0);
  pushed[0] -> pushed[0] = false;
  begin (0, begun);
  submitted = 1; /* task 2 */
#ifndef MUTANT_NO_LEND
  give_back (0);
#endif
  status[2] == ENDED;
#ifndef MUTANT_NO_LEND
  atomic { has[0] = true; used[0]++; used[1]++ }; /* immediately, even if other tasks have them */
#endif
  end (0)
}

/* Task 2 */
active proctype two ()
{
  bool begun;

  submitted;
  enter (2);
  pushed[2] -> pushed[2] = false;
  begin (2, begun);
  end (2)
}

/* Task 1: the delay, then its executor */
active proctype one ()
{
  bool begun;

  atomic {
    if
    :: status[1] == ENDED
    :: else -> gate[1] = DELAYED
    fi
  };
  /* delay_is_over() */
  atomic {
    if
#ifdef MUTANT_TIMER_BLIND
    :: true ->
#else
    :: gate[1] == DELAYED ->
#endif
      gate[1] = WAITS;
      try_locked (1)
    :: else
    fi
  };
  if
  :: pushed[1] ->
    pushed[1] = false;
    begin (1, begun);
    if
    :: begun && !cancel_asked[1] -> /* it fails, and is retried */
      if
      :: atomic { status[1] == RUNNING && !cancel_asked[1] -> status[1] = RETRIES };
        give_back (1);
        if
        :: atomic { status[1] == RETRIES -> status[1] = QUEUED };
          enter (1);
          if
          :: pushed[1] ->
            pushed[1] = false;
            begin (1, begun);
            if
            :: begun -> end (1)
            :: else
            fi
          :: left[1] && !pushed[1]
          fi
        :: status[1] == ENDED
        fi
      :: end (1)
      fi
    :: begun && cancel_asked[1] -> end (1)
    :: else -> assert (was_cancelled[1])
    fi
  :: left[1] && !pushed[1]
  fi
}

/* Task 3 and its creator */
active proctype three ()
{
  bool begun, may_begin;

  enter (3);
  atomic { may_begin = gate[3] == ADMITTED }; /* asynclit_task_manager_queue_task() */
  if
  :: !may_begin ->
    atomic { /* asynclit_task_when_ready() */
#ifdef MUTANT_READY_LOST
      wants_told = true
#else
      if
      :: gate[3] == WAITS -> wants_told = true
      :: else -> pushed[3] = true
      fi
#endif
    };
    pushed[3] -> pushed[3] = false
  :: else
  fi;
  begin (3, begun);
  if
  :: begun -> end (3)
  :: else -> assert (was_cancelled[3])
  fi
}

/* asynclit_task_cancel() */
proctype canceller (byte t)
{
  bool at_once;

  if
  :: true ->
    atomic {
      at_once = status[t] == QUEUED || status[t] == RETRIES;
      if
      :: at_once -> status[t] = ENDED; was_cancelled[t] = true
      :: else -> cancel_asked[t] = true
      fi
    };
    if
    :: at_once -> leave (t)
    :: else
    fi
  :: true
  fi
}

init
{
  atomic {
    run canceller (1);
#ifdef BOTH_CANCELLED
    run canceller (3)
#endif
  }
}

active proctype verdict ()
{
  timeout;
  assert (status[0] == ENDED && status[1] == ENDED && status[2] == ENDED && status[3] == ENDED);
  assert (used[0] == 0 && used[1] == 0);
  assert (n_runs[0] == 2 && n_runs[1] <= 2 && n_runs[2] == 1 && n_runs[3] <= 1)
}
