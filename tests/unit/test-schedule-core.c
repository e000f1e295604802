/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-glib.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-scheduler-private.h"

#include <glib/gstdio.h>

static void
do_nothing (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  asynclit_task_return_boolean (task, TRUE);
}

static void
count_fired (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job, AsyncLitTask *task,
             guint *n_fired)
{
  (*n_fired)++;
}

static void
iterate_pending (void)
{
  /* A source may skip one iteration. */
  while (g_main_context_iteration (NULL, FALSE) || g_main_context_iteration (NULL, FALSE))
    ;
}

/* A thread is about to drop the last reference, while another one has just taken one: events in the
 * meantime are reported afterwards. */
static void
test_quiet (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (now);
  AsyncLitManualClock *manual = ASYNCLIT_MANUAL_CLOCK (clock);
  g_autoptr (AsyncLitScheduler) scheduler
      = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, NULL);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, do_nothing, NULL, NULL);
  AsyncLitScheduleCore *core = asynclit_scheduler_get_core (scheduler);
  guint n_fired = 0;

  g_signal_connect (scheduler, "fired", G_CALLBACK (count_fired), &n_fired);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 0);
  asynclit_scheduler_start (scheduler);
  iterate_pending (); /* reports that it was started */

  asynclit_schedule_core_set_quiet (core, TRUE);
  asynclit_scheduled_task_set_max_instances (job, 2); /* the first run may still be in progress */
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  asynclit_manual_clock_advance (manual, 10);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 0);

  asynclit_schedule_core_set_quiet (core, FALSE);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 1);

  asynclit_manual_clock_advance (manual, 10);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 2);
}

static AsyncLitScheduler *
start_remembering (const char *path, AsyncLitClock *clock)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new (path, &error);
  AsyncLitScheduler *scheduler;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return NULL;
  g_assert_no_error (error);
  scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, "store", store, NULL);
  asynclit_scheduler_start (scheduler);
  return scheduler;
}

/* A thread that has just ended a run may hold a reference to the core for a moment after everybody
 * has seen the end. When the scheduler is dropped, the file is released nevertheless. */
static void
check_store_is_free (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  g_autoptr (AsyncLitClock) clock = asynclit_manual_clock_new (now);
  AsyncLitScheduler *scheduler = start_remembering (path, clock);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (60);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, do_nothing, NULL, NULL);
  AsyncLitScheduleCore *core;

  if (scheduler == NULL)
    {
      g_test_skip ("the library was built without SQLite");
      return;
    }
  core = asynclit_schedule_core_ref (asynclit_scheduler_get_core (scheduler));
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  asynclit_manual_clock_advance (ASYNCLIT_MANUAL_CLOCK (clock), 60);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  g_object_unref (scheduler);

  scheduler = start_remembering (path, clock);
  g_object_unref (scheduler);
  asynclit_schedule_core_unref (core);
}

static void
test_store_is_free (void)
{
  g_autofree char *folder = g_dir_make_tmp ("asynclit-schedule-core-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "schedule.db", NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);

  check_store_is_free (path);
  g_unlink (path);
  g_unlink (log);
  g_rmdir (folder);
}

#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (86400 * SECOND)
#define WALL G_GINT64_CONSTANT (1767225600000000) /* the beginning of the year 2026 */

/* The time until a job with these stored times is due; all in microseconds from now. */
static gint64
resume (AsyncLitTrigger *trigger, gint64 previous, gint64 next)
{
  const AsyncLitClockTime now = { .monotonic = 3600 * SECOND, .wall = WALL };
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, do_nothing, NULL, NULL);
  gint64 due = ASYNCLIT_NEVER;

  asynclit_lock (&asynclit_schedule_lock);
  asynclit_job_resume_locked (job, asynclit_time_add (previous, WALL),
                              asynclit_time_add (next, WALL), &now);
  if (job->due != ASYNCLIT_NEVER)
    due = asynclit_time_between (WALL, asynclit_job_to_wall_locked (job, job->due, &now));
  asynclit_unlock (&asynclit_schedule_lock);
  return due;
}

/* A job continues. Times that were stored while the clock was wrong, or that are invalid, must not
 * stop it for decades. */
static void
test_resume (void)
{
  g_autoptr (AsyncLitTrigger) minute = asynclit_interval_trigger_new (60);
  g_autoptr (AsyncLitTrigger) pause = asynclit_interval_trigger_new_with_fixed_delay (60);
  g_autoptr (AsyncLitTrigger) daily
      = asynclit_cron_trigger_new ("0 0 * * *", ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);

  g_assert_cmpint (resume (minute, -40 * SECOND, 20 * SECOND), ==, 20 * SECOND);
  g_assert_cmpint (resume (minute, -100 * SECOND, -40 * SECOND), ==, -40 * SECOND);
  g_assert_cmpint (resume (daily, -DAY, -DAY / 2), ==, -DAY / 2);
  g_assert_cmpint (resume (daily, 0, DAY), ==, DAY);
  g_assert_cmpint (resume (pause, -100 * SECOND, ASYNCLIT_NEVER), ==, 60 * SECOND);
  g_assert_cmpint (resume (minute, -100 * SECOND, ASYNCLIT_NEVER), ==, ASYNCLIT_NEVER);
  /* Years ahead. */
  g_assert_cmpint (resume (minute, 9000 * DAY, 9000 * DAY + 60 * SECOND), ==, 60 * SECOND);
  g_assert_cmpint (resume (daily, 9000 * DAY, 9001 * DAY), ==, DAY);
  /* The clock was set back slightly: runs are not repeated. */
  g_assert_cmpint (resume (daily, DAY, 2 * DAY), ==, 2 * DAY);
  g_assert_cmpint (resume (minute, ASYNCLIT_NO_TIME, ASYNCLIT_NO_TIME), ==, 60 * SECOND);
  g_assert_cmpint (resume (daily, ASYNCLIT_NEVER, ASYNCLIT_NO_TIME), ==, DAY);
}

static void
test_resume_extremes (void)
{
  const gint64 times[] = { ASYNCLIT_NO_TIME, ASYNCLIT_FIRST_TIME,       G_MININT64 / 2, -WALL, 0,
                           G_MAXINT64 / 2,   ASYNCLIT_LAST_TIME - WALL, ASYNCLIT_NEVER };
  g_autoptr (AsyncLitTrigger) minute = asynclit_interval_trigger_new (60);
  g_autoptr (AsyncLitTrigger) daily
      = asynclit_cron_trigger_new ("0 0 * * *", ASYNCLIT_CRON_DIALECT_CRON, "UTC", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (times) * G_N_ELEMENTS (times); i++)
    {
      const gint64 previous = times[i / G_N_ELEMENTS (times)],
                   next = times[i % G_N_ELEMENTS (times)];

      if (next == ASYNCLIT_NEVER)
        continue;
      g_assert_cmpint (resume (minute, previous, next), <=, 60 * SECOND);
      g_assert_cmpint (resume (daily, previous, next), <=, 2 * DAY);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule-core/quiet", test_quiet);
  g_test_add_func ("/schedule-core/store-is-free", test_store_is_free);
  g_test_add_func ("/schedule-core/resume", test_resume);
  g_test_add_func ("/schedule-core/resume/extremes", test_resume_extremes);
  return g_test_run ();
}
