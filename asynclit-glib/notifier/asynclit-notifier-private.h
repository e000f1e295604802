/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Delivers notifications from any thread to the main context of the thread that submitted.
 *
 * An object whose owner has to be notified of changes embeds an AsyncLitNotification. Posting the
 * notification adds it to a list; the owner's context removes it and delivers it. Each context has
 * one *notification queue*. A notification queue has one *release queue* for each thread that
 * submits with that context as its own. Through its release queue, even a thread that never
 * iterates its context can release objects that must be released there.
 *
 * The lists own no references. While the library needs the object, a *keep-alive flag* stands for
 * one reference. The client stores the flag. It changes only under the notification queue's lock,
 * in the functions below that are called with that lock. A notification whose flag is clear may
 * still be in a list; dropping the last reference removes it (asynclit_notification_remove()). */

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
  /* Clears the keep-alive flag immediately, unless a delivery needs it, because nothing waits for
   * the owner's context. */
  ASYNCLIT_POST_DROP,
} AsyncLitPost;

/* Decides what to post. Runs under the notification queue's lock, under which keep-alive flags may
 * change; only accesses atomics. */
typedef AsyncLitPost (*AsyncLitPostFunc) (AsyncLitNotification *notification);

typedef enum {
  /* Everything has been delivered. */
  ASYNCLIT_PENDING_NONE,
  /* There are changes, but no handler is connected yet. */
  ASYNCLIT_PENDING_UNOBSERVED,
  /* There are changes, and a handler for them. */
  ASYNCLIT_PENDING_AWAITED,
} AsyncLitPending;

struct _AsyncLitNotificationFuncs {
  /* Sets the keep-alive flag if another flag already keeps the object alive. Returns FALSE if none
   * does; `resurrect` is then called next. Runs under the notification queue's lock; only accesses
   * atomics. */
  gboolean (*keep_alive_locked) (AsyncLitNotification *notification);
  /* Sets the keep-alive flag and takes a reference for it. Runs without a lock; the object can't be
   * finalized in the meantime. */
  void (*resurrect) (AsyncLitNotification *notification);
  /* Clears the keep-alive flag, if it is set. Runs under the notification queue's lock. Returns
   * TRUE if the reference that it stood for has to be dropped; `unref` is then called next, without
   * the lock. */
  gboolean (*drop_locked) (AsyncLitNotification *notification);
  void (*unref) (AsyncLitNotification *notification);
  /* Runs on: the owner's context. Emits what has changed, until g_get_monotonic_time() reaches
   * @end. Returns TRUE if there is more. */
  gboolean (*deliver) (AsyncLitNotification *notification, gint64 end);
  /* Runs on: the thread that submitted, in one of its calls into the library, while no thread
   * iterates its context; or on any thread, if the context is gone or the owner does not come.
   * Releases what belongs to the owner, and emits nothing. */
  AsyncLitPending (*release) (AsyncLitNotification *notification);
  /* Whether only its owner may ever release it. NULL: never. */
  gboolean (*is_bound) (AsyncLitNotification *notification);
};

struct _AsyncLitNotification {
  /* Set at construction, then read-only. */
  const AsyncLitNotificationFuncs *funcs;
  AsyncLitReleaseQueue *release_queue;
  /* Guarded by the lock of the release queue's notification queue. */
  AsyncLitNotification *prev;
  AsyncLitNotification *next;
  guint8 posted;   /* an AsyncLitPost: the list that it is in */
  guint16 n_taken; /* the number of deliveries in progress: more than one in nested main loops */
  guint
      resurrector; /* the thread that took a reference while nothing guaranteed that the object was
                    * alive; 0 */
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

/* Before it is posted for the first time: sets another context as its owner, of any thread. */
void asynclit_notification_move (AsyncLitNotification *notification, GMainContext *context);

/* Whether the calling thread iterates the owner's context, so that it may notify the owner
 * directly. */
gboolean asynclit_notification_is_here (AsyncLitNotification *notification);

/* The same: sets the owner of @other, thread and context, as its owner. */
void asynclit_notification_follow (AsyncLitNotification *notification, AsyncLitNotification *other);

/* Calls @destroy with @data once, in the context of @other's owner, for data that may only be
 * released there. @bound: if that is impossible, never release it. */
void asynclit_notifier_release_later (AsyncLitNotification *other, gpointer data,
                                      GDestroyNotify destroy, gboolean bound);

/* For dispose(): removes the notification from its list. When this returns, no thread delivers it,
 * unless one took a reference first, which the caller has to check. TRUE if another thread may have
 * taken a reference while this one was dropping what seemed to be the last. The notification then
 * stays in its list, the object must not be disposed of, and asynclit_defer_unref() has to be
 * called next. */
gboolean asynclit_notification_remove (AsyncLitNotification *notification);
void asynclit_notification_clear (AsyncLitNotification *notification);

/* Any thread. Calls no code of the program. If the context is gone, nothing is posted, and pending
 * releases are done through the function of asynclit_notifier_set_invoke(). In the child of a fork,
 * it is posted to the child's notification queue for the same context. */
void asynclit_notification_post (AsyncLitNotification *notification,
                                 AsyncLitPostFunc decide_locked);
void asynclit_notification_post_changes (AsyncLitNotification *notification);

/* Any thread. For clients that limit the number of objects that wait for one owner, which is a
 * thread and its context: changes the count and returns it. */
int asynclit_notification_count_waiting (AsyncLitNotification *notification, int change);

/* Like post_changes(), but does not wake a sleeping context. Returns TRUE if the context sleeps and
 * no flush is pending. If anybody waits for the changes, asynclit_notification_want_flush() has to
 * be called next; if that also returns TRUE, asynclit_notifier_flush() has to be called. */
gboolean asynclit_notification_post_changes_lazily (AsyncLitNotification *notification);
gboolean asynclit_notification_want_flush (AsyncLitNotification *notification);
void asynclit_notifier_flush (void);

/* Any thread. Whether there is anything to deliver or to release in @context. */
gboolean asynclit_notifier_is_pending (GMainContext *context);

/* To be called where a thread waits, drains or cleans up: releases what waits for this thread, if
 * no thread iterates its context. No other call of the library calls code of the program. */
void asynclit_notifier_release_own (void);

/* How to call a function on a thread of the library, where no code of the program waits for it: for
 * data that has to be released, and whose owner does not come. If none is set, the function is
 * called immediately. */
typedef void (*AsyncLitInvokeFunc) (GFunc func, gpointer data, GDestroyNotify destroy);
void asynclit_notifier_set_invoke (AsyncLitInvokeFunc invoke);

G_END_DECLS
