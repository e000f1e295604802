/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which runs begin, which wait, and what follows when one has ended: what may run beside what is
 * counted here, on the end of tasks, not on their being submitted. */

#include "config.h"

#include "asynclit-agenda-private.h"
#include "asynclit-worker-private.h"

/* How many runs of a job may wait for their turn. A job that falls behind by more never catches
 * up. */
#define MAX_WAITING 1000

/* Runs that end */

/* After the last run a pause begins, if that is what the trigger is about. */
static void
run_end_locked (AsyncLitScheduledRun *self, const AsyncLitClockTime *now, AsyncLitErrands *errands)
{
  AsyncLitScheduledTask *job = self->job;

  /* What was not started when the scheduler was shut down is left for the next time. */
  if (self->agenda->running || self->call->record->was_started)
    asynclit_agenda_save_change_locked (self->agenda, ASYNCLIT_STORE_END, NULL,
                                        self->call->record->run, 0);
  g_queue_unlink (&job->runs, &self->job_link);
  g_queue_unlink (&self->agenda->runs, &self->agenda_link);
  g_cond_broadcast (&self->agenda->runs_changed);
  asynclit_agenda_note_event_locked (
      self->agenda,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_FINISHED, .job = job, .task = self->task });
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_COUNTS);
  if (job->agenda != self->agenda)
    return;
  asynclit_agenda_fire_waiting_locked (self->agenda, job, now, errands);
  if (asynclit_job_waits_for_end_locked (job))
    {
      job->previous = asynclit_job_get_now_locked (job, now);
      asynclit_job_proceed_locked (job, now);
      asynclit_agenda_place_locked (self->agenda, job);
      asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
    }
  asynclit_agenda_retire_locked (self->agenda, job, errands);
}

/* What is left to do when a run has ended. */
typedef struct {
  AsyncLitErrands errands;
  AsyncLitScheduledRun *run;
} Ending;

static void
ending_finish (gpointer data, gpointer user_data)
{
  Ending *self = data;

  asynclit_errands_run (&self->errands, self->run->agenda);
  asynclit_scheduled_run_unref (self->run);
}

/* Runs on: the thread that ended the task. Whoever cancelled it is promised that nothing is called
 * and nothing waited for meanwhile: then the errands are the worker's. */
static void
run_woken (AsyncLitWaiter *waiter)
{
  Ending ending = { .run = (AsyncLitScheduledRun *) waiter };
  AsyncLitClockTime now;

  asynclit_clock_get_time (ending.run->agenda->clock, &now);
  asynclit_lock (&asynclit_schedule_lock);
  run_end_locked (ending.run, &now, &ending.errands);
  asynclit_unlock (&asynclit_schedule_lock);
  if (asynclit_task_get_status (ending.run->task) == ASYNCLIT_TASK_STATUS_CANCELLED)
    asynclit_worker_invoke (ending_finish, g_memdup2 (&ending, sizeof ending), g_free);
  else
    ending_finish (&ending, NULL);
}

/* What is due */

void
asynclit_agenda_note_missed_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, guint64 n,
                                    gint64 due, AsyncLitErrands *errands)
{
  if (n == 0)
    return;
  job->counts.n_missed += n;
  asynclit_agenda_note_event_locked (
      self,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_MISSED, .job = job, .n = n, .due = due });
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_COUNTS);
}

static void
agenda_skip_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, AsyncLitSkipReason reason,
                    AsyncLitErrands *errands)
{
  job->counts.n_skipped++;
  asynclit_agenda_note_event_locked (
      self,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_SKIPPED, .job = job, .reason = reason });
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_COUNTS);
}

static void
agenda_launch_locked (AsyncLitAgenda *self, AsyncLitScheduledRun *run, const AsyncLitClockTime *now,
                      AsyncLitErrands *errands)
{
  AsyncLitScheduledTask *job = run->job;

  asynclit_scheduled_run_set_up_locked (run);
  g_queue_push_tail_link (&job->runs, &run->job_link);
  g_queue_push_tail_link (&self->runs, &run->agenda_link);
  job->counts.n_runs++;
  job->counts.last_run = now->wall;
  if (errands->submit == NULL)
    errands->submit = g_ptr_array_new ();
  g_ptr_array_add (errands->submit, asynclit_scheduled_run_ref (run));
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_COUNTS | ASYNCLIT_JOB_TIMES);
}

static void
agenda_drop_run_locked (AsyncLitScheduledRun *run, AsyncLitErrands *errands)
{
  if (errands->drop_runs == NULL)
    errands->drop_runs = g_ptr_array_new ();
  g_ptr_array_add (errands->drop_runs, run);
}

/* The oldest run that was not asked before. */
static void
agenda_cancel_oldest_locked (AsyncLitScheduledTask *job, AsyncLitErrands *errands)
{
  for (GList *l = job->runs.head; l != NULL; l = l->next)
    {
      AsyncLitScheduledRun *run = l->data;

      if (run->cancel)
        continue;
      run->cancel = TRUE;
      if (run->task == NULL)
        return;
      if (errands->cancel == NULL)
        errands->cancel = g_ptr_array_new ();
      g_ptr_array_add (errands->cancel, asynclit_ref_owned_locked (run->task));
      return;
    }
}

static void
agenda_drop_first_waiting_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                                  AsyncLitErrands *errands)
{
  AsyncLitScheduledRun *run = job->waiting.head->data;

  g_queue_unlink (&job->waiting, &run->job_link);
  asynclit_agenda_save_change_locked (self, ASYNCLIT_STORE_END, NULL, run->call->record->run, 0);
  agenda_drop_run_locked (run, errands);
}

/* What has not begun by the end of the job does not begin any more. */
static void
agenda_miss_waiting_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                            AsyncLitErrands *errands)
{
  while (job->waiting.length > 0)
    {
      gint64 due = ((AsyncLitScheduledRun *) job->waiting.head->data)->due;

      agenda_drop_first_waiting_locked (self, job, errands);
      asynclit_agenda_note_missed_locked (self, job, 1, due, errands);
    }
}

void
asynclit_agenda_make_wait_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, gint64 due)
{
  AsyncLitScheduledRun *run = asynclit_scheduled_run_new_locked (self, job, due);

  g_queue_push_tail_link (&job->waiting, &run->job_link);
}

static void
agenda_wait_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, gint64 due,
                    AsyncLitErrands *errands)
{
  if (job->overlap == ASYNCLIT_OVERLAP_CANCEL_PREVIOUS)
    {
      agenda_cancel_oldest_locked (job, errands);
      while (job->waiting.length >= MAX (job->max_instances, 1))
        {
          agenda_drop_first_waiting_locked (self, job, errands);
          agenda_skip_locked (self, job, ASYNCLIT_SKIP_REASON_REPLACED, errands);
        }
    }
  asynclit_agenda_make_wait_locked (self, job, due);
}

void
asynclit_agenda_fire_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job, gint64 due,
                             const AsyncLitClockTime *now, AsyncLitErrands *errands)
{
  if (job->max_instances == 0 || job->runs.length < job->max_instances)
    agenda_launch_locked (self, asynclit_scheduled_run_new_locked (self, job, due), now, errands);
  else if (job->overlap == ASYNCLIT_OVERLAP_SKIP)
    agenda_skip_locked (self, job, ASYNCLIT_SKIP_REASON_OVERLAP, errands);
  else if (job->waiting.length >= MAX_WAITING)
    agenda_skip_locked (self, job, ASYNCLIT_SKIP_REASON_QUEUE_FULL, errands);
  else
    agenda_wait_locked (self, job, due, errands);
}

void
asynclit_agenda_fire_waiting_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                                     const AsyncLitClockTime *now, AsyncLitErrands *errands)
{
  if (self->running && asynclit_job_has_ended_locked (job, now))
    agenda_miss_waiting_locked (self, job, errands);
  while (self->running && job->waiting.length > 0
         && (job->max_instances == 0 || job->runs.length < job->max_instances))
    {
      AsyncLitScheduledRun *run = job->waiting.head->data;

      g_queue_unlink (&job->waiting, &run->job_link);
      agenda_launch_locked (self, run, now, errands);
    }
}

void
asynclit_agenda_retire_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                               AsyncLitErrands *errands)
{
  if (job->agenda == self && job->due == ASYNCLIT_NEVER
      && job->runs.length + job->waiting.length == 0)
    asynclit_agenda_forget_locked (self, job, errands);
}

void
asynclit_agenda_forget_locked (AsyncLitAgenda *self, AsyncLitScheduledTask *job,
                               AsyncLitErrands *errands)
{
  while (job->waiting.length > 0)
    {
      AsyncLitScheduledRun *run = job->waiting.head->data;

      g_queue_unlink (&job->waiting, &run->job_link);
      agenda_drop_run_locked (run, errands);
    }
  asynclit_agenda_displace_locked (self, job);
  g_hash_table_steal (self->jobs, job->id);
  job->agenda = NULL;
  asynclit_agenda_note_change_locked (self, job, errands);
  asynclit_errands_tell_locked (errands, job, ASYNCLIT_JOB_TIMES);
  asynclit_errands_drop_locked (errands, job);
  errands->n_agenda_refs++;
}

/* Errands */

void
asynclit_errands_tell_locked (AsyncLitErrands *self, AsyncLitScheduledTask *job,
                              AsyncLitJobChanges changes)
{
  job->changes |= changes;
  asynclit_scheduled_task_tell_locked (job);
  if (job->agenda != NULL && job->agenda->store != NULL)
    asynclit_agenda_save_job_locked (job->agenda, job);
}

void
asynclit_errands_drop_locked (AsyncLitErrands *self, AsyncLitScheduledTask *job)
{
  if (self->drop == NULL)
    self->drop = g_ptr_array_new ();
  g_ptr_array_add (self->drop, job);
}

static void
errands_drop (AsyncLitErrands *self, AsyncLitAgenda *agenda)
{
  for (guint i = 0; self->drop_runs != NULL && i < self->drop_runs->len; i++)
    asynclit_scheduled_run_unref (g_ptr_array_index (self->drop_runs, i));
  for (guint i = 0; self->drop != NULL && i < self->drop->len; i++)
    asynclit_scheduled_task_release (g_ptr_array_index (self->drop, i));
  g_clear_pointer (&self->drop_runs, g_ptr_array_unref);
  g_clear_pointer (&self->drop, g_ptr_array_unref);
  while (self->n_agenda_refs-- > 0)
    asynclit_agenda_unref (agenda);
}

void
asynclit_errands_run (AsyncLitErrands *self, AsyncLitAgenda *agenda)
{
  asynclit_agenda_ref (agenda);
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
  errands_drop (self, agenda);
  asynclit_agenda_arm (agenda);
  asynclit_agenda_unref (agenda);
}
