/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The thread pool's watchdog: a thread of the pool that runs no jobs, but makes sure that the
 * others do. */

#include "config.h"

#include "asynclit-thread-pool-private.h"
#include "asynclit-thread-pool-types-private.h"

/* The interval between two looks. */
#define WATCH_USEC 1000
/* The interval while workers block and more may be added, because each look adds at most one. */
#define GROW_USEC 250
/* The longest interval, for when all workers compute, so that the watchdog can do nothing about the
 * waiting jobs. */
#define MAX_WATCH_USEC (16 * WATCH_USEC)
/* How long idle threads are kept. GLib then keeps them for the same time again. */
#define DEFAULT_REST_USEC (15 * G_USEC_PER_SEC)

static gint64 rest_usec = DEFAULT_REST_USEC; /* atomic */

void
asynclit_thread_pool_set_rest (gint64 usec)
{
  __atomic_store_n (&rest_usec, usec, __ATOMIC_RELAXED);
}

void
asynclit_pool_wake_watchdog_locked (AsyncLitPool *self, AsyncLitPoolWatchdog how)
{
  asynclit_assert_locked (&self->lock);
  self->watchdog = how;
  g_cond_signal (&self->watchdog_wakes);
}

/* Finds out which workers block. */
static void
look_at_workers_locked (AsyncLitPool *self, gint64 now)
{
  asynclit_assert_locked (&self->lock);
  for (GList *l = self->workers.head; l != NULL; l = l->next)
    {
      AsyncLitPoolThread *thread = l->data;

      if (thread->n_waits == 0)
        asynclit_pool_set_blocks_locked (self, thread,
                                         asynclit_pool_thread_look (self->sampler, thread, now));
    }
}

/* Chooses the time until the next look. */
static void
look_again_locked (AsyncLitPool *self, gboolean is_moving)
{
  asynclit_assert_locked (&self->lock);
  if (self->n_blocking > 0 && asynclit_pool_count_running_locked (self) < self->max_threads)
    self->watch_usec = GROW_USEC;
  else
    self->watch_usec
        = is_moving ? WATCH_USEC : CLAMP (2 * self->watch_usec, WATCH_USEC, MAX_WATCH_USEC);
}

/* Called while jobs wait. Turns the watchdog into a worker if that helps. */
static void
look_at_queue_locked (AsyncLitPool *self, gboolean is_moving, gint64 now)
{
  guint n_jobs = asynclit_pool_queue_get_length (&self->jobs);

  asynclit_assert_locked (&self->lock);
  if (!is_moving || !asynclit_pool_load_is_short (&self->load))
    look_at_workers_locked (self, now);
  if (self->n_starting == 0 && asynclit_pool_may_grow_locked (self)
      && (!is_moving
          || asynclit_pool_load_needs_another (&self->load, n_jobs,
                                               asynclit_pool_count_active_locked (self))))
    {
      self->n_workers++;
      self->n_starting++;
      self->watchdog = WATCHDOG_TO_WORK;
    }
  else if (asynclit_pool_count_running_locked (self) >= self->max_threads && !is_moving)
    self->watchdog = WATCHDOG_RESTS;
  look_again_locked (self, is_moving);
}

void
asynclit_pool_look_locked (AsyncLitPool *self, guint n_taken, gint64 now)
{
  gboolean is_moving = self->n_taken != n_taken && self->n_workers > 0;

  asynclit_assert_locked (&self->lock);
  if (asynclit_pool_queue_get_length (&self->jobs) > 0)
    look_at_queue_locked (self, is_moving, now);
  else if (!is_moving)
    self->watchdog = WATCHDOG_RESTS;
}

/* Runs on: pool. Waits for one interval, and then looks. */
static void
watch_locked (AsyncLitPool *self)
{
  guint n_taken = self->n_taken;

  asynclit_assert_locked (&self->lock);
  asynclit_cond_wait_until (&self->watchdog_wakes, &self->lock,
                            g_get_monotonic_time () + self->watch_usec);
  if (self->watchdog == WATCHDOG_WATCHES)
    asynclit_pool_look_locked (self, n_taken, g_get_monotonic_time ());
}

/* Runs on: pool. FALSE if no job came. */
static gboolean
rest_locked (AsyncLitPool *self)
{
  gint64 end = g_get_monotonic_time () + __atomic_load_n (&rest_usec, __ATOMIC_RELAXED);
  gboolean in_time = TRUE;

  asynclit_assert_locked (&self->lock);
  while (self->watchdog == WATCHDOG_RESTS && in_time)
    in_time = asynclit_cond_wait_until (&self->watchdog_wakes, &self->lock, end);
  return in_time || self->n_workers > 0;
}

gboolean
asynclit_pool_watch (AsyncLitPool *self)
{
  GThreadPool *threads = NULL;
  gboolean needed = TRUE;
  gboolean to_work;

  asynclit_lock (&self->lock);
  look_again_locked (self, TRUE);
  while (needed && asynclit_pool_has_watchdog_locked (self))
    if (self->watchdog == WATCHDOG_WATCHES)
      watch_locked (self);
    else
      needed = rest_locked (self);
  to_work = self->watchdog == WATCHDOG_TO_WORK;
  if (!needed)
    threads = g_steal_pointer (&self->threads);
  self->watchdog = WATCHDOG_NONE;
  asynclit_unlock (&self->lock);
  if (threads != NULL)
    g_thread_pool_free (threads, FALSE, FALSE);
  return to_work;
}
