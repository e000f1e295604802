/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitTask:
 *
 * A piece of background work, and the handle to it.
 *
 * Most tasks are created by submitting a function, with [func@run] or a [class@TaskManager]. The
 * returned handle can be used at any time, from any thread, with or without a main loop:
 * [property@Task:done], [property@Task:status], [method@Task.get_result],
 * [method@Task.drain_progress], [method@Task.cancel]. When [property@Task:done] is %TRUE, the
 * status and the outcome are final.
 *
 * A user interface with a main loop can connect to signals instead. They are emitted in the
 * *owner's context*: the thread-default main context of the thread that submitted the task. If a
 * handler is connected before that context is next iterated, it misses nothing.
 *
 * ```c
 * static void
 * count (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
 * {
 *   asynclit_task_return_int (task, 42);
 * }
 *
 * g_autoptr (AsyncLitTask) task = asynclit_run (count, NULL, NULL);
 * ```
 *
 * Dropping the handle does not cancel the task: the task manager keeps the task until it has ended,
 * and for some time afterwards. The data of its function is freed in the owner's context once the
 * function can't be called any more.
 *
 * ## Tasks that their creator completes
 *
 * A task that was created with [ctor@Task.new], and has no function, has no work of its own. Its
 * creator reports progress and settles it, wherever the work is done. To all other code, it is like
 * any other task. Submitting it only registers it with the manager.
 *
 * ## Error handling
 *
 * A task fails with the error that its function returned. The library's own errors are in the
 * domain %ASYNCLIT_ERROR. A cancellation is %G_IO_ERROR_CANCELLED, and a time-out is
 * %G_IO_ERROR_TIMED_OUT.
 *
 * Since: 1.0
 */

/* The state is one word that changes by compare-and-swap (asynclit-task-state-private.h). The
 * outcome is written before it and read after it, without a lock. Data that most tasks don't have
 * (name, progress, waiters) is allocated on first use, and guarded by the task's own small lock.
 *
 * The library has one reference to a submitted task, for which the `KEEP_ALIVE` flags of the state
 * stand. The last of them is cleared in the owner's context, so that the task's data is freed
 * there. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-private.h"
#include "asynclit-task-times-private.h"

G_DEFINE_FINAL_TYPE (AsyncLitTask, asynclit_task, G_TYPE_OBJECT)

static void
asynclit_task_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  AsyncLitTask *self = ASYNCLIT_TASK (object);

  switch (property_id)
    {
    case ASYNCLIT_TASK_PROP_ID:
      g_value_set_string (value, asynclit_task_get_id (self));
      break;
    case ASYNCLIT_TASK_PROP_NAME:
      g_value_set_string (value, asynclit_task_get_name (self));
      break;
    case ASYNCLIT_TASK_PROP_STATUS:
      g_value_set_enum (value, (int) asynclit_task_get_status (self));
      break;
    case ASYNCLIT_TASK_PROP_SUBSTATE:
      g_value_set_enum (value, (int) asynclit_task_get_substate (self));
      break;
    case ASYNCLIT_TASK_PROP_DONE:
      g_value_set_boolean (value, asynclit_task_get_done (self));
      break;
    case ASYNCLIT_TASK_PROP_ERROR:
      g_value_set_boxed (value, asynclit_task_get_error (self));
      break;
    case ASYNCLIT_TASK_PROP_ATTEMPT:
      g_value_set_uint (value, asynclit_task_get_attempt (self));
      break;
    case ASYNCLIT_TASK_PROP_CREATED:
      g_value_set_double (value, asynclit_task_get_created (self));
      break;
    case ASYNCLIT_TASK_PROP_STARTED:
      g_value_set_double (value, asynclit_task_get_started (self));
      break;
    case ASYNCLIT_TASK_PROP_FINISHED:
      g_value_set_double (value, asynclit_task_get_finished (self));
      break;
    case ASYNCLIT_TASK_PROP_NEXT_RETRY:
      g_value_set_double (value, asynclit_task_get_next_retry (self));
      break;
    case ASYNCLIT_TASK_PROP_EXECUTOR:
      g_value_set_enum (value, (int) asynclit_task_get_executor (self));
      break;
    case ASYNCLIT_TASK_PROP_RETRY_POLICY:
      g_value_set_object (value, asynclit_task_get_retry_policy (self));
      break;
    case ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL:
      g_value_set_boolean (value, asynclit_task_get_abandon_on_cancel (self));
      break;
    case ASYNCLIT_TASK_PROP_MAX_PROGRESS:
      g_value_set_uint (value, asynclit_task_get_max_progress (self));
      break;
    default:
      if (!asynclit_task_get_amount_property (self, property_id, value)
          && !asynclit_task_get_time_property (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_task_set_property (GObject *object, guint property_id, const GValue *value,
                            GParamSpec *pspec)
{
  AsyncLitTask *self = ASYNCLIT_TASK (object);

  switch (property_id)
    {
    case ASYNCLIT_TASK_PROP_NAME:
      asynclit_task_set_name (self, g_value_get_string (value));
      break;
    case ASYNCLIT_TASK_PROP_EXECUTOR:
      asynclit_task_set_executor (self, (AsyncLitExecutor) g_value_get_enum (value));
      break;
    case ASYNCLIT_TASK_PROP_RETRY_POLICY:
      asynclit_task_set_retry_policy (self, g_value_get_object (value));
      break;
    case ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL:
      asynclit_task_set_abandon_on_cancel (self, g_value_get_boolean (value));
      break;
    case ASYNCLIT_TASK_PROP_MAX_PROGRESS:
      asynclit_task_set_max_progress (self, g_value_get_uint (value));
      break;
    default:
      if (!asynclit_task_set_amount_property (self, property_id, value)
          && !asynclit_task_set_time_property (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

/* May run more than once: if a thread that delivers the notification has just taken a reference,
 * the handlers, which the parent class would disconnect, are still needed. */
static void
asynclit_task_dispose (GObject *object)
{
  AsyncLitTask *self = ASYNCLIT_TASK (object);

  if (asynclit_notification_remove (&self->notification))
    asynclit_defer_unref (object);
  else if (!(asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_KEEP_ALIVE_MASK))
    G_OBJECT_CLASS (asynclit_task_parent_class)->dispose (object);
}

static void
asynclit_task_finalize (GObject *object)
{
  AsyncLitTask *self = ASYNCLIT_TASK (object);

  asynclit_tsan_acquire (self);
  asynclit_bit_lock_clear (&self->lock);
  g_assert (!(self->state & ASYNCLIT_STATE_KEEP_ALIVE_MASK));

  if (self->cold != NULL && self->cold->result_destroy != NULL)
    self->cold->result_destroy (g_value_get_pointer (&self->result));
  if (G_IS_VALUE (&self->result))
    g_value_unset (&self->result);
  asynclit_task_release_work (self);
  asynclit_task_free_handlers (self);
  g_clear_object (&self->cancellable);
  asynclit_task_free_cold (self);
  asynclit_notification_clear (&self->notification);
  if (self->registry != NULL)
    asynclit_task_driver->unref_registry (self->registry);
  G_OBJECT_CLASS (asynclit_task_parent_class)->finalize (object);
}

static void
install_time_limits (const GParamFlags read_write)
{
  /**
   * AsyncLitTask:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long an attempt may take, in seconds. The default is 0, for no limit. Can't be changed
   * after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_TIMEOUT]
      = g_param_spec_double ("timeout", NULL, NULL, 0, G_MAXDOUBLE, 0, read_write);

  /**
   * AsyncLitTask:deadline: (getter get_deadline) (setter set_deadline)
   *
   * How long the task may take in all, from its submission, in seconds. The default is 0, for no
   * deadline. Can't be changed after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_DEADLINE]
      = g_param_spec_double ("deadline", NULL, NULL, 0, G_MAXDOUBLE, 0, read_write);

  /**
   * AsyncLitTask:stall-timeout: (getter get_stall_timeout) (setter set_stall_timeout)
   *
   * How long the task may run without a sign of life before it counts as stalled, in seconds. The
   * default is 0: nobody looks. Can't be changed after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STALL_TIMEOUT]
      = g_param_spec_double ("stall-timeout", NULL, NULL, 0, G_MAXDOUBLE, 0, read_write);

  /**
   * AsyncLitTask:stalled: (getter get_stalled)
   *
   * Whether the task has been running without a sign of life for longer than
   * [property@Task:stall-timeout]. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STALLED]
      = g_param_spec_boolean ("stalled", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
}

/**
 * AsyncLitTask:parent-cancellable: (getter get_parent_cancellable) (setter set_parent_cancellable)
 *
 * The cancellable with which the task is cancelled. The default is %NULL. Can't be changed after
 * the task has been submitted.
 *
 * Since: 1.0
 */
static void
install_parent_cancellable (const GParamFlags read_write)
{
  asynclit_task_properties[ASYNCLIT_TASK_PROP_PARENT_CANCELLABLE]
      = g_param_spec_object ("parent-cancellable", NULL, NULL, G_TYPE_CANCELLABLE, read_write);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags read_write
      = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTask:id: (getter get_id)
   *
   * The ID of the task: a UUID, version 4. It never changes.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ID]
      = g_param_spec_string ("id", NULL, NULL, NULL, read_only);

  /**
   * AsyncLitTask:name: (getter get_name) (setter set_name)
   *
   * A descriptive name. The default is %NULL. Names need not be unique.
   *
   * Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, read_write);

  /**
   * AsyncLitTask:status: (getter get_status)
   *
   * The status of the task. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STATUS] = g_param_spec_enum (
      "status", NULL, NULL, ASYNCLIT_TYPE_TASK_STATUS, ASYNCLIT_TASK_STATUS_PENDING, read_only);

  /**
   * AsyncLitTask:substate: (getter get_substate)
   *
   * Details about what the task is doing, in addition to its status. Changes are notified in the
   * owner's context; there may be notifications without a change.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_SUBSTATE] = g_param_spec_enum (
      "substate", NULL, NULL, ASYNCLIT_TYPE_TASK_SUBSTATE, ASYNCLIT_TASK_SUBSTATE_NONE, read_only);

  /**
   * AsyncLitTask:done: (getter get_done)
   *
   * Whether the task has ended, with any outcome. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_DONE]
      = g_param_spec_boolean ("done", NULL, NULL, FALSE, read_only);

  /**
   * AsyncLitTask:error: (getter get_error)
   *
   * The error with which the task failed, or %NULL. Not notified; see [property@Task:status].
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ERROR]
      = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, read_only);

  /**
   * AsyncLitTask:attempt: (getter get_attempt)
   *
   * The number of attempts that have started. Not notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ATTEMPT]
      = g_param_spec_uint ("attempt", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitTask:created: (getter get_created)
   *
   * The time at which the task was created, in seconds since the Unix epoch. It never changes.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_CREATED]
      = g_param_spec_double ("created", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:started: (getter get_started)
   *
   * The time at which the first attempt started, in seconds since the Unix epoch; 0 before that.
   * Not notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STARTED]
      = g_param_spec_double ("started", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:finished: (getter get_finished)
   *
   * The time at which the task ended, in seconds since the Unix epoch; 0 before that. Not notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_FINISHED]
      = g_param_spec_double ("finished", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:next-retry: (getter get_next_retry)
   *
   * The time of the next attempt, in seconds since the Unix epoch; 0 if the task does not wait for
   * one. Not notified; see [signal@Task::retrying].
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_NEXT_RETRY]
      = g_param_spec_double ("next-retry", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:executor: (getter get_executor) (setter set_executor)
   *
   * The executor on which the function runs. The default is %ASYNCLIT_EXECUTOR_THREAD_POOL. Can't
   * be changed after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_EXECUTOR] = g_param_spec_enum (
      "executor", NULL, NULL, ASYNCLIT_TYPE_EXECUTOR, ASYNCLIT_EXECUTOR_THREAD_POOL, read_write);

  /**
   * AsyncLitTask:retry-policy: (getter get_retry_policy) (setter set_retry_policy)
   *
   * The policy that decides whether and when the task is retried. The default is %NULL, which means
   * that it is not retried. Can't be changed after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_RETRY_POLICY]
      = g_param_spec_object ("retry-policy", NULL, NULL, ASYNCLIT_TYPE_RETRY_POLICY, read_write);

  /**
   * AsyncLitTask:abandon-on-cancel: (getter get_abandon_on_cancel) (setter set_abandon_on_cancel)
   *
   * Whether [method@Task.cancel] ends the task immediately, even if its function is running. The
   * default is %FALSE. Can't be changed after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL]
      = g_param_spec_boolean ("abandon-on-cancel", NULL, NULL, FALSE, read_write);

  /**
   * AsyncLitTask:max-progress: (getter get_max_progress) (setter set_max_progress)
   *
   * The maximum number of progress values that are kept. The default is 65536; 0 means that there
   * is no limit.
   *
   * If there are more, the oldest are dropped. They are also dropped if all values that are
   * strings, bytes or variants take more than 16 MiB together, unless this is 0. Can't be changed
   * after the task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_MAX_PROGRESS] = g_param_spec_uint (
      "max-progress", NULL, NULL, 0, G_MAXUINT, ASYNCLIT_TASK_DEFAULT_MAX_PROGRESS, read_write);

  install_time_limits (read_write);
  install_parent_cancellable (read_write);

  g_object_class_install_properties (object_class, ASYNCLIT_TASK_N_PROPS, asynclit_task_properties);
}

static void
install_signals (GObjectClass *object_class)
{
  GType type = G_TYPE_FROM_CLASS (object_class);

  /**
   * AsyncLitTask::progressed:
   * @self: the task
   * @value: the progress value
   *
   * Emitted in the owner's context for each progress value, in order, before
   * [signal@Task::completed].
   *
   * If values arrive faster than they can be handled, they are delivered in batches with pauses in
   * between, so that a user interface remains responsive.
   *
   * Since: 1.0
   */
  asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_PROGRESSED]
      = g_signal_new ("progressed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                      G_TYPE_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AsyncLitTask::retrying:
   * @self: the task
   * @attempt: the number of the attempt that failed, from 1
   * @delay: the delay before the next attempt, in seconds
   * @error: the error with which the attempt failed
   *
   * Emitted in the owner's context when an attempt has failed and there will be another.
   *
   * Since: 1.0
   */
  asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_RETRYING]
      = g_signal_new ("retrying", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                      G_TYPE_UINT, G_TYPE_DOUBLE, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AsyncLitTask::completed:
   * @self: the task
   *
   * Emitted in the owner's context, exactly once, when the task has ended with any outcome.
   *
   * Since: 1.0
   */
  asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_COMPLETED]
      = g_signal_new ("completed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
asynclit_task_class_init (AsyncLitTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  asynclit_init ();
  asynclit_class_type_set (&asynclit_task_type, klass);

  object_class->get_property = asynclit_task_get_property;
  object_class->set_property = asynclit_task_set_property;
  object_class->dispose = asynclit_task_dispose;
  object_class->finalize = asynclit_task_finalize;

  install_properties (object_class);
  asynclit_task_install_amount_properties (object_class, ASYNCLIT_TASK_N_PROPS);
  install_signals (object_class);
}

static void
asynclit_task_init (AsyncLitTask *self)
{
  self->serial = asynclit_task_serial_new ();
  self->created = asynclit_clock_unix_now ();
  asynclit_notification_init (&self->notification, &asynclit_task_notification_funcs);
}

/**
 * asynclit_task_new:
 *
 * Creates a task, which can be set up and then passed to [method@TaskManager.submit_task], or be
 * completed by its creator.
 *
 * The owner of the task is the caller's thread-default main context.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_new (void)
{
  return g_object_new (ASYNCLIT_TYPE_TASK, NULL);
}
