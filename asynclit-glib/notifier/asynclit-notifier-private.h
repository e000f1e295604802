/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The way back: from any thread to the main context of whoever submitted.
 *
 * An object whose owner has to hear of its changes embeds an AsyncLitNotification. Posting the
 * notification puts it into a list; the owner's context takes it out and delivers it. Each context
 * has one *notification queue*, and in it one *release queue* for each thread that submits with
 * that context as its own: a thread that never iterates its context can still release, through its
 * release queue, what has to be released where it came from.
 *
 * The lists own no references. While the library needs the object, a *keep-alive flag* stands for
 * one reference. The client stores the flag, and changes it only under the notification queue's
 * lock, in the functions below that are called with that lock. A notification whose flag is clear
 * may still be in a list; dropping the last reference takes it out
 * (asynclit_notification_remove()).
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AsyncLitReleaseQueue AsyncLitReleaseQueue;
typedef struct _AsyncLitNotification AsyncLitNotification;
typedef struct _AsyncLitNotificationFuncs AsyncLitNotificationFuncs;

typedef enum {
  /* Nothing to post. */
  ASYNCLIT_POST_NOTHING,
  /* There are changes to deliver. */
  ASYNCLIT_POST_CHANGES,
  /* There is something to release, and perhaps changes to deliver. The keep-alive flag is set. */
  ASYNCLIT_POST_RELEASE,
  /* The keep-alive flag is cleared at once, unless a delivery needs it: nobody waits for the
   * owner's context. */
  ASYNCLIT_POST_DROP,
} AsyncLitPost;

/* Decides what to post. Runs under the notification queue's lock, where keep-alive flags may
 * change; uses atomics only. */
typedef AsyncLitPost (*AsyncLitPostFunc) (AsyncLitNotification *notification);

typedef enum {
  /* Everything was delivered. */
  ASYNCLIT_PENDING_NONE,
  /* There are changes, but nobody has connected a handler yet. */
  ASYNCLIT_PENDING_UNOBSERVED,
  /* There are changes, and a handler for them. */
  ASYNCLIT_PENDING_AWAITED,
} AsyncLitPending;

struct _AsyncLitNotificationFuncs {
  /* Sets the keep-alive flag if another flag keeps the object alive already. Returns FALSE if none
   * does: then `resurrect` is called next. Runs under the notification queue's lock: touches
   * atomics only. */
  gboolean (*keep_alive_locked) (AsyncLitNotification *notification);
  /* Sets the keep-alive flag and takes a reference for it. Runs without a lock; the object can't be
   * finalized meanwhile. */
  void (*resurrect) (AsyncLitNotification *notification);
  /* Clears the keep-alive flag, if it is set. Runs under the notification queue's lock. Returns
   * TRUE if the reference that it stood for has to be dropped: then `unref` is called next, without
   * the lock. */
  gboolean (*drop_locked) (AsyncLitNotification *notification);
  void (*unref) (AsyncLitNotification *notification);
  /* Runs on: the owner's context. Emits what has changed, until g_get_monotonic_time() reaches
   * @end. Returns TRUE if there is more. */
  gboolean (*deliver) (AsyncLitNotification *notification, gint64 end);
  /* Runs on: the thread that submitted, in a call of its own into the library, while nobody
   * iterates its context; or any thread, once the context is gone, or if nobody comes. Releases
   * what belongs to it, and emits nothing. */
  AsyncLitPending (*release) (AsyncLitNotification *notification);
  /* Whether it may be released by its owner only, whatever happens. NULL: never. */
  gboolean (*is_bound) (AsyncLitNotification *notification);
};

struct _AsyncLitNotification {
  /* Set at construction, then read-only. */
  const AsyncLitNotificationFuncs *funcs;
  AsyncLitReleaseQueue *release_queue;
  /* Guarded by the lock of the release queue's notification queue. */
  AsyncLitNotification *prev;
  AsyncLitNotification *next;
  guint8 posted;   /* an AsyncLitPost: which list it is in */
  guint8 taken_as; /* ... and was in, the last time it was taken */
  guint16 n_taken; /* how many deliveries are under way: more than one in nested main loops */
  guint
      resurrector; /* the thread that took a reference while nothing was sure to keep it alive; 0 */
};

/* The notification's owner is the calling thread and its thread-default main context. */
void asynclit_notification_init (AsyncLitNotification *notification,
                                 const AsyncLitNotificationFuncs *funcs);

/* Asserts that the calling thread holds the notification queue's lock: for the functions above
 * whose names end in `_locked`, and those that decide what to post. Costs nothing without
 * -Dlock_checks=true. */
#ifdef ASYNCLIT_LOCK_CHECKS
void asynclit_notification_check_lock (AsyncLitNotification *notification, const char *function);
#define asynclit_notification_assert_locked(notification)                                          \
  asynclit_notification_check_lock ((notification), G_STRFUNC)
#else
#define asynclit_notification_assert_locked(notification) ((void) 0)
#endif

/* Before it was ever posted: has another context for its owner, of whichever thread. */
void asynclit_notification_move (AsyncLitNotification *notification, GMainContext *context);

/* Whether the calling thread is the one that iterates the owner's context, so that it may tell the
 * owner at once. */
gboolean asynclit_notification_is_here (AsyncLitNotification *notification);

/* The same: has the owner of @other for its owner, thread and context. */
void asynclit_notification_follow (AsyncLitNotification *notification, AsyncLitNotification *other);

/* Has @destroy called with @data once, where the owner of @other lives: for what may be released
 * there only. @bound: rather never than elsewhere. */
void asynclit_notifier_release_later (AsyncLitNotification *other, gpointer data,
                                      GDestroyNotify destroy, gboolean bound);

/* For dispose(): takes the notification out of its list. When this returns nobody delivers it,
 * unless somebody took a reference first, which the caller finds out by itself. TRUE if another
 * thread may have taken one while this one was dropping what seemed to be the last: then the
 * notification stays in its list, the object is not disposed of, and asynclit_defer_unref() comes
 * next. */
gboolean asynclit_notification_remove (AsyncLitNotification *notification);
void asynclit_notification_clear (AsyncLitNotification *notification);

/* Any thread. Calls no code of the user's. If the context is gone nothing is posted; what has to be
 * released is released by whatever asynclit_notifier_set_invoke() says. In the child of a fork it
 * is posted to the child's notification queue for the same context. */
void asynclit_notification_post (AsyncLitNotification *notification,
                                 AsyncLitPostFunc decide_locked);
void asynclit_notification_post_changes (AsyncLitNotification *notification);

/* For clients that bound what waits for one owner, a thread with its context: counts, and returns
 * how many there are. Any thread. */
int asynclit_notification_count_waiting (AsyncLitNotification *notification, int change);

/* As post_changes(), but a context that sleeps sleeps on: then, and if no flush is on its way,
 * TRUE. If somebody waits for the changes, asynclit_notification_want_flush() comes next; when that
 * is TRUE, too, asynclit_notifier_flush() has to be called. */
gboolean asynclit_notification_post_changes_lazily (AsyncLitNotification *notification);
gboolean asynclit_notification_want_flush (AsyncLitNotification *notification);
void asynclit_notifier_flush (void);

/* Whether there is something to deliver or to release in @context. Any thread. */
gboolean asynclit_notifier_is_pending (GMainContext *context);

/* To be called where a thread waits, drains or tidies up: releases what waits for it, if nobody
 * iterates its context. Nobody else calls code of the user's in a call of the library. */
void asynclit_notifier_release_own (void);

/* How to have something called on a thread of the library's, where nobody's code waits for it: what
 * is to be released and has no owner who comes. Without, it is called at once. */
typedef void (*AsyncLitInvokeFunc) (GFunc func, gpointer data, GDestroyNotify destroy);
void asynclit_notifier_set_invoke (AsyncLitInvokeFunc invoke);

G_END_DECLS
