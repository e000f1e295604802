/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The contract that contract.json states, in C: functions in the thread pool. */

#include "contract.h"
#include <locale.h>
#include <string.h>

static void
report (AsyncLitTask *task, GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  contract_to_value (variant, &value);
  asynclit_task_report_progress (task, &value);
}

static void
return_variant (AsyncLitTask *task, GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  contract_to_value (variant, &value);
  asynclit_task_return_value (task, G_IS_VALUE (&value) ? &value : NULL);
}

static void
fail (AsyncLitTask *task, const char *name)
{
  const ContractError *error = contract_find_error (name);

  asynclit_task_return_new_error (task, error->get_domain (), error->code, "As the contract says");
}

static double
get_number (GVariant *numbers, gsize index)
{
  g_autoptr (GVariant) number = contract_nth (numbers, index);

  return g_variant_get_double (number);
}

/* FALSE if it is a different step. */
static gboolean
report_amount (AsyncLitTask *task, const char *what, GVariant *value)
{
  if (g_str_equal (what, "amount"))
    asynclit_task_set_progress (task, get_number (value, 0), get_number (value, 1));
  else if (g_str_equal (what, "part"))
    asynclit_task_begin_part (task, g_variant_get_double (value));
  else if (g_str_equal (what, "text"))
    asynclit_task_set_progress_text (task, g_variant_get_string (value, NULL));
  else if (g_str_equal (what, "unit"))
    asynclit_task_set_progress_unit (task, ASYNCLIT_UNIT_FILES);
  else
    return FALSE;
  return TRUE;
}

static void
take_step (AsyncLitTask *task, GCancellable *cancellable, const char *what, GVariant *value)
{
  if (report_amount (task, what, value))
    return;
  if (g_str_equal (what, "report"))
    report (task, value);
  else if (g_str_equal (what, "await-cancel"))
    contract_wait_for_cancel (cancellable);
  else if (g_str_equal (what, "checkpoint"))
    g_assert_true (asynclit_task_checkpoint (task, cancellable, NULL));
  else if (g_str_equal (what, "fail"))
    fail (task, g_variant_get_string (value, NULL));
  else
    return_variant (task, value);
}

void
contract_work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  gsize attempt = MIN (asynclit_task_get_attempt (task), g_variant_n_children (user_data)) - 1;
  g_autoptr (GVariant) steps = contract_nth (user_data, attempt);

  for (gsize i = 0; i < g_variant_n_children (steps); i++)
    {
      g_autoptr (GVariant) step = contract_nth (steps, i);
      g_autoptr (GVariant) value = NULL;
      const char *what;

      g_variant_get_child (step, 0, "{&sv}", &what, &value);
      take_step (task, cancellable, what, value);
    }
}

static char **
get_argv (GVariant *test_case)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (test_case, "argv", NULL);
  GStrvBuilder *builder;
  char **argv;

  if (list == NULL)
    return NULL;
  builder = g_strv_builder_new ();
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) word = contract_nth (list, i);

      g_strv_builder_add (builder, g_variant_get_string (word, NULL));
    }
  argv = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return argv;
}

static void
set_environ (AsyncLitProgram *program, GVariant *fields)
{
  g_autoptr (GVariant) variables = g_variant_lookup_value (fields, "environ", NULL);
  g_auto (GStrv) environment = g_new0 (char *, 1);
  const char *name;
  GVariant *value;
  GVariantIter iter;

  if (variables == NULL)
    return;
  g_variant_iter_init (&iter, variables);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    environment = g_environ_setenv (environment, name, g_variant_get_string (value, NULL), TRUE);
  asynclit_program_set_environ (program, (const char *const *) environment);
}

static void
set_stderr (AsyncLitProgram *program, const char *nick)
{
  g_autoptr (GEnumClass) modes = g_type_class_ref (ASYNCLIT_TYPE_PROGRAM_STDERR);

  asynclit_program_set_stderr (
      program, (AsyncLitProgramStderr) g_enum_get_value_by_nick (modes, nick)->value);
}

static AsyncLitProgram *
make_program (const char *const *argv, GVariant *fields)
{
  AsyncLitProgram *program = asynclit_program_new (argv);
  g_autoptr (GBytes) input = NULL;
  const char *text;
  gboolean is_set;

  set_environ (program, fields);
  if (g_variant_lookup (fields, "cwd", "&s", &text))
    asynclit_program_set_cwd (program, text);
  if (g_variant_lookup (fields, "input", "&s", &text))
    input = g_bytes_new (text, strlen (text));
  if (input != NULL)
    asynclit_program_set_input (program, input);
  if (g_variant_lookup (fields, "stderr", "&s", &text))
    set_stderr (program, text);
  if (g_variant_lookup (fields, "capture-output", "b", &is_set))
    asynclit_program_set_capture_output (program, is_set);
  if (g_variant_lookup (fields, "check", "b", &is_set))
    asynclit_program_set_check (program, is_set);
  return program;
}

static void
set_limits (AsyncLitTask *task, GVariant *limits)
{
  g_autoptr (GCancellable) parent = NULL;
  gboolean is_cancelled = FALSE;
  double seconds;

  if (g_variant_lookup (limits, "timeout", "d", &seconds))
    asynclit_task_set_timeout (task, seconds);
  if (g_variant_lookup (limits, "deadline", "d", &seconds))
    asynclit_task_set_deadline (task, seconds);
  if (g_variant_lookup (limits, "stall-timeout", "d", &seconds))
    asynclit_task_set_stall_timeout (task, seconds);
  g_variant_lookup (limits, "parent-cancelled", "b", &is_cancelled);
  if (!is_cancelled)
    return;
  parent = g_cancellable_new ();
  g_cancellable_cancel (parent);
  asynclit_task_set_parent_cancellable (task, parent);
}

static AsyncLitTask *
submit_limited (AsyncLitTaskManager *manager, GVariant *test_case, GVariant *limits,
                const char *const *argv)
{
  g_autoptr (AsyncLitRetryPolicy) policy = contract_make_policy (test_case);
  g_autoptr (AsyncLitProgram) program = argv != NULL ? asynclit_program_new (argv) : NULL;
  AsyncLitTask *task
      = program != NULL ? asynclit_program_create_task (program) : asynclit_task_new ();

  if (program == NULL)
    asynclit_task_set_func (task, contract_work, g_variant_lookup_value (test_case, "work", NULL),
                            (GDestroyNotify) g_variant_unref);
  asynclit_task_set_retry_policy (task, policy);
  set_limits (task, limits);
  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static AsyncLitTask *
submit (AsyncLitTaskManager *manager, GVariant *test_case)
{
  g_autoptr (AsyncLitRetryPolicy) policy = contract_make_policy (test_case);
  g_autoptr (GVariant) fields = g_variant_lookup_value (test_case, "program", NULL);
  g_autoptr (GVariant) limits = g_variant_lookup_value (test_case, "limits", NULL);
  g_autoptr (AsyncLitProgram) program = NULL;
  g_auto (GStrv) argv = get_argv (test_case);

  if (limits != NULL)
    return submit_limited (manager, test_case, limits, (const char *const *) argv);
  if (fields != NULL)
    program = make_program ((const char *const *) argv, fields);
  if (program != NULL)
    return asynclit_task_manager_submit_program (manager, policy, program);
  if (argv != NULL)
    return asynclit_task_manager_submit_subprocess (manager, policy, (const char *const *) argv);
  return asynclit_task_manager_submit (manager, policy, contract_work,
                                       g_variant_lookup_value (test_case, "work", NULL),
                                       (GDestroyNotify) g_variant_unref);
}

static void
count (gpointer seen)
{
  *(int *) seen += 1;
}

static void
iterate_until (const int *seen)
{
  while (*seen == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_error (AsyncLitTask *task, const char *name)
{
  const GError *error = asynclit_task_get_error (task);

  g_assert_cmpstr (error != NULL ? contract_name_error (error) : NULL, ==, name);
}

static void
check_progress (AsyncLitTask *task, GVariant *expected)
{
  g_autoptr (GPtrArray) seen = asynclit_task_drain_progress (task);

  g_assert_cmpuint (seen->len, ==, expected != NULL ? g_variant_n_children (expected) : 0);
  for (guint i = 0; i < seen->len; i++)
    {
      g_autoptr (GVariant) value = contract_nth (expected, i);
      g_autofree char *want = contract_variant_to_text (value);
      g_autofree char *text = contract_value_to_text (seen->pdata[i]);

      g_assert_cmpstr (text, ==, want);
    }
}

static void
check_status (AsyncLitTask *task, GVariant *expect)
{
  const char *status;

  g_assert_true (g_variant_lookup (expect, "status", "&s", &status));
  g_assert_cmpstr (contract_name_status (task), ==, status);
}

static void
check_amounts (AsyncLitTask *task, GVariant *expect)
{
  g_autofree char *description = asynclit_progress_describe (task);
  const char *text = "";
  double fraction;

  g_variant_lookup (expect, "describe", "&s", &text);
  g_assert_cmpstr (description, ==, text);
  if (g_variant_lookup (expect, "fraction", "d", &fraction))
    g_assert_cmpfloat (asynclit_task_get_fraction (task), ==, fraction);
}

static void
check (AsyncLitTask *task, GVariant *expect)
{
  g_autoptr (GVariant) result = g_variant_lookup_value (expect, "result", NULL);
  g_autoptr (GVariant) progress = g_variant_lookup_value (expect, "progress", NULL);
  g_autofree char *want = contract_variant_to_text (result);
  g_autofree char *seen = contract_value_to_text (asynclit_task_get_result (task, NULL));
  const char *error = NULL;
  gint64 attempts = -1;

  g_variant_lookup (expect, "error", "&s", &error);
  g_variant_lookup (expect, "attempts", "x", &attempts);
  check_status (task, expect);
  g_assert_cmpstr (seen, ==, want);
  check_error (task, error);
  check_progress (task, progress);
  check_amounts (task, expect);
  g_assert_cmpint (asynclit_task_get_attempt (task), ==, attempts);
}

static void
cancel (AsyncLitTask *task, GVariant *expect)
{
  gboolean answer = FALSE;

  g_assert_true (g_variant_lookup (expect, "cancel", "b", &answer));
  g_assert_cmpint (asynclit_task_cancel (task), ==, answer);
}

static void
on_added (GString *seen)
{
  g_string_append (seen, "added ");
}

static void
on_started (GString *seen)
{
  g_string_append (seen, "started ");
}

static void
on_retrying (GString *seen)
{
  g_string_append (seen, "retrying ");
}

static void
on_completed (GString *seen)
{
  g_string_append (seen, "completed ");
}

static void
listen_to (AsyncLitTaskManager *manager, GString *seen)
{
  g_signal_connect_swapped (manager, "task-added", G_CALLBACK (on_added), seen);
  g_signal_connect_swapped (manager, "task-started", G_CALLBACK (on_started), seen);
  g_signal_connect_swapped (manager, "task-retrying", G_CALLBACK (on_retrying), seen);
  g_signal_connect_swapped (manager, "task-completed", G_CALLBACK (on_completed), seen);
}

/* They arrive in the same context as those of the task, but perhaps later. */
static void
check_signals (GString *seen, GVariant *expect)
{
  g_autoptr (GVariant) names = g_variant_lookup_value (expect, "signals", NULL);
  g_autoptr (GString) wanted = g_string_new (NULL);

  for (gsize i = 0; names != NULL && i < g_variant_n_children (names); i++)
    {
      g_autoptr (GVariant) name = contract_nth (names, i);

      g_string_append_printf (wanted, "%s ", g_variant_get_string (name, NULL));
    }
  if (names == NULL)
    return;
  while (seen->len < wanted->len)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (seen->str, ==, wanted->str);
}

static AsyncLitTask *
submit_paused (AsyncLitTaskManager *manager, GVariant *test_case)
{
  AsyncLitTask *task;

  asynclit_task_manager_set_paused (manager, TRUE);
  task = submit (manager, test_case);
  g_assert_true (asynclit_task_pause (task));
  asynclit_task_manager_set_paused (manager, FALSE);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_PAUSED);
  g_assert_true (asynclit_task_resume (task));
  return task;
}

static void
set_limiter (AsyncLitTaskManager *manager, GVariant *test_case)
{
  g_autoptr (AsyncLitLimiter) limiter = NULL;
  gint64 max_failures;

  if (!g_variant_lookup (test_case, "max-failures", "x", &max_failures))
    return;
  limiter = asynclit_limiter_new (0);
  asynclit_limiter_set_max_failures (limiter, (guint) max_failures);
  asynclit_task_manager_set_limiter (manager, limiter);
}

static void
run_task (gconstpointer data)
{
  GVariant *test_case = (GVariant *) data;
  g_autoptr (GVariant) expect = g_variant_lookup_value (test_case, "expect", NULL);
  g_autoptr (GString) signals = g_string_new (NULL);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  int completed = 0, progressed = 0, retrying = 0;
  gboolean closed = FALSE, paused = FALSE;
  const char *when = "";

  listen_to (manager, signals);
  set_limiter (manager, test_case);
  g_variant_lookup (test_case, "cancel", "&s", &when);
  if (g_variant_lookup (test_case, "closed", "b", &closed) && closed)
    asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_variant_lookup (test_case, "pause", "b", &paused);
  task = paused ? submit_paused (manager, test_case) : submit (manager, test_case);
  g_signal_connect_swapped (task, "progressed", G_CALLBACK (count), &progressed);
  g_signal_connect_swapped (task, "retrying", G_CALLBACK (count), &retrying);
  g_signal_connect_swapped (task, "completed", G_CALLBACK (count), &completed);

  if (g_str_equal (when, "on-progress"))
    iterate_until (&progressed);
  else if (g_str_equal (when, "on-retry-wait"))
    iterate_until (&retrying);
  if (g_str_has_prefix (when, "on-"))
    cancel (task, expect);
  iterate_until (&completed);
  if (g_str_equal (when, "after-end"))
    cancel (task, expect);
  check (task, expect);
  check_signals (signals, expect);
  g_signal_handlers_disconnect_by_data (manager, signals);
}

static gboolean
has_field (GVariant *test_case, const char *name)
{
  g_autoptr (GVariant) field = g_variant_lookup_value (test_case, name, NULL);

  return field != NULL;
}

static GTestDataFunc
choose_runner (GVariant *test_case)
{
  if (has_field (test_case, "steps"))
    return contract_run_steps;
  if (has_field (test_case, "group"))
    return contract_run_group;
  if (has_field (test_case, "then"))
    return contract_run_then;
  return has_field (test_case, "join") ? contract_run_join : run_task;
}

int
main (int argc, char **argv)
{
  g_autoptr (GVariant) cases = NULL;
  g_autofree char *text = NULL;
  GVariant *test;
  const char *name;

  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_assert_true (g_file_get_contents (argv[1], &text, NULL, NULL));
  cases = g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, NULL);
  g_assert_nonnull (cases);
  for (gsize i = 0; i < g_variant_n_children (cases); i++)
    {
      test = g_variant_get_child_value (cases, i);
      g_assert_true (g_variant_lookup (test, "name", "&s", &name));
      g_test_add_data_func_full (name, test, choose_runner (test),
                                 (GDestroyNotify) g_variant_unref);
    }
  return g_test_run ();
}
