/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-thread-bound-private.h"
#include "asynclit-worker-private.h"

#include <glib/gi18n-lib.h>

/* The running cores (AsyncLitScheduleCore), with a reference. Guarded by asynclit_schedule_lock. */
static GPtrArray *running_cores;

/* Alarms */

static AsyncLitScheduleCore *
core_from_alarm (AsyncLitAlarm *alarm)
{
  return (AsyncLitScheduleCore *) ((char *) alarm - G_STRUCT_OFFSET (AsyncLitScheduleCore, alarm));
}

static void
alarm_ring (AsyncLitAlarm *alarm)
{
  asynclit_schedule_core_tick (core_from_alarm (alarm));
}

static void
alarm_ref (AsyncLitAlarm *alarm)
{
  asynclit_schedule_core_ref (core_from_alarm (alarm));
}

static void
alarm_unref (AsyncLitAlarm *alarm)
{
  asynclit_schedule_core_unref (core_from_alarm (alarm));
}

static const AsyncLitAlarmFuncs alarm_funcs = {
  .ring = alarm_ring,
  .ref = alarm_ref,
  .unref = alarm_unref,
};

/* Life cycle */

/* The child of a fork has no schedules, and does not touch the parent's. */
static void
forget_cores (void)
{
  asynclit_schedule_lock = (AsyncLitLock){ 0 };
  running_cores = NULL;
}

AsyncLitScheduleCore *
asynclit_schedule_core_new (AsyncLitClock *clock, gpointer scheduler, AsyncLitNotification *owner)
{
  static gsize registered = 0;
  AsyncLitScheduleCore *self = g_new0 (AsyncLitScheduleCore, 1);

  g_assert (clock != NULL && owner != NULL);
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_cores);
      asynclit_system_clock_set_context (asynclit_get_worker_context);
      asynclit_on_shutdown (asynclit_schedule_core_stop_all, asynclit_schedule_writers_close_all);
      asynclit_once_leave (&registered, 1);
    }
  g_atomic_ref_count_init (&self->ref_count);
  self->clock = g_object_ref (clock);
  self->generation = asynclit_get_generation ();
  self->alarm.funcs = &alarm_funcs;
  self->scheduler = scheduler;
  self->owner = owner;
  self->jobs = g_hash_table_new (g_str_hash, g_str_equal);
  asynclit_due_heap_init (&self->monotonic);
  asynclit_due_heap_init (&self->wall);
  g_cond_init (&self->has_due_item);
  g_cond_init (&self->runs_changed);
  return self;
}

/* The times of a job that was added before the scheduler was started are computed from now. */
static void
core_settle_all_locked (AsyncLitScheduleCore *self, AsyncLitDeferredActions *deferred)
{
  g_autoptr (GPtrArray) jobs = asynclit_schedule_core_list_locked (self);
  AsyncLitClockTime now;

  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_clock_get_time (self->clock, &now);
  for (guint i = 0; i < jobs->len; i++)
    {
      AsyncLitScheduledTask *job = g_ptr_array_index (jobs, i);

      if (!job->is_settled)
        {
          asynclit_job_begin_locked (job, &now);
          asynclit_schedule_core_place_locked (self, job);
          asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
          job->is_settled = TRUE;
        }
      asynclit_schedule_core_fire_waiting_locked (self, job, &now, deferred);
      asynclit_schedule_core_retire_locked (self, job, deferred);
    }
}

/* TRUE if the caller has to attach the alarm. */
static gboolean
core_set_running_locked (AsyncLitScheduleCore *self)
{
  gboolean attach = !self->attached;

  asynclit_assert_locked (&asynclit_schedule_lock);
  self->running = TRUE;
  self->attached = TRUE;
  if (running_cores == NULL)
    running_cores = g_ptr_array_new ();
  g_ptr_array_add (running_cores, asynclit_schedule_core_ref (self));
  asynclit_schedule_core_note_running_locked (self);
  return attach;
}

void
asynclit_schedule_core_start (AsyncLitScheduleCore *self)
{
  AsyncLitDeferredActions deferred = { 0 };
  gboolean attach = FALSE;

  if (self->store != NULL)
    asynclit_schedule_store_check_open (self->store);
  asynclit_schedule_core_look_at_clock (self, TRUE);
  asynclit_lock (&asynclit_schedule_lock);
  if (!self->running)
    {
      attach = core_set_running_locked (self);
      core_settle_all_locked (self, &deferred);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  if (attach)
    asynclit_clock_attach (self->clock, &self->alarm);
  asynclit_deferred_actions_run (&deferred, self);
}

void
asynclit_schedule_core_stop (AsyncLitScheduleCore *self)
{
  gboolean stopped;

  asynclit_lock (&asynclit_schedule_lock);
  stopped = self->running;
  self->running = FALSE;
  self->n_stops++;
  if (stopped)
    {
      g_ptr_array_remove_fast (running_cores, self);
      asynclit_schedule_core_note_running_locked (self);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_schedule_core_cancel_due_items (self);
  asynclit_schedule_core_arm (self);
  if (stopped)
    asynclit_schedule_core_unref (self);
}

void
asynclit_schedule_core_stop_all (void)
{
  AsyncLitScheduleCore *core;

  do
    {
      core = NULL;
      asynclit_lock (&asynclit_schedule_lock);
      if (running_cores != NULL && running_cores->len > 0)
        core = asynclit_schedule_core_ref (g_ptr_array_index (running_cores, 0));
      asynclit_unlock (&asynclit_schedule_lock);
      if (core != NULL)
        {
          asynclit_schedule_core_stop (core);
          asynclit_schedule_core_unref (core);
        }
    }
  while (core != NULL);
}

/* Waits for runs that another thread is about to submit. Returns the task of the first run that is
 * not in @seen, and adds it to @seen. */
static AsyncLitTask *
core_find_task (AsyncLitScheduleCore *self, GHashTable *seen)
{
  AsyncLitTask *task = NULL;

  asynclit_lock (&asynclit_schedule_lock);
  for (GList *l = self->runs.head; l != NULL && task == NULL;)
    {
      AsyncLitScheduledRun *run = l->data;

      if (!run->is_submitted)
        {
          asynclit_cond_wait (&self->runs_changed, &asynclit_schedule_lock);
          l = self->runs.head;
          continue;
        }
      if (!g_hash_table_contains (seen, run->task))
        task = asynclit_ref_owned_locked (run->task);
      l = l->next;
    }
  asynclit_unlock (&asynclit_schedule_lock);
  return task;
}

/* The task has ended. The thread that ended it is about to end the run. */
static void
core_await_end (AsyncLitScheduleCore *self, AsyncLitTask *task)
{
  asynclit_lock (&asynclit_schedule_lock);
  for (GList *l = self->runs.head; l != NULL;)
    {
      if (((AsyncLitScheduledRun *) l->data)->task != task)
        {
          l = l->next;
          continue;
        }
      asynclit_cond_wait (&self->runs_changed, &asynclit_schedule_lock);
      l = self->runs.head;
    }
  asynclit_unlock (&asynclit_schedule_lock);
}

void
asynclit_schedule_core_wait (AsyncLitScheduleCore *self)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) asynclit_task_return_ref, NULL);
  AsyncLitTask *task;

  /* The worker may have to submit them. */
  if (asynclit_worker_is_current ())
    return;
  while ((task = core_find_task (self, seen)) != NULL)
    {
      /* Fails where the wait would never end. */
      if (asynclit_task_wait (task, -1, NULL, NULL))
        core_await_end (self, task);
      g_hash_table_add (seen, task);
    }
  asynclit_schedule_core_await_written (self);
}

/* Runs in progress still record how they end. If there are none, the file is closed immediately:
 * another thread may hold a reference to the core for a moment longer. */
static AsyncLitScheduleStore *
core_take_unused_store_locked (AsyncLitScheduleCore *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return self->runs.length == 0 ? g_steal_pointer (&self->store) : NULL;
}

void
asynclit_schedule_core_abandon (AsyncLitScheduleCore *self)
{
  g_autoptr (GPtrArray) jobs = NULL;
  AsyncLitScheduleStore *store;
  AsyncLitDeferredActions deferred = { 0 };

  asynclit_schedule_core_stop (self);
  asynclit_clock_detach (self->clock, &self->alarm);
  asynclit_lock (&asynclit_schedule_lock);
  self->owner = NULL;
  jobs = asynclit_schedule_core_list_locked (self);
  for (guint i = 0; i < jobs->len; i++)
    asynclit_schedule_core_forget_locked (self, g_ptr_array_index (jobs, i), &deferred);
  store = core_take_unused_store_locked (self);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_deferred_actions_run (&deferred, self);
  g_clear_pointer (&store, asynclit_schedule_store_release);
}

/* Jobs */

/* For a job that replaces one with the same ID and trigger: continues where the old one was, within
 * its own limits. */
static void
job_inherit_locked (AsyncLitScheduledTask *job, AsyncLitScheduledTask *old,
                    const AsyncLitClockTime *now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_job_inherit_times_locked (job, old, now);
  job->is_settled = old->is_settled;
  job->paused = job->paused || old->paused;
}

/* The runs in progress now belong to the new job. The deferred actions take over the references to
 * the old one. */
static void
job_inherit_runs_locked (AsyncLitScheduledTask *job, AsyncLitScheduledTask *old,
                         AsyncLitDeferredActions *deferred)
{
  GQueue *queues[] = { &old->runs, &old->waiting };
  GQueue *new_queues[] = { &job->runs, &job->waiting };

  asynclit_assert_locked (&asynclit_schedule_lock);
  for (guint i = 0; i < G_N_ELEMENTS (queues); i++)
    while (queues[i]->head != NULL)
      {
        AsyncLitScheduledRun *run = queues[i]->head->data;

        g_queue_unlink (queues[i], &run->job_link);
        g_queue_push_tail_link (new_queues[i], &run->job_link);
        asynclit_deferred_actions_drop_locked (deferred, run->job);
        run->job = asynclit_scheduled_task_hold_locked (job);
      }
}

static gboolean
has_same_trigger (AsyncLitScheduledTask *a, AsyncLitScheduledTask *b)
{
  g_autofree char *text_a = asynclit_trigger_to_string (a->trigger);
  g_autofree char *text_b = asynclit_trigger_to_string (b->trigger);

  return strcmp (text_a, text_b) == 0;
}

/* @format is a message with a place for the ID. */
static void
refuse (GError **error, GQuark domain, int code, const char *format, AsyncLitScheduledTask *job)
{
  g_autofree char *id = asynclit_quote (job->id);

  g_set_error (error, domain, code, format, id);
}

static gboolean
core_check_add_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                       AsyncLitScheduledTask *old, gboolean replace, gboolean is_bound,
                       GError **error)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->trigger == NULL)
    refuse (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
            _ ("The job “%s” has no trigger"), job);
  else if (job->core != NULL)
    refuse (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
            _ ("The job “%s” is already in a scheduler"), job);
  else if (old != NULL && !replace)
    refuse (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("The scheduler already has a job “%s”"), job);
  else if (job->executor != ASYNCLIT_EXECUTOR_CONTEXT && is_bound)
    g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_WRONG_THREAD,
                         _ ("A function written in JavaScript can only run in the main context; "
                            "it was submitted to run in another thread"));
  else
    return TRUE;
  return FALSE;
}

/* Determines where the job begins or continues. FALSE if it would never run. */
static gboolean
core_take_up_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                     AsyncLitScheduledTask *old, const AsyncLitStoredJob *stored,
                     const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (old != NULL)
    job->counts = old->counts;
  if (old != NULL && has_same_trigger (job, old))
    {
      job_inherit_locked (job, old, now);
      return TRUE;
    }
  if (old == NULL && stored != NULL)
    {
      /* If the times of the job continue, it may also have reached its end before. */
      if (asynclit_schedule_core_restore_locked (self, job, stored, now, deferred))
        return TRUE;
    }
  else
    asynclit_job_begin_locked (job, now);
  job->is_settled = self->running;
  /* Stored runs still take place. */
  return job->due != ASYNCLIT_NEVER || job->waiting.length > 0;
}

/* A job that can't be added does not change. */
static gboolean
core_plan_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                  AsyncLitScheduledTask *old, const AsyncLitStoredJob *stored,
                  const AsyncLitClockTime *now, AsyncLitDeferredActions *deferred, GError **error)
{
  const AsyncLitJobCounts counts = job->counts;
  const gboolean paused = job->paused;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!core_take_up_locked (self, job, old, stored, now, deferred))
    {
      job->counts = counts;
      job->paused = paused;
      refuse (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
              _ ("The job “%s” would never run: its trigger has no time left"), job);
      return FALSE;
    }
  if (memcmp (&job->counts, &counts, sizeof counts) != 0)
    job->changes |= ASYNCLIT_JOB_COUNTS;
  if (job->paused != paused)
    job->changes |= ASYNCLIT_JOB_PAUSED;
  return TRUE;
}

/* Takes over a hold of the caller. */
static void
core_insert_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                    AsyncLitDeferredActions *deferred)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  job->core = asynclit_schedule_core_ref (self);
  job->order = ++self->n_added;
  g_hash_table_insert (self->jobs, job->id, job);
  asynclit_schedule_core_place_locked (self, job);
  asynclit_schedule_core_note_change_locked (self, job, deferred);
  /* Together with earlier changes. */
  asynclit_deferred_actions_tell_locked (deferred, job, ASYNCLIT_JOB_TIMES);
}

gboolean
asynclit_schedule_core_add (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                            gboolean replace, GError **error)
{
  g_autoptr (AsyncLitStoredJob) stored = NULL;
  AsyncLitDeferredActions deferred = { 0 };
  AsyncLitScheduledTask *old;
  AsyncLitClockTime now;
  gboolean added, replaced, id_is_new, is_bound;

  g_assert (job != NULL);
  if (self->store != NULL && !asynclit_schedule_store_accepts_jobs (self->store, error))
    return FALSE;
  asynclit_scheduled_task_hold (job);
  is_bound = asynclit_is_thread_bound (job->work->user_data, job->work->destroy);
  id_is_new = asynclit_scheduled_task_ensure_id (job);
  asynclit_clock_get_time (self->clock, &now);
  stored = asynclit_schedule_core_look_up (self, job->id, now.wall);
  asynclit_lock (&asynclit_schedule_lock);
  if (id_is_new)
    {
      job->changes |= ASYNCLIT_JOB_ID;
      asynclit_scheduled_task_tell_locked (job);
    }
  old = g_hash_table_lookup (self->jobs, job->id);
  added = core_check_add_locked (self, job, old, replace, is_bound, error)
          && core_plan_locked (self, job, old, stored, &now, &deferred, error);
  replaced = added && old != NULL;
  if (replaced)
    {
      job_inherit_runs_locked (job, old, &deferred);
      asynclit_schedule_core_forget_locked (self, old, &deferred);
    }
  if (added)
    {
      core_insert_locked (self, job, &deferred);
      asynclit_schedule_core_fire_waiting_locked (self, job, &now, &deferred);
      asynclit_schedule_core_retire_locked (self, job, &deferred);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_deferred_actions_run (&deferred, self);
  if (!added)
    asynclit_scheduled_task_release (job);
  else if (replaced)
    asynclit_notifier_release_own ();
  return added;
}

gboolean
asynclit_schedule_core_remove (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  AsyncLitDeferredActions deferred = { 0 };
  gboolean removed;

  g_assert (job != NULL);
  asynclit_lock (&asynclit_schedule_lock);
  removed = job->core == self;
  if (removed)
    {
      asynclit_schedule_core_save_change_locked (self, ASYNCLIT_STORE_REMOVE, job->id, 0, 0);
      asynclit_schedule_core_forget_locked (self, job, &deferred);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_deferred_actions_run (&deferred, self);
  return removed;
}
