/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How much of a task is done, as properties that its owner's context hears of.
 *
 * The function may report a million times a second. A report posts the task's notification only if
 * somebody has connected a handler and none is on its way. The owner's context then notifies what
 * has changed; if it has done so less than NOTIFY_INTERVAL_USEC ago, a timer there does it later.
 * The end of the task notifies what is left.
 *
 * Each report also tells the registry by how much the task's share of the whole has grown. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-task-amounts-private.h"

#include <math.h>

/* 25 times a second: as often as people can tell. */
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
  double share;    /* what the registry was told: weight times fraction */
  gboolean left;   /* the registry counts the task as ended */
  guint attempt;   /* which one has reported last */
  guint changed;   /* properties that were not notified yet, by bit */
  gboolean posted; /* the owner's context will come for them */
  gboolean timed;  /* ... when a timer fires there */
  gint64 notified; /* when it was there last, of g_get_monotonic_time() */
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

/* By how much the task's share has changed since the registry was told. */
static double
task_take_share_locked (AsyncLitTask *self, AsyncLitTaskAmounts *amounts)
{
  double share = amounts->weight * MAX (asynclit_amounts_get_fraction (&amounts->amounts), 0);
  double change = share - amounts->share;

  /* A task that had no amounts when it ended is not asked again. */
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

/* Properties have changed; unlocks. */
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
}

/* What to notify now. If that has to wait, *wait is how long, and the caller sees to it. */
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
      /* Nothing is left if another notification took it before this one was posted. */
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
  /* The end comes with the rest of what the task has to tell. */
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

/* What another attempt reports comes in place of what the last one has. */
static AsyncLitAmounts *
task_get_attempt_locked (AsyncLitTask *self)
{
  AsyncLitTaskAmounts *amounts = task_get_amounts_locked (self);
  guint attempt = __atomic_load_n (&self->attempt, __ATOMIC_RELAXED);

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

/* Reading */

static void
view_read_locked (AsyncLitTaskAmountsView *view, const AsyncLitTaskAmounts *amounts, gint64 now)
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
      view_read_locked (view, self->cold->amounts, now);
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
    case WEIGHT:
    default:
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
   * How much is done, in [property@Task:progress-unit]. 0 at first; it goes back only if the
   * function says so.
   *
   * Like all properties that [method@Task.set_progress] changes, it is notified in the owner's
   * context, at most 25 times a second. The last change is always notified, before
   * [signal@Task::completed].
   *
   * Since: 1.0
   */
  properties[DONE]
      = g_param_spec_double ("progress-done", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:progress-total: (getter get_progress_total)
   *
   * How much there is to do in all, in [property@Task:progress-unit]; 0 if that is unknown.
   * Notified like [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[TOTAL]
      = g_param_spec_double ("progress-total", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:progress-text: (getter get_progress_text) (setter set_progress_text)
   *
   * What the task is doing right now, for people to read; or %NULL. Notified like
   * [property@Task:progress-done].
   *
   * Since: 1.0
   */
  properties[TEXT] = g_param_spec_string ("progress-text", NULL, NULL, NULL,
                                          read_only | G_PARAM_WRITABLE);

  /**
   * AsyncLitTask:progress-unit: (getter get_progress_unit) (setter set_progress_unit)
   *
   * What the progress counts. The default is %ASYNCLIT_UNIT_ITEMS. Notified like
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
   * The share of the task that is done, from 0 to 1; -1 if it is unknown. It is 1 if the status is
   * %ASYNCLIT_TASK_STATUS_DONE. Notified like [property@Task:progress-done], and when the task
   * ends.
   *
   * Since: 1.0
   */
  properties[FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, read_only);

  /**
   * AsyncLitTask:rate: (getter get_rate)
   *
   * How much is done in a second, in [property@Task:progress-unit]; 0 if that is unknown, and when
   * the task has ended. Notified like [property@Task:progress-done]; read it again now and then if
   * nothing is reported, because then it falls.
   *
   * Since: 1.0
   */
  properties[RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, read_only);

  /**
   * AsyncLitTask:remaining: (getter get_remaining)
   *
   * How long the task still takes, in seconds, as far as can be told; -1 if that is unknown. It is
   * 0 if the status is %ASYNCLIT_TASK_STATUS_DONE. Notified like [property@Task:progress-done].
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
   * How much the task counts in the [property@TaskManager:fraction] of its manager, compared with
   * the others: for example the size of a file. The default is 1. Set it before the task is
   * submitted.
   *
   * Since: 1.0
   */
  properties[WEIGHT] = g_param_spec_double ("progress-weight", NULL, NULL, 0, G_MAXDOUBLE, 1,
                                            read_only | G_PARAM_WRITABLE);

  for (guint i = 0; i < N_AMOUNT_PROPS; i++)
    g_object_class_install_property (object_class, first + i, properties[i]);
}
