/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The main context of a wakeup source goes while others wake it
 * (asynclit-glib/base/asynclit-wakeup-source.c, with asynclit_notification_post() in
 * asynclit-glib/notifier as its client).
 *
 * Claims: nobody writes to a descriptor that is closed, which may be somebody else's by then, nor
 * wakes a context that is freed, nor touches a wakeup source that is freed; the descriptor is
 * closed in the end, and once, and the wakeup source freed; what is posted is taken by the context,
 * released when it goes, or released elsewhere: once.
 *
 * FD=0: the system had no descriptor left, and the context is woken through GLib, under the lock.
 *
 * check FD=1
 * check FD=0
 * mutant FD=1 MUTANT_NO_SHARE: writes without a share of the descriptor
 * mutant FD=1 MUTANT_LEAK: lets go of its share without a look whether it was the last
 * mutant FD=0 MUTANT_WAKE_UNLOCKED: wakes the context after it has let go of the lock
 * mutant FD=0 MUTANT_SAY_LATE: the context says that it goes when it is freed already
 * mutant FD=1 MUTANT_SAY_LAST: ... or after it has released what there was
 * mutant FD=1 MUTANT_STAYS_ARMED: it goes, and is still armed
 * mutant FD=1 MUTANT_NO_REFERENCE: what is posted keeps the wakeup source alive, and may be gone by
 * then
 */

#define N_WAKERS 3

/* AsyncLitWakeupSource */
bool armed, closed;
byte fd_users = 1;

/* The context's, and one of each notification, through its release queue */
byte ref_count = 1 + N_WAKERS;

byte n_closes;  /* of the descriptor */
bool is_freed;  /* the context */
byte n_pending; /* in the client's lists */

/* What is claimed */
byte n_posted, n_taken, n_released_elsewhere;

inline use_wakeup_source ()
{
  assert (ref_count > 0)
}

/* asynclit_wakeup_source_unref() */
inline bell_unref ()
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
  :: wake -> bell_unref ()
  :: else
  fi;
#endif
  if
  :: is_late -> /* on the worker */
    n_released_elsewhere++;
    bell_unref ()
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
    bell_unref () /* the notification goes */
  :: n_pending == 0 -> break
  od
}

/* Whoever iterates the context, and then drops the last reference to it: g_main_context_unref() */
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
  bell_unref ()
}

active proctype verdict ()
{
  timeout;
  assert (n_taken + n_released_elsewhere == n_posted);
  assert (n_closes == 1);
  assert (ref_count == 0)
}
