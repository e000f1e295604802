/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Times of jobs. The first byte selects the trigger, and the second one the options. The rest are
 * numbers of eight bytes: for the trigger, the clocks, the limits, the stored times, and the clocks
 * later on. Whatever they are, a job that has been handled is due later or never; otherwise, the
 * scheduler would handle it endlessly. */

#include "fuzz.h"

#include "asynclit-glib.h"

#include "asynclit-schedule-core-private.h"

#include <string.h>

#define N_NUMBERS 10

typedef struct {
  guint8 kind;
  guint8 options;
  gint64 numbers[N_NUMBERS];
} Input;

/* Any number, but mostly those with which sums overflow. */
static gint64
to_time (gint64 number)
{
  static const gint64 ends[]
      = { G_MININT64,       G_MININT64 / 2,     -62135596800000000, 0,
          1767225600000000, 253402300799999999, G_MAXINT64 / 2,     G_MAXINT64 };

  if (number % 3 == 0)
    return number;
  return asynclit_time_add (ends[((guint64) number >> 8) % G_N_ELEMENTS (ends)],
                            number % G_GINT64_CONSTANT (100000000000));
}

static double
to_seconds (gint64 number)
{
  double seconds;

  memcpy (&seconds, &number, sizeof seconds);
  return seconds >= 1e-6 && seconds <= G_MAXDOUBLE ? seconds
                                                   : 1e-6 * (1 + (guint64) number % 1000000);
}

static GDateTime *
to_date (gint64 number)
{
  const gint64 seconds = -62135596800 + (gint64) ((guint64) number % 315537897600);

  return g_date_time_new_from_unix_utc (seconds);
}

static AsyncLitTrigger *
make_trigger (const Input *input)
{
  static const char *const expressions[] = { "* * * * *", "30 3 29 2 *", "0 0 31 2 *", "@yearly" };
  static const char *const zones[] = { "UTC", "Europe/Helsinki", "Asia/Kolkata", "-12:00" };
  const gint64 number = input->numbers[0];
  const char *zone = zones[(input->options >> 4) & 3];
  g_autoptr (GDateTime) date = to_date (number);

  switch (input->kind % 5)
    {
    case 0:
      return asynclit_interval_trigger_new (to_seconds (number));
    case 1:
      return asynclit_interval_trigger_new_with_fixed_delay (to_seconds (number));
    case 2:
      return asynclit_cron_trigger_new (expressions[number & 3], ASYNCLIT_CRON_DIALECT_CRON, zone,
                                        NULL);
    case 3:
      return asynclit_calendar_trigger_new (MAX ((guint) (number >> 32), 1),
                                            (AsyncLitCalendarUnit) (input->options & 3), date, zone,
                                            NULL);
    default:
      return asynclit_date_trigger_new (date);
    }
}

static void
check_trigger (AsyncLitTrigger *trigger, gint64 previous, gint64 now)
{
  g_autofree char *text = asynclit_trigger_to_string (trigger);
  g_autofree char *words = asynclit_trigger_describe (trigger);
  gint64 next = asynclit_trigger_next (trigger, previous, now);
  gint64 latest = asynclit_trigger_latest (trigger, previous, now);

  g_assert_true (text != NULL && words != NULL);
  g_assert_true (next == ASYNCLIT_NEVER || next > previous);
  g_assert_true (next > now || ASYNCLIT_IS_DATE_TRIGGER (trigger) || now == ASYNCLIT_NEVER);
  g_assert_true (latest == ASYNCLIT_NO_TIME || (latest > previous && latest <= now));
}

/* Like core_see_to_locked(). */
static void
see_to_locked (AsyncLitScheduledTask *job, const AsyncLitClockTime *now)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 time = asynclit_job_get_now_locked (job, now);
  gint64 last_missed = ASYNCLIT_NO_TIME;

  g_assert_cmpint (job->fire_at, >=, job->due);
  if (job->fire_at > time)
    return;
  asynclit_job_take_due_locked (job, now, times, &last_missed);
  if (times->len > 0)
    {
      g_assert_false (asynclit_job_has_ended_locked (job, now));
      g_assert_true (job->start_time == ASYNCLIT_NO_TIME || job->start_time <= now->wall);
    }
  asynclit_job_proceed_locked (job, now);
  g_assert_cmpint (job->due, >, time);
}

static AsyncLitClockTime
to_clocks (gint64 monotonic, gint64 wall)
{
  return (AsyncLitClockTime){
    .monotonic = CLAMP (monotonic, 0, ASYNCLIT_LAST_TIME),
    .wall = CLAMP (wall, ASYNCLIT_FIRST_TIME, ASYNCLIT_LAST_TIME),
  };
}

static void
check_job (AsyncLitScheduledTask *job, const Input *input)
{
  AsyncLitClockTime now = to_clocks (to_time (input->numbers[1]), to_time (input->numbers[2]));
  AsyncLitClockTime later
      = to_clocks (asynclit_time_add (now.monotonic, to_time (input->numbers[8]) & G_MAXINT64),
                   to_time (input->numbers[9]));

  job->start_time = (input->options & 1) != 0 ? to_time (input->numbers[3]) : ASYNCLIT_NO_TIME;
  job->end_time = (input->options & 2) != 0 ? to_time (input->numbers[4]) : ASYNCLIT_NO_TIME;
  job->first_run = (AsyncLitFirstRun) (input->options % 3);
  job->coalesce = (input->options >> 4) != 0;
  job->jitter = (input->options & 4) != 0 ? 31622400 : 0;
  job->misfire_grace = (input->options & 8) != 0 ? to_seconds (input->numbers[7]) : -1;
  asynclit_lock (&asynclit_schedule_lock);
  asynclit_job_begin_locked (job, &now);
  see_to_locked (job, &now);
  asynclit_job_resume_locked (job, to_time (input->numbers[5]), to_time (input->numbers[6]), &now);
  see_to_locked (job, &now);
  asynclit_job_recompute_locked (job, &later);
  see_to_locked (job, &later);
  asynclit_job_pass_over_locked (job, &later);
  asynclit_job_to_wall_locked (job, job->due, &later);
  asynclit_unlock (&asynclit_schedule_lock);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { 0 };
  g_autoptr (AsyncLitTrigger) trigger = NULL;
  g_autoptr (AsyncLitScheduledTask) job = NULL;

  if (size < 2)
    return 0;
  input.kind = data[0];
  input.options = data[1];
  memcpy (input.numbers, data + 2, MIN (size - 2, sizeof input.numbers));
  trigger = make_trigger (&input);
  if (trigger == NULL) /* its first time has no year in the zone */
    return 0;
  check_trigger (trigger, to_time (input.numbers[5]), to_time (input.numbers[1]));
  job = asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);
  check_job (job, &input);
  return 0;
}
