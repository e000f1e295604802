/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How a run becomes a task (tests/model/scheduled-run.pml).
 *
 * A run is submitted without the lock. In the meantime, the job may be replaced, paused or removed;
 * everything that is needed was therefore copied under the lock. The task may be found, cancelled
 * and end as soon as another thread can reach it: through the list of runs, the "fired" signal, its
 * alias or the manager, in this order. The run is therefore complete before that, and the thread
 * that submits it has a reference of its own. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-run.h"
#include "asynclit-task-driver-private.h"
#include "asynclit-task-manager-private.h"

/* Calls */

/* Runs on: the executor of the task */
static void
call_work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  AsyncLitScheduledCall *self = user_data;

  asynclit_run_record_start (self->record);
  self->work->func (task, cancellable, self->work->user_data);
}

/* Runs */

AsyncLitScheduledRun *
asynclit_scheduled_run_new_locked (AsyncLitScheduleCore *core, AsyncLitScheduledTask *job,
                                   gint64 due)
{
  AsyncLitScheduledRun *self = g_new0 (AsyncLitScheduledRun, 1);

  g_assert (core != NULL && job != NULL);
  asynclit_assert_locked (&asynclit_schedule_lock);
  g_atomic_ref_count_init (&self->ref_count);
  self->core = asynclit_schedule_core_ref (core);
  self->job = asynclit_scheduled_task_hold_locked (job);
  self->due = due;
  self->job_link.data = self;
  self->core_link.data = self;
  self->call = asynclit_scheduled_call_new_locked (core);
  asynclit_schedule_core_save_change_locked (core, ASYNCLIT_STORE_DUE, job->id,
                                             self->call->record->run, due);
  return self;
}

AsyncLitScheduledRun *
asynclit_scheduled_run_ref (AsyncLitScheduledRun *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_scheduled_run_unref (AsyncLitScheduledRun *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  if (self->task != NULL)
    asynclit_task_return_ref (self->task);
  g_clear_pointer (&self->context, asynclit_context_executor_unref);
  g_clear_object (&self->manager);
  g_clear_object (&self->retry);
  g_free (self->name);
  g_free (self->alias);
  asynclit_scheduled_call_unref (self->call);
  g_clear_pointer (&self->origin, asynclit_scheduled_task_release);
  asynclit_scheduled_task_release (self->job);
  asynclit_schedule_core_unref (self->core);
  g_free (self);
}

void
asynclit_scheduled_run_set_up_locked (AsyncLitScheduledRun *self)
{
  AsyncLitScheduledTask *job = self->job;

  asynclit_assert_locked (&asynclit_schedule_lock);
  self->origin = asynclit_scheduled_task_hold_locked (job);
  self->n_stops = self->core->n_stops;
  self->call->work = asynclit_scheduled_work_ref (job->work);
  if (job->context != NULL)
    self->context = asynclit_context_executor_ref (job->context);
  if (job->manager != NULL)
    self->manager = asynclit_ref_owned_locked (job->manager);
  if (job->retry != NULL)
    self->retry = asynclit_ref_owned_locked (job->retry);
  self->executor = job->executor;
  self->name = g_strdup (job->name);
  self->alias = g_strdup (asynclit_scheduled_task_get_alias (job));
}

/* On an executor where many functions share a thread, no function waits until the start of another
 * has been written. */
static gboolean
ask_record (AsyncLitTask *task, gpointer record)
{
  return !asynclit_run_record_start_async (record, asynclit_task_driver_go_on, task);
}

/* The owner of the task is the owner of the job, whichever thread submits it. */
static AsyncLitTask *
run_make_task (AsyncLitScheduledRun *self)
{
  AsyncLitScheduledWork *work = self->call->work;
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_scheduled (task, &work->owner, self->due);
  if (self->name != NULL)
    asynclit_task_set_name (task, self->name);
  if (self->retry != NULL)
    asynclit_task_set_retry_policy (task, self->retry);
  asynclit_task_set_executor (task, self->executor);
  if (work->func != NULL)
    asynclit_task_set_func (task, call_work, asynclit_scheduled_call_ref (self->call),
                            (GDestroyNotify) asynclit_scheduled_call_unref);
  if (work->func != NULL && self->executor != ASYNCLIT_EXECUTOR_THREAD_POOL
      && self->call->record->writer != NULL)
    asynclit_task_driver_set_gate (task, ask_record, asynclit_run_record_ref (self->call->record),
                                   (GDestroyNotify) asynclit_run_record_unref);
  asynclit_task_add_waiter (task, &self->waiter);
  return task;
}

/* TRUE if the task must be cancelled immediately. From now on, other threads can cancel it. */
static gboolean
run_publish_task (AsyncLitScheduledRun *self, AsyncLitTask *task)
{
  gboolean cancel;

  g_object_ref (task);
  asynclit_lock (&asynclit_schedule_lock);
  self->task = task;
  cancel = self->cancel;
  asynclit_schedule_core_note_event_locked (
      self->core,
      (AsyncLitScheduleEvent){ .kind = ASYNCLIT_EVENT_FIRED, .job = self->job, .task = task });
  asynclit_unlock (&asynclit_schedule_lock);
  return cancel;
}

static void
run_note_submitted (AsyncLitScheduledRun *self)
{
  asynclit_lock (&asynclit_schedule_lock);
  self->is_submitted = TRUE;
  g_cond_broadcast (&self->core->runs_changed);
  asynclit_unlock (&asynclit_schedule_lock);
}

void
asynclit_scheduled_run_submit (AsyncLitScheduledRun *self, void (*ended) (AsyncLitWaiter *waiter))
{
  AsyncLitTaskManager *manager
      = self->manager != NULL ? self->manager : asynclit_peek_default_manager ();
  AsyncLitTask *task;
  gboolean cancel;

  g_assert (ended != NULL);
  self->waiter.wake = ended;
  task = run_make_task (self);
  cancel = run_publish_task (self, task);
  if (self->alias != NULL)
    asynclit_task_manager_register_global (manager, task, self->alias);
  if (asynclit_task_manager_submit_for (manager, task, self->context)
      && self->call->work->func == NULL)
    asynclit_schedule_core_push_due (self->core, self, task);
  if (cancel)
    asynclit_task_cancel (task);
  run_note_submitted (self);
  asynclit_task_return_ref (task);
}
