/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Functions on the worker: they start asynchronous operations, and settle when these end. */

#include "test-support.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <unistd.h>

#define N_TIMERS 200

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

static gboolean
on_worker (void)
{
  char name[16] = "";

  g_assert_cmpint (pthread_getname_np (pthread_self (), name, sizeof name), ==, 0);
  return g_str_equal (name, "asynclit-worker");
}

/* Where it runs */

static void
work_look_around (AsyncLitTask *task, GCancellable *cancellable, gpointer recorder)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  g_assert_true (on_worker ());
  g_assert_true (context == asynclit_get_worker_context ());
  g_assert_true (g_main_context_is_owner (context));
  g_assert_nonnull (cancellable);
  test_recorder_add (recorder, "ran");
  asynclit_task_return_int (task, 1);
}

static void
test_runs_on_worker (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) first = asynclit_run_async (work_look_around, recorder, NULL);
  g_autoptr (AsyncLitTask) second = asynclit_run_async (work_look_around, recorder, NULL);

  g_assert_cmpint (asynclit_task_get_executor (first), ==, ASYNCLIT_EXECUTOR_WORKER);
  test_wait (first);
  test_wait (second);
  test_assert_int_result (first, 1);
  test_recorder_assert (recorder, "ran ran");
  g_assert_false (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
test_runs_as_set_up (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, work_look_around, recorder, NULL);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_manager_submit_task (manager (), task);
  test_wait (task);
  test_assert_int_result (task, 1);
}

static gboolean
on_idle_flag (gpointer flag)
{
  g_assert_true (on_worker ());
  g_atomic_int_set ((gint *) flag, 1);
  return G_SOURCE_REMOVE;
}

/* Any code may attach sources to the worker's context. */
static void
test_context_is_public (void)
{
  GMainContext *context = asynclit_get_worker_context ();
  g_autoptr (GSource) source = g_idle_source_new ();
  gint flag = 0;

  g_assert_nonnull (context);
  g_assert_true (context == asynclit_get_worker_context ());
  g_assert_true (context != g_main_context_default ());
  g_source_set_callback (source, on_idle_flag, &flag, NULL);
  g_source_attach (source, context);
  test_poll_until (test_condition_flag, &flag);
}

/* When it settles */

static gboolean
on_timer (gpointer user_data)
{
  AsyncLitTask *task = user_data;

  g_assert_true (on_worker ());
  asynclit_task_return_int (task, 2);
  return G_SOURCE_REMOVE;
}

/* The function takes no reference: the task is valid until it is settled. */
static void
work_settle_by_timer (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (GSource) source = g_timeout_source_new (1);

  g_source_set_callback (source, on_timer, task, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
test_settle_later (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_settle_by_timer, NULL, NULL);

  test_wait (task);
  test_assert_int_result (task, 2);
}

static void
on_completed_count (AsyncLitTask *task, gpointer count)
{
  test_assert_int_result (task, 2);
  (*(guint *) count)++;
}

static void
test_settle_later_without_handle (void)
{
  guint completed = 0;

  for (guint i = 0; i < N_TIMERS; i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_run_async (work_settle_by_timer, NULL, NULL);

      asynclit_task_add_callback (task, on_completed_count, &completed, NULL);
    }
  test_iterate_until_count (NULL, &completed, N_TIMERS);
}

static gpointer
settle_in_thread (gpointer task)
{
  asynclit_task_return_int (task, 3);
  g_object_unref (task);
  return NULL;
}

static void
work_settle_elsewhere (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_thread_unref (g_thread_new ("settler", settle_in_thread, g_object_ref (task)));
}

static void
test_settle_in_another_thread (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_settle_elsewhere, NULL, NULL);

  test_wait (task);
  test_assert_int_result (task, 3);
}

static void
work_keep (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  test_gate_open (gate);
  test_gate_pass (gate);
}

/* A task that has not been settled stays live, whatever else the worker does. */
static void
test_settle_by_owner (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_keep, gate, NULL);
  g_autoptr (AsyncLitTask) other = NULL;

  test_gate_await_arrivals (gate, 1);
  other = asynclit_run_async (work_settle_by_timer, NULL, NULL);
  test_wait (other);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_RUNNING);
  asynclit_task_return_int (task, 4);
  test_wait (task);
  test_assert_int_result (task, 4);
}

static void
test_settle_by_owner_when_cancelling (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_keep, gate, NULL);

  test_gate_await_arrivals (gate, 1);
  g_assert_true (asynclit_task_cancel (task));
  g_assert_false (asynclit_task_get_done (task));
  asynclit_task_return_int (task, 4);
  test_wait (task);
  test_assert_cancelled (task);
}

/* Within the function, its return is the end, although the worker thread may still be in it. */
static void
work_settle_then_pass (AsyncLitTask *task, GCancellable *cancellable, gpointer gate)
{
  asynclit_task_return_int (task, 5);
  test_gate_pass (gate);
}

static void
test_settle_inside (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_settle_then_pass, gate, NULL);

  test_gate_await_arrivals (gate, 1);
  g_assert_false (asynclit_task_get_done (task));
  test_gate_open (gate);
  test_wait (task);
  test_assert_int_result (task, 5);
}

/* Gio */

static void
on_loaded (GObject *file, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AsyncLitTask) task = user_data;
  g_autofree char *contents = NULL;
  GError *error = NULL;

  g_assert_true (on_worker ());
  if (!g_file_load_contents_finish (G_FILE (file), result, &contents, NULL, NULL, &error))
    asynclit_task_return_error (task, error);
  else
    asynclit_task_return_string (task, contents);
}

static void
work_load (AsyncLitTask *task, GCancellable *cancellable, gpointer path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_file_load_contents_async (file, cancellable, on_loaded, g_object_ref (task));
}

static void
test_gio_file_loaded (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  int fd = g_file_open_tmp ("asynclit-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_set_contents (path, "contents", -1, &error));
  task = asynclit_run_async (work_load, path, NULL);
  test_wait (task);
  g_assert_cmpstr (g_value_get_string (asynclit_task_get_result (task, &error)), ==, "contents");
  g_unlink (path);
}

static void
test_gio_file_missing (void)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_run_async (work_load, (gpointer) "/nonexistent/file", NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Calls from the worker */

static void
on_inner_completed (AsyncLitTask *inner, gpointer user_data)
{
  g_autoptr (AsyncLitTask) outer = user_data;

  g_assert_true (on_worker ());
  test_assert_int_result (inner, 2);
  asynclit_task_return_int (outer, 6);
}

/* A task submitted on the worker is owned by the worker's context. */
static void
work_submit_inner (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (AsyncLitTask) inner = asynclit_run_async (work_settle_by_timer, NULL, NULL);

  asynclit_task_add_callback (inner, on_inner_completed, g_object_ref (task), NULL);
}

static void
test_submit_on_worker (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_submit_inner, NULL, NULL);

  test_wait (task);
  test_assert_int_result (task, 6);
}

/* User data is freed in the right place, even if only the worker had a reference to the task. */
static void
test_user_data_comes_back (void)
{
  g_autoptr (TestToken) token = test_token_new ();

  g_object_unref (asynclit_run_async (work_settle_by_timer, test_token_ref (token),
                                      test_token_destroy));
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async/runs/on-worker", test_runs_on_worker);
  g_test_add_func ("/async/runs/as-set-up", test_runs_as_set_up);
  g_test_add_func ("/async/context/is-public", test_context_is_public);
  g_test_add_func ("/async/settle/later", test_settle_later);
  g_test_add_func ("/async/settle/later-without-handle", test_settle_later_without_handle);
  g_test_add_func ("/async/settle/in-another-thread", test_settle_in_another_thread);
  g_test_add_func ("/async/settle/by-owner", test_settle_by_owner);
  g_test_add_func ("/async/settle/by-owner-when-cancelling",
                   test_settle_by_owner_when_cancelling);
  g_test_add_func ("/async/settle/inside", test_settle_inside);
  g_test_add_func ("/async/gio/file-loaded", test_gio_file_loaded);
  g_test_add_func ("/async/gio/file-missing", test_gio_file_missing);
  g_test_add_func ("/async/submit/on-worker", test_submit_on_worker);
  g_test_add_func ("/async/user-data/comes-back", test_user_data_comes_back);
  return g_test_run ();
}
