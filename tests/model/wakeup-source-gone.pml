/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The main context of a wakeup source is freed while other threads wake it
 * (asynclit-glib/base/asynclit-wakeup-source.c, with asynclit_notification_post() in
 * asynclit-glib/notifier as its client).
 *
 * Claims: No thread writes to a closed descriptor, which may belong to another file by then, wakes
 * a freed context, or accesses a freed wakeup source. The descriptor is closed once, and the wakeup
 * source is freed. Everything that is posted is taken by the context, released when the context is
 * freed, or released elsewhere, exactly once.
 *
 * FD=0: the system had no descriptors left, and the context is woken through GLib, under the lock.
 *
 * check FD=1
 * check FD=0
 * mutant FD=1 MUTANT_NO_SHARE: writes without a share of the descriptor
 * mutant FD=1 MUTANT_LEAK: gives up its share without checking whether it was the last one
 * mutant FD=0 MUTANT_WAKE_UNLOCKED: wakes the context after releasing the lock
 * mutant FD=0 MUTANT_SAY_LATE: announces the end of the context after it was freed
 * mutant FD=1 MUTANT_SAY_LAST: ... or after releasing what was pending
 * mutant FD=1 MUTANT_STAYS_ARMED: is still armed when the context is freed
 * mutant FD=1 MUTANT_NO_REFERENCE: relies on a notification, which may be freed by then, for a
 * reference
 */

#define N_WAKERS 3

/* AsyncLitWakeupSource */
bool armed, closed;
byte fd_users = 1;

/* One of the context, and one of each notification, through its release queue */
byte ref_count = 1 + N_WAKERS;

byte n_closes;  /* of the descriptor */
bool is_freed;  /* the context */
byte n_pending; /* in the lists of the client */

/* For the claims */
byte n_posted, n_taken, n_released_elsewhere;

inline use_wakeup_source ()
{
  assert (ref_count > 0)
}

/* asynclit_wakeup_source_unref() */
inline wakeup_source_unref ()
{
  atomic {
    use_wakeup_source ();
    ref_count--
  }
}

/* let_go_of_fd() */
inline let_go_of_fd ()
{
  atomic {
    use_wakeup_source ();
    fd_users--;
    if
#ifdef MUTANT_LEAK
    :: false -> n_closes++
#else
    :: fd_users == 0 -> n_closes++
#endif
    :: else
    fi
  }
}

/* asynclit_notification_post(), asynclit_wakeup_source_unlock_and_wake(), wakeup_source_wake() */
active [N_WAKERS] proctype waker ()
{
  bool wake, is_late;

  atomic {
    n_posted++;
    is_late = closed;
    if
    :: is_late
    :: else -> n_pending++
    fi;
#ifdef MUTANT_STAYS_ARMED
    wake = armed;
#else
    wake = armed && !is_late;
#endif
    armed = false;
#ifndef MUTANT_WAKE_UNLOCKED
    if
    :: wake && !FD -> assert (!is_freed)
    :: else
    fi;
#endif
#ifndef MUTANT_NO_SHARE
    if
    :: wake && FD -> fd_users++
    :: else
    fi;
#endif
#ifndef MUTANT_NO_REFERENCE
    if
    :: wake -> ref_count++
    :: else
    fi
#endif
  };
#ifdef MUTANT_WAKE_UNLOCKED
  if
  :: wake && !FD -> assert (!is_freed)
  :: else
  fi;
#endif
  if
  :: wake && FD ->
    assert (n_closes == 0); /* write() */
#ifndef MUTANT_NO_SHARE
    let_go_of_fd ()
#endif
  :: else
  fi;
#ifndef MUTANT_NO_REFERENCE
  if
  :: wake -> wakeup_source_unref ()
  :: else
  fi;
#endif
  if
  :: is_late -> /* on the worker */
    n_released_elsewhere++;
    wakeup_source_unref ()
  :: else
  fi
}

/* context_goes() */
inline say ()
{
  atomic {
    closed = true;
#ifndef MUTANT_STAYS_ARMED
    armed = false
#endif
  }
}

inline take_all ()
{
  do
  :: atomic { n_pending > 0 -> n_pending--; n_taken++ };
    wakeup_source_unref () /* the notification is freed */
  :: n_pending == 0 -> break
  od
}

/* Iterates the context, and then drops the last reference to it: g_main_context_unref() */
active proctype owner ()
{
  byte n = 2; /* iterations */

  do
  :: n > 0 ->
    n--;
    atomic { armed = n_pending == 0 };
    if
    :: true -> take_all ()
    :: true
    fi
  :: break
  od;
#ifndef MUTANT_SAY_LATE
#ifndef MUTANT_SAY_LAST
  say ();
#endif
#endif
  is_freed = true;
#ifdef MUTANT_SAY_LATE
  say ();
#endif
  /* context_source_finalize() */
  take_all ();
#ifdef MUTANT_SAY_LAST
  say ();
#endif
  let_go_of_fd ();
  wakeup_source_unref ()
}

active proctype verdict ()
{
  timeout;
  assert (n_taken + n_released_elsewhere == n_posted);
  assert (n_closes == 1);
  assert (ref_count == 0)
}
