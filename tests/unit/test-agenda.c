/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-glib.h"

#include "asynclit-agenda-private.h"
#include "asynclit-scheduler-private.h"

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
  /* A source may sit one turn out. */
  while (g_main_context_iteration (NULL, FALSE) || g_main_context_iteration (NULL, FALSE))
    ;
}

/* As while a thread is about to drop the last reference, and another one has just taken one: what
 * happens meanwhile is told afterwards. */
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
  AsyncLitAgenda *agenda = asynclit_scheduler_get_agenda (scheduler);
  guint n_fired = 0;

  g_signal_connect (scheduler, "fired", G_CALLBACK (count_fired), &n_fired);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 0);
  asynclit_scheduler_start (scheduler);

  asynclit_agenda_set_quiet (agenda, TRUE);
  asynclit_scheduled_task_set_max_instances (job, 2); /* the first may still run */
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  asynclit_manual_clock_advance (manual, 10);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 0);

  asynclit_agenda_set_quiet (agenda, FALSE);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 1);

  asynclit_manual_clock_advance (manual, 10);
  iterate_pending ();
  g_assert_cmpuint (n_fired, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agenda/quiet", test_quiet);
  return g_test_run ();
}
