/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Restores jobs and runs from their stored state. */

#include "config.h"

#include "asynclit-schedule-core-private.h"

/* Runs that were in progress, or about to start */

static void
interrupt_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  job->counts.n_skipped++;
  asynclit_schedule_core_note_event_locked (
      self, (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_SKIPPED,
                                     .job = job,
                                     .reason = ASYNCLIT_SKIP_REASON_INTERRUPTED });
}

/* Runs that had started may have done all or part of their work. The others are late by now, and a
 * later one may stand for all of them. */
static void
restore_runs_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job, GArray *runs,
                     const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred)
{
  gboolean is_overdue = job->due <= asynclit_job_get_now_locked (job, now);

  asynclit_assert_locked (&asynclit_schedule_lock);
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

  asynclit_assert_locked (&asynclit_schedule_lock);
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
