/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What has changed is resurrected: a thread drops the last reference while the owner's context,
 * whose notification queue has none, takes one to deliver (asynclit_notification_queue_remove(),
 * queue_take_locked() and queue_resurrect() in
 * asynclit-glib/notifier/asynclit-notification-queue.c; asynclit_task_dispose(), and those of the
 * manager and the scheduler; asynclit-glib/base/asynclit-deferred-unref.c). The other holds of the
 * library are in keep-alive.pml: here the notification queue's is the only one.
 *
 * Claims: the object goes, once, and nobody touches it afterwards, g_object_unref() included; what
 * is delivered has handlers to go to, is emitted in the owner's context, and is emitted; changes
 * comes as long as somebody has a reference; every reference that a thread keeps is dropped.
 *
 * What happens under the notification queue's lock is one atomic step; so is each change of the
 * number of references. THAW_FIRST: as GLib does it from 2.80 on. Of threads that drop a reference
 * there are two from the beginning, and a guest whom a handler gives one, once, who waits for
 * changes. A handler changes itself, once. CORE: the scheduler, whose core has changed without any
 * reference (asynclit_scheduler_dispose(),
 * asynclit-glib/scheduler/asynclit-schedule-core-events.c).
 *
 * check
 * check THAW_FIRST
 * check CORE
 * mutant MUTANT_NO_KEEP: g_object_unref() goes on with what the owner has freed meanwhile
 * mutant MUTANT_KEEP_NOT_LONG: the same: the reference is dropped inside of dispose()
 * mutant MUTANT_NEVER_DROPPED: what is kept stays for ever
 * mutant MUTANT_NO_RESURRECTOR: it is not on record who resurrected; dispose() looks at the hold
 * only
 * mutant THAW_FIRST MUTANT_NO_RESURRECTOR: the same, and the handlers are gone
 * mutant MUTANT_FORGET_RESURRECTOR: that is forgotten as soon as the reference is there
 * mutant MUTANT_NO_WAIT: the last reference goes while the owner takes one
 * mutant MUTANT_STAY_LISTED: the object goes, and is still in the notification queue
 * mutant MUTANT_UNLINK_RESURRECTED: who drops takes out changes that was posted after the
 * resurrection
 * mutant MUTANT_DISPOSE_RESURRECTED: disconnects the handlers, resurrected or not
 * mutant CORE MUTANT_NOT_QUIET: the core has changed after dispose() has looked for it
 * mutant CORE MUTANT_STAY_QUIET: what is resurrected hears nothing any more
 * mutant CORE MUTANT_ABANDON_FIRST: what is resurrected has no jobs any more
 * mutant MUTANT_QUEUE_NOTIFY: lets GObject keep notifications back for the thread that drops
 */

#define N_DROPPERS 2

/* GObject */
byte refs = N_DROPPERS;
bool gone;
bool connected = true; /* its handlers */
byte n_frozen;         /* g_object_freeze_notify() */
bool queued;           /* a notification, until thawed */

/* AsyncLitNotification, Notification queue.resurrecting */
bool posted, hold, resurrecting;
byte n_taken, resurrector;
bool resurrected; /* AsyncLitTask.resurrected */

/* What happens, and is claimed */
bool unseen; /* there is changes that has not been emitted */
bool has_given, guest_has, has_made_changes;

/* AsyncLitScheduleCore; changes only under the lock of all cores */
bool quiet, abandoned;

inline touch ()
{
  assert (!gone)
}

/* asynclit_notification_post_changes(), by somebody who has a reference */
inline post_changes ()
{
  atomic { touch (); assert (!abandoned); unseen = true; posted = posted || !quiet }
}

/* asynclit_notification_remove() */
inline remove ()
{
  atomic {
#ifndef MUTANT_NO_WAIT
    !resurrecting;
#endif
    touch ();
    was_resurrected = resurrector != 0 && resurrector != _pid;
    resurrector = 0;
#ifndef MUTANT_STAY_LISTED
    if
#ifndef MUTANT_UNLINK_RESURRECTED
    :: was_resurrected
    :: !was_resurrected -> posted = false
#else
    :: posted = false
#endif
    fi
#endif
  }
}

/* asynclit_defer_unref() */
inline keep ()
{
#ifndef MUTANT_NO_KEEP
  atomic { touch (); refs++; kept = true };
#ifdef MUTANT_KEEP_NOT_LONG
  atomic { assert (refs > 1); refs--; kept = false }
#endif
#endif
  was_resurrected = false
}

#ifdef MUTANT_DISPOSE_RESURRECTED
#define MUST_STAY false
#else
#define MUST_STAY hold
#endif

#ifdef CORE

/* asynclit_schedule_core_note_event_locked(): twice, at any time */
active proctype core ()
{
  byte n;

  do
  :: atomic { n < 2 && !abandoned -> touch (); n++; unseen = true; posted = posted || !quiet }
  :: break
  od
}

/* asynclit_schedule_core_set_quiet() */
inline set_quiet (now)
{
  atomic { touch (); quiet = now; posted = posted || (!quiet && unseen) }
}

#ifdef MUTANT_NOT_QUIET
#define BEFORE_LOOK() skip
#elif defined MUTANT_ABANDON_FIRST
#define BEFORE_LOOK() atomic { touch (); abandoned = true }
#else
#define BEFORE_LOOK() set_quiet (true)
#endif
#ifdef MUTANT_STAY_QUIET
#define STAY() skip
#else
#define STAY() set_quiet (false)
#endif

#else
#define BEFORE_LOOK() skip
#define STAY() skip
#endif

/* asynclit_task_dispose(), asynclit_scheduler_dispose(); they may call g_object_real_dispose() */
inline dispose ()
{
  BEFORE_LOOK ();
  remove ();
  if
  :: was_resurrected ->
#ifdef MUTANT_DISPOSE_RESURRECTED
    connected = false;
#endif
    keep ();
    STAY ()
  :: !was_resurrected ->
    if
    :: MUST_STAY -> STAY ()
    :: atomic { !MUST_STAY -> touch (); abandoned = true; connected = false }
    fi
  fi
}

/* The end of g_object_freeze_notify(): what was queued is emitted by this thread. */
inline thaw ()
{
  atomic { touch (); n_frozen--; assert (!queued) }
}

/* g_signal_handlers_destroy(), and the end */
inline destroy ()
{
  atomic { touch (); connected = false };
  atomic {
    touch ();
    refs--;
    gone = true;
    assert (refs == 0 && !posted && !hold && !resurrecting && n_taken == 0 && !queued)
  }
}

#ifdef THAW_FIRST
#define MAY_DROP thawed
#else
#define MAY_DROP true
#endif

/* The last reference of g_object_unref(), as it seemed */
inline unref_last ()
{
  atomic { touch (); n_frozen++ };
  dispose ();
  touch ();
  do
  :: refs > 1 && !MAY_DROP -> thaw (); thawed = true
  :: atomic { refs > 1 && MAY_DROP -> refs-- };
    if
    :: !thawed -> thaw ()
    :: thawed
    fi;
    break
  :: refs == 1 -> destroy (); break
  od;
  thawed = false
}

/* g_object_unref() */
inline unref ()
{
  touch ();
  if
  :: atomic { refs > 1 -> refs-- }
  :: refs == 1 -> unref_last ()
  fi
}

/* asynclit_run_deferred_unref(), until nothing is kept: the next calls of the thread, or its end */
inline run_deferred_unref ()
{
  do
#ifdef MUTANT_NEVER_DROPPED
  :: break
#else
  :: kept -> kept = false; unref ()
  :: !kept -> break
#endif
  od
}

active [N_DROPPERS] proctype dropper ()
{
  bool kept, was_resurrected, thawed;

  if
  :: post_changes ()
  :: true
  fi;
  unref ();
  run_deferred_unref ()
}

/* Somebody who got a reference from a handler */
active proctype guest ()
{
  bool kept, was_resurrected, thawed;

  if
  :: guest_has ->
    post_changes ();
    !unseen; /* the changes comes */
    unref ();
    run_deferred_unref ()
  :: timeout
  fi
}

/* queue_take_locked(), queue_resurrect() and task_notification_resurrect() */
inline take ()
{
  atomic {
    posted ->
    touch ();
    posted = false;
    n_taken++;
#ifndef MUTANT_NO_RESURRECTOR
    resurrector = _pid;
#endif
    resurrecting = true
  };
  atomic { touch (); refs++ };
#ifndef MUTANT_QUEUE_NOTIFY
  resurrected = true;
#endif
  atomic { touch (); hold = true };
  atomic {
#ifdef MUTANT_FORGET_RESURRECTOR
    resurrector = 0;
#endif
    resurrecting = false
  }
}

/* task_notify() */
inline emit ()
{
  atomic {
    touch ();
    if
    :: !resurrected && n_frozen > 0 -> queued = true
    :: else -> assert (connected); unseen = false
    fi
  }
}

/* task_notification_deliver() and what the handlers do */
inline deliver ()
{
  emit ();
  if
  :: !has_given -> atomic { touch (); has_given = true; refs++ }; guest_has = true
  :: !has_made_changes -> has_made_changes = true; post_changes ()
  :: true
  fi
}

/* queue_finish(), with task_notification_drop_locked() and task_notification_unref() */
inline finish ()
{
  atomic { touch (); n_taken--; hold = false };
  unref ()
}

/* Runs on: the owner's context */
active proctype owner ()
{
  bool kept, was_resurrected, thawed;

end:
  do
  :: take ();
    deliver ();
    finish ();
    run_deferred_unref ()
  od
}

active proctype verdict ()
{
  timeout;
  assert (gone && refs == 0 && !posted && !resurrecting && n_taken == 0)
}
