/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Determines which runs begin, which wait, and what follows when one has ended. Runs are counted
 * here until their tasks have ended, not only until they are submitted. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-worker-private.h"

/* The maximum number of waiting runs of a job. A job that falls behind further never catches up. */
#define MAX_WAITING 1000

/* Runs that end */

/* With a fixed delay, the pause begins after the last run. */
static void
run_end_locked (AsyncLitScheduledRun *self, const AsyncLitClockTime *now,
                AsyncLitDeferredActions *deferred)
{
  AsyncLitScheduledTask *job = self->job;

  asynclit_assert_locked (&asynclit_schedule_lock);
  /* A run that had not started when the scheduler was shut down is left for the next time. */
  if (self->core->running || self->call->record->was_started)
    asynclit_schedule_core_save_change_locked (self->core, ASYNCLIT_STORE_END, NULL,
                                               self->call->record->run, 0);
  g_queue_unlink (&job->runs, &self->job_link);
  g_queue_unlink (&self->core->runs, &self->core_link);
  g_cond_broadcast (&self->core->runs_changed);
  asynclit_schedule_core_note_event_locked (
      self->core,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_FINISHED, .job = job, .task = self->task });
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_COUNTS);
  if (job->core != self->core)
    return;
  asynclit_schedule_core_fire_waiting_locked (self->core, job, now, deferred);
  if (asynclit_job_waits_for_end_locked (job))
    {
      job->previous = asynclit_job_get_now_locked (job, now);
      asynclit_job_proceed_locked (job, now);
      asynclit_schedule_core_place_locked (self->core, job);
      asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
    }
  asynclit_schedule_core_retire_locked (self->core, job, deferred);
}

/* What remains to be done when a run has ended. */
typedef struct {
  AsyncLitDeferredActions deferred;
  AsyncLitScheduledRun *run;
} Ending;

static void
ending_finish (gpointer data, gpointer user_data)
{
  Ending *self = data;

  asynclit_deferred_actions_run (&self->deferred, self->run->core);
  asynclit_scheduled_run_unref (self->run);
}

/* Runs on: the thread that ended the task. If that thread cancelled the task, nothing may be called
 * and nothing waited for in the meantime, so the worker performs the deferred actions. */
static void
run_woken (AsyncLitWaiter *waiter)
{
  Ending ending = { .run = (AsyncLitScheduledRun *) waiter };
  AsyncLitClockTime now;

  asynclit_clock_get_time (ending.run->core->clock, &now);
  asynclit_lock (&asynclit_schedule_lock);
  run_end_locked (ending.run, &now, &ending.deferred);
  asynclit_unlock (&asynclit_schedule_lock);
  if (asynclit_task_get_status (ending.run->task) == ASYNCLIT_TASK_STATUS_CANCELLED)
    asynclit_worker_invoke (ending_finish, g_memdup2 (&ending, sizeof ending), g_free);
  else
    ending_finish (&ending, NULL);
}

/* What is due */

void
asynclit_schedule_core_note_missed_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           guint64 n, gint64 due, AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (n == 0)
    return;
  job->counts.n_missed += n;
  asynclit_schedule_core_note_event_locked (
      self,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_MISSED, .job = job, .n = n, .due = due });
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_COUNTS);
}

static void
core_skip_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job, AsyncLitSkipReason reason,
                  AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  job->counts.n_skipped++;
  asynclit_schedule_core_note_event_locked (
      self,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_SKIPPED, .job = job, .reason = reason });
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_COUNTS);
}

static void
core_launch_locked (AsyncLitScheduleCore *self, AsyncLitScheduledRun *run,
                    const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred)
{
  AsyncLitScheduledTask *job = run->job;

  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_scheduled_run_set_up_locked (run);
  g_queue_push_tail_link (&job->runs, &run->job_link);
  g_queue_push_tail_link (&self->runs, &run->core_link);
  job->counts.n_runs++;
  job->counts.last_run = now->wall;
  if (deferred->submit == NULL)
    deferred->submit = g_ptr_array_new ();
  g_ptr_array_add (deferred->submit, asynclit_scheduled_run_ref (run));
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_COUNTS | ASYNCLIT_JOB_TIMES);
}

static void
core_drop_run_locked (AsyncLitScheduledRun *run, AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (deferred->drop_runs == NULL)
    deferred->drop_runs = g_ptr_array_new ();
  g_ptr_array_add (deferred->drop_runs, run);
}

/* The oldest run that has not been cancelled yet. */
static void
core_cancel_oldest_locked (AsyncLitScheduledTask *job, AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  for (GList *l = job->runs.head; l != NULL; l = l->next)
    {
      AsyncLitScheduledRun *run = l->data;

      if (run->cancel)
        continue;
      run->cancel = TRUE;
      if (run->task == NULL)
        return;
      if (deferred->cancel == NULL)
        deferred->cancel = g_ptr_array_new ();
      g_ptr_array_add (deferred->cancel, asynclit_ref_owned_locked (run->task));
      return;
    }
}

static void
core_drop_first_waiting_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                AsyncLitDeferredActions *deferred)
{
  AsyncLitScheduledRun *run = job->waiting.head->data;

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_queue_unlink (&job->waiting, &run->job_link);
  asynclit_schedule_core_save_change_locked (self, ASYNCLIT_STORE_END, NULL, run->call->record->run,
                                             0);
  core_drop_run_locked (run, deferred);
}

/* Runs that have not begun by the end of the job never begin. */
static void
core_miss_waiting_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                          AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  while (job->waiting.length > 0)
    {
      gint64 due = ((AsyncLitScheduledRun *) job->waiting.head->data)->due;

      core_drop_first_waiting_locked (self, job, deferred);
      asynclit_schedule_core_note_missed_locked (self, job, 1, due, deferred);
    }
}

void
asynclit_schedule_core_make_wait_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                         gint64 due)
{
  AsyncLitScheduledRun *run = asynclit_scheduled_run_new_locked (self, job, due);

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_queue_push_tail_link (&job->waiting, &run->job_link);
}

static void
core_wait_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job, gint64 due,
                  AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->overlap == ASYNCLIT_OVERLAP_CANCEL_PREVIOUS)
    {
      core_cancel_oldest_locked (job, deferred);
      while (job->waiting.length >= MAX (job->max_instances, 1))
        {
          core_drop_first_waiting_locked (self, job, deferred);
          core_skip_locked (self, job, ASYNCLIT_SKIP_REASON_REPLACED, deferred);
        }
    }
  asynclit_schedule_core_make_wait_locked (self, job, due);
}

void
asynclit_schedule_core_fire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                    gint64 due, const AsyncLitClockTime *now,
                                    AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->max_instances == 0 || job->runs.length < job->max_instances)
    core_launch_locked (self, asynclit_scheduled_run_new_locked (self, job, due), now, deferred);
  else if (job->overlap == ASYNCLIT_OVERLAP_SKIP)
    core_skip_locked (self, job, ASYNCLIT_SKIP_REASON_OVERLAP, deferred);
  else if (job->waiting.length >= MAX_WAITING)
    core_skip_locked (self, job, ASYNCLIT_SKIP_REASON_QUEUE_FULL, deferred);
  else
    core_wait_locked (self, job, due, deferred);
}

void
asynclit_schedule_core_fire_waiting_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                            const AsyncLitClockTime *now,
                                            AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->running && asynclit_job_has_ended_locked (job, now))
    core_miss_waiting_locked (self, job, deferred);
  while (self->running && job->waiting.length > 0
         && (job->max_instances == 0 || job->runs.length < job->max_instances))
    {
      AsyncLitScheduledRun *run = job->waiting.head->data;

      g_queue_unlink (&job->waiting, &run->job_link);
      core_launch_locked (self, run, now, deferred);
    }
}

void
asynclit_schedule_core_retire_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                      AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->core == self && job->due == ASYNCLIT_NEVER
      && job->runs.length + job->waiting.length == 0)
    asynclit_schedule_core_forget_locked (self, job, deferred);
}

void
asynclit_schedule_core_forget_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                      AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  while (job->waiting.length > 0)
    {
      AsyncLitScheduledRun *run = job->waiting.head->data;

      g_queue_unlink (&job->waiting, &run->job_link);
      core_drop_run_locked (run, deferred);
    }
  asynclit_schedule_core_displace_locked (self, job);
  g_hash_table_steal (self->jobs, job->id);
  job->core = NULL;
  asynclit_schedule_core_note_change_locked (self, job, deferred);
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
  asynclit_deferred_actions_drop_locked (deferred, job);
  deferred->n_core_refs++;
}

/* Deferred actions */

void
asynclit_deferred_actions_tell_locked (AsyncLitDeferredActions *self, AsyncLitScheduledTask *job,
                                       AsyncLitJobChanges changes)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  job->changes |= changes;
  asynclit_scheduled_task_tell_locked (job);
  if (job->core != NULL && job->core->store != NULL)
    asynclit_schedule_core_save_job_locked (job->core, job);
}

static void
deferred_actions_drop (AsyncLitDeferredActions *self, AsyncLitScheduleCore *core)
{
  for (guint i = 0; self->drop_runs != NULL && i < self->drop_runs->len; i++)
    asynclit_scheduled_run_unref (g_ptr_array_index (self->drop_runs, i));
  for (guint i = 0; self->drop != NULL && i < self->drop->len; i++)
    asynclit_scheduled_task_release (g_ptr_array_index (self->drop, i));
  g_clear_pointer (&self->drop_runs, g_ptr_array_unref);
  g_clear_pointer (&self->drop, g_ptr_array_unref);
  while (self->n_core_refs-- > 0)
    asynclit_schedule_core_unref (core);
}

void
asynclit_deferred_actions_run (AsyncLitDeferredActions *self, AsyncLitScheduleCore *core)
{
  asynclit_schedule_core_ref (core);
  for (guint i = 0; self->submit != NULL && i < self->submit->len; i++)
    {
      AsyncLitScheduledRun *run = g_ptr_array_index (self->submit, i);

      asynclit_scheduled_run_submit (run, run_woken);
      asynclit_scheduled_run_unref (run);
    }
  for (guint i = 0; self->cancel != NULL && i < self->cancel->len; i++)
    {
      AsyncLitTask *task = g_ptr_array_index (self->cancel, i);

      asynclit_task_cancel (task);
      asynclit_task_return_ref (task);
    }
  g_clear_pointer (&self->submit, g_ptr_array_unref);
  g_clear_pointer (&self->cancel, g_ptr_array_unref);
  deferred_actions_drop (self, core);
  asynclit_schedule_core_arm (core);
  asynclit_schedule_core_unref (core);
}
