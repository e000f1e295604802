/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Schedulers with many jobs, and with many threads. */

#include "stress-support.h"
#include "test-support.h"

#include <sys/wait.h>
#include <unistd.h>

#define N_THREADS 4
#define N_JOBS_EACH 16

static AsyncLitScheduler *
scheduler_on_manual_clock (AsyncLitClock **clock)
{
  g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 1, 1, 0, 0, 0);

  *clock = asynclit_manual_clock_new (start);
  return g_object_new (ASYNCLIT_TYPE_SCHEDULER, "clock", *clock, NULL);
}

/* Runs on: pool */
static void
count_run (AsyncLitTask *task, GCancellable *cancellable, gpointer counter)
{
  g_atomic_int_inc ((int *) counter);
  asynclit_task_return_boolean (task, TRUE);
}

/* Many jobs */

static gboolean
have_all_run (gpointer data)
{
  int *counter = data;

  return g_atomic_int_get (&counter[0]) >= counter[1];
}

static void
test_many_jobs (void)
{
  g_autoptr (AsyncLitClock) clock = NULL;
  g_autoptr (AsyncLitScheduler) scheduler = scheduler_on_manual_clock (&clock);
  int n_jobs = (int) stress_scale (100000);
  int counter[2] = { 0, n_jobs };

  g_list_model_get_n_items (G_LIST_MODEL (scheduler));
  asynclit_scheduler_start (scheduler);
  for (int i = 0; i < n_jobs; i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1 + i % 1000);
      g_autoptr (AsyncLitScheduledTask) job
          = asynclit_scheduled_task_new (trigger, count_run, counter, NULL);

      asynclit_scheduled_task_set_max_runs (job, 1);
      g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
    }
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (scheduler), ==, n_jobs);
  test_iterate_pending (NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, n_jobs);
  asynclit_manual_clock_advance (ASYNCLIT_MANUAL_CLOCK (clock), 1000);
  test_poll_until (have_all_run, counter);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (scheduler), ==, 0);
  test_iterate_pending (NULL);
}

/* Many threads */

typedef struct {
  AsyncLitScheduler *scheduler;
  AsyncLitManualClock *clock;
  int counter;
  int stop;
} Mayhem;

static void
do_something (Mayhem *self, GRand *chance, AsyncLitScheduledTask *job)
{
  g_autoptr (AsyncLitTrigger) trigger
      = asynclit_interval_trigger_new (g_rand_double_range (chance, 0.001, 10));
  g_autoptr (GDateTime) next = NULL;

  switch (g_rand_int_range (chance, 0, 9))
    {
    case 0:
      asynclit_scheduled_task_pause (job);
      break;
    case 1:
      asynclit_scheduled_task_resume (job);
      break;
    case 2:
      asynclit_scheduled_task_run_now (job);
      break;
    case 3:
      asynclit_scheduled_task_remove (job);
      break;
    case 4:
      asynclit_scheduler_add (self->scheduler, job, TRUE, NULL);
      break;
    case 5:
      asynclit_scheduled_task_set_trigger (job, trigger);
      break;
    case 6:
      asynclit_scheduled_task_set_overlap (job, g_rand_int_range (chance, 0, 3));
      break;
    case 7:
      next = asynclit_scheduled_task_get_next_run_time (job);
      break;
    default:
      asynclit_scheduler_shutdown (self->scheduler, FALSE);
      asynclit_scheduler_start (self->scheduler);
      break;
    }
}

/* Runs on: a thread of the test */
static gpointer
make_mayhem (gpointer data)
{
  Mayhem *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GRand) chance = g_rand_new ();

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < N_JOBS_EACH; i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.5);

      g_ptr_array_add (jobs,
                       asynclit_scheduled_task_new (trigger, count_run, &self->counter, NULL));
      asynclit_scheduled_task_set_executor (g_ptr_array_index (jobs, i), i % 3);
    }
  while (!g_atomic_int_get (&self->stop))
    {
      do_something (self, chance,
                    g_ptr_array_index (jobs, g_rand_int_range (chance, 0, N_JOBS_EACH)));
      test_iterate_pending (context);
    }
  for (guint i = 0; i < jobs->len; i++)
    asynclit_scheduled_task_remove (g_ptr_array_index (jobs, i));
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
note_event (void)
{
}

static void
mayhem_watch (Mayhem *self)
{
  g_signal_connect (self->scheduler, "fired", G_CALLBACK (note_event), NULL);
  g_signal_connect (self->scheduler, "finished", G_CALLBACK (note_event), NULL);
  g_signal_connect (self->scheduler, "missed", G_CALLBACK (note_event), NULL);
  g_signal_connect (self->scheduler, "skipped", G_CALLBACK (note_event), NULL);
  g_list_model_get_n_items (G_LIST_MODEL (self->scheduler));
}

static void
test_mayhem (void)
{
  Mayhem self = { 0 };
  g_autoptr (AsyncLitClock) clock = NULL;
  GThread *threads[N_THREADS];
  guint n_rounds = stress_scale (3000);

  self.scheduler = scheduler_on_manual_clock (&clock);
  self.clock = ASYNCLIT_MANUAL_CLOCK (clock);
  mayhem_watch (&self);
  asynclit_scheduler_start (self.scheduler);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("mayhem", make_mayhem, &self);
  for (guint i = 0; i < n_rounds || g_atomic_int_get (&self.counter) == 0; i++)
    {
      asynclit_manual_clock_advance (self.clock, 0.1);
      test_iterate_pending (NULL);
    }
  g_atomic_int_set (&self.stop, TRUE);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (g_atomic_int_get (&self.counter), >, 0);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (self.scheduler), ==, 0);
  asynclit_scheduler_shutdown (self.scheduler, TRUE);
  g_object_unref (self.scheduler);
  g_assert_true (asynclit_task_manager_wait (asynclit_get_default_manager (), TEST_WATCHDOG_SECONDS,
                                             NULL, NULL));
  test_iterate_pending (NULL);
}

/* The system clock, and schedulers that are dropped while their jobs fire */

static void
test_drop_while_firing (void)
{
  guint n_rounds = stress_scale (200);
  int counter = 0;

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.0005);
      int before = g_atomic_int_get (&counter);

      for (guint j = 0; j < 4; j++)
        {
          g_autoptr (AsyncLitScheduledTask) job
              = asynclit_scheduled_task_new (trigger, count_run, &counter, NULL);

          asynclit_scheduler_add (scheduler, job, TRUE, NULL);
        }
      asynclit_scheduler_start (scheduler);
      while (g_atomic_int_get (&counter) == before)
        g_thread_yield ();
      asynclit_scheduler_shutdown (scheduler, i % 2 == 0);
    }
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  test_iterate_pending (NULL);
}

/* In the child of a fork */

static void
count_told (AsyncLitScheduledTask *job, GParamSpec *pspec, int *n_told)
{
  (*n_told)++;
}

static int
check_child (AsyncLitScheduler *scheduler, AsyncLitScheduledTask *job)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.001);
  g_autoptr (AsyncLitScheduledTask) fresh = NULL;
  int counter[2] = { 0, 3 };
  int n_told = 0;

  if (asynclit_scheduler_get_running (scheduler) || asynclit_scheduler_get_n_jobs (scheduler) != 0
      || asynclit_scheduled_task_remove (job))
    return 1;
  /* Here, the job is in no scheduler. */
  g_signal_connect (job, "notify::paused", G_CALLBACK (count_told), &n_told);
  asynclit_scheduled_task_resume (job);
  test_iterate_pending (NULL);
  if (asynclit_scheduled_task_get_paused (job) || n_told != 1)
    return 2;
  fresh = asynclit_scheduled_task_new (trigger, count_run, counter, NULL);
  if (!asynclit_scheduler_add (scheduler, fresh, TRUE, NULL))
    return 3;
  asynclit_scheduler_start (scheduler);
  test_poll_until (have_all_run, counter);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  return 0;
}

static void
test_fork (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.001);
  int counter[2] = { 0, 3 };
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, count_run, counter, NULL);
  int status;
  pid_t child;

  g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
  asynclit_scheduler_start (scheduler);
  test_poll_until (have_all_run, counter);
  /* At rest, because GLib's own locks can't be avoided. */
  asynclit_scheduled_task_pause (job);
  g_assert_true (asynclit_task_manager_wait (asynclit_get_default_manager (), TEST_WATCHDOG_SECONDS,
                                             NULL, NULL));
  child = fork ();
  if (child == 0)
    stress_end_child (check_child (scheduler, job));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_true (asynclit_scheduler_get_running (scheduler));
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  asynclit_scheduler_shutdown (scheduler, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler/many-jobs", test_many_jobs);
  g_test_add_func ("/scheduler/mayhem", test_mayhem);
  g_test_add_func ("/scheduler/drop-while-firing", test_drop_while_firing);
  g_test_add_func ("/scheduler/fork", test_fork);
  return g_test_run ();
}
