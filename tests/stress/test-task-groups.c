/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads create groups whose tasks fail, submit more and are cancelled, and wait for some
 * of the groups and drop others meanwhile: each task ends, and each wait. */

#include "stress-support.h"

#define N_THREADS 3
#define N_TASKS 8

typedef struct {
  AsyncLitTaskManager *manager;
  guint n_rounds;
  guint32 seeds[N_THREADS];
} Groups;

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  guint what = GPOINTER_TO_UINT (data);
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_get_group (task);

  if (group != NULL && what < 3)
    g_object_unref (
        asynclit_task_group_submit (group, NULL, work, GUINT_TO_POINTER (what + 1), NULL));
  if (what == 4)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 1);
}

static void
check_list (AsyncLitTaskGroup *group)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_group_list_tasks (group, ASYNCLIT_TASK_FILTER_ALL);

  for (guint i = 0; i < tasks->len; i++)
    g_assert_true (ASYNCLIT_IS_TASK (tasks->pdata[i]));
  g_assert_cmpfloat (asynclit_task_group_get_fraction (group), <=, 1);
}

static void
end_group (AsyncLitTaskGroup *group, GRand *rand)
{
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0: /* is dropped */
      return;
    case 1:
      asynclit_task_group_close (group);
      break;
    case 2:
      asynclit_task_group_cancel (group);
      break;
    default:
      asynclit_task_group_close_when_idle (group);
      break;
    }
  g_assert_true (asynclit_task_group_wait (group, 60, NULL, NULL));
  g_assert_cmpuint (asynclit_task_group_get_n_live (group), ==, 0);
  check_list (group);
}

static void
make_group (Groups *self, GRand *rand)
{
  g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (self->manager);

  asynclit_task_group_set_cancel_on_error (group, g_rand_boolean (rand));
  asynclit_task_group_set_cancel_on_drop (group, g_rand_boolean (rand));
  asynclit_task_group_set_max_completed (group, (guint) g_rand_int_range (rand, 0, 4));
  for (guint i = 0; i < N_TASKS; i++)
    g_object_unref (asynclit_task_group_submit (
        group, NULL, work, GUINT_TO_POINTER (g_rand_int_range (rand, 0, 12)), NULL));
  if (g_rand_boolean (rand))
    check_list (group);
  end_group (group, rand);
}

static void
make_groups (guint index, gpointer data)
{
  Groups *self = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seeds[index]);
  GMainContext *context = stress_context_push ();

  for (guint i = 0; i < self->n_rounds; i++)
    {
      make_group (self, rand);
      if (g_rand_int_range (rand, 0, 4) == 0)
        while (g_main_context_iteration (context, FALSE))
          ;
    }
  stress_context_pop (context);
}

static void
test_groups (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Groups self = { .manager = manager, .n_rounds = stress_scale (3000) };

  for (guint i = 0; i < N_THREADS; i++)
    self.seeds[i] = g_test_rand_int ();
  stress_threads_join (stress_threads_start (N_THREADS, make_groups, &self));
  stress_wait_for_manager (manager);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stress/task-groups", test_groups);
  return g_test_run ();
}
