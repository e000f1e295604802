/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The contract that contract.json states, in C: functions in the thread pool. */

#include <asynclit-glib.h>
#include <locale.h>

typedef struct {
  const char *name;
  GQuark domain;
  int code;
} Kind;

static const Kind *
find_kind (const char *name)
{
  static Kind kinds[6];

  kinds[0] = (Kind){ "busy", G_IO_ERROR, G_IO_ERROR_BUSY };
  kinds[1] = (Kind){ "cancelled", G_IO_ERROR, G_IO_ERROR_CANCELLED };
  kinds[2] = (Kind){ "not-found", G_IO_ERROR, G_IO_ERROR_NOT_FOUND };
  kinds[3] = (Kind){ "closed", ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED };
  kinds[4] = (Kind){ "exit-3", G_SPAWN_EXIT_ERROR, 3 };
  kinds[5] = (Kind){ "no-program", G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      return &kinds[i];
  g_error ("contract.json names an unknown error: %s", name);
}

static void
variant_to_value (GVariant *variant, GValue *value)
{
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT64))
    {
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, g_variant_get_int64 (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
    {
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, g_variant_get_boolean (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE))
    {
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, g_variant_get_double (variant));
    }
  else if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    {
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, g_variant_get_string (variant, NULL));
    }
}

/* What was seen, as the contract would write it. */
static char *
value_to_text (const GValue *value)
{
  if (value == NULL || G_VALUE_HOLDS_POINTER (value))
    return g_strdup ("nothing");
  if (G_VALUE_HOLDS_INT64 (value))
    return g_strdup_printf ("%" G_GINT64_FORMAT, g_value_get_int64 (value));
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_VALUE_HOLDS_DOUBLE (value))
    return g_strdup_printf ("%g", g_value_get_double (value));
  return g_strdup_printf ("'%s'", g_value_get_string (value));
}

static char *
variant_to_text (GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (variant != NULL)
    variant_to_value (variant, &value);
  return value_to_text (G_IS_VALUE (&value) ? &value : NULL);
}

static void
wait_for_cancel (GCancellable *cancellable)
{
  GPollFD fd;

  g_assert_true (g_cancellable_make_pollfd (cancellable, &fd));
  g_poll (&fd, 1, -1);
  g_cancellable_release_fd (cancellable);
}

static void
report (AsyncLitTask *task, GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  variant_to_value (variant, &value);
  asynclit_task_report_progress (task, &value);
}

static void
return_variant (AsyncLitTask *task, GVariant *variant)
{
  g_auto (GValue) value = G_VALUE_INIT;

  variant_to_value (variant, &value);
  asynclit_task_return_value (task, G_IS_VALUE (&value) ? &value : NULL);
}

static void
fail (AsyncLitTask *task, const char *name)
{
  const Kind *kind = find_kind (name);

  asynclit_task_return_new_error (task, kind->domain, kind->code, "As the contract says");
}

static void
take_step (AsyncLitTask *task, GCancellable *cancellable, const char *what, GVariant *value)
{
  if (g_str_equal (what, "report"))
    report (task, value);
  else if (g_str_equal (what, "await-cancel"))
    wait_for_cancel (cancellable);
  else if (g_str_equal (what, "fail"))
    fail (task, g_variant_get_string (value, NULL));
  else
    return_variant (task, value);
}

/* Runs on: pool */
static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  gsize attempt = MIN (asynclit_task_get_attempt (task), g_variant_n_children (user_data)) - 1;
  g_autoptr (GVariant) boxed = g_variant_get_child_value (user_data, attempt);
  g_autoptr (GVariant) steps = g_variant_get_variant (boxed);

  for (gsize i = 0; i < g_variant_n_children (steps); i++)
    {
      g_autoptr (GVariant) step_boxed = g_variant_get_child_value (steps, i);
      g_autoptr (GVariant) step = g_variant_get_variant (step_boxed);
      g_autoptr (GVariant) value = NULL;
      const char *what;

      g_variant_get_child (step, 0, "{&sv}", &what, &value);
      take_step (task, cancellable, what, value);
    }
}

static AsyncLitRetryPolicy *
make_policy (GVariant *test_case)
{
  g_autoptr (GVariant) retry = g_variant_lookup_value (test_case, "retry", G_VARIANT_TYPE_VARDICT);
  g_autoptr (AsyncLitRetryPolicy) policy = NULL;
  gint64 max_attempts = 1;
  double base_delay = 0;
  const char *retry_on = NULL;

  if (retry == NULL)
    return NULL;
  g_variant_lookup (retry, "max-attempts", "x", &max_attempts);
  g_variant_lookup (retry, "base-delay", "d", &base_delay);
  policy = asynclit_retry_policy_new_full (max_attempts, base_delay, 60, 2, 0, 0, NULL);
  if (!g_variant_lookup (retry, "retry-on", "&s", &retry_on))
    return g_steal_pointer (&policy);
  return asynclit_retry_policy_with_retry_on (policy, find_kind (retry_on)->domain,
                                              find_kind (retry_on)->code);
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
      g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
      g_autoptr (GVariant) word = g_variant_get_variant (boxed);

      g_strv_builder_add (builder, g_variant_get_string (word, NULL));
    }
  argv = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return argv;
}

static AsyncLitTask *
submit (AsyncLitTaskManager *manager, GVariant *test_case)
{
  g_autoptr (AsyncLitRetryPolicy) policy = make_policy (test_case);
  g_auto (GStrv) argv = get_argv (test_case);

  if (argv != NULL)
    return asynclit_task_manager_submit_subprocess (manager, policy, (const char *const *) argv);
  return asynclit_task_manager_submit (manager, policy, work,
                                       g_variant_lookup_value (test_case, "work", NULL),
                                       (GDestroyNotify)g_variant_unref);
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

  if (name == NULL)
    g_assert_no_error (error);
  else
    g_assert_error (error, find_kind (name)->domain, find_kind (name)->code);
}

static void
check_progress (AsyncLitTask *task, GVariant *expected)
{
  g_autoptr (GPtrArray) seen = asynclit_task_drain_progress (task);

  g_assert_cmpuint (seen->len, ==, expected != NULL ? g_variant_n_children (expected) : 0);
  for (guint i = 0; i < seen->len; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (expected, i);
      g_autoptr (GVariant) value = g_variant_get_variant (boxed);
      g_autofree char *want = variant_to_text (value);
      g_autofree char *text = value_to_text (seen->pdata[i]);

      g_assert_cmpstr (text, ==, want);
    }
}

static void
check_status (AsyncLitTask *task, GVariant *expect)
{
  g_autoptr (GEnumClass) statuses = g_type_class_ref (ASYNCLIT_TYPE_TASK_STATUS);
  const char *status;

  g_assert_true (g_variant_lookup (expect, "status", "&s", &status));
  g_assert_cmpstr (g_enum_get_value (statuses, asynclit_task_get_status (task))->value_nick, ==,
                   status);
}

static void
check (AsyncLitTask *task, GVariant *expect)
{
  g_autoptr (GVariant) result = g_variant_lookup_value (expect, "result", NULL);
  g_autoptr (GVariant) progress = g_variant_lookup_value (expect, "progress", NULL);
  g_autofree char *want = variant_to_text (result);
  g_autofree char *seen = value_to_text (asynclit_task_get_result (task, NULL));
  const char *error = NULL;
  gint64 attempts = -1;

  g_variant_lookup (expect, "error", "&s", &error);
  g_variant_lookup (expect, "attempts", "x", &attempts);
  check_status (task, expect);
  g_assert_cmpstr (seen, ==, want);
  check_error (task, error);
  check_progress (task, progress);
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
test_case (gconstpointer data)
{
  GVariant *test_case = (GVariant *) data;
  g_autoptr (GVariant) expect = g_variant_lookup_value (test_case, "expect", NULL);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  int completed = 0, progressed = 0, retrying = 0;
  gboolean closed = FALSE;
  const char *when = "";

  g_variant_lookup (test_case, "cancel", "&s", &when);
  if (g_variant_lookup (test_case, "closed", "b", &closed) && closed)
    asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  task = submit (manager, test_case);
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
      g_test_add_data_func_full (name, test, test_case, (GDestroyNotify)g_variant_unref);
    }
  return g_test_run ();
}
