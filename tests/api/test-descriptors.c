/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* File descriptors: what uses them, and what happens if the system has none left: a task fails, or
 * something is slower, but the program continues. Each case runs in a process of its own. */

#include "test-support.h"

#include <sys/resource.h>
#include <unistd.h>

static int
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  int n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static struct rlimit limit_before;

static void
use_up (void)
{
  struct rlimit limit;
  int first_free = dup (0);

  close (first_free);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit_before), ==, 0);
  limit = (struct rlimit){ (rlim_t) first_free, limit_before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
give_back (void)
{
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit_before), ==, 0);
}

static void
assert_too_many (AsyncLitTask *task)
{
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_true (
      g_error_matches (asynclit_task_get_error (task), G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES));
}

/* Newer versions of GLib need no descriptor here. */
static void
assert_too_many_or_runs (AsyncLitTask *task)
{
  test_wait (task);
  if (asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_ERROR)
    assert_too_many (task);
  else
    test_assert_int_result (task, 1);
}

static AsyncLitTask *
run_one (void)
{
  return asynclit_run (test_work_return_int, GINT_TO_POINTER (1), NULL);
}

static void
assert_runs (void)
{
  g_autoptr (AsyncLitTask) task = run_one ();

  test_wait (task);
  test_assert_int_result (task, 1);
}

static void
note_completed (AsyncLitTask *task, gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

/* The first task of a process without a main context. It is reported later, if a context can be
 * created later. */
static void
in_first_task (void)
{
  g_autoptr (AsyncLitTask) task = NULL;
  gboolean completed = FALSE;

  use_up ();
  task = run_one ();
  asynclit_task_add_callback (task, note_completed, &completed, NULL);
  test_wait (task);
  test_assert_int_result (task, 1);
  give_back ();
  assert_runs ();
  test_iterate_until_true (NULL, &completed);
}

static void
in_running_pool (void)
{
  assert_runs ();
  use_up ();
  assert_runs ();
  give_back ();
}

/* The worker has a context, too. It works again once there are descriptors. */
static void
in_first_of_worker (void)
{
  g_autoptr (AsyncLitTask) lost = NULL;
  g_autoptr (AsyncLitTask) later = NULL;

  assert_runs ();
  use_up ();
  lost = asynclit_run_async (test_work_return_int, GINT_TO_POINTER (1), NULL);
  assert_too_many_or_runs (lost);
  give_back ();
  later = asynclit_run_async (test_work_return_int, GINT_TO_POINTER (1), NULL);
  test_wait (later);
  test_assert_int_result (later, 1);
}

static gint n_tripped; /* atomic */

static void
note_tripped (GCancellable *cancellable, gpointer thread)
{
  g_assert_true (g_thread_self () != thread);
  g_atomic_int_inc (&n_tripped);
}

static void
work_at_gate (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  g_cancellable_connect (cancellable, G_CALLBACK (note_tripped), g_thread_self (), NULL);
  test_gate_pass (gate);
  asynclit_task_return_boolean (task, TRUE);
}

static gboolean
has_tripped (gpointer unused)
{
  return g_atomic_int_get (&n_tripped) == 1;
}

/* Even without another thread, nothing is called in the caller of cancel(). */
static void
in_cancel (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (work_at_gate, gate, NULL);
  g_autoptr (AsyncLitTask) other = NULL;

  test_gate_await_arrivals (gate, 1);
  use_up ();
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_WARNING, "*could not be started*");
  g_assert_true (asynclit_task_cancel (task));
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_atomic_int_get (&n_tripped), ==, 0);
  give_back ();
  other = asynclit_run_async (test_work_return_int, NULL, NULL);
  test_poll_until (has_tripped, NULL);
  test_gate_open (gate);
  test_wait (task);
  test_wait (other);
  test_assert_cancelled (task);
}

static void
in_program (void)
{
  static const char *const argv[] = { "true", NULL };
  g_autoptr (AsyncLitTask) first = asynclit_run_async (test_work_return_int, NULL, NULL);
  g_autoptr (AsyncLitTask) task = NULL;

  test_wait (first);
  use_up ();
  task = asynclit_task_manager_submit_subprocess (asynclit_get_default_manager (), NULL, argv);
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  give_back ();
}

static gpointer
iterate_until_completed (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (AsyncLitTask) own = NULL;
  gboolean completed = FALSE;

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (AsyncLitTask) task = run_one ();

      completed = FALSE;
      asynclit_task_add_callback (task, note_completed, &completed, NULL);
      test_iterate_until_true (context, &completed);
    }
  own = asynclit_task_manager_submit_in_context (asynclit_get_default_manager (), NULL,
                                                 test_work_return_int, GINT_TO_POINTER (1), NULL);
  completed = FALSE;
  asynclit_task_add_callback (own, note_completed, &completed, NULL);
  test_iterate_until_true (context, &completed);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* A context that exists, but has no source of the library yet, is woken nevertheless. */
static void
in_existing_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  assert_runs ();
  use_up ();
  g_thread_join (g_thread_new ("iterates", iterate_until_completed, context));
  give_back ();
}

static void
in_worker_context (void)
{
  use_up ();
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_WARNING, "*could not be started*");
  g_assert_null (asynclit_get_worker_context ());
  g_test_assert_expected_messages ();
  give_back ();
  g_assert_nonnull (asynclit_get_worker_context ());
}

/* Remembered tasks whose contexts are gone. */
static void
in_ended_tasks (void)
{
  int before = 0;

  asynclit_task_manager_set_max_completed (asynclit_get_default_manager (), G_MAXUINT);
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();

      iterate_until_completed (context);
      if (i == 0)
        before = count_descriptors ();
    }
  g_assert_cmpint (count_descriptors (), <=, before + 5);
}

typedef struct {
  const char *path;
  void (*func) (void);
} Case;

static const Case cases[] = {
  { "first-task", in_first_task },
  { "running-pool", in_running_pool },
  { "first-of-worker", in_first_of_worker },
  { "cancel", in_cancel },
  { "program", in_program },
  { "existing-context", in_existing_context },
  { "worker-context", in_worker_context },
  { "ended-tasks", in_ended_tasks },
};

static void
test_case (gconstpointer data)
{
  const Case *self = data;

  if (g_test_subprocess ())
    {
      self->func ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/descriptors/", cases[i].path, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
