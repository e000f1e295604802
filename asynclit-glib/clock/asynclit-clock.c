/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitClock:
 *
 * The source of time for an [class@Scheduler].
 *
 * A clock has two times. The *wall* time is the time that people see. Cron expressions and dates
 * use it. It jumps when it is set. The *monotonic* time never jumps, and it includes
 * the time for which the system was suspended. Intervals use it.
 *
 * There are two kinds of clocks: the system clock, [func@get_system_clock], which a scheduler uses
 * by default; and [class@ManualClock], for tests and simulations.
 *
 * Programs can't derive from this class, because clocks and schedulers depend on each other's
 * internals.
 *
 * All methods may be called from any thread.
 *
 * Since: 1.0
 */

#include "config.h"

#include "asynclit-clock-private.h"

#include <time.h>

G_DEFINE_ABSTRACT_TYPE (AsyncLitClock, asynclit_clock, G_TYPE_OBJECT)

/* Atomic: tests set it while the worker may read it. */
static AsyncLitClockFunc replaced_clock;
static gint64 replaced_slept; /* atomic: as above */

gint64
asynclit_clock_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () : g_get_monotonic_time ();
}

static gint64
read_boot_clock (void)
{
  struct timespec time;

  clock_gettime (CLOCK_BOOTTIME, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

gint64
asynclit_clock_boot_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () + __atomic_load_n (&replaced_slept, __ATOMIC_RELAXED)
                                  : read_boot_clock ();
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

void
asynclit_clock_set_slept (gint64 slept)
{
  __atomic_store_n (&replaced_slept, slept, __ATOMIC_RELAXED);
}

static AsyncLitClockClass *
clock_get_class (AsyncLitClock *self)
{
  return G_TYPE_INSTANCE_GET_CLASS (self, ASYNCLIT_TYPE_CLOCK, AsyncLitClockClass);
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

/* A language binding may still derive a class at run time. Its instances must be harmless. */
static void
asynclit_clock_constructed (GObject *object)
{
  G_OBJECT_CLASS (asynclit_clock_parent_class)->constructed (object);
  if (clock_get_class (ASYNCLIT_CLOCK (object))->get_time == stopped_get_time)
    g_critical ("%s is derived from AsyncLitClock, which only the library may do: it stands still",
                G_OBJECT_TYPE_NAME (object));
}

static void
asynclit_clock_class_init (AsyncLitClockClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = asynclit_clock_constructed;
  klass->get_time = stopped_get_time;
  klass->attach = stopped_attach;
  klass->set = stopped_set;
  klass->detach = stopped_attach;
}

static void
asynclit_clock_init (AsyncLitClock *self)
{
}

void
asynclit_clock_get_time (AsyncLitClock *self, AsyncLitClockTime *time)
{
  clock_get_class (self)->get_time (self, time);
}

void
asynclit_clock_attach (AsyncLitClock *self, AsyncLitAlarm *alarm)
{
  g_assert (alarm != NULL);
  clock_get_class (self)->attach (self, alarm);
}

void
asynclit_clock_set_alarm (AsyncLitClock *self, AsyncLitAlarm *alarm, const AsyncLitClockTime *due)
{
  g_assert (alarm != NULL && due != NULL);
  clock_get_class (self)->set (self, alarm, due);
}

void
asynclit_clock_detach (AsyncLitClock *self, AsyncLitAlarm *alarm)
{
  g_assert (alarm != NULL);
  clock_get_class (self)->detach (self, alarm);
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
 * Gets the wall time. It jumps when it is set.
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
