/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pausing one task before it starts: asynclit-glib/task/asynclit-task-pause.c. The task is in the
 * queue of its executor. Other threads pause and resume it, twice, and cancel it at any moment; in
 * the end it is resumed.
 *
 * Claims: the function is called at most once, never while the task is held, and never after a
 * cancellation has ended the task; the task ends; and the executor's reference is dropped once.
 *
 * Each change of the state is one atomic step, as in the code.
 *
 * check
 * check CANCELLED
 * mutant MUTANT_HOLD_BLIND: the executor holds the task although it was resumed in the meantime
 * mutant MUTANT_RESUME_BLIND: resume() has the task started whether it was held or not
 * mutant CANCELLED MUTANT_END_FORGETS: the end of a held task does not let it go
 * mutant MUTANT_PLACES_LATE: the places are given back after the task was held
 */

#define PENDING 0
#define RUNNING 1
#define ENDED 2

byte status = PENDING;
bool paused, held;
byte in_queue = 1;  /* jobs of the task in the executor's queue */
byte n_calls;
byte n_let_go;
byte n_places = 1;  /* it came from the gates with one */
bool cancel_is_over;
bool pauser_is_over;

inline let_go ()
{
  n_let_go++;
  assert (n_let_go == 1)
}

/* asynclit_admission_enter(): there are places enough. */
inline seek_again ()
{
  atomic {
    if
    :: status == ENDED -> let_go ()
    :: else -> n_places++; assert (n_places == 1); in_queue++; assert (in_queue == 1)
    fi
  }
}

/* asynclit_task_hold(); the state as it was read before. */
inline hold (is_held)
{
#ifndef MUTANT_PLACES_LATE
  atomic { n_places = 0 };
#endif
  atomic {
    if
#ifdef MUTANT_HOLD_BLIND
    :: status != ENDED -> held = true; is_held = true
    :: else -> is_held = false
#else
    :: status != ENDED && paused -> held = true; is_held = true
    :: else -> is_held = false
#endif
    fi
  };
#ifdef MUTANT_PLACES_LATE
  atomic { n_places = (n_places > 0 -> n_places - 1 : 0); assert (in_queue == 0 || n_places > 0) };
#endif
  if
  :: !is_held -> seek_again ()
  :: else
  fi
}

/* Threads of the pool. */
active [2] proctype executor ()
{
  bool was_paused, is_held;

  do
  :: atomic { in_queue > 0 -> in_queue-- };
     was_paused = paused;
     if
     :: was_paused -> hold (is_held)
     :: else ->
       /* asynclit_task_run() */
       atomic {
         if
         :: status == ENDED -> let_go ()
         :: else -> assert (!held); status = RUNNING; n_calls++; assert (n_calls == 1)
         fi
       };
       if
       :: n_calls == 1 && status == RUNNING ->
         atomic { status = ENDED; n_places = 0; let_go () }
       :: else
       fi
     fi
  :: n_let_go > 0 && cancel_is_over && pauser_is_over && in_queue == 0 -> break
  od
}

inline resume ()
{
  bool was_held;

  atomic {
    if
#ifdef MUTANT_RESUME_BLIND
    :: paused -> was_held = true
#else
    :: paused -> was_held = held
#endif
    :: else -> was_held = false
    fi;
    paused = false;
    held = false
  };
  if
  :: was_held -> seek_again ()
  :: else
  fi
}

active proctype pauser ()
{
  byte i;

  for (i : 1 .. 2) {
    atomic {
      if
      :: status != ENDED && !paused -> paused = true
      :: else
      fi
    };
    resume ()
  }
  pauser_is_over = true
}

#ifdef CANCELLED
/* A pending task ends at once: asynclit_task_unpause() follows. */
active proctype canceller ()
{
  bool was_held, ends;

  atomic {
    if
    :: status == PENDING -> status = ENDED; n_places = 0; ends = true
    :: else
    fi
  };
  if
  :: ends ->
    atomic { was_held = held && paused; paused = false; held = false };
#ifndef MUTANT_END_FORGETS
    if
    :: was_held -> let_go ()
    :: else
    fi
#endif
  :: else
  fi;
  cancel_is_over = true
}
#else
init
{
  cancel_is_over = true
}
#endif
