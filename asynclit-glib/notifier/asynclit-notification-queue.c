/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: the lock of each notification queue's wakeup source guards its lists, those of its release
 * queues, and the notifications in them.
 *
 * The lists own no references. To deliver a notification whose keep-alive flag is clear, the queue
 * has to take a reference, while another thread may be dropping the last one. It can't do so under
 * its lock, because g_object_ref() may call a language binding, which may wait for a lock of its
 * own that the other thread holds. It therefore announces the notification as `resurrecting` under
 * the lock, and takes the reference without the lock. A thread that drops the last reference waits
 * in asynclit_notification_remove() while its notification is announced, which takes nanoseconds (a
 * hazard pointer: Michael 2004). */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-notification-queue-private.h"
#include "asynclit-thread-number-private.h"

/* The maximum time for which one dispatch delivers before other sources get a turn. It leaves
 * enough of a frame of 16.7 ms to draw. */
#define BUDGET_USEC 2000
/* For how long to look whether a short task that was just submitted has ended already, before
 * the main loop goes round. */
#define SECOND_LOOK_USEC 1
/* The number of notifications to deliver between two readings of the clock, which take about as
 * long as a delivery. */
#define LOOK_INTERVAL 8

/* The number of objects that may wait for release in a context that no thread iterates: as many as
 * the tasks that a manager keeps. */
#define MAX_UNATTENDED 256
/* A context that has not been iterated for this long may never be. No program takes this long to
 * reach its main loop. */
#define UNATTENDED_USEC (10 * G_USEC_PER_SEC)
/* How long a thread without a context of its own leaves its objects to the thread that iterates the
 * global default context, which may not have started yet. */
#define WAIT_FOR_LOOP_USEC G_USEC_PER_SEC

/* Rings of notifications */

static void
ring_init (AsyncLitNotification *head)
{
  head->prev = head->next = head;
}

static gboolean
ring_is_empty (const AsyncLitNotification *head)
{
  return head->next == head;
}

static void
ring_insert_after (AsyncLitNotification *place, AsyncLitNotification *notification)
{
  notification->prev = place;
  notification->next = place->next;
  place->next->prev = notification;
  place->next = notification;
}

static void
ring_append (AsyncLitNotification *head, AsyncLitNotification *notification)
{
  ring_insert_after (head->prev, notification);
}

static void
ring_remove (AsyncLitNotification *notification)
{
  notification->prev->next = notification->next;
  notification->next->prev = notification->prev;
  notification->prev = notification->next = NULL;
}

/* Lists of a notification queue */

static void
release_queue_change_releases_locked (AsyncLitReleaseQueue *release_queue, int change)
{
  int n = release_queue->n_releases + change;

  asynclit_assert_locked (&release_queue->queue->wakeup.lock);
  __atomic_store_n (&release_queue->n_releases, n, __ATOMIC_RELAXED);
  release_queue->queue->n_releases += (guint) change;
  if (release_queue->orphaned)
    __atomic_add_fetch (&release_queue->queue->n_orphaned, change, __ATOMIC_RELAXED);
  if (change > 0 && n == 1)
    g_queue_push_tail_link (&release_queue->queue->release_queues, &release_queue->link);
  else if (change < 0 && n == 0)
    g_queue_unlink (&release_queue->queue->release_queues, &release_queue->link);
}

static void
notification_unlink_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  if (notification->posted == ASYNCLIT_POST_NOTHING)
    return;
  ring_remove (notification);
  if (notification->posted == ASYNCLIT_POST_RELEASE)
    release_queue_change_releases_locked (notification->release_queue, -1);
  notification->posted = ASYNCLIT_POST_NOTHING;
}

/* A notification is in one list. When a notification is released, its changes are checked, too. */
void
asynclit_notification_queue_link_locked (AsyncLitNotification *notification, AsyncLitPost post)
{
  asynclit_notification_assert_locked (notification);
  if (post <= notification->posted)
    return;
  notification_unlink_locked (notification);
  notification->posted = post;
  if (post == ASYNCLIT_POST_RELEASE)
    {
      ring_append (&notification->release_queue->releases, notification);
      release_queue_change_releases_locked (notification->release_queue, 1);
    }
  else
    ring_append (&notification->release_queue->queue->changes, notification);
}

/* Clears the keep-alive flag after a delivery, unless it is needed for something that was posted in
 * the meantime, or for an outer delivery that runs a nested main loop. TRUE if the reference that
 * it stood for has to be dropped. */
static gboolean
queue_finish_locked (AsyncLitNotificationQueue *self, AsyncLitNotification *notification,
                     AsyncLitPending left)
{
  asynclit_notification_assert_locked (notification);
  notification->n_taken--;
  if (left != ASYNCLIT_PENDING_NONE && !self->wakeup.closed)
    asynclit_notification_queue_link_locked (notification, ASYNCLIT_POST_CHANGES);
  return notification->n_taken == 0
         && (self->wakeup.closed
             || (notification->posted != ASYNCLIT_POST_RELEASE && left != ASYNCLIT_PENDING_AWAITED))
         && notification->funcs->drop_locked (notification);
}

static void
queue_finish (AsyncLitNotificationQueue *self, AsyncLitNotification *notification,
              AsyncLitPending left)
{
  gboolean unref;

  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (&self->wakeup)))
    return;
  asynclit_lock (&self->wakeup.lock);
  unref = queue_finish_locked (self, notification, left);
  asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
  if (unref)
    notification->funcs->unref (notification);
}

/* Releases a notification that was taken. */
void
asynclit_notification_queue_release (AsyncLitNotificationQueue *self,
                                     AsyncLitNotification *notification)
{
  queue_finish (self, notification, notification->funcs->release (notification));
}

static AsyncLitNotification *
queue_peek_release_locked (AsyncLitNotificationQueue *self)
{
  AsyncLitReleaseQueue *release_queue;

  asynclit_assert_locked (&self->wakeup.lock);
  /* Each release queue in turn. */
  if (self->release_queues.length > 1)
    g_queue_push_tail_link (&self->release_queues, g_queue_pop_head_link (&self->release_queues));
  release_queue = g_queue_peek_head (&self->release_queues);
  return release_queue != NULL ? release_queue->releases.next : NULL;
}

/* Changes and releases take turns, so that a flood of one does not delay the other. */
static AsyncLitNotification *
queue_peek_locked (AsyncLitNotificationQueue *self)
{
  asynclit_assert_locked (&self->wakeup.lock);
  if (ring_is_empty (&self->changes) || (self->release_is_next && self->release_queues.length > 0))
    return queue_peek_release_locked (self);
  return self->changes.next;
}

/* Takes the next notification. If nothing keeps it alive, its resurrection is announced, and
 * queue_resurrect() has to be called next. */
static AsyncLitNotification *
queue_take_locked (AsyncLitNotificationQueue *self, gboolean *resurrect)
{
  AsyncLitNotification *notification = queue_peek_locked (self);

  asynclit_assert_locked (&self->wakeup.lock);
  *resurrect = FALSE;
  if (notification == NULL)
    return NULL;
  self->release_is_next = notification->posted == ASYNCLIT_POST_CHANGES;
  notification_unlink_locked (notification);
  notification->n_taken++;
  *resurrect = !notification->funcs->keep_alive_locked (notification);
  if (*resurrect)
    {
      notification->resurrector = asynclit_get_thread_number ();
      self->resurrecting = notification;
    }
  return notification;
}

static void
queue_resurrect (AsyncLitNotificationQueue *self)
{
  self->resurrecting->funcs->resurrect (self->resurrecting);
  asynclit_lock (&self->wakeup.lock);
  self->resurrecting = NULL;
  if (self->n_awaiting_resurrection > 0)
    g_cond_broadcast (&self->resurrected);
  asynclit_unlock (&self->wakeup.lock);
}

/* Deliveries */

/* Runs on: the context. Ends the delivery of @done, if that is not NULL, and takes the next
 * notification: under one lock, which has to move from the processor on which tasks end. */
static AsyncLitNotification *
queue_turn_over (AsyncLitNotificationQueue *self, AsyncLitNotification *done)
{
  AsyncLitNotification *next;
  gboolean resurrect, unref;

  asynclit_lock (&self->wakeup.lock);
  unref = done != NULL && queue_finish_locked (self, done, ASYNCLIT_PENDING_NONE);
  next = queue_take_locked (self, &resurrect);
  asynclit_unlock (&self->wakeup.lock);

  if (resurrect)
    queue_resurrect (self);
  if (unref)
    done->funcs->unref (done);
  return next;
}

gboolean
asynclit_notification_queue_is_pending_locked (AsyncLitWakeupSource *wakeup)
{
  AsyncLitNotificationQueue *self = (AsyncLitNotificationQueue *) wakeup;

  asynclit_assert_locked (&wakeup->lock);
  return !ring_is_empty (&self->changes) || self->release_queues.length > 0;
}

/* Runs on: the context. Ends the delivery of @done; returns the next notification to deliver. */
static AsyncLitNotification *
queue_next (AsyncLitNotificationQueue *self, AsyncLitNotification *done)
{
  AsyncLitNotification *next = queue_turn_over (self, done);

  if (next == NULL && asynclit_wakeup_source_linger (&self->wakeup, SECOND_LOOK_USEC))
    next = queue_turn_over (self, NULL);
  return next;
}

/* Runs on: the context. */
static gboolean
queue_answer (AsyncLitWakeupSource *wakeup)
{
  AsyncLitNotificationQueue *self = (AsyncLitNotificationQueue *) wakeup;
  gint64 end = g_get_monotonic_time () + BUDGET_USEC;
  guint generation = asynclit_get_generation ();
  AsyncLitNotification *notification = NULL;

  for (guint n = 1; (notification = queue_next (self, notification)) != NULL; n++)
    {
      gboolean more = notification->funcs->deliver (notification, end);

      if (G_UNLIKELY (generation != asynclit_get_generation ()))
        return FALSE; /* a handler has forked, and this is the child: the rest is the parent's */
      if (more || (n % LOOK_INTERVAL == 0 && g_get_monotonic_time () >= end))
        {
          queue_finish (self, notification,
                        more ? ASYNCLIT_PENDING_AWAITED : ASYNCLIT_PENDING_NONE);
          return TRUE;
        }
    }
  return FALSE;
}

/* Runs on: the thread that destroyed the context. Nothing is posted after `closed`. Pending
 * releases are done here. */
static void
queue_context_gone (AsyncLitWakeupSource *wakeup)
{
  AsyncLitNotificationQueue *self = (AsyncLitNotificationQueue *) wakeup;
  AsyncLitNotification *notification;

  do
    {
      AsyncLitPost posted = ASYNCLIT_POST_NOTHING;
      gboolean unref = FALSE;

      asynclit_lock (&wakeup->lock);
      notification = queue_peek_locked (self);
      if (notification != NULL)
        {
          posted = notification->posted;
          notification_unlink_locked (notification);
          if (posted == ASYNCLIT_POST_RELEASE)
            notification->n_taken++;
          else if (notification->n_taken == 0) /* otherwise, the delivery clears the flag */
            unref = notification->funcs->drop_locked (notification);
        }
      asynclit_unlock (&wakeup->lock);
      if (posted == ASYNCLIT_POST_RELEASE)
        asynclit_notification_queue_release (self, notification);
      else if (unref)
        notification->funcs->unref (notification);
    }
  while (notification != NULL);
}

static void
queue_init (AsyncLitWakeupSource *wakeup)
{
  AsyncLitNotificationQueue *self = (AsyncLitNotificationQueue *) wakeup;

  ring_init (&self->changes);
  g_cond_init (&self->resurrected);
  self->made = asynclit_clock_now ();
}

static void
queue_clear (AsyncLitWakeupSource *wakeup)
{
  g_cond_clear (&((AsyncLitNotificationQueue *) wakeup)->resurrected);
}

static const AsyncLitWakeupSourceClass queue_class = {
  .name = "[asynclit] notifications",
  .instance_size = sizeof (AsyncLitNotificationQueue),
  .init = queue_init,
  .is_pending_locked = asynclit_notification_queue_is_pending_locked,
  .answer = queue_answer,
  .context_gone = queue_context_gone,
  .clear = queue_clear,
};

/* A pending release in @own, or in a release queue whose thread has ended. */
AsyncLitNotification *
asynclit_notification_queue_take_release (AsyncLitNotificationQueue *self,
                                          AsyncLitReleaseQueue *own)
{
  AsyncLitNotification *notification = NULL;

  asynclit_lock (&self->wakeup.lock);
  self->wakeup.looked = TRUE;
  for (GList *l = self->release_queues.head; l != NULL && notification == NULL; l = l->next)
    {
      AsyncLitReleaseQueue *release_queue = l->data;

      if (release_queue == own || release_queue->orphaned)
        notification = release_queue->releases.next;
    }
  if (notification != NULL)
    {
      notification_unlink_locked (notification);
      notification->n_taken++;
      notification->funcs->keep_alive_locked (notification);
    }
  asynclit_unlock (&self->wakeup.lock);
  return notification;
}

/* A context that was iterated may be iterated again, unless no thread owns it now: a main loop owns
 * its context all the time, however long its handlers take. */
static gboolean
queue_has_loop_locked (AsyncLitNotificationQueue *self)
{
  asynclit_assert_locked (&self->wakeup.lock);
  if (self->wakeup.looked_by == 0)
    return FALSE;
  /* The context exists: if it were being destroyed, it would have taken the lock first. */
  if (!g_main_context_acquire (self->wakeup.context))
    return TRUE;
  g_main_context_release (self->wakeup.context);
  return FALSE;
}

AsyncLitNotification *
asynclit_notification_queue_take_unattended (AsyncLitNotificationQueue *self)
{
  AsyncLitNotification *notification = NULL;

  asynclit_lock (&self->wakeup.lock);
  if (!self->wakeup.looked && !self->wakeup.closed && !queue_has_loop_locked (self))
    notification = queue_peek_release_locked (self);
  if (notification != NULL)
    {
      notification_unlink_locked (notification);
      notification->n_taken++;
      notification->funcs->keep_alive_locked (notification);
    }
  asynclit_unlock (&self->wakeup.lock);
  return notification;
}

/* Checked only now and then, because reading the clock takes time. */
gboolean
asynclit_notification_queue_is_unattended_locked (AsyncLitNotificationQueue *self)
{
  gint64 now;

  asynclit_assert_locked (&self->wakeup.lock);
  if (G_LIKELY (self->n_releases % MAX_UNATTENDED != 0) || self->n_releases == 0)
    return FALSE;
  now = asynclit_clock_now ();
  if (self->wakeup.looked || self->unlooked_since == 0)
    self->unlooked_since = now;
  self->wakeup.looked = FALSE;
  return now - self->unlooked_since >= UNATTENDED_USEC;
}

guint
asynclit_notification_queue_count_releases (AsyncLitNotificationQueue *self)
{
  guint n;

  asynclit_lock (&self->wakeup.lock);
  n = self->n_releases;
  asynclit_unlock (&self->wakeup.lock);
  return n;
}

void
asynclit_notification_queue_return_release (AsyncLitNotificationQueue *self,
                                            AsyncLitNotification *notification)
{
  asynclit_lock (&self->wakeup.lock);
  notification->n_taken--;
  asynclit_notification_queue_link_locked (notification, ASYNCLIT_POST_RELEASE);
  asynclit_unlock (&self->wakeup.lock);
}

/* A thread's own context is used by no other thread. The global default context belongs to the
 * thread that iterates it. As long as there is none, it belongs to the first thread and, after a
 * while, to any thread. */
gboolean
asynclit_notification_queue_is_left_to_caller (AsyncLitNotificationQueue *self)
{
  guint looked_by = __atomic_load_n (&self->wakeup.looked_by, __ATOMIC_RELAXED);

  if (g_main_context_get_thread_default () != NULL)
    return TRUE;
  if (looked_by != 0)
    return looked_by == asynclit_get_thread_number ();
  return asynclit_is_main_thread () || asynclit_clock_now () - self->made >= WAIT_FOR_LOOP_USEC;
}

/* An object that another thread has resurrected stays alive. Its notification stays in its list,
 * because the new owner of a reference may have posted it again. */
gboolean
asynclit_notification_queue_remove (AsyncLitNotificationQueue *self,
                                    AsyncLitNotification *notification)
{
  gboolean resurrected;

  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (&self->wakeup)))
    return FALSE;
  asynclit_lock (&self->wakeup.lock);
  self->n_awaiting_resurrection++;
  while (self->resurrecting == notification)
    asynclit_cond_wait (&self->resurrected, &self->wakeup.lock);
  self->n_awaiting_resurrection--;
  /* If this thread delivered the notification itself, it was not dropping a reference at the same
   * time. */
  resurrected = notification->resurrector != 0
                && notification->resurrector != asynclit_get_thread_number ();
  notification->resurrector = 0;
  if (!resurrected)
    notification_unlink_locked (notification);
  asynclit_unlock (&self->wakeup.lock);
  return resurrected;
}

AsyncLitNotificationQueue *
asynclit_notification_queue_get (GMainContext *context)
{
  return (AsyncLitNotificationQueue *) asynclit_wakeup_source_get (&queue_class, context,
                                                                   G_PRIORITY_DEFAULT);
}

void
asynclit_notification_queue_add_release_queue (AsyncLitNotificationQueue *self,
                                               AsyncLitReleaseQueue *release_queue)
{
  release_queue->queue = self;
  release_queue->link.data = release_queue;
  ring_init (&release_queue->releases);
}

void
asynclit_notification_queue_orphan_release_queue (AsyncLitNotificationQueue *self,
                                                  AsyncLitReleaseQueue *release_queue)
{
  asynclit_lock (&self->wakeup.lock);
  release_queue->orphaned = TRUE;
  __atomic_add_fetch (&self->n_orphaned, release_queue->n_releases, __ATOMIC_RELAXED);
  asynclit_unlock (&self->wakeup.lock);
}
