/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The parts of a core that are stored. */

#include "config.h"

#include "asynclit-schedule-core-private.h"

void
asynclit_schedule_core_save_change_locked (AsyncLitScheduleCore *self, AsyncLitStoreChangeKind kind,
                                           const char *job_id, gint64 run, gint64 time)
{
  const AsyncLitStoreChange change
      = { .kind = kind, .job_id = (char *) job_id, .run = run, .time = time };

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->store != NULL)
    asynclit_schedule_writer_note_locked (asynclit_schedule_store_get_writer (self->store),
                                          &change);
}

void
asynclit_schedule_core_save_job_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  g_autofree char *trigger = asynclit_trigger_to_string (job->trigger);
  AsyncLitStoreChange change = { .kind = ASYNCLIT_STORE_SAVE, .job_id = job->id };
  AsyncLitClockTime now;

  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_clock_get_time (self->clock, &now);
  change.job = (AsyncLitStoredJob){
    .trigger = trigger,
    .next = asynclit_job_to_wall_locked (job, job->due, &now),
    .previous = asynclit_job_to_wall_locked (job, job->previous, &now),
    .counts = job->counts,
    .paused = job->paused,
  };
  asynclit_schedule_writer_note_locked (asynclit_schedule_store_get_writer (self->store), &change);
}

AsyncLitStoredJob *
asynclit_schedule_core_look_up (AsyncLitScheduleCore *self, const char *job_id, gint64 now)
{
  g_assert (job_id != NULL);
  if (self->store == NULL)
    return NULL;
  return asynclit_schedule_writer_look_up (asynclit_schedule_store_get_writer (self->store), job_id,
                                           now);
}

/* The store itself may be dropped together with the scheduler, at any time. */
static AsyncLitScheduleWriter *
core_ref_writer (AsyncLitScheduleCore *self)
{
  AsyncLitScheduleWriter *writer = NULL;

  asynclit_lock (&asynclit_schedule_lock);
  if (self->store != NULL)
    writer = asynclit_schedule_writer_ref (asynclit_schedule_store_get_writer (self->store));
  asynclit_unlock (&asynclit_schedule_lock);
  return writer;
}

void
asynclit_schedule_core_await_written (AsyncLitScheduleCore *self)
{
  AsyncLitScheduleWriter *writer = core_ref_writer (self);

  if (writer == NULL)
    return;
  asynclit_schedule_writer_await (writer);
  asynclit_schedule_writer_unref (writer);
}
