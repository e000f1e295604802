/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Asynchronous operations of GIO as tasks, tasks as asynchronous operations, and GTask's thread
 * functions. */

#include "test-support.h"

#include <glib/gstdio.h>
#include <unistd.h>

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

/* A file with a known content */

typedef struct {
  char *path;
  GFile *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int descriptor = g_file_open_tmp ("asynclit-gio-XXXXXX", &fixture->path, &error);

  g_assert_no_error (error);
  close (descriptor);
  g_file_set_contents (fixture->path, "twelve bytes", -1, &error);
  g_assert_no_error (error);
  fixture->file = g_file_new_for_path (fixture->path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_clear_object (&fixture->file);
  g_free (fixture->path);
}

static void
assert_text (AsyncLitTask *task, const char *expected)
{
  const GValue *result = asynclit_task_get_result (task, NULL);

  g_assert_nonnull (result);
  g_assert_cmpstr (g_value_get_string (result), ==, expected);
}

/* An operation as a task */

static void
on_loaded (AsyncLitTask *task, GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *contents = NULL;
  GError *error = NULL;

  g_assert_true (data == NULL || data == source);
  if (g_file_load_contents_finish (G_FILE (source), result, &contents, NULL, NULL, &error))
    asynclit_task_return_string (task, contents);
  else
    asynclit_task_return_error (task, error);
}

static void
load (AsyncLitTask *task, GCancellable *cancellable, gpointer file)
{
  g_file_load_contents_async (file, cancellable, asynclit_task_ready,
                              asynclit_task_await (task, on_loaded));
}

static void
test_await_on_worker (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_run_async (load, g_object_ref (fixture->file), g_object_unref);

  test_wait (task);
  assert_text (task, "twelve bytes");
}

static void
test_await_here (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_manager_submit_task (manager (), task);
  g_file_load_contents_async (fixture->file, asynclit_task_get_cancellable (task),
                              asynclit_task_ready, asynclit_task_await (task, on_loaded));
  test_iterate_until_completed (task);
  assert_text (task, "twelve bytes");
}

static void
test_await_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AsyncLitTask) task = NULL;

  g_unlink (fixture->path);
  task = asynclit_run_async (load, g_object_ref (fixture->file), g_object_unref);
  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
note_gone (gpointer flag, GObject *task)
{
  *(gboolean *) flag = TRUE;
}

static void
test_await_keeps_task (Fixture *fixture, gconstpointer data)
{
  AsyncLitTask *task = asynclit_task_new ();
  gboolean is_gone = FALSE;

  g_object_weak_ref (G_OBJECT (task), note_gone, &is_gone);
  g_file_load_contents_async (fixture->file, NULL, asynclit_task_ready,
                              asynclit_task_await (task, on_loaded));
  g_object_unref (task);
  g_assert_false (is_gone);
  test_iterate_until_true (NULL, &is_gone);
}

/* Two operations, one after the other, and an attempt that fails first. */

typedef struct {
  GFile *file;
  guint n_attempts;
  guint n_steps;
} Steps;

static void
on_second (AsyncLitTask *task, GObject *source, GAsyncResult *result, gpointer data)
{
  Steps *steps = data;
  GError *error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);

  steps->n_steps++;
  if (info == NULL)
    asynclit_task_return_error (task, error);
  else if (steps->n_attempts == 1)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, g_file_info_get_size (info));
}

static void
on_first (AsyncLitTask *task, GObject *source, GAsyncResult *result, gpointer data)
{
  Steps *steps = data;
  g_autofree char *contents = NULL;

  steps->n_steps++;
  g_assert_true (
      g_file_load_contents_finish (G_FILE (source), result, &contents, NULL, NULL, NULL));
  g_file_query_info_async (steps->file, "standard::size", G_FILE_QUERY_INFO_NONE, 0, NULL,
                           asynclit_task_ready, asynclit_task_await (task, on_second));
}

static void
step (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Steps *steps = data;

  steps->n_attempts++;
  g_file_load_contents_async (steps->file, cancellable, asynclit_task_ready,
                              asynclit_task_await (task, on_first));
}

static void
test_await_steps (Fixture *fixture, gconstpointer data)
{
  Steps steps = { fixture->file };
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_set_func (task, step, &steps, NULL);
  asynclit_task_manager_submit_task (manager (), task);
  test_wait (task);
  test_assert_int_result (task, 12);
  g_assert_cmpuint (steps.n_attempts, ==, 2);
  g_assert_cmpuint (steps.n_steps, ==, 4);
}

/* The operation ends with G_IO_ERROR_CANCELLED, and so the task does. */

static void
on_never (AsyncLitTask *task, GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_false (g_task_propagate_boolean (G_TASK (result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  asynclit_task_return_error (task, error);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer gtask)
{
  g_task_return_error_if_cancelled (gtask);
  return G_SOURCE_REMOVE;
}

static void
never (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  g_autoptr (GTask) gtask
      = g_task_new (NULL, cancellable, asynclit_task_ready, asynclit_task_await (task, on_never));
  g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

  g_task_attach_source (gtask, source, G_SOURCE_FUNC (on_cancelled));
}

static void
test_await_cancelled (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run_async (never, NULL, NULL);

  test_poll_until (test_condition_started, task);
  asynclit_task_cancel (task);
  test_wait (task);
  test_assert_cancelled (task);
}

/* What comes after the end of an abandoned task is dropped. */

static void
on_too_late (AsyncLitTask *task, GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_not_reached ();
}

static void
test_await_abandoned (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GTask) gtask = NULL;

  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (manager (), task);
  gtask = g_task_new (NULL, NULL, asynclit_task_ready, asynclit_task_await (task, on_too_late));
  asynclit_task_cancel (task);
  g_assert_true (asynclit_task_get_done (task));
  g_task_return_pointer (gtask, g_strdup ("dropped"), g_free);
  test_iterate_pending (NULL);
  g_assert_true (g_task_get_completed (gtask));
}

static void
count_up (gpointer number)
{
  (*(guint *) number)++;
}

/* Its data goes when the operation is complete. */
static void
test_await_abandoned_data (void)
{
  guint n_freed = 0;
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_WORKER);
  asynclit_task_set_func (task, never, &n_freed, count_up);
  asynclit_task_manager_submit_task (manager (), task);
  test_poll_until (test_condition_started, task);
  asynclit_task_cancel (task);
  g_assert_true (asynclit_task_get_done (task));
  test_iterate_until_count (NULL, &n_freed, 1);
}

/* A task as an operation: a library's foo_async() and foo_finish() */

static void
work_settle (AsyncLitTask *task, GCancellable *cancellable, gpointer kind)
{
  g_autoptr (GDateTime) date = g_date_time_new_utc (2026, 1, 2, 3, 4, 5);
  GValue value = G_VALUE_INIT;

  switch (GPOINTER_TO_INT (kind))
    {
    case 'b':
      asynclit_task_return_boolean (task, TRUE);
      break;
    case 'i':
      asynclit_task_return_int (task, 42);
      break;
    case 's':
      asynclit_task_return_string (task, "text");
      break;
    case 'o':
      asynclit_task_return_object (task, manager ());
      break;
    case 'v':
      asynclit_task_return_variant (task, g_variant_new_string ("variant"));
      break;
    case 'p':
      asynclit_task_return_pointer (task, "pointer", NULL);
      break;
    case 'd':
      g_value_init (&value, G_TYPE_DATE_TIME);
      g_value_set_boxed (&value, date);
      asynclit_task_return_value (task, &value);
      g_value_unset (&value);
      break;
    case 'e':
      asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
condition_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static GTask *
forward_and_wait (AsyncLitTask *task, GCancellable *cancellable)
{
  GAsyncResult *result = NULL;
  GTask *to = g_task_new (NULL, cancellable, keep_result, &result);

  asynclit_task_forward (task, to);
  g_object_unref (to);
  test_iterate_until (NULL, condition_set, &result);
  return G_TASK (result);
}

static GTask *
forward_kind (char kind)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (work_settle, GINT_TO_POINTER (kind), NULL);

  return forward_and_wait (task, NULL);
}

static void
test_forward_results (void)
{
  g_autoptr (GTask) boolean = forward_kind ('b');
  g_autoptr (GTask) number = forward_kind ('i');
  g_autoptr (GTask) text = forward_kind ('s');
  g_autoptr (GTask) object = forward_kind ('o');
  g_autoptr (GTask) variant = forward_kind ('v');
  g_autoptr (GTask) pointer = forward_kind ('p');
  g_autofree char *string = g_task_propagate_pointer (text, NULL);
  g_autoptr (AsyncLitTaskManager) found = g_task_propagate_pointer (object, NULL);
  g_autoptr (GVariant) wrapped = g_task_propagate_pointer (variant, NULL);

  g_assert_true (g_task_propagate_boolean (boolean, NULL));
  g_assert_cmpint (g_task_propagate_int (number, NULL), ==, 42);
  g_assert_cmpstr (string, ==, "text");
  g_assert_true (found == manager ());
  g_assert_cmpstr (g_variant_get_string (wrapped, NULL), ==, "variant");
  g_assert_cmpstr (g_task_propagate_pointer (pointer, NULL), ==, "pointer");
}

static void
test_forward_value (void)
{
  g_autoptr (GTask) date = forward_kind ('d');
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (g_task_propagate_value (date, &value, NULL));
  g_assert_cmpint (g_date_time_get_year (g_value_get_boxed (&value)), ==, 2026);
}

static void
test_forward_error (void)
{
  g_autoptr (GTask) to = forward_kind ('e');
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_task_propagate_int (to, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, "busy");
}

static void
test_forward_cancelled_task (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GTask) to = NULL;
  g_autoptr (GError) error = NULL;

  asynclit_task_cancel (task);
  to = forward_and_wait (task, NULL);
  g_assert_false (g_task_propagate_boolean (to, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gboolean
cancel_soon (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_forward_cancelled_caller (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run_async (never, NULL, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) to = NULL;
  g_autoptr (GError) error = NULL;

  test_poll_until (test_condition_started, task);
  g_idle_add (cancel_soon, cancellable);
  to = forward_and_wait (task, cancellable);
  g_assert_true (asynclit_task_get_done (task));
  test_assert_cancelled (task);
  g_assert_false (g_task_propagate_boolean (to, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* GTask's thread functions, as they are */

static void
count_letters (GTask *gtask, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_assert_true (g_task_get_source_object (gtask) == source);
  g_assert_true (g_task_get_task_data (gtask) == data);
  g_assert_true (g_task_get_cancellable (gtask) == cancellable);
  g_task_return_int (gtask, (gssize) strlen (data));
}

static void
count_letters_later (GTask *gtask, gpointer source, gpointer data, GCancellable *cancellable)
{
}

static void
fail_to_count (GTask *gtask, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_new_error (gtask, G_IO_ERROR, G_IO_ERROR_BUSY, "can't count %s", (char *) data);
}

static void
block_until_cancelled (GTask *gtask, gpointer source, gpointer flag, GCancellable *cancellable)
{
  GPollFD descriptor;

  g_assert_true (g_cancellable_make_pollfd (cancellable, &descriptor));
  g_atomic_int_set ((int *) flag, 1);
  g_poll (&descriptor, 1, -1);
  g_cancellable_release_fd (cancellable);
  g_assert_true (g_task_return_error_if_cancelled (gtask));
}

static void
test_gtask_func (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_gtask_func (
      manager (), count_letters, manager (), g_strdup ("five!"), g_free);
  GTask *result;

  test_wait (task);
  g_assert_no_error (asynclit_task_get_error (task));
  result = g_value_get_object (asynclit_task_get_result (task, NULL));
  g_assert_true (G_IS_TASK (result));
  g_assert_cmpint (g_task_propagate_int (result, NULL), ==, 5);
}

static void
test_gtask_func_many (void)
{
  AsyncLitTask *tasks[500];

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = asynclit_task_manager_submit_gtask_func (manager (), count_letters, NULL, "seven..",
                                                        NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_assert_cmpint (g_task_propagate_int (
                           g_value_get_object (asynclit_task_get_result (tasks[i], NULL)), NULL),
                       ==, 7);
      g_object_unref (tasks[i]);
    }
}

static void
test_gtask_func_error (void)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit_gtask_func (manager (), fail_to_count, NULL, "sheep", NULL);

  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==, "can't count sheep");
}

static void
test_gtask_func_without_result (void)
{
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit_gtask_func (manager (), count_letters_later, NULL, NULL, NULL);

  test_wait (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT);
}

static void
test_gtask_func_cancelled (void)
{
  int begun = 0;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_gtask_func (
      manager (), block_until_cancelled, NULL, &begun, NULL);

  test_poll_until (test_condition_flag, &begun);
  asynclit_task_cancel (task);
  test_wait (task);
  test_assert_cancelled (task);
}

static void
test_gtask_func_data (void)
{
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (AsyncLitTaskManager) closed = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_task_manager_close (closed, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = asynclit_task_manager_submit_gtask_func (closed, count_letters, NULL,
                                                  test_token_ref (token), test_token_destroy);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/gio/await/on-worker", test_await_on_worker);
  ADD ("/gio/await/here", test_await_here);
  ADD ("/gio/await/error", test_await_error);
  ADD ("/gio/await/keeps-task", test_await_keeps_task);
  ADD ("/gio/await/steps", test_await_steps);
#undef ADD
  g_test_add_func ("/gio/await/cancelled", test_await_cancelled);
  g_test_add_func ("/gio/await/abandoned", test_await_abandoned);
  g_test_add_func ("/gio/await/abandoned-data", test_await_abandoned_data);
  g_test_add_func ("/gio/forward/results", test_forward_results);
  g_test_add_func ("/gio/forward/value", test_forward_value);
  g_test_add_func ("/gio/forward/error", test_forward_error);
  g_test_add_func ("/gio/forward/cancelled-task", test_forward_cancelled_task);
  g_test_add_func ("/gio/forward/cancelled-caller", test_forward_cancelled_caller);
  g_test_add_func ("/gio/gtask-func/result", test_gtask_func);
  g_test_add_func ("/gio/gtask-func/many", test_gtask_func_many);
  g_test_add_func ("/gio/gtask-func/error", test_gtask_func_error);
  g_test_add_func ("/gio/gtask-func/without-result", test_gtask_func_without_result);
  g_test_add_func ("/gio/gtask-func/cancelled", test_gtask_func_cancelled);
  g_test_add_func ("/gio/gtask-func/data", test_gtask_func_data);

  return g_test_run ();
}
