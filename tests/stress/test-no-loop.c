/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A program that submits and polls, and never iterates a main context. Data that has to be released
 * in the submitting thread is released when that thread waits, drains or cleans up. If it does none
 * of this, the worker releases what exceeds a limit, after a while. The memory therefore stays
 * constant. */

#include "stress-support.h"

#define VALUES 6
#define MAX_ROUNDS 50
#define SLACK (4 * 1024 * 1024)

/* Results that record where they were released. */
typedef struct {
  GThread *owner;
  gint made; /* atomic, as are the others */
  gint released;
  gint released_elsewhere;
} Results;

typedef struct {
  AsyncLitTaskManager *manager;
  StressProbes *probes;
  Results results;
} Polling;

static void
result_gone (gpointer data)
{
  Results *results = data;

  if (results->owner != g_thread_self ())
    g_atomic_int_inc (&results->released_elsewhere);
  g_atomic_int_inc (&results->released);
}

static void
work_for_polling (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  StressProbe *probe = user_data;
  Results *results = probe->tag;
  g_autoptr (GObject) result = g_object_new (G_TYPE_OBJECT, NULL);

  g_atomic_int_inc (&results->made);
  g_object_set_data_full (result, "stress-results", results, result_gone);
  for (int i = 0; i < VALUES; i++)
    test_report_string (task, "a progress value that nobody ever asks for");
  g_atomic_int_inc (&probe->runs);
  asynclit_task_return_object (task, result);
}

static gboolean
everything_released (gpointer user_data)
{
  Polling *polling = user_data;

  /* Any call would do; this one also drops all ended tasks. */
  asynclit_task_manager_set_max_completed (polling->manager, 0);
  asynclit_task_manager_cleanup (polling->manager);
  return stress_condition_released (polling->probes)
         && g_atomic_int_get (&polling->results.released)
                == g_atomic_int_get (&polling->results.made);
}

/* Submits and drops; reads a task from time to time, like a script that is run repeatedly. */
static void
submit_and_poll (Polling *polling, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      StressProbe *probe = stress_probes_take (polling->probes);
      g_autoptr (AsyncLitTask) task = NULL;

      probe->tag = &polling->results;
      task = stress_submit (polling->manager, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, work_for_polling,
                            probe);
      if (i % 100 != 0)
        continue;
      test_poll_until (test_condition_done, task);
      if (i % 200 == 0)
        g_ptr_array_unref (asynclit_task_drain_progress (task));
    }
}

static void
assert_flat (Polling *polling, guint n)
{
  gsize before, after;

  /* Threads, arenas and tables reach their size first. Besides, a thread without a context of its
   * own leaves its data for a moment to a thread that may be about to iterate the global default
   * context. */
  do
    submit_and_poll (polling, n);
  while (stress_probes_get_released (polling->probes) == 0);
  before = stress_get_resident ();
  submit_and_poll (polling, n);
  submit_and_poll (polling, n);
  after = stress_get_resident ();

  g_test_message ("resident before %zu KiB, after %u tasks %zu KiB", before / 1024, 2 * n,
                  after / 1024);
  if (stress_memory_counts ())
    g_assert_cmpuint (after, <, before + SLACK);
}

static void
poll_without_loop (guint index, gpointer unused)
{
  guint n = stress_scale (20000);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (StressProbes) probes = stress_probes_new (MAX_ROUNDS * n);
  Polling polling = { manager, probes, { g_thread_self () } };

  assert_flat (&polling, n);
  stress_wait_for_manager (manager);
  test_poll_until (everything_released, &polling);

  stress_probes_assert_released_once (probes);
  g_assert_cmpuint (stress_probes_get_released_elsewhere (probes), ==, 0);
  g_assert_cmpint (polling.results.released, ==, polling.results.made);
  g_assert_cmpint (polling.results.released_elsewhere, ==, 0);
}

/* The global default context, which is not iterated, from the main thread. */
static void
test_main_thread (void)
{
  poll_without_loop (0, NULL);
}

/* The same context from another thread: it is the owner's context nevertheless. */
static void
test_other_thread (void)
{
  stress_threads_join (stress_threads_start (1, poll_without_loop, NULL));
}

static void
poll_with_own_context (guint index, gpointer unused)
{
  GMainContext *context = stress_context_push ();

  poll_without_loop (index, unused);
  stress_context_pop (context);
}

static void
test_own_context (void)
{
  stress_threads_join (stress_threads_start (1, poll_with_own_context, NULL));
}

/* A program that neither waits nor drains: it only checks whether a task is done. */

static gint n_released; /* atomic */

static void
count_release (gpointer data)
{
  g_free (data);
  g_atomic_int_inc (&n_released);
}

static guint
submit_and_look (guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (AsyncLitTask) task
          = asynclit_run (test_work_nothing, g_malloc (1000), count_release);

      if (i % 50 == 0)
        test_poll_until (test_condition_done, task);
    }
  return n;
}

/* The maximum number of pending releases: the limit, the tasks that the manager keeps, and those
 * that are running or ending. */
#define MAX_WAITING 1024

static gboolean
few_wait (gpointer n_submitted)
{
  return *(guint *) n_submitted - (guint) g_atomic_int_get (&n_released) <= MAX_WAITING;
}

/* It takes some seconds until it is certain that the thread does not return. Then most of them are
 * released, and the program may continue as long as it likes. */
static void
poll_only (guint index, gpointer unused)
{
  GMainContext *context = stress_context_push ();
  guint n_submitted = 0;

  while (g_atomic_int_get (&n_released) == 0)
    {
      n_submitted += submit_and_look (100);
      g_usleep (10000); /* like a program that polls */
    }
  test_poll_until (few_wait, &n_submitted);
  for (guint i = 0; i < stress_scale (50); i++)
    {
      n_submitted += submit_and_look (1000);
      test_poll_until (few_wait, &n_submitted);
    }
  stress_context_pop (context);
}

static void
test_poll_only (void)
{
  g_atomic_int_set (&n_released, 0);
  stress_threads_join (stress_threads_start (1, poll_only, NULL));
}

/* Tasks that are kept, with many values that are never drained: the limit applies. */

static void
work_flood (AsyncLitTask *task, GCancellable *cancellable, gpointer values)
{
  for (guint i = 0; i < GPOINTER_TO_UINT (values); i++)
    test_report_int (task, (int) i);
  asynclit_task_return_boolean (task, TRUE);
}

static void
flood_one (AsyncLitTaskManager *manager, guint n)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) values = NULL;

  asynclit_task_set_max_progress (task, 1000);
  asynclit_task_set_func (task, work_flood, GUINT_TO_POINTER (n), NULL);
  asynclit_task_manager_submit_task (manager, task);
  test_poll_until (test_condition_done, task);

  values = asynclit_task_drain_progress (task);
  g_assert_cmpuint (values->len, ==, MIN (n, 1000));
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, n - values->len);
}

static void
test_progress_is_bounded (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n = stress_scale (500000);
  gsize before, after;

  flood_one (manager, n);
  before = stress_get_resident ();
  for (guint i = 0; i < 4; i++)
    flood_one (manager, n);
  after = stress_get_resident ();

  g_test_message ("resident before %zu KiB, after %zu KiB", before / 1024, after / 1024);
  if (stress_memory_counts ())
    g_assert_cmpuint (after, <, before + SLACK);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/no-loop/drop/main-thread", test_main_thread);
  g_test_add_func ("/no-loop/drop/other-thread", test_other_thread);
  g_test_add_func ("/no-loop/drop/own-context", test_own_context);
  g_test_add_func ("/no-loop/poll-only", test_poll_only);
  g_test_add_func ("/no-loop/progress/bounded", test_progress_is_bounded);
  return g_test_run ();
}
