/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Another thread may call setenv() at any time, which moves what getenv() reads, so no thread of
 * the library reads the environment. This program replaces getenv() for GLib and the library. */

#include "test-support.h"

#include <dlfcn.h>
#include <string.h>

#define N_RUNS 20

static GThread *main_thread;   /* set before there is another thread */
static gint n_calls_elsewhere; /* atomic: calls on other threads */

G_MODULE_EXPORT char *
getenv (const char *name)
{
  static char *(*original) (const char *name);

  if (original == NULL)
    original = (char *(*) (const char *) ) dlsym (RTLD_NEXT, "getenv");
  /* GLib checks once for a profiler, on the first thread that iterates a context. */
  if (main_thread != NULL && g_thread_self () != main_thread
      && strcmp (name, "SYSPROF_CONTROL_FD") != 0)
    g_atomic_int_inc (&n_calls_elsewhere);
  return original (name);
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_boolean (task, TRUE);
}

static gboolean
has_run_often (gpointer data)
{
  return asynclit_scheduled_task_get_n_runs (data) >= N_RUNS;
}

static AsyncLitScheduledTask *
add (AsyncLitScheduler *scheduler, AsyncLitTrigger *trigger)
{
  AsyncLitScheduledTask *job = asynclit_scheduled_task_new (trigger, work, NULL, NULL);

  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  g_object_unref (trigger);
  return job;
}

/* With the system clock: an interval, and a trigger in local time. */
static void
test_ticks (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (GDateTime) first = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);
  g_autoptr (AsyncLitScheduledTask) interval
      = add (scheduler, asynclit_interval_trigger_new (0.001));
  g_autoptr (AsyncLitScheduledTask) cron = add (
      scheduler, asynclit_cron_trigger_new ("* * * * *", ASYNCLIT_CRON_DIALECT_CRON, NULL, NULL));
  g_autoptr (AsyncLitScheduledTask) calendar = add (
      scheduler, asynclit_calendar_trigger_new (1, ASYNCLIT_CALENDAR_UNIT_DAY, first, NULL, NULL));
  g_autoptr (GDateTime) next = NULL;

  asynclit_scheduler_start (scheduler);
  test_poll_until (has_run_often, interval);
  next = asynclit_scheduled_task_get_next_run_time (cron);
  g_assert_nonnull (next);
  g_clear_pointer (&next, g_date_time_unref);
  next = asynclit_scheduled_task_get_next_run_time (calendar);
  g_assert_nonnull (next);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  g_assert_cmpint (g_atomic_int_get (&n_calls_elsewhere), ==, 0);
}

static gpointer
ask_on_thread (gpointer data)
{
  g_autoptr (GDateTime) next = asynclit_scheduled_task_get_next_run_time (data);
  g_autoptr (AsyncLitTrigger) trigger = asynclit_scheduled_task_get_trigger (data);
  g_autoptr (GDateTime) now = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);

  return asynclit_trigger_next_fire_time (trigger, NULL, now);
}

/* Other threads get the value that was read last. */
static void
test_other_threads (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduledTask) cron = add (
      scheduler, asynclit_cron_trigger_new ("0 6 * * *", ASYNCLIT_CRON_DIALECT_CRON, NULL, NULL));
  g_autoptr (GDateTime) before = NULL;
  g_autoptr (GDateTime) now = NULL;
  g_autoptr (GDateTime) unread = NULL;
  g_autoptr (GDateTime) read = NULL;

  before = asynclit_scheduled_task_get_next_run_time (cron);
  g_setenv ("TZ", "Asia/Tokyo", TRUE);
  unread = g_thread_join (g_thread_new ("other", ask_on_thread, cron));
  now = asynclit_scheduled_task_get_next_run_time (cron); /* reads it */
  read = g_thread_join (g_thread_new ("other", ask_on_thread, cron));
  g_assert_cmpint (g_date_time_get_hour (unread), ==, 6);
  g_assert_cmpint (g_date_time_get_utc_offset (unread), ==, 0);
  g_assert_cmpint (g_date_time_get_utc_offset (read), ==, 9 * G_TIME_SPAN_HOUR);
  g_setenv ("TZ", "UTC", TRUE);
  g_assert_cmpint (g_atomic_int_get (&n_calls_elsewhere), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  main_thread = g_thread_self ();
  g_test_add_func ("/environment/ticks", test_ticks);
  g_test_add_func ("/environment/other-threads", test_other_threads);
  return g_test_run ();
}
