/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What happens when the alarm rings. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-worker-private.h"

/* A clock that is adjusted drifts; a clock that is set jumps. */
#define JUMP_USEC G_USEC_PER_SEC

/* The number of jobs to handle before other threads may take the lock. */
#define BATCH_SIZE 64

/* Whether any job depends on the time zone. */
static gboolean
core_goes_by_wall (AsyncLitScheduleCore *self)
{
  gboolean answer;

  asynclit_lock (&asynclit_schedule_lock);
  answer = asynclit_due_heap_peek (&self->wall) != NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  return answer;
}

/* Whether the local time zone has changed since the last call. */
static gboolean
core_note_time_locked (AsyncLitScheduleCore *self, const AsyncLitClockTime *now, guint zone_serial)
{
  gint64 offset = asynclit_time_between (now->monotonic, now->wall);
  gboolean has_jumped = ABS (asynclit_time_between (self->wall_offset, offset)) > JUMP_USEC;
  gboolean has_moved = zone_serial != self->zone_serial;

  asynclit_assert_locked (&asynclit_schedule_lock);
  self->wall_offset = offset;
  self->zone_serial = zone_serial;
  return has_jumped || has_moved;
}

static void
core_recompute_locked (AsyncLitScheduleCore *self, const AsyncLitClockTime *now,
                       AsyncLitDeferredActions *deferred)
{
  g_autoptr (GPtrArray) jobs = asynclit_schedule_core_list_locked (self);

  asynclit_assert_locked (&asynclit_schedule_lock);
  for (guint i = 0; i < jobs->len; i++)
    {
      AsyncLitScheduledTask *job = g_ptr_array_index (jobs, i);
      gint64 due = job->due, fire_at = job->fire_at;

      asynclit_job_recompute_locked (job, now);
      if (job->due == due && job->fire_at == fire_at)
        continue;
      asynclit_schedule_core_place_locked (self, job);
      asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
      /* The end of a job may have passed. */
      if (self->running)
        asynclit_schedule_core_retire_locked (self, job, deferred);
    }
}

void
asynclit_schedule_core_look_at_clock (AsyncLitScheduleCore *self, gboolean recompute)
{
  const guint zone = core_goes_by_wall (self) ? asynclit_local_zone_get_serial ()
                                              : asynclit_local_zone_peek_serial ();
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitClockTime now;

  asynclit_clock_get_time (self->clock, &now);
  asynclit_lock (&asynclit_schedule_lock);
  if (core_note_time_locked (self, &now, zone) && recompute)
    core_recompute_locked (self, &now, &deferred);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_deferred_actions_run (&deferred, self);
}

static void
core_see_to_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                    const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 last_missed = ASYNCLIT_NO_TIME;
  guint64 n_missed = asynclit_job_take_due_locked (job, now, times, &last_missed);

  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_schedule_core_note_missed_locked (
      self, job, n_missed, asynclit_job_to_wall_locked (job, last_missed, now), deferred);
  for (guint i = 0; i < times->len && !asynclit_job_has_run_enough_locked (job); i++)
    asynclit_schedule_core_fire_locked (
        self, job, asynclit_job_to_wall_locked (job, g_array_index (times, gint64, i), now), now,
        deferred);
  asynclit_job_proceed_locked (job, now);
  asynclit_schedule_core_place_locked (self, job);
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
  asynclit_schedule_core_retire_locked (self, job, deferred);
}

static AsyncLitScheduledTask *
core_peek_due_locked (AsyncLitScheduleCore *self, const AsyncLitClockTime *now)
{
  AsyncLitDueEntry *entry = NULL;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (asynclit_due_heap_get_due (&self->monotonic) <= now->monotonic)
    entry = asynclit_due_heap_peek (&self->monotonic);
  else if (asynclit_due_heap_get_due (&self->wall) <= now->wall)
    entry = asynclit_due_heap_peek (&self->wall);
  return entry != NULL
             ? (AsyncLitScheduledTask *) ((char *) entry
                                          - G_STRUCT_OFFSET (AsyncLitScheduledTask, entry))
             : NULL;
}

/* TRUE if there may be more. */
static gboolean
core_see_to_some (AsyncLitScheduleCore *self, const AsyncLitClockTime *now)
{
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitScheduledTask *job = NULL;
  guint n = 0;

  asynclit_lock (&asynclit_schedule_lock);
  while (self->running && n++ < BATCH_SIZE && (job = core_peek_due_locked (self, now)) != NULL)
    core_see_to_locked (self, job, now, &deferred);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_deferred_actions_run (&deferred, self);
  return n > BATCH_SIZE;
}

void
asynclit_schedule_core_tick (AsyncLitScheduleCore *self)
{
  AsyncLitClockTime now;

  asynclit_schedule_core_look_at_clock (self, TRUE);
  asynclit_clock_get_time (self->clock, &now);
  while (core_see_to_some (self, &now))
    ;
  /* A thread that moves a manual clock expects the runs to be submitted when the call returns. */
  if (!asynclit_worker_is_current ())
    asynclit_schedule_core_await_written (self);
}
