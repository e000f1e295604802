/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock.h"
#include "asynclit-time-private.h"

G_BEGIN_DECLS

/* The time that the library's own timers use, such as the delays of retries. Unit tests replace it
 * with a clock that they move. */

typedef gint64 (*AsyncLitClockFunc) (void);

/* Microseconds on a clock that never jumps, as with g_get_monotonic_time(). */
gint64 asynclit_clock_now (void);

/* The same, but it continues while the computer sleeps. Don't compare times of the two clocks. */
gint64 asynclit_clock_boot_now (void);

/* Microseconds since the Unix epoch, as with g_get_real_time(). It jumps when it is set, so it is
 * only for display. */
gint64 asynclit_clock_unix_now (void);

/* TRUE if a timer may sleep until a time comes; FALSE if time moves only when a test moves it. */
gboolean asynclit_clock_is_real (void);

/* For tests; NULL restores the real clock. A test that moves the clock must wake the timers'
 * context. */
void asynclit_clock_replace (AsyncLitClockFunc now);

/* For tests with a clock of their own: for how long the computer has slept, in microseconds. */
void asynclit_clock_set_slept (gint64 slept);

/* The interface between schedulers and clocks: a scheduler attaches an alarm to its clock, and sets
 * it to the time at which it wants to be called. Times are in microseconds. */

typedef struct _AsyncLitAlarm AsyncLitAlarm;

typedef struct {
  gint64 monotonic;
  gint64 wall; /* since the Unix epoch */
} AsyncLitClockTime;

typedef struct {
  /* Runs on: a thread of the clock's choice. Called when one of the times has come, the clock was
   * set, or the time zone has changed; spurious calls are possible. No lock is held. */
  void (*ring) (AsyncLitAlarm *alarm);
  /* Of the object in which the alarm is embedded. */
  void (*ref) (AsyncLitAlarm *alarm);
  void (*unref) (AsyncLitAlarm *alarm);
} AsyncLitAlarmFuncs;

struct _AsyncLitAlarm {
  const AsyncLitAlarmFuncs *funcs; /* set at construction, then read-only */
  /* Belongs to the clock; guarded by its lock. */
  AsyncLitClockTime due; /* ASYNCLIT_NEVER: not set */
  gpointer source;
};

struct _AsyncLitClock {
  GObject parent_instance;
};

/* Only the library derives from the class: alarms are private. */
typedef struct {
  GObjectClass parent_class;

  void (*get_time) (AsyncLitClock *self, AsyncLitClockTime *time);
  void (*attach) (AsyncLitClock *self, AsyncLitAlarm *alarm);
  void (*set) (AsyncLitClock *self, AsyncLitAlarm *alarm, const AsyncLitClockTime *due);
  void (*detach) (AsyncLitClock *self, AsyncLitAlarm *alarm);
} AsyncLitClockClass;

/* Reads both times at once. */
void asynclit_clock_get_time (AsyncLitClock *self, AsyncLitClockTime *time);

/* The clock keeps an attached alarm alive until it is detached. When an alarm rings, it is no
 * longer set. All of these may be called from any thread. Setting an alarm that is not attached
 * does nothing. */
void asynclit_clock_attach (AsyncLitClock *self, AsyncLitAlarm *alarm);
void asynclit_clock_set_alarm (AsyncLitClock *self, AsyncLitAlarm *alarm,
                               const AsyncLitClockTime *due);
void asynclit_clock_detach (AsyncLitClock *self, AsyncLitAlarm *alarm);

/* Sets the function that returns the context in which the system clock's alarms ring. Must be
 * called before the first alarm is attached. */
void asynclit_system_clock_set_context (GMainContext *(*func) (void) );

G_END_DECLS
