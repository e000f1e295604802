/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Programs as tasks. The paths begin with /program, because GLib reserves /subprocess. */

#include "test-support.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define N_LINES 100000
#define DEFAULT_BOUND 65536
#define LONG_LINE 1000000
#define TAIL_LIMIT 65536

static AsyncLitTask *
submit_argv (AsyncLitRetryPolicy *retry, const char *const *argv)
{
  return asynclit_task_manager_submit_subprocess (asynclit_get_default_manager (), retry, argv);
}

/* The arguments are freed before the program starts: the task has a copy. */
static AsyncLitTask *
submit_script (const char *script)
{
  g_autofree char *copy = g_strdup (script);
  const char *argv[] = { "/bin/sh", "-c", copy, NULL };
  AsyncLitTask *task = submit_argv (NULL, argv);

  memset (copy, 'X', strlen (copy));
  return task;
}

static AsyncLitTask *
run_script (const char *script)
{
  AsyncLitTask *task = submit_script (script);

  test_wait (task);
  return task;
}

static void
assert_lines (AsyncLitTask *task, const char *expected)
{
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  g_autofree char *joined = test_values_join (values);

  for (guint i = 0; i < values->len; i++)
    g_assert_true (G_VALUE_HOLDS_STRING (g_ptr_array_index (values, i)));
  g_assert_cmpstr (joined, ==, expected);
}

/* Output */

static void
test_lines_as_progress (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("echo one; echo two; echo three");

  test_assert_int_result (task, 0);
  assert_lines (task, "one two three");
}

static void
test_lines_last_without_newline (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("printf 'one\\ntwo'");

  test_assert_int_result (task, 0);
  assert_lines (task, "one two");
}

static void
test_lines_empty (void)
{
  g_autoptr (AsyncLitTask) silent = run_script (":");
  g_autoptr (AsyncLitTask) blank = run_script ("printf '\\n\\nx\\n'");
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (blank);

  assert_lines (silent, "");
  g_assert_cmpuint (values->len, ==, 3);
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, 0)), ==, "");
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, 2)), ==, "x");
}

static void
test_lines_many (void)
{
  g_autofree char *script = g_strdup_printf ("seq %d", N_LINES);
  g_autoptr (AsyncLitTask) task = run_script (script);
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  g_autofree char *last = g_strdup_printf ("%d", N_LINES);

  test_assert_int_result (task, 0);
  g_assert_cmpuint (values->len, ==, DEFAULT_BOUND);
  g_assert_cmpuint (asynclit_task_get_progress_dropped (task), ==, N_LINES - DEFAULT_BOUND);
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, values->len - 1)), ==, last);
}

/* The sleep simulates load: each iteration of the worker's loop, which reads one chunk, takes this
 * long. */
static gboolean
hold_up (gpointer is_over)
{
  g_usleep (3 * G_USEC_PER_SEC / 10);
  return !g_atomic_int_get ((int *) is_over);
}

static void
hold_up_worker (AsyncLitTask *task, GCancellable *cancellable, gpointer is_over)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, hold_up, is_over, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  asynclit_task_return_boolean (task, TRUE);
}

/* The program ends long before its last line is read, because the worker thread is busy. */
static void
test_lines_read_late (void)
{
  int is_over = FALSE;
  g_autoptr (AsyncLitTask) holding = asynclit_run_async (hold_up_worker, &is_over, NULL);
  g_autoptr (AsyncLitTask) task = run_script ("seq 12000");
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);

  g_atomic_int_set (&is_over, TRUE);
  g_assert_cmpuint (values->len, ==, 12000);
  /* No thread uses the flag any more. */
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
}

/* A line without end is split, but never within a character. */
static void
check_pieces (const char *script, gsize length)
{
  g_autoptr (AsyncLitTask) task = run_script (script);
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  g_autoptr (GString) joined = g_string_new (NULL);

  test_assert_int_result (task, 0);
  g_assert_cmpuint (values->len, >, 1);
  for (guint i = 0; i < values->len; i++)
    g_string_append (joined, g_value_get_string (g_ptr_array_index (values, i)));
  g_assert_cmpuint (joined->len, ==, length);
  g_assert_null (strstr (joined->str, "\357\277\275")); /* U+FFFD */
}

static void
test_lines_long (void)
{
  g_autofree char *plain = g_strdup_printf ("head -c %d /dev/zero | tr '\\0' x", LONG_LINE);
  g_autofree char *wide
      = g_strdup_printf ("{ printf x; yes é; } | tr -d '\\n' | head -c %d", LONG_LINE + 1);

  check_pieces (plain, LONG_LINE);
  check_pieces (wide, LONG_LINE + 1);
}

/* A string value is UTF-8, whatever the program wrote. */
static void
test_lines_not_utf8 (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("printf 'caf\\351\\nnext\\n'");
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  const char *line;

  test_assert_int_result (task, 0);
  g_assert_cmpuint (values->len, ==, 2);
  line = g_value_get_string (g_ptr_array_index (values, 0));
  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_assert_true (g_str_has_prefix (line, "caf"));
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, 1)), ==, "next");
}

static void
test_lines_signalled_in_order (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = submit_script ("echo one; echo two");
  g_autofree char *joined = NULL;

  test_recorder_watch (recorder, task);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  joined = test_recorder_join (recorder);
  g_assert_nonnull (strstr (joined, "progressed:one progressed:two"));
  g_assert_true (g_str_has_suffix (joined, "completed"));
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

/* The program does not read from this process's standard input. */
static void
test_input_is_empty (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("cat");

  test_assert_int_result (task, 0);
  assert_lines (task, "");
}

/* Failing */

static void
test_fails_with_exit_status (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("echo out; echo 'the last words' >&2; exit 3");
  const char *message;

  test_assert_failed (task, G_SPAWN_EXIT_ERROR, 3);
  message = asynclit_task_get_error (task)->message;
  g_assert_nonnull (strstr (message, "/bin/sh"));
  g_assert_nonnull (strstr (message, "the last words"));
  assert_lines (task, "out");
}

static void
test_fails_without_words (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("exit 255");

  test_assert_failed (task, G_SPAWN_EXIT_ERROR, 255);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "/bin/sh"));
}

/* Only the end of a long error output is kept, and it is also UTF-8. */
static void
test_fails_with_many_words (void)
{
  g_autoptr (AsyncLitTask) task
      = run_script ("{ seq 100000; printf 'caf\\351 the last words\\n'; } >&2; exit 1");
  const char *message;

  test_assert_failed (task, G_SPAWN_EXIT_ERROR, 1);
  message = asynclit_task_get_error (task)->message;
  g_assert_nonnull (strstr (message, "the last words"));
  g_assert_cmpuint (strlen (message), <, TAIL_LIMIT);
  g_assert_true (g_utf8_validate (message, -1, NULL));
}

static void
test_fails_by_signal (void)
{
  g_autoptr (AsyncLitTask) task = run_script ("kill -KILL $$");

  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);
}

static void
test_fails_without_program (void)
{
  static const char *const missing[] = { "asynclit-no-such-program", NULL };
  static const char *const missing_path[] = { "/nonexistent/program", "argument", NULL };
  g_autoptr (AsyncLitTask) task = submit_argv (NULL, missing);
  g_autoptr (AsyncLitTask) path_task = submit_argv (NULL, missing_path);

  test_wait (task);
  test_wait (path_task);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  test_assert_failed (path_task, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, missing[0]));
}

static void
test_fails_without_argv (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (AsyncLitTask) task = submit_argv (NULL, none);

  test_iterate_until_completed (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (strlen (asynclit_task_get_error (task)->message), >, 0);
}

static void
test_fails_then_retried (void)
{
  static const char *const argv[] = { "/bin/sh", "-c", "echo again; exit 1", NULL };
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitTask) task = submit_argv (retry, argv);

  test_wait (task);
  test_assert_failed (task, G_SPAWN_EXIT_ERROR, 1);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, 3);
  assert_lines (task, "again again again");
}

/* Cancellation. These programs print their process ID first. */

static gboolean
condition_printed (gpointer task)
{
  guint64 cursor = 0;
  g_autoptr (GPtrArray) values = asynclit_task_read_progress (task, &cursor);

  return values->len > 0;
}

static pid_t
await_pid (AsyncLitTask *task)
{
  guint64 cursor = 0;
  g_autoptr (GPtrArray) values = NULL;

  test_poll_until (condition_printed, task);
  values = asynclit_task_read_progress (task, &cursor);
  return (pid_t) g_ascii_strtoll (g_value_get_string (g_ptr_array_index (values, 0)), NULL, 10);
}

/* When the task is cancelled, none of its processes is running. */
static void
assert_gone (pid_t pid)
{
  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

static void
test_cancel_terminates (void)
{
  g_autoptr (AsyncLitTask) task = submit_script ("echo $$; exec sleep 1000");
  pid_t pid = await_pid (task);

  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  assert_gone (pid);
}

/* After SIGTERM a program can clean up, and its output is still read. */
static void
test_cancel_lets_clean_up (void)
{
  g_autoptr (AsyncLitTask) task = submit_script (
      "trap 'echo cleaned; exit 0' TERM; echo $$; while :; do sleep 0.01; done");
  g_autoptr (GPtrArray) values = NULL;
  pid_t pid = await_pid (task);

  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  assert_gone (pid);
  values = asynclit_task_drain_progress (task);
  g_assert_cmpuint (values->len, ==, 2);
  g_assert_cmpstr (g_value_get_string (g_ptr_array_index (values, 1)), ==, "cleaned");
}

/* A program may leave another one behind, which keeps its output open. */
static void
test_ends_before_its_child (void)
{
  g_autoptr (AsyncLitTask) task = submit_script ("sleep 1000 & echo $!; echo done");
  g_autofree char *expected = NULL;
  pid_t pid = await_pid (task);

  test_wait (task);
  test_assert_int_result (task, 0);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  expected = g_strdup_printf ("%d done", pid);
  assert_lines (task, expected);
}

static void
test_cancel_at_once (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (AsyncLitTask) task = submit_script ("exec sleep 1000");

      g_assert_true (asynclit_task_cancel (task));
      test_wait (task);
      test_assert_cancelled (task);
    }
}

static void
test_cancel_kills (void)
{
  g_autoptr (AsyncLitTask) task = NULL;
  gint64 begin;
  pid_t pid;

  if (!test_slow ())
    {
      g_test_skip ("slow: run with -m slow or ASYNCLIT_TEST_SLOW=1");
      return;
    }
  task = submit_script ("trap '' TERM; echo $$; exec sleep 1000");
  pid = await_pid (task);
  begin = g_get_monotonic_time ();
  g_assert_true (asynclit_task_cancel (task));
  test_wait (task);
  test_assert_cancelled (task);
  assert_gone (pid);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 4 * G_USEC_PER_SEC);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/lines/as-progress", test_lines_as_progress);
  g_test_add_func ("/program/lines/last-without-newline", test_lines_last_without_newline);
  g_test_add_func ("/program/lines/empty", test_lines_empty);
  g_test_add_func ("/program/lines/many", test_lines_many);
  g_test_add_func ("/program/lines/read-late", test_lines_read_late);
  g_test_add_func ("/program/lines/long", test_lines_long);
  g_test_add_func ("/program/lines/not-utf8", test_lines_not_utf8);
  g_test_add_func ("/program/lines/signalled-in-order", test_lines_signalled_in_order);
  g_test_add_func ("/program/input/is-empty", test_input_is_empty);
  g_test_add_func ("/program/fails/with-exit-status", test_fails_with_exit_status);
  g_test_add_func ("/program/fails/without-words", test_fails_without_words);
  g_test_add_func ("/program/fails/with-many-words", test_fails_with_many_words);
  g_test_add_func ("/program/fails/by-signal", test_fails_by_signal);
  g_test_add_func ("/program/fails/without-program", test_fails_without_program);
  g_test_add_func ("/program/fails/without-argv", test_fails_without_argv);
  g_test_add_func ("/program/fails/then-retried", test_fails_then_retried);
  g_test_add_func ("/program/ends/before-its-child", test_ends_before_its_child);
  g_test_add_func ("/program/cancel/terminates", test_cancel_terminates);
  g_test_add_func ("/program/cancel/lets-clean-up", test_cancel_lets_clean_up);
  g_test_add_func ("/program/cancel/at-once", test_cancel_at_once);
  g_test_add_func ("/program/cancel/kills", test_cancel_kills);
  return g_test_run ();
}
