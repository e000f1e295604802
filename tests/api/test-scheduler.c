/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Schedulers and their jobs, on a clock that the test moves. */

#include "scheduler-fixture.h"

/* Adding and running */

static void
test_interval_grid (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "grid", 10);

  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 35);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 3);
  fixture_assert_runs (&fixture, "00:00:10 00:00:20 00:00:30");
  fixture_assert_next (job, "2026-01-01 00:00:40");
}

static void
test_not_before_start (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "early", 10);

  fixture_advance (&fixture, 35);
  g_assert_cmpuint (asynclit_scheduled_task_get_n_runs (job), ==, 0);
  /* It counts from the start. */
  asynclit_scheduler_start (fixture.scheduler);
  fixture_assert_next (job, "2026-01-01 00:00:45");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler/interval/grid", test_interval_grid);
  g_test_add_func ("/scheduler/interval/not-before-start", test_not_before_start);
  return g_test_run ();
}
