/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: a mailbox's guards what it says in asynclit-mailbox-private.h; `lazy_lock` guards the list
 * of mailboxes with lazy news. Never two at once. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-mailbox-private.h"

/* How much of what waits a call into the library releases: more than it can add. */
#define SOME_RELEASES 16

/* The lanes of one thread: one for each context that it submits with. */
typedef struct {
  GPtrArray *lanes;
  AsyncLitLane *last;
  gboolean releasing; /* in a call of lane_enter() */
} ThreadLanes;

static AsyncLitLock lazy_lock; /* guards lazy_mailboxes */
static GSList *lazy_mailboxes; /* of AsyncLitMailbox, with a reference */

static void thread_lanes_free (gpointer data);
static GPrivate thread_lanes = G_PRIVATE_INIT (thread_lanes_free); /* for it to be freed */
static __thread ThreadLanes *own_lanes; /* the same, found faster */

/* Lanes */

static AsyncLitLane *
lane_new (GMainContext *context)
{
  AsyncLitLane *self = g_new0 (AsyncLitLane, 1);

  asynclit_mailbox_add_lane (asynclit_mailbox_get (context), self);
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
  lazy_lock = (AsyncLitLock){ 0 };
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

static GMainContext *
get_own_context (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  return context != NULL ? context : g_main_context_default ();
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
  GMainContext *context = get_own_context ();

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

/* TRUE if the calling thread may release what goes by this lane: it is the thread's own, and no
 * other thread iterates the context. Not again out of what a release calls: that might go on
 * without end. */
static gboolean
lane_enter (AsyncLitLane *self)
{
  ThreadLanes *own = thread_lanes_get ();

  if (own->releasing || lane_get_own (FALSE) != self
      || !g_main_context_acquire (self->mailbox->bell.context))
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

void
asynclit_notice_follow (AsyncLitNotice *notice, AsyncLitNotice *other)
{
  AsyncLitLane *before = notice->lane;

  notice->lane = lane_ref (other->lane);
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

/* Releases what was taken for it: here, if this is where it belongs, or nobody is left to do it;
 * else it is posted. */
static void
notice_release_or_post (AsyncLitNotice *notice)
{
  AsyncLitLane *lane = notice->lane;
  AsyncLitMailbox *self = lane->mailbox;

  if (lane_enter (lane))
    {
      asynclit_mailbox_release (self, notice);
      lane_leave (lane);
      return;
    }
  asynclit_lock (&self->bell.lock);
  if (!self->bell.closed)
    {
      notice->n_taken--;
      asynclit_mailbox_link_locked (notice, ASYNCLIT_POST_RELEASE);
      asynclit_doorbell_unlock_and_ring (&self->bell);
      return;
    }
  asynclit_unlock (&self->bell.lock);
  asynclit_mailbox_release (self, notice);
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

void
asynclit_notice_post (AsyncLitNotice *notice, AsyncLitPostFunc decide_locked)
{
  gboolean is_own = thread_lanes_get ()->last == notice->lane;
  AsyncLitMailbox *self = notice->lane->mailbox;
  AsyncLitPost post;

  asynclit_lock (&self->bell.lock);
  post = decide_locked (notice);
  if (post == ASYNCLIT_POST_DROP)
    {
      notice_unlock_and_drop (notice);
      return;
    }
  if (post == ASYNCLIT_POST_RELEASE && (is_own || self->bell.closed))
    {
      notice->n_taken++;
      asynclit_unlock (&self->bell.lock);
      notice_release_or_post (notice);
      return;
    }
  if (!self->bell.closed)
    asynclit_mailbox_link_locked (notice, post);
  asynclit_doorbell_unlock_and_ring (&self->bell);
}

int
asynclit_notice_count_waiting (AsyncLitNotice *notice, int change)
{
  return __atomic_add_fetch (&notice->lane->n_waiting, change, __ATOMIC_RELAXED);
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
  AsyncLitMailbox *self = notice->lane->mailbox;
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
  AsyncLitMailbox *self = notice->lane->mailbox;
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

static void
release_up_to (guint max)
{
  AsyncLitLane *lane = lane_get_own (FALSE);
  AsyncLitNotice *notice;

  asynclit_drop_kept ();
  if (lane == NULL
      || __atomic_load_n (&lane->n_releases, __ATOMIC_RELAXED)
             + __atomic_load_n (&lane->mailbox->n_orphaned, __ATOMIC_RELAXED) == 0
      || is_dispatching (lane->mailbox->bell.context) || !lane_enter (lane))
    return;
  for (guint i = 0; i < max; i++)
    {
      notice = asynclit_mailbox_take_release (lane->mailbox, lane);
      if (notice == NULL)
        break;
      asynclit_mailbox_release (lane->mailbox, notice);
    }
  lane_leave (lane);
}

void
asynclit_notifier_release_some (void)
{
  release_up_to (SOME_RELEASES);
}

void
asynclit_notifier_release_all (void)
{
  release_up_to (G_MAXUINT);
}
