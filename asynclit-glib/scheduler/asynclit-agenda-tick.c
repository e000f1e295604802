/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What happens when the clock rings. */

#include "config.h"

#include "asynclit-agenda-private.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-worker-private.h"

/* A clock that is adjusted drifts; one that is set jumps. */
#define JUMP_USEC G_USEC_PER_SEC

/* How many jobs to see to before others may have the lock. */
#define BATCH_SIZE 64

/* Whether there is anything for which the time zone matters. */
static gboolean
agenda_goes_by_wall (AsyncLitAgenda *self)
{
  gboolean answer;

  asynclit_lock (&asynclit_schedule_lock);
  answer = asynclit_due_heap_peek (&self->wall) != NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  return answer;
}

/* Whether the local time is another than the last time this was asked. */
static gboolean
agenda_note_time_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now, guint zone_serial)
{
  gint64 offset = asynclit_time_between (now->monotonic, now->wall);
  gboolean has_jumped = ABS (asynclit_time_between (self->wall_offset, offset)) > JUMP_USEC;
  gboolean has_moved = zone_serial != self->zone_serial;

  self->wall_offset = offset;
  self->zone_serial = zone_serial;
  return has_jumped || has_moved;
}

static void
agenda_recompute_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now,
                         AsyncLitErrands *errands)
{
  g_autoptr (GPtrArray) jobs = asynclit_agenda_list_locked (self);

  for (guint i = 0; i < jobs->len; i++)
    {
      AsyncLitScheduledTask *job = g_ptr_array_index (jobs, i);
      gint64 due = job->due, fire_at = job->fire_at;

      asynclit_job_recompute_locked (job, now);
      if (job->due == due && job->fire_at == fire_at)
        continue;
      asynclit_agenda_place_locked (self, job);
      asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
      /* Its end may have come. */
      if (self->running)
        asynclit_agenda_retire_locked (self, job, errands);
    }
}

void
asynclit_agenda_look_at_clock (AsyncLitAgenda *self, gboolean recompute)
{
  const guint zone = agenda_goes_by_wall (self) ? asynclit_local_zone_get_serial ()
                                                : asynclit_local_zone_peek_serial ();
  AsyncLitErrands errands = { 0 };
  AsyncLitClockTime now;

  asynclit_clock_get_time (self->clock, &now);
  asynclit_lock (&asynclit_schedule_lock);
  if (agenda_note_time_locked (self, &now, zone) && recompute)
    agenda_recompute_locked (self, &now, &errands);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_errands_run (&errands, self);
}

static void
agenda_see_to_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                      const AsyncLitClockTime *now, AsyncLitErrands *errands)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 last_missed = ASYNCLIT_NO_TIME;
  guint64 n_missed = asynclit_job_take_due_locked (job, now, times, &last_missed);

  asynclit_agenda_note_missed_locked (self, job, n_missed,
                                      asynclit_job_to_wall_locked (job, last_missed, now), errands);
  for (guint i = 0; i < times->len && !asynclit_job_has_run_enough_locked (job); i++)
    asynclit_agenda_fire_locked (
        self, job, asynclit_job_to_wall_locked (job, g_array_index (times, gint64, i), now), now,
        errands);
  asynclit_job_proceed_locked (job, now);
  asynclit_agenda_place_locked (self, job);
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
  asynclit_agenda_retire_locked (self, job, errands);
}

static AsyncLitScheduledTask *
agenda_peek_due_locked (AsyncLitAgenda *self, const AsyncLitClockTime *now)
{
  AsyncLitDueEntry *entry = NULL;

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
agenda_see_to_some (AsyncLitAgenda *self, const AsyncLitClockTime *now)
{
  AsyncLitErrands errands = { 0 };
  AsyncLitScheduledTask *job = NULL;
  guint n = 0;

  asynclit_lock (&asynclit_schedule_lock);
  while (self->running && n++ < BATCH_SIZE && (job = agenda_peek_due_locked (self, now)) != NULL)
    agenda_see_to_locked (self, job, now, &errands);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_errands_run (&errands, self);
  return n > BATCH_SIZE;
}

void
asynclit_agenda_tick (AsyncLitAgenda *self)
{
  AsyncLitClockTime now;

  asynclit_agenda_look_at_clock (self, TRUE);
  asynclit_clock_get_time (self->clock, &now);
  while (agenda_see_to_some (self, &now))
    ;
  /* Whoever moves a clock by hand finds it done. */
  if (!asynclit_worker_is_current ())
    asynclit_agenda_await_written (self);
}
