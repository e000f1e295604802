/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitTask:
 *
 * One piece of background work, and the handle to it.
 *
 * A task is mostly made by submitting a function: with [func@run], or with a
 * [class@TaskManager]. What is returned is a handle that can be read at any time, from any
 * thread, with or without a main loop: [property@Task:done], [property@Task:status],
 * [method@Task.get_result], [method@Task.drain_progress], [method@Task.cancel]. When
 * [property@Task:done] is true, the status and the outcome are final.
 *
 * A user interface that has a main loop may connect to signals instead. They are emitted in the
 * *owner's context*: the thread-default main context of whoever submitted the task. A handler
 * that is connected before that context is iterated next misses nothing.
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
 * Dropping the handle does not cancel the task: the task manager keeps it until it has ended, and
 * for a while longer. The data of its function is freed in the owner's context once the function
 * can't be called any more.
 *
 * ## Tasks that their creator completes
 *
 * A task made with [ctor@Task.new] to which no function is given has no work of its own. Its
 * creator reports progress and settles it, from wherever the work is done; everybody else reads
 * it as any other. Submitting it only registers it with the manager.
 *
 * ## Error handling
 *
 * A task fails with the error that its function returned. The library's own errors are in the
 * domain %ASYNCLIT_ERROR; cancellation is %G_IO_ERROR_CANCELLED, and a time-out
 * %G_IO_ERROR_TIMED_OUT.
 *
 * Since: 1.0
 */

/* The state is one word that changes by compare-and-swap (asynclit-task-state-private.h); the
 * outcome is written before it and read after it, without a lock. What most tasks don't have
 * (name, progress, waiters) is allocated when it is needed, under the task's own small lock.
 *
 * The library has one reference to a submitted task, for which the `KEEP_ALIVE` flags of the state
 * stand. The last of them is cleared in the owner's context, so that what the task owns is freed
 * there.
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-private.h"

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
      if (!asynclit_task_get_amount_property (self, property_id, value))
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
      if (!asynclit_task_set_amount_property (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

/* Runs again if whoever delivers the notification has taken a reference just before: then the
 * handlers, which the parent class would disconnect, are still needed. */
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
install_properties (GObjectClass *object_class)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags read_write
      = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTask:id: (getter get_id)
   *
   * The id of the task: a UUID, version 4.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ID]
      = g_param_spec_string ("id", NULL, NULL, NULL, read_only);

  /**
   * AsyncLitTask:name: (getter get_name) (setter set_name)
   *
   * A name for people to read; not unique.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, read_write);

  /**
   * AsyncLitTask:status: (getter get_status)
   *
   * Where the task stands. Notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STATUS] = g_param_spec_enum (
      "status", NULL, NULL, ASYNCLIT_TYPE_TASK_STATUS, ASYNCLIT_TASK_STATUS_PENDING, read_only);

  /**
   * AsyncLitTask:substate: (getter get_substate)
   *
   * What the task is doing, beside its status. Notified in the owner's context, perhaps without
   * a change.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_SUBSTATE] = g_param_spec_enum (
      "substate", NULL, NULL, ASYNCLIT_TYPE_TASK_SUBSTATE, ASYNCLIT_TASK_SUBSTATE_NONE, read_only);

  /**
   * AsyncLitTask:done: (getter get_done)
   *
   * Whether the task has ended, in whichever way. Notified in the owner's context.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_DONE]
      = g_param_spec_boolean ("done", NULL, NULL, FALSE, read_only);

  /**
   * AsyncLitTask:error: (getter get_error)
   *
   * The error that the task failed with, or %NULL. Not notified: see [property@Task:status].
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ERROR]
      = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, read_only);

  /**
   * AsyncLitTask:attempt: (getter get_attempt)
   *
   * How many times the function was begun: 0 before the first time. Not notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ATTEMPT]
      = g_param_spec_uint ("attempt", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitTask:created: (getter get_created)
   *
   * When the task was made: seconds since the Unix epoch.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_CREATED]
      = g_param_spec_double ("created", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:started: (getter get_started)
   *
   * When the function was begun for the first time: seconds since the Unix epoch, 0 before. Not
   * notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_STARTED]
      = g_param_spec_double ("started", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:finished: (getter get_finished)
   *
   * When the task ended: seconds since the Unix epoch, 0 before. Not notified.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_FINISHED]
      = g_param_spec_double ("finished", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:next-retry: (getter get_next_retry)
   *
   * When the next attempt is due, if the task waits for one: seconds since the Unix epoch, else
   * 0. Not notified: see [signal@Task::retrying].
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_NEXT_RETRY]
      = g_param_spec_double ("next-retry", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:executor: (getter get_executor) (setter set_executor)
   *
   * Where the function runs. Set before the task is submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_EXECUTOR] = g_param_spec_enum (
      "executor", NULL, NULL, ASYNCLIT_TYPE_EXECUTOR, ASYNCLIT_EXECUTOR_THREAD_POOL, read_write);

  /**
   * AsyncLitTask:retry-policy: (getter get_retry_policy) (setter set_retry_policy)
   *
   * When to try again; %NULL never. Set before the task is submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_RETRY_POLICY]
      = g_param_spec_object ("retry-policy", NULL, NULL, ASYNCLIT_TYPE_RETRY_POLICY, read_write);

  /**
   * AsyncLitTask:abandon-on-cancel: (getter get_abandon_on_cancel) (setter set_abandon_on_cancel)
   *
   * Whether [method@Task.cancel] ends the task at once even if its function runs. Set before the
   * task is submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_ABANDON_ON_CANCEL]
      = g_param_spec_boolean ("abandon-on-cancel", NULL, NULL, FALSE, read_write);

  /**
   * AsyncLitTask:max-progress: (getter get_max_progress) (setter set_max_progress)
   *
   * How many progress values are kept at most; when there are more the oldest are dropped. They
   * are also dropped when all of them together, as far as they are strings, bytes or variants,
   * take more than 16 MiB. 0 for no limit of either kind. Set before the task is submitted.
   *
   * Since: 1.0
   */
  asynclit_task_properties[ASYNCLIT_TASK_PROP_MAX_PROGRESS] = g_param_spec_uint (
      "max-progress", NULL, NULL, 0, G_MAXUINT, ASYNCLIT_TASK_DEFAULT_MAX_PROGRESS, read_write);

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
   * If values come faster than they can be handled they are delivered in batches with pauses in
   * between, so that the interface stays responsive.
   *
   * Since: 1.0
   */
  asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_PROGRESSED]
      = g_signal_new ("progressed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                      G_TYPE_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AsyncLitTask::retrying:
   * @self: the task
   * @attempt: the attempt that has failed, from 1
   * @delay: the seconds until the next attempt
   * @error: what it failed with
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
   * Emitted in the owner's context, exactly once, when the task has ended in whichever way.
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
 * Makes a task, to be set up and then given to [method@TaskManager.submit_task]; or to be
 * completed by its creator.
 *
 * The calling thread, with its thread-default main context, owns the task.
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
