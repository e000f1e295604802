/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One task for many items. */

#include "test-support.h"

#define MANY 100000

typedef struct {
  int *counts; /* atomic: how often each item was processed */
  int n_running;
  int most_running;
  int n_destroyed;
  GThread *destroyed_on;
  guint *bad; /* items that fail */
  guint n_bad;
  gsize stop_at; /* this item cancels the task */
} Items;

static Items *
items_new (gsize n)
{
  Items *self = g_new0 (Items, 1);

  self->counts = g_new0 (int, n);
  self->stop_at = G_MAXSIZE;
  return self;
}

static void
items_free (Items *self)
{
  g_free (self->counts);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Items, items_free)

static void
items_note_destroyed (gpointer data)
{
  Items *self = data;

  self->n_destroyed++;
  self->destroyed_on = g_thread_self ();
}

static gboolean
process (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
         GError **error)
{
  Items *items = user_data;

  g_assert_true (ASYNCLIT_IS_TASK (task));
  g_assert_true (G_IS_CANCELLABLE (cancellable));
  g_atomic_int_inc (&items->counts[index]);
  if (index == items->stop_at)
    asynclit_task_cancel (task);
  for (guint i = 0; i < items->n_bad; i++)
    if (items->bad[i] == index)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "bad item %u", items->bad[i]);
        return FALSE;
      }
  return TRUE;
}

static void
assert_each_once (const Items *items, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (items->counts[i], ==, 1);
}

static AsyncLitTask *
map_and_wait (AsyncLitTaskManager *manager, gsize n, AsyncLitMapFlags flags, Items *items)
{
  AsyncLitTask *task = asynclit_task_manager_map_full (manager, n, flags, 0, process, items, NULL);

  asynclit_task_wait (task, -1, NULL, NULL);
  return task;
}

static void
test_each_once (void)
{
  static const gsize sizes[] = { 1, 2, 3, 100, MANY };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (Items) items = items_new (sizes[i]);
      g_autoptr (AsyncLitTask) task
          = asynclit_task_manager_map (manager, sizes[i], process, items, items_note_destroyed);

      asynclit_task_wait (task, -1, NULL, NULL);
      g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
      g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (task, NULL)), ==,
                       (gint64) sizes[i]);
      assert_each_once (items, sizes[i]);
      test_iterate_until_count (NULL, (guint *) &items->n_destroyed, 1);
      g_assert_true (items->destroyed_on == g_thread_self ());
    }
}

static void
test_no_items (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (1);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_map (manager, 0, process, items, items_note_destroyed);
  g_autoptr (AsyncLitTask) collecting = NULL;
  g_autoptr (AsyncLitTask) found = NULL;

  g_assert_true (asynclit_task_get_done (task));
  g_assert_cmpint (g_value_get_int64 (asynclit_task_get_result (task, NULL)), ==, 0);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == task);
  test_iterate_until_count (NULL, (guint *) &items->n_destroyed, 1);

  collecting = asynclit_task_manager_map_full (manager, 0, ASYNCLIT_MAP_COLLECT_ERRORS, 0, process,
                                               items, NULL);
  g_assert_cmpuint (
      g_variant_n_children (g_value_get_variant (asynclit_task_get_result (collecting, NULL))), ==,
      0);
}

/* A failed item stops the others. */
static void
test_error (void)
{
  guint bad[] = { 10, 20 };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (MANY);
  g_autoptr (AsyncLitTask) task = NULL;
  guint n_processed = 0;

  items->bad = bad;
  items->n_bad = G_N_ELEMENTS (bad);
  task = map_and_wait (manager, MANY, ASYNCLIT_MAP_DEFAULT, items);
  g_assert_error (asynclit_task_get_error (task), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (asynclit_task_get_error (task)->message, "bad item "));
  for (guint i = 0; i < MANY; i++)
    n_processed += (guint) items->counts[i];
  g_assert_cmpuint (n_processed, <, MANY);
}

static gboolean
fail_without_error (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
                    GError **error)
{
  return FALSE;
}

static void
test_no_error (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_map (manager, 1, fail_without_error, NULL, NULL);

  asynclit_task_wait (task, -1, NULL, NULL);
  g_assert_error (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT);
}

static void
test_collect_errors (void)
{
  guint bad[] = { MANY - 1, 0, 777 };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (MANY);
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *text = NULL;

  items->bad = bad;
  items->n_bad = G_N_ELEMENTS (bad);
  task = map_and_wait (manager, MANY, ASYNCLIT_MAP_COLLECT_ERRORS, items);
  assert_each_once (items, MANY);
  text = g_variant_print (g_value_get_variant (asynclit_task_get_result (task, NULL)), FALSE);
  g_assert_cmpstr (text, ==,
                   "[(0, 'g-io-error-quark', 0, 'bad item 0'), "
                   "(777, 'g-io-error-quark', 0, 'bad item 777'), "
                   "(99999, 'g-io-error-quark', 0, 'bad item 99999')]");
}

static void
test_cancel (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (MANY);
  g_autoptr (AsyncLitTask) task = NULL;
  guint n_processed = 0;

  items->stop_at = 100;
  task = map_and_wait (manager, MANY, ASYNCLIT_MAP_DEFAULT, items);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  for (guint i = 0; i < MANY; i++)
    n_processed += (guint) items->counts[i];
  g_assert_cmpuint (n_processed, <, MANY);
}

static gboolean
pass_gate (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer gate,
           GError **error)
{
  test_gate_pass (gate);
  return TRUE;
}

/* More items at the same time than there are processors. */
static void
test_max_running (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  guint n = g_get_num_processors () + 3;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_map_full (manager, n, ASYNCLIT_MAP_DEFAULT, n, pass_gate, gate, NULL);

  test_gate_await_arrivals (gate, n);
  test_gate_open (gate);
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
}

static gboolean
count_running (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
               GError **error)
{
  Items *items = user_data;
  int n_running = g_atomic_int_add (&items->n_running, 1) + 1;
  int most = g_atomic_int_get (&items->most_running);

  while (n_running > most
         && !g_atomic_int_compare_and_exchange (&items->most_running, most, n_running))
    most = g_atomic_int_get (&items->most_running);
  g_thread_yield ();
  g_atomic_int_add (&items->n_running, -1);
  return TRUE;
}

static void
test_one_at_a_time (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (1);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_map_full (
      manager, 10000, ASYNCLIT_MAP_DEFAULT, 1, count_running, items, NULL);

  g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
  g_assert_cmpint (items->most_running, ==, 1);
}

/* An item that waits for the map's task would never end. */
static gboolean
wait_for_itself (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
                 GError **error)
{
  return asynclit_task_wait (task, -1, NULL, error);
}

static void
test_wait_for_itself (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_map (manager, 100, wait_for_itself, NULL, NULL);

  asynclit_task_wait (task, -1, NULL, NULL);
  g_assert_error (asynclit_task_get_error (task), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
map_within (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
            GError **error)
{
  Items *items = user_data;
  g_autoptr (AsyncLitTask) inner
      = asynclit_task_manager_map (asynclit_get_default_manager (), 10, process, items, NULL);

  return asynclit_task_wait (inner, -1, NULL, error);
}

/* Nested maps, more than there are threads. */
static void
test_nested (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (10);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_map_full (
      manager, 200, ASYNCLIT_MAP_DEFAULT, 50, map_within, items, NULL);

  g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (items->counts[i], ==, 200);
}

static void
test_closed (void)
{
  static const gsize sizes[] = { 0, 10 };
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (Items) items = items_new (10);

  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (AsyncLitTask) task
          = asynclit_task_manager_map (manager, sizes[i], process, items, items_note_destroyed);

      g_assert_error (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED);
      test_iterate_until_count (NULL, (guint *) &items->n_destroyed, i + 1);
    }
  g_assert_cmpint (items->counts[0], ==, 0);
}

/* Helpers that start after their map is over, and the data has been freed. */
static void
test_short_maps (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (Items) items = items_new (8);
      g_autoptr (AsyncLitTask) task = asynclit_task_manager_map_full (
          manager, 8, ASYNCLIT_MAP_DEFAULT, 8, process, items, NULL);

      g_assert_true (asynclit_task_wait (task, -1, NULL, NULL));
      assert_each_once (items, 8);
    }
}

static gboolean
map_nothing (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
             GError **error)
{
  return TRUE;
}

/* The amounts are reported without any help. */
static void
test_amounts (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_map (asynclit_get_default_manager (), 5000,
                                                             map_nothing, NULL, NULL);

  test_wait (task);
  g_assert_cmpfloat (asynclit_task_get_progress_done (task), ==, 5000);
  g_assert_cmpfloat (asynclit_task_get_progress_total (task), ==, 5000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/map/each-once", test_each_once);
  g_test_add_func ("/map/no-items", test_no_items);
  g_test_add_func ("/map/error", test_error);
  g_test_add_func ("/map/no-error", test_no_error);
  g_test_add_func ("/map/collect-errors", test_collect_errors);
  g_test_add_func ("/map/cancel", test_cancel);
  g_test_add_func ("/map/max-running", test_max_running);
  g_test_add_func ("/map/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/map/wait-for-itself", test_wait_for_itself);
  g_test_add_func ("/map/nested", test_nested);
  g_test_add_func ("/map/closed", test_closed);
  g_test_add_func ("/map/short-maps", test_short_maps);
  g_test_add_func ("/map/amounts", test_amounts);
  return g_test_run ();
}
