/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Several threads join the same tasks in all ways while these end, fail and are cancelled, and
 * cancel some of the joins: each join ends, with an outcome that its tasks allow. */

#include "stress-support.h"

#define N_THREADS 3
#define MOST_INPUTS 6

typedef struct {
  AsyncLitTaskManager *manager;
  guint n_rounds;
  guint32 seeds[N_THREADS];
} Joiners;

static void
end_somehow (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  if (GPOINTER_TO_INT (user_data) == 0)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 1);
}

static guint
count_done (AsyncLitTask **tasks, guint n)
{
  guint n_done = 0;

  for (guint i = 0; i < n; i++)
    n_done += asynclit_task_get_status (tasks[i]) == ASYNCLIT_TASK_STATUS_DONE;
  return n_done;
}

static void
check_all (AsyncLitTask *join, gboolean is_done, guint n, guint n_done)
{
  GPtrArray *results;

  g_assert_cmpint (is_done, ==, n_done == n);
  if (!is_done)
    return;
  results = g_value_get_boxed (asynclit_task_get_result (join, NULL));
  g_assert_cmpuint (results->len, ==, n);
}

static void
check_join (AsyncLitTask *join, AsyncLitJoin how, guint n, guint n_done)
{
  AsyncLitTaskStatus status = asynclit_task_get_status (join);

  if (status == ASYNCLIT_TASK_STATUS_CANCELLED)
    return;
  if (how == ASYNCLIT_JOIN_ALL)
    check_all (join, status == ASYNCLIT_TASK_STATUS_DONE, n, n_done);
  else if (how == ASYNCLIT_JOIN_ANY)
    g_assert_cmpint (status == ASYNCLIT_TASK_STATUS_DONE, ==, n_done > 0);
  else
    g_assert_true (status == ASYNCLIT_TASK_STATUS_DONE ? n_done > 0 : n_done < n);
}

static void
join_once (Joiners *self, GRand *rand)
{
  AsyncLitTask *tasks[MOST_INPUTS], *joins[3];
  guint n = (guint) g_rand_int_range (rand, 1, MOST_INPUTS + 1);

  for (guint i = 0; i < n; i++)
    tasks[i] = asynclit_task_manager_submit (self->manager, NULL, end_somehow,
                                             GINT_TO_POINTER (g_rand_int_range (rand, 0, 4)), NULL);
  for (guint i = 0; i < 3; i++)
    joins[i] = asynclit_task_join (tasks, n, (AsyncLitJoin) i,
                                   (AsyncLitJoinFlags) g_rand_int_range (rand, 0, 4));
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_cancel (tasks[g_rand_int_range (rand, 0, (int) n)]);
  if (g_rand_int_range (rand, 0, 4) == 0)
    asynclit_task_cancel (joins[g_rand_int_range (rand, 0, 3)]);
  for (guint i = 0; i < n; i++)
    test_wait (tasks[i]);
  for (guint i = 0; i < 3; i++)
    {
      test_wait (joins[i]);
      check_join (joins[i], (AsyncLitJoin) i, n, count_done (tasks, n));
      g_object_unref (joins[i]);
    }
  for (guint i = 0; i < n; i++)
    g_object_unref (tasks[i]);
}

static void
join_many (guint index, gpointer data)
{
  Joiners *self = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seeds[index]);

  for (guint i = 0; i < self->n_rounds; i++)
    join_once (self, rand);
}

static void
test_joins (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Joiners self = { .manager = manager, .n_rounds = stress_scale (5000) };

  for (guint i = 0; i < N_THREADS; i++)
    self.seeds[i] = g_test_rand_int ();
  stress_threads_join (stress_threads_start (N_THREADS, join_many, &self));
  stress_wait_for_manager (manager);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stress/joins", test_joins);
  return g_test_run ();
}
