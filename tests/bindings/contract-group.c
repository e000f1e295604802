/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases of the contract about groups, and functions that follow a task, in C. */

#include "contract.h"

static AsyncLitTask *
make_input (GVariant *inputs, gsize index)
{
  g_autoptr (GVariant) attempts = g_variant_get_child_value (inputs, index);
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (
      task, contract_work,
      g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARIANT, &attempts, 1)),
      (GDestroyNotify) g_variant_unref);
  return task;
}

static GPtrArray *
submit_inputs (AsyncLitTaskGroup *group, GVariant *inputs)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; i < g_variant_n_children (inputs); i++)
    {
      g_ptr_array_add (tasks, make_input (inputs, i));
      asynclit_task_group_submit_task (group, tasks->pdata[i]);
    }
  return tasks;
}

static void
check_group (AsyncLitTaskGroup *group, GPtrArray *tasks, GVariant *expect)
{
  g_autoptr (GVariant) ends = g_variant_lookup_value (expect, "ends", NULL);
  const char *error;
  gboolean closed;
  double fraction;

  g_assert_true (g_variant_lookup (expect, "closed", "b", &closed));
  g_assert_true (g_variant_lookup (expect, "fraction", "d", &fraction));
  g_assert_cmpint (asynclit_task_group_get_closed (group), ==, closed);
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), ==, fraction);
  for (guint i = 0; i < tasks->len; i++)
    {
      g_autoptr (GVariant) end = contract_nth (ends, i);

      g_assert_cmpstr (contract_name_status (tasks->pdata[i]), ==,
                       g_variant_get_string (end, NULL));
    }
  if (g_variant_lookup (expect, "error", "&s", &error))
    g_assert_cmpstr (contract_name_error (asynclit_task_get_error (tasks->pdata[0])), ==, error);
}

void
contract_run_group (gconstpointer data)
{
  GVariant *test_case = (GVariant *) data;
  g_autoptr (GVariant) expect = g_variant_lookup_value (test_case, "expect", NULL);
  g_autoptr (GVariant) fields = g_variant_lookup_value (test_case, "group", NULL);
  g_autoptr (GVariant) inputs = g_variant_lookup_value (test_case, "inputs", NULL);
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
  g_autoptr (GPtrArray) tasks = NULL;
  gboolean is_set = FALSE;
  const char *what = "";

  g_variant_lookup (fields, "cancel-on-error", "b", &is_set);
  asynclit_task_group_set_cancel_on_error (group, is_set);
  g_variant_lookup (fields, "do", "&s", &what);
  if (g_str_equal (what, "close-first"))
    asynclit_task_group_close (group);
  tasks = submit_inputs (group, inputs);
  if (g_str_equal (what, "cancel"))
    asynclit_task_group_cancel (group);
  else if (g_str_equal (what, "close-when-idle"))
    asynclit_task_group_close_when_idle (group);
  g_assert_true (asynclit_task_group_wait (group, 60, NULL, NULL));
  check_group (group, tasks, expect);
}

/* Runs on: pool */
static void
double_former (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (AsyncLitTask) former = asynclit_task_get_dependency (task, 0);

  asynclit_task_return_int (task, 2 * g_value_get_int64 (asynclit_task_get_result (former, NULL)));
}

void
contract_run_then (gconstpointer data)
{
  GVariant *test_case = (GVariant *) data;
  g_autoptr (GVariant) expect = g_variant_lookup_value (test_case, "expect", NULL);
  g_autoptr (GVariant) inputs = g_variant_lookup_value (test_case, "inputs", NULL);
  g_autoptr (AsyncLitTask) first = make_input (inputs, 0);
  g_autoptr (AsyncLitTask) task = asynclit_task_then (first, double_former, NULL, NULL);
  const char *status, *error;
  gint64 result;

  asynclit_task_manager_submit_task (asynclit_get_default_manager (), first);
  g_assert_true (asynclit_task_wait (task, 60, NULL, NULL));
  g_assert_true (g_variant_lookup (expect, "status", "&s", &status));
  g_assert_cmpstr (contract_name_status (task), ==, status);
  if (g_variant_lookup (expect, "error", "&s", &error))
    g_assert_cmpstr (contract_name_error (asynclit_task_get_error (task)), ==, error);
  else if (g_variant_lookup (expect, "result", "x", &result))
    g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (task, NULL)), ==, result);
}
