/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "scheduler-fixture.h"

#define START "2026-01-01 00:00:00"

GDateTime *
fixture_time (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  GDateTime *time = g_date_time_new_from_iso8601 (text, utc);

  g_assert_nonnull (time);
  return time;
}

Fixture
fixture_new (void)
{
  g_autoptr (GDateTime) start = fixture_time (START);
  AsyncLitClock *clock = asynclit_manual_clock_new (start);

  return (Fixture){
    .clock = ASYNCLIT_MANUAL_CLOCK (clock),
    .scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", clock, NULL),
    .manager = asynclit_task_manager_new (),
    .jobs = g_ptr_array_new_with_free_func (g_object_unref),
    .runs = test_recorder_new (),
  };
}

void
fixture_clear (Fixture *self)
{
  asynclit_scheduler_shutdown (self->scheduler, TRUE);
  fixture_settle (self);
  g_ptr_array_unref (self->jobs);
  g_object_unref (self->scheduler);
  g_object_unref (self->manager);
  g_object_unref (self->clock);
  test_iterate_pending (NULL);
  test_recorder_free (self->runs);
}

/* Runs on: pool */
static void
note_run (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (
      asynclit_clock_get_wall_time (ASYNCLIT_CLOCK (self->clock)) / G_USEC_PER_SEC);
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");

  test_recorder_add (self->runs, "%s", time);
  asynclit_task_return_boolean (task, TRUE);
}

AsyncLitScheduledTask *
fixture_new_job_with (Fixture *self, AsyncLitTrigger *trigger, const char *name,
                      AsyncLitTaskFunc func, gpointer user_data)
{
  AsyncLitScheduledTask *job = asynclit_scheduled_task_new (trigger, func, user_data, NULL);

  asynclit_scheduled_task_set_name (job, name);
  asynclit_scheduled_task_set_manager (job, self->manager);
  g_object_unref (trigger);
  return job;
}

AsyncLitScheduledTask *
fixture_new_job (Fixture *self, AsyncLitTrigger *trigger, const char *name)
{
  return fixture_new_job_with (self, trigger, name, note_run, self);
}

AsyncLitScheduledTask *
fixture_add (Fixture *self, AsyncLitScheduledTask *job)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (asynclit_scheduler_add (self->scheduler, job, TRUE, &error));
  g_assert_no_error (error);
  g_ptr_array_add (self->jobs, job);
  return job;
}

AsyncLitScheduledTask *
fixture_add_interval (Fixture *self, const char *name, double seconds)
{
  return fixture_add (self, fixture_new_job (self, asynclit_interval_trigger_new (seconds), name));
}

/* The scheduler is notified of the end of a task slightly after everybody else can see it. */
static gboolean
nothing_runs (gpointer data)
{
  Fixture *self = data;

  for (guint i = 0; i < self->jobs->len; i++)
    if (asynclit_scheduled_task_get_n_running (g_ptr_array_index (self->jobs, i)) > 0)
      return FALSE;
  return TRUE;
}

void
fixture_settle (Fixture *self)
{
  test_poll_until (nothing_runs, self);
}

/* The first due time of a job after @now, if it is before @end. */
static gint64
find_next (Fixture *self, gint64 now, gint64 end)
{
  g_autoptr (GPtrArray) jobs = asynclit_scheduler_list_jobs (self->scheduler);

  for (guint i = 0; i < jobs->len; i++)
    {
      g_autoptr (GDateTime) next
          = asynclit_scheduled_task_get_next_run_time (g_ptr_array_index (jobs, i));

      gint64 time = next != NULL ? g_date_time_to_unix (next) * G_USEC_PER_SEC
                                       + g_date_time_get_microsecond (next)
                                 : G_MAXINT64;

      if (time > now)
        end = MIN (end, time);
    }
  return end;
}

void
fixture_advance (Fixture *self, double seconds)
{
  AsyncLitClock *clock = ASYNCLIT_CLOCK (self->clock);
  gint64 end = asynclit_clock_get_wall_time (clock) + (gint64) (seconds * G_USEC_PER_SEC);
  gint64 now;

  while ((now = asynclit_clock_get_wall_time (clock)) < end)
    {
      asynclit_manual_clock_advance (self->clock,
                                     (double) (find_next (self, now, end) - now) / G_USEC_PER_SEC);
      fixture_settle (self);
    }
}

void
fixture_assert_runs (Fixture *self, const char *expected)
{
  fixture_settle (self);
  test_recorder_assert (self->runs, expected);
  test_recorder_free (self->runs);
  self->runs = test_recorder_new ();
}

void
fixture_assert_next (AsyncLitScheduledTask *job, const char *expected)
{
  g_autoptr (GDateTime) next = asynclit_scheduled_task_get_next_run_time (job);
  g_autoptr (GDateTime) utc = next != NULL ? g_date_time_to_utc (next) : NULL;
  g_autofree char *text = utc != NULL ? g_date_time_format (utc, "%Y-%m-%d %H:%M:%S") : NULL;

  g_assert_cmpstr (text, ==, expected);
}

void
fixture_set_wall (Fixture *self, const char *text)
{
  g_autoptr (GDateTime) time = fixture_time (text);

  asynclit_manual_clock_set_wall_time (self->clock, time);
}
