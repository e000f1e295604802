/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Settles a task: by its function, or by the creator of a task without one. */

#include "config.h"

#include "asynclit-task-private.h"

/* Takes ownership of *@value. */
static void
task_return (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy)
{
  if (asynclit_task_check_forked (self, NULL)
      || !asynclit_task_settle (self, value, pointer_destroy))
    {
      /* For an abandoned task this is expected; otherwise, the task is settled twice. Since only a
       * value is lost, this is not a warning. */
      g_info ("A task was settled that had been settled or cancelled before, or had not begun; "
              "this is ignored");
      if (pointer_destroy != NULL)
        pointer_destroy (g_value_get_pointer (value));
      g_value_unset (value);
    }
}

/**
 * asynclit_task_return_value:
 * @self: a task
 * @value: (nullable): the result, which is copied, or %NULL for none
 *
 * Settles the task with a result. If @value is %NULL, the result is a %NULL pointer.
 *
 * All functions that settle a task may be called from any thread. Only the first call counts, or
 * the first of each attempt. Further calls are ignored, and logged at the level `G_LOG_LEVEL_INFO`.
 * If cancellation was requested, the task becomes cancelled instead.
 *
 * The task ends when it has been settled and its function has returned. If it failed, and its retry
 * policy decides so, there is another attempt.
 *
 * Since: 1.0
 */
void
asynclit_task_return_value (AsyncLitTask *self, const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (value == NULL || G_IS_VALUE (value));

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);
  task_return (self, &copy, NULL);
}

/**
 * asynclit_task_return_variant:
 * @self: a task
 * @value: the result; if the reference is floating, it is sunk
 *
 * Settles the task with a result of type %G_TYPE_VARIANT; see [method@Task.return_value].
 *
 * Since: 1.0
 */
void
asynclit_task_return_variant (AsyncLitTask *self, GVariant *value)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (value != NULL);

  g_value_init (&result, G_TYPE_VARIANT);
  g_value_set_variant (&result, value);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_pointer: (skip)
 * @self: a task
 * @value: (nullable): the result
 * @destroy: (nullable): frees @value
 *
 * Settles the task with a result of type %G_TYPE_POINTER; see [method@Task.return_value].
 *
 * The task takes ownership of @value, and frees it with @destroy when the task is finalized.
 *
 * Since: 1.0
 */
void
asynclit_task_return_pointer (AsyncLitTask *self, gpointer value, GDestroyNotify destroy)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  g_value_init (&result, G_TYPE_POINTER);
  g_value_set_pointer (&result, value);
  task_return (self, &result, destroy);
}

/**
 * asynclit_task_return_int:
 * @self: a task
 * @value: the result
 *
 * Settles the task with a result of type %G_TYPE_INT64; see [method@Task.return_value].
 *
 * Since: 1.0
 */
void
asynclit_task_return_int (AsyncLitTask *self, gint64 value)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  g_value_init (&result, G_TYPE_INT64);
  g_value_set_int64 (&result, value);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_boolean:
 * @self: a task
 * @value: the result
 *
 * Settles the task with a result of type %G_TYPE_BOOLEAN; see [method@Task.return_value].
 *
 * Since: 1.0
 */
void
asynclit_task_return_boolean (AsyncLitTask *self, gboolean value)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  g_value_init (&result, G_TYPE_BOOLEAN);
  g_value_set_boolean (&result, value);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_string:
 * @self: a task
 * @value: (nullable): the result
 *
 * Settles the task with a result of type %G_TYPE_STRING, a copy of @value; see
 * [method@Task.return_value].
 *
 * Since: 1.0
 */
void
asynclit_task_return_string (AsyncLitTask *self, const char *value)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  g_value_init (&result, G_TYPE_STRING);
  g_value_set_string (&result, value);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_object:
 * @self: a task
 * @object: (type GObject.Object) (nullable): the result
 *
 * Settles the task with @object as its result; see [method@Task.return_value]. The task takes a
 * reference.
 *
 * Since: 1.0
 */
void
asynclit_task_return_object (AsyncLitTask *self, gpointer object)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (object == NULL || G_IS_OBJECT (object));

  g_value_init (&result, object != NULL ? G_OBJECT_TYPE (object) : G_TYPE_OBJECT);
  g_value_set_object (&result, object);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_error:
 * @self: a task
 * @error: (transfer full): the error
 *
 * Settles the task with an error; see [method@Task.return_value].
 *
 * %G_IO_ERROR_CANCELLED is treated like any other error, unless cancellation of the task was
 * requested.
 *
 * Since: 1.0
 */
void
asynclit_task_return_error (AsyncLitTask *self, GError *error)
{
  GValue result = G_VALUE_INIT;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (error != NULL);

  g_value_init (&result, G_TYPE_ERROR);
  g_value_take_boxed (&result, error);
  task_return (self, &result, NULL);
}

/**
 * asynclit_task_return_new_error: (skip)
 * @self: a task
 * @domain: the domain of the error
 * @code: the code of the error
 * @format: a printf()-style format for the message
 * @...: the parameters for @format
 *
 * Settles the task with a new error; see [method@Task.return_error].
 *
 * Since: 1.0
 */
void
asynclit_task_return_new_error (AsyncLitTask *self, GQuark domain, int code, const char *format,
                                ...)
{
  va_list args;
  GError *error;

  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (domain != 0);
  g_return_if_fail (format != NULL);

  va_start (args, format);
  error = g_error_new_valist (domain, code, format, args);
  va_end (args);
  asynclit_task_return_error (self, error);
}
