/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-task-table-private.h"

#define N_TASKS 20000

static AsyncLitTask *tasks; /* only their serials are used */

static guint
count (const AsyncLitTaskTable *table)
{
  gsize position = 0;
  guint n = 0;

  while (asynclit_task_table_next (table, &position) != NULL)
    n++;
  return n;
}

static void
test_empty (void)
{
  AsyncLitTaskTable table = { 0 };

  g_assert_null (asynclit_task_table_lookup (&table, 1));
  g_assert_cmpuint (count (&table), ==, 0);
  asynclit_task_table_add (&table, &tasks[0]);
  asynclit_task_table_remove (&table, &tasks[0]);
  g_assert_null (asynclit_task_table_lookup (&table, tasks[0].serial));
  g_assert_cmpuint (count (&table), ==, 0);
  asynclit_task_table_clear (&table);
}

/* The oldest is removed when one is added, as in a manager; the table stays small. */
static void
test_window (void)
{
  const guint n_kept = 300;
  AsyncLitTaskTable table = { 0 };

  for (guint i = 0; i < N_TASKS; i++)
    {
      asynclit_task_table_add (&table, &tasks[i]);
      if (i >= n_kept)
        asynclit_task_table_remove (&table, &tasks[i - n_kept]);
      g_assert_true (asynclit_task_table_lookup (&table, tasks[i].serial) == &tasks[i]);
    }
  g_assert_cmpuint (count (&table), ==, n_kept);
  g_assert_cmpuint (table.n_bits, <=, 10);
  for (guint i = 0; i < N_TASKS; i++)
    g_assert_true ((asynclit_task_table_lookup (&table, tasks[i].serial) != NULL)
                   == (i >= N_TASKS - n_kept));
  asynclit_task_table_clear (&table);
}

static void
toggle (AsyncLitTaskTable *table, gboolean *is_in, guint i)
{
  if (is_in[i])
    asynclit_task_table_remove (table, &tasks[i]);
  else
    asynclit_task_table_add (table, &tasks[i]);
  is_in[i] = !is_in[i];
}

/* Compared with an array. */
static void
test_random (void)
{
  g_autofree gboolean *is_in = g_new0 (gboolean, N_TASKS);
  AsyncLitTaskTable table = { 0 };

  for (guint round = 0; round < 10; round++)
    {
      guint n = (guint) g_test_rand_int_range (1, N_TASKS), n_in = 0;

      for (guint i = 0; i < N_TASKS; i++)
        toggle (&table, is_in, (guint) g_test_rand_int_range (0, (int) n));
      for (guint i = 0; i < N_TASKS; i++)
        {
          gpointer found = asynclit_task_table_lookup (&table, tasks[i].serial);

          g_assert_true (found == (is_in[i] ? &tasks[i] : NULL));
          n_in += is_in[i];
        }
      g_assert_cmpuint (table.n_tasks, ==, n_in);
      g_assert_cmpuint (count (&table), ==, n_in);
      g_assert_cmpuint (table.n_used, <=, 1u << table.n_bits);
    }
  asynclit_task_table_clear (&table);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  tasks = g_new0 (AsyncLitTask, N_TASKS);
  for (guint i = 0; i < N_TASKS; i++)
    tasks[i].serial = i + 1;
  g_test_add_func ("/task-table/empty", test_empty);
  g_test_add_func ("/task-table/window", test_window);
  g_test_add_func ("/task-table/random", test_random);
  result = g_test_run ();
  g_free (tasks);
  return result;
}
