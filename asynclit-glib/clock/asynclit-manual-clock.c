/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitManualClock:
 *
 * A clock that only moves when it is told to, for tests and simulations.
 *
 * When the clock moves, the thread that moves it submits everything that has become due, before the
 * call returns: each run at its own time, and in order. A test can therefore pass years in
 * milliseconds, and its outcome does not depend on the speed of the machine. The tasks themselves
 * run on their usual executors.
 *
 * ```c
 * g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
 * g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (start);
 * g_autoptr (AsyncLitScheduler) scheduler
 *     = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, NULL);
 *
 * asynclit_start_scheduler (scheduler);
 * asynclit_manual_clock_advance (clock, 365 * 86400.);
 * ```
 *
 * In C, `AsyncLitManualClock` is another name of `AsyncLitClock`, so no casts are needed.
 *
 * The clock can also simulate what happens to real clocks: the time is set
 * ([method@ManualClock.set_wall_time]), or the system is suspended ([method@ManualClock.suspend]).
 *
 * All methods may be called from any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-lock-private.h"

/* Larger numbers, in microseconds, would not fit into a time: 95,000 years. */
#define MAX_SECONDS 3e12

typedef AsyncLitClockClass AsyncLitManualClockClass;

struct _AsyncLitManualClock {
  AsyncLitClock parent_instance;

  AsyncLitLock lock; /* guards the fields below, and the alarms */
  AsyncLitClockTime now;
  GPtrArray *alarms; /* of AsyncLitAlarm */
};

enum {
  PROP_0,
  PROP_START,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AsyncLitManualClock, asynclit_manual_clock, ASYNCLIT_TYPE_CLOCK)

static void
manual_clock_get_time (AsyncLitClock *clock, AsyncLitClockTime *time)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (clock);

  asynclit_lock (&self->lock);
  *time = self->now;
  asynclit_unlock (&self->lock);
}

static void
manual_clock_clear_locked (AsyncLitManualClock *self, AsyncLitAlarm *alarm)
{
  asynclit_assert_locked (&self->lock);
  alarm->due = (AsyncLitClockTime){ ASYNCLIT_NEVER, ASYNCLIT_NEVER };
}

static void
manual_clock_attach (AsyncLitClock *clock, AsyncLitAlarm *alarm)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (clock);

  alarm->funcs->ref (alarm);
  asynclit_lock (&self->lock);
  manual_clock_clear_locked (self, alarm);
  g_ptr_array_add (self->alarms, alarm);
  asynclit_unlock (&self->lock);
}

static void
manual_clock_set (AsyncLitClock *clock, AsyncLitAlarm *alarm, const AsyncLitClockTime *due)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (clock);

  asynclit_lock (&self->lock);
  alarm->due = *due;
  asynclit_unlock (&self->lock);
}

static void
manual_clock_detach (AsyncLitClock *clock, AsyncLitAlarm *alarm)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (clock);
  gboolean removed;

  asynclit_lock (&self->lock);
  removed = g_ptr_array_remove (self->alarms, alarm);
  asynclit_unlock (&self->lock);
  if (removed)
    alarm->funcs->unref (alarm);
}

/* The time until the alarm is due; 0 if it is due, G_MAXINT64 if it is not set. */
static gint64
alarm_get_distance (const AsyncLitAlarm *alarm, const AsyncLitClockTime *now)
{
  gint64 distance = G_MAXINT64;

  if (alarm->due.monotonic != ASYNCLIT_NEVER)
    distance = MAX (asynclit_time_between (now->monotonic, alarm->due.monotonic), 0);
  if (alarm->due.wall != ASYNCLIT_NEVER)
    distance = MIN (distance, MAX (asynclit_time_between (now->wall, alarm->due.wall), 0));
  return distance;
}

static gint64
manual_clock_get_distance_locked (AsyncLitManualClock *self)
{
  gint64 distance = G_MAXINT64;

  asynclit_assert_locked (&self->lock);
  for (guint i = 0; i < self->alarms->len; i++)
    distance = MIN (distance, alarm_get_distance (g_ptr_array_index (self->alarms, i), &self->now));
  return distance;
}

/* The alarms that are due, or all alarms, with a reference to each. */
static GPtrArray *
manual_clock_take_alarms_locked (AsyncLitManualClock *self, gboolean all)
{
  GPtrArray *taken = g_ptr_array_new ();

  asynclit_assert_locked (&self->lock);
  for (guint i = 0; i < self->alarms->len; i++)
    {
      AsyncLitAlarm *alarm = g_ptr_array_index (self->alarms, i);

      if (!all && alarm_get_distance (alarm, &self->now) > 0)
        continue;
      manual_clock_clear_locked (self, alarm);
      alarm->funcs->ref (alarm);
      g_ptr_array_add (taken, alarm);
    }
  return taken;
}

static void
ring_all (GPtrArray *alarms)
{
  for (guint i = 0; i < alarms->len; i++)
    {
      AsyncLitAlarm *alarm = g_ptr_array_index (alarms, i);

      alarm->funcs->ring (alarm);
      alarm->funcs->unref (alarm);
    }
  g_ptr_array_unref (alarms);
}

/* Time stops at its last value. */
static void
move (gint64 *time, gint64 usec)
{
  *time = MIN (asynclit_time_add (*time, usec), ASYNCLIT_LAST_TIME);
}

static void
manual_clock_move_locked (AsyncLitManualClock *self, gint64 monotonic_usec, gint64 wall_usec)
{
  asynclit_assert_locked (&self->lock);
  move (&self->now.monotonic, monotonic_usec);
  move (&self->now.wall, wall_usec);
}

/* Moves to the next alarm, by at most *@left. FALSE if there is none in this time. */
static gboolean
manual_clock_step (AsyncLitManualClock *self, gint64 *left)
{
  GPtrArray *alarms = NULL;
  gint64 distance;

  asynclit_lock (&self->lock);
  distance = manual_clock_get_distance_locked (self);
  if (distance <= *left)
    {
      *left -= distance;
      manual_clock_move_locked (self, distance, distance);
      alarms = manual_clock_take_alarms_locked (self, FALSE);
    }
  asynclit_unlock (&self->lock);
  if (alarms == NULL)
    return FALSE;
  ring_all (alarms);
  return TRUE;
}

static void
manual_clock_jump (AsyncLitManualClock *self, gint64 monotonic_usec, gint64 wall_usec)
{
  GPtrArray *alarms;

  asynclit_lock (&self->lock);
  manual_clock_move_locked (self, monotonic_usec, wall_usec);
  alarms = manual_clock_take_alarms_locked (self, TRUE);
  asynclit_unlock (&self->lock);
  ring_all (alarms);
}

static gint64
date_time_to_usec (GDateTime *time)
{
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

static void
asynclit_manual_clock_set_property (GObject *object, guint property_id, const GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (object);
  GDateTime *start = g_value_get_boxed (value);

  switch (property_id)
    {
    case PROP_START:
      self->now.wall = start != NULL ? date_time_to_usec (start) : g_get_real_time ();
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_manual_clock_finalize (GObject *object)
{
  AsyncLitManualClock *self = ASYNCLIT_MANUAL_CLOCK (object);

  g_ptr_array_unref (self->alarms);
  asynclit_lock_clear (&self->lock);
  G_OBJECT_CLASS (asynclit_manual_clock_parent_class)->finalize (object);
}

static void
asynclit_manual_clock_class_init (AsyncLitManualClockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = asynclit_manual_clock_set_property;
  object_class->finalize = asynclit_manual_clock_finalize;
  klass->get_time = manual_clock_get_time;
  klass->attach = manual_clock_attach;
  klass->set = manual_clock_set;
  klass->detach = manual_clock_detach;

  /**
   * AsyncLitManualClock:start:
   *
   * The initial wall time. The default is %NULL, which means the current time.
   *
   * Since: 1.0
   */
  properties[PROP_START]
      = g_param_spec_boxed ("start", NULL, NULL, G_TYPE_DATE_TIME,
                            G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
asynclit_manual_clock_init (AsyncLitManualClock *self)
{
  self->alarms = g_ptr_array_new ();
  self->now.monotonic = G_TIME_SPAN_HOUR;
}

/**
 * asynclit_manual_clock_new:
 * @start: (nullable): the initial wall time; %NULL for the current time
 *
 * Creates a clock that only moves when it is told to.
 *
 * Its monotonic time begins at one hour.
 *
 * Returns: (transfer full) (type AsyncLitManualClock): a new clock
 * Since: 1.0
 */
AsyncLitClock *
asynclit_manual_clock_new (GDateTime *start)
{
  return g_object_new (ASYNCLIT_TYPE_MANUAL_CLOCK, "start", start, NULL);
}

/**
 * asynclit_manual_clock_advance:
 * @self: a clock
 * @seconds: the time to pass, in seconds; from 0 to 3e12, which is 95,000 years
 *
 * Advances both times of the clock. The clock stops at each moment at which something is due, and
 * the call submits it before it returns.
 *
 * If @seconds is 0, the call submits what is already due.
 *
 * Since: 1.0
 */
void
asynclit_manual_clock_advance (AsyncLitManualClock *self, double seconds)
{
  gint64 left;

  g_return_if_fail (ASYNCLIT_IS_MANUAL_CLOCK (self));
  g_return_if_fail (seconds >= 0 && seconds <= MAX_SECONDS);

  left = asynclit_seconds_to_usec (seconds);
  while (manual_clock_step (self, &left))
    ;
  asynclit_lock (&self->lock);
  manual_clock_move_locked (self, left, left);
  asynclit_unlock (&self->lock);
}

/**
 * asynclit_manual_clock_advance_to_next:
 * @self: a clock
 *
 * Advances both times of the clock to the next moment at which something is due, and submits it.
 *
 * Returns: %TRUE if something was due; %FALSE if nothing will ever be due, and the clock has not
 *   moved
 * Since: 1.0
 */
gboolean
asynclit_manual_clock_advance_to_next (AsyncLitManualClock *self)
{
  gint64 left = ASYNCLIT_LAST_TIME;

  g_return_val_if_fail (ASYNCLIT_IS_MANUAL_CLOCK (self), FALSE);

  return manual_clock_step (self, &left);
}

/**
 * asynclit_manual_clock_set_wall_time:
 * @self: a clock
 * @time: the new wall time
 *
 * Sets the wall time, as a user sets a real clock.
 *
 * The wall time jumps forwards or backwards; the monotonic time does not change.
 *
 * Since: 1.0
 */
void
asynclit_manual_clock_set_wall_time (AsyncLitManualClock *self, GDateTime *time)
{
  AsyncLitClockTime now;

  g_return_if_fail (ASYNCLIT_IS_MANUAL_CLOCK (self));
  g_return_if_fail (time != NULL);

  asynclit_clock_get_time (ASYNCLIT_CLOCK (self), &now);
  manual_clock_jump (self, 0, asynclit_time_between (now.wall, date_time_to_usec (time)));
}

/**
 * asynclit_manual_clock_suspend:
 * @self: a clock
 * @seconds: the time for which the system is suspended, in seconds; from 0 to 3e12, which is 95,000
 *   years
 *
 * Simulates that the system is suspended and resumes.
 *
 * Both times jump. What became due in the meantime is late.
 *
 * Since: 1.0
 */
void
asynclit_manual_clock_suspend (AsyncLitManualClock *self, double seconds)
{
  gint64 usec;

  g_return_if_fail (ASYNCLIT_IS_MANUAL_CLOCK (self));
  g_return_if_fail (seconds >= 0 && seconds <= MAX_SECONDS);

  usec = asynclit_seconds_to_usec (seconds);
  manual_clock_jump (self, usec, usec);
}
