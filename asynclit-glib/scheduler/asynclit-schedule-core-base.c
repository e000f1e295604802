/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The foundation of the core: its references, its jobs ordered by due time, and its alarm. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-schedule-core-private.h"

gboolean
asynclit_schedule_core_is_own (AsyncLitScheduleCore *self)
{
  return self->generation == asynclit_get_generation ();
}

AsyncLitScheduleCore *
asynclit_schedule_core_ref (AsyncLitScheduleCore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_schedule_core_unref (AsyncLitScheduleCore *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_assert (g_hash_table_size (self->jobs) == 0);
  g_hash_table_unref (self->jobs);
  asynclit_due_heap_clear (&self->monotonic);
  asynclit_due_heap_clear (&self->wall);
  g_queue_clear_full (&self->due_queue, (GDestroyNotify) asynclit_due_item_free);
  g_clear_pointer (&self->changes, g_hash_table_unref);
  g_cond_clear (&self->has_due_item);
  g_cond_clear (&self->runs_changed);
  g_clear_pointer (&self->store, asynclit_schedule_store_release);
  g_object_unref (self->clock);
  g_free (self);
}

GPtrArray *
asynclit_schedule_core_list_locked (AsyncLitScheduleCore *self)
{
  GPtrArray *jobs = g_ptr_array_sized_new (g_hash_table_size (self->jobs));
  GHashTableIter iter;
  gpointer job;

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    g_ptr_array_add (jobs, job);
  return jobs;
}

/* FALSE if *@armed already is the next time to wait for. */
static gboolean
core_find_next (AsyncLitScheduleCore *self, AsyncLitClockTime *armed)
{
  AsyncLitClockTime next = { ASYNCLIT_NEVER, ASYNCLIT_NEVER };
  gboolean changed;

  asynclit_lock (&asynclit_schedule_lock);
  if (self->running)
    {
      next.monotonic = asynclit_due_heap_get_due (&self->monotonic);
      next.wall = asynclit_due_heap_get_due (&self->wall);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  changed = next.monotonic != armed->monotonic || next.wall != armed->wall;
  *armed = next;
  return changed;
}

/* Several threads may run this, one of them with an older time. Each therefore checks again after
 * it has set the alarm, so that the last one finds the alarm to be right. */
void
asynclit_schedule_core_arm (AsyncLitScheduleCore *self)
{
  AsyncLitClockTime armed = { ASYNCLIT_NO_TIME, ASYNCLIT_NO_TIME };

  while (core_find_next (self, &armed))
    asynclit_clock_set_alarm (self->clock, &self->alarm, &armed);
}

void
asynclit_schedule_core_displace_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->entry.place != 0)
    asynclit_due_heap_remove (job->entry_is_monotonic ? &self->monotonic : &self->wall,
                              &job->entry);
}

void
asynclit_schedule_core_place_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  g_assert (job->core == self);
  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_schedule_core_displace_locked (self, job);
  if (job->paused || job->due == ASYNCLIT_NEVER)
    return;
  job->entry_is_monotonic = asynclit_trigger_is_monotonic (job->trigger);
  asynclit_due_heap_push (job->entry_is_monotonic ? &self->monotonic : &self->wall, &job->entry,
                          job->fire_at);
}

void
asynclit_deferred_actions_drop_locked (AsyncLitDeferredActions *self, AsyncLitScheduledTask *job)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->drop == NULL)
    self->drop = g_ptr_array_new ();
  g_ptr_array_add (self->drop, job);
}

gboolean
asynclit_schedule_core_is_running (AsyncLitScheduleCore *self)
{
  gboolean running;

  asynclit_lock (&asynclit_schedule_lock);
  running = self->running;
  asynclit_unlock (&asynclit_schedule_lock);
  return running;
}

guint
asynclit_schedule_core_count_jobs (AsyncLitScheduleCore *self)
{
  guint n;

  asynclit_lock (&asynclit_schedule_lock);
  n = g_hash_table_size (self->jobs);
  asynclit_unlock (&asynclit_schedule_lock);
  return n;
}
