/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Order: by the time at which a seeker began, plus its priority times AGEING_USEC; which is the
 * same as a priority that gets nearer by one each AGEING_USEC. Times are made unique, so that
 * seekers of one priority stay in order.
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-places-private.h"

/* What waits comes nearer by one for each tenth of a second: G_PRIORITY_LOW behind the default for
 * half a minute. */
#define AGEING_USEC 100000

static AsyncLitLock places_lock; /* guards all places and all seekers */
static gint64 last_begun;        /* guarded by it */

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

/* Dependencies and delays take the lock, too, without any limiter. */
void
asynclit_places_set_tick (AsyncLitTimerFunc tick)
{
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

static AsyncLitSeeker *
seeker_from_entry (AsyncLitDueEntry *entry)
{
  return (AsyncLitSeeker *) ((char *) entry - G_STRUCT_OFFSET (AsyncLitSeeker, entry));
}

void
asynclit_places_init (AsyncLitPlaces *self, GObject *owner)
{
  watch_forks ();
  *self = (AsyncLitPlaces){
    .owner = owner, .generation = asynclit_get_generation (), .burst = 1, .tokens = 1
  };
  self->refilled = asynclit_clock_now ();
  g_queue_init (&self->waiting);
  asynclit_due_heap_init (&self->parked);
}

void
asynclit_places_clear (AsyncLitPlaces *self)
{
  asynclit_due_heap_clear (&self->parked);
}

/* The parent's threads may have been changing it: what it was is left where it is. */
void
asynclit_places_check_generation_locked (AsyncLitPlaces *self)
{
  if (G_LIKELY (self->generation == asynclit_get_generation ()))
    return;
  self->generation = asynclit_get_generation ();
  self->n_running = 0;
  self->tick = NULL;
  g_queue_init (&self->waiting);
  asynclit_due_heap_init (&self->parked);
}

/* A token bucket. */
static void
places_refill_locked (AsyncLitPlaces *self)
{
  gint64 now = asynclit_clock_now ();
  double elapsed = (double) asynclit_time_between (self->refilled, now) / G_USEC_PER_SEC;

  self->refilled = now;
  if (elapsed > 0)
    self->tokens = MIN (self->tokens + elapsed * self->rate, (double) self->burst);
}

static gboolean
places_may_start_locked (AsyncLitPlaces *self)
{
  if (self->paused || (self->max_running != 0 && self->n_running >= self->max_running))
    return FALSE;
  if (self->rate == 0)
    return TRUE;
  places_refill_locked (self);
  /* Not less than one by the rounding of times. */
  return self->tokens >= 1 - self->rate / G_USEC_PER_SEC;
}

AsyncLitTick *
asynclit_places_set_rate_locked (AsyncLitPlaces *self, double rate, guint burst)
{
  places_refill_locked (self);
  if (self->rate == 0 || self->tokens > burst)
    self->tokens = burst;
  self->rate = rate;
  self->burst = burst;
  /* Its time may have come: then it waits for the lock. */
  if (self->tick != NULL)
    g_atomic_int_inc (&self->tick->ref_count);
  return g_steal_pointer (&self->tick);
}

/* A seeker waits here, whose reference to the owner stays until the lock is free. */
static void
places_ensure_tick_locked (AsyncLitPlaces *self, AsyncLitGot *got)
{
  AsyncLitTick *tick;

  if (self->rate == 0 || self->paused || self->tick != NULL
      || (self->max_running != 0 && self->n_running >= self->max_running))
    return;
  tick = g_new0 (AsyncLitTick, 1);
  asynclit_timer_init (&tick->timer, tick_func);
  tick->places = self;
  tick->ref_count = 1;
  tick->owner = asynclit_ref_owned_locked (self->owner);
  tick->due = asynclit_time_add_seconds (self->refilled, (1 - self->tokens) / self->rate);
  self->tick = tick;
  got->ticks = g_slist_prepend (got->ticks, tick);
}

void
asynclit_tick_kick_locked (AsyncLitTick *self, AsyncLitGot *got)
{
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
  return self->max_waiting != 0 && self->waiting.length >= self->max_waiting;
}

/* All or none. */
static void
seeker_try_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  for (guint i = 0; i < self->n_needed; i++)
    if (!places_may_start_locked (self->needed[i].places))
      {
        self->parked_at = self->needed[i].places;
        asynclit_due_heap_push (&self->parked_at->parked, &self->entry, self->entry.due);
        places_ensure_tick_locked (self->parked_at, got);
        return;
      }
  for (guint i = 0; i < self->n_needed; i++)
    {
      AsyncLitPlaces *places = self->needed[i].places;

      places->n_running++;
      places->tokens -= places->rate != 0;
      g_queue_unlink (&places->waiting, &self->needed[i].link);
    }
  self->has_places = TRUE;
  self->next = NULL;
  if (got->last != NULL)
    got->last->next = self;
  else
    got->first = self;
  got->last = self;
}

void
asynclit_places_kick_locked (AsyncLitPlaces *self, AsyncLitGot *got)
{
  AsyncLitDueEntry *entry;

  while (places_may_start_locked (self) && (entry = asynclit_due_heap_peek (&self->parked)) != NULL)
    {
      AsyncLitSeeker *seeker = seeker_from_entry (entry);

      asynclit_due_heap_remove (&self->parked, entry);
      seeker->parked_at = NULL;
      seeker_try_locked (seeker, got);
    }
  if (asynclit_due_heap_peek (&self->parked) != NULL)
    places_ensure_tick_locked (self, got);
}

void
asynclit_seeker_begin_locked (AsyncLitSeeker *self, int priority, AsyncLitGot *got)
{
  last_begun = MAX (asynclit_clock_now (), last_begun + 1);
  self->entry.due = asynclit_time_add (last_begun, (gint64) priority * AGEING_USEC);
  for (guint i = 0; i < self->n_needed; i++)
    {
      self->needed[i].link = (GList){ .data = self };
      g_queue_push_tail_link (&self->needed[i].places->waiting, &self->needed[i].link);
    }
  seeker_try_locked (self, got);
}

void
asynclit_seeker_stop_locked (AsyncLitSeeker *self)
{
  if (self->parked_at == NULL)
    return;
  asynclit_due_heap_remove (&self->parked_at->parked, &self->entry);
  self->parked_at = NULL;
  for (guint i = 0; i < self->n_needed; i++)
    g_queue_unlink (&self->needed[i].places->waiting, &self->needed[i].link);
}

void
asynclit_seeker_release_locked (AsyncLitSeeker *self, AsyncLitGot *got)
{
  if (!self->has_places)
    return;
  self->has_places = FALSE;
  for (guint i = 0; i < self->n_needed; i++)
    if (self->needed[i].places->n_running > 0) /* in the child of a fork it is 0 */
      self->needed[i].places->n_running--;
  for (guint i = 0; i < self->n_needed; i++)
    asynclit_places_kick_locked (self->needed[i].places, got);
}

void
asynclit_seeker_take_back_locked (AsyncLitSeeker *self)
{
  self->has_places = TRUE;
  for (guint i = 0; i < self->n_needed; i++)
    self->needed[i].places->n_running++;
}

guint
asynclit_seeker_count_before_locked (AsyncLitSeeker *self)
{
  GPtrArray *entries = self->parked_at->parked.entries;
  guint n = 0;

  for (guint i = 1; i < entries->len; i++)
    n += ((AsyncLitDueEntry *) g_ptr_array_index (entries, i))->due < self->entry.due;
  return n;
}
