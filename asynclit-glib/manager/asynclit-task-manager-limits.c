/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The limits of a manager are those of a private limiter, which is created when it is first needed.
 * A manager without limits has none. */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-check-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-limiter-private.h"
#include "asynclit-task-manager-private.h"

/* The private limiter, which exists until the manager is finalized. */
static AsyncLitLimiter *
task_manager_ensure_own_limiter (AsyncLitTaskManager *self)
{
  g_autoptr (AsyncLitLimiter) fresh = NULL;
  AsyncLitLimiter *own;

  asynclit_lock (&self->limits_lock);
  own = self->own_limiter;
  asynclit_unlock (&self->limits_lock);
  if (own != NULL)
    return own;

  fresh = asynclit_limiter_new (0);
  asynclit_lock (&self->limits_lock);
  if (self->own_limiter == NULL)
    self->own_limiter = g_steal_pointer (&fresh);
  own = self->own_limiter;
  asynclit_unlock (&self->limits_lock);
  g_atomic_int_set (&self->has_limits, TRUE);
  return own;
}

static AsyncLitLimiter *
task_manager_peek_own_limiter (AsyncLitTaskManager *self)
{
  AsyncLitLimiter *own;

  asynclit_lock (&self->limits_lock);
  own = self->own_limiter;
  asynclit_unlock (&self->limits_lock);
  return own;
}

void
asynclit_task_manager_limit_task (AsyncLitTaskManager *self, AsyncLitTask *task)
{
  g_autoptr (AsyncLitLimiter) own = NULL;
  g_autoptr (AsyncLitLimiter) limiter = NULL;

  g_assert (!asynclit_task_is_submitted (task));
  asynclit_lock (&self->limits_lock);
  if (self->own_limiter != NULL)
    own = asynclit_ref_owned_locked (self->own_limiter);
  if (self->limiter != NULL)
    limiter = asynclit_ref_owned_locked (self->limiter);
  asynclit_unlock (&self->limits_lock);
  if (own != NULL)
    asynclit_admission_add_limiter (task, own);
  if (limiter != NULL)
    asynclit_admission_add_limiter (task, limiter);
}

void
asynclit_task_manager_clear_limits (AsyncLitTaskManager *self)
{
  /* No other code could resume its tasks. */
  if (self->own_limiter != NULL)
    asynclit_limiter_set_paused (self->own_limiter, FALSE);
  g_clear_object (&self->own_limiter);
  g_clear_object (&self->limiter);
  g_clear_pointer (&self->unique_keys, asynclit_unique_keys_unref);
  asynclit_lock_clear (&self->limits_lock);
}

/* Several threads may change the queue at the same time. The last one updates the limiter. */
static void
task_manager_tell_queue (AsyncLitTaskManager *self)
{
  AsyncLitLimiter *own = task_manager_ensure_own_limiter (self);
  guint max_queued;
  gboolean drops_oldest;

  asynclit_lock (&self->limits_lock);
  max_queued = self->max_queued;
  drops_oldest = self->overflow == ASYNCLIT_OVERFLOW_DROP_OLDEST;
  asynclit_unlock (&self->limits_lock);
  asynclit_limiter_set_queue (own, max_queued, drops_oldest);
}

void
asynclit_task_manager_install_limits (GParamSpec **properties)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitTaskManager:max-running: (getter get_max_running) (setter set_max_running)
   *
   * The maximum number of tasks of the manager that run at a time. The default is 0, for no limit.
   * Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_MAX_RUNNING]
      = g_param_spec_uint ("max-running", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * AsyncLitTaskManager:max-queued: (getter get_max_queued) (setter set_max_queued)
   *
   * The maximum number of tasks of the manager that wait at a time for
   * [property@TaskManager:max-running], for the limiter of the manager, or while it is paused. The
   * default is 0, for no limit. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_MAX_QUEUED]
      = g_param_spec_uint ("max-queued", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * AsyncLitTaskManager:overflow: (getter get_overflow) (setter set_overflow)
   *
   * What happens when a task exceeds [property@TaskManager:max-queued]. The default is
   * %ASYNCLIT_OVERFLOW_REJECT. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_OVERFLOW] = g_param_spec_enum (
      "overflow", NULL, NULL, ASYNCLIT_TYPE_OVERFLOW, ASYNCLIT_OVERFLOW_REJECT, flags);

  /**
   * AsyncLitTaskManager:paused: (getter get_paused) (setter set_paused)
   *
   * Whether tasks of the manager wait instead of starting. The default is %FALSE. Changes are
   * notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_PAUSED]
      = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);

  /**
   * AsyncLitTaskManager:limiter: (getter get_limiter) (setter set_limiter)
   *
   * The limiter of all tasks that are submitted from now on. The default is %NULL. Changes are
   * notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[ASYNCLIT_TASK_MANAGER_LIMITER]
      = g_param_spec_object ("limiter", NULL, NULL, ASYNCLIT_TYPE_LIMITER, flags);
}

gboolean
asynclit_task_manager_get_limit (AsyncLitTaskManager *self, guint property_id, GValue *value)
{
  switch (property_id)
    {
    case ASYNCLIT_TASK_MANAGER_MAX_RUNNING:
      g_value_set_uint (value, asynclit_task_manager_get_max_running (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_MAX_QUEUED:
      g_value_set_uint (value, asynclit_task_manager_get_max_queued (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_OVERFLOW:
      g_value_set_enum (value, (int) asynclit_task_manager_get_overflow (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_PAUSED:
      g_value_set_boolean (value, asynclit_task_manager_get_paused (self));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_LIMITER:
      g_value_take_object (value, asynclit_task_manager_get_limiter (self));
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
asynclit_task_manager_set_limit (AsyncLitTaskManager *self, guint property_id, const GValue *value)
{
  switch (property_id)
    {
    case ASYNCLIT_TASK_MANAGER_MAX_RUNNING:
      asynclit_task_manager_set_max_running (self, g_value_get_uint (value));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_MAX_QUEUED:
      asynclit_task_manager_set_max_queued (self, g_value_get_uint (value));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_OVERFLOW:
      asynclit_task_manager_set_overflow (self, (AsyncLitOverflow) g_value_get_enum (value));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_PAUSED:
      asynclit_task_manager_set_paused (self, g_value_get_boolean (value));
      return TRUE;
    case ASYNCLIT_TASK_MANAGER_LIMITER:
      asynclit_task_manager_set_limiter (self, g_value_get_object (value));
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * asynclit_task_manager_get_max_running:
 * @self: a manager
 *
 * Gets the maximum number of tasks of the manager that run at a time.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks, or 0 for no limit
 * Since: 1.0
 */
guint
asynclit_task_manager_get_max_running (AsyncLitTaskManager *self)
{
  AsyncLitLimiter *own;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  own = task_manager_peek_own_limiter (self);
  return own != NULL ? asynclit_limiter_get_max_running (own) : 0;
}

/**
 * asynclit_task_manager_set_max_running:
 * @self: a manager
 * @max_running: the maximum number of tasks that run at a time; 0 for no limit
 *
 * Sets the maximum number of tasks of the manager that run at a time. The default is 0. `notify` is
 * emitted in the owner's context.
 *
 * The limit applies to tasks of all kinds: functions in threads, asynchronous functions, functions
 * in a main context, programs, and tasks that a language binding runs. Waiting tasks are pending,
 * and their [property@Task:substate] is %ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER. For tasks that
 * wait for a retry or for another task, see [class@Limiter].
 *
 * The limit can be changed at any time. If it is lowered, running tasks continue. Tasks that were
 * submitted before the manager had any limit are not counted.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_max_running (AsyncLitTaskManager *self, guint max_running)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));

  if (asynclit_task_manager_get_max_running (self) == max_running)
    return;
  asynclit_limiter_set_max_running (task_manager_ensure_own_limiter (self), max_running);
  asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_MAX_RUNNING);
}

/**
 * asynclit_task_manager_get_max_queued:
 * @self: a manager
 *
 * Gets the maximum number of tasks of the manager that wait at a time.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks, or 0 for no limit
 * Since: 1.0
 */
guint
asynclit_task_manager_get_max_queued (AsyncLitTaskManager *self)
{
  guint max_queued;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_lock (&self->limits_lock);
  max_queued = self->max_queued;
  asynclit_unlock (&self->limits_lock);
  return max_queued;
}

/**
 * asynclit_task_manager_set_max_queued:
 * @self: a manager
 * @max_queued: the maximum number of tasks that wait at a time; 0 for no limit
 *
 * Sets the maximum number of tasks of the manager that wait at a time. The default is 0. `notify`
 * is emitted in the owner's context.
 *
 * Only those tasks count that wait for [property@TaskManager:max-running], for the limiter of the
 * manager, or while it is paused. [property@TaskManager:overflow] determines what happens when a
 * task exceeds the limit. A task with dependencies or a delay is checked after these, and a task
 * that is retried is always accepted.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_max_queued (AsyncLitTaskManager *self, guint max_queued)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));

  if (asynclit_task_manager_get_max_queued (self) == max_queued)
    return;
  asynclit_lock (&self->limits_lock);
  self->max_queued = max_queued;
  asynclit_unlock (&self->limits_lock);
  task_manager_tell_queue (self);
  asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_MAX_QUEUED);
}

/**
 * asynclit_task_manager_get_overflow:
 * @self: a manager
 *
 * Gets what happens when a task exceeds [property@TaskManager:max-queued].
 *
 * May be called from any thread.
 *
 * Returns: what happens
 * Since: 1.0
 */
AsyncLitOverflow
asynclit_task_manager_get_overflow (AsyncLitTaskManager *self)
{
  AsyncLitOverflow overflow;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), ASYNCLIT_OVERFLOW_REJECT);

  asynclit_lock (&self->limits_lock);
  overflow = self->overflow;
  asynclit_unlock (&self->limits_lock);
  return overflow;
}

/**
 * asynclit_task_manager_set_overflow:
 * @self: a manager
 * @overflow: what happens
 *
 * Sets what happens when a task exceeds [property@TaskManager:max-queued]. The default is
 * %ASYNCLIT_OVERFLOW_REJECT. `notify` is emitted in the owner's context.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_overflow (AsyncLitTaskManager *self, AsyncLitOverflow overflow)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (asynclit_enum_has_value (ASYNCLIT_TYPE_OVERFLOW, (int) overflow));

  if (asynclit_task_manager_get_overflow (self) == overflow)
    return;
  asynclit_lock (&self->limits_lock);
  self->overflow = overflow;
  asynclit_unlock (&self->limits_lock);
  task_manager_tell_queue (self);
  asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_OVERFLOW);
}

/**
 * asynclit_task_manager_get_paused:
 * @self: a manager
 *
 * Gets whether tasks of the manager wait instead of starting.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if the manager is paused
 * Since: 1.0
 */
gboolean
asynclit_task_manager_get_paused (AsyncLitTaskManager *self)
{
  gboolean paused;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);

  asynclit_lock (&self->limits_lock);
  paused = self->paused;
  asynclit_unlock (&self->limits_lock);
  return paused;
}

/**
 * asynclit_task_manager_set_paused:
 * @self: a manager
 * @paused: %TRUE to pause the manager, %FALSE to resume it
 *
 * Pauses or resumes the manager. `notify` is emitted in the owner's context.
 *
 * While the manager is paused, submitted tasks wait, and so do further attempts of tasks that are
 * retried. Running tasks continue, and tasks that are already in the queue of their executor start.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_paused (AsyncLitTaskManager *self, gboolean paused)
{
  AsyncLitLimiter *own;
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));

  own = task_manager_ensure_own_limiter (self);
  asynclit_lock (&self->limits_lock);
  changed = self->paused != !!paused;
  self->paused = !!paused;
  asynclit_unlock (&self->limits_lock);
  if (!changed)
    return;
  /* Another thread may change it at the same time, and update the limiter before this one. */
  do
    {
      paused = asynclit_task_manager_get_paused (self);
      asynclit_limiter_set_paused (own, paused);
    }
  while (paused != asynclit_task_manager_get_paused (self));
  asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_PAUSED);
}

/**
 * asynclit_task_manager_get_limiter:
 * @self: a manager
 *
 * Gets the limiter of all tasks that are submitted from now on.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the limiter, or %NULL
 * Since: 1.0
 */
AsyncLitLimiter *
asynclit_task_manager_get_limiter (AsyncLitTaskManager *self)
{
  AsyncLitLimiter *limiter;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);

  asynclit_lock (&self->limits_lock);
  limiter = self->limiter != NULL ? asynclit_ref_owned_locked (self->limiter) : NULL;
  asynclit_unlock (&self->limits_lock);
  return limiter;
}

/**
 * asynclit_task_manager_set_limiter:
 * @self: a manager
 * @limiter: (nullable): a limiter, which other managers and tasks can share; or %NULL
 *
 * Sets the limiter of all tasks that are submitted from now on. The default is %NULL. `notify` is
 * emitted in the owner's context.
 *
 * A task needs a place of this limiter, of those that were added with [method@Task.add_limiter],
 * and one for [property@TaskManager:max-running].
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_limiter (AsyncLitTaskManager *self, AsyncLitLimiter *limiter)
{
  g_autoptr (AsyncLitLimiter) old = NULL;

  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (limiter == NULL || ASYNCLIT_IS_LIMITER (limiter));

  if (limiter != NULL)
    g_object_ref (limiter);
  asynclit_lock (&self->limits_lock);
  old = self->limiter;
  self->limiter = limiter;
  asynclit_unlock (&self->limits_lock);
  g_atomic_int_set (&self->has_limits, TRUE);
  if (old != limiter)
    asynclit_task_manager_tell (self, ASYNCLIT_TASK_MANAGER_LIMITER);
}
