/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What of an agenda is written down, and how it is taken up again. */

#include "config.h"

#include "asynclit-agenda-private.h"

void
asynclit_agenda_save_change_locked (AsyncLitAgenda *self, AsyncLitStoreChangeKind kind,
                                    const char *job_id, gint64 run, gint64 time)
{
  AsyncLitStoreChange *change;

  if (self->store == NULL)
    return;
  change = g_new0 (AsyncLitStoreChange, 1);
  change->kind = kind;
  change->job_id = g_strdup (job_id);
  change->run = run;
  change->time = time;
  asynclit_schedule_store_push_locked (self->store, change);
}

void
asynclit_agenda_save_job_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job)
{
  AsyncLitStoreChange *change = g_new0 (AsyncLitStoreChange, 1);
  AsyncLitClockTime now;

  asynclit_clock_get_time (self->clock, &now);
  change->kind = ASYNCLIT_STORE_SAVE;
  change->job_id = g_strdup (job->id);
  change->job = (AsyncLitStoredJob){
    .trigger = asynclit_trigger_to_string (job->trigger),
    .next = asynclit_job_to_wall_locked (job, job->due, &now),
    .previous = asynclit_job_to_wall_locked (job, job->previous, &now),
    .counts = job->counts,
    .paused = job->paused,
  };
  asynclit_schedule_store_push_locked (self->store, change);
}

void
asynclit_scheduled_call_note_start (AsyncLitScheduledCall *self)
{
  AsyncLitStoreChange *change;

  if (self->store == NULL)
    return;
  change = g_new0 (AsyncLitStoreChange, 1);
  change->kind = ASYNCLIT_STORE_START;
  change->run = self->run;
  change->time = asynclit_clock_get_wall_time (self->clock);
  asynclit_lock (&asynclit_schedule_lock);
  if (!self->was_started) /* another attempt is the same run */
    asynclit_schedule_store_push_locked (self->store, g_steal_pointer (&change));
  self->was_started = TRUE;
  asynclit_unlock (&asynclit_schedule_lock);
  if (change != NULL)
    asynclit_store_change_free (change);
  else
    asynclit_schedule_store_flush (self->store);
}

/* Runs that were under way, or about to be */

static void
interrupt_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job)
{
  job->counts.n_skipped++;
  asynclit_agenda_note_event_locked (
      self, (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_SKIPPED,
                                     .job = job,
                                     .reason = ASYNCLIT_SKIP_REASON_INTERRUPTED });
}

/* Those that were started may have done their work, or half of it. The others are late, by now; one
 * that comes after them may stand for all. */
static void
restore_runs_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, GArray *runs,
                     const AsyncLitClockTime *now, AsyncLitErrands *errands)
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
        asynclit_agenda_note_missed_locked (self, job, 1, run->due, errands);
      else
        asynclit_agenda_make_wait_locked (self, job, run->due);
    }
}

gboolean
asynclit_agenda_restore_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                                const AsyncLitStoredJob *stored, const AsyncLitClockTime *now,
                                AsyncLitErrands *errands)
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
  asynclit_agenda_save_change_locked (self, ASYNCLIT_STORE_CLEAR, job->id, 0, 0);
  restore_runs_locked (self, job, stored->runs, now, errands);
  errands->flush = TRUE;
  return is_same;
}
