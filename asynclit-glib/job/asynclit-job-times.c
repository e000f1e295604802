/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a job runs: how its options modify the times of its trigger.
 *
 * All times are computed from `previous`, the last time of the trigger that was handled, never from
 * the moment at which a run really began. Nothing therefore drifts, and a late run does not delay
 * later ones. If the clock is set back, `previous` may be ahead of the clock; the times up
 * to it are not repeated.
 *
 * The start and the end of a job are wall times. They apply to the moment at which a run begins, as
 * the wall clock shows it at that moment: also to an interval, which uses the monotonic clock, and
 * to a late run. They are therefore checked when a time is computed, when the clock was set, and
 * when a time has come. */

#include "config.h"

#include "asynclit-job-times-private.h"
#include "asynclit-trigger-private.h"

/* On a busy machine, timers may fire slightly late. A run within this tolerance is not late. */
#define ON_TIME_USEC G_USEC_PER_SEC

/* If the clock is set back by less than this, runs that have taken place are not repeated. If it is
 * set back by more, it was obviously wrong before, and waiting until it reaches the same time again
 * would also be wrong: a program that saw the year 2062 for a moment would be idle for decades. */
#define MAX_SET_BACK_USEC (26 * G_TIME_SPAN_HOUR)

/* The maximum number of missed times that are counted, or run one by one. There is no formula to
 * count the times of a cron expression. */
#define MAX_MISSED 10000

static gboolean
job_is_monotonic (AsyncLitScheduledTask *job)
{
  return asynclit_trigger_is_monotonic (job->trigger);
}

gint64
asynclit_job_get_now_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return job_is_monotonic (job) ? now->monotonic : now->wall;
}

gint64
asynclit_job_to_wall_locked (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!asynclit_time_is_set (time) || !job_is_monotonic (job))
    return time;
  return asynclit_time_add (now->wall, asynclit_time_between (now->monotonic, time));
}

/* The opposite conversion, for the start and the end. */
static gint64
job_from_wall (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  if (!asynclit_time_is_set (time) || !job_is_monotonic (job))
    return time;
  return asynclit_time_add (now->monotonic, asynclit_time_between (now->wall, time));
}

/* The end, or ASYNCLIT_NEVER. */
static gint64
job_get_end (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  return job->end_time != ASYNCLIT_NO_TIME ? job_from_wall (job, job->end_time, now)
                                           : ASYNCLIT_NEVER;
}

gboolean
asynclit_job_has_ended_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return job->end_time != ASYNCLIT_NO_TIME
         && asynclit_time_between (job->end_time, now->wall) > ON_TIME_USEC;
}

gboolean
asynclit_job_has_run_enough_locked (AsyncLitScheduledTask *job)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return job->max_runs > 0
         && (job->counts.n_runs >= job->max_runs
             || job->waiting.length >= job->max_runs - job->counts.n_runs);
}

gboolean
asynclit_job_waits_for_end_locked (AsyncLitScheduledTask *job)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return asynclit_trigger_counts_from_end (job->trigger);
}

/* A random delay of a run, at most @left, the time until the end of the job. */
static gint64
pick_jitter (AsyncLitScheduledTask *job, gint64 left)
{
  const gint64 jitter = MIN (asynclit_seconds_to_usec (job->jitter), left);

  return (gint64) (g_random_double () * (double) jitter);
}

void
asynclit_job_set_due_locked (AsyncLitScheduledTask *job, gint64 due, const AsyncLitClockTime *now)
{
  const gint64 start = job_from_wall (job, job->start_time, now);
  const gint64 end = job_get_end (job, now);

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (start > due)
    due = asynclit_trigger_first_from (job->trigger, start);
  if (due > end || asynclit_job_has_run_enough_locked (job))
    due = ASYNCLIT_NEVER;
  job->due = due;
  job->fire_at = due;
  job->is_start = due == start && job_is_monotonic (job);
  if (due != ASYNCLIT_NEVER && job->jitter > 0)
    job->fire_at = asynclit_time_add (due, pick_jitter (job, asynclit_time_between (due, end)));
}

void
asynclit_job_inherit_times_locked (AsyncLitScheduledTask *job, AsyncLitScheduledTask *old,
                                   const AsyncLitClockTime *now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  asynclit_job_set_due_locked (job, old->due, now);
  if (job->due == old->due && job->due != ASYNCLIT_NEVER && job->jitter == old->jitter)
    job->fire_at = MIN (old->fire_at, job_get_end (job, now));
  job->previous = old->previous;
}

void
asynclit_job_begin_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 start = job_from_wall (job, job->start_time, now);
  gint64 due;

  asynclit_assert_locked (&asynclit_schedule_lock);
  job->previous = ASYNCLIT_NO_TIME;
  if (start > time)
    due = asynclit_trigger_first_from (job->trigger, start);
  else if (job->first_run == ASYNCLIT_FIRST_RUN_NOW)
    due = time;
  else
    due = asynclit_trigger_begin (job->trigger, start, now,
                                  job->first_run == ASYNCLIT_FIRST_RUN_ALIGNED);
  asynclit_job_set_due_locked (job, due, now);
}

void
asynclit_job_proceed_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 due = ASYNCLIT_NEVER;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->previous == ASYNCLIT_NO_TIME)
    asynclit_job_begin_locked (job, now);
  else
    {
      /* The pause begins when the run has ended. Until then, there is no next time. */
      if (!asynclit_job_waits_for_end_locked (job) || job->runs.length + job->waiting.length == 0)
        due = asynclit_trigger_next (job->trigger, job->previous, time);
      asynclit_job_set_due_locked (job, due, now);
    }
}

/* The last time that has come, at least `due`. */
static gint64
find_latest (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  gint64 latest = ASYNCLIT_NO_TIME;

  if (!asynclit_job_waits_for_end_locked (job))
    latest = asynclit_trigger_latest (job->trigger, job->due, MIN (time, job_get_end (job, now)));
  return latest == ASYNCLIT_NO_TIME ? job->due : latest;
}

void
asynclit_job_restart_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 start = job_from_wall (job, job->start_time, now);

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (start > time)
    asynclit_job_begin_locked (job, now);
  else
    {
      job->previous = ASYNCLIT_NO_TIME;
      asynclit_job_set_due_locked (
          job, asynclit_trigger_next (job->trigger, ASYNCLIT_NO_TIME, time), now);
    }
}

void
asynclit_job_pass_over_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job->due > time)
    return;
  job->previous = find_latest (job, time, now);
  asynclit_job_proceed_locked (job, now);
}

/* The clock was obviously wrong when the last time was handled. */
static gboolean
is_far_ahead (gint64 wall_time, const AsyncLitClockTime *now)
{
  return asynclit_time_between (now->wall, wall_time) > MAX_SET_BACK_USEC;
}

/* The times of an interval stay, but its limits on the monotonic clock have moved. */
static void
recompute_interval (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  if (job->start_time == ASYNCLIT_NO_TIME && job->end_time == ASYNCLIT_NO_TIME)
    return;
  if (job->due == ASYNCLIT_NEVER)
    asynclit_job_proceed_locked (job, now);
  else
    asynclit_job_set_due_locked (
        job, job->is_start ? job_from_wall (job, job->start_time, now) : job->due, now);
}

static void
recompute_wall (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  if (job->due <= now->wall || job->due == ASYNCLIT_NEVER)
    return;
  if (job->previous != ASYNCLIT_NO_TIME && is_far_ahead (job->previous, now))
    job->previous = ASYNCLIT_NO_TIME;
  if (job->previous == ASYNCLIT_NO_TIME)
    asynclit_job_set_due_locked (
        job, asynclit_trigger_next (job->trigger, ASYNCLIT_NO_TIME, now->wall), now);
  else
    asynclit_job_proceed_locked (job, now);
}

void
asynclit_job_recompute_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  const gint64 due = job->due, fire_at = job->fire_at;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (job_is_monotonic (job))
    recompute_interval (job, now);
  else
    recompute_wall (job, now);
  if (job->due == due && due != ASYNCLIT_NEVER)
    job->fire_at = MIN (fire_at, job_get_end (job, now));
}

/* Whether the trigger can't have produced a stored time, or only while the clock was wrong. */
static gboolean
is_out_of_step (AsyncLitScheduledTask *job, gint64 next, const AsyncLitClockTime *now)
{
  return asynclit_time_between (now->wall, next) > asynclit_trigger_get_longest_wait (job->trigger);
}

void
asynclit_job_resume_locked (AsyncLitScheduledTask *job, gint64 previous, gint64 next,
                            const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (is_far_ahead (previous, now))
    previous = ASYNCLIT_NO_TIME;
  job->previous = job_from_wall (job, previous, now);
  if (next == ASYNCLIT_NO_TIME)
    asynclit_job_begin_locked (job, now);
  /* The run from whose end the pause would have been counted ended with the program. */
  else if (next == ASYNCLIT_NEVER && asynclit_job_waits_for_end_locked (job))
    asynclit_job_restart_locked (job, now);
  else if (next != ASYNCLIT_NEVER && is_out_of_step (job, next, now))
    asynclit_job_set_due_locked (job, asynclit_trigger_next (job->trigger, job->previous, time),
                                 now);
  else
    asynclit_job_set_due_locked (job, job_from_wall (job, next, now), now);
}

gboolean
asynclit_job_is_too_late_locked (AsyncLitScheduledTask *job, gint64 time, gint64 now)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return job->misfire_grace >= 0
         && asynclit_time_between (time, now)
                > MAX (asynclit_seconds_to_usec (job->misfire_grace), ON_TIME_USEC);
}

/* One run for all times that have come. A delay by jitter is not lateness. */
static guint64
take_latest (AsyncLitScheduledTask *job, gint64 latest, gint64 time, GArray *times)
{
  guint64 n_before = asynclit_trigger_count (job->trigger, job->due, latest, MAX_MISSED);

  if (asynclit_job_is_too_late_locked (job, latest == job->due ? job->fire_at : latest, time))
    return n_before + 1;
  g_array_append_val (times, latest);
  return n_before;
}

/* One run for each time. */
static guint64
take_each (AsyncLitScheduledTask *job, gint64 latest, gint64 time, GArray *times,
           gint64 *last_missed)
{
  guint64 n_missed = 0;
  gint64 each = job->due;

  for (guint n = 0; n < MAX_MISSED; n++)
    {
      if (asynclit_job_is_too_late_locked (job, n == 0 ? job->fire_at : each, time))
        {
          n_missed++;
          *last_missed = each;
        }
      else
        g_array_append_val (times, each);
      if (each >= latest)
        return n_missed;
      each = asynclit_trigger_next (job->trigger, each, each);
    }
  *last_missed = latest;
  return n_missed + 1 + asynclit_trigger_count (job->trigger, each, latest, MAX_MISSED);
}

guint64
asynclit_job_take_due_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now,
                              GArray *times, gint64 *last_missed)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 latest;
  guint64 n_missed;

  asynclit_assert_locked (&asynclit_schedule_lock);
  /* The clock was set back or adjusted. The times are recomputed. */
  if (job_from_wall (job, job->start_time, now) > time)
    return 0;
  *last_missed = latest = find_latest (job, time, now);
  if (asynclit_job_has_ended_locked (job, now))
    n_missed = asynclit_trigger_count (job->trigger, job->due, latest, MAX_MISSED) + 1;
  else if (job->coalesce)
    n_missed = take_latest (job, latest, time, times);
  else
    n_missed = take_each (job, latest, time, times, last_missed);
  job->previous = latest;
  return n_missed;
}
