/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The wakeup source of a main context: when it is woken, and when the context sleeps
 * (asynclit-glib/base/asynclit-wakeup-source.c, with the notification queue of
 * asynclit-glib/notifier as its client).
 *
 * Claims: A context never sleeps forever while something is pending. Nothing is answered twice. The
 * descriptor is written at most once per iteration.
 *
 * Code under the lock of the wakeup source is one atomic step. Writing and reading the descriptor
 * are steps of their own. Other sources may wake the context, answer() may stop early, and a
 * handler may run a nested main loop. A lazy change does not wake the context, but a flush follows
 * later.
 *
 * check
 * check NESTED
 * mutant MUTANT_ARM_LATE: checks under the lock, and arms after it
 * mutant MUTANT_CLEAR_LATE: empties the descriptor after arming
 * mutant MUTANT_STAYS_ARMED: waking does not disarm
 * mutant MUTANT_WAKE_FIRST: wakes before posting
 * mutant MUTANT_SLEEP_AT_REST: sleeps in the iteration that it sits out
 * mutant MUTANT_NO_FLUSH: no flush follows a lazy change
 */

#define N_WAKERS 3
#define N_LAZY 2
#define N_OTHERS 2 /* wakeups by other sources */

byte n_pending;   /* in the lists of the client */
bool armed;       /* AsyncLitWakeupSource.armed */
bool sit_out, resting; /* of the ContextSource */
bool lazy;        /* AsyncLitNotificationQueue.lazy: a flush is due */
bool is_readable; /* the event file descriptor */
byte n_others = N_OTHERS;

/* For the claims */
byte n_posted, n_answered, n_written, n_armed;

/* The part of asynclit_wakeup_source_unlock_and_wake() under the lock */
inline unlock_and_wake ()
{
  wake = armed;
#ifndef MUTANT_STAYS_ARMED
  armed = false
#endif
}

inline write_if_waking ()
{
  if
  :: wake -> atomic { n_written++; assert (n_written <= n_armed); is_readable = true }
  :: else
  fi
}

/* asynclit_notification_post(), asynclit_context_executor_push() */
active [N_WAKERS - 1] proctype waker ()
{
  bool wake;

#ifdef MUTANT_WAKE_FIRST
  atomic { unlock_and_wake () };
  write_if_waking ();
  atomic { n_pending++; n_posted++ }
#else
  atomic { n_pending++; n_posted++; unlock_and_wake () };
  write_if_waking ()
#endif
}

/* asynclit_notification_post_changes_lazily() and asynclit_notification_want_flush(), with a handler
 * connected; then asynclit_notifier_flush() on the worker */
active [N_LAZY] proctype lazy_waker ()
{
  bool wake, sleeps, is_first;

  atomic {
    n_pending++;
    n_posted++;
    sleeps = armed && !lazy
  };
  if
  :: sleeps -> atomic { is_first = !lazy; lazy = true }
  :: else
  fi;
#ifndef MUTANT_NO_FLUSH
  if
  :: is_first ->
    atomic {
      lazy = false;
      if
      :: n_pending > 0 -> unlock_and_wake ()
      :: else -> wake = false
      fi
    };
    write_if_waking ()
  :: else
  fi
#endif
}

/* context_source_prepare() */
inline prepare ()
{
  atomic {
    resting = sit_out;
    sit_out = false;
    ready = !resting && n_pending > 0;
#ifdef MUTANT_ARM_LATE
  };
  atomic {
#endif
    armed = !resting && !ready;
    if
    :: armed -> n_armed++
    :: else
    fi
  }
#ifdef MUTANT_CLEAR_LATE
  ;
  is_readable = false
#endif
}

#ifdef MUTANT_SLEEP_AT_REST
#define POLL_RETURNS ready
#else
#define POLL_RETURNS (ready || resting)
#endif

/* g_poll(), then context_source_check(): GLib asks only sources that were not ready before */
inline poll_and_check ()
{
  woken = false;
end_asleep:
  if
  :: POLL_RETURNS
  :: is_readable -> woken = true
  :: atomic { n_others > 0 -> n_others-- }
  fi;
  if
  :: !ready ->
    if
    :: woken -> is_readable = false
    :: else
    fi;
    atomic { ready = !resting && n_pending > 0; armed = false }
  :: else
  fi
}

/* queue_take(). After a nested loop, nothing may be left. */
inline take_one ()
{
  atomic {
    if
    :: n_pending > 0 -> n_pending--; n_answered++; assert (n_answered <= n_posted)
    :: else
    fi
  }
}

/* context_source_dispatch(): answers some or all, and reports whether it stopped early */
inline dispatch ()
{
  do
  :: n_pending > 0 -> take_one ()
  :: n_pending == 0 -> sit_out = false; break
  :: n_answered > 0 -> sit_out = true; break
  od
}

inline iterate ()
{
  prepare ();
  poll_and_check ();
  if
  :: ready -> dispatch ()
  :: else
  fi
}

/* Iterates the context */
active proctype context ()
{
  bool ready, woken;

end:
  do
  :: prepare ();
    poll_and_check ();
    if
    :: ready ->
#ifdef NESTED
      take_one ();
      if
      :: n_others > 0 -> iterate () /* a handler with a main loop of its own */
      :: true
      fi;
#endif
      dispatch ()
    :: else
    fi
  od
}

active proctype verdict ()
{
  timeout;
  assert (n_pending == 0 && n_answered == n_posted)
}
