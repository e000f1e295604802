/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Resurrection: a thread drops the last reference to an object while the owner's context, whose
 * notification queue holds no reference, takes one in order to deliver changes
 * (asynclit_notification_queue_remove(), queue_take_locked() and queue_resurrect() in
 * asynclit-glib/notifier/asynclit-notification-queue.c; asynclit_task_dispose(), and those of the
 * manager and the scheduler; asynclit-glib/base/asynclit-deferred-unref.c). keep-alive.pml models
 * the other references of the library. Here, that of the notification queue is the only one.
 *
 * Claims: The object is freed once, and not accessed afterwards, not even by g_object_unref().
 * Changes are delivered in the owner's context, while the handlers are connected. They are
 * delivered as long as any thread holds a reference. Every deferred reference is dropped.
 *
 * Code under the lock of the notification queue is one atomic step, and so is each change of the
 * reference count. THAW_FIRST: the order of GLib 2.80 and later. Two threads that drop a reference
 * exist from the beginning; a third one, the guest, gets a reference from a handler once, and waits
 * for changes. A handler changes the object once. CORE: the object is a scheduler, whose core
 * changes without holding a reference (asynclit_scheduler_dispose(),
 * asynclit-glib/scheduler/asynclit-schedule-core-events.c).
 *
 * check
 * check THAW_FIRST
 * check CORE
 * mutant MUTANT_NO_KEEP: g_object_unref() continues with an object that the owner has freed
 * mutant MUTANT_KEEP_NOT_LONG: the same, because the reference is dropped inside dispose()
 * mutant MUTANT_NEVER_DROPPED: a deferred reference is never dropped
 * mutant MUTANT_NO_RESURRECTOR: does not record who resurrected, so dispose() only checks the hold
 * mutant THAW_FIRST MUTANT_NO_RESURRECTOR: the same, and the handlers are disconnected
 * mutant MUTANT_FORGET_RESURRECTOR: forgets who resurrected as soon as the reference is taken
 * mutant MUTANT_NO_WAIT: the last reference is dropped while the owner takes one
 * mutant MUTANT_STAY_LISTED: frees the object while it is in the notification queue
 * mutant MUTANT_UNLINK_RESURRECTED: dispose() removes changes that were posted after the
 * resurrection
 * mutant MUTANT_DISPOSE_RESURRECTED: disconnects the handlers of a resurrected object
 * mutant CORE MUTANT_NOT_QUIET: the core changes after dispose() has checked for changes
 * mutant CORE MUTANT_STAY_QUIET: a resurrected object receives no more changes
 * mutant CORE MUTANT_ABANDON_FIRST: a resurrected object has no jobs any more
 * mutant MUTANT_QUEUE_NOTIFY: GObject queues notifications for the thread that drops the reference
 */

#define N_DROPPERS 2

/* GObject */
byte refs = N_DROPPERS;
bool gone;
bool connected = true; /* its handlers */
byte n_frozen;         /* g_object_freeze_notify() */
bool queued;           /* a notification, until thawed */

/* AsyncLitNotification, AsyncLitNotificationQueue.resurrecting */
bool posted, hold, resurrecting;
byte n_taken, resurrector;
bool resurrected; /* AsyncLitTask.resurrected */

/* For the claims */
bool unseen; /* there are changes that have not been emitted */
bool has_given, guest_has, has_made_changes;

/* AsyncLitScheduleCore; changes only under the lock of all cores */
bool quiet, abandoned;

inline touch ()
{
  assert (!gone)
}

/* asynclit_notification_post_changes(), by a caller with a reference */
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

/* The end of g_object_freeze_notify(): this thread emits what was queued. */
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

/* asynclit_run_deferred_unref(), until nothing is deferred: in later calls of the thread, or at its
 * end */
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

/* A thread that gets a reference from a handler */
active proctype guest ()
{
  bool kept, was_resurrected, thawed;

  if
  :: guest_has ->
    post_changes ();
    !unseen; /* the changes are delivered */
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

/* task_notification_deliver(), and the handlers */
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
