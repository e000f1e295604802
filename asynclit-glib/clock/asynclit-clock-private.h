/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock.h"
#include "asynclit-time-private.h"

G_BEGIN_DECLS

/* The time, as the library's own timers see it: delays of retries and the like. Its unit tests
 * replace it by a clock that they move. */

typedef gint64 (*AsyncLitClockFunc) (void);

/* Microseconds of a clock that never jumps, as g_get_monotonic_time(). */
gint64 asynclit_clock_now (void);

/* Microseconds since the Unix epoch, as g_get_real_time(): for people to read, since it jumps when
 * somebody sets the clock. */
gint64 asynclit_clock_unix_now (void);

/* TRUE if a timer may sleep until a time comes; FALSE if time only moves when a test moves it. */
gboolean asynclit_clock_is_real (void);

/* For tests; NULL restores the real clock. Whoever moves the clock wakes the timers' context. */
void asynclit_clock_replace (AsyncLitClockFunc now);

/* What schedulers and clocks have to do with each other: a scheduler attaches an alarm to its
 * clock, and sets it to when it wants to be told. Times are in microseconds. */

typedef struct _AsyncLitAlarm AsyncLitAlarm;

typedef struct {
  gint64 monotonic;
  gint64 wall; /* since the Unix epoch */
} AsyncLitClockTime;

typedef struct {
  /* Runs on: whatever thread the clock has for it. One of the times has come, or the clock was set,
   * or the time zone has changed: not even that much is certain. No lock is held. */
  void (*ring) (AsyncLitAlarm *alarm);
  /* Of what the alarm is embedded in. */
  void (*ref) (AsyncLitAlarm *alarm);
  void (*unref) (AsyncLitAlarm *alarm);
} AsyncLitAlarmFuncs;

struct _AsyncLitAlarm {
  const AsyncLitAlarmFuncs *funcs; /* set at construction, then read-only */
  /* The clock's, guarded by its lock. */
  AsyncLitClockTime due; /* ASYNCLIT_NEVER: not wanted */
  gpointer source;
};

typedef struct {
  void (*get_time) (AsyncLitClock *self, AsyncLitClockTime *time);
  void (*attach) (AsyncLitClock *self, AsyncLitAlarm *alarm);
  void (*set) (AsyncLitClock *self, AsyncLitAlarm *alarm, const AsyncLitClockTime *due);
  void (*detach) (AsyncLitClock *self, AsyncLitAlarm *alarm);
} AsyncLitClockVTable;

/* Both times at once. */
void asynclit_clock_get_time (AsyncLitClock *self, AsyncLitClockTime *time);

/* From then on until it is detached the clock keeps the alarm alive. An alarm that rings is not set
 * any more. All of these may be called from any thread; to set one that is not attached does
 * nothing. */
void asynclit_clock_attach (AsyncLitClock *self, AsyncLitAlarm *alarm);
void asynclit_clock_set_alarm (AsyncLitClock *self, AsyncLitAlarm *alarm,
                               const AsyncLitClockTime *due);
void asynclit_clock_detach (AsyncLitClock *self, AsyncLitAlarm *alarm);

/* Tells the clock of the system which context its alarms ring in. Before the first is attached. */
void asynclit_system_clock_set_context (GMainContext *(*func) (void));

G_END_DECLS
