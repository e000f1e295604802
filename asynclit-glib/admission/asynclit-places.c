/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Seekers are ordered by the time at which they began, plus their priority times AGEING_USEC. This
 * has the same effect as a priority that improves by one every AGEING_USEC. All times are
 * different, so that seekers of the same priority stay in order.
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-places-private.h"

/* The priority of a waiting seeker improves by one every tenth of a second: G_PRIORITY_LOW catches
 * up with the default after half a minute. */
#define AGEING_USEC 100000
/* How long a seeker of several limiters waits for a moment at which all of them have a free place,
 * before it reserves places. Most seekers start within that time, and no place stays empty. */
#define RESERVE_USEC G_USEC_PER_SEC

static AsyncLitLock places_lock; /* guards all places and seekers */
static gint64 last_begun;        /* guarded by places_lock */

static AsyncLitTimerFunc tick_func;

static void
forget_lock (void)
{
  places_lock = (AsyncLitLock){ 0 };
}

static void
watch_forks (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_lock);
      asynclit_once_leave (&registered, 1);
    }
}

/* Also registers for forks: dependencies and delays use the lock, too, even without a limiter. */
void
asynclit_places_set_tick (AsyncLitTimerFunc tick)
{
  g_assert (tick != NULL);
  watch_forks ();
  tick_func = tick;
}

void
asynclit_places_lock (void)
{
  asynclit_lock (&places_lock);
}

void
asynclit_places_unlock (void)
{
  asynclit_unlock (&places_lock);
}

#ifdef ASYNCLIT_LOCK_CHECKS
void
asynclit_places_check_lock (const char *function)
{
  asynclit_lock_check_assert (&places_lock, function);
}
#endif

static AsyncLitSeeker *
seeker_from_entry (AsyncLitDueEntry *entry)
{
  return (AsyncLitSeeker *) ((char *) entry - G_STRUCT_OFFSET (AsyncLitSeeker, entry));
}

void
asynclit_places_init (AsyncLitPlaces *self, GObject *owner)
{
  g_assert (G_IS_OBJECT (owner));
  watch_forks ();
  *self = (AsyncLitPlaces){
    .owner = owner, .generation = asynclit_get_generation (), .burst = 1, .tokens = 1
  };
  self->refilled = asynclit_clock_now ();
  self->circuit.duration = ASYNCLIT_DEFAULT_BREAK_DURATION;
  g_queue_init (&self->waiting);
  asynclit_due_heap_init (&self->parked);
}

void
asynclit_places_clear (AsyncLitPlaces *self)
{
  g_assert (self->waiting.length == 0);
  asynclit_due_heap_clear (&self->parked);
}

/* The fork may have interrupted a thread that was changing the queues, so they are not freed. */
void
asynclit_places_check_generation_locked (AsyncLitPlaces *self)
{
  asynclit_assert_locked (&places_lock);
  if (G_LIKELY (self->generation == asynclit_get_generation ()))
    return;
  self->generation = asynclit_get_generation ();
  self->n_running = 0;
  self->circuit.trial = NULL;
  self->tick = NULL;
  self->reserved_for = NULL;
  g_queue_init (&self->waiting);
  asynclit_due_heap_init (&self->parked);
}

/* A token bucket. */
static void
places_refill_locked (AsyncLitPlaces *self)
{
  gint64 now = asynclit_clock_now ();
  double elapsed = (double) asynclit_time_between (self->refilled, now) / G_USEC_PER_SEC;

  asynclit_assert_locked (&places_lock);
  self->refilled = now;
  if (elapsed > 0)
    self->tokens = MIN (self->tokens + elapsed * self->rate, (double) self->burst);
}

/* @n_kept: the number of free places that must remain */
static gboolean
places_have_locked (AsyncLitPlaces *self, guint n_kept)
{
  asynclit_assert_locked (&places_lock);
  return self->max_running == 0
         || (self->n_running < self->max_running && self->max_running - self->n_running > n_kept);
}

static gboolean
places_have_tokens_locked (AsyncLitPlaces *self, guint n_kept)
{
  asynclit_assert_locked (&places_lock);
  if (self->rate == 0)
    return TRUE;
  places_refill_locked (self);
  /* A little less than one token may be due to the rounding of times. */
  return self->tokens >= 1 + n_kept - self->rate / G_USEC_PER_SEC;
}

/* A seeker that also waits for a rate, or for its manager, keeps no place from others. */
static gboolean
seeker_may_reserve_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  if (self->n_needed < 2
      || asynclit_time_between (self->entry.due, asynclit_clock_now ()) < RESERVE_USEC)
    return FALSE;
  for (guint i = 0; i < self->n_needed; i++)
    if (self->needed[i].places->paused || !places_have_tokens_locked (self->needed[i].places, 0))
      return FALSE;
  return TRUE;
}

static gboolean
places_are_reserved_locked (AsyncLitPlaces *self, AsyncLitSeeker *from)
{
  AsyncLitSeeker *other = self->reserved_for;

  asynclit_assert_locked (&places_lock);
  return other != NULL && other != from && other->entry.due < from->entry.due
         && seeker_may_reserve_locked (other);
}

static gboolean
places_may_start_locked (AsyncLitPlaces *self, AsyncLitSeeker *seeker)
{
  guint n_kept = places_are_reserved_locked (self, seeker) ? 1 : 0;

  asynclit_assert_locked (&places_lock);
  return !self->paused && places_have_locked (self, n_kept)
         && places_have_tokens_locked (self, n_kept);
}

AsyncLitTick *
asynclit_places_set_rate_locked (AsyncLitPlaces *self, double rate, guint burst)
{
  asynclit_assert_locked (&places_lock);
  places_refill_locked (self);
  if (self->rate == 0 || self->tokens > burst)
    self->tokens = burst;
  self->rate = rate;
  self->burst = burst;
  /* The tick may be running already, and waiting for the lock. */
  if (self->tick != NULL)
    g_atomic_int_inc (&self->tick->ref_count);
  return g_steal_pointer (&self->tick);
}

/* Called while @seeker waits here. Its reference to the owner lasts until the lock is released. If
 * there can't be enough tokens because one is reserved, the end of the reservation kicks. */
static void
places_ensure_tick_locked (AsyncLitPlaces *self, AsyncLitSeeker *seeker, AsyncLitGot *got)
{
  guint n_kept = places_are_reserved_locked (self, seeker) ? 1 : 0;
  AsyncLitTick *tick;

  asynclit_assert_locked (&places_lock);
  if (self->rate == 0 || self->paused || self->tick != NULL || !places_have_locked (self, n_kept)
      || self->burst <= n_kept)
    return;
  tick = g_new0 (AsyncLitTick, 1);
  asynclit_timer_init (&tick->timer, tick_func);
  tick->places = self;
  tick->ref_count = 1;
  tick->owner = asynclit_ref_owned_locked (self->owner);
  tick->due = asynclit_time_add_seconds (self->refilled, (1 + n_kept - self->tokens) / self->rate);
  self->tick = tick;
  got->ticks = g_slist_prepend (got->ticks, tick);
}

void
asynclit_tick_kick_locked (AsyncLitTick *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  if (self->places->tick == self)
    self->places->tick = NULL;
  asynclit_places_kick_locked (self->places, got);
}

void
asynclit_tick_unref (AsyncLitTick *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_object_unref (self->owner);
  g_free (self);
}

gboolean
asynclit_places_is_full_locked (AsyncLitPlaces *self)
{
  asynclit_assert_locked (&places_lock);
  return self->max_waiting != 0 && self->waiting.length >= self->max_waiting;
}

static void
seeker_reserve_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  for (guint i = 0; i < self->n_needed; i++)
    {
      AsyncLitPlaces *places = self->needed[i].places;

      if (places->reserved_for == NULL || places->reserved_for->entry.due > self->entry.due)
        places->reserved_for = self;
    }
  self->has_reserved = TRUE;
}

static void
seeker_unreserve_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  for (guint i = 0; self->has_reserved && i < self->n_needed; i++)
    {
      AsyncLitPlaces *places = self->needed[i].places;

      if (places->reserved_for != self)
        continue;
      places->reserved_for = NULL;
      got->kicks = g_slist_prepend (got->kicks, places);
    }
  self->has_reserved = FALSE;
}

static void
seeker_park_locked (AsyncLitSeeker *self, AsyncLitPlaces *places, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  self->parked_at = places;
  asynclit_due_heap_push (&places->parked, &self->entry, self->entry.due);
  if (seeker_may_reserve_locked (self))
    seeker_reserve_locked (self);
  else
    seeker_unreserve_locked (self, got);
  places_ensure_tick_locked (places, self, got);
}

static void
seeker_take_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  for (guint i = 0; i < self->n_needed; i++)
    {
      AsyncLitPlaces *places = self->needed[i].places;

      places->n_running++;
      places->tokens -= places->rate != 0;
      asynclit_circuit_enter (&places->circuit, self);
    }
  self->has_places = self->is_inside = TRUE;
}

static AsyncLitPlaces *
seeker_find_open_circuit_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  for (guint i = 0; i < self->n_needed; i++)
    if (asynclit_circuit_refuses (&self->needed[i].places->circuit))
      return self->needed[i].places;
  return NULL;
}

/* For the caller to act on. */
static void
seeker_leave_queues_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  for (guint i = 0; i < self->n_needed; i++)
    g_queue_unlink (&self->needed[i].places->waiting, &self->needed[i].link);
  seeker_unreserve_locked (self, got);
  self->next = NULL;
  if (got->last != NULL)
    got->last->next = self;
  else
    got->first = self;
  got->last = self;
}

/* Takes all places, or parks the seeker; or a circuit refuses it. */
static void
seeker_try_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  self->refused_by = seeker_find_open_circuit_locked (self);
  for (guint i = 0; self->refused_by == NULL && i < self->n_needed; i++)
    if (!places_may_start_locked (self->needed[i].places, self))
      {
        seeker_park_locked (self, self->needed[i].places, got);
        return;
      }
  if (self->refused_by == NULL)
    seeker_take_locked (self);
  seeker_leave_queues_locked (self, got);
}

void
asynclit_seeker_leave_locked (AsyncLitSeeker *self, AsyncLitAttemptOutcome outcome)
{
  asynclit_assert_locked (&places_lock);
  if (!self->is_inside)
    return;
  self->is_inside = FALSE;
  for (guint i = 0; i < self->n_needed; i++)
    asynclit_circuit_leave (&self->needed[i].places->circuit, self, outcome);
}

/* A reservation that keeps the first seeker from starting also does so for all seekers after it. */
static void
places_look_locked (AsyncLitPlaces *self, AsyncLitGot *got)
{
  AsyncLitDueEntry *entry;

  asynclit_assert_locked (&places_lock);
  while ((entry = asynclit_due_heap_peek (&self->parked)) != NULL
         && (asynclit_circuit_refuses (&self->circuit)
             || places_may_start_locked (self, seeker_from_entry (entry))))
    {
      AsyncLitSeeker *seeker = seeker_from_entry (entry);

      asynclit_due_heap_remove (&self->parked, entry);
      seeker->parked_at = NULL;
      seeker_try_locked (seeker, got);
    }
  if (entry != NULL)
    places_ensure_tick_locked (self, seeker_from_entry (entry), got);
}

/* Looks at the limiters whose reservations have ended. */
static void
kick_others_locked (AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  while (got->kicks != NULL)
    {
      AsyncLitPlaces *places = got->kicks->data;

      got->kicks = g_slist_delete_link (got->kicks, got->kicks);
      places_look_locked (places, got);
    }
}

void
asynclit_places_kick_locked (AsyncLitPlaces *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  places_look_locked (self, got);
  kick_others_locked (got);
}

void
asynclit_places_set_paused_locked (AsyncLitPlaces *self, gboolean paused, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  self->paused = paused;
  for (GList *l = self->waiting.head; paused && l != NULL; l = l->next)
    seeker_unreserve_locked (l->data, got);
  asynclit_places_kick_locked (self, got);
}

void
asynclit_seeker_begin_locked (AsyncLitSeeker *self, int priority, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  last_begun = MAX (asynclit_clock_now (), last_begun + 1);
  self->entry.due = asynclit_time_add (last_begun, (gint64) priority * AGEING_USEC);
  for (guint i = 0; i < self->n_needed; i++)
    {
      self->needed[i].link = (GList){ .data = self };
      g_queue_push_tail_link (&self->needed[i].places->waiting, &self->needed[i].link);
    }
  seeker_try_locked (self, got);
  kick_others_locked (got);
}

void
asynclit_seeker_stop_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  if (self->parked_at == NULL)
    return;
  asynclit_due_heap_remove (&self->parked_at->parked, &self->entry);
  self->parked_at = NULL;
  for (guint i = 0; i < self->n_needed; i++)
    g_queue_unlink (&self->needed[i].places->waiting, &self->needed[i].link);
  seeker_unreserve_locked (self, got);
  kick_others_locked (got);
}

void
asynclit_seeker_release_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  asynclit_assert_locked (&places_lock);
  if (!self->has_places)
    return;
  self->has_places = FALSE;
  for (guint i = 0; i < self->n_needed; i++)
    if (self->needed[i].places->n_running > 0) /* 0 in the child of a fork */
      self->needed[i].places->n_running--;
  for (guint i = 0; i < self->n_needed; i++)
    asynclit_places_kick_locked (self->needed[i].places, got);
}

void
asynclit_seeker_take_back_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  self->has_places = TRUE;
  for (guint i = 0; i < self->n_needed; i++)
    self->needed[i].places->n_running++;
}

guint
asynclit_seeker_count_before_locked (AsyncLitSeeker *self)
{
  GPtrArray *entries = self->parked_at->parked.entries;
  guint n = 0;

  asynclit_assert_locked (&places_lock);
  for (guint i = 1; i < entries->len; i++)
    n += ((AsyncLitDueEntry *) g_ptr_array_index (entries, i))->due < self->entry.due;
  return n;
}

gboolean
asynclit_seeker_waits_for_rate_locked (AsyncLitSeeker *self)
{
  asynclit_assert_locked (&places_lock);
  return !self->parked_at->paused && places_have_locked (self->parked_at, 0)
         && !places_have_tokens_locked (self->parked_at, 0);
}
