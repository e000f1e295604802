/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a job runs: what its options make of the times of its trigger.
 *
 * All is counted from `previous`, the time of the trigger that was dealt with last, never from when
 * a run really began: so nothing drifts, and what is late moves nothing. That time may be ahead of
 * the clock, if somebody has set the clock back since; then the times up to it are not repeated.
 */

#include "config.h"

#include "asynclit-agenda-private.h"
#include "asynclit-interval-trigger.h"

/* A machine may be so busy that a timer comes late; up to this, nothing counts as late. */
#define ON_TIME_USEC G_USEC_PER_SEC

/* If the clock is set back by less than this, what has run is not run again. If by more, it was
 * plainly wrong before, and to wait until it gets there again would be wrong, too: a program that
 * saw the year 2062 for a moment would rest for a lifetime. */
#define MAX_SET_BACK_USEC (26 * G_TIME_SPAN_HOUR)

/* How many missed times are counted, or run one by one. A cron expression has no formula for it. */
#define MAX_MISSED 10000

static gboolean
job_is_monotonic (AsyncLitScheduledTask *job)
{
  return asynclit_trigger_is_monotonic (job->trigger);
}

gint64
asynclit_job_get_now_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  return job_is_monotonic (job) ? now->monotonic : now->wall;
}

gint64
asynclit_job_to_wall_locked (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  if (time == ASYNCLIT_NEVER || time == ASYNCLIT_NO_TIME || !job_is_monotonic (job))
    return time;
  return now->wall + (time - now->monotonic);
}

/* The other way round, for the start and the end. */
static gint64
job_from_wall (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  if (time == ASYNCLIT_NEVER || time == ASYNCLIT_NO_TIME || !job_is_monotonic (job))
    return time;
  return now->monotonic + (time - now->wall);
}

gboolean
asynclit_job_waits_for_end_locked (AsyncLitScheduledTask *job)
{
  return ASYNCLIT_IS_INTERVAL_TRIGGER (job->trigger)
         && asynclit_interval_trigger_get_fixed_delay (ASYNCLIT_INTERVAL_TRIGGER (job->trigger));
}

void
asynclit_job_set_due_locked (AsyncLitScheduledTask *job, gint64 due, const AsyncLitClockTime *now)
{
  gint64 end = job_from_wall (job, job->end_time, now);

  if ((end != ASYNCLIT_NO_TIME && due > end)
      || (job->max_runs > 0 && job->counts.n_runs + job->waiting.length >= job->max_runs))
    due = ASYNCLIT_NEVER;
  job->due = due;
  job->fire_at = due;
  if (due != ASYNCLIT_NEVER && job->jitter > 0)
    job->fire_at += (gint64) (g_random_double () * job->jitter * G_USEC_PER_SEC);
}

/* On the grid of whole intervals since the epoch. */
static gint64
align (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  double seconds = asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (job->trigger));
  gint64 usec = (gint64) (seconds * G_USEC_PER_SEC + 0.5);

  return now->monotonic + (usec - now->wall % usec);
}

void
asynclit_job_begin_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 start = job_from_wall (job, job->start_time, now);
  gboolean is_interval = ASYNCLIT_IS_INTERVAL_TRIGGER (job->trigger);
  gint64 due;

  job->previous = ASYNCLIT_NO_TIME;
  if (start != ASYNCLIT_NO_TIME && start > time)
    due = is_interval ? start : asynclit_trigger_next (job->trigger, ASYNCLIT_NO_TIME, start - 1);
  else if (job->first_run == ASYNCLIT_FIRST_RUN_NOW)
    due = time;
  else if (is_interval && job->first_run == ASYNCLIT_FIRST_RUN_ALIGNED)
    due = align (job, now);
  else if (is_interval)
    due = asynclit_trigger_next (job->trigger, start, time);
  else
    due = asynclit_trigger_next (job->trigger, ASYNCLIT_NO_TIME, time);
  asynclit_job_set_due_locked (job, due, now);
}

void
asynclit_job_proceed_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 due = ASYNCLIT_NEVER;

  if (job->previous == ASYNCLIT_NO_TIME)
    asynclit_job_begin_locked (job, now);
  else
    {
      /* The pause begins when the run has ended: until then no time is known. */
      if (!asynclit_job_waits_for_end_locked (job) || job->runs.length + job->waiting.length == 0)
        due = asynclit_trigger_next (job->trigger, job->previous, time);
      asynclit_job_set_due_locked (job, due, now);
    }
}

/* The last time that has come: at least `due`. */
static gint64
find_latest (AsyncLitScheduledTask *job, gint64 time, const AsyncLitClockTime *now)
{
  gint64 end = job_from_wall (job, job->end_time, now);
  gint64 latest = ASYNCLIT_NO_TIME;

  if (!asynclit_job_waits_for_end_locked (job))
    latest = asynclit_trigger_latest (job->trigger, job->due,
                                      end != ASYNCLIT_NO_TIME ? MIN (time, end) : time);
  return latest == ASYNCLIT_NO_TIME ? job->due : latest;
}

void
asynclit_job_restart_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 start = job_from_wall (job, job->start_time, now);

  if (start != ASYNCLIT_NO_TIME && start > time)
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

  if (job->due > time)
    return;
  job->previous = find_latest (job, time, now);
  asynclit_job_proceed_locked (job, now);
}

void
asynclit_job_recompute_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  if (job_is_monotonic (job) || job->due <= now->wall || job->due == ASYNCLIT_NEVER)
    return;
  if (job->previous != ASYNCLIT_NO_TIME && job->previous - now->wall > MAX_SET_BACK_USEC)
    job->previous = ASYNCLIT_NO_TIME;
  if (job->previous == ASYNCLIT_NO_TIME)
    asynclit_job_set_due_locked (job,
                                 asynclit_trigger_next (job->trigger, ASYNCLIT_NO_TIME,
                                                        MAX (now->wall, job->start_time - 1)),
                                 now);
  else
    asynclit_job_proceed_locked (job, now);
}

/* How many times there are in (first, last], the two of them being such times. */
static guint64
count_between (AsyncLitScheduledTask *job, gint64 first, gint64 last)
{
  double usec;

  if (first == last)
    return 0;
  if (!ASYNCLIT_IS_INTERVAL_TRIGGER (job->trigger))
    return asynclit_trigger_count (job->trigger, first, last, MAX_MISSED);
  usec = asynclit_interval_trigger_get_seconds (ASYNCLIT_INTERVAL_TRIGGER (job->trigger))
         * G_USEC_PER_SEC;
  return (guint64) ((double) (last - first) / usec + 0.5);
}

gboolean
asynclit_job_is_too_late_locked (AsyncLitScheduledTask *job, gint64 time, gint64 now)
{
  return job->misfire_grace >= 0
         && (double) (now - time) > MAX (job->misfire_grace * G_USEC_PER_SEC, ON_TIME_USEC);
}

/* One run for all that have come. The lateness of a jitter is none. */
static guint64
take_latest (AsyncLitScheduledTask *job, gint64 latest, gint64 time, GArray *times)
{
  guint64 n_before = count_between (job, job->due, latest);

  if (asynclit_job_is_too_late_locked (job, latest == job->due ? job->fire_at : latest, time))
    return n_before + 1;
  g_array_append_val (times, latest);
  return n_before;
}

/* A run for each. */
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
  return n_missed + 1 + count_between (job, each, latest);
}

guint64
asynclit_job_take_due_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now,
                              GArray *times, gint64 *last_missed)
{
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 latest = find_latest (job, time, now);
  guint64 n_missed;

  *last_missed = latest;
  if (job->coalesce)
    n_missed = take_latest (job, latest, time, times);
  else
    n_missed = take_each (job, latest, time, times, last_missed);
  job->previous = latest;
  return n_missed;
}
