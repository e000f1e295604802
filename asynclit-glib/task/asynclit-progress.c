/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The public functions that report and read amounts of progress. */

#include "config.h"

#include "asynclit-amounts-text-private.h"
#include "asynclit-task-amounts-private.h"

#include <math.h>

static gboolean
is_amount (double number)
{
  return isfinite (number) && number >= 0;
}

/**
 * asynclit_task_set_progress:
 * @self: a task
 * @done: the amount that is done: 0 or more
 * @total: the total amount: 0 or more; 0 if it is unknown
 *
 * Reports how much of the task is done.
 *
 * The library derives [property@Task:fraction], [property@Task:rate] and [property@Task:remaining]
 * from these amounts. Only the latest amounts are kept. If the owner has to receive every value,
 * use [method@Task.report_progress] instead, or both.
 *
 * ```c
 * asynclit_task_set_progress_unit (task, ASYNCLIT_UNIT_FILES);
 * for (guint i = 0; i < files->len; i++)
 *   {
 *     copy (g_ptr_array_index (files, i));
 *     asynclit_task_set_progress (task, i + 1, files->len);
 *   }
 * ```
 *
 * After [method@Task.begin_part], the amounts refer to that part. If the task is tried again, the
 * amounts of the previous attempt stay until the function reports new ones.
 *
 * The rate is an exponentially weighted moving average for samples at irregular times, with a time
 * constant of five seconds (Andreas Eckner, "Algorithms for Unevenly Spaced Time Series: Moving
 * Averages and Other Rolling Operators", 2019), divided by the sum of its weights. It falls if
 * there is no report for more than two seconds. The remaining time is unknown during the first
 * second.
 *
 * May be called from any thread, and as often as you like: a call costs about as much as a lock.
 * `notify` is emitted in the owner's context, at most 25 times per second. Reports after the end of
 * the task are ignored.
 *
 * Since: 1.0
 */
void
asynclit_task_set_progress (AsyncLitTask *self, double done, double total)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (is_amount (done));
  g_return_if_fail (is_amount (total));

  if (!asynclit_task_check_forked (self, NULL))
    asynclit_task_amounts_set (self, done, total);
}

/**
 * asynclit_task_begin_part:
 * @self: a task
 * @weight: the share of the part in the whole task: from 0 to 1
 *
 * Begins the next part of the task.
 *
 * The previous part counts as done, and [method@Task.set_progress] now sets the amounts of the new
 * part, which may have another unit. [property@Task:fraction] grows by @weight from the beginning
 * of the part to its end. If the sum of all weights exceeds 1, the fraction stays at 1.
 *
 * Choose the weights in proportion to the duration of the parts, because the remaining time is
 * estimated from the fraction and the time since the first report.
 *
 * ```c
 * asynclit_task_begin_part (task, 0.2);
 * download (task);
 * asynclit_task_begin_part (task, 0.8);
 * unpack (task);
 * ```
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_begin_part (AsyncLitTask *self, double weight)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (is_amount (weight) && weight <= 1);

  if (!asynclit_task_check_forked (self, NULL))
    asynclit_task_amounts_begin_part (self, weight);
}

/**
 * asynclit_task_get_progress_done:
 * @self: a task
 *
 * Gets the amount that is done.
 *
 * May be called from any thread.
 *
 * Returns: the amount, in [property@Task:progress-unit]
 * Since: 1.0
 */
double
asynclit_task_get_progress_done (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  asynclit_task_amounts_read (self, &view);
  return view.done;
}

/**
 * asynclit_task_get_progress_total:
 * @self: a task
 *
 * Gets the total amount.
 *
 * May be called from any thread.
 *
 * Returns: the amount, in [property@Task:progress-unit]; 0 if it is unknown
 * Since: 1.0
 */
double
asynclit_task_get_progress_total (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  asynclit_task_amounts_read (self, &view);
  return view.total;
}

/**
 * asynclit_task_get_progress_text:
 * @self: a task
 *
 * Gets a text that says what the task is doing right now.
 *
 * May be called from any thread. The text is a copy, because the task may set another one at any
 * moment.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL
 * Since: 1.0
 */
char *
asynclit_task_get_progress_text (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  asynclit_task_amounts_read (self, &view);
  return g_steal_pointer (&view.text);
}

/**
 * asynclit_task_set_progress_text:
 * @self: a task
 * @text: (nullable): a text for people to read, or %NULL
 *
 * Sets a text that says what the task is doing right now, such as the name of the current file. The
 * default is %NULL. `notify` is emitted as for [method@Task.set_progress].
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_set_progress_text (AsyncLitTask *self, const char *text)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));

  if (!asynclit_task_check_forked (self, NULL))
    asynclit_task_amounts_set_text (self, text);
}

/**
 * asynclit_task_get_progress_unit:
 * @self: a task
 *
 * Gets the unit of the amounts of progress.
 *
 * May be called from any thread.
 *
 * Returns: the unit
 * Since: 1.0
 */
AsyncLitUnit
asynclit_task_get_progress_unit (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), ASYNCLIT_UNIT_ITEMS);

  asynclit_task_amounts_read (self, &view);
  return view.unit;
}

/**
 * asynclit_task_set_progress_unit:
 * @self: a task
 * @unit: the unit
 *
 * Sets the unit of the amounts of progress. The default is %ASYNCLIT_UNIT_ITEMS. `notify` is
 * emitted as for [method@Task.set_progress].
 *
 * May be called from any thread, before the task is submitted or by its function.
 *
 * Since: 1.0
 */
void
asynclit_task_set_progress_unit (AsyncLitTask *self, AsyncLitUnit unit)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (unit <= ASYNCLIT_UNIT_FOLDERS);

  if (!asynclit_task_check_forked (self, NULL))
    asynclit_task_amounts_set_unit (self, unit);
}

/**
 * asynclit_task_get_progress_weight:
 * @self: a task
 *
 * Gets the weight of the task in the [property@TaskManager:fraction] of its manager.
 *
 * May be called from any thread.
 *
 * Returns: the weight
 * Since: 1.0
 */
double
asynclit_task_get_progress_weight (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 1);

  asynclit_task_amounts_read (self, &view);
  return view.weight;
}

/**
 * asynclit_task_set_progress_weight:
 * @self: a task that has not been submitted yet
 * @weight: the weight: 0 or more
 *
 * Sets the weight of the task in the [property@TaskManager:fraction] of its manager. The default is
 * 1, so that all tasks count the same.
 *
 * Since: 1.0
 */
void
asynclit_task_set_progress_weight (AsyncLitTask *self, double weight)
{
  g_return_if_fail (ASYNCLIT_IS_TASK (self));
  g_return_if_fail (is_amount (weight));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_task_amounts_set_weight (self, weight);
}

/**
 * asynclit_task_get_fraction:
 * @self: a task
 *
 * Gets the share of the task that is done.
 *
 * May be called from any thread.
 *
 * Returns: the fraction, from 0 to 1; -1 if it is unknown
 * Since: 1.0
 */
double
asynclit_task_get_fraction (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), -1);

  asynclit_task_amounts_read (self, &view);
  return view.fraction;
}

/**
 * asynclit_task_get_rate:
 * @self: a task
 *
 * Gets how much is done per second.
 *
 * May be called from any thread. See [method@Task.set_progress] for how it is computed.
 *
 * Returns: the rate, in [property@Task:progress-unit] per second; 0 if it is unknown
 * Since: 1.0
 */
double
asynclit_task_get_rate (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), 0);

  asynclit_task_amounts_read (self, &view);
  return view.rate;
}

/**
 * asynclit_task_get_remaining:
 * @self: a task
 *
 * Gets an estimate of the time until the task ends.
 *
 * May be called from any thread. See [method@Task.set_progress] for how it is computed.
 *
 * Returns: the time in seconds; -1 if it is unknown
 * Since: 1.0
 */
double
asynclit_task_get_remaining (AsyncLitTask *self)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), -1);

  asynclit_task_amounts_read (self, &view);
  return view.remaining;
}

/**
 * asynclit_progress_describe:
 * @task: a task
 *
 * Describes the progress of a task in the user's language, for example
 * "12 of 40 files · 3.1/s · 2 minutes left".
 *
 * The description contains those of the following parts that are known:
 * [property@Task:progress-text], the amounts, the rate, and the remaining time. Bytes are formatted
 * with [func@GLib.format_size].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the description; empty if the task has reported nothing
 * Since: 1.0
 */
char *
asynclit_progress_describe (AsyncLitTask *task)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };
  AsyncLitAmountsText text;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (task), NULL);

  asynclit_task_amounts_read (task, &view);
  text = (AsyncLitAmountsText){
    .text = view.text,
    .done = view.done,
    .total = view.total,
    .unit = view.unit,
    .rate = view.rate,
    .remaining = asynclit_task_get_done (task) ? -1 : view.remaining,
  };
  return asynclit_amounts_text_format (&text);
}

/**
 * asynclit_progress_describe_remaining:
 * @seconds: a remaining time in seconds, such as [property@Task:remaining] or
 *   [property@TaskManager:remaining]
 *
 * Describes a remaining time in the user's language, for example "2 minutes left".
 *
 * Returns: (transfer full): the description; empty if the time is unknown
 * Since: 1.0
 */
char *
asynclit_progress_describe_remaining (double seconds)
{
  char *text = asynclit_amounts_text_format_remaining (seconds);

  return text != NULL ? text : g_strdup ("");
}
