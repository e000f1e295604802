/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases of the contract in which tasks are joined, in C. */

#include "contract.h"

static GPtrArray *
submit_inputs (AsyncLitTaskManager *manager, GVariant *inputs)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; i < g_variant_n_children (inputs); i++)
    {
      GVariant *attempts = g_variant_get_child_value (inputs, i);

      g_ptr_array_add (tasks,
                       asynclit_task_manager_submit (manager, NULL, contract_work,
                                                     g_variant_ref_sink (g_variant_new_array (
                                                         G_VARIANT_TYPE_VARIANT, &attempts, 1)),
                                                     (GDestroyNotify) g_variant_unref));
      g_variant_unref (attempts);
    }
  return tasks;
}

static AsyncLitJoinFlags
get_flags (GVariant *fields)
{
  AsyncLitJoinFlags flags = ASYNCLIT_JOIN_DEFAULT;
  gboolean is_set;

  if (g_variant_lookup (fields, "cancel-rest", "b", &is_set) && is_set)
    flags |= ASYNCLIT_JOIN_CANCEL_REST;
  if (g_variant_lookup (fields, "wait", "b", &is_set) && is_set)
    flags |= ASYNCLIT_JOIN_WAIT;
  return flags;
}

static AsyncLitTask *
join (GPtrArray *tasks, GVariant *fields)
{
  g_autoptr (GEnumClass) hows = g_type_class_ref (ASYNCLIT_TYPE_JOIN);
  const char *how;

  g_assert_true (g_variant_lookup (fields, "how", "&s", &how));
  return asynclit_task_join ((AsyncLitTask **) tasks->pdata, tasks->len,
                             (AsyncLitJoin) g_enum_get_value_by_nick (hows, how)->value,
                             get_flags (fields));
}

static void
check_results (AsyncLitTask *task, GVariant *expect)
{
  g_autoptr (GVariant) results = g_variant_lookup_value (expect, "results", NULL);
  g_autoptr (GVariant) result = g_variant_lookup_value (expect, "result", NULL);
  const GValue *value = asynclit_task_get_result (task, NULL);
  GPtrArray *seen = results != NULL ? g_value_get_boxed (value) : NULL;

  if (result != NULL)
    {
      g_autofree char *want = contract_variant_to_text (result);
      g_autofree char *text = contract_value_to_text (value);

      g_assert_cmpstr (text, ==, want);
    }
  g_assert_cmpuint (seen != NULL ? seen->len : 0, ==,
                    results != NULL ? g_variant_n_children (results) : 0);
  for (gsize i = 0; seen != NULL && i < seen->len; i++)
    {
      g_autoptr (GVariant) one = contract_nth (results, i);
      g_autofree char *want = contract_variant_to_text (one);
      g_autofree char *text = contract_value_to_text (seen->pdata[i]);

      g_assert_cmpstr (text, ==, want);
    }
}

static void
check (AsyncLitTask *task, GVariant *expect)
{
  const char *status, *error = NULL;

  g_assert_true (g_variant_lookup (expect, "status", "&s", &status));
  g_assert_cmpstr (contract_name_status (task), ==, status);
  if (g_variant_lookup (expect, "error", "&s", &error))
    g_assert_cmpstr (contract_name_error (asynclit_task_get_error (task)), ==, error);
  else if (g_str_equal (status, "done"))
    check_results (task, expect);
}

static void
check_ends (GPtrArray *tasks, GVariant *ends)
{
  for (guint i = 0; ends != NULL && i < tasks->len; i++)
    {
      g_autoptr (GVariant) end = contract_nth (ends, i);

      g_assert_cmpstr (contract_name_status (tasks->pdata[i]), ==,
                       g_variant_get_string (end, NULL));
    }
}

void
contract_run_join (gconstpointer data)
{
  GVariant *test_case = (GVariant *) data;
  g_autoptr (GVariant) expect = g_variant_lookup_value (test_case, "expect", NULL);
  g_autoptr (GVariant) fields = g_variant_lookup_value (test_case, "join", NULL);
  g_autoptr (GVariant) inputs = g_variant_lookup_value (test_case, "inputs", NULL);
  g_autoptr (GVariant) ends = g_variant_lookup_value (expect, "ends", NULL);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = submit_inputs (manager, inputs);
  g_autoptr (AsyncLitTask) task = join (tasks, fields);
  const char *when;

  if (g_variant_lookup (test_case, "cancel", "&s", &when))
    g_assert_true (asynclit_task_cancel (task));
  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
  check (task, expect);
  if (ends == NULL)
    asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_assert_true (asynclit_task_manager_wait (manager, 60, NULL, NULL));
  check_ends (tasks, ends);
}
