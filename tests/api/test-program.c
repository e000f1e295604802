/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The properties of a program, and their effects. */

#include "test-support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define LARGE 3000000

static AsyncLitProgram *
make_script (const char *script)
{
  const char *argv[] = { "/bin/sh", "-c", script, NULL };

  return asynclit_program_new (argv);
}

static AsyncLitTask *
submit (AsyncLitProgram *program)
{
  return asynclit_task_manager_submit_program (asynclit_get_default_manager (), NULL, program);
}

static AsyncLitTask *
run (AsyncLitProgram *program)
{
  AsyncLitTask *task = submit (program);

  test_wait (task);
  return task;
}

static void
assert_lines (AsyncLitTask *task, const char *expected)
{
  g_autoptr (GPtrArray) values = asynclit_task_drain_progress (task);
  g_autofree char *joined = test_values_join (values);

  g_assert_cmpstr (joined, ==, expected);
}

static AsyncLitProgramOutput *
get_output (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);

  g_assert_no_error (error);
  g_assert_true (G_VALUE_HOLDS (result, ASYNCLIT_TYPE_PROGRAM_OUTPUT));
  return g_value_get_object (result);
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpmem (data, size, expected, strlen (expected));
}

/* Environment and folder */

static void
test_environ (void)
{
  const char *const variables[] = { "SONG=la", "PATH=/usr/bin:/bin", NULL };
  g_autoptr (AsyncLitProgram) program = make_script ("echo $SONG; env | wc -l");
  g_autoptr (AsyncLitTask) task = NULL;

  g_assert_null (asynclit_program_get_environ (program));
  asynclit_program_set_environ (program, variables);
  g_assert_cmpstrv (asynclit_program_get_environ (program), variables);
  task = run (program);
  assert_lines (task, "la 3"); /* and PWD */
}

/* The environment at the moment of submission, because only then may it be read. */
static void
test_environ_at_submit (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("echo $ASYNCLIT_TEST_SONG");
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) second = NULL;

  g_setenv ("ASYNCLIT_TEST_SONG", "one", TRUE);
  first = submit (program);
  g_setenv ("ASYNCLIT_TEST_SONG", "two", TRUE);
  second = submit (program);
  g_unsetenv ("ASYNCLIT_TEST_SONG");
  test_wait (first);
  test_wait (second);
  assert_lines (first, "one");
  assert_lines (second, "two");
}

static void
test_path_of_environ (void)
{
  const char *const variables[] = { "PATH=/no/such/folder", NULL };
  const char *const argv[] = { "true", NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_environ (program, variables);
  task = run (program);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
}

static void
test_cwd (void)
{
  const char *const argv[] = { "./true", NULL };
  g_autoptr (AsyncLitProgram) pwd = make_script ("pwd");
  g_autoptr (AsyncLitProgram) relative = asynclit_program_new (argv);
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitTask) relative_task = NULL;

  asynclit_program_set_cwd (pwd, "/usr");
  asynclit_program_set_cwd (relative, "/bin");
  g_assert_cmpstr (asynclit_program_get_cwd (pwd), ==, "/usr");
  task = run (pwd);
  relative_task = run (relative);
  assert_lines (task, "/usr");
  test_assert_int_result (relative_task, 0);
}

/* Input */

static void
test_input (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (GBytes) input = g_bytes_new_static ("one\ntwo", 7);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input (program, input);
  task = run (program);
  test_assert_int_result (task, 0);
  assert_lines (task, "one two");
}

static void
test_input_empty (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("wc -c");
  g_autoptr (GBytes) input = g_bytes_new_static ("", 0);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input (program, input);
  task = run (program);
  assert_lines (task, "0");
}

/* More than fits into a pipe, in both directions at the same time. */
static void
test_input_large (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (GBytes) input = g_bytes_new_take (g_strnfill (LARGE, 'x'), LARGE);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input (program, input);
  asynclit_program_set_capture_output (program, TRUE);
  task = run (program);
  g_assert_true (g_bytes_equal (asynclit_program_output_get_stdout (get_output (task)), input));
}

/* A pipe that the program does not read is not an error, and SIGPIPE does not end the process. */
static void
test_input_not_read (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("exec <&-; echo up; sleep 0.05; echo down");
  g_autoptr (GBytes) input = g_bytes_new_take (g_strnfill (LARGE, 'x'), LARGE);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input (program, input);
  task = run (program);
  test_assert_int_result (task, 0);
  assert_lines (task, "up down");
}

static void
test_input_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (GFile) file = NULL;
  int fd = g_file_open_tmp (NULL, &path, NULL);

  close (fd);
  g_assert_true (g_file_set_contents (path, "from a file\n", -1, NULL));
  file = g_file_new_for_path (path);
  asynclit_program_set_input_file (program, file);
  g_assert_true (asynclit_program_get_input_file (program) == file);
  task = run (program);
  assert_lines (task, "from a file");
  g_unlink (path);
}

static void
test_input_file_missing (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (GFile) file = g_file_new_for_path ("/no/such/file");
  g_autoptr (AsyncLitTask) task = NULL;
  const char *message;

  asynclit_program_set_input_file (program, file);
  task = run (program);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  message = asynclit_task_get_error (task)->message;
  g_assert_nonnull (strstr (message, "/no/such/file"));
  g_assert_nonnull (strstr (message, "/bin/sh"));
}

static void
test_input_file_remote (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (GFile) file = g_file_new_for_uri ("nonsense://host/file");
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input_file (program, file);
  task = run (program);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "nonsense://host/file"));
}

/* The last of the three properties that was set takes effect. */
static void
test_input_kinds (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat");
  g_autoptr (GBytes) input = g_bytes_new_static ("text", 4);
  g_autoptr (GFile) file = g_file_new_for_path ("/dev/null");

  asynclit_program_set_input (program, input);
  asynclit_program_set_input_file (program, NULL); /* was NULL */
  g_assert_true (asynclit_program_get_input (program) == input);
  asynclit_program_set_input_file (program, file);
  g_assert_null (asynclit_program_get_input (program));
  asynclit_program_set_inherit_input (program, TRUE);
  g_assert_null (asynclit_program_get_input_file (program));
  asynclit_program_set_input (program, input);
  g_assert_false (asynclit_program_get_inherit_input (program));
  asynclit_program_set_input (program, NULL);
  g_assert_null (asynclit_program_get_input (program));
}

/* Errors */

static AsyncLitTask *
run_with_stderr (const char *script, AsyncLitProgramStderr mode)
{
  g_autoptr (AsyncLitProgram) program = make_script (script);

  asynclit_program_set_stderr (program, mode);
  g_assert_cmpint (asynclit_program_get_stderr (program), ==, mode);
  return run (program);
}

static void
test_stderr_kept (void)
{
  g_autoptr (AsyncLitTask) task
      = run_with_stderr ("echo out; echo why >&2; exit 1", ASYNCLIT_PROGRAM_STDERR_KEEP);

  assert_lines (task, "out");
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "why"));
}

static void
test_stderr_merged (void)
{
  g_autoptr (AsyncLitTask) task = run_with_stderr (
      "echo one; echo two >&2; echo three; echo four >&2; exit 1", ASYNCLIT_PROGRAM_STDERR_MERGE);

  assert_lines (task, "one two three four");
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "four"));
}

static void
test_stderr_as_progress (void)
{
  g_autoptr (AsyncLitTask) task
      = run_with_stderr ("printf '10%%\\r20%%\\r' >&2; exit 1", ASYNCLIT_PROGRAM_STDERR_PROGRESS);

  assert_lines (task, "10% 20%");
  g_assert_nonnull (strstr (asynclit_task_get_error (task)->message, "20%"));
}

static void
test_stderr_discarded (void)
{
  g_autoptr (AsyncLitTask) task
      = run_with_stderr ("echo out; echo why >&2; exit 1", ASYNCLIT_PROGRAM_STDERR_DISCARD);

  assert_lines (task, "out");
  g_assert_null (strstr (asynclit_task_get_error (task)->message, "why"));
}

static void
test_stderr_inherited (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AsyncLitTask) task
          = run_with_stderr ("echo for the terminal >&2", ASYNCLIT_PROGRAM_STDERR_INHERIT);

      test_assert_int_result (task, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*for the terminal*");
}

/* Output as the result */

static void
test_captured (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("printf 'caf\\351'; printf why >&2");
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *text = NULL;

  asynclit_program_set_capture_output (program, TRUE);
  task = run (program);
  assert_bytes (asynclit_program_output_get_stdout (get_output (task)), "caf\351");
  assert_bytes (asynclit_program_output_get_stderr (get_output (task)), "why");
  g_assert_cmpint (asynclit_program_output_get_status (get_output (task)), ==, 0);
  text = asynclit_program_output_dup_text (get_output (task));
  g_assert_cmpstr (text, ==, "caf\357\277\275");
  assert_lines (task, "");
}

static void
test_captured_merged (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("echo one; echo two >&2; echo three");
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_capture_output (program, TRUE);
  asynclit_program_set_stderr (program, ASYNCLIT_PROGRAM_STDERR_MERGE);
  task = run (program);
  assert_bytes (asynclit_program_output_get_stdout (get_output (task)), "one\ntwo\nthree\n");
  assert_bytes (asynclit_program_output_get_stderr (get_output (task)), "");
}

/* Like many converters: the output is for a program, the errors are for the user. */
static void
test_captured_with_progress (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("echo 50% >&2; printf data");
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_capture_output (program, TRUE);
  asynclit_program_set_stderr (program, ASYNCLIT_PROGRAM_STDERR_PROGRESS);
  task = run (program);
  assert_bytes (asynclit_program_output_get_stdout (get_output (task)), "data");
  assert_lines (task, "50%");
}

static void
test_captured_none (void)
{
  g_autoptr (AsyncLitProgram) program = make_script (":");
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *text = NULL;

  asynclit_program_set_capture_output (program, TRUE);
  task = run (program);
  text = asynclit_program_output_dup_text (get_output (task));
  g_assert_cmpstr (text, ==, "");
}

static void
check_bound (const char *script, guint64 bound, gboolean fits)
{
  g_autoptr (AsyncLitProgram) program = make_script (script);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_capture_output (program, TRUE);
  asynclit_program_set_max_output (program, bound);
  task = run (program);
  if (fits)
    g_assert_cmpuint (g_bytes_get_size (asynclit_program_output_get_stdout (get_output (task))), ==,
                      bound);
  else
    test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
test_captured_bound (void)
{
  check_bound ("printf 12345", 5, TRUE);
  check_bound (":", 0, TRUE);
  check_bound ("printf 123456", 5, FALSE);
  check_bound ("printf 1", 0, FALSE);
  check_bound ("printf 123456 >&2", 5, FALSE);
  /* A program that would never end by itself. */
  check_bound ("exec yes", 1000, FALSE);
  check_bound ("yes", 1000, FALSE);
}

/* The exit status */

static void
test_not_checked (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("echo no; exit 3");
  g_autoptr (AsyncLitTask) plain = NULL;
  g_autoptr (AsyncLitTask) captured = NULL;
  g_autoptr (AsyncLitTask) checked = NULL;

  g_assert_true (asynclit_program_get_check (program));
  asynclit_program_set_check (program, FALSE);
  plain = submit (program);
  asynclit_program_set_capture_output (program, TRUE);
  captured = submit (program);
  asynclit_program_set_check (program, TRUE);
  checked = submit (program);
  test_wait (plain);
  test_wait (captured);
  test_wait (checked);
  test_assert_int_result (plain, 3);
  g_assert_cmpint (asynclit_program_output_get_status (get_output (captured)), ==, 3);
  assert_bytes (asynclit_program_output_get_stdout (get_output (captured)), "no\n");
  test_assert_failed (checked, G_SPAWN_EXIT_ERROR, 3);
}

static void
test_not_checked_killed (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("kill -KILL $$");
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_check (program, FALSE);
  task = run (program);
  test_assert_failed (task, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED);
}

/* Tasks */

static void
test_created_task (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("echo made");
  g_autoptr (AsyncLitTask) task = asynclit_program_create_task (program);

  asynclit_task_set_name (task, "named");
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_iterate_until_completed (task);
  test_assert_int_result (task, 0);
  assert_lines (task, "made");
}

static void
test_created_task_without_name (void)
{
  const char *const argv[] = { "", NULL };
  g_autoptr (AsyncLitProgram) program = asynclit_program_new (argv);
  g_autoptr (AsyncLitTask) task = asynclit_program_create_task (program);

  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_iterate_until_completed (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

static void
test_retried_with_input (void)
{
  g_autoptr (AsyncLitProgram) program = make_script ("cat; exit 1");
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (GBytes) input = g_bytes_new_static ("again", 5);
  g_autoptr (AsyncLitTask) task = NULL;

  asynclit_program_set_input (program, input);
  task = asynclit_task_manager_submit_program (asynclit_get_default_manager (), retry, program);
  test_wait (task);
  test_assert_failed (task, G_SPAWN_EXIT_ERROR, 1);
  assert_lines (task, "again again again");
}

static void
test_properties (void)
{
  g_autoptr (AsyncLitProgram) bare = g_object_new (ASYNCLIT_TYPE_PROGRAM, NULL);
  const char *const argv[] = { "true", NULL };
  g_autoptr (AsyncLitProgram) program
      = g_object_new (ASYNCLIT_TYPE_PROGRAM, "argv", argv, "cwd", "/", "capture-output", TRUE,
                      "max-output", G_GUINT64_CONSTANT (7), "check", FALSE, "process-group",
                      ASYNCLIT_PROCESS_GROUP_OWN, "stderr", ASYNCLIT_PROGRAM_STDERR_MERGE, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  g_auto (GStrv) seen = NULL;
  int group, mode;

  g_object_get (program, "argv", &seen, "process-group", &group, "stderr", &mode, NULL);
  g_assert_cmpstrv (seen, argv);
  g_assert_cmpint (group, ==, ASYNCLIT_PROCESS_GROUP_OWN);
  g_assert_cmpint (mode, ==, ASYNCLIT_PROGRAM_STDERR_MERGE);
  g_assert_true (asynclit_program_get_capture_output (program));
  g_assert_cmpuint (asynclit_program_get_max_output (program), ==, 7);
  /* It has no argv: it is invalid, and reports this. */
  task = submit (bare);
  test_iterate_until_completed (task);
  test_assert_failed (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/environ", test_environ);
  g_test_add_func ("/program/environ/at-submit", test_environ_at_submit);
  g_test_add_func ("/program/environ/path", test_path_of_environ);
  g_test_add_func ("/program/cwd", test_cwd);
  g_test_add_func ("/program/input", test_input);
  g_test_add_func ("/program/input/empty", test_input_empty);
  g_test_add_func ("/program/input/large", test_input_large);
  g_test_add_func ("/program/input/not-read", test_input_not_read);
  g_test_add_func ("/program/input/file", test_input_file);
  g_test_add_func ("/program/input/file-missing", test_input_file_missing);
  g_test_add_func ("/program/input/file-remote", test_input_file_remote);
  g_test_add_func ("/program/input/kinds", test_input_kinds);
  g_test_add_func ("/program/stderr/kept", test_stderr_kept);
  g_test_add_func ("/program/stderr/merged", test_stderr_merged);
  g_test_add_func ("/program/stderr/as-progress", test_stderr_as_progress);
  g_test_add_func ("/program/stderr/discarded", test_stderr_discarded);
  g_test_add_func ("/program/stderr/inherited", test_stderr_inherited);
  g_test_add_func ("/program/captured", test_captured);
  g_test_add_func ("/program/captured/merged", test_captured_merged);
  g_test_add_func ("/program/captured/with-progress", test_captured_with_progress);
  g_test_add_func ("/program/captured/none", test_captured_none);
  g_test_add_func ("/program/captured/bound", test_captured_bound);
  g_test_add_func ("/program/not-checked", test_not_checked);
  g_test_add_func ("/program/not-checked/killed", test_not_checked_killed);
  g_test_add_func ("/program/task/created", test_created_task);
  g_test_add_func ("/program/task/without-name", test_created_task_without_name);
  g_test_add_func ("/program/task/retried-with-input", test_retried_with_input);
  g_test_add_func ("/program/properties", test_properties);
  return g_test_run ();
}
