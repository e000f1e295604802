/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-clock-private.h"
#include "asynclit-scheduled-task-private.h"

G_BEGIN_DECLS

/* Pure but for the job; times are of the clock of its trigger. */

/* The present time of the job's trigger. */
gint64 asynclit_job_get_now_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
gint64 asynclit_job_to_wall_locked (AsyncLitScheduledTask *job, gint64 time,
                                    const AsyncLitClockTime *now);
/* When to run for the first time. */
void asynclit_job_begin_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* When to run next, after job->previous. */
void asynclit_job_proceed_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* The trigger is another one: times are counted from now. */
void asynclit_job_restart_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Leaves out all times up to now. */
void asynclit_job_pass_over_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Sets the next time of the trigger, with what follows from the limits and the jitter. */
void asynclit_job_set_due_locked (AsyncLitScheduledTask *job, gint64 due,
                                  const AsyncLitClockTime *now);
/* Whether the next time is known when a run ends, and not before. */
gboolean asynclit_job_waits_for_end_locked (AsyncLitScheduledTask *job);
/* The clock was set, or the time zone is another. What does not change is not drawn anew. */
void asynclit_job_recompute_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* The same job, declared again with limits of its own: it goes on where the other one was. */
void asynclit_job_inherit_times_locked (AsyncLitScheduledTask *job, AsyncLitScheduledTask *old,
                                        const AsyncLitClockTime *now);
/* It goes on where it was when the program ended: @previous and @next are wall times. */
void asynclit_job_resume_locked (AsyncLitScheduledTask *job, gint64 previous, gint64 next,
                                 const AsyncLitClockTime *now);
/* Deals with all times up to now: puts those to run into @times, and answers how many were missed,
 * of which *last_missed was the last. */
guint64 asynclit_job_take_due_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now,
                                      GArray *times, gint64 *last_missed);

/* Whether a run for @time is missed, both times being of the same clock. */
gboolean asynclit_job_is_too_late_locked (AsyncLitScheduledTask *job, gint64 time, gint64 now);
/* Whether the end of the job has passed: no run of it may begin any more. */
gboolean asynclit_job_has_ended_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now);
/* Whether it has run as often as it may, with those that wait for it. */
gboolean asynclit_job_has_run_enough_locked (AsyncLitScheduledTask *job);

G_END_DECLS
