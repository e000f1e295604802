/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: a mailbox's guards what it says in asynclit-mailbox-private.h; `lazy_lock` guards the list
 * of mailboxes with lazy news. Never two at once. */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-mailbox-private.h"

/* The lanes of one thread: one for each context that it submits with. */
typedef struct {
  GPtrArray *lanes;
  AsyncLitLane *last;
  gboolean releasing; /* in a call of lane_enter() */
} ThreadLanes;

static AsyncLitLock lazy_lock; /* guards lazy_mailboxes */
static GSList *lazy_mailboxes; /* of AsyncLitMailbox, with a reference */

static AsyncLitLock adopt_lock; /* guards the lanes of notices in the child of a fork */

/* Atomic: set by whoever comes first. */
static AsyncLitInvokeFunc invoke_elsewhere;

static void thread_lanes_free (gpointer data);
static GPrivate thread_lanes = G_PRIVATE_INIT (thread_lanes_free); /* for it to be freed */
static __thread ThreadLanes *own_lanes;                            /* the same, found faster */

/* Lanes */

static AsyncLitLane *
lane_new (GMainContext *context)
{
  AsyncLitLane *self = g_new0 (AsyncLitLane, 1);

  asynclit_mailbox_add_lane (asynclit_mailbox_get (context), self);
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

static AsyncLitLane *
lane_ref (AsyncLitLane *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
lane_unref (gpointer data)
{
  AsyncLitLane *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  asynclit_doorbell_unref (&self->mailbox->bell);
  g_free (self);
}

/* Runs on: a thread that ends. What waits for it is left to whoever uses the mailbox next. */
static void
thread_lanes_free (gpointer data)
{
  ThreadLanes *self = data;

  own_lanes = NULL;
  for (guint i = 0; i < self->lanes->len; i++)
    {
      AsyncLitLane *lane = g_ptr_array_index (self->lanes, i);

      asynclit_mailbox_orphan_lane (lane->mailbox, lane);
    }
  g_ptr_array_unref (self->lanes);
  g_free (self);
}

/* In the child of a fork: the lists may be in the middle of a change. They are left alone. */
static void
forget_lanes (void)
{
  lazy_lock = adopt_lock = (AsyncLitLock){ 0 };
  lazy_mailboxes = NULL;
  g_private_set (&thread_lanes, NULL);
  own_lanes = NULL;
}

static ThreadLanes *
thread_lanes_get (void)
{
  static gsize registered = 0;
  ThreadLanes *self;

  if (G_LIKELY (own_lanes != NULL))
    return own_lanes;
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_lanes);
      asynclit_once_leave (&registered, 1);
    }
  self = g_new0 (ThreadLanes, 1);
  self->lanes = g_ptr_array_new_with_free_func (lane_unref);
  g_private_set (&thread_lanes, self);
  own_lanes = self;
  return self;
}

/* A context that is gone may have left its address to another one. */
static gboolean
lane_is_for (AsyncLitLane *self, GMainContext *context)
{
  return self->mailbox->bell.context == context
         && !asynclit_doorbell_is_closed (&self->mailbox->bell);
}

/* The calling thread's lane for its own context; NULL if it has none and @make is FALSE. */
static AsyncLitLane *
lane_get_own (gboolean make)
{
  ThreadLanes *own = thread_lanes_get ();
  GMainContext *context = asynclit_context_peek_own ();

  if (own->last != NULL && lane_is_for (own->last, context))
    return own->last;
  own->last = NULL;
  for (guint i = own->lanes->len; i > 0 && own->last == NULL; i--)
    {
      AsyncLitLane *lane = g_ptr_array_index (own->lanes, i - 1);

      if (lane_is_for (lane, context))
        own->last = lane;
      else if (asynclit_doorbell_is_closed (&lane->mailbox->bell))
        g_ptr_array_remove_index_fast (own->lanes, i - 1);
    }
  if (own->last == NULL && make)
    {
      own->last = lane_new (context);
      g_ptr_array_add (own->lanes, own->last);
    }
  return own->last;
}

/* TRUE if the calling thread, whose lane this is, may release what goes by it: no other thread
 * iterates the context. Not again out of what a release calls: that might go on without end. */
static gboolean
lane_enter (AsyncLitLane *self)
{
  ThreadLanes *own = thread_lanes_get ();
  GMainContext *context = self->mailbox->bell.context;

  if (own->releasing || context == NULL || !asynclit_mailbox_is_left_to_caller (self->mailbox)
      || !g_main_context_acquire (context))
    return FALSE;
  own->releasing = TRUE;
  return TRUE;
}

static void
lane_leave (AsyncLitLane *self)
{
  thread_lanes_get ()->releasing = FALSE;
  g_main_context_release (self->mailbox->bell.context);
}

/* Notices */

static gboolean
lane_is_foreign (AsyncLitLane *self)
{
  return self->generation != asynclit_get_generation ();
}

/* The parent's objects can be used in the child of a fork, and what happens to them there is told
 * there: they get lanes of the child's. What the parent had to tell of them is left to the parent.
 * Made before the lock is taken, for a mailbox has a lock, too. */
static AsyncLitLane *
notice_adopt (AsyncLitNotice *notice)
{
  AsyncLitDoorbell *before = &notice->lane->mailbox->bell;
  gboolean is_gone = asynclit_doorbell_is_closed (before);
  AsyncLitLane *lane = lane_new (is_gone ? asynclit_context_peek_own () : before->context);

  asynclit_lock (&adopt_lock);
  if (lane_is_foreign (notice->lane))
    {
      notice->prev = notice->next = NULL;
      notice->posted = ASYNCLIT_POST_NOTHING;
      notice->n_taken = 0;
      notice->reviver = 0;
      __atomic_store_n (&notice->lane, g_steal_pointer (&lane), __ATOMIC_RELEASE);
    }
  asynclit_unlock (&adopt_lock);
  g_clear_pointer (&lane, lane_unref);
  return notice->lane;
}

static AsyncLitLane *
notice_get_lane (AsyncLitNotice *notice)
{
  AsyncLitLane *lane = __atomic_load_n (&notice->lane, __ATOMIC_ACQUIRE);

  return G_UNLIKELY (lane_is_foreign (lane)) ? notice_adopt (notice) : lane;
}

void
asynclit_notice_init (AsyncLitNotice *notice, const AsyncLitNoticeFuncs *funcs)
{
  notice->funcs = funcs;
  notice->lane = lane_ref (lane_get_own (TRUE));
}

void
asynclit_notice_move (AsyncLitNotice *notice, GMainContext *context)
{
  lane_unref (notice->lane);
  notice->lane = lane_new (context);
}

gboolean
asynclit_notice_is_here (AsyncLitNotice *notice)
{
  AsyncLitDoorbell *bell = &notice->lane->mailbox->bell;

  return !asynclit_doorbell_is_closed (bell) && asynclit_context_is_here (bell->context);
}

void
asynclit_notice_follow (AsyncLitNotice *notice, AsyncLitNotice *other)
{
  AsyncLitLane *before = notice->lane;

  notice->lane = lane_ref (notice_get_lane (other));
  lane_unref (before);
}

gboolean
asynclit_notice_remove (AsyncLitNotice *notice)
{
  return asynclit_mailbox_remove (notice->lane->mailbox, notice);
}

void
asynclit_notice_clear (AsyncLitNotice *notice)
{
  lane_unref (notice->lane);
}

void
asynclit_notifier_set_invoke (AsyncLitInvokeFunc invoke)
{
  g_atomic_pointer_set (&invoke_elsewhere, invoke);
}

/* Whoever delivers the notice, or is going to release it, gives up the hold when that is done. */
static void
notice_unlock_and_drop (AsyncLitNotice *notice)
{
  gboolean unref = notice->n_taken == 0 && notice->posted != ASYNCLIT_POST_RELEASE
                   && notice->funcs->drop_locked (notice);

  asynclit_unlock (&notice->lane->mailbox->bell.lock);
  if (unref)
    notice->funcs->unref (notice);
}

/* Has @func called where no user's code waits for it; here, if nobody has said where that is. */
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
notice_is_bound (AsyncLitNotice *notice)
{
  return notice->funcs->is_bound != NULL && notice->funcs->is_bound (notice);
}

/* Runs on: worker */
static void
release_without_context (gpointer data, gpointer user_data)
{
  AsyncLitNotice *notice = data;

  asynclit_mailbox_release (notice->lane->mailbox, notice);
}

/* Runs on: worker */
static void
release_unattended (gpointer data, gpointer user_data)
{
  AsyncLitMailbox *self = data;
  AsyncLitNotice *notice;

  for (guint n = asynclit_mailbox_count_releases (self); n > 0; n--)
    {
      notice = asynclit_mailbox_take_unattended (self);
      if (notice == NULL)
        return;
      if (notice_is_bound (notice))
        asynclit_mailbox_return_release (self, notice);
      else
        asynclit_mailbox_release (self, notice);
    }
}

static void
mailbox_unref (gpointer data)
{
  asynclit_doorbell_unref (&((AsyncLitMailbox *) data)->bell);
}

/* With the lock, which it lets go of. */
static void
notice_post_to_closed (AsyncLitNotice *notice, AsyncLitPost post)
{
  if (post == ASYNCLIT_POST_RELEASE)
    notice->n_taken++;
  asynclit_unlock (&notice->lane->mailbox->bell.lock);
  if (post == ASYNCLIT_POST_RELEASE)
    call_elsewhere (release_without_context, notice, NULL);
}

/* Nothing is released here, not even where it belongs: whoever submits or cancels may have a lock
 * that what is called then wants. */
void
asynclit_notice_post (AsyncLitNotice *notice, AsyncLitPostFunc decide_locked)
{
  AsyncLitMailbox *self = notice_get_lane (notice)->mailbox;
  AsyncLitPost post;

  asynclit_lock (&self->bell.lock);
  post = decide_locked (notice);
  if (post == ASYNCLIT_POST_DROP)
    {
      notice_unlock_and_drop (notice);
      return;
    }
  if (G_UNLIKELY (self->bell.closed))
    {
      notice_post_to_closed (notice, post);
      return;
    }
  asynclit_mailbox_link_locked (notice, post);
  if (G_UNLIKELY (post == ASYNCLIT_POST_RELEASE && asynclit_mailbox_is_unattended_locked (self)))
    {
      asynclit_doorbell_ref (&self->bell);
      asynclit_doorbell_unlock_and_ring (&self->bell);
      call_elsewhere (release_unattended, self, mailbox_unref);
      return;
    }
  asynclit_doorbell_unlock_and_ring (&self->bell);
}

int
asynclit_notice_count_waiting (AsyncLitNotice *notice, int change)
{
  return __atomic_add_fetch (&notice_get_lane (notice)->n_waiting, change, __ATOMIC_RELAXED);
}

static AsyncLitPost
decide_news_locked (AsyncLitNotice *notice)
{
  return ASYNCLIT_POST_NEWS;
}

void
asynclit_notice_post_news (AsyncLitNotice *notice)
{
  asynclit_notice_post (notice, decide_news_locked);
}

gboolean
asynclit_notice_post_lazy_news (AsyncLitNotice *notice)
{
  AsyncLitMailbox *self = notice_get_lane (notice)->mailbox;
  gboolean sleeps = FALSE;

  asynclit_lock (&self->bell.lock);
  if (!self->bell.closed)
    {
      asynclit_mailbox_link_locked (notice, ASYNCLIT_POST_NEWS);
      sleeps = self->bell.armed && !self->lazy;
    }
  asynclit_unlock (&self->bell.lock);
  return sleeps;
}

gboolean
asynclit_notice_want_flush (AsyncLitNotice *notice)
{
  AsyncLitMailbox *self = notice_get_lane (notice)->mailbox;
  gboolean is_first;

  asynclit_lock (&self->bell.lock);
  is_first = !self->bell.closed && !self->lazy;
  self->lazy = self->lazy || is_first;
  asynclit_unlock (&self->bell.lock);
  if (!is_first)
    return FALSE;

  asynclit_doorbell_ref (&self->bell);
  asynclit_lock (&lazy_lock);
  lazy_mailboxes = g_slist_prepend (lazy_mailboxes, self);
  asynclit_unlock (&lazy_lock);
  return TRUE;
}

void
asynclit_notifier_flush (void)
{
  GSList *mailboxes;

  asynclit_lock (&lazy_lock);
  mailboxes = g_steal_pointer (&lazy_mailboxes);
  asynclit_unlock (&lazy_lock);
  while (mailboxes != NULL)
    {
      AsyncLitMailbox *self = mailboxes->data;

      mailboxes = g_slist_delete_link (mailboxes, mailboxes);
      asynclit_lock (&self->bell.lock);
      self->lazy = FALSE;
      if (asynclit_mailbox_is_pending_locked (&self->bell))
        asynclit_doorbell_unlock_and_ring (&self->bell);
      else
        asynclit_unlock (&self->bell.lock);
      asynclit_doorbell_unref (&self->bell);
    }
}

gboolean
asynclit_notifier_is_pending (GMainContext *context)
{
  AsyncLitMailbox *mailbox = asynclit_mailbox_get (context);
  gboolean is_pending;

  asynclit_lock (&mailbox->bell.lock);
  is_pending = asynclit_mailbox_is_pending_locked (&mailbox->bell);
  asynclit_unlock (&mailbox->bell.lock);
  asynclit_doorbell_unref (&mailbox->bell);
  return is_pending;
}

/* Whether this call comes out of a callback of the context itself: then a loop iterates it. */
static gboolean
is_dispatching (GMainContext *context)
{
  GSource *source = g_main_current_source ();

  return source != NULL && g_source_get_context (source) == context;
}

void
asynclit_notifier_release_own (void)
{
  AsyncLitLane *lane = lane_get_own (FALSE);
  AsyncLitNotice *notice;

  asynclit_drop_kept ();
  if (lane == NULL
      || __atomic_load_n (&lane->n_releases, __ATOMIC_RELAXED)
                 + __atomic_load_n (&lane->mailbox->n_orphaned, __ATOMIC_RELAXED)
             == 0
      || is_dispatching (lane->mailbox->bell.context) || !lane_enter (lane))
    return;
  while ((notice = asynclit_mailbox_take_release (lane->mailbox, lane)) != NULL)
    asynclit_mailbox_release (lane->mailbox, notice);
  lane_leave (lane);
}
