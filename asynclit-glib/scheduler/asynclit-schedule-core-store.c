/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What of a core is written down, and how it is taken up again. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-blocking-private.h"

void
asynclit_schedule_core_save_change_locked (AsyncLitScheduleCore *self, AsyncLitStoreChangeKind kind,
                                           const char *job_id, gint64 run, gint64 time)
{
  const AsyncLitStoreChange change
      = { .kind = kind, .job_id = (char *) job_id, .run = run, .time = time };

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
  if (self->store == NULL)
    return NULL;
  asynclit_schedule_store_check_open (self->store);
  return asynclit_schedule_writer_look_up (asynclit_schedule_store_get_writer (self->store), job_id,
                                           now);
}

/* The store itself goes with the scheduler, which may be now. */
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

/* Records of runs */

AsyncLitRunRecord *
asynclit_run_record_new_locked (AsyncLitScheduleCore *core)
{
  AsyncLitRunRecord *self = g_new0 (AsyncLitRunRecord, 1);

  g_atomic_ref_count_init (&self->ref_count);
  if (core->store == NULL)
    return self;
  self->writer = asynclit_schedule_writer_ref (asynclit_schedule_store_get_writer (core->store));
  self->clock = asynclit_ref_owned_locked (core->clock);
  self->run = asynclit_schedule_writer_new_run_locked (self->writer);
  return self;
}

AsyncLitRunRecord *
asynclit_run_record_ref (AsyncLitRunRecord *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_run_record_unref (AsyncLitRunRecord *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_clear_pointer (&self->writer, asynclit_schedule_writer_unref);
  g_clear_object (&self->clock);
  g_free (self);
}

/* Another attempt is the same run. */
static gboolean
run_record_note_start_locked (AsyncLitRunRecord *self, gint64 now)
{
  const AsyncLitStoreChange change
      = { .kind = ASYNCLIT_STORE_START, .run = self->run, .time = now };

  if (self->was_started)
    return FALSE;
  self->was_started = TRUE;
  asynclit_schedule_writer_note_locked (self->writer, &change);
  return TRUE;
}

gboolean
asynclit_run_record_start_async (AsyncLitRunRecord *self, AsyncLitWrittenFunc func, gpointer data)
{
  gboolean waits;
  gint64 now;

  if (self->writer == NULL)
    return FALSE;
  now = asynclit_clock_get_wall_time (self->clock);
  asynclit_lock (&asynclit_schedule_lock);
  waits = run_record_note_start_locked (self, now)
          && asynclit_schedule_writer_call_locked (self->writer, func, data);
  asynclit_unlock (&asynclit_schedule_lock);
  return waits;
}

void
asynclit_run_record_start (AsyncLitRunRecord *self)
{
  gboolean is_new;
  gint64 now;

  if (self->writer == NULL)
    return;
  now = asynclit_clock_get_wall_time (self->clock);
  asynclit_lock (&asynclit_schedule_lock);
  is_new = run_record_note_start_locked (self, now);
  asynclit_unlock (&asynclit_schedule_lock);
  if (!is_new)
    return;
  asynclit_blocking_begin ();
  asynclit_schedule_writer_await (self->writer);
  asynclit_blocking_end ();
}

/* Runs that were under way, or about to be */

static void
interrupt_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  job->counts.n_skipped++;
  asynclit_schedule_core_note_event_locked (
      self, (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_SKIPPED,
                                     .job = job,
                                     .reason = ASYNCLIT_SKIP_REASON_INTERRUPTED });
}

/* Those that were started may have done their work, or half of it. The others are late, by now; one
 * that comes after them may stand for all. */
static void
restore_runs_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job, GArray *runs,
                     const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred)
{
  gboolean is_overdue = job->due <= asynclit_job_get_now_locked (job, now);

  for (guint i = 0; i < runs->len; i++)
    {
      AsyncLitStoredRun *run = &g_array_index (runs, AsyncLitStoredRun, i);
      gboolean has_follower = is_overdue || i + 1 < runs->len;

      if (run->was_started && !job->rerun_interrupted)
        interrupt_locked (self, job);
      else if (!run->was_started
               && ((job->coalesce && has_follower)
                   || asynclit_job_is_too_late_locked (job, run->due, now->wall)
                   || asynclit_job_has_ended_locked (job, now)))
        asynclit_schedule_core_note_missed_locked (self, job, 1, run->due, deferred);
      else
        asynclit_schedule_core_make_wait_locked (self, job, run->due);
    }
}

gboolean
asynclit_schedule_core_restore_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                       const AsyncLitStoredJob *stored,
                                       const AsyncLitClockTime *now,
                                       AsyncLitDeferredActions *deferred)
{
  g_autofree char *trigger = asynclit_trigger_to_string (job->trigger);
  gboolean is_same = strcmp (trigger, stored->trigger) == 0;

  job->counts = stored->counts;
  job->paused = job->paused || stored->paused;
  if (is_same)
    {
      asynclit_job_resume_locked (job, stored->previous, stored->next, now);
      job->is_settled = TRUE;
    }
  else
    asynclit_job_begin_locked (job, now);
  if (stored->runs->len == 0)
    return is_same;
  asynclit_schedule_core_save_change_locked (self, ASYNCLIT_STORE_CLEAR, job->id, 0, 0);
  restore_runs_locked (self, job, stored->runs, now, deferred);
  return is_same;
}
