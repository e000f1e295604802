/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads that submit, each with a main context of its own, to one manager or to one each:
 * every task settles once, and is reported once, in the thread that submitted it; and the registry
 * agrees. */

#include "stress-support.h"

#define PRODUCERS 4
#define MAX_COMPLETED 100

typedef struct {
  AsyncLitTaskManager *shared; /* NULL: one for each thread */
  AsyncLitExecutor executor;
  StressProbes *probes;
  guint per_thread;
  gint producing; /* atomic: threads that have not finished */
} Production;

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  StressProbe *probe = user_data;

  g_assert_true (probe->owner == g_thread_self ());
  g_assert_cmpuint (probe->completed, ==, 0);
}

/* Keeps the handle until the callback: a task without references need not be reported. */
static void
on_completed_unref (AsyncLitTask *task, gpointer probe)
{
  stress_probe_completed (task, probe);
  test_assert_int_result (task, 1);
  g_object_unref (task);
}

static void
produce_one (Production *production, AsyncLitTaskManager *manager, StressProbe *probe, guint i)
{
  AsyncLitTask *task
      = stress_submit (manager, production->executor, NULL, stress_probe_work, probe);

  if (i % 2 == 0)
    g_signal_connect (task, "completed", G_CALLBACK (on_completed), probe);
  asynclit_task_add_callback (task, on_completed_unref, probe, NULL);
}

typedef struct {
  StressProbe **probes;
  guint n;
} OwnProbes;

static gboolean
own_probes_over (gpointer user_data)
{
  OwnProbes *own = user_data;

  while (own->n > 0 && own->probes[own->n - 1]->completed > 0
         && g_atomic_int_get (&own->probes[own->n - 1]->released) > 0)
    own->n--;
  return own->n == 0;
}

/* Tasks that have ended since the last submission are trimmed by the next one, or by this. */
static void
assert_registry_is_trimmed (AsyncLitTaskManager *manager)
{
  asynclit_task_manager_cleanup (manager);
  g_assert_cmpuint (stress_count_tasks (manager, ASYNCLIT_TASK_FILTER_LIVE), ==, 0);
  g_assert_cmpuint (stress_count_tasks (manager, ASYNCLIT_TASK_FILTER_ALL), <=, MAX_COMPLETED);
  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 0);
}

static AsyncLitTaskManager *
new_small_manager (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();

  asynclit_task_manager_set_max_completed (manager, MAX_COMPLETED);
  return manager;
}

static void
produce (guint index, gpointer user_data)
{
  Production *production = user_data;
  GMainContext *context = stress_context_push ();
  g_autofree StressProbe **probes = g_new (StressProbe *, production->per_thread);
  OwnProbes own = { probes, production->per_thread };
  g_autoptr (AsyncLitTaskManager) manager
      = production->shared != NULL ? g_object_ref (production->shared) : new_small_manager ();

  for (guint i = 0; i < production->per_thread; i++)
    {
      probes[i] = stress_probes_take (production->probes);
      produce_one (production, manager, probes[i], i);
      if (i % 256 == 0)
        test_iterate_pending (context);
    }
  test_iterate_until (context, own_probes_over, &own);
  if (production->shared == NULL)
    {
      stress_wait_for_manager (manager);
      assert_registry_is_trimmed (manager);
    }
  g_atomic_int_add (&production->producing, -1);
  stress_context_pop (context);
}

static void
assert_tasks_are_found (AsyncLitTaskManager *manager, AsyncLitTaskFilter filter)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_manager_list_tasks (manager, filter, NULL);

  for (guint i = 0; i < MIN (tasks->len, 8); i++)
    {
      AsyncLitTask *listed = g_ptr_array_index (tasks, i);
      g_autoptr (AsyncLitTask) found
          = asynclit_task_manager_get (manager, asynclit_task_get_id (listed));

      /* It may have ended and been trimmed since. */
      g_assert_true (found == listed || (found == NULL && asynclit_task_get_done (listed)));
    }
}

/* Reads the registry in every way while others fill it. */
static void
look_at_registry (Production *production)
{
  while (g_atomic_int_get (&production->producing) > 0)
    {
      assert_tasks_are_found (production->shared, ASYNCLIT_TASK_FILTER_LIVE);
      assert_tasks_are_found (production->shared, ASYNCLIT_TASK_FILTER_ENDED);
      asynclit_task_manager_cleanup (production->shared);
      g_usleep (1000);
    }
}

static void
produce_in_threads (AsyncLitTaskManager *shared, AsyncLitExecutor executor, guint per_thread)
{
  g_autoptr (StressProbes) probes = stress_probes_new (PRODUCERS * per_thread);
  Production production = { shared, executor, probes, per_thread, PRODUCERS };
  StressThreads *threads = stress_threads_start (PRODUCERS, produce, &production);

  if (shared != NULL)
    look_at_registry (&production);
  stress_threads_join (threads);

  g_assert_cmpuint (stress_probes_get_taken (probes), ==, PRODUCERS * per_thread);
  stress_probes_assert_completed_once (probes);
  stress_probes_assert_released_once (probes);
  g_assert_cmpuint (stress_probes_get_released_elsewhere (probes), ==, 0);
}

static void
test_shared_manager (gconstpointer executor)
{
  g_autoptr (AsyncLitTaskManager) manager = new_small_manager ();

  produce_in_threads (manager, (AsyncLitExecutor) GPOINTER_TO_INT (executor), stress_scale (50000));
  stress_wait_for_manager (manager);
  assert_registry_is_trimmed (manager);
}

static void
test_own_managers (gconstpointer executor)
{
  produce_in_threads (NULL, (AsyncLitExecutor) GPOINTER_TO_INT (executor), stress_scale (50000));
}

/* Names that several threads move between tasks: each look-up finds a task that has the name. */

typedef struct {
  AsyncLitTaskManager *manager;
  guint per_thread;
} Naming;

static void
move_names (guint index, gpointer user_data)
{
  Naming *naming = user_data;
  GMainContext *context = stress_context_push ();

  for (guint i = 0; i < naming->per_thread; i++)
    {
      g_autofree char *name = g_strdup_printf ("name-%u", (i + index) % 3);
      g_autofree char *key = g_strconcat ("global:", name, NULL);
      g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
          naming->manager, NULL, test_work_return_int, GINT_TO_POINTER (1), NULL);
      g_autoptr (AsyncLitTask) found = NULL;

      asynclit_task_manager_register_global (naming->manager, task, name);
      found = asynclit_task_manager_get (naming->manager, key);
      g_assert_true (ASYNCLIT_IS_TASK (found));
    }
  stress_context_pop (context);
}

static void
test_moving_names (void)
{
  g_autoptr (AsyncLitTaskManager) manager = new_small_manager ();
  Naming naming = { manager, stress_scale (10000) };

  stress_threads_join (stress_threads_start (PRODUCERS, move_names, &naming));
  stress_wait_for_manager (manager);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *key = g_strdup_printf ("global:name-%u", i);
      g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, key);

      test_assert_int_result (found, 1);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/producers/shared-manager/pool",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_THREAD_POOL), test_shared_manager);
  g_test_add_data_func ("/producers/shared-manager/worker",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_WORKER), test_shared_manager);
  g_test_add_data_func ("/producers/shared-manager/context",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_CONTEXT), test_shared_manager);
  g_test_add_data_func ("/producers/own-managers/pool",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_THREAD_POOL), test_own_managers);
  g_test_add_data_func ("/producers/own-managers/worker",
                        GINT_TO_POINTER (ASYNCLIT_EXECUTOR_WORKER), test_own_managers);
  g_test_add_func ("/producers/registry/moving-names", test_moving_names);
  return g_test_run ();
}
