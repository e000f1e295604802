/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What has news is revived: a thread drops the last reference while the owner's context, whose
 * mailbox has none, takes one to deliver (asynclit_mailbox_remove(), mailbox_take_locked() and
 * mailbox_revive() in asynclit-glib/notifier/asynclit-mailbox.c; asynclit_task_dispose(), and those
 * of the manager and the scheduler; asynclit-glib/base/asynclit-kept.c). The other holds of the
 * library are in holds.pml: here the mailbox's is the only one.
 *
 * Claims: the object goes, once, and nobody touches it afterwards, g_object_unref() included; what
 * is delivered has handlers to go to, is emitted in the owner's context, and is emitted; news comes
 * as long as somebody has a reference; every reference that a thread keeps is dropped.
 *
 * What happens under the mailbox's lock is one atomic step; so is each change of the number of
 * references. THAW_FIRST: as GLib does it from 2.80 on. Of threads that drop a reference there are
 * two from the beginning, and a guest whom a handler gives one, once, who waits for news. A handler
 * makes news itself, once. CORE: the scheduler, whose core has news without any reference
 * (asynclit_scheduler_dispose(), asynclit-glib/scheduler/asynclit-schedule-core-events.c).
 *
 * check
 * check THAW_FIRST
 * check CORE
 * mutant MUTANT_NO_KEEP: g_object_unref() goes on with what the owner has freed meanwhile
 * mutant MUTANT_KEEP_NOT_LONG: the same: the reference is dropped inside of dispose()
 * mutant MUTANT_NEVER_DROPPED: what is kept stays for ever
 * mutant MUTANT_NO_REVIVER: it is not on record who revived; dispose() looks at the hold only
 * mutant THAW_FIRST MUTANT_NO_REVIVER: the same, and the handlers are gone
 * mutant MUTANT_FORGET_REVIVER: that is forgotten as soon as the reference is there
 * mutant MUTANT_NO_WAIT: the last reference goes while the owner takes one
 * mutant MUTANT_STAY_LISTED: the object goes, and is still in the mailbox
 * mutant MUTANT_UNLINK_REVIVED: who drops takes out news that was posted after the revival
 * mutant MUTANT_DISPOSE_REVIVED: disconnects the handlers, revived or not
 * mutant CORE MUTANT_NOT_QUIET: the core has news after dispose() has looked for it
 * mutant CORE MUTANT_STAY_QUIET: what is revived hears nothing any more
 * mutant CORE MUTANT_ABANDON_FIRST: what is revived has no jobs any more
 * mutant MUTANT_QUEUE_NOTIFY: lets GObject keep notifications back for the thread that drops
 */

#define N_DROPPERS 2

/* GObject */
byte refs = N_DROPPERS;
bool gone;
bool connected = true; /* its handlers */
byte n_frozen;         /* g_object_freeze_notify() */
bool queued;           /* a notification, until thawed */

/* AsyncLitNotice, Mailbox.reviving */
bool posted, hold, reviving;
byte n_taken, reviver;
bool revived; /* AsyncLitTask.revived */

/* What happens, and is claimed */
bool unseen; /* there is news that has not been emitted */
bool has_given, guest_has, has_made_news;

/* AsyncLitScheduleCore; changes only under the lock of all cores */
bool quiet, abandoned;

inline touch ()
{
  assert (!gone)
}

/* asynclit_notice_post_news(), by somebody who has a reference */
inline post_news ()
{
  atomic { touch (); assert (!abandoned); unseen = true; posted = posted || !quiet }
}

/* asynclit_notice_remove() */
inline remove ()
{
  atomic {
#ifndef MUTANT_NO_WAIT
    !reviving;
#endif
    touch ();
    was_revived = reviver != 0 && reviver != _pid;
    reviver = 0;
#ifndef MUTANT_STAY_LISTED
    if
#ifndef MUTANT_UNLINK_REVIVED
    :: was_revived
    :: !was_revived -> posted = false
#else
    :: posted = false
#endif
    fi
#endif
  }
}

/* asynclit_keep() */
inline keep ()
{
#ifndef MUTANT_NO_KEEP
  atomic { touch (); refs++; kept = true };
#ifdef MUTANT_KEEP_NOT_LONG
  atomic { assert (refs > 1); refs--; kept = false }
#endif
#endif
  was_revived = false
}

#ifdef MUTANT_DISPOSE_REVIVED
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
  :: was_revived ->
#ifdef MUTANT_DISPOSE_REVIVED
    connected = false;
#endif
    keep ();
    STAY ()
  :: !was_revived ->
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
    assert (refs == 0 && !posted && !hold && !reviving && n_taken == 0 && !queued)
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

/* asynclit_drop_kept(), until nothing is kept: the next calls of the thread, or its end */
inline drop_kept ()
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
  bool kept, was_revived, thawed;

  if
  :: post_news ()
  :: true
  fi;
  unref ();
  drop_kept ()
}

/* Somebody who got a reference from a handler */
active proctype guest ()
{
  bool kept, was_revived, thawed;

  if
  :: guest_has ->
    post_news ();
    !unseen; /* the news comes */
    unref ();
    drop_kept ()
  :: timeout
  fi
}

/* mailbox_take_locked(), mailbox_revive() and task_notice_revive() */
inline take ()
{
  atomic {
    posted ->
    touch ();
    posted = false;
    n_taken++;
#ifndef MUTANT_NO_REVIVER
    reviver = _pid;
#endif
    reviving = true
  };
  atomic { touch (); refs++ };
#ifndef MUTANT_QUEUE_NOTIFY
  revived = true;
#endif
  atomic { touch (); hold = true };
  atomic {
#ifdef MUTANT_FORGET_REVIVER
    reviver = 0;
#endif
    reviving = false
  }
}

/* task_notify() */
inline emit ()
{
  atomic {
    touch ();
    if
    :: !revived && n_frozen > 0 -> queued = true
    :: else -> assert (connected); unseen = false
    fi
  }
}

/* task_notice_deliver() and what the handlers do */
inline deliver ()
{
  emit ();
  if
  :: !has_given -> atomic { touch (); has_given = true; refs++ }; guest_has = true
  :: !has_made_news -> has_made_news = true; post_news ()
  :: true
  fi
}

/* mailbox_finish(), with task_notice_drop_locked() and task_notice_unref() */
inline finish ()
{
  atomic { touch (); n_taken--; hold = false };
  unref ()
}

/* Runs on: the owner's context */
active proctype owner ()
{
  bool kept, was_revived, thawed;

end:
  do
  :: take ();
    deliver ();
    finish ();
    drop_kept ()
  od
}

active proctype verdict ()
{
  timeout;
  assert (gone && refs == 0 && !posted && !reviving && n_taken == 0)
}
