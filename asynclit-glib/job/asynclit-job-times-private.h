/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-scheduled-task-private.h"

G_BEGIN_DECLS

/* These functions depend on nothing but the job. Times are on the clock of its trigger. */

/* The current time on the clock of the job's trigger. */
gint64 asynclit_job_get_now_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
gint64 asynclit_job_to_wall_locked (AsyncLitScheduledTask *job, gint64 time,
                                    const AsyncLitClockTime *now);
/* Computes the time of the first run. */
void asynclit_job_begin_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Computes the next time after job->previous. */
void asynclit_job_proceed_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* To be called when the trigger has changed: times are computed from the current time. */
void asynclit_job_restart_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Skips all times up to now. */
void asynclit_job_pass_over_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Sets the next time of the trigger, and applies the limits and the jitter. */
void asynclit_job_set_due_locked (AsyncLitScheduledTask *job, gint64 due,
                                  const AsyncLitClockTime *now);
/* Whether the next time is only known when a run ends. */
gboolean asynclit_job_waits_for_end_locked (AsyncLitScheduledTask *job);
/* To be called when the clock was set, or the time zone has changed. The jitter of unchanged times
 * stays. */
void asynclit_job_recompute_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* For a job that replaces one with the same ID and trigger, with its own limits: continues where
 * the other one was. */
void asynclit_job_inherit_times_locked (AsyncLitScheduledTask *job, AsyncLitScheduledTask *old,
                                        const AsyncLitClockTime *now);
/* Continues where the job was when the program exited. @previous and @next are wall times. */
void asynclit_job_resume_locked (AsyncLitScheduledTask *job, gint64 previous, gint64 next,
                                 const AsyncLitClockTime *now);
/* Handles all times up to now: puts those to run into @times, and returns the number of missed
 * times, of which *@last_missed is the last. */
guint64 asynclit_job_take_due_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now,
                                      GArray *times, gint64 *last_missed);

/* Whether a run for @time is missed. Both times are on the same clock. */
gboolean asynclit_job_is_too_late_locked (AsyncLitScheduledTask *job, gint64 time, gint64 now);
/* Whether the job's end has passed, so that no run may begin any more. */
gboolean asynclit_job_has_ended_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Whether the job has reached its number of runs, including those that wait for it. */
gboolean asynclit_job_has_run_enough_locked (AsyncLitScheduledTask *job);

G_END_DECLS
