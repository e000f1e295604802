/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitScheduledTask:
 *
 * A job of an [class@Scheduler]: a function that is submitted as a task at the times of a trigger.
 *
 * [func@schedule_interval] and [func@schedule_cron] create a job with default options, and add it
 * to the default scheduler. For other options, create a job with [ctor@ScheduledTask.new], set its
 * properties, and add it with [method@Scheduler.add]. Properties that identify a job, such as its
 * ID, can't be changed after it has been added. Properties that control when and how it runs, such
 * as its trigger, can be changed at any time.
 *
 * ```c
 * g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (60);
 * g_autoptr (AsyncLitScheduledTask) job
 *     = asynclit_scheduled_task_new (trigger, fetch_weather, NULL, NULL);
 *
 * asynclit_scheduled_task_set_name (job, "weather");
 * asynclit_scheduled_task_set_first_run (job, ASYNCLIT_FIRST_RUN_NOW);
 * asynclit_scheduler_add (asynclit_get_default_scheduler (), job, TRUE, NULL);
 * ```
 *
 * The *owner* of a job is the thread-default main context in which it was created. The signals of
 * its tasks are emitted there, and so is the `notify` signal of the properties that change by
 * themselves, such as [property@ScheduledTask:next-run-time]. The user data of the function is
 * freed there, too. A setter emits `notify` on the thread that calls it.
 *
 * ## Jobs without a function
 *
 * A language binding may run functions in a place of its own. It creates a job without a function,
 * and takes the job's runs from the scheduler when they are due; see [method@Scheduler.take_due].
 *
 * All methods may be called from any thread. Before a job is added, only one thread at a time may
 * use its setters.
 *
 * Since: 1.0
 */

/* One lock, asynclit_schedule_lock, guards everything that changes in any job. A scheduler's lock
 * would not do, because a job may be in no scheduler, and move from one to another.
 *
 * The library counts its references to a job as holds. All holds together stand for one reference,
 * which is dropped in the owner's context with the last hold. */

#include "config.h"

#include "asynclit-closure-private.h"
#include "asynclit-schedule-core-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-resident-private.h"
#include "asynclit-scheduled-task-table-private.h"

/* A late run always takes place. */
#define DEFAULT_MISFIRE_GRACE (-1)

/* One run at a time. */
#define DEFAULT_MAX_INSTANCES 1

/* A year; larger values need not fit, in microseconds. */
#define MAX_JITTER_SECONDS 31622400

/* The properties that each kind of change affects, terminated by 0. */
static const guint changed_properties[][4] = {
  { PROP_NEXT_RUN_TIME, PROP_LAST_RUN_TIME },
  { PROP_N_RUNS, PROP_N_MISSED, PROP_N_SKIPPED, PROP_N_RUNNING },
  { PROP_PAUSED },
  { PROP_JOB_ID },
};

G_DEFINE_FINAL_TYPE (AsyncLitScheduledTask, asynclit_scheduled_task, G_TYPE_OBJECT)

/* Notifications */

static void
scheduled_task_notify (AsyncLitScheduledTask *self, AsyncLitJobChanges changes)
{
  for (guint i = 0; i < G_N_ELEMENTS (changed_properties); i++)
    for (guint j = 0; j < G_N_ELEMENTS (changed_properties[i]); j++)
      if ((changes & (1u << i)) && changed_properties[i][j] != 0)
        asynclit_notify_resurrected (G_OBJECT (self),
                                     asynclit_scheduled_task_properties[changed_properties[i][j]]);
}

/* Runs on: the owner's context */
static gboolean
scheduled_task_notification_deliver (AsyncLitNotification *notification, gint64 end)
{
  AsyncLitScheduledTask *self = asynclit_object_notification_get_object (notification);
  AsyncLitJobChanges changes;

  asynclit_lock (&asynclit_schedule_lock);
  changes = self->changes;
  self->changes = 0;
  asynclit_unlock (&asynclit_schedule_lock);
  scheduled_task_notify (self, changes);
  return FALSE;
}

static const AsyncLitNotificationFuncs scheduled_task_notification_funcs = {
  ASYNCLIT_OBJECT_NOTIFICATION_FUNCS,
  .deliver = scheduled_task_notification_deliver,
};

static void
asynclit_scheduled_task_dispose (GObject *object)
{
  AsyncLitScheduledTask *self = ASYNCLIT_SCHEDULED_TASK (object);

  if (asynclit_object_notification_dispose (&self->notification))
    G_OBJECT_CLASS (asynclit_scheduled_task_parent_class)->dispose (object);
}

static void
asynclit_scheduled_task_finalize (GObject *object)
{
  AsyncLitScheduledTask *self = ASYNCLIT_SCHEDULED_TASK (object);

  asynclit_tsan_acquire (self);
  asynclit_scheduled_work_unref (self->work);
  asynclit_notification_clear (&self->notification.base);
  g_clear_pointer (&self->context, asynclit_context_executor_unref);
  g_clear_object (&self->trigger);
  g_clear_object (&self->manager);
  g_clear_object (&self->retry);
  g_free (self->id);
  g_free (self->name);
  g_free (self->latest_task_key);
  G_OBJECT_CLASS (asynclit_scheduled_task_parent_class)->finalize (object);
}

static void
asynclit_scheduled_task_class_init (AsyncLitScheduledTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  asynclit_init ();
  asynclit_class_type_set (&asynclit_scheduled_task_type, klass);
  asynclit_scheduled_task_notify_signal = g_signal_lookup ("notify", G_TYPE_OBJECT);

  object_class->get_property = asynclit_scheduled_task_get_property;
  object_class->set_property = asynclit_scheduled_task_set_property;
  object_class->dispose = asynclit_scheduled_task_dispose;
  object_class->finalize = asynclit_scheduled_task_finalize;

  /**
   * AsyncLitScheduledTask:job-id: (getter get_job_id) (setter set_job_id)
   *
   * The ID of the job in its scheduler. The default is %NULL.
   *
   * If the ID is %NULL when the job is added, the library generates one. For a job with a name, it
   * is derived from the name and the trigger, so it is the same in each run of the program. For a
   * job without a name, it is unique.
   *
   * Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_JOB_ID]
      = g_param_spec_string ("job-id", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:name: (getter get_name) (setter set_name)
   *
   * The name of the job and of its tasks. The default is %NULL.
   *
   * Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:latest-task-name: (getter get_latest_task_name)
   *   (setter set_latest_task_name)
   *
   * The name under which the task manager finds the job's latest task. The default is %NULL.
   *
   * To get the task, call `asynclit_task_manager_get (manager, "global:NAME")`. Can't be changed
   * after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LATEST_TASK_NAME]
      = g_param_spec_string ("latest-task-name", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:latest-task-key: (getter get_latest_task_key)
   *
   * The key under which [method@TaskManager.get] finds the job's latest task: `global:` followed by
   * [property@ScheduledTask:latest-task-name], or %NULL if that is %NULL.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LATEST_TASK_KEY]
      = g_param_spec_string ("latest-task-key", NULL, NULL, NULL, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:manager: (getter get_manager) (setter set_manager)
   *
   * The task manager to which the job's tasks are submitted. The default is %NULL, which means the
   * default manager.
   *
   * Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MANAGER] = g_param_spec_object (
      "manager", NULL, NULL, ASYNCLIT_TYPE_TASK_MANAGER, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:executor: (getter get_executor) (setter set_executor)
   *
   * The executor on which the function runs. The default is %ASYNCLIT_EXECUTOR_THREAD_POOL.
   *
   * %ASYNCLIT_EXECUTOR_CONTEXT means the thread-default main context of the thread that sets this
   * property. Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_EXECUTOR]
      = g_param_spec_enum ("executor", NULL, NULL, ASYNCLIT_TYPE_EXECUTOR,
                           ASYNCLIT_EXECUTOR_THREAD_POOL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:first-run: (getter get_first_run) (setter set_first_run)
   *
   * When the job runs for the first time. The default is %ASYNCLIT_FIRST_RUN_AFTER_INTERVAL.
   *
   * Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_FIRST_RUN]
      = g_param_spec_enum ("first-run", NULL, NULL, ASYNCLIT_TYPE_FIRST_RUN,
                           ASYNCLIT_FIRST_RUN_AFTER_INTERVAL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:start-time: (getter get_start_time) (setter set_start_time)
   *
   * The wall-clock time before which the job does not run. The default is %NULL, which means that
   * there is no such time.
   *
   * An interval counts from this time: the job runs then, and at whole intervals after it. For
   * other triggers, times before the start are ignored, so a date trigger with an earlier date
   * never fires.
   *
   * Can't be changed after the job has been added to a scheduler.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_START_TIME]
      = g_param_spec_boxed ("start-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:trigger: (getter get_trigger) (setter set_trigger)
   *
   * The trigger, which determines when the job is due.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_TRIGGER] = g_param_spec_object (
      "trigger", NULL, NULL, ASYNCLIT_TYPE_TRIGGER, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:retry-policy: (getter get_retry_policy) (setter set_retry_policy)
   *
   * The policy that decides whether a failed run is retried. The default is %NULL, which means that
   * it is not.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_RETRY_POLICY] = g_param_spec_object (
      "retry-policy", NULL, NULL, ASYNCLIT_TYPE_RETRY_POLICY, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:misfire-grace: (getter get_misfire_grace) (setter set_misfire_grace)
   *
   * The maximum lateness of a run, in seconds. A run that is later than this is missed. The default
   * is -1; negative values mean that there is no limit.
   *
   * A run is late if, at its time, the program was not running, the system was suspended, or
   * the clock was set forward. Even on a busy machine, timers may fire slightly late, so
   * values from 0 to 1 count as 1.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MISFIRE_GRACE]
      = g_param_spec_double ("misfire-grace", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE,
                             DEFAULT_MISFIRE_GRACE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:coalesce: (getter get_coalesce) (setter set_coalesce)
   *
   * Whether the job runs only once if several of its times have passed. The default is %TRUE.
   *
   * If %TRUE, the job runs for the latest of these times, and the others are missed. If %FALSE, it
   * runs for each of them.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_COALESCE]
      = g_param_spec_boolean ("coalesce", NULL, NULL, TRUE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:rerun-interrupted: (getter get_rerun_interrupted)
   *   (setter set_rerun_interrupted)
   *
   * Whether a run is repeated if the program exited before the run had ended. The default is
   * %FALSE.
   *
   * This only has an effect in a scheduler with a store. If %TRUE, each run takes place at least
   * once; if %FALSE, at most once.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_RERUN_INTERRUPTED]
      = g_param_spec_boolean ("rerun-interrupted", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:max-instances: (getter get_max_instances) (setter set_max_instances)
   *
   * The maximum number of runs that are in progress at the same time. The default is 1; 0 means
   * that there is no limit.
   *
   * A run is in progress from the moment at which it is submitted until its task has ended.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MAX_INSTANCES] = g_param_spec_uint (
      "max-instances", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_INSTANCES, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:overlap: (getter get_overlap) (setter set_overlap)
   *
   * What happens to a run that is due while [property@ScheduledTask:max-instances] runs are in
   * progress. The default is %ASYNCLIT_OVERLAP_SKIP.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_OVERLAP]
      = g_param_spec_enum ("overlap", NULL, NULL, ASYNCLIT_TYPE_OVERLAP, ASYNCLIT_OVERLAP_SKIP,
                           flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:end-time: (getter get_end_time) (setter set_end_time)
   *
   * The wall-clock time after which no run of the job begins. The default is %NULL, which means
   * that there is no such time.
   *
   * There is a tolerance of one second for busy machines. [property@ScheduledTask:jitter] delays a
   * run until this time at most. A late run that has not begun by this time is missed.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_END_TIME]
      = g_param_spec_boxed ("end-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:max-runs: (getter get_max_runs) (setter set_max_runs)
   *
   * The number of runs after which the job ends. The default is 0, which means that there is no
   * limit.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MAX_RUNS]
      = g_param_spec_uint ("max-runs", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:jitter: (getter get_jitter) (setter set_jitter)
   *
   * The maximum random delay of each run, in seconds: from 0 to 31,622,400, which is a year. The
   * default is 0.
   *
   * Use jitter to avoid that many programs do the same thing at the same moment. The delay of one
   * run does not affect later ones.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_JITTER] = g_param_spec_double (
      "jitter", NULL, NULL, 0, MAX_JITTER_SECONDS, 0, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:paused: (getter get_paused) (setter set_paused)
   *
   * Whether the job is paused. The default is %FALSE.
   *
   * A paused job stays in its scheduler, but skips all of its times.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_PAUSED]
      = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:next-run-time: (getter get_next_run_time)
   *
   * The time of the next run, in the local time zone.
   *
   * It is %NULL if the job is paused or in no scheduler, or if its trigger has a fixed delay that
   * counts from the end of a run that is in progress. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_NEXT_RUN_TIME] = g_param_spec_boxed (
      "next-run-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:last-run-time: (getter get_last_run_time)
   *
   * The time of the last run, in the local time zone, or %NULL if the job has never run. Changes
   * are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LAST_RUN_TIME] = g_param_spec_boxed (
      "last-run-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-runs: (getter get_n_runs)
   *
   * The number of runs, including those in progress. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_RUNS]
      = g_param_spec_uint64 ("n-runs", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-missed: (getter get_n_missed)
   *
   * The number of times that have passed without a run, because it was too late or because one run
   * stood for several times. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_MISSED]
      = g_param_spec_uint64 ("n-missed", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-skipped: (getter get_n_skipped)
   *
   * The number of runs that were skipped because [property@ScheduledTask:max-instances] runs were
   * in progress. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_SKIPPED]
      = g_param_spec_uint64 ("n-skipped", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-running: (getter get_n_running)
   *
   * The number of runs in progress. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_RUNNING]
      = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READABLE);

  g_object_class_install_properties (object_class, N_PROPS, asynclit_scheduled_task_properties);
}

static void
asynclit_scheduled_task_init (AsyncLitScheduledTask *self)
{
  asynclit_object_notification_init (&self->notification, self, &scheduled_task_notification_funcs);
  self->work = asynclit_scheduled_work_new ();
  self->misfire_grace = DEFAULT_MISFIRE_GRACE;
  self->coalesce = TRUE;
  self->max_instances = DEFAULT_MAX_INSTANCES;
  self->start_time = self->end_time = ASYNCLIT_NO_TIME;
  self->due = self->fire_at = ASYNCLIT_NEVER;
  self->previous = self->counts.last_run = ASYNCLIT_NO_TIME;
}

/**
 * asynclit_scheduled_task_new: (skip)
 * @trigger: the trigger
 * @func: (nullable): the function to run; %NULL for a job whose runs are taken with
 *   [method@Scheduler.take_due]
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the caller's thread-default main context
 *
 * Creates a job. To run it, add it to a scheduler.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new job
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_scheduled_task_new (AsyncLitTrigger *trigger, AsyncLitTaskFunc func, gpointer user_data,
                             GDestroyNotify destroy)
{
  AsyncLitScheduledTask *self;

  g_return_val_if_fail (ASYNCLIT_IS_TRIGGER (trigger), NULL);

  self = g_object_new (ASYNCLIT_TYPE_SCHEDULED_TASK, "trigger", trigger, NULL);
  if (func != NULL)
    asynclit_keep_loaded ((gpointer) (gsize) func);
  self->work->func = func;
  self->work->user_data = user_data;
  self->work->destroy = destroy;
  return self;
}

/**
 * asynclit_scheduled_task_new_closure: (rename-to asynclit_scheduled_task_new)
 * @trigger: the trigger
 * @closure: (nullable): the function to run, which is called with the task and its
 *   [class@Gio.Cancellable]; %NULL for a job whose runs are taken with [method@Scheduler.take_due]
 *
 * Creates a job. To run it, add it to a scheduler.
 *
 * For language bindings. See also [callback@TaskFunc].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new job
 * Since: 1.0
 */
AsyncLitScheduledTask *
asynclit_scheduled_task_new_closure (AsyncLitTrigger *trigger, GClosure *closure)
{
  if (closure == NULL)
    return asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);
  return asynclit_scheduled_task_new (trigger, asynclit_task_invoke_closure,
                                      asynclit_closure_take (closure),
                                      (GDestroyNotify) g_closure_unref);
}
