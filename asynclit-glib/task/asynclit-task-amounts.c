/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The amounts of a task, as properties that are notified in the owner's context.
 *
 * A function may report a million times per second. A report posts the task's notification only if
 * a handler is connected and no notification is on its way. The owner's context then notifies the
 * properties that have changed. If the last notification is less than NOTIFY_INTERVAL_USEC ago, a
 * timer in that context does so later. The end of the task notifies the remaining changes.
 *
 * Each report also tells the registry by how much the task's share of the whole has grown. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-times-private.h"

#include <math.h>

/* 25 times per second: people notice no difference beyond that. */
#define NOTIFY_INTERVAL_USEC 40000

enum {
  DONE,
  TOTAL,
  TEXT,
  UNIT,
  FRACTION,
  RATE,
  REMAINING,
  WEIGHT,
  N_AMOUNT_PROPS,
};

#define BIT(property) (1u << (property))
#define ESTIMATES (BIT (FRACTION) | BIT (RATE) | BIT (REMAINING))

/* Guarded by the task's lock. */
struct _AsyncLitTaskAmounts {
  AsyncLitAmounts amounts;
  char *text;
  double weight;
  double share;    /* weight times fraction, as last passed to the registry */
  gboolean left;   /* the registry counts the task as ended */
  guint attempt;   /* the attempt that reported last */
  guint changed;   /* a bit for each property that has yet to be notified */
  gboolean posted; /* the owner's context is going to notify them */
  gboolean timed;  /* ... after a timer has fired there */
  gint64 notified; /* the time of the last notification, on g_get_monotonic_time() */
};

static GParamSpec *properties[N_AMOUNT_PROPS];
static guint first_property;

static void
amounts_free (AsyncLitTaskAmounts *amounts)
{
  g_free (amounts->text);
  g_free (amounts);
}

static AsyncLitTaskAmounts *
task_get_amounts_locked (AsyncLitTask *self)
{
  AsyncLitTaskColdData *cold = asynclit_task_get_cold_locked (self);

  asynclit_assert_locked (&self->lock);
  if (cold->amounts == NULL)
    {
      cold->amounts = g_new0 (AsyncLitTaskAmounts, 1);
      cold->amounts->weight = 1;
      cold->amounts_free = amounts_free;
      asynclit_task_state_set_flags (&self->state, ASYNCLIT_STATE_HAS_AMOUNTS);
    }
  return cold->amounts;
}

static gboolean
task_has_amounts (AsyncLitTask *self)
{
  return (asynclit_task_state_get (&self->state) & ASYNCLIT_STATE_HAS_AMOUNTS) != 0;
}

/* The registry's sum of all shares */

/* By how much the share has changed since it was last passed to the registry. */
static double
task_take_share_locked (AsyncLitTask *self, AsyncLitTaskAmounts *amounts)
{
  double share = amounts->weight * MAX (asynclit_amounts_get_fraction (&amounts->amounts), 0);
  double change = share - amounts->share;

  asynclit_assert_locked (&self->lock);
  /* The registry does not ask again for a task that had no amounts when it ended. */
  if (amounts->left || asynclit_task_has_ended (self) || !asynclit_task_is_submitted (self))
    return 0;
  amounts->share = share;
  return change;
}

static void
task_tell_share (AsyncLitTask *self, double change)
{
  if (change > 0 || change < 0)
    asynclit_task_driver->add_share (self->registry, change);
}

double
asynclit_task_amounts_enter (AsyncLitTask *self, double *share)
{
  AsyncLitTaskAmounts *amounts;
  double weight;

  asynclit_bit_lock (&self->lock);
  amounts = task_get_amounts_locked (self);
  weight = amounts->weight;
  *share = task_take_share_locked (self, amounts);
  asynclit_bit_unlock (&self->lock);
  return weight;
}

double
asynclit_task_amounts_leave (AsyncLitTask *self, double *share)
{
  AsyncLitTaskAmounts *amounts;
  double weight;

  asynclit_bit_lock (&self->lock);
  amounts = task_get_amounts_locked (self);
  weight = amounts->weight;
  *share = amounts->share;
  amounts->left = TRUE;
  asynclit_bit_unlock (&self->lock);
  return weight;
}

/* Notifications */

static void
task_post (AsyncLitTask *self)
{
  gboolean was_posted;

  if (!asynclit_task_has_notify_handlers (self))
    return;
  asynclit_bit_lock (&self->lock);
  was_posted = self->cold->amounts->posted;
  self->cold->amounts->posted = TRUE;
  asynclit_bit_unlock (&self->lock);
  if (!was_posted)
    asynclit_notification_post_changes (&self->notification);
}

/* Called when properties have changed. Unlocks. */
static void
task_change_and_unlock (AsyncLitTask *self, AsyncLitTaskAmounts *amounts, guint changed)
{
  double share = task_take_share_locked (self, amounts);
  gboolean was_posted = amounts->posted;

  amounts->changed |= changed;
  asynclit_bit_unlock (&self->lock);
  task_tell_share (self, share);
  if (changed != 0 && !was_posted)
    task_post (self);
  asynclit_task_note_sign (self);
}

/* Returns the properties to notify now. If they have to wait, *wait is the time until then, and the
 * caller starts a timer. */
static guint
amounts_take_changed (AsyncLitTaskAmounts *self, gint64 *wait)
{
  gint64 now = g_get_monotonic_time ();
  guint changed = self->changed;

  *wait = MAX (self->notified + NOTIFY_INTERVAL_USEC - now, 0);
  if (changed == 0 || self->timed)
    *wait = 0;
  else if (*wait > 0)
    self->posted = self->timed = TRUE;
  if (changed == 0 || self->timed)
    {
      /* Another notification may have taken the changes before this one was posted. */
      self->posted = self->timed;
      return 0;
    }
  self->changed = 0;
  self->posted = FALSE;
  self->notified = now;
  return changed;
}

static guint
task_take_changed (AsyncLitTask *self, gboolean timer_fired, gint64 *wait)
{
  AsyncLitTaskAmounts *amounts;
  guint changed;

  asynclit_bit_lock (&self->lock);
  amounts = self->cold->amounts;
  if (timer_fired)
    amounts->timed = FALSE;
  changed = amounts_take_changed (amounts, wait);
  asynclit_bit_unlock (&self->lock);
  return changed;
}

static void
task_notify_changed (AsyncLitTask *self, guint changed)
{
  for (guint i = 0; i < N_AMOUNT_PROPS; i++)
    if (changed & BIT (i))
      asynclit_task_notify_pspec (self, properties[i]);
}

static void task_notify_amounts (AsyncLitTask *self, gboolean timer_fired);

/* Runs on: the owner's context */
static gboolean
on_interval_over (gpointer task)
{
  /* The end of the task is notified with its other changes. */
  if (!asynclit_task_has_ended (task))
    task_notify_amounts (task, TRUE);
  return G_SOURCE_REMOVE;
}

/* Runs on: the owner's context */
static void
task_notify_later (AsyncLitTask *self, gint64 usec)
{
  GSource *source = g_timeout_source_new ((guint) (usec / 1000) + 1);
  GSource *current = g_main_current_source ();

  g_source_set_name (source, "[asynclit] progress");
  g_source_set_callback (source, on_interval_over, g_object_ref (self), g_object_unref);
  g_source_attach (source, current != NULL ? g_source_get_context (current)
                                           : g_main_context_get_thread_default ());
  g_source_unref (source);
}

static void
task_notify_amounts (AsyncLitTask *self, gboolean timer_fired)
{
  gint64 wait;
  guint changed = task_take_changed (self, timer_fired, &wait);

  if (wait > 0)
    task_notify_later (self, wait);
  task_notify_changed (self, changed);
}

void
asynclit_task_notify_amounts (AsyncLitTask *self, gboolean has_ended)
{
  guint changed;

  if (!task_has_amounts (self))
    return;
  if (!has_ended)
    {
      task_notify_amounts (self, FALSE);
      return;
    }
  asynclit_bit_lock (&self->lock);
  changed = self->cold->amounts->changed | ESTIMATES;
  self->cold->amounts->changed = 0;
  asynclit_bit_unlock (&self->lock);
  task_notify_changed (self, changed);
}

/* Reports */

/* The reports of an attempt replace those of the previous one. */
static AsyncLitAmounts *
task_get_attempt_locked (AsyncLitTask *self)
{
  AsyncLitTaskAmounts *amounts = task_get_amounts_locked (self);
  guint attempt = __atomic_load_n (&self->attempt, __ATOMIC_RELAXED);

  asynclit_assert_locked (&self->lock);
  if (amounts->attempt != attempt)
    asynclit_amounts_begin_again (&amounts->amounts);
  amounts->attempt = attempt;
  return &amounts->amounts;
}

static void
task_set_amounts (AsyncLitTask *self, double done, double total, gboolean only_forward)
{
  gint64 now = asynclit_clock_now ();
  AsyncLitAmounts *amounts;
  guint changed = 0;

  if (asynclit_task_has_ended (self))
    return;
  asynclit_bit_lock (&self->lock);
  amounts = task_get_attempt_locked (self);
  if (only_forward)
    done = MAX (done, amounts->done);
  changed |= done > amounts->done || done < amounts->done ? BIT (DONE) : 0;
  changed |= total > amounts->total || total < amounts->total ? BIT (TOTAL) : 0;
  if (asynclit_amounts_set (amounts, done, total, now))
    changed |= ESTIMATES;
  task_change_and_unlock (self, self->cold->amounts, changed);
}

void
asynclit_task_amounts_set (AsyncLitTask *self, double done, double total)
{
  task_set_amounts (self, done, total, FALSE);
}

void
asynclit_task_amounts_raise (AsyncLitTask *self, double done, double total)
{
  task_set_amounts (self, done, total, TRUE);
}

void
asynclit_task_amounts_begin_part (AsyncLitTask *self, double weight)
{
  gint64 now = asynclit_clock_now ();

  if (asynclit_task_has_ended (self))
    return;
  asynclit_bit_lock (&self->lock);
  asynclit_amounts_begin_part (task_get_attempt_locked (self), weight, now);
  task_change_and_unlock (self, self->cold->amounts, ESTIMATES);
}

void
asynclit_task_amounts_set_text (AsyncLitTask *self, const char *text)
{
  g_autofree char *old = NULL;
  AsyncLitTaskAmounts *amounts;
  gboolean changed;

  if (asynclit_task_has_ended (self))
    return;
  asynclit_bit_lock (&self->lock);
  amounts = task_get_amounts_locked (self);
  changed = g_strcmp0 (amounts->text, text) != 0;
  old = amounts->text;
  amounts->text = g_strdup (text);
  task_change_and_unlock (self, amounts, changed ? BIT (TEXT) : 0);
}

void
asynclit_task_amounts_set_unit (AsyncLitTask *self, AsyncLitUnit unit)
{
  AsyncLitTaskAmounts *amounts;
  gboolean changed;

  if (asynclit_task_has_ended (self))
    return;
  asynclit_bit_lock (&self->lock);
  amounts = task_get_amounts_locked (self);
  changed = amounts->amounts.unit != unit;
  amounts->amounts.unit = unit;
  task_change_and_unlock (self, amounts, changed ? BIT (UNIT) : 0);
}

void
asynclit_task_amounts_set_weight (AsyncLitTask *self, double weight)
{
  AsyncLitTaskAmounts *amounts;
  gboolean changed;

  asynclit_bit_lock (&self->lock);
  amounts = task_get_amounts_locked (self);
  changed = weight > amounts->weight || weight < amounts->weight;
  amounts->weight = weight;
  task_change_and_unlock (self, amounts, changed ? BIT (WEIGHT) : 0);
}

/* Readers */

static void
view_read (AsyncLitTaskAmountsView *view, const AsyncLitTaskAmounts *amounts, gint64 now)
{
  view->done = amounts->amounts.done;
  view->total = amounts->amounts.total;
  view->unit = amounts->amounts.unit;
  view->text = g_strdup (amounts->text);
  view->weight = amounts->weight;
  view->fraction = asynclit_amounts_get_fraction (&amounts->amounts);
  view->rate = asynclit_amounts_get_rate (&amounts->amounts, now);
  view->remaining = asynclit_amounts_get_remaining (&amounts->amounts, now);
}

void
asynclit_task_amounts_read (AsyncLitTask *self, AsyncLitTaskAmountsView *view)
{
  gint64 now = asynclit_clock_now ();
  AsyncLitTaskStatus status
      = asynclit_task_state_get_status (asynclit_task_state_get (&self->state));

  *view = (AsyncLitTaskAmountsView){ .weight = 1, .fraction = -1, .remaining = -1 };
  if (task_has_amounts (self))
    {
      asynclit_bit_lock (&self->lock);
      view_read (view, self->cold->amounts, now);
      asynclit_bit_unlock (&self->lock);
    }
  if (!asynclit_task_has_ended (self))
    return;
  view->rate = 0;
  view->remaining = status == ASYNCLIT_TASK_STATUS_DONE ? 0 : -1;
  if (status == ASYNCLIT_TASK_STATUS_DONE)
    view->fraction = 1;
}

void
asynclit_task_amounts_view_clear (AsyncLitTaskAmountsView *view)
{
  g_free (view->text);
}

/* Properties */

gboolean
asynclit_task_get_amount_property (AsyncLitTask *self, guint property_id, GValue *value)
{
  g_auto (AsyncLitTaskAmountsView) view = { 0 };

  if (property_id < first_property || property_id >= first_property + N_AMOUNT_PROPS)
    return FALSE;
  asynclit_task_amounts_read (self, &view);
  switch (property_id - first_property)
    {
    case DONE:
      g_value_set_double (value, view.done);
      break;
    case TOTAL:
      g_value_set_double (value, view.total);
      break;
    case TEXT:
      g_value_take_string (value, g_steal_pointer (&view.text));
      break;
    case UNIT:
      g_value_set_enum (value, (int) view.unit);
      break;
    case FRACTION:
      g_value_set_double (value, view.fraction);
      break;
    case RATE:
      g_value_set_double (value, view.rate);
      break;
    case REMAINING:
      g_value_set_double (value, view.remaining);
      break;
    default: /* WEIGHT */
      g_value_set_double (value, view.weight);
      break;
    }
  return TRUE;
}

static void
task_set_weight_property (AsyncLitTask *self, double weight)
{
  g_return_if_fail (isfinite (weight));
  g_return_if_fail (!asynclit_task_is_submitted (self));

  asynclit_task_amounts_set_weight (self, weight);
}

gboolean
asynclit_task_set_amount_property (AsyncLitTask *self, guint property_id, const GValue *value)
{
  if (property_id == first_property + TEXT)
    asynclit_task_amounts_set_text (self, g_value_get_string (value));
  else if (property_id == first_property + UNIT)
    asynclit_task_amounts_set_unit (self, (AsyncLitUnit) g_value_get_enum (value));
  else if (property_id == first_property + WEIGHT)
    task_set_weight_property (self, g_value_get_double (value));
  else
    return FALSE;
  return TRUE;
}

static void
install_amounts (const GParamFlags read_only)
{
  /**
   * AsyncLitTask:progress-done: (getter get_progress_done)
   *
   * The amount that is done, in [property@Task:progress-unit]: 0 or more. The default is 0. It
   * decreases only if the function reports a smaller amount.
   *
   * As for all properties that [method@Task.set_progress] changes, `notify` is emitted in the
   * owner's context, at most 25 times per second. It is always emitted for the last change, before
   * [signal@Task::completed].
   *
   * Since: 1.0
   */
  properties[DONE]
      = g_param_spec_double ("progress-done", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:progress-total: (getter get_progress_total)
   *
   * The total amount, in [property@Task:progress-unit]: 0 or more. The default is 0, which means
   * that it is unknown. `notify` is emitted as for [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[TOTAL]
      = g_param_spec_double ("progress-total", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:progress-text: (getter get_progress_text) (setter set_progress_text)
   *
   * A text for people to read that says what the task is doing right now. The default is %NULL.
   * `notify` is emitted as for [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[TEXT]
      = g_param_spec_string ("progress-text", NULL, NULL, NULL, read_only | G_PARAM_WRITABLE);

  /**
   * AsyncLitTask:progress-unit: (getter get_progress_unit) (setter set_progress_unit)
   *
   * The unit of the amounts. The default is %ASYNCLIT_UNIT_ITEMS. `notify` is emitted as for
   * [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[UNIT] = g_param_spec_enum ("progress-unit", NULL, NULL, ASYNCLIT_TYPE_UNIT,
                                        ASYNCLIT_UNIT_ITEMS, read_only | G_PARAM_WRITABLE);
}

static void
install_estimates (const GParamFlags read_only)
{
  /**
   * AsyncLitTask:fraction: (getter get_fraction)
   *
   * The share of the task that is done: from 0 to 1, or -1 if it is unknown, which is the default.
   * It is 1 if the status is %ASYNCLIT_TASK_STATUS_DONE. `notify` is emitted as for
   * [property@Task:progress-done], and when the task ends.
   *
   * Since: 1.0
   */
  properties[FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, read_only);

  /**
   * AsyncLitTask:rate: (getter get_rate)
   *
   * How much is done per second, in [property@Task:progress-unit]: 0 or more. It is 0 if the rate
   * is unknown, and when the task has ended. `notify` is emitted as for
   * [property@Task:progress-done]. The rate also falls while nothing is reported, without `notify`;
   * read it again once in a while.
   *
   * Since: 1.0
   */
  properties[RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:remaining: (getter get_remaining)
   *
   * The estimated time until the task ends, in seconds: 0 or more, or -1 if it is unknown, which is
   * the default. It is 0 if the status is %ASYNCLIT_TASK_STATUS_DONE. `notify` is emitted as for
   * [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[REMAINING]
      = g_param_spec_double ("remaining", NULL, NULL, -1, G_MAXDOUBLE, -1, read_only);
}

void
asynclit_task_install_amount_properties (GObjectClass *object_class, guint first)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  first_property = first;
  install_amounts (read_only);
  install_estimates (read_only);

  /**
   * AsyncLitTask:progress-weight: (getter get_progress_weight) (setter set_progress_weight)
   *
   * The weight of the task in the [property@TaskManager:fraction] of its manager, for example the
   * size of a file: 0 or more. The default is 1. Set it before the task is submitted.
   *
   * Since: 1.0
   */
  properties[WEIGHT] = g_param_spec_double ("progress-weight", NULL, NULL, 0, G_MAXDOUBLE, 1,
                                            read_only | G_PARAM_WRITABLE);

  for (guint i = 0; i < N_AMOUNT_PROPS; i++)
    g_object_class_install_property (object_class, first + i, properties[i]);
}
