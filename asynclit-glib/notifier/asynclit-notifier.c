/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: for that of a notification queue, see asynclit-notification-queue-private.h. `lazy_lock`
 * guards the list of notification queues with changes that were posted lazily. They are never held
 * together. */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-notification-queue-private.h"

/* The release queues of one thread: one for each context with which it submits. */
typedef struct {
  GPtrArray *release_queues;
  AsyncLitReleaseQueue *last;
  gboolean releasing; /* inside a call of release_queue_enter() */
} ThreadQueues;

static AsyncLitLock lazy_lock; /* guards lazy_queues */
static GSList *lazy_queues;    /* of AsyncLitNotificationQueue, with a reference */

static AsyncLitLock
    adopt_lock; /* guards the release queues of notifications in the child of a fork */

/* Atomic: set by the first thread that needs it. */
static AsyncLitInvokeFunc invoke_elsewhere;

static void thread_queues_free (gpointer data);
static GPrivate thread_queues = G_PRIVATE_INIT (thread_queues_free); /* so that it is freed */
static __thread ThreadQueues *own_queues;                            /* a faster way to the same
                                                                      * pointer */

/* Release queues */

static AsyncLitReleaseQueue *
release_queue_new (GMainContext *context)
{
  AsyncLitReleaseQueue *self = g_new0 (AsyncLitReleaseQueue, 1);

  asynclit_notification_queue_add_release_queue (asynclit_notification_queue_get (context), self);
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

static AsyncLitReleaseQueue *
release_queue_ref (AsyncLitReleaseQueue *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
release_queue_unref (gpointer data)
{
  AsyncLitReleaseQueue *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  asynclit_wakeup_source_unref (&self->queue->wakeup);
  g_free (self);
}

/* Runs on: a thread that ends. What waits for it is left to the next user of the notification
 * queue. */
static void
thread_queues_free (gpointer data)
{
  ThreadQueues *self = data;

  own_queues = NULL;
  for (guint i = 0; i < self->release_queues->len; i++)
    {
      AsyncLitReleaseQueue *release_queue = g_ptr_array_index (self->release_queues, i);

      asynclit_notification_queue_orphan_release_queue (release_queue->queue, release_queue);
    }
  g_ptr_array_unref (self->release_queues);
  g_free (self);
}

/* In the child of a fork, the lists may be in the middle of a change, so they are not touched. */
static void
forget_queues (void)
{
  lazy_lock = adopt_lock = (AsyncLitLock){ 0 };
  lazy_queues = NULL;
  g_private_set (&thread_queues, NULL);
  own_queues = NULL;
}

static ThreadQueues *
thread_queues_get (void)
{
  static gsize registered = 0;
  ThreadQueues *self;

  if (G_LIKELY (own_queues != NULL))
    return own_queues;
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_queues);
      asynclit_once_leave (&registered, 1);
    }
  self = g_new0 (ThreadQueues, 1);
  self->release_queues = g_ptr_array_new_with_free_func (release_queue_unref);
  g_private_set (&thread_queues, self);
  own_queues = self;
  return self;
}

/* Another context may have the same address as a destroyed one. */
static gboolean
release_queue_is_for (AsyncLitReleaseQueue *self, GMainContext *context)
{
  return self->queue->wakeup.context == context
         && !asynclit_wakeup_source_is_closed (&self->queue->wakeup);
}

/* The calling thread's release queue for its own context; NULL if it has none and @make is
 * FALSE. */
static AsyncLitReleaseQueue *
release_queue_get_own (gboolean make)
{
  ThreadQueues *own = thread_queues_get ();
  GMainContext *context = asynclit_context_peek_own ();

  if (own->last != NULL && release_queue_is_for (own->last, context))
    return own->last;
  own->last = NULL;
  for (guint i = own->release_queues->len; i > 0 && own->last == NULL; i--)
    {
      AsyncLitReleaseQueue *release_queue = g_ptr_array_index (own->release_queues, i - 1);

      if (release_queue_is_for (release_queue, context))
        own->last = release_queue;
      else if (asynclit_wakeup_source_is_closed (&release_queue->queue->wakeup))
        g_ptr_array_remove_index_fast (own->release_queues, i - 1);
    }
  if (own->last == NULL && make)
    {
      own->last = release_queue_new (context);
      g_ptr_array_add (own->release_queues, own->last);
    }
  return own->last;
}

/* TRUE if the calling thread, which owns this release queue, may release its content: no other
 * thread iterates the context. Not within a release, because that might recurse without end. */
static gboolean
release_queue_enter (AsyncLitReleaseQueue *self)
{
  ThreadQueues *own = thread_queues_get ();
  GMainContext *context = self->queue->wakeup.context;

  if (own->releasing || context == NULL
      || !asynclit_notification_queue_is_left_to_caller (self->queue)
      || !g_main_context_acquire (context))
    return FALSE;
  own->releasing = TRUE;
  return TRUE;
}

static void
release_queue_leave (AsyncLitReleaseQueue *self)
{
  thread_queues_get ()->releasing = FALSE;
  g_main_context_release (self->queue->wakeup.context);
}

/* Notifications */

static gboolean
release_queue_is_foreign (AsyncLitReleaseQueue *self)
{
  return self->generation != asynclit_get_generation ();
}

/* The child of a fork can use the parent's objects, and is notified of what happens to them there,
 * so they get release queues of the child's. Pending notifications of the parent are left to the
 * parent. The release queue is created before the lock is taken, because a notification queue has a
 * lock, too. */
static AsyncLitReleaseQueue *
notification_adopt (AsyncLitNotification *notification)
{
  AsyncLitWakeupSource *before = &notification->release_queue->queue->wakeup;
  gboolean is_gone = asynclit_wakeup_source_is_closed (before);
  AsyncLitReleaseQueue *release_queue
      = release_queue_new (is_gone ? asynclit_context_peek_own () : before->context);

  asynclit_lock (&adopt_lock);
  if (release_queue_is_foreign (notification->release_queue))
    {
      notification->prev = notification->next = NULL;
      notification->posted = ASYNCLIT_POST_NOTHING;
      notification->n_taken = 0;
      notification->resurrector = 0;
      __atomic_store_n (&notification->release_queue, g_steal_pointer (&release_queue),
                        __ATOMIC_RELEASE);
    }
  asynclit_unlock (&adopt_lock);
  g_clear_pointer (&release_queue, release_queue_unref);
  return notification->release_queue;
}

static AsyncLitReleaseQueue *
notification_get_release_queue (AsyncLitNotification *notification)
{
  AsyncLitReleaseQueue *release_queue
      = __atomic_load_n (&notification->release_queue, __ATOMIC_ACQUIRE);

  return G_UNLIKELY (release_queue_is_foreign (release_queue)) ? notification_adopt (notification)
                                                               : release_queue;
}

void
asynclit_notification_init (AsyncLitNotification *notification,
                            const AsyncLitNotificationFuncs *funcs)
{
  notification->funcs = funcs;
  notification->release_queue = release_queue_ref (release_queue_get_own (TRUE));
}

void
asynclit_notification_move (AsyncLitNotification *notification, GMainContext *context)
{
  g_assert (notification->posted == ASYNCLIT_POST_NOTHING);
  release_queue_unref (notification->release_queue);
  notification->release_queue = release_queue_new (context);
}

gboolean
asynclit_notification_is_here (AsyncLitNotification *notification)
{
  AsyncLitWakeupSource *wakeup = &notification->release_queue->queue->wakeup;

  return !asynclit_wakeup_source_is_closed (wakeup) && asynclit_context_is_here (wakeup->context);
}

void
asynclit_notification_follow (AsyncLitNotification *notification, AsyncLitNotification *other)
{
  AsyncLitReleaseQueue *before = notification->release_queue;

  g_assert (notification->posted == ASYNCLIT_POST_NOTHING);
  notification->release_queue = release_queue_ref (notification_get_release_queue (other));
  release_queue_unref (before);
}

gboolean
asynclit_notification_remove (AsyncLitNotification *notification)
{
  return asynclit_notification_queue_remove (notification->release_queue->queue, notification);
}

void
asynclit_notification_clear (AsyncLitNotification *notification)
{
  release_queue_unref (notification->release_queue);
}

void
asynclit_notifier_set_invoke (AsyncLitInvokeFunc invoke)
{
  g_atomic_pointer_set (&invoke_elsewhere, invoke);
}

/* The thread that delivers the notification, or is going to release it, clears the keep-alive flag
 * afterwards. */
static void
notification_unlock_and_drop (AsyncLitNotification *notification)
{
  gboolean unref = notification->n_taken == 0 && notification->posted != ASYNCLIT_POST_RELEASE
                   && notification->funcs->drop_locked (notification);

  asynclit_unlock (&notification->release_queue->queue->wakeup.lock);
  if (unref)
    notification->funcs->unref (notification);
}

/* Calls @func where no code of the program waits for it; here, if no such place was set. */
static void
call_elsewhere (GFunc func, gpointer data, GDestroyNotify destroy)
{
  AsyncLitInvokeFunc invoke = g_atomic_pointer_get (&invoke_elsewhere);

  if (invoke != NULL)
    {
      invoke (func, data, destroy);
      return;
    }
  func (data, NULL);
  if (destroy != NULL)
    destroy (data);
}

static gboolean
notification_is_bound (AsyncLitNotification *notification)
{
  return notification->funcs->is_bound != NULL && notification->funcs->is_bound (notification);
}

/* Runs on: worker */
static void
release_without_context (gpointer data, gpointer user_data)
{
  AsyncLitNotification *notification = data;

  asynclit_notification_queue_release (notification->release_queue->queue, notification);
}

/* Runs on: worker */
static void
release_unattended (gpointer data, gpointer user_data)
{
  AsyncLitNotificationQueue *self = data;
  AsyncLitNotification *notification;

  for (guint n = asynclit_notification_queue_count_releases (self); n > 0; n--)
    {
      notification = asynclit_notification_queue_take_unattended (self);
      if (notification == NULL)
        return;
      if (notification_is_bound (notification))
        asynclit_notification_queue_return_release (self, notification);
      else
        asynclit_notification_queue_release (self, notification);
    }
}

static void
queue_unref (gpointer data)
{
  asynclit_wakeup_source_unref (&((AsyncLitNotificationQueue *) data)->wakeup);
}

/* Called with the lock, which it releases. */
static void
notification_post_to_closed (AsyncLitNotification *notification, AsyncLitPost post)
{
  if (post == ASYNCLIT_POST_RELEASE)
    notification->n_taken++;
  asynclit_unlock (&notification->release_queue->queue->wakeup.lock);
  if (post == ASYNCLIT_POST_RELEASE)
    call_elsewhere (release_without_context, notification, NULL);
}

/* Nothing is released here, not even in the right context: the caller that submits or cancels may
 * hold a lock that a destroy function takes. */
void
asynclit_notification_post (AsyncLitNotification *notification, AsyncLitPostFunc decide_locked)
{
  AsyncLitNotificationQueue *self = notification_get_release_queue (notification)->queue;
  AsyncLitPost post;

  asynclit_lock (&self->wakeup.lock);
  post = decide_locked (notification);
  if (post == ASYNCLIT_POST_DROP)
    {
      notification_unlock_and_drop (notification);
      return;
    }
  if (G_UNLIKELY (self->wakeup.closed))
    {
      notification_post_to_closed (notification, post);
      return;
    }
  asynclit_notification_queue_link_locked (notification, post);
  if (G_UNLIKELY (post == ASYNCLIT_POST_RELEASE
                  && asynclit_notification_queue_is_unattended_locked (self)))
    {
      asynclit_wakeup_source_ref (&self->wakeup);
      asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
      call_elsewhere (release_unattended, self, queue_unref);
      return;
    }
  asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
}

int
asynclit_notification_count_waiting (AsyncLitNotification *notification, int change)
{
  g_assert (change == 1 || change == -1);
  return __atomic_add_fetch (&notification_get_release_queue (notification)->n_waiting, change,
                             __ATOMIC_RELAXED);
}

#ifdef ASYNCLIT_LOCK_CHECKS
void
asynclit_notification_check_lock (AsyncLitNotification *notification, const char *function)
{
  asynclit_lock_check_assert (&notification->release_queue->queue->wakeup.lock, function);
}
#endif

static AsyncLitPost
decide_changes_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return ASYNCLIT_POST_CHANGES;
}

void
asynclit_notification_post_changes (AsyncLitNotification *notification)
{
  asynclit_notification_post (notification, decide_changes_locked);
}

gboolean
asynclit_notification_post_changes_lazily (AsyncLitNotification *notification)
{
  AsyncLitNotificationQueue *self = notification_get_release_queue (notification)->queue;
  gboolean sleeps = FALSE;

  asynclit_lock (&self->wakeup.lock);
  if (!self->wakeup.closed)
    {
      asynclit_notification_queue_link_locked (notification, ASYNCLIT_POST_CHANGES);
      sleeps = self->wakeup.armed && !self->lazy;
    }
  asynclit_unlock (&self->wakeup.lock);
  return sleeps;
}

gboolean
asynclit_notification_want_flush (AsyncLitNotification *notification)
{
  AsyncLitNotificationQueue *self = notification_get_release_queue (notification)->queue;
  gboolean is_first;

  asynclit_lock (&self->wakeup.lock);
  is_first = !self->wakeup.closed && !self->lazy;
  self->lazy = self->lazy || is_first;
  asynclit_unlock (&self->wakeup.lock);
  if (!is_first)
    return FALSE;

  asynclit_wakeup_source_ref (&self->wakeup);
  asynclit_lock (&lazy_lock);
  lazy_queues = g_slist_prepend (lazy_queues, self);
  asynclit_unlock (&lazy_lock);
  return TRUE;
}

void
asynclit_notifier_flush (void)
{
  GSList *queues;

  asynclit_lock (&lazy_lock);
  queues = g_steal_pointer (&lazy_queues);
  asynclit_unlock (&lazy_lock);
  while (queues != NULL)
    {
      AsyncLitNotificationQueue *self = queues->data;

      queues = g_slist_delete_link (queues, queues);
      asynclit_lock (&self->wakeup.lock);
      self->lazy = FALSE;
      if (asynclit_notification_queue_is_pending_locked (&self->wakeup))
        asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
      else
        asynclit_unlock (&self->wakeup.lock);
      asynclit_wakeup_source_unref (&self->wakeup);
    }
}

gboolean
asynclit_notifier_is_pending (GMainContext *context)
{
  AsyncLitNotificationQueue *queue = asynclit_notification_queue_get (context);
  gboolean is_pending;

  asynclit_lock (&queue->wakeup.lock);
  is_pending = asynclit_notification_queue_is_pending_locked (&queue->wakeup);
  asynclit_unlock (&queue->wakeup.lock);
  asynclit_wakeup_source_unref (&queue->wakeup);
  return is_pending;
}

/* Whether this call comes from a callback of the context itself, in which case a loop iterates
 * it. */
static gboolean
is_dispatching (GMainContext *context)
{
  GSource *source = g_main_current_source ();

  return source != NULL && g_source_get_context (source) == context;
}

void
asynclit_notifier_release_own (void)
{
  AsyncLitReleaseQueue *release_queue = release_queue_get_own (FALSE);
  AsyncLitNotification *notification;

  asynclit_run_deferred_unref ();
  if (release_queue == NULL
      || __atomic_load_n (&release_queue->n_releases, __ATOMIC_RELAXED)
                 + __atomic_load_n (&release_queue->queue->n_orphaned, __ATOMIC_RELAXED)
             == 0
      || is_dispatching (release_queue->queue->wakeup.context)
      || !release_queue_enter (release_queue))
    return;
  while ((notification
          = asynclit_notification_queue_take_release (release_queue->queue, release_queue))
         != NULL)
    asynclit_notification_queue_release (release_queue->queue, notification);
  release_queue_leave (release_queue);
}
