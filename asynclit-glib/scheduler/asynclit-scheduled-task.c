/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitScheduledTask:
 *
 * A job of an [class@Scheduler]: a function that is submitted as a task again and again, when its
 * trigger says so.
 *
 * [func@schedule_interval] and [func@schedule_cron] make a job, and add it to the default
 * scheduler. To set more about a job, make it with [ctor@ScheduledTask.new], set it, and add it
 * with [method@Scheduler.add]. What a job *is*, such as its id, is set before it is added; *how*
 * it runs, such as its trigger, may be changed at any time.
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
 * Whoever makes the job is its *owner*, and that of each of its tasks: their signals are emitted in
 * the thread-default main context in which the job was made, and so is `notify` of the properties
 * that change by themselves. The data of the function is freed there.
 *
 * ## Jobs without a function
 *
 * A language binding may have a place of its own to run functions in. It makes a job without one,
 * and takes its runs from the scheduler when they are due: see [method@Scheduler.take_due].
 *
 * All functions may be called from any thread, but those that set up a job, before it is added, by
 * one thread at a time.
 *
 * Since: 1.0
 */

/* One lock, asynclit_schedule_lock, guards what changes in any job: the job may be in no scheduler,
 * whose lock it could be otherwise, and go from one to another.
 *
 * The library's references to a job are counted as holds, of which all stand for one reference:
 * that goes, with the last of them, where the owner lives.
 */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-resident-private.h"
#include "asynclit-scheduled-task-table-private.h"

/* However late: once. */
#define DEFAULT_MISFIRE_GRACE (-1)

/* A run at a time. */
#define DEFAULT_MAX_INSTANCES 1

/* A year; in microseconds it has to fit. */
#define MAX_JITTER_SECONDS 31622400

GParamSpec *asynclit_scheduled_task_properties[N_PROPS];

/* What each kind of change is about, up to 0. */
static const guint changed_properties[][4] = {
  { PROP_NEXT_RUN_TIME, PROP_LAST_RUN_TIME },
  { PROP_N_RUNS, PROP_N_MISSED, PROP_N_SKIPPED, PROP_N_RUNNING },
  { PROP_PAUSED },
  { PROP_JOB_ID },
};

G_DEFINE_FINAL_TYPE (AsyncLitScheduledTask, asynclit_scheduled_task, G_TYPE_OBJECT)

/* Notifications */

static AsyncLitScheduledTask *
scheduled_task_from_notification (AsyncLitNotification *notification)
{
  return (AsyncLitScheduledTask *) ((char *) notification
                                    - G_STRUCT_OFFSET (AsyncLitScheduledTask, notification));
}

static gboolean
scheduled_task_notification_keep_alive_locked (AsyncLitNotification *notification)
{
  return g_atomic_int_get (&scheduled_task_from_notification (notification)->is_held);
}

static void
scheduled_task_notification_resurrect (AsyncLitNotification *notification)
{
  AsyncLitScheduledTask *self = scheduled_task_from_notification (notification);

  g_object_ref (self);
  g_atomic_int_set (&self->is_held, TRUE);
}

static gboolean
scheduled_task_notification_drop_locked (AsyncLitNotification *notification)
{
  return g_atomic_int_compare_and_exchange (
      &scheduled_task_from_notification (notification)->is_held, TRUE, FALSE);
}

static void
scheduled_task_notification_unref (AsyncLitNotification *notification)
{
  g_object_unref (scheduled_task_from_notification (notification));
}

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
  AsyncLitScheduledTask *self = scheduled_task_from_notification (notification);
  AsyncLitJobChanges changes;

  asynclit_lock (&asynclit_schedule_lock);
  changes = self->changes;
  self->changes = 0;
  asynclit_unlock (&asynclit_schedule_lock);
  scheduled_task_notify (self, changes);
  return FALSE;
}

static const AsyncLitNotificationFuncs scheduled_task_notification_funcs = {
  .keep_alive_locked = scheduled_task_notification_keep_alive_locked,
  .resurrect = scheduled_task_notification_resurrect,
  .drop_locked = scheduled_task_notification_drop_locked,
  .unref = scheduled_task_notification_unref,
  .deliver = scheduled_task_notification_deliver,
};

/* Runs again if whoever delivers the notification has taken a reference just before: then the
 * handlers, which the parent class would disconnect, are still needed. */
static void
asynclit_scheduled_task_dispose (GObject *object)
{
  AsyncLitScheduledTask *self = ASYNCLIT_SCHEDULED_TASK (object);

  if (asynclit_notification_remove (&self->notification))
    asynclit_defer_unref (object);
  else if (!g_atomic_int_get (&self->is_held))
    G_OBJECT_CLASS (asynclit_scheduled_task_parent_class)->dispose (object);
}

static void
asynclit_scheduled_task_finalize (GObject *object)
{
  AsyncLitScheduledTask *self = ASYNCLIT_SCHEDULED_TASK (object);

  asynclit_tsan_acquire (self);
  asynclit_scheduled_work_unref (self->work);
  asynclit_notification_clear (&self->notification);
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
  asynclit_scheduled_task_notify_signal = g_signal_lookup ("notify", G_TYPE_OBJECT);

  object_class->get_property = asynclit_scheduled_task_get_property;
  object_class->set_property = asynclit_scheduled_task_set_property;
  object_class->dispose = asynclit_scheduled_task_dispose;
  object_class->finalize = asynclit_scheduled_task_finalize;

  /**
   * AsyncLitScheduledTask:job-id: (getter get_job_id) (setter set_job_id)
   *
   * What the job is known by in its scheduler. Unless it is set, it is made from the name and the
   * trigger, and so the same in each run of a program; without a name nothing else has the id.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_JOB_ID]
      = g_param_spec_string ("job-id", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:name: (getter get_name) (setter set_name)
   *
   * What the job is called. Its tasks have the same name.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:latest-task-name: (getter get_latest_task_name)
   *   (setter set_latest_task_name)
   *
   * The name by which the task manager finds the latest task of the job:
   * `asynclit_task_manager_get (manager, "global:NAME")`.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LATEST_TASK_NAME]
      = g_param_spec_string ("latest-task-name", NULL, NULL, NULL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:latest-task-key: (getter get_latest_task_key)
   *
   * What to ask the task manager for to get the latest task of the job: `global:` and
   * [property@ScheduledTask:latest-task-name]; `NULL` if that is not set.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LATEST_TASK_KEY]
      = g_param_spec_string ("latest-task-key", NULL, NULL, NULL, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:manager: (getter get_manager) (setter set_manager)
   *
   * The task manager that the tasks are submitted to; `NULL` for the default one.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MANAGER] = g_param_spec_object (
      "manager", NULL, NULL, ASYNCLIT_TYPE_TASK_MANAGER, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:executor: (getter get_executor) (setter set_executor)
   *
   * Where the function runs. With %ASYNCLIT_EXECUTOR_CONTEXT, that is the thread-default main
   * context of who sets this.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_EXECUTOR]
      = g_param_spec_enum ("executor", NULL, NULL, ASYNCLIT_TYPE_EXECUTOR,
                           ASYNCLIT_EXECUTOR_THREAD_POOL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:first-run: (getter get_first_run) (setter set_first_run)
   *
   * When the job runs for the first time.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_FIRST_RUN]
      = g_param_spec_enum ("first-run", NULL, NULL, ASYNCLIT_TYPE_FIRST_RUN,
                           ASYNCLIT_FIRST_RUN_AFTER_INTERVAL, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:start-time: (getter get_start_time) (setter set_start_time)
   *
   * Before this the job does not run, as the wall clock of the scheduler shows it at the moment.
   * An interval is counted from here: it runs then, and at whole intervals after it. Of another
   * trigger, times before it don't count: a date that is earlier never comes.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_START_TIME]
      = g_param_spec_boxed ("start-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:trigger: (getter get_trigger) (setter set_trigger)
   *
   * When the job is due.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_TRIGGER] = g_param_spec_object (
      "trigger", NULL, NULL, ASYNCLIT_TYPE_TRIGGER, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:retry-policy: (getter get_retry_policy) (setter set_retry_policy)
   *
   * What happens when a run fails; `NULL`: nothing, until the next one is due.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_RETRY_POLICY] = g_param_spec_object (
      "retry-policy", NULL, NULL, ASYNCLIT_TYPE_RETRY_POLICY, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:misfire-grace: (getter get_misfire_grace) (setter set_misfire_grace)
   *
   * For how long a run that is late is made up for, in seconds: since the program was not
   * running, the system slept, or the clock was set. What is later than that is missed.
   * Negative: it is made up for however late it is. A busy machine may need a moment, so
   * values from 0 to a second count as a second.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MISFIRE_GRACE]
      = g_param_spec_double ("misfire-grace", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE,
                             DEFAULT_MISFIRE_GRACE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:coalesce: (getter get_coalesce) (setter set_coalesce)
   *
   * Whether there is one run for several times that have come, the latest of them, and the
   * others are missed. Otherwise there is a run for each.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_COALESCE]
      = g_param_spec_boolean ("coalesce", NULL, NULL, TRUE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:rerun-interrupted: (getter get_rerun_interrupted)
   *   (setter set_rerun_interrupted)
   *
   * Whether a run that had begun when the program was ended, and had not ended itself, is made up
   * for, in a scheduler with a store: then each run happens at least once; otherwise, at most once.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_RERUN_INTERRUPTED]
      = g_param_spec_boolean ("rerun-interrupted", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:max-instances: (getter get_max_instances) (setter set_max_instances)
   *
   * How many runs of the job there may be at a time, from when they are submitted until their
   * tasks have ended; 0 for any number.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MAX_INSTANCES] = g_param_spec_uint (
      "max-instances", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_INSTANCES, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:overlap: (getter get_overlap) (setter set_overlap)
   *
   * What happens to a run that is due when there are as many as there may be.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_OVERLAP]
      = g_param_spec_enum ("overlap", NULL, NULL, ASYNCLIT_TYPE_OVERLAP, ASYNCLIT_OVERLAP_SKIP,
                           flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:end-time: (getter get_end_time) (setter set_end_time)
   *
   * After this no run of the job begins, as the wall clock of the scheduler shows it at the moment;
   * a busy machine has a second more. A run that is put off by [property@ScheduledTask:jitter] is
   * put off until then at most, and what is still to be made up for is missed.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_END_TIME]
      = g_param_spec_boxed ("end-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:max-runs: (getter get_max_runs) (setter set_max_runs)
   *
   * After how many runs the job is over; 0: never.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_MAX_RUNS]
      = g_param_spec_uint ("max-runs", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:jitter: (getter get_jitter) (setter set_jitter)
   *
   * By how much at most a run is put off, by chance, in seconds: so that many programs don't
   * do the same at the same moment. From 0 to 31,622,400, which is a year. The times that come
   * after are not moved.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_JITTER] = g_param_spec_double (
      "jitter", NULL, NULL, 0, MAX_JITTER_SECONDS, 0, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:paused: (getter get_paused) (setter set_paused)
   *
   * Whether the job is paused: it stays in the scheduler, and what is due meanwhile is left out.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_PAUSED]
      = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduledTask:next-run-time: (getter get_next_run_time)
   *
   * When the job runs next, in the local time zone; `NULL` if it is paused, in no scheduler, or
   * waits for a run to end that its pause is counted from.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_NEXT_RUN_TIME] = g_param_spec_boxed (
      "next-run-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:last-run-time: (getter get_last_run_time)
   *
   * When the job ran last, in the local time zone; `NULL` if it never did.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_LAST_RUN_TIME] = g_param_spec_boxed (
      "last-run-time", NULL, NULL, G_TYPE_DATE_TIME, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-runs: (getter get_n_runs)
   *
   * How many runs there were, with those that are under way.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_RUNS]
      = g_param_spec_uint64 ("n-runs", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-missed: (getter get_n_missed)
   *
   * How many times passed without a run: it was too late, or there was one run for several.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_MISSED]
      = g_param_spec_uint64 ("n-missed", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-skipped: (getter get_n_skipped)
   *
   * How many runs were left out, since there were as many as there may be.
   *
   * Since: 1.0
   */
  asynclit_scheduled_task_properties[PROP_N_SKIPPED]
      = g_param_spec_uint64 ("n-skipped", NULL, NULL, 0, G_MAXUINT64, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduledTask:n-running: (getter get_n_running)
   *
   * How many runs are under way.
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
  asynclit_notification_init (&self->notification, &scheduled_task_notification_funcs);
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
 * @trigger: when the job is due
 * @func: (nullable): the work; %NULL if somebody takes the runs: see [method@Scheduler.take_due]
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the main context of the caller
 *
 * Makes a job, to be added to a scheduler.
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
 * @trigger: when the job is due
 * @closure: (nullable): the work: called with the task and its [class@Gio.Cancellable]; %NULL if
 *   somebody takes the runs: see [method@Scheduler.take_due]
 *
 * Makes a job, to be added to a scheduler, for language bindings; see [callback@TaskFunc].
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
                                      asynclit_task_take_closure (closure),
                                      (GDestroyNotify) g_closure_unref);
}
