/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Large numbers of things that a task usually has few of: the cost of each is constant. If it were
 * proportional to their number, these tests would take minutes. */

#include "test-support.h"

#define MANY 200000
/* Each of these is many times as much work. */
#define MANY_WAITS 50000
/* Takes a tenth of a second here. */
#define TOO_LONG_USEC (20 * G_USEC_PER_SEC)

static guint n_called; /* in order */

static void
on_ended (AsyncLitTask *task, gpointer number)
{
  g_assert_cmpuint (GPOINTER_TO_UINT (number), ==, n_called);
  n_called++;
}

static void
test_callbacks (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  gint64 begun = g_get_monotonic_time ();

  for (guint i = 0; i < MANY; i++)
    asynclit_task_add_callback (task, on_ended, GUINT_TO_POINTER (i), NULL);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, TOO_LONG_USEC);
  asynclit_task_return_int (task, 1);
  test_iterate_until_count (NULL, &n_called, MANY);
}

static void
on_waited (GObject *task, GAsyncResult *result, gpointer n)
{
  g_assert_false (asynclit_task_wait_finish (ASYNCLIT_TASK (task), result, NULL));
  (*(guint *) n)++;
}

/* First in, first out. */
static void
test_waits (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (GPtrArray) cancellables = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_waited = 0;
  gint64 begun;

  for (guint i = 0; i < MANY_WAITS; i++)
    {
      GCancellable *cancellable = g_cancellable_new ();

      g_ptr_array_add (cancellables, cancellable);
      asynclit_task_wait_async (task, cancellable, on_waited, &n_waited);
    }
  begun = g_get_monotonic_time ();
  for (guint i = 0; i < MANY_WAITS; i++)
    g_cancellable_cancel (g_ptr_array_index (cancellables, i));
  g_assert_cmpint (g_get_monotonic_time () - begun, <, TOO_LONG_USEC);
  test_iterate_until_count (NULL, &n_waited, MANY_WAITS);
}

static void
on_idle (GObject *manager, GAsyncResult *result, gpointer n)
{
  g_assert_false (
      asynclit_task_manager_wait_finish (ASYNCLIT_TASK_MANAGER (manager), result, NULL));
  (*(guint *) n)++;
}

/* The one that is cancelled first was the first to wait. */
static void
test_waits_for_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n_waited = 0;
  gint64 begun = g_get_monotonic_time ();

  for (guint i = 0; i < MANY; i++)
    asynclit_task_manager_wait_async (manager, cancellable, on_idle, &n_waited);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, TOO_LONG_USEC);
  test_iterate_until_count (NULL, &n_waited, MANY);
  asynclit_task_cancel (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/many/callbacks", test_callbacks);
  g_test_add_func ("/many/waits", test_waits);
  g_test_add_func ("/many/waits-for-manager", test_waits_for_manager);
  return g_test_run ();
}
