/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Amounts of progress: what a function reports, and what others read. */

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
 * @done: how much is done, 0 or more
 * @total: how much there is to do in all; 0 if that is unknown
 *
 * Reports how much of the task is done.
 *
 * From this follow [property@Task:fraction], [property@Task:rate] and [property@Task:remaining].
 * Only the newest amounts are kept. Programs that want to see each of many values use
 * [method@Task.report_progress] instead, or both.
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
 * After [method@Task.begin_part] the amounts are those of the part. If the task is tried again,
 * the amounts of the last attempt stay until the function reports others.
 *
 * The rate is an exponentially weighted moving average for samples at irregular times, with a time
 * constant of five seconds (Andreas Eckner, "Algorithms for Unevenly Spaced Time Series: Moving
 * Averages and Other Rolling Operators", 2019), divided by the sum of its weights. It falls when
 * nothing was reported for more than two seconds. The remaining time is unknown in the first
 * second.
 *
 * Call it as often as you like, from any thread: it costs about as much as a lock. The properties
 * are notified in the owner's context, at most 25 times a second. What is reported after the task
 * has ended is ignored.
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
 * @weight: the share of the part in the whole task, from 0 to 1
 *
 * Begins the next part of the task.
 *
 * The part before counts as done then, and [method@Task.set_progress] sets the amounts of this
 * part, which may be in another unit. [property@Task:fraction] grows by @weight while the part
 * goes from its beginning to its end. If the weights of all parts exceed 1 together, the fraction
 * stays at 1.
 *
 * Choose the weights by how long the parts take: the remaining time is estimated from the fraction
 * and from the time since the first report.
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
 * Gets how much is done.
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
 * Gets how much there is to do in all.
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
 * Gets what the task is doing right now, for people to read.
 *
 * May be called from any thread. The text is a copy, because the task may set another at any
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
 * @text: (nullable): what it is doing, for people to read
 *
 * Reports what the task is doing right now.
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
 * Gets what the progress counts.
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
 * Sets what the progress counts.
 *
 * May be called from any thread, by the function or before the task is submitted.
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
 * Gets how much the task counts in the [property@TaskManager:fraction] of its manager.
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
 * @self: a task that was not submitted yet
 * @weight: the weight, 0 or more
 *
 * Sets how much the task counts in the [property@TaskManager:fraction] of its manager, compared
 * with the others.
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
 * Gets how much is done in a second.
 *
 * May be called from any thread. See [method@Task.set_progress] for how it is computed.
 *
 * Returns: the rate, in [property@Task:progress-unit] a second; 0 if it is unknown
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
 * Gets how long the task still takes, as far as can be told.
 *
 * May be called from any thread. See [method@Task.set_progress] for how it is computed.
 *
 * Returns: seconds; -1 if it is unknown
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
 * The description has as many of these parts as are known: [property@Task:progress-text], the
 * amounts, the rate, and the remaining time. Bytes are formatted by [func@GLib.format_size].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the description; empty if nothing was reported
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
 * @seconds: how long something still takes, such as [property@Task:remaining] or
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
