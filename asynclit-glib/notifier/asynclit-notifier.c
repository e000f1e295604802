/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: the doorbell's of each mailbox guards its lists, those of its lanes, and the notices in
 * them; `lazy_lock` guards the list of mailboxes with lazy news. Never two at once.
 *
 * A notice without a hold is in a list that holds no reference. To deliver it the mailbox has to
 * take one, while on another thread the last one may be going away. It can't do so under its
 * lock: g_object_ref() may call out to a language binding, which may want a lock of its own that
 * the other thread has. So it announces the notice as `reviving` under the lock and takes the
 * reference without; whoever drops the last reference waits in asynclit_notice_remove() for as
 * long as its notice is announced, a matter of nanoseconds (a hazard pointer: Michael 2004).
 */

#include "config.h"

#include "asynclit-doorbell-private.h"
#include "asynclit-init-private.h"
#include "asynclit-notifier-private.h"

/* How long one dispatch may deliver before other sources get a turn: room enough in a frame of
 * 16.7 ms for the frame itself. */
#define BUDGET_USEC 2000
/* How many notices to deliver between two looks at the clock, which cost about as much as one. */
#define LOOK_INTERVAL 8
/* How much of what waits a call into the library releases: more than it can add. */
#define SOME_RELEASES 16

typedef struct {
  AsyncLitDoorbell bell; /* its lock guards what follows */
  AsyncLitNotice news;   /* head of a ring */
  GQueue lanes;          /* of AsyncLitLane, those with releases */
  AsyncLitNotice *reviving;
  GCond revived;
  gboolean lazy; /* among the lazy mailboxes */
} Mailbox;

struct _AsyncLitLane {
  Mailbox *mailbox;
  gatomicrefcount ref_count;
  /* Guarded by the mailbox's lock. */
  AsyncLitNotice releases; /* head of a ring */
  GList link;              /* in the mailbox's lanes */
  gboolean orphaned;       /* its thread has ended */
  int n_releases;          /* atomic, to look without the lock */
};

/* The lanes of one thread: one for each context that it submits with. */
typedef struct {
  GPtrArray *lanes;
  AsyncLitLane *last;
} ThreadLanes;

static AsyncLitLock lazy_lock; /* guards lazy_mailboxes */
static GSList *lazy_mailboxes; /* of Mailbox, with a reference */

static void thread_lanes_free (gpointer data);
static GPrivate thread_lanes = G_PRIVATE_INIT (thread_lanes_free);

/* Rings of notices */

static void
ring_init (AsyncLitNotice *head)
{
  head->prev = head->next = head;
}

static gboolean
ring_is_empty (const AsyncLitNotice *head)
{
  return head->next == head;
}

static void
ring_append (AsyncLitNotice *head, AsyncLitNotice *notice)
{
  notice->prev = head->prev;
  notice->next = head;
  head->prev->next = notice;
  head->prev = notice;
}

static void
ring_remove (AsyncLitNotice *notice)
{
  notice->prev->next = notice->next;
  notice->next->prev = notice->prev;
  notice->prev = notice->next = NULL;
}

/* Lists of a mailbox */

static Mailbox *
notice_get_mailbox (AsyncLitNotice *notice)
{
  return notice->lane->mailbox;
}

static void
lane_change_releases_locked (AsyncLitLane *lane, int change)
{
  int n = lane->n_releases + change;

  __atomic_store_n (&lane->n_releases, n, __ATOMIC_RELAXED);
  if (change > 0 && n == 1)
    g_queue_push_tail_link (&lane->mailbox->lanes, &lane->link);
  else if (change < 0 && n == 0)
    g_queue_unlink (&lane->mailbox->lanes, &lane->link);
}

static void
notice_unlink_locked (AsyncLitNotice *notice)
{
  if (notice->posted == ASYNCLIT_POST_NOTHING)
    return;
  ring_remove (notice);
  if (notice->posted == ASYNCLIT_POST_RELEASE)
    lane_change_releases_locked (notice->lane, -1);
  notice->posted = ASYNCLIT_POST_NOTHING;
}

/* A notice is in one list; what has to be released is also looked at for news. */
static void
notice_link_locked (AsyncLitNotice *notice, AsyncLitPost post)
{
  if (post <= notice->posted)
    return;
  notice_unlink_locked (notice);
  notice->posted = post;
  if (post == ASYNCLIT_POST_RELEASE)
    {
      ring_append (&notice->lane->releases, notice);
      lane_change_releases_locked (notice->lane, 1);
    }
  else
    ring_append (&notice_get_mailbox (notice)->news, notice);
}

/* Releases the hold after delivery, unless it is needed for what was posted meanwhile, or for a
 * delivery further up that runs a nested main loop. */
static void
mailbox_finish (Mailbox *self, AsyncLitNotice *notice, AsyncLitNews left)
{
  gboolean unref = FALSE;

  asynclit_lock (&self->bell.lock);
  notice->n_taken--;
  if (left != ASYNCLIT_NEWS_NONE && !self->bell.closed)
    notice_link_locked (notice, ASYNCLIT_POST_NEWS);
  if (notice->n_taken == 0
      && (self->bell.closed
          || (notice->posted != ASYNCLIT_POST_RELEASE && left != ASYNCLIT_NEWS_AWAITED)))
    unref = notice->funcs->drop_locked (notice);
  asynclit_unlock (&self->bell.lock);
  if (unref)
    notice->funcs->unref (notice);
}

static AsyncLitNotice *
mailbox_peek_locked (Mailbox *self)
{
  AsyncLitLane *lane;

  if (!ring_is_empty (&self->news))
    return self->news.next;
  lane = g_queue_peek_head (&self->lanes);
  return lane != NULL ? lane->releases.next : NULL;
}

/* Runs on: the context. Takes the next notice, and sees to it that it stays alive. */
static AsyncLitNotice *
mailbox_take (Mailbox *self)
{
  AsyncLitNotice *notice;
  gboolean revive = FALSE;

  asynclit_lock (&self->bell.lock);
  notice = mailbox_peek_locked (self);
  if (notice != NULL)
    {
      notice_unlink_locked (notice);
      notice->n_taken++;
      revive = !notice->funcs->hold_locked (notice);
      if (revive)
        self->reviving = notice;
    }
  asynclit_unlock (&self->bell.lock);
  if (!revive)
    return notice;

  notice->funcs->revive (notice);
  asynclit_lock (&self->bell.lock);
  self->reviving = NULL;
  g_cond_broadcast (&self->revived);
  asynclit_unlock (&self->bell.lock);
  return notice;
}

static gboolean
mailbox_is_pending_locked (AsyncLitDoorbell *bell)
{
  Mailbox *self = (Mailbox *) bell;

  return !ring_is_empty (&self->news) || self->lanes.length > 0;
}

/* Runs on: the context. */
static gboolean
mailbox_answer (AsyncLitDoorbell *bell)
{
  Mailbox *self = (Mailbox *) bell;
  gint64 end = g_get_monotonic_time () + BUDGET_USEC;
  AsyncLitNotice *notice;

  for (guint n = 1; (notice = mailbox_take (self)) != NULL; n++)
    {
      gboolean more = notice->funcs->deliver (notice, end);

      mailbox_finish (self, notice, more ? ASYNCLIT_NEWS_AWAITED : ASYNCLIT_NEWS_NONE);
      if (more || (n % LOOK_INTERVAL == 0 && g_get_monotonic_time () >= end))
        return TRUE;
    }
  return FALSE;
}

/* Runs on: the thread that destroyed the context. Nothing more is posted after `closed`; what has
 * to be released is released here. */
static void
mailbox_context_gone (AsyncLitDoorbell *bell)
{
  Mailbox *self = (Mailbox *) bell;
  AsyncLitNotice *notice;

  do
    {
      AsyncLitPost posted = ASYNCLIT_POST_NOTHING;
      gboolean unref = FALSE;

      asynclit_lock (&bell->lock);
      notice = mailbox_peek_locked (self);
      if (notice != NULL)
        {
          posted = notice->posted;
          notice_unlink_locked (notice);
          if (posted == ASYNCLIT_POST_RELEASE)
            notice->n_taken++;
          else
            unref = notice->funcs->drop_locked (notice);
        }
      asynclit_unlock (&bell->lock);
      if (posted == ASYNCLIT_POST_RELEASE)
        mailbox_finish (self, notice, notice->funcs->release (notice));
      else if (unref)
        notice->funcs->unref (notice);
    }
  while (notice != NULL);
}

static void
mailbox_init (AsyncLitDoorbell *bell)
{
  Mailbox *self = (Mailbox *) bell;

  ring_init (&self->news);
  g_cond_init (&self->revived);
}

static void
mailbox_clear (AsyncLitDoorbell *bell)
{
  g_cond_clear (&((Mailbox *) bell)->revived);
}

static const AsyncLitDoorbellClass mailbox_class = {
  .name = "[asynclit] notifications",
  .instance_size = sizeof (Mailbox),
  .init = mailbox_init,
  .is_pending_locked = mailbox_is_pending_locked,
  .answer = mailbox_answer,
  .context_gone = mailbox_context_gone,
  .clear = mailbox_clear,
};

/* Lanes */

static AsyncLitLane *
lane_new (GMainContext *context)
{
  AsyncLitLane *self = g_new0 (AsyncLitLane, 1);

  self->mailbox
      = (Mailbox *) asynclit_doorbell_get (&mailbox_class, context, G_PRIORITY_DEFAULT);
  self->link.data = self;
  ring_init (&self->releases);
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

  for (guint i = 0; i < self->lanes->len; i++)
    {
      AsyncLitLane *lane = g_ptr_array_index (self->lanes, i);

      asynclit_lock (&lane->mailbox->bell.lock);
      lane->orphaned = TRUE;
      asynclit_unlock (&lane->mailbox->bell.lock);
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
}

static ThreadLanes *
thread_lanes_get (void)
{
  static gsize registered = 0;
  ThreadLanes *self = g_private_get (&thread_lanes);

  if (G_LIKELY (self != NULL))
    return self;
  if (g_once_init_enter (&registered))
    {
      asynclit_on_fork (forget_lanes);
      g_once_init_leave (&registered, 1);
    }
  self = g_new0 (ThreadLanes, 1);
  self->lanes = g_ptr_array_new_with_free_func (lane_unref);
  g_private_set (&thread_lanes, self);
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
asynclit_notice_remove (AsyncLitNotice *notice)
{
  Mailbox *self = notice_get_mailbox (notice);

  asynclit_lock (&self->bell.lock);
  while (self->reviving == notice)
    asynclit_cond_wait (&self->revived, &self->bell.lock);
  notice_unlink_locked (notice);
  asynclit_unlock (&self->bell.lock);
}

void
asynclit_notice_clear (AsyncLitNotice *notice)
{
  lane_unref (notice->lane);
}

void
asynclit_notice_post (AsyncLitNotice *notice, AsyncLitPostFunc decide_locked)
{
  Mailbox *self = notice_get_mailbox (notice);
  AsyncLitPost post;

  asynclit_lock (&self->bell.lock);
  post = decide_locked (notice);
  if (!self->bell.closed)
    {
      notice_link_locked (notice, post);
      asynclit_doorbell_unlock_and_ring (&self->bell);
      return;
    }
  if (post == ASYNCLIT_POST_RELEASE)
    notice->n_taken++;
  asynclit_unlock (&self->bell.lock);
  if (post == ASYNCLIT_POST_RELEASE)
    mailbox_finish (self, notice, notice->funcs->release (notice));
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
  Mailbox *self = notice_get_mailbox (notice);
  gboolean is_first_lazy = FALSE;

  asynclit_lock (&self->bell.lock);
  if (!self->bell.closed)
    {
      notice_link_locked (notice, ASYNCLIT_POST_NEWS);
      is_first_lazy = self->bell.armed && !self->lazy;
      self->lazy = self->lazy || is_first_lazy;
    }
  asynclit_unlock (&self->bell.lock);
  if (!is_first_lazy)
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
      Mailbox *self = mailboxes->data;

      mailboxes = g_slist_delete_link (mailboxes, mailboxes);
      asynclit_lock (&self->bell.lock);
      self->lazy = FALSE;
      if (mailbox_is_pending_locked (&self->bell))
        asynclit_doorbell_unlock_and_ring (&self->bell);
      else
        asynclit_unlock (&self->bell.lock);
      asynclit_doorbell_unref (&self->bell);
    }
}

/* What waits in @own, or in a lane that no thread owns any more. */
static AsyncLitNotice *
mailbox_take_release (Mailbox *self, AsyncLitLane *own)
{
  AsyncLitNotice *notice = NULL;

  asynclit_lock (&self->bell.lock);
  for (GList *l = self->lanes.head; l != NULL && notice == NULL; l = l->next)
    {
      AsyncLitLane *lane = l->data;

      if (lane == own || lane->orphaned)
        notice = lane->releases.next;
    }
  if (notice != NULL)
    {
      notice_unlink_locked (notice);
      notice->n_taken++;
      notice->funcs->hold_locked (notice);
    }
  asynclit_unlock (&self->bell.lock);
  return notice;
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
  GMainContext *context;
  AsyncLitNotice *notice;

  if (lane == NULL || __atomic_load_n (&lane->n_releases, __ATOMIC_RELAXED) == 0)
    return;
  context = lane->mailbox->bell.context;
  if (is_dispatching (context) || !g_main_context_acquire (context))
    return;
  for (guint i = 0; i < max; i++)
    {
      notice = mailbox_take_release (lane->mailbox, lane);
      if (notice == NULL)
        break;
      mailbox_finish (lane->mailbox, notice, notice->funcs->release (notice));
    }
  g_main_context_release (context);
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
