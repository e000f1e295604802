/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The thread pool's drainers: when they start, spin, give up, and stand sentry
 * (asynclit-glib/executor/asynclit-thread-pool.c).
 *
 * Claims: every job ends exactly once, by being run or by being lost, so no wakeup is lost; at most
 * one drainer spins; one drainer starts at a time; no more drainers run jobs than there may be,
 * beside those whose job has waited; a job that waits for another never deadlocks the pool, even if
 * no thread is to be had; nothing is pushed to a pool of threads that is freed.
 *
 * What happens under the pool's lock is one atomic step. Threads can fail to start at any time if
 * FAILURES is set. Spinning is no step at all: what the spinner sees is only a hint.
 *
 * A drainer may be held back whenever the sentry watches, by a measure that is no matter here. UNSAID:
 * the job that waits for another does not say so, which two drainers are enough for.
 *
 * check LIMIT=1
 * check LIMIT=2
 * check LIMIT=2 UNSAID
 * check LIMIT=1 FAILURES
 * mutant LIMIT=1 MUTANT_LATE_LEAVE: gives up under the lock, but leaves the count after it
 * mutant LIMIT=1 MUTANT_SPINNER_STAYS: a spinner that takes a job says nothing of it
 * mutant LIMIT=2 MUTANT_MANY_SPIN: spins though another does
 * mutant LIMIT=1 UNSAID: a job that waits does not say so
 * mutant LIMIT=2 MUTANT_NO_LIMIT: starts as many drainers as there are jobs
 * mutant LIMIT=1 FAILURES MUTANT_LOSE_IF_NONE: loses jobs only if there is no drainer, even if all wait
 * mutant LIMIT=1 FAILURES MUTANT_NEVER_LOSE: jobs wait though no thread is to be had
 * mutant LIMIT=1 MUTANT_SENTRY_UNTOLD: the sentry is not told that it is a drainer
 * mutant LIMIT=1 MUTANT_MANY_SENTRIES: stands sentry though another does
 * mutant LIMIT=2 UNSAID MUTANT_HOLD_UNWATCHED: holds drainers back though nobody watches
 * mutant LIMIT=2 UNSAID MUTANT_SENTRY_SLEEPS: rests after a look at which the queue did move
 * mutant LIMIT=1 MUTANT_COUNT_LATE: counts a drainer when it begins rather than when it is started
 */

#define N_JOBS 4
#define INNER (N_JOBS - 1) /* the job that job 0 submits, and waits for */
#define N_PRODUCERS (N_JOBS - 1)
#define N_THREADS 4

/* struct Pool */
chan jobs = [N_JOBS] of { byte };
byte n_drainers, n_starting, n_blocked;
bool spinning;
bool threads; /* the GThreadPool is there */
mtype = { none, rests, watches, to_work, to_leave };
mtype sentry = none;
byte n_taken;

/* GThreadPool */
byte n_threads; /* its threads */
byte pushed;    /* drainers pushed to it and not begun */

/* What is claimed */
byte ended[N_JOBS];
byte n_spinning, n_sentries, n_running, n_have_waited;

#ifdef MUTANT_NO_LIMIT
#define IS_ROOM true
#define MAY_STAY true
#else
#define IS_ROOM (n_drainers - n_blocked < LIMIT)
#define MAY_STAY (n_drainers - n_blocked <= LIMIT)
#endif

#ifdef MUTANT_HOLD_UNWATCHED
#define MAY_HOLD_BACK (n_drainers > n_blocked)
#else
#define MAY_HOLD_BACK (n_drainers > n_blocked && sentry == watches)
#endif

/* pool_add_drainer_locked(), with pool_has_enough_locked() */
inline add_drainer_locked (start)
{
  start = len (jobs) > 0 && !spinning && n_starting == 0 && IS_ROOM;
  if
  :: start && MAY_HOLD_BACK -> start = false
  :: true
  fi;
  if
  :: start ->
#ifndef MUTANT_COUNT_LATE
    n_drainers++;
#endif
    n_starting++;
    assert (n_starting == 1)
  :: else
  fi
}

/* pool_lose_jobs() */
inline lose_jobs ()
{
  atomic {
    do
#ifdef MUTANT_NEVER_LOSE
    :: false ->
#elif defined(MUTANT_LOSE_IF_NONE)
    :: n_drainers == 0 && len (jobs) > 0 ->
#else
    :: n_drainers == n_blocked && len (jobs) > 0 ->
#endif
      jobs ? lost;
      ended[lost]++
    :: else -> break
    od;
    lost = 0
  }
}

/* The rest of pool_start_drainer() */
inline start_thread ()
{
  if
  :: n_needed <= n_threads -> goto_push = true
  :: n_needed > n_threads -> n_threads = n_needed; goto_push = true
#ifdef FAILURES
  :: n_needed > n_threads -> goto_push = false
#endif
  fi;
  if
  :: goto_push ->
    atomic { assert (threads); pushed++ }
  :: else ->
    atomic { n_starting--; n_drainers-- };
    lose_jobs ()
  fi;
  n_needed = 0
}

#define HAS_SENTRY (sentry == rests || sentry == watches)

/* pool_start_drainer() */
inline start_drainer ()
{
  atomic {
    has_sentry = HAS_SENTRY;
    if
#ifdef MUTANT_SENTRY_UNTOLD
    :: has_sentry -> skip
#else
    :: has_sentry -> sentry = to_work
#endif
    :: else -> threads = true; n_needed = n_drainers
    fi
  };
  if
  :: has_sentry
  :: !has_sentry -> start_thread ()
  fi
}

/* asynclit_thread_pool_push() */
inline push (job)
{
  atomic {
    jobs ! job;
    add_drainer_locked (start_another)
  };
  if
  :: start_another -> start_drainer ()
  :: else
  fi
}

/* The job of number 0: pool_blocking_begin(), a wait, pool_blocking_end(). */
inline run_waiting_job ()
{
  push (INNER);
#ifndef UNSAID
  atomic {
    n_blocked++;
    n_running--;
    n_have_waited++;
    add_drainer_locked (start_another)
  };
  if
  :: start_another -> start_drainer ()
  :: else
  fi;
#endif
  ended[INNER] > 0;
#ifndef UNSAID
  atomic { n_blocked--; n_running++ }
#endif
}

/* job->run() */
inline run_job ()
{
  atomic { n_running++; assert (n_running <= LIMIT + n_have_waited) };
  if
  :: job == 0 -> run_waiting_job ()
  :: else
  fi;
  atomic { n_running--; ended[job]++; assert (ended[job] == 1) }
}

mtype = { run_it, spin, stand_sentry, give_up };

/* pool_choose_next_locked(), but for pool_remove_drainer_locked() */
inline choose_next_locked ()
{
  has_job = false;
  if
  :: MAY_STAY && len (jobs) > 0 -> jobs ? job; n_taken++; has_job = true
  :: else
  fi;
  if
  :: has_job -> next = run_it
#ifdef MUTANT_MANY_SPIN
  :: !has_job && !has_spun -> next = spin
#else
  :: !has_job && !has_spun && !spinning -> next = spin
#endif
  :: !has_job -> next = give_up
  fi
}

/* The end of pool_choose_next_locked() */
inline choose_sentry ()
{
  if
#ifdef MUTANT_MANY_SENTRIES
  :: true ->
#else
  :: sentry == none ->
#endif
    sentry = (n_drainers > 0 -> watches : rests);
    next = stand_sentry;
    n_sentries++;
    assert (n_sentries <= 1)
  :: else
  fi
}

inline give_threads_back ()
{
  threads = false;
  n_threads = 0;
  assert (pushed == 0)
}

#ifdef MUTANT_SENTRY_SLEEPS
#define IS_MOVING false
#else
#define IS_MOVING (n_taken != taken && n_drainers > 0)
#endif

/* The end of sentry_watch_locked(): the look */
inline look_locked ()
{
  if
  :: sentry == watches && IS_MOVING
  :: sentry == watches && !IS_MOVING ->
    sentry = rests;
    if
    :: n_taken == taken && len (jobs) > 0 && n_starting == 0 && IS_ROOM ->
      n_drainers++;
      n_starting++;
      sentry = to_work
    :: else
    fi
  :: else
  fi
}

/* pool_stand_sentry(). A rest may be over at any time when nothing runs; that there is another look
 * after each while something does is not relied on. */
inline stand ()
{
  do
  :: sentry == watches ->
    taken = n_taken;
    atomic { look_locked () }
  :: atomic {
      sentry == to_work || sentry == to_leave || (sentry == rests && n_drainers == 0) ->
      works = sentry == to_work;
      if
      :: sentry == rests -> give_threads_back ()
      :: else
      fi;
      sentry = none;
      n_sentries--
    };
    break
  od;
  taken = 0
}

/* pool_drain(): one turn of its loop */
inline take_turn ()
{
  atomic {
    if
    :: !begun ->
      n_starting--;
#ifdef MUTANT_COUNT_LATE
      n_drainers++
#endif
    :: else
    fi;
    if
    :: has_spun ->
      n_spinning--;
#ifndef MUTANT_SPINNER_STAYS
      spinning = false
#endif
    :: else
    fi;
    choose_next_locked ();
    if
    :: next == spin -> spinning = true; n_spinning++; assert (n_spinning <= 1)
#ifndef MUTANT_LATE_LEAVE
    :: next == give_up -> n_drainers--; choose_sentry ()
#endif
    :: else
    fi;
    add_drainer_locked (start_another)
  };
#ifdef MUTANT_LATE_LEAVE
  if
  :: next == give_up -> atomic { n_drainers--; choose_sentry () }
  :: else
  fi;
#endif
  begun = true;
  has_spun = next == spin;
  if
  :: start_another -> start_drainer ()
  :: else
  fi
}

/* A thread of the GThreadPool, with pool_drain() */
active [N_THREADS] proctype thread ()
{
  bool begun, has_spun, start_another, has_job, goto_push, has_sentry, works;
  byte job, n_needed, lost, taken;
  mtype next;

end:
  do
  :: atomic { pushed > 0 -> pushed--; begun = false; has_spun = false; next = run_it };
    do
    :: take_turn ();
      if
      :: next == run_it -> run_job ()
      :: next == spin
      :: next == stand_sentry ->
        stand ();
        if
        :: works -> begun = false
        :: else -> break
        fi
      :: next == give_up -> break
      fi
    od;
    job = 0
  od
}

/* A caller of asynclit_thread_pool_push() */
active [N_PRODUCERS] proctype producer ()
{
  bool start_another, goto_push, has_sentry;
  byte n_needed, lost;

  push (_pid - N_THREADS)
}

/* asynclit_thread_pool_stop(), with all the time that it needs */
active proctype stopper ()
{
end:
  atomic {
    threads && n_drainers == 0 -> give_threads_back ();
    if
    :: HAS_SENTRY -> sentry = to_leave
    :: else
    fi
  }
}

/* When nobody can do anything any more. */
active proctype verdict ()
{
  byte i;

  timeout;
  for (i : 0 .. N_JOBS - 1) {
    assert (ended[i] == 1 || (i == INNER && ended[0] == 1))
  }
  assert (len (jobs) == 0 && n_drainers == 0 && n_starting == 0 && n_blocked == 0);
  assert (!spinning && n_spinning == 0 && pushed == 0 && sentry == none)
}
