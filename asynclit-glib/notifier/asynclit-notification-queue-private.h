/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A notification queue: the notifications to deliver in a main context, and the objects to release
 * there.
 *
 * It is used only by the functions in asynclit-notifier-private.h. */

#pragma once

#include "asynclit-wakeup-source-private.h"
#include "asynclit-notifier-private.h"

G_BEGIN_DECLS

typedef struct {
  AsyncLitWakeupSource wakeup;  /* its lock guards the fields below */
  AsyncLitNotification changes; /* head of a ring */
  GQueue release_queues;        /* of AsyncLitReleaseQueue: those with releases */
  guint n_releases;             /* in all release queues */
  gint64 unlooked_since;        /* since when no thread is known to iterate the context; 0: not
                                 * known */
  int n_orphaned;               /* atomic: releases in the release queues of threads that have
                                 * ended */
  gboolean release_is_next;
  AsyncLitNotification *resurrecting;
  guint n_awaiting_resurrection; /* threads that wait until `resurrecting` changes */
  GCond resurrected;
  gboolean lazy; /* among the lazy notification queues */

  gint64 made; /* on asynclit_clock_now(); set at construction, then read-only */
} AsyncLitNotificationQueue;

struct _AsyncLitReleaseQueue {
  AsyncLitNotificationQueue *queue;
  guint generation; /* of the process; the notification queue's own is too close to its lock to be
                     * read */
  gatomicrefcount ref_count;
  int n_waiting; /* atomic: counted by clients */
  /* Guarded by the notification queue's lock. */
  AsyncLitNotification releases; /* head of a ring */
  GList link;                    /* in the notification queue's release queues */
  gboolean orphaned;             /* its thread has ended */
  int n_releases;                /* atomic, to look without the lock */
};

/* The notification queue of @context, with a reference, which is that of its wakeup source. */
AsyncLitNotificationQueue *asynclit_notification_queue_get (GMainContext *context);

/* To be called before a release queue is used (takes ownership of the reference to @self), and when
 * its thread has ended. */
void asynclit_notification_queue_add_release_queue (AsyncLitNotificationQueue *self,
                                                    AsyncLitReleaseQueue *release_queue);
void asynclit_notification_queue_orphan_release_queue (AsyncLitNotificationQueue *self,
                                                       AsyncLitReleaseQueue *release_queue);

/* Called with the lock. */
gboolean asynclit_notification_queue_is_pending_locked (AsyncLitWakeupSource *wakeup);
/* Whether many objects wait to be released, and no thread iterates the context. */
gboolean asynclit_notification_queue_is_unattended_locked (AsyncLitNotificationQueue *self);
void asynclit_notification_queue_link_locked (AsyncLitNotification *notification,
                                              AsyncLitPost post);

/* For the last reference to the object of @notification. TRUE if it may have been taken in the
 * meantime. */
gboolean asynclit_notification_queue_remove (AsyncLitNotificationQueue *self,
                                             AsyncLitNotification *notification);

/* Whether the calling thread is the only one that iterates the context or will iterate it. */
gboolean asynclit_notification_queue_is_left_to_caller (AsyncLitNotificationQueue *self);

/* Takes a notification to release, from @own or from a release queue whose thread has ended. */
AsyncLitNotification *asynclit_notification_queue_take_release (AsyncLitNotificationQueue *self,
                                                                AsyncLitReleaseQueue *own);
/* Takes a notification to release, from any release queue, if the context is still not iterated. */
AsyncLitNotification *asynclit_notification_queue_take_unattended (AsyncLitNotificationQueue *self);
guint asynclit_notification_queue_count_releases (AsyncLitNotificationQueue *self);
/* Puts a notification back that was taken, behind the others. */
void asynclit_notification_queue_return_release (AsyncLitNotificationQueue *self,
                                                 AsyncLitNotification *notification);
/* Releases a notification that was taken. */
void asynclit_notification_queue_release (AsyncLitNotificationQueue *self,
                                          AsyncLitNotification *notification);

G_END_DECLS
