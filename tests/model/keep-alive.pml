/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What keeps a task alive: the library's keep-alive flags, which together stand for one reference,
 * and the notifier, whose notification queue holds no reference (asynclit_task_let_go(),
 * _unregister(), _return_ref() and _submit() in asynclit-glib/task/asynclit-task-run.c;
 * asynclit-task-notify.c; asynclit-glib/notifier).
 *
 * Claims: The task is freed once, and not accessed afterwards. Every reference that was taken is
 * dropped once. When the task is freed, no flag is set, and it is in no list. Its last notification
 * is delivered if the library keeps the task alive.
 *
 * Code under the lock of the notification queue is one atomic step. Flags of the state, and
 * references, change atomically. SUBMIT: the task was created before, and may have posted something
 * before it is submitted. RETURN: another thread, which has listed the task, gives a reference
 * back.
 *
 * RUN: the task belongs to a schedule, and has no data that its owner would have to release. The
 * thread that clears the last flag drops the reference (asynclit_task_decide_release_locked(),
 * notification_unlock_and_drop()).
 *
 * WORKER: the context seems to be abandoned, so the worker takes the objects to release; but its
 * owner iterates it at the same time (release_unattended(),
 * asynclit_notification_queue_take_unattended()).
 *
 * check SUBMIT=1 RETURN=0
 * check SUBMIT=0 RETURN=1
 * check SUBMIT=1 RETURN=1
 * check SUBMIT=0 RETURN=1 WORKER=1
 * check SUBMIT=1 RETURN=0 WORKER=1
 * check SUBMIT=0 RETURN=1 RUN=1
 * check SUBMIT=1 RETURN=0 RUN=1
 * mutant SUBMIT=1 RETURN=0 MUTANT_RESURRECT_UNCOUNTED: takes two references for one flag
 * mutant SUBMIT=1 RETURN=0 MUTANT_SUBMIT_UNCOUNTED: the same, the other way round
 * mutant SUBMIT=0 RETURN=1 MUTANT_RETURN_UNCOUNTED: loses the reference that is given back
 * mutant SUBMIT=0 RETURN=0 MUTANT_DROP_LAST: clears its flag without checking whether it is the
 * last one
 * mutant SUBMIT=0 RETURN=0 MUTANT_NO_WAIT: the last reference is dropped while a delivery takes one
 * mutant SUBMIT=0 RETURN=0 MUTANT_STAY_LISTED: frees the task while it is in the notification queue
 * mutant SUBMIT=1 RETURN=0 WORKER=1 MUTANT_FINISH_ALONE: clears a flag that another delivery needs
 * mutant SUBMIT=0 RETURN=0 WORKER=1 MUTANT_NO_KEEP_ALIVE: the worker takes the task without setting
 * a flag
 * mutant SUBMIT=1 RETURN=0 RUN=1 MUTANT_DROP_TAKEN: drops a reference that a delivery needs
 */

#ifndef RUN
#define RUN 0
#endif

#ifndef WORKER
#define WORKER 0
#endif

#define NOTHING 0
#define CHANGES 1
#define RELEASE 2

/* AsyncLitTaskState */
bool keep_registry, keep_executor, keep_notification;
#define KEEP_ALIVE (keep_registry || keep_executor || keep_notification)

/* GObject, AsyncLitTask.n_returned_refs */
byte refs = 1; /* the creator's */
byte n_returned_refs;
bool gone;

/* AsyncLitNotification, AsyncLitNotificationQueue.resurrecting */
byte posted = NOTHING;
byte n_taken;
bool resurrecting;

/* For the claims */
bool submitted, ended, unregistered;
byte n_released;

inline touch ()
{
  assert (!gone)
}

/* g_object_unref(), with asynclit_task_dispose() and asynclit_notification_remove() for the last
 * one. If a delivery has taken a reference in the meantime, the task stays alive. */
inline unref ()
{
  touch ();
  if
  :: atomic { refs > 1 -> refs-- }
  :: atomic { refs == 1 -> is_last = true }
  fi;
  if
  :: is_last ->
#ifndef MUTANT_STAY_LISTED
    atomic {
#ifndef MUTANT_NO_WAIT
      !resurrecting;
#endif
      posted = NOTHING
    };
#endif
    atomic {
      refs--;
      if
      :: refs == 0 ->
        gone = true;
        assert (!KEEP_ALIVE && posted == NOTHING && n_taken == 0 && !resurrecting)
      :: else
      fi
    };
    is_last = false
  :: else
  fi
}

/* asynclit_task_count_ref() */
inline count_ref (was_kept)
{
  if
  :: was_kept -> n_returned_refs++
  :: else
  fi
}

/* notification_link_locked() */
inline link_locked (post)
{
  if
  :: post > posted -> posted = post
  :: else
  fi
}

/* Called under the lock, after setting the flag of the notification: posts the release, or clears
 * the flag. */
inline release_or_drop ()
{
  if
  :: !RUN -> link_locked (RELEASE)
#ifdef MUTANT_DROP_TAKEN
  :: RUN && posted != RELEASE ->
#else
  :: RUN && n_taken == 0 && posted != RELEASE ->
#endif
    drops = keep_notification && !keep_registry && !keep_executor;
    keep_notification = false
  :: else
  fi
}

/* task_notification_unref() */
inline drop_refs ()
{
  if
  :: drops ->
    drops = false;
    atomic { n = n_returned_refs + 1; n_returned_refs = 0 };
    do
    :: n > 0 -> unref (); n--
    :: n == 0 -> break
    od
  :: else
  fi
}

/* asynclit_notification_post_changes(), by a caller with a reference or a flag */
inline post_changes ()
{
  atomic { touch (); link_locked (CHANGES) }
}

/* asynclit_task_submit(), under the registry's lock */
inline submit ()
{
  atomic { touch (); refs++ };
  atomic {
    was_kept = KEEP_ALIVE;
    keep_registry = true;
    keep_executor = true
  };
#ifndef MUTANT_SUBMIT_UNCOUNTED
  count_ref (was_kept);
#endif
  submitted = true
}

/* The creator of the task */
active proctype creator ()
{
  bool was_kept, is_last;

  if
  :: SUBMIT -> post_changes ()
  :: true
  fi;
  submit ();
  if
  :: post_changes () /* possibly long after the end */
  :: true
  fi;
  unref ()
}

/* The executor: runs the task, then asynclit_task_let_go() with decide_let_go_locked(). */
active proctype executor ()
{
  bool drops, is_last;
  byte n;

  submitted;
  post_changes ();
  ended = true;
  if
  :: RUN -> post_changes () /* task_let_go_run() */
  :: else
  fi;
  atomic {
    touch ();
    if
    :: keep_registry -> keep_executor = false; link_locked (CHANGES)
    :: !RUN || !keep_registry -> keep_notification = true; keep_executor = false; release_or_drop ()
    fi
  };
  drop_refs ()
}

/* The registry: asynclit_task_unregister() with decide_unregister_locked(), once the task has
 * ended */
active proctype registry ()
{
  bool drops, is_last;
  byte n;

  ended;
  atomic {
    touch ();
    if
    :: !keep_executor -> keep_notification = true; keep_registry = false; release_or_drop ()
    :: else -> keep_registry = false
    fi;
    unregistered = true
  };
  drop_refs ()
}

/* Borrows the task from the registry, and gives it back: asynclit_task_return_ref() with
 * decide_return_ref_locked() */
active proctype lister ()
{
  bool was_kept, drops, is_last;
  byte n;

  if
  :: atomic { RETURN && submitted && !unregistered -> touch (); refs++ };
    atomic {
      touch ();
      if
      :: KEEP_ALIVE -> n_returned_refs++
      :: else ->
        was_kept = KEEP_ALIVE;
        keep_notification = true;
        count_ref (was_kept);
#ifdef MUTANT_RETURN_UNCOUNTED
        keep_notification = was_kept;
#endif
        release_or_drop ()
      fi
    };
    drop_refs ()
  :: true
  fi
}

/* queue_take(), with task_notification_keep_alive_locked() and task_notification_resurrect() */
inline take ()
{
  atomic {
    posted > NOTHING;
    touch ();
    posted = NOTHING;
    n_taken++;
    if
    :: KEEP_ALIVE -> keep_notification = true
    :: else -> resurrecting = true
    fi
  };
  if
  :: resurrecting ->
    atomic { touch (); refs++ };
    atomic { was_kept = KEEP_ALIVE; keep_notification = true };
#ifndef MUTANT_RESURRECT_UNCOUNTED
    count_ref (was_kept);
#endif
    resurrecting = false
  :: else
  fi
}

/* queue_finish(), with task_notification_drop_locked() and task_notification_unref() */
inline finish ()
{
  atomic {
    touch ();
    n_taken--;
    drops = false;
    if
#ifdef MUTANT_FINISH_ALONE
    :: posted != RELEASE ->
#else
    :: posted != RELEASE && n_taken == 0 ->
#endif
#ifdef MUTANT_DROP_LAST
      drops = keep_notification;
#else
      drops = keep_notification && !keep_registry && !keep_executor;
#endif
      keep_notification = false
    :: else
    fi
  };
  drop_refs ()
}

/* Runs on: the owner's context */
active proctype notifier ()
{
  bool was_kept, drops, is_last;
  byte n;

end:
  do
  :: take ();
    touch (); /* deliver() */
    finish ()
  od
}

/* Runs on: worker. Only takes tasks that have a flag, so none has to be resurrected. */
active proctype worker ()
{
  bool drops, is_last;
  byte n;

end:
  do
  :: atomic {
      WORKER && posted == RELEASE ->
      touch ();
      posted = NOTHING;
      n_taken++;
#ifdef MUTANT_NO_KEEP_ALIVE
      keep_notification = false
#else
      assert (KEEP_ALIVE);
      keep_notification = true
#endif
    };
    touch (); /* release() */
    finish ()
  od
}

active proctype verdict ()
{
  timeout;
  assert (gone && refs == 0 && n_returned_refs == 0)
}
