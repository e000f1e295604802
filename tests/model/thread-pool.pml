/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The workers of the thread pool: when they start, spin, leave, and watch
 * (asynclit-glib/executor/asynclit-thread-pool.c).
 *
 * Claims: Every job ends exactly once, by being run or by being lost, so no wakeup is lost. At most
 * one worker spins, and at most one is starting. The number of workers that run jobs stays within
 * the limit, not counting those whose job waits for another one. The number of jobs that compute
 * does not exceed the number of processors, apart from jobs that blocked before and have not
 * ended. Excess workers leave. A job that waits for another one never deadlocks the pool, even if
 * it does not announce the wait, as long as more threads can be started; and even if none can be
 * started, if it does. Nothing is pushed to a GThreadPool that has been freed.
 *
 * Code under the lock of the pool is one atomic step. With FAILURES, threads can fail to start at
 * any time. Spinning is not a step, because what the spinning worker sees is only a hint; neither
 * is a look of the watchdog that changes nothing.
 *
 * A worker may be held back whenever the watchdog watches, for reasons that are not modelled.
 * UNSAID: the job that waits for another one does not announce it, so the watchdog has to detect
 * it.
 *
 * check LIMIT=1
 * check LIMIT=2
 * check LIMIT=2 UNSAID
 * check LIMIT=2 PROCESSORS=1
 * check LIMIT=2 PROCESSORS=1 UNSAID
 * check LIMIT=1 FAILURES
 * mutant LIMIT=1 MUTANT_LATE_LEAVE: gives up under the lock, but is counted until later
 * mutant LIMIT=1 MUTANT_SPINNER_STAYS: a spinning worker that takes a job still counts as spinning
 * mutant LIMIT=2 MUTANT_MANY_SPIN: spins although another worker spins
 * mutant LIMIT=1 UNSAID: a job does not announce that it waits
 * mutant LIMIT=1 UNSAID MUTANT_NO_LIMIT: starts as many workers as there are jobs
 * mutant LIMIT=1 FAILURES MUTANT_LOSE_IF_NONE: loses jobs only if there is no worker, even if all
 * of them wait
 * mutant LIMIT=1 FAILURES MUTANT_NEVER_LOSE: jobs wait although no thread can be started
 * mutant LIMIT=1 MUTANT_WATCHDOG_UNTOLD: the watchdog does not learn that it is a worker
 * mutant LIMIT=1 MUTANT_MANY_WATCHDOGS: watches although another thread does
 * mutant LIMIT=2 UNSAID MUTANT_HOLD_UNWATCHED: holds workers back without a watchdog
 * mutant LIMIT=2 UNSAID MUTANT_WATCHDOG_SLEEPS: rests after a look that found the queue moving
 * mutant LIMIT=2 PROCESSORS=1 UNSAID MUTANT_BLIND: does not notice that a worker blocks
 * mutant LIMIT=2 PROCESSORS=1 UNSAID MUTANT_REST_HELD_BACK: rests although jobs wait behind workers
 * mutant LIMIT=2 PROCESSORS=1 MUTANT_STAY: an excess worker takes a job
 * mutant LIMIT=2 PROCESSORS=1 UNSAID MUTANT_EXPECT_FOREVER: a worker that has blocked never counts
 * again
 * mutant LIMIT=1 MUTANT_COUNT_LATE: counts a worker when it begins instead of when it is started
 */

#define N_JOBS 4
#define INNER (N_JOBS - 1) /* the job that job 0 submits, and waits for */
#define N_PRODUCERS (N_JOBS - 1)
#define N_THREADS 4
#ifndef PROCESSORS
#define PROCESSORS LIMIT
#endif

/* AsyncLitPool */
chan jobs = [N_JOBS] of { byte };
byte n_workers, n_starting, n_waiting, n_blocking;
bool spinning;
bool threads; /* the GThreadPool exists */
mtype = { none, rests, watches, to_work, to_leave };
mtype watchdog = none;
byte n_taken;

/* AsyncLitPoolThread */
bool is_worker[N_THREADS], waits[N_THREADS], blocks[N_THREADS];

/* GThreadPool */
byte n_threads; /* its threads */
byte pushed;    /* workers that were pushed to it and have not begun */

/* For the claims */
byte ended[N_JOBS];
byte n_spinning, n_watchdogs, n_running, n_have_waited, n_computing, n_have_blocked;
bool sleeps[N_THREADS]; /* in a wait that was not announced */

/* asynclit_pool_count_active_locked() */
#define N_ACTIVE (n_workers - n_waiting - n_blocking)

#ifdef MUTANT_NO_LIMIT
#define IS_ROOM true
#define IS_BELOW_LIMIT true
#else
#define IS_ROOM (n_workers - n_waiting < LIMIT)
#define IS_BELOW_LIMIT (n_workers - n_waiting <= LIMIT)
#endif

/* asynclit_pool_may_grow_locked() */
#define MAY_GROW (IS_ROOM && N_ACTIVE < PROCESSORS)

/* asynclit_pool_is_too_many_locked() */
#ifdef MUTANT_STAY
#define MAY_STAY IS_BELOW_LIMIT
#else
#define MAY_STAY (IS_BELOW_LIMIT && N_ACTIVE <= PROCESSORS)
#endif

#ifdef MUTANT_HOLD_UNWATCHED
#define MAY_HOLD_BACK (n_workers > n_waiting)
#else
#define MAY_HOLD_BACK (n_workers > n_waiting && watchdog == watches)
#endif

/* asynclit_pool_set_blocks_locked() */
inline set_blocks (thread, value)
{
  n_blocking = n_blocking + value - blocks[thread];
  blocks[thread] = value
}

/* pool_add_worker_locked(), with pool_has_enough_locked() */
inline add_worker_locked (start)
{
  start = len (jobs) > 0 && !spinning && n_starting == 0 && IS_ROOM;
  if
  :: start && MAY_HOLD_BACK -> start = false
  :: start && MAY_HOLD_BACK && N_ACTIVE < PROCESSORS
  :: else
  fi;
  if
  :: start ->
#ifndef MUTANT_COUNT_LATE
    n_workers++;
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
    :: n_workers == 0 && len (jobs) > 0 ->
#else
    :: n_workers == n_waiting && len (jobs) > 0 ->
#endif
      jobs ? lost;
      ended[lost]++
    :: else -> break
    od;
    lost = 0
  }
}

/* The rest of pool_start_worker() */
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
    atomic { n_starting--; n_workers-- };
    lose_jobs ()
  fi;
  n_needed = 0
}

#define HAS_WATCHDOG (watchdog == rests || watchdog == watches)

/* pool_start_worker() */
inline start_worker ()
{
  atomic {
    has_watchdog = HAS_WATCHDOG;
    if
#ifdef MUTANT_WATCHDOG_UNTOLD
    :: has_watchdog -> skip
#else
    :: has_watchdog -> watchdog = to_work
#endif
    :: else -> threads = true; n_needed = n_workers
    fi
  };
  if
  :: has_watchdog
  :: !has_watchdog -> start_thread ()
  fi
}

/* asynclit_thread_pool_push() */
inline push (job)
{
  atomic {
    jobs ! job;
    add_worker_locked (start_another)
  };
  if
  :: start_another -> start_worker ()
  :: else
  fi
}

/* Job 0: pool_blocking_begin(), a wait, pool_blocking_end(). */
inline run_waiting_job ()
{
  push (INNER);
#ifndef UNSAID
  atomic {
    set_blocks (_pid, false);
    waits[_pid] = true;
    n_waiting++;
    n_running--;
    n_computing--;
    n_have_waited++;
    n_have_blocked++;
    add_worker_locked (start_another)
  };
  if
  :: start_another -> start_worker ()
  :: else
  fi;
#else
  atomic { sleeps[_pid] = true; n_computing--; n_have_blocked++ };
#endif
  ended[INNER] > 0;
#ifndef UNSAID
  atomic { waits[_pid] = false; n_waiting--; n_running++; n_computing++ }
#else
  atomic { sleeps[_pid] = false; n_computing++ }
#endif
}

/* job->run() */
inline run_job ()
{
  atomic {
    n_running++;
    assert (n_running <= LIMIT + n_have_waited);
    n_computing++;
    assert (n_computing <= PROCESSORS + n_have_blocked)
  };
  if
  :: job == 0 -> run_waiting_job ()
  :: else
  fi;
  atomic {
    n_running--;
    n_computing--;
    if
    :: job == 0 -> n_have_blocked--
    :: else
    fi;
    ended[job]++;
    assert (ended[job] == 1)
  }
}

mtype = { run_it, spin, watch, give_up };

/* pool_choose_next_locked(), without pool_remove_worker_locked() */
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
  :: !has_job && !has_spun && MAY_STAY -> next = spin
#else
  :: !has_job && !has_spun && !spinning && MAY_STAY -> next = spin
#endif
  :: !has_job -> next = give_up
  fi
}

/* The end of pool_choose_next_locked() */
inline choose_watchdog ()
{
  if
#ifdef MUTANT_MANY_WATCHDOGS
  :: true ->
#else
  :: watchdog == none ->
#endif
    watchdog = (n_workers > 0 -> watches : rests);
    next = watch;
    n_watchdogs++;
    assert (n_watchdogs <= 1)
  :: else
  fi
}

inline give_threads_back ()
{
  threads = false;
  n_threads = 0;
  assert (pushed == 0)
}

#define IS_MOVING (n_taken != taken && n_workers > 0)

/* Whether look_at_workers_locked() would change anything */
#ifdef MUTANT_BLIND
#define IS_UNSEEN(i) false
#else
#define IS_UNSEEN(i) (is_worker[i] && !waits[i] && blocks[i] != sleeps[i])
#endif
#define ARE_UNSEEN (IS_UNSEEN (0) || IS_UNSEEN (1) || IS_UNSEEN (2) || IS_UNSEEN (3))

#ifdef MUTANT_REST_HELD_BACK
#define MAY_REST true
#else
#define MAY_REST (len (jobs) == 0 || !IS_ROOM)
#endif

/* Whether a look of watch_locked() would change anything */
#define IS_LOOK_OF_USE                                                                     \
  (IS_MOVING || MAY_REST || n_starting == 0 && MAY_GROW || len (jobs) > 0 && ARE_UNSEEN)

/* look_at_workers_locked() */
inline look_at_workers_locked ()
{
  do
  :: IS_UNSEEN (0) -> set_blocks (0, sleeps[0])
  :: IS_UNSEEN (1) -> set_blocks (1, sleeps[1])
  :: IS_UNSEEN (2) -> set_blocks (2, sleeps[2])
  :: IS_UNSEEN (3) -> set_blocks (3, sleeps[3])
  :: !ARE_UNSEEN -> break
  od
}

/* asynclit_pool_look_locked(). While the queue moves, nothing depends on a look at the workers. */
inline look_locked ()
{
  if
#ifdef MUTANT_WATCHDOG_SLEEPS
  :: watchdog == watches && IS_MOVING -> watchdog = rests
#else
  :: watchdog == watches && IS_MOVING
#endif
  :: watchdog == watches && !IS_MOVING ->
    if
    :: len (jobs) > 0 -> look_at_workers_locked ()
    :: else
    fi;
    if
    :: len (jobs) > 0 && n_starting == 0 && MAY_GROW ->
      n_workers++;
      n_starting++;
      watchdog = to_work
    :: else ->
      if
      :: MAY_REST -> watchdog = rests
      :: else
      fi
    fi
  :: watchdog != watches
  fi
}

/* asynclit_pool_watch(). A rest may be over at any time when nothing runs; that there is another look
 * after each while something does is not relied on. */
inline stand ()
{
  do
  :: watchdog == watches ->
    taken = n_taken;
    atomic { watchdog != watches || IS_LOOK_OF_USE -> look_locked () }
  :: atomic {
      watchdog == to_work || watchdog == to_leave || (watchdog == rests && n_workers == 0) ->
      works = watchdog == to_work;
      if
      :: watchdog == rests -> give_threads_back ()
      :: else
      fi;
      watchdog = none;
      n_watchdogs--
    };
    break
  od;
  taken = 0
}

/* pool_leave_worker_locked() */
inline leave_worker_locked ()
{
#ifndef MUTANT_EXPECT_FOREVER
  set_blocks (_pid, false);
#endif
  is_worker[_pid] = false;
  n_workers--
}

/* pool_note_done_locked() */
inline note_done_locked ()
{
#ifndef MUTANT_EXPECT_FOREVER
  set_blocks (_pid, false)
#else
  skip
#endif
}

/* pool_work(): one turn of its loop. */
inline take_turn ()
{
  atomic {
    if
    :: !begun ->
      n_starting--;
      is_worker[_pid] = true;
#ifdef MUTANT_COUNT_LATE
      n_workers++
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
    note_done_locked ();
    choose_next_locked ();
    if
    :: next == spin -> spinning = true; n_spinning++; assert (n_spinning <= 1)
#ifndef MUTANT_LATE_LEAVE
    :: next == give_up -> leave_worker_locked (); choose_watchdog ()
#endif
    :: else
    fi;
    add_worker_locked (start_another)
  };
#ifdef MUTANT_LATE_LEAVE
  if
  :: next == give_up -> atomic { leave_worker_locked (); choose_watchdog () }
  :: else
  fi;
#endif
  begun = true;
  has_spun = next == spin;
  if
  :: start_another -> start_worker ()
  :: else
  fi
}

/* A thread of the GThreadPool, with pool_work() */
active [N_THREADS] proctype thread ()
{
  bool begun, has_spun, start_another, has_job, goto_push, has_watchdog, works;
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
      :: next == watch ->
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
  bool start_another, goto_push, has_watchdog;
  byte n_needed, lost;

  push (_pid - N_THREADS)
}

/* asynclit_thread_pool_stop(), without a time limit */
active proctype stopper ()
{
end:
  atomic {
    threads && n_workers == 0 -> give_threads_back ();
    if
    :: HAS_WATCHDOG -> watchdog = to_leave
    :: else
    fi
  }
}

/* When no process can continue. */
active proctype verdict ()
{
  byte i;

  timeout;
  for (i : 0 .. N_JOBS - 1) {
    assert (ended[i] == 1 || (i == INNER && ended[0] == 1))
  }
  assert (len (jobs) == 0 && n_workers == 0 && n_starting == 0 && n_waiting == 0
          && n_blocking == 0);
  assert (!spinning && n_spinning == 0 && pushed == 0 && watchdog == none)
}
