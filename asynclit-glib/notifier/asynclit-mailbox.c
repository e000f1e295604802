/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: the doorbell's of each mailbox guards its lists, those of its lanes, and the notices in
 * them.
 *
 * A notice without a hold is in a list that holds no reference. To deliver it the mailbox has to
 * take one, while on another thread the last one may be going away. It can't do so under its
 * lock: g_object_ref() may call out to a language binding, which may want a lock of its own that
 * the other thread has. So it announces the notice as `reviving` under the lock and takes the
 * reference without; whoever drops the last reference waits in asynclit_notice_remove() for as
 * long as its notice is announced, a matter of nanoseconds (a hazard pointer: Michael 2004).
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-mailbox-private.h"
#include "asynclit-thread-number-private.h"

/* How long one dispatch may deliver before other sources get a turn: room enough in a frame of
 * 16.7 ms for the frame itself. */
#define BUDGET_USEC 2000
/* For how long to look whether a short task that was just submitted has ended already, before
 * the main loop goes round. */
#define SECOND_LOOK_USEC 1
/* How many notices to deliver between two looks at the clock, which cost about as much as one. */
#define LOOK_INTERVAL 8

/* How much may wait to be released in a context that nobody iterates: as many as the tasks that a
 * manager keeps. */
#define MAX_UNATTENDED 256
/* A context that was not iterated for so long may never be: longer than any program takes to come
 * to its main loop. */
#define UNATTENDED_USEC (10 * G_USEC_PER_SEC)
/* For how long a thread that has no context of its own leaves what is its to whoever iterates the
 * global default context, and may not have begun to. */
#define WAIT_FOR_LOOP_USEC G_USEC_PER_SEC

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
ring_insert_after (AsyncLitNotice *place, AsyncLitNotice *notice)
{
  notice->prev = place;
  notice->next = place->next;
  place->next->prev = notice;
  place->next = notice;
}

static void
ring_append (AsyncLitNotice *head, AsyncLitNotice *notice)
{
  ring_insert_after (head->prev, notice);
}

static void
ring_remove (AsyncLitNotice *notice)
{
  notice->prev->next = notice->next;
  notice->next->prev = notice->prev;
  notice->prev = notice->next = NULL;
}

/* Lists of a mailbox */

static void
lane_change_releases_locked (AsyncLitLane *lane, int change)
{
  int n = lane->n_releases + change;

  __atomic_store_n (&lane->n_releases, n, __ATOMIC_RELAXED);
  lane->mailbox->n_releases += (guint) change;
  if (lane->orphaned)
    __atomic_add_fetch (&lane->mailbox->n_orphaned, change, __ATOMIC_RELAXED);
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
void
asynclit_mailbox_link_locked (AsyncLitNotice *notice, AsyncLitPost post)
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
    ring_append (&notice->lane->mailbox->news, notice);
}

/* Gives up the hold of a delivery, unless it is needed for what was posted meanwhile, or for a
 * delivery further up that runs a nested main loop. TRUE if the reference behind it has to go. */
static gboolean
mailbox_finish_locked (AsyncLitMailbox *self, AsyncLitNotice *notice, AsyncLitNews left)
{
  notice->n_taken--;
  if (left != ASYNCLIT_NEWS_NONE && !self->bell.closed)
    asynclit_mailbox_link_locked (notice, ASYNCLIT_POST_NEWS);
  return notice->n_taken == 0
         && (self->bell.closed
             || (notice->posted != ASYNCLIT_POST_RELEASE && left != ASYNCLIT_NEWS_AWAITED))
         && notice->funcs->drop_locked (notice);
}

static void
mailbox_finish (AsyncLitMailbox *self, AsyncLitNotice *notice, AsyncLitNews left)
{
  gboolean unref;

  if (G_UNLIKELY (asynclit_doorbell_is_foreign (&self->bell)))
    return;
  asynclit_lock (&self->bell.lock);
  unref = mailbox_finish_locked (self, notice, left);
  asynclit_doorbell_unlock_and_ring (&self->bell);
  if (unref)
    notice->funcs->unref (notice);
}

/* Carries out the release of a notice that was taken. */
void
asynclit_mailbox_release (AsyncLitMailbox *self, AsyncLitNotice *notice)
{
  mailbox_finish (self, notice, notice->funcs->release (notice));
}

static AsyncLitNotice *
mailbox_peek_release_locked (AsyncLitMailbox *self)
{
  AsyncLitLane *lane;

  /* Each lane in its turn. */
  if (self->lanes.length > 1)
    g_queue_push_tail_link (&self->lanes, g_queue_pop_head_link (&self->lanes));
  lane = g_queue_peek_head (&self->lanes);
  return lane != NULL ? lane->releases.next : NULL;
}

/* News and releases take turns, so that a flood of one does not hold up the other. */
static AsyncLitNotice *
mailbox_peek_locked (AsyncLitMailbox *self)
{
  if (ring_is_empty (&self->news) || (self->release_is_next && self->lanes.length > 0))
    return mailbox_peek_release_locked (self);
  return self->news.next;
}

/* Takes the next notice. If nothing keeps it alive its revival is announced: then
 * mailbox_revive() comes next. */
static AsyncLitNotice *
mailbox_take_locked (AsyncLitMailbox *self, gboolean *revive)
{
  AsyncLitNotice *notice = mailbox_peek_locked (self);

  *revive = FALSE;
  if (notice == NULL)
    return NULL;
  self->release_is_next = notice->posted == ASYNCLIT_POST_NEWS;
  notice->taken_as = notice->posted;
  notice_unlink_locked (notice);
  notice->n_taken++;
  *revive = !notice->funcs->hold_locked (notice);
  if (*revive)
    {
      notice->reviver = asynclit_get_thread_number ();
      self->reviving = notice;
    }
  return notice;
}

/* Undoes a take, but for the hold, which goes when it is taken again. */
static void
mailbox_put_back_locked (AsyncLitMailbox *self, AsyncLitNotice *notice)
{
  notice->n_taken--;
  if (notice->posted != ASYNCLIT_POST_NOTHING)
    return;
  notice->posted = notice->taken_as;
  if (notice->taken_as == ASYNCLIT_POST_NEWS)
    ring_insert_after (&self->news, notice);
  else
    {
      ring_insert_after (&notice->lane->releases, notice);
      lane_change_releases_locked (notice->lane, 1);
    }
}

static void
mailbox_revive (AsyncLitMailbox *self)
{
  self->reviving->funcs->revive (self->reviving);
  asynclit_lock (&self->bell.lock);
  self->reviving = NULL;
  if (self->n_awaiting_revival > 0)
    g_cond_broadcast (&self->revived);
  asynclit_unlock (&self->bell.lock);
}

/* Batches */

static void
batch_push (AsyncLitBatch *self, AsyncLitNotice *notice)
{
  self->notices[(self->first + self->length) % ASYNCLIT_BATCH_SIZE] = notice;
  __atomic_store_n (&self->length, self->length + 1, __ATOMIC_RELAXED);
}

/* The one that came last. */
static AsyncLitNotice *
batch_pop_back (AsyncLitBatch *self)
{
  if (self->length == 0)
    return NULL;
  __atomic_store_n (&self->length, self->length - 1, __ATOMIC_RELAXED);
  return self->notices[(self->first + self->length) % ASYNCLIT_BATCH_SIZE];
}

static AsyncLitNotice *
batch_pop (AsyncLitBatch *self)
{
  AsyncLitNotice *notice = self->notices[self->first];

  if (self->length == 0)
    return NULL;
  self->first = (self->first + 1) % ASYNCLIT_BATCH_SIZE;
  __atomic_store_n (&self->length, self->length - 1, __ATOMIC_RELAXED);
  return notice;
}

/* Keeps those whose reference has to go. */
static void
mailbox_finish_batch_locked (AsyncLitMailbox *self, AsyncLitBatch *done)
{
  for (guint n = done->length; n > 0; n--)
    {
      AsyncLitNotice *notice = batch_pop (done);

      if (mailbox_finish_locked (self, notice, ASYNCLIT_NEWS_NONE))
        batch_push (done, notice);
    }
}

static void
batch_unref (AsyncLitBatch *self)
{
  AsyncLitNotice *notice;

  while ((notice = batch_pop (self)) != NULL)
    notice->funcs->unref (notice);
}

/* Runs on: the context. Ends the deliveries of @done, and takes some more notices. */
static void
mailbox_turn_over (AsyncLitMailbox *self, AsyncLitBatch *done)
{
  AsyncLitNotice *notice;
  gboolean revive = FALSE;

  asynclit_lock (&self->bell.lock);
  mailbox_finish_batch_locked (self, done);
  while (self->taken.length < ASYNCLIT_BATCH_SIZE && !revive
         && (notice = mailbox_take_locked (self, &revive)) != NULL)
    batch_push (&self->taken, notice);
  asynclit_unlock (&self->bell.lock);

  if (revive)
    mailbox_revive (self);
  batch_unref (done);
}

/* Runs on: the context. Ends the deliveries of @done, and puts back what was not delivered. */
static void
mailbox_leave_off (AsyncLitMailbox *self, AsyncLitBatch *done)
{
  AsyncLitNotice *notice;

  asynclit_lock (&self->bell.lock);
  mailbox_finish_batch_locked (self, done);
  while ((notice = batch_pop_back (&self->taken)) != NULL)
    mailbox_put_back_locked (self, notice);
  asynclit_unlock (&self->bell.lock);
  batch_unref (done);
}

gboolean
asynclit_mailbox_is_pending_locked (AsyncLitDoorbell *bell)
{
  AsyncLitMailbox *self = (AsyncLitMailbox *) bell;

  return !ring_is_empty (&self->news) || self->lanes.length > 0
         || __atomic_load_n (&self->taken.length, __ATOMIC_RELAXED) > 0;
}

/* Runs on: the context. The next notice to deliver; what was taken is shared with the answers of
 * nested main loops. */
static AsyncLitNotice *
mailbox_next (AsyncLitMailbox *self, AsyncLitBatch *done)
{
  if (self->taken.length == 0)
    mailbox_turn_over (self, done);
  if (self->taken.length == 0 && asynclit_doorbell_linger (&self->bell, SECOND_LOOK_USEC))
    mailbox_turn_over (self, done);
  return batch_pop (&self->taken);
}

/* Runs on: the context. */
static gboolean
mailbox_answer (AsyncLitDoorbell *bell)
{
  AsyncLitMailbox *self = (AsyncLitMailbox *) bell;
  gint64 end = g_get_monotonic_time () + BUDGET_USEC;
  guint generation = asynclit_get_generation ();
  AsyncLitBatch done = { .length = 0 };
  AsyncLitNotice *notice;
  gboolean enough = FALSE;

  for (guint n = 1; !enough && (notice = mailbox_next (self, &done)) != NULL; n++)
    {
      gboolean more = notice->funcs->deliver (notice, end);

      if (G_UNLIKELY (generation != asynclit_get_generation ()))
        return FALSE; /* a handler has forked, and this is the child: the rest is the parent's */
      if (more)
        mailbox_finish (self, notice, ASYNCLIT_NEWS_AWAITED);
      else
        batch_push (&done, notice);
      enough = more || (n % LOOK_INTERVAL == 0 && g_get_monotonic_time () >= end);
    }
  mailbox_leave_off (self, &done);
  return enough;
}

/* Runs on: the thread that destroyed the context. Nothing more is posted after `closed`; what has
 * to be released is released here. */
static void
mailbox_context_gone (AsyncLitDoorbell *bell)
{
  AsyncLitMailbox *self = (AsyncLitMailbox *) bell;
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
          else if (notice->n_taken == 0) /* else whoever has taken it drops the hold */
            unref = notice->funcs->drop_locked (notice);
        }
      asynclit_unlock (&bell->lock);
      if (posted == ASYNCLIT_POST_RELEASE)
        asynclit_mailbox_release (self, notice);
      else if (unref)
        notice->funcs->unref (notice);
    }
  while (notice != NULL);
}

static void
mailbox_init (AsyncLitDoorbell *bell)
{
  AsyncLitMailbox *self = (AsyncLitMailbox *) bell;

  ring_init (&self->news);
  g_cond_init (&self->revived);
  self->made = asynclit_clock_now ();
}

static void
mailbox_clear (AsyncLitDoorbell *bell)
{
  g_cond_clear (&((AsyncLitMailbox *) bell)->revived);
}

static const AsyncLitDoorbellClass mailbox_class = {
  .name = "[asynclit] notifications",
  .instance_size = sizeof (AsyncLitMailbox),
  .init = mailbox_init,
  .is_pending_locked = asynclit_mailbox_is_pending_locked,
  .answer = mailbox_answer,
  .context_gone = mailbox_context_gone,
  .clear = mailbox_clear,
};

/* What waits in @own, or in a lane that no thread owns any more. */
AsyncLitNotice *
asynclit_mailbox_take_release (AsyncLitMailbox *self, AsyncLitLane *own)
{
  AsyncLitNotice *notice = NULL;

  asynclit_lock (&self->bell.lock);
  self->bell.looked = TRUE;
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

/* A context that was iterated may be so again, unless nobody has it now: a main loop has its own
 * all the time, however long one of its handlers takes. */
static gboolean
mailbox_has_loop_locked (AsyncLitMailbox *self)
{
  if (self->bell.looked_by == 0)
    return FALSE;
  /* It is not gone, for it would have taken the lock first. */
  if (!g_main_context_acquire (self->bell.context))
    return TRUE;
  g_main_context_release (self->bell.context);
  return FALSE;
}

AsyncLitNotice *
asynclit_mailbox_take_unattended (AsyncLitMailbox *self)
{
  AsyncLitNotice *notice = NULL;

  asynclit_lock (&self->bell.lock);
  if (!self->bell.looked && !self->bell.closed && !mailbox_has_loop_locked (self))
    notice = mailbox_peek_release_locked (self);
  if (notice != NULL)
    {
      notice->taken_as = notice->posted;
      notice_unlink_locked (notice);
      notice->n_taken++;
      notice->funcs->hold_locked (notice);
    }
  asynclit_unlock (&self->bell.lock);
  return notice;
}

/* Looked at now and then only: to ask for the time takes some. */
gboolean
asynclit_mailbox_is_unattended_locked (AsyncLitMailbox *self)
{
  gint64 now;

  if (G_LIKELY (self->n_releases % MAX_UNATTENDED != 0) || self->n_releases == 0)
    return FALSE;
  now = asynclit_clock_now ();
  if (self->bell.looked || self->unlooked_since == 0)
    self->unlooked_since = now;
  self->bell.looked = FALSE;
  return now - self->unlooked_since >= UNATTENDED_USEC;
}

guint
asynclit_mailbox_count_releases (AsyncLitMailbox *self)
{
  guint n;

  asynclit_lock (&self->bell.lock);
  n = self->n_releases;
  asynclit_unlock (&self->bell.lock);
  return n;
}

void
asynclit_mailbox_return_release (AsyncLitMailbox *self, AsyncLitNotice *notice)
{
  asynclit_lock (&self->bell.lock);
  notice->n_taken--;
  asynclit_mailbox_link_locked (notice, ASYNCLIT_POST_RELEASE);
  asynclit_unlock (&self->bell.lock);
}

/* A thread has its own context to itself. The global default one belongs to whoever iterates it; as
 * long as nobody does, to the first thread, and to any other after a while. */
gboolean
asynclit_mailbox_is_left_to_caller (AsyncLitMailbox *self)
{
  guint looked_by = __atomic_load_n (&self->bell.looked_by, __ATOMIC_RELAXED);

  if (g_main_context_get_thread_default () != NULL)
    return TRUE;
  if (looked_by != 0)
    return looked_by == asynclit_get_thread_number ();
  return asynclit_is_main_thread () || asynclit_clock_now () - self->made >= WAIT_FOR_LOOP_USEC;
}

/* What another thread has revived lives on: it stays in its list, since whoever got a reference
 * meanwhile may have posted again. */
gboolean
asynclit_mailbox_remove (AsyncLitMailbox *self, AsyncLitNotice *notice)
{
  gboolean revived;

  if (G_UNLIKELY (asynclit_doorbell_is_foreign (&self->bell)))
    return FALSE;
  asynclit_lock (&self->bell.lock);
  self->n_awaiting_revival++;
  while (self->reviving == notice)
    asynclit_cond_wait (&self->revived, &self->bell.lock);
  self->n_awaiting_revival--;
  /* This thread has not been dropping anything meanwhile if it delivered the notice itself. */
  revived = notice->reviver != 0 && notice->reviver != asynclit_get_thread_number ();
  notice->reviver = 0;
  if (!revived)
    notice_unlink_locked (notice);
  asynclit_unlock (&self->bell.lock);
  return revived;
}

AsyncLitMailbox *
asynclit_mailbox_get (GMainContext *context)
{
  return (AsyncLitMailbox *) asynclit_doorbell_get (&mailbox_class, context, G_PRIORITY_DEFAULT);
}

void
asynclit_mailbox_add_lane (AsyncLitMailbox *self, AsyncLitLane *lane)
{
  lane->mailbox = self;
  lane->link.data = lane;
  ring_init (&lane->releases);
}

void
asynclit_mailbox_orphan_lane (AsyncLitMailbox *self, AsyncLitLane *lane)
{
  asynclit_lock (&self->bell.lock);
  lane->orphaned = TRUE;
  __atomic_add_fetch (&self->n_orphaned, lane->n_releases, __ATOMIC_RELAXED);
  asynclit_unlock (&self->bell.lock);
}
