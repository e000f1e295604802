/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The task manager as a list model. A mirror replays each announced change, and compares itself
 * with the model, as a list view would. */

#include "test-support.h"

#define N_STEPS 400
#define N_MANY 100
#define N_NESTED 3

/* More changes than the manager keeps for a context that is not iterated. */
#define N_UNSEEN 5000

typedef struct
{
  GListModel *model;
  GPtrArray *items; /* AsyncLitTask, without a reference: only for comparison */
  GThread *thread;
  guint changes;
} Mirror;

static void
mirror_compare (Mirror *mirror)
{
  g_assert_cmpuint (g_list_model_get_n_items (mirror->model), ==, mirror->items->len);
  for (guint i = 0; i < mirror->items->len; i++)
    {
      g_autoptr (AsyncLitTask) task = g_list_model_get_item (mirror->model, i);

      g_assert_true (task == g_ptr_array_index (mirror->items, i));
    }
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added,
                  gpointer user_data)
{
  Mirror *mirror = user_data;

  g_assert_true (g_thread_self () == mirror->thread);
  g_assert_cmpuint (removed + added, >, 0);
  g_assert_cmpuint (position + removed, <=, mirror->items->len);
  if (removed > 0)
    g_ptr_array_remove_range (mirror->items, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (AsyncLitTask) task = g_list_model_get_item (model, position + i);

      g_assert_nonnull (task);
      g_ptr_array_insert (mirror->items, (int) (position + i), task);
    }
  mirror->changes++;
  mirror_compare (mirror);
}

static void
mirror_init (Mirror *mirror, AsyncLitTaskManager *manager)
{
  mirror->model = G_LIST_MODEL (manager);
  mirror->items = g_ptr_array_new ();
  mirror->thread = g_thread_self ();
  mirror->changes = 0;
  for (guint i = 0; i < g_list_model_get_n_items (mirror->model); i++)
    {
      g_autoptr (AsyncLitTask) task = g_list_model_get_item (mirror->model, i);

      g_ptr_array_add (mirror->items, task);
    }
  g_signal_connect (manager, "items-changed", G_CALLBACK (on_items_changed), mirror);
}

static void
mirror_clear (Mirror *mirror)
{
  g_signal_handlers_disconnect_by_data (mirror->model, mirror);
  g_ptr_array_unref (mirror->items);
}

static gboolean
condition_changed (gpointer mirror)
{
  return ((Mirror *) mirror)->changes > 0;
}

static void
test_list_is_model (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  GListModel *model = G_LIST_MODEL (manager);

  g_assert_true (g_list_model_get_item_type (model) == ASYNCLIT_TYPE_TASK);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  g_assert_null (g_list_model_get_item (model, 0));
  g_assert_null (g_list_model_get_item (model, G_MAXUINT));
}

static void
count_notified (AsyncLitTaskManager *manager, GParamSpec *pspec, guint *n_items)
{
  g_assert_cmpuint (*n_items, !=, g_list_model_get_n_items (G_LIST_MODEL (manager)));
  g_object_get (manager, "n-items", n_items, NULL);
}

static void
test_list_properties (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = asynclit_task_new ();
  guint n_items = 1;
  GType type = 0;

  g_object_get (manager, "item-type", &type, "n-items", &n_items, NULL);
  g_assert_true (type == ASYNCLIT_TYPE_TASK);
  g_assert_cmpuint (n_items, ==, 0);

  g_signal_connect (manager, "notify::n-items", G_CALLBACK (count_notified), &n_items);
  asynclit_task_manager_submit_task (manager, first);
  asynclit_task_manager_submit_task (manager, second);
  g_assert_cmpuint (n_items, ==, 0);
  test_iterate_until_count (NULL, &n_items, 2);
  asynclit_task_return_int (first, 1);
  asynclit_task_return_int (second, 2);
  test_iterate_until_completed (first);
  test_iterate_until_completed (second);
}

/* Tasks from before the first use are in the list immediately, without an announced change. */
static void
test_list_asked_late (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = asynclit_task_new ();
  g_autoptr (AsyncLitTask) item = NULL;

  asynclit_task_manager_submit_task (manager, first);
  asynclit_task_manager_submit_task (manager, second);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (manager)), ==, 2);
  item = g_list_model_get_item (G_LIST_MODEL (manager), 0);
  g_assert_true (item == first);
  g_clear_object (&item);
  item = g_list_model_get_item (G_LIST_MODEL (manager), 1);
  g_assert_true (item == second);
  asynclit_task_return_int (first, 1);
  asynclit_task_return_int (second, 1);
}

/* The order is that of submission, whether the tasks are old or new. */
static void
check_order (gboolean asked_first)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) made_first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) made_second = asynclit_task_new ();
  g_autoptr (AsyncLitTask) item = NULL;

  if (asked_first)
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (manager)), ==, 0);
  asynclit_task_manager_submit_task (manager, made_second);
  asynclit_task_manager_submit_task (manager, made_first);
  test_iterate_pending (NULL);
  item = g_list_model_get_item (G_LIST_MODEL (manager), 0);
  g_assert_true (item == made_second);
  asynclit_task_return_int (made_first, 1);
  asynclit_task_return_int (made_second, 1);
}

static void
test_list_in_submission_order (void)
{
  check_order (TRUE);
  check_order (FALSE);
}

/* The list changes only when its context is iterated, never while it is being read. */
static void
test_list_changes_in_context (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = NULL;
  Mirror mirror;

  mirror_init (&mirror, manager);
  task = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  test_wait (task);
  g_assert_cmpuint (g_list_model_get_n_items (mirror.model), ==, 0);
  g_assert_cmpuint (mirror.changes, ==, 0);
  test_iterate_until (NULL, condition_changed, &mirror);
  g_assert_cmpuint (mirror.items->len, ==, 1);
  g_assert_true (g_ptr_array_index (mirror.items, 0) == task);
  mirror_clear (&mirror);
}

static gpointer
submit_many (gpointer manager)
{
  for (guint i = 0; i < N_MANY; i++)
    g_object_unref (asynclit_task_manager_submit (manager, NULL, test_work_nothing, NULL, NULL));
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, NULL));
  return NULL;
}

/* Submissions from another thread are announced together, in this thread. */
static void
test_list_is_coalesced (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Mirror mirror;

  mirror_init (&mirror, manager);
  g_thread_join (g_thread_new ("submitter", submit_many, manager));
  g_assert_cmpuint (mirror.changes, ==, 0);
  test_iterate_until (NULL, condition_changed, &mirror);
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.items->len, ==, 100);
  g_assert_cmpuint (mirror.changes, <=, 5);
  mirror_clear (&mirror);
}

static void
test_list_trimmed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Mirror mirror;

  submit_many (manager);
  mirror_init (&mirror, manager);
  g_assert_cmpuint (mirror.items->len, ==, 100);
  asynclit_task_manager_set_max_completed (manager, 10);
  asynclit_task_manager_cleanup (manager);
  test_iterate_until (NULL, condition_changed, &mirror);
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.items->len, ==, 10);
  mirror_clear (&mirror);
}

/* A task that comes and goes between two iterations never appears. */
static void
test_list_came_and_went (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Mirror mirror;

  asynclit_task_manager_set_max_completed (manager, 0);
  mirror_init (&mirror, manager);
  submit_many (manager);
  asynclit_task_manager_cleanup (manager);
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.items->len, ==, 0);
  mirror_clear (&mirror);
}

static void
submit_and_iterate (GListModel *manager, guint position, guint removed, guint added,
                    gpointer countdown)
{
  if (*(guint *) countdown == 0)
    return;
  --*(guint *) countdown;
  submit_many (ASYNCLIT_TASK_MANAGER (manager));
  test_iterate_pending (NULL);
}

/* A handler may run a main loop while more changes arrive: they are announced after the first. */
static void
test_list_nested_loop (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint countdown = N_NESTED;
  Mirror mirror;

  asynclit_task_manager_set_max_completed (manager, G_MAXUINT);
  mirror_init (&mirror, manager);
  g_signal_connect (manager, "items-changed", G_CALLBACK (submit_and_iterate), &countdown);
  submit_many (manager);
  test_iterate_pending (NULL);
  g_assert_cmpuint (countdown, ==, 0);
  g_assert_cmpuint (mirror.items->len, ==, (N_NESTED + 1) * N_MANY);
  mirror_clear (&mirror);
}

/* If the context is iterated again after a long time, the list is read again. */
static void
test_list_long_unseen (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) early = asynclit_task_new ();
  g_autoptr (AsyncLitTask) late = asynclit_task_new ();
  Mirror mirror;

  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_submit_task (manager, early);
  mirror_init (&mirror, manager);
  for (guint i = 0; i < N_UNSEEN; i++)
    {
      g_autoptr (AsyncLitTask) task = asynclit_task_new ();

      asynclit_task_manager_submit_task (manager, task);
      asynclit_task_return_int (task, 1);
    }
  asynclit_task_manager_submit_task (manager, late);
  test_iterate_pending (NULL);

  g_assert_cmpuint (mirror.changes, >, 0);
  g_assert_cmpuint (mirror.items->len, ==, 2);
  g_assert_true (g_ptr_array_index (mirror.items, 0) == early);
  g_assert_true (g_ptr_array_index (mirror.items, 1) == late);
  mirror_clear (&mirror);
  asynclit_task_return_int (early, 1);
  asynclit_task_return_int (late, 1);
}

/* A random step: submit a live task, end one, trim, or iterate. */
static void
take_step (AsyncLitTaskManager *manager, GPtrArray *live)
{
  int choice = g_test_rand_int_range (0, 10);

  if (choice < 4)
    {
      AsyncLitTask *task = asynclit_task_new ();

      asynclit_task_manager_submit_task (manager, task);
      g_ptr_array_add (live, task);
    }
  else if (choice < 7 && live->len > 0)
    {
      int ended = g_test_rand_int_range (0, (gint32) live->len);

      asynclit_task_return_int (g_ptr_array_index (live, ended), 1);
      g_ptr_array_remove_index (live, (guint) ended);
    }
  else if (choice < 8)
    asynclit_task_manager_cleanup (manager);
  else
    test_iterate_pending (NULL);
}

static void
test_list_replayed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) live = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) expected = NULL;
  Mirror mirror;

  asynclit_task_manager_set_max_completed (manager, 5);
  mirror_init (&mirror, manager);
  for (guint i = 0; i < N_STEPS; i++)
    {
      take_step (manager, live);
      mirror_compare (&mirror);
    }
  while (live->len > 0)
    {
      asynclit_task_return_int (g_ptr_array_index (live, 0), 1);
      g_ptr_array_remove_index (live, 0);
    }
  asynclit_task_manager_cleanup (manager);
  test_iterate_pending (NULL);

  expected = asynclit_task_manager_list_tasks (manager, ASYNCLIT_TASK_FILTER_ALL, NULL);
  g_assert_cmpuint (mirror.items->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    g_assert_true (g_ptr_array_index (expected, i) == g_ptr_array_index (mirror.items, i));
  mirror_clear (&mirror);
}

static gpointer
use_own_manager (gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitTaskManager) manager = NULL;
  g_autoptr (AsyncLitTask) task = NULL;
  Mirror mirror;

  g_main_context_push_thread_default (context);
  manager = asynclit_task_manager_new ();
  mirror_init (&mirror, manager);
  task = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  test_iterate_until (context, condition_changed, &mirror);
  test_wait (task);
  g_assert_cmpuint (mirror.items->len, ==, 1);
  mirror_clear (&mirror);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* The context in which the manager was created is used, whichever it is. */
static void
test_list_in_thread_default_context (void)
{
  g_thread_join (g_thread_new ("owner", use_own_manager, NULL));
  test_iterate_pending (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/list/is-model", test_list_is_model);
  g_test_add_func ("/list/properties", test_list_properties);
  g_test_add_func ("/list/asked-late", test_list_asked_late);
  g_test_add_func ("/list/in-submission-order", test_list_in_submission_order);
  g_test_add_func ("/list/changes-in-context", test_list_changes_in_context);
  g_test_add_func ("/list/is-coalesced", test_list_is_coalesced);
  g_test_add_func ("/list/trimmed", test_list_trimmed);
  g_test_add_func ("/list/came-and-went", test_list_came_and_went);
  g_test_add_func ("/list/nested-loop", test_list_nested_loop);
  g_test_add_func ("/list/long-unseen", test_list_long_unseen);
  g_test_add_func ("/list/replayed", test_list_replayed);
  g_test_add_func ("/list/in-thread-default-context", test_list_in_thread_default_context);
  return g_test_run ();
}
