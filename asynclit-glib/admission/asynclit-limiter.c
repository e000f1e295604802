/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitLimiter:
 *
 * Limits how many tasks run at a time, and how many start per second.
 *
 * Tasks that share a limiter can belong to different managers and run in different executors. Give
 * the limiter to each task with [method@Task.add_limiter], or to all tasks of a manager with
 * [method@TaskManager.set_limiter].
 *
 * ```c
 * g_autoptr (AsyncLitLimiter) downloads = asynclit_limiter_new (4);
 * g_autoptr (AsyncLitTask) task = asynclit_task_new ();
 *
 * asynclit_task_set_func (task, download, g_strdup (uri), g_free);
 * asynclit_task_add_limiter (task, downloads);
 * asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
 * ```
 *
 * A task takes its place right before it is passed to its executor, and keeps it until it ends.
 * While it waits for a place, it is pending, occupies no thread, and can be cancelled at once. A
 * task that waits for a retry has no place. A task with several limiters takes a place of each at
 * the same time, or none at all, so that two tasks never block each other.
 *
 * A function that waits for another task with [method@Task.wait] lends its places for the duration
 * of the wait. It takes them back when the wait is over, even if they are occupied. For a moment
 * [property@Limiter:n-running] may therefore be larger than [property@Limiter:max-running].
 *
 * Waiting tasks are served by priority (see [method@Task.set_priority]), and tasks of the same
 * priority in the order in which they began to wait. Each tenth of a second that a task waits
 * counts as much as a priority that is lower by one, so that no task waits forever.
 *
 * A task that needs several limiters can start only at a moment when all of them have a place.
 * Until then, tasks that need fewer go ahead. Once the task has waited for *1 s + priority × 0.1
 * s*, one place of each of its limiters is kept for it, unless it also waits for a rate, or its
 * manager is paused. Tasks that come after it in the order above then leave that place alone.
 *
 * With [property@Limiter:max-failures], the limiter is also a circuit breaker, for a service that
 * should be left alone while it is in trouble.
 *
 * All functions may be called from any thread. `notify` is emitted on the thread that changes a
 * property. It is not emitted for [property@Limiter:n-running], [property@Limiter:n-waiting] and
 * [property@Limiter:circuit].
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-limiter-private.h"

#include <math.h>

enum {
  PROP_0,
  PROP_NAME,
  PROP_MAX_RUNNING,
  PROP_RATE,
  PROP_BURST,
  PROP_MAX_FAILURES,
  PROP_BREAK_DURATION,
  PROP_CIRCUIT,
  PROP_N_RUNNING,
  PROP_N_WAITING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitLimiter, asynclit_limiter, G_TYPE_OBJECT)

static void
asynclit_limiter_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  AsyncLitLimiter *self = ASYNCLIT_LIMITER (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_MAX_RUNNING:
      g_value_set_uint (value, asynclit_limiter_get_max_running (self));
      break;
    case PROP_RATE:
      g_value_set_double (value, asynclit_limiter_get_rate (self));
      break;
    case PROP_BURST:
      g_value_set_uint (value, asynclit_limiter_get_burst (self));
      break;
    case PROP_MAX_FAILURES:
      g_value_set_uint (value, asynclit_limiter_get_max_failures (self));
      break;
    case PROP_BREAK_DURATION:
      g_value_set_double (value, asynclit_limiter_get_break_duration (self));
      break;
    case PROP_CIRCUIT:
      g_value_set_enum (value, (int) asynclit_limiter_get_circuit (self));
      break;
    case PROP_N_RUNNING:
      g_value_set_uint (value, asynclit_limiter_get_n_running (self));
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, asynclit_limiter_get_n_waiting (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_limiter_set_property (GObject *object, guint property_id, const GValue *value,
                               GParamSpec *pspec)
{
  AsyncLitLimiter *self = ASYNCLIT_LIMITER (object);

  switch (property_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_MAX_RUNNING:
      asynclit_limiter_set_max_running (self, g_value_get_uint (value));
      break;
    case PROP_RATE:
      asynclit_limiter_set_rate (self, g_value_get_double (value));
      break;
    case PROP_BURST:
      asynclit_limiter_set_burst (self, g_value_get_uint (value));
      break;
    case PROP_MAX_FAILURES:
      asynclit_limiter_set_max_failures (self, g_value_get_uint (value));
      break;
    case PROP_BREAK_DURATION:
      asynclit_limiter_set_break_duration (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_limiter_finalize (GObject *object)
{
  AsyncLitLimiter *self = ASYNCLIT_LIMITER (object);

  asynclit_places_clear (&self->places);
  g_free (self->name);
  G_OBJECT_CLASS (asynclit_limiter_parent_class)->finalize (object);
}

static void
install_limits (GObjectClass *object_class)
{
  const GParamFlags read_write
      = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitLimiter:max-running: (getter get_max_running) (setter set_max_running)
   *
   * How many tasks may run at a time. The default is 0, for no limit.
   *
   * If the limit is lowered, running tasks continue, and no task starts until fewer are running.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_RUNNING]
      = g_param_spec_uint ("max-running", NULL, NULL, 0, G_MAXUINT, 0, read_write);

  /**
   * AsyncLitLimiter:rate: (getter get_rate) (setter set_rate)
   *
   * How many tasks may start per second, on average: from 0 to 1000000. The default is 0, for no
   * limit.
   *
   * Since: 1.0
   */
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, 1e6, 0, read_write);

  /**
   * AsyncLitLimiter:burst: (getter get_burst) (setter set_burst)
   *
   * How many tasks may start at once after a pause, despite [property@Limiter:rate]: 1 or more.
   * The default is 1.
   *
   * Since: 1.0
   */
  properties[PROP_BURST] = g_param_spec_uint ("burst", NULL, NULL, 1, G_MAXUINT, 1, read_write);
}

static void
install_circuit (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncLitLimiter:max-failures: (getter get_max_failures) (setter set_max_failures)
   *
   * How many attempts in a row have to fail to open the circuit: see
   * [method@Limiter.set_max_failures]. The default is 0: the limiter is no circuit breaker.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_FAILURES] = g_param_spec_uint ("max-failures", NULL, NULL, 0, G_MAXUINT, 0,
                                                     flags | G_PARAM_READWRITE);

  /**
   * AsyncLitLimiter:break-duration: (getter get_break_duration) (setter set_break_duration)
   *
   * How long the circuit stays open, in seconds, until one task may try again. The default is 60.
   *
   * Since: 1.0
   */
  properties[PROP_BREAK_DURATION]
      = g_param_spec_double ("break-duration", NULL, NULL, 0, G_MAXDOUBLE,
                             ASYNCLIT_DEFAULT_BREAK_DURATION, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitLimiter:circuit: (getter get_circuit)
   *
   * The state of the circuit breaker. Not notified.
   *
   * Since: 1.0
   */
  properties[PROP_CIRCUIT]
      = g_param_spec_enum ("circuit", NULL, NULL, ASYNCLIT_TYPE_CIRCUIT, ASYNCLIT_CIRCUIT_CLOSED,
                           flags | G_PARAM_READABLE);
}

static void
asynclit_limiter_class_init (AsyncLitLimiterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  asynclit_class_type_set (&asynclit_limiter_type, klass);
  object_class->get_property = asynclit_limiter_get_property;
  object_class->set_property = asynclit_limiter_set_property;
  object_class->finalize = asynclit_limiter_finalize;

  /**
   * AsyncLitLimiter:name: (getter get_name)
   *
   * The name of the limiter, for people to read. [method@Task.explain] mentions it. The default is
   * %NULL.
   *
   * Since: 1.0
   */
  properties[PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  install_limits (object_class);
  install_circuit (object_class);

  /**
   * AsyncLitLimiter:n-running: (getter get_n_running)
   *
   * How many tasks have a place. `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[PROP_N_RUNNING]
      = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitLimiter:n-waiting: (getter get_n_waiting)
   *
   * How many waiting tasks need a place of this limiter. `notify` is not emitted.
   *
   * Since: 1.0
   */
  properties[PROP_N_WAITING]
      = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_limiter_init (AsyncLitLimiter *self)
{
  asynclit_places_init (&self->places, G_OBJECT (self));
}

void
asynclit_limiter_set_queue (AsyncLitLimiter *self, guint max_waiting, gboolean drops_oldest)
{
  asynclit_limiter_lock (self);
  self->places.max_waiting = max_waiting;
  self->places.drops_oldest = drops_oldest;
  asynclit_places_unlock ();
}

void
asynclit_limiter_set_paused (AsyncLitLimiter *self, gboolean paused)
{
  AsyncLitGot got = { 0 };

  asynclit_limiter_lock (self);
  asynclit_places_set_paused_locked (&self->places, paused, &got);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
}

/**
 * asynclit_limiter_new:
 * @max_running: how many tasks may run at a time; 0 for no limit
 *
 * Creates a limiter.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new limiter
 * Since: 1.0
 */
AsyncLitLimiter *
asynclit_limiter_new (guint max_running)
{
  return g_object_new (ASYNCLIT_TYPE_LIMITER, "max-running", max_running, NULL);
}

/**
 * asynclit_limiter_get_name:
 * @self: a limiter
 *
 * Gets the name of the limiter.
 *
 * May be called from any thread.
 *
 * Returns: (nullable): the name, or %NULL
 * Since: 1.0
 */
const char *
asynclit_limiter_get_name (AsyncLitLimiter *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), NULL);

  return self->name;
}

/**
 * asynclit_limiter_get_max_running:
 * @self: a limiter
 *
 * Gets how many tasks may run at a time.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks, or 0 for no limit
 * Since: 1.0
 */
guint
asynclit_limiter_get_max_running (AsyncLitLimiter *self)
{
  guint max_running;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  max_running = self->places.max_running;
  asynclit_places_unlock ();
  return max_running;
}

/**
 * asynclit_limiter_set_max_running:
 * @self: a limiter
 * @max_running: how many tasks may run at a time; 0 for no limit
 *
 * Sets how many tasks may run at a time. The default is 0. `notify` is emitted on the calling
 * thread.
 *
 * The limit can be changed at any time. Running tasks continue, even if there are more than
 * @max_running.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_set_max_running (AsyncLitLimiter *self, guint max_running)
{
  AsyncLitGot got = { 0 };
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));

  asynclit_limiter_lock (self);
  changed = self->places.max_running != max_running;
  self->places.max_running = max_running;
  asynclit_places_kick_locked (&self->places, &got);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_RUNNING]);
}

/* NULL leaves one of them as it is. FALSE if nothing has changed. */
static gboolean
limiter_set_rate (AsyncLitLimiter *self, const double *rate, const guint *burst)
{
  AsyncLitPlaces *places = &self->places;
  AsyncLitTick *tick = NULL;
  AsyncLitGot got = { 0 };
  gboolean changed;

  asynclit_limiter_lock (self);
  changed = (rate != NULL && places->rate != *rate) || (burst != NULL && places->burst != *burst);
  if (changed)
    tick = asynclit_places_set_rate_locked (places, rate != NULL ? *rate : places->rate,
                                            burst != NULL ? *burst : places->burst);
  asynclit_places_kick_locked (places, &got);
  asynclit_places_unlock ();
  if (tick != NULL)
    asynclit_admission_stop_tick (tick);
  asynclit_admission_act (&got);
  return changed;
}

/**
 * asynclit_limiter_get_rate:
 * @self: a limiter
 *
 * Gets how many tasks may start per second, on average.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks per second, or 0 for no limit
 * Since: 1.0
 */
double
asynclit_limiter_get_rate (AsyncLitLimiter *self)
{
  double rate;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  rate = self->places.rate;
  asynclit_places_unlock ();
  return rate;
}

/**
 * asynclit_limiter_set_rate:
 * @self: a limiter
 * @rate: how many tasks may start per second, on average: from 0 to 1000000; 0 for no limit
 *
 * Sets how many tasks may start per second, on average. The default is 0. `notify` is emitted on
 * the calling thread.
 *
 * Each attempt counts, so the retry of a task is another start. The limiter is a *token bucket*,
 * which holds up to [property@Limiter:burst] tokens, gains @rate tokens per second, and loses one
 * when a task starts.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_set_rate (AsyncLitLimiter *self, double rate)
{
  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));
  g_return_if_fail (!isnan (rate) && rate >= 0 && rate <= 1e6);

  if (limiter_set_rate (self, &rate, NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE]);
}

/**
 * asynclit_limiter_get_burst:
 * @self: a limiter
 *
 * Gets how many tasks may start at once after a pause.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_limiter_get_burst (AsyncLitLimiter *self)
{
  guint burst;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 1);

  asynclit_limiter_lock (self);
  burst = self->places.burst;
  asynclit_places_unlock ();
  return burst;
}

/**
 * asynclit_limiter_set_burst:
 * @self: a limiter
 * @burst: how many tasks may start at once: 1 or more
 *
 * Sets how many tasks may start at once after a pause, despite [property@Limiter:rate]. The default
 * is 1. `notify` is emitted on the calling thread.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_set_burst (AsyncLitLimiter *self, guint burst)
{
  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));
  g_return_if_fail (burst >= 1);

  if (limiter_set_rate (self, NULL, &burst))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BURST]);
}

/**
 * asynclit_limiter_get_n_running:
 * @self: a limiter
 *
 * Gets how many tasks have a place.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_limiter_get_n_running (AsyncLitLimiter *self)
{
  guint n_running;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  n_running = self->places.n_running;
  asynclit_places_unlock ();
  return n_running;
}

/**
 * asynclit_limiter_get_n_waiting:
 * @self: a limiter
 *
 * Gets how many waiting tasks need a place of this limiter.
 *
 * A task with several limiters counts in each of them until it has its places.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_limiter_get_n_waiting (AsyncLitLimiter *self)
{
  guint n_waiting;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  n_waiting = self->places.waiting.length;
  asynclit_places_unlock ();
  return n_waiting;
}
