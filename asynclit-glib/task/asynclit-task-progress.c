/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-progress-log-private.h"
#include "asynclit-task-private.h"
#include "asynclit-task-times-private.h"

/* The number of values to emit between two readings of the clock. */
#define LOOK_INTERVAL 32

static gboolean
task_has_progress_handler (AsyncLitTask *self)
{
  guint signal_id = asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_PROGRESSED];

  return g_signal_has_handler_pending (self, signal_id, 0, TRUE);
}

static AsyncLitProgressLog *
task_get_progress_locked (AsyncLitTask *self)
{
  asynclit_assert_locked (&self->lock);
  return &asynclit_task_get_cold_locked (self)->progress;
}

static void
log_collect_unneeded (AsyncLitProgressLog *log, GPtrArray *unneeded)
{
  GValue *value;

  while ((value = asynclit_progress_log_take_unneeded (log)) != NULL)
    g_ptr_array_add (unneeded, value);
}

static GPtrArray *
progress_values_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) asynclit_progress_value_unref);
}

static void
boxed_value_free (gpointer value)
{
  if (G_IS_VALUE (value))
    g_value_unset (value);
  g_free (value);
}

/* Copies the values for a caller that may be a language binding, which frees each element as a
 * boxed GValue. */
static GPtrArray *
progress_values_to_boxed (GPtrArray *values)
{
  GPtrArray *boxed = g_ptr_array_new_full (values->len, boxed_value_free);

  for (guint i = 0; i < values->len; i++)
    g_ptr_array_add (boxed, g_boxed_copy (G_TYPE_VALUE, g_ptr_array_index (values, i)));
  return boxed;
}

/* A large value may displace several small ones. */
static GValue *
task_take_excess (AsyncLitTask *self)
{
  GValue *dropped;

  asynclit_bit_lock (&self->lock);
  dropped = asynclit_progress_log_take_excess (&self->cold->progress, self->cold->max_progress);
  asynclit_bit_unlock (&self->lock);
  return dropped;
}

/**
 * asynclit_task_report_progress:
 * @self: a task
 * @value: a value of any type, which is copied
 *
 * Reports a progress value.
 *
 * Values are kept in order. To read them, use [method@Task.drain_progress] or
 * [method@Task.read_progress]. [signal@Task::progressed] is emitted for each of them in the owner's
 * context, before [signal@Task::completed]. If there are more than [property@Task:max-progress],
 * the oldest are dropped, and freed on the calling thread.
 *
 * If the task has already ended, the value can still be read, but the signal is not emitted.
 *
 * May be called from any thread, by the task's function or other code. Never blocks.
 *
 * Since: 1.0
 */
void
asynclit_task_report_progress (AsyncLitTask *self, const GValue *value)
{
  AsyncLitTaskColdData *cold;
  GValue *box;
  GValue *dropped;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (G_IS_VALUE (value));

  if (asynclit_task_check_forked (self, NULL))
    return;
  box = asynclit_progress_value_new (value);
  asynclit_bit_lock (&self->lock);
  cold = asynclit_task_get_cold_locked (self);
  dropped = asynclit_progress_log_add (&cold->progress, box, cold->max_progress);
  asynclit_bit_unlock (&self->lock);
  while (dropped != NULL)
    {
      asynclit_progress_value_unref (dropped);
      dropped = task_take_excess (self);
    }
  asynclit_notification_post_changes (&self->notification);
  asynclit_task_note_sign (self);
}

/**
 * asynclit_task_drain_progress: (skip)
 * @self: a task
 *
 * Takes the progress values that have been reported since the last call, oldest first.
 *
 * If several callers drain the same task, each value is returned to only one of them. To let each
 * reader see all values, use [method@Task.read_progress].
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * May be called from any thread, before and after the task has ended. Never blocks.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values; empty if there are none
 * Since: 1.0
 */
GPtrArray *
asynclit_task_drain_progress (AsyncLitTask *self)
{
  g_autoptr (GPtrArray) values = progress_values_new ();
  g_autoptr (GPtrArray) unneeded = progress_values_new ();
  AsyncLitProgressLog *log;
  gboolean is_heard;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  if (asynclit_task_check_forked (self, NULL))
    return progress_values_to_boxed (values);
  asynclit_notifier_release_own ();
  is_heard = task_has_progress_handler (self);
  asynclit_bit_lock (&self->lock);
  log = task_get_progress_locked (self);
  for (guint64 i = log->drained; i < asynclit_progress_log_get_end (log); i++)
    g_ptr_array_add (values, asynclit_progress_log_ref (log, i));
  log->drained = asynclit_progress_log_get_end (log);
  /* In a program without a main loop, nothing is ever emitted, and there are no handlers. */
  if (!is_heard)
    log->emitted = log->drained;
  log_collect_unneeded (log, unneeded);
  asynclit_bit_unlock (&self->lock);
  return progress_values_to_boxed (values);
}

/**
 * asynclit_task_read_progress: (skip)
 * @self: a task
 * @cursor: (inout): the position at which to start reading; initially 0
 *
 * Reads the progress values from @cursor on, oldest first, and sets @cursor to the position after
 * the last one.
 *
 * Any number of readers, each with its own cursor, can read the same values. Once this function has
 * been called for a task, [method@Task.drain_progress] no longer removes its values: they are kept
 * until there are more than [property@Task:max-progress]. A reader that falls behind further
 * continues with the oldest remaining value.
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * May be called from any thread, before and after the task has ended. Never blocks.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values; empty if there are none
 * Since: 1.0
 */
GPtrArray *
asynclit_task_read_progress (AsyncLitTask *self, guint64 *cursor)
{
  g_autoptr (GPtrArray) values = progress_values_new ();
  AsyncLitProgressLog *log;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (cursor != NULL, NULL);

  if (asynclit_task_check_forked (self, NULL))
    return progress_values_to_boxed (values);
  asynclit_notifier_release_own ();
  asynclit_bit_lock (&self->lock);
  log = task_get_progress_locked (self);
  log->keep = TRUE;
  for (*cursor = MAX (*cursor, log->first_number); *cursor < asynclit_progress_log_get_end (log);
       (*cursor)++)
    g_ptr_array_add (values, asynclit_progress_log_ref (log, *cursor));
  asynclit_bit_unlock (&self->lock);
  return progress_values_to_boxed (values);
}

/* The values themselves, in one array. */
static GArray *
flatten_values (GPtrArray *boxed)
{
  GArray *values = g_array_sized_new (FALSE, TRUE, sizeof (GValue), boxed->len);

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);
  for (guint i = 0; i < boxed->len; i++)
    {
      GValue *value = g_ptr_array_index (boxed, i);

      g_array_append_vals (values, value, 1);
      *value = (GValue) G_VALUE_INIT;
    }
  return values;
}

/**
 * asynclit_task_drain_progress_values: (rename-to asynclit_task_drain_progress)
 * @self: a task
 *
 * Takes the progress values that have been reported since the last call, oldest first.
 *
 * For language bindings. Some of them crash on an array of pointers to values.
 *
 * If several callers drain the same task, each value is returned to only one of them. To let each
 * reader see all values, use [method@Task.read_progress].
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * May be called from any thread, before and after the task has ended. Never blocks.
 *
 * Returns: (transfer full) (element-type GValue): the values; empty if there are none
 * Since: 1.0
 */
GArray *
asynclit_task_drain_progress_values (AsyncLitTask *self)
{
  g_autoptr (GPtrArray) boxed = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  boxed = asynclit_task_drain_progress (self);
  return flatten_values (boxed);
}

/**
 * asynclit_task_read_progress_values: (rename-to asynclit_task_read_progress)
 * @self: a task
 * @cursor: (inout): the position at which to start reading; initially 0
 *
 * Reads the progress values from @cursor on, oldest first, and sets @cursor to the position after
 * the last one.
 *
 * For language bindings. Some of them crash on an array of pointers to values.
 *
 * Any number of readers, each with its own cursor, can read the same values.
 *
 * Returns: (transfer full) (element-type GValue): the values; empty if there are none
 * Since: 1.0
 */
GArray *
asynclit_task_read_progress_values (AsyncLitTask *self, guint64 *cursor)
{
  g_autoptr (GPtrArray) boxed = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);
  g_return_val_if_fail (cursor != NULL, NULL);

  boxed = asynclit_task_read_progress (self, cursor);
  return flatten_values (boxed);
}

/**
 * asynclit_task_get_progress_dropped:
 * @self: a task
 *
 * Gets the number of progress values that were dropped before they were drained, because there were
 * too many or they were too large; see [property@Task:max-progress].
 *
 * May be called from any thread.
 *
 * Returns: the number of values
 * Since: 1.0
 */
guint64
asynclit_task_get_progress_dropped (AsyncLitTask *self)
{
  guint64 n_dropped = 0;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  if (asynclit_task_check_forked (self, NULL))
    return 0;
  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    n_dropped = self->cold->progress.n_dropped;
  asynclit_bit_unlock (&self->lock);
  return n_dropped;
}

/* One at a time, because a handler may run a nested main loop, and the order must not change. */
static GValue *
task_take_next_progress (AsyncLitTask *self, GPtrArray *unneeded)
{
  AsyncLitProgressLog *log;
  GValue *value;

  asynclit_bit_lock (&self->lock);
  if (self->cold == NULL)
    {
      asynclit_bit_unlock (&self->lock);
      return NULL;
    }
  log = &self->cold->progress;
  value = asynclit_progress_log_ref (log, log->emitted);
  if (value != NULL)
    log->emitted++;
  log_collect_unneeded (log, unneeded);
  asynclit_bit_unlock (&self->lock);
  return value;
}

/* Most tasks have no progress, and are not asked for it. */
static gboolean
task_has_unemitted_progress (AsyncLitTask *self)
{
  AsyncLitProgressLog *log;
  gboolean has_some = FALSE;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL)
    {
      log = &self->cold->progress;
      has_some = log->emitted < asynclit_progress_log_get_end (log);
    }
  asynclit_bit_unlock (&self->lock);
  return has_some;
}

static void
task_skip_progress (AsyncLitTask *self)
{
  asynclit_bit_lock (&self->lock);
  self->cold->progress.emitted = asynclit_progress_log_get_end (&self->cold->progress);
  asynclit_bit_unlock (&self->lock);
}

gboolean
asynclit_task_emit_progress (AsyncLitTask *self, gint64 end)
{
  g_autoptr (GPtrArray) unneeded = NULL;
  GValue *value;

  if (!task_has_unemitted_progress (self))
    return TRUE;
  if (!task_has_progress_handler (self))
    {
      task_skip_progress (self);
      return TRUE;
    }
  unneeded = progress_values_new ();
  for (guint n = 1; (value = task_take_next_progress (self, unneeded)) != NULL; n++)
    {
      g_signal_emit (self, asynclit_task_signals[ASYNCLIT_TASK_SIGNAL_PROGRESSED], 0, value);
      asynclit_progress_value_unref (value);
      g_ptr_array_set_size (unneeded, 0);
      if (n % LOOK_INTERVAL == 0 && g_get_monotonic_time () >= end)
        return FALSE;
    }
  return TRUE;
}
