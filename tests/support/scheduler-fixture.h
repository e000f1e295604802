/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A scheduler on a clock that the test moves, which begins at midnight on 1 January 2026 in UTC.
 * Its jobs record when they run. */

#pragma once

#include "test-support.h"

G_BEGIN_DECLS

typedef struct {
  AsyncLitManualClock *clock;
  AsyncLitScheduler *scheduler;
  AsyncLitTaskManager *manager;
  GPtrArray *jobs; /* the jobs that were added, for use by the test */
  TestRecorder *runs;
} Fixture;

Fixture fixture_new (void);
void fixture_clear (Fixture *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* A job that records each run; not added yet. (transfer full) */
AsyncLitScheduledTask *fixture_new_job (Fixture *self, AsyncLitTrigger *trigger, const char *name);

/* The same with another function. */
AsyncLitScheduledTask *fixture_new_job_with (Fixture *self, AsyncLitTrigger *trigger,
                                             const char *name, AsyncLitTaskFunc func,
                                             gpointer user_data);

/* Adds a job, which has to succeed. Takes the reference, and returns the job for use. */
AsyncLitScheduledTask *fixture_add (Fixture *self, AsyncLitScheduledTask *job);

AsyncLitScheduledTask *fixture_add_interval (Fixture *self, const char *name, double seconds);

/* Advances the clock from one due time to the next, and waits each time until all tasks have
 * ended. */
void fixture_advance (Fixture *self, double seconds);

/* Waits until all tasks have ended. */
void fixture_settle (Fixture *self);

/* The times of day of all runs since the last call. */
void fixture_assert_runs (Fixture *self, const char *expected);

/* The next time, in UTC; NULL for none. */
void fixture_assert_next (AsyncLitScheduledTask *job, const char *expected);

/* "2026-01-01 00:00:00", in UTC. */
GDateTime *fixture_time (const char *text);

void fixture_set_wall (Fixture *self, const char *text);

G_END_DECLS
