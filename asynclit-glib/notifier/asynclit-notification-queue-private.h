/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A notification queue: the list of what a main context has to be told, and of what is to be
 * released there.
 *
 * Its users are the functions of asynclit-notifier-private.h. */

#pragma once

#include "asynclit-wakeup-source-private.h"
#include "asynclit-notifier-private.h"

G_BEGIN_DECLS

/* How many notifications to take at a time: each time, the lock has to come over from the processor
 * on which tasks end. */
#define ASYNCLIT_BATCH_SIZE 16

/* Notifications on their way, first in, first out. */
typedef struct {
  AsyncLitNotification *notifications[ASYNCLIT_BATCH_SIZE];
  guint first;
  guint length; /* atomic: to look from another thread */
} AsyncLitBatch;

typedef struct {
  AsyncLitWakeupSource wakeup;  /* its lock guards what follows */
  AsyncLitNotification changes; /* head of a ring */
  GQueue release_queues;        /* of AsyncLitReleaseQueue, those with releases */
  guint n_releases;             /* in all of them */
  gint64 unlooked_since;        /* how long it is known that nobody looks; 0: it is not */
  int n_orphaned;               /* atomic: releases in release queues of threads that have ended */
  gboolean release_is_next;
  AsyncLitNotification *resurrecting;
  guint n_awaiting_resurrection; /* threads that wait until `resurrecting` is another */
  GCond resurrected;
  gboolean lazy; /* among the lazy notification queues */

  AsyncLitBatch taken; /* not delivered yet; for whoever iterates the context */

  gint64 made; /* of asynclit_clock_now(); set at construction, then read-only */
} AsyncLitNotificationQueue;

struct _AsyncLitReleaseQueue {
  AsyncLitNotificationQueue *queue;
  guint generation; /* of the process; the queue's own is too close to its lock to look at */
  gatomicrefcount ref_count;
  int n_waiting; /* atomic: what clients counted */
  /* Guarded by the notification queue's lock. */
  AsyncLitNotification releases; /* head of a ring */
  GList link;                    /* in the notification queue's release queues */
  gboolean orphaned;             /* its thread has ended */
  int n_releases;                /* atomic, to look without the lock */
};

/* The one of @context, with a reference, that of its wakeup source. */
AsyncLitNotificationQueue *asynclit_notification_queue_get (GMainContext *context);

/* Before a release queue is used (takes the reference to @self), and when its thread has ended. */
void asynclit_notification_queue_add_release_queue (AsyncLitNotificationQueue *self,
                                                    AsyncLitReleaseQueue *release_queue);
void asynclit_notification_queue_orphan_release_queue (AsyncLitNotificationQueue *self,
                                                       AsyncLitReleaseQueue *release_queue);

/* With the lock. */
gboolean asynclit_notification_queue_is_pending_locked (AsyncLitWakeupSource *wakeup);
/* Whether so much waits to be released, and nobody iterates the context. */
gboolean asynclit_notification_queue_is_unattended_locked (AsyncLitNotificationQueue *self);
void asynclit_notification_queue_link_locked (AsyncLitNotification *notification,
                                              AsyncLitPost post);

/* For the last reference to what @notification belongs to; TRUE if it may have been taken
 * meanwhile. */
gboolean asynclit_notification_queue_remove (AsyncLitNotificationQueue *self,
                                             AsyncLitNotification *notification);

/* Whether the calling thread is the only one that iterates the context, or will. */
gboolean asynclit_notification_queue_is_left_to_caller (AsyncLitNotificationQueue *self);

/* Takes something to release, of @own or of a release queue that no thread owns any more. */
AsyncLitNotification *asynclit_notification_queue_take_release (AsyncLitNotificationQueue *self,
                                                                AsyncLitReleaseQueue *own);
/* Takes something to release, of any release_queue, if still nobody iterates the context. */
AsyncLitNotification *asynclit_notification_queue_take_unattended (AsyncLitNotificationQueue *self);
guint asynclit_notification_queue_count_releases (AsyncLitNotificationQueue *self);
/* Puts a notification that was taken back, behind the others. */
void asynclit_notification_queue_return_release (AsyncLitNotificationQueue *self,
                                                 AsyncLitNotification *notification);
/* Releases a notification that was taken. */
void asynclit_notification_queue_release (AsyncLitNotificationQueue *self,
                                          AsyncLitNotification *notification);

G_END_DECLS
