/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitClock:
 *
 * The source of time for an [class@Scheduler].
 *
 * A clock has two times. The *wall* time is the time that people see. Cron expressions and dates
 * use it. It jumps when somebody sets the clock. The *monotonic* time never jumps, and it includes
 * the time for which the system was suspended. Intervals use it.
 *
 * There are two kinds of clocks: the system clock, [func@get_system_clock], which a scheduler uses
 * by default; and [class@ManualClock], for tests and simulations.
 *
 * All methods may be called from any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-clock-private.h"

G_DEFINE_ABSTRACT_TYPE (AsyncLitClock, asynclit_clock, G_TYPE_OBJECT)

/* Atomic: tests set it while the worker may read it. */
static AsyncLitClockFunc replaced_clock;

gint64
asynclit_clock_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () : g_get_monotonic_time ();
}

gint64
asynclit_clock_unix_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () : g_get_real_time ();
}

gboolean
asynclit_clock_is_real (void)
{
  return g_atomic_pointer_get (&replaced_clock) == NULL;
}

void
asynclit_clock_replace (AsyncLitClockFunc now)
{
  g_atomic_pointer_set (&replaced_clock, now);
}

static const AsyncLitClockVTable *
clock_get_vtable (AsyncLitClock *self)
{
  return ASYNCLIT_CLOCK_GET_CLASS (self)->vtable;
}

static void
stopped_get_time (AsyncLitClock *self, AsyncLitClockTime *time)
{
  *time = (AsyncLitClockTime){ 0, 0 };
}

static void
stopped_attach (AsyncLitClock *self, AsyncLitAlarm *alarm)
{
}

static void
stopped_set (AsyncLitClock *self, AsyncLitAlarm *alarm, const AsyncLitClockTime *due)
{
}

/* A language binding can derive from the class. An instance of such a class must be harmless. */
static const AsyncLitClockVTable stopped_vtable = {
  .get_time = stopped_get_time,
  .attach = stopped_attach,
  .set = stopped_set,
  .detach = stopped_attach,
};

static void
asynclit_clock_class_init (AsyncLitClockClass *klass)
{
  klass->vtable = &stopped_vtable;
}

static void
asynclit_clock_init (AsyncLitClock *self)
{
}

void
asynclit_clock_get_time (AsyncLitClock *self, AsyncLitClockTime *time)
{
  clock_get_vtable (self)->get_time (self, time);
}

void
asynclit_clock_attach (AsyncLitClock *self, AsyncLitAlarm *alarm)
{
  clock_get_vtable (self)->attach (self, alarm);
}

void
asynclit_clock_set_alarm (AsyncLitClock *self, AsyncLitAlarm *alarm, const AsyncLitClockTime *due)
{
  clock_get_vtable (self)->set (self, alarm, due);
}

void
asynclit_clock_detach (AsyncLitClock *self, AsyncLitAlarm *alarm)
{
  clock_get_vtable (self)->detach (self, alarm);
}

/**
 * asynclit_clock_get_monotonic_time:
 * @self: a clock
 *
 * Gets the monotonic time. It never jumps, and it includes the time for which the system was
 * suspended.
 *
 * Returns: the time, in microseconds since an arbitrary moment in the past
 * Since: 1.0
 */
gint64
asynclit_clock_get_monotonic_time (AsyncLitClock *self)
{
  AsyncLitClockTime time;

  g_return_val_if_fail (ASYNCLIT_IS_CLOCK (self), 0);

  asynclit_clock_get_time (self, &time);
  return time.monotonic;
}

/**
 * asynclit_clock_get_wall_time:
 * @self: a clock
 *
 * Gets the wall time. It jumps when somebody sets the clock.
 *
 * Returns: the time, in microseconds since the Unix epoch (1 January 1970, 00:00 UTC)
 * Since: 1.0
 */
gint64
asynclit_clock_get_wall_time (AsyncLitClock *self)
{
  AsyncLitClockTime time;

  g_return_val_if_fail (ASYNCLIT_IS_CLOCK (self), 0);

  asynclit_clock_get_time (self, &time);
  return time.wall;
}
