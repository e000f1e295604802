/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A simulated year of 1,000 jobs, each due once a day at a different time: the cost of a run, from
 * the moment at which it is found to be due until its task has ended. benchmark-schedule.py
 * simulates the same year with APScheduler. */

#include <asynclit-glib.h>
#include <stdlib.h>

#define N_JOBS 1000
#define N_DAYS 365
#define QUICK_DAYS 2

typedef struct {
  AsyncLitScheduler *scheduler;
  AsyncLitClock *clock;
  int n_runs; /* atomic: pool threads count them */
} Year;

/* Runs on: pool */
static void
run (AsyncLitTask *task, GCancellable *cancellable, gpointer year)
{
  g_atomic_int_inc (&((Year *) year)->n_runs);
  asynclit_task_return_boolean (task, TRUE);
}

static void
add_job (Year *self, guint number)
{
  g_autofree char *cron = g_strdup_printf ("%u %u * * *", number % 60, number / 60 % 24);
  g_autofree char *name = g_strdup_printf ("job-%u", number);
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitTrigger) trigger
      = asynclit_cron_trigger_new (cron, ASYNCLIT_CRON_DIALECT_APSCHEDULER, "UTC", &error);
  g_autoptr (AsyncLitScheduledTask) job = NULL;

  g_assert_no_error (error);
  job = asynclit_scheduled_task_new (trigger, run, self, NULL);
  asynclit_scheduled_task_set_name (job, name);
  asynclit_scheduled_task_set_max_instances (job, 0);
  g_assert_true (asynclit_scheduler_add (self->scheduler, job, FALSE, NULL));
}

/* Seconds */
static double
simulate (Year *self, guint n_days)
{
  gint64 begun = g_get_monotonic_time ();

  for (guint day = 0; day < n_days; day++)
    {
      asynclit_manual_clock_advance (ASYNCLIT_MANUAL_CLOCK (self->clock), 86400);
      asynclit_task_manager_wait (asynclit_get_default_manager (), -1, NULL, NULL);
    }
  return (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC;
}

static void
print_json (guint n_days, int n_runs, double seconds)
{
  g_print ("{\"name\": \"schedule\", \"jobs\": %u, \"days\": %u, \"runs\": %d, \"seconds\": %.6f, "
           "\"us_per_run\": %.3f}\n",
           N_JOBS, n_days, n_runs, seconds, seconds * 1e6 / n_runs);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");
  guint n_days = quick ? QUICK_DAYS : N_DAYS;
  Year year = { .clock = asynclit_manual_clock_new (start) };
  double seconds;

  year.scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", year.clock, NULL);
  for (guint i = 0; i < N_JOBS; i++)
    add_job (&year, i);
  asynclit_scheduler_start (year.scheduler);
  seconds = simulate (&year, n_days);
  print_json (n_days, year.n_runs, seconds);
  asynclit_scheduler_shutdown (year.scheduler, TRUE);
  g_object_unref (year.scheduler);
  g_object_unref (year.clock);
  return year.n_runs == (int) (N_JOBS * n_days) ? EXIT_SUCCESS : EXIT_FAILURE;
}
