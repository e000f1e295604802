/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A wait that could never end is refused, whatever it waits for and wherever it takes place; a wait
 * that can end is not. */

#include "test-support.h"

#define FOR_EVER (-1.0)
#define LONG 1000.0

static void
assert_refused (gboolean succeeded, GError *error)
{
  g_assert_false (succeeded);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_error_free (error);
}

static void
assert_manager_wait_refused (AsyncLitTaskManager *manager)
{
  GError *error = NULL;
  gboolean succeeded = asynclit_task_manager_wait (manager, FOR_EVER, NULL, &error);

  assert_refused (succeeded, g_steal_pointer (&error));
  succeeded = asynclit_task_manager_wait (manager, LONG, NULL, &error);
  assert_refused (succeeded, g_steal_pointer (&error));
  succeeded = asynclit_task_manager_wait (manager, 0, NULL, &error);
  g_assert_false (succeeded);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_error_free (error);
}

static void
assert_task_wait_refused (AsyncLitTask *task)
{
  GError *error = NULL;
  gboolean succeeded = asynclit_task_wait (task, FOR_EVER, NULL, &error);

  assert_refused (succeeded, g_steal_pointer (&error));
  succeeded = asynclit_task_wait (task, LONG, NULL, &error);
  assert_refused (succeeded, error);
}

/* A task's own manager */

static void
work_wait_for_manager (AsyncLitTask *task, GCancellable *cancellable, gpointer manager)
{
  assert_manager_wait_refused (manager);
  asynclit_task_return_int (task, 1);
}

static void
test_own_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) in_pool
      = asynclit_task_manager_submit (manager, NULL, work_wait_for_manager, manager, NULL);
  g_autoptr (AsyncLitTask) on_worker
      = asynclit_task_manager_submit_async (manager, NULL, work_wait_for_manager, manager, NULL);
  g_autoptr (AsyncLitTask) here = asynclit_task_manager_submit_in_context (
      manager, NULL, work_wait_for_manager, manager, NULL);

  test_iterate_until_completed (here);
  test_wait (in_pool);
  test_wait (on_worker);
  test_assert_int_result (in_pool, 1);
  test_assert_int_result (on_worker, 1);
}

/* Tasks of another manager do not need this one. */
static void
work_wait_for_other_manager (AsyncLitTask *task, GCancellable *cancellable, gpointer manager)
{
  asynclit_task_return_boolean (task, asynclit_task_manager_wait (manager, FOR_EVER, NULL, NULL));
}

static void
test_other_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) other = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) gated
      = asynclit_task_manager_submit (other, NULL, test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) waiting
      = asynclit_task_manager_submit (manager, NULL, work_wait_for_other_manager, other, NULL);

  test_gate_await_arrivals (gate, 1);
  test_gate_open (gate);
  test_wait (waiting);
  g_assert_true (g_value_get_boolean (asynclit_task_get_result (waiting, NULL)));
}

/* An ended task is not blocked by anything that is still running. */
static void
work_wait_when_abandoned (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  AsyncLitTaskManager **manager = data;
  g_autoptr (AsyncLitTaskManager) own = *manager;

  test_poll_until (test_condition_done, task);
  g_assert_true (asynclit_task_manager_wait (own, FOR_EVER, NULL, NULL));
  g_atomic_pointer_set (manager, NULL);
}

static gboolean
is_null (gpointer pointer)
{
  return g_atomic_pointer_get ((gpointer *) pointer) == NULL;
}

static void
test_abandoned (void)
{
  AsyncLitTaskManager *manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();

  asynclit_task_set_func (task, work_wait_when_abandoned, &manager, NULL);
  asynclit_task_set_abandon_on_cancel (task, TRUE);
  asynclit_task_manager_submit_task (manager, task);
  test_poll_until (test_condition_started, task);
  asynclit_task_cancel (task);
  test_poll_until (is_null, &manager);
}

/* This context */

static void
test_context (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit_in_context (
      manager, NULL, test_work_return_int, GINT_TO_POINTER (1), NULL);

  assert_manager_wait_refused (manager);
  test_iterate_until_completed (task);
  g_assert_true (asynclit_task_manager_wait (manager, FOR_EVER, NULL, NULL));
}

/* The worker */

static void
work_wait_on_worker (AsyncLitTask *task, GCancellable *cancellable, gpointer other)
{
  g_autoptr (AsyncLitTask) not_submitted = asynclit_task_new ();
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  GError *error = NULL;
  gboolean succeeded;

  assert_task_wait_refused (other);
  assert_task_wait_refused (not_submitted);
  succeeded = asynclit_scheduler_take_due (scheduler, NULL, NULL, &error) != NULL;
  assert_refused (succeeded, error);
  asynclit_scheduler_shutdown (scheduler, TRUE);
  asynclit_task_return_int (task, 1);
}

static void
test_worker (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) gated = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_run_async (work_wait_on_worker, gated, NULL);

  test_wait (task);
  test_gate_open (gate);
  test_wait (gated);
}

/* Circles */

typedef struct {
  AsyncLitTask *tasks[3];
  AsyncLitTaskManager *managers[3];
  TestGate *gate;
  GCancellable *cancellable; /* of the wait of the first */
  gboolean for_managers;
  guint n;
  gint n_refused; /* atomic */
} Ring;

static Ring
ring_new (guint n)
{
  Ring self = { .n = n };

  self.gate = test_gate_new ();
  for (guint i = 0; i < n; i++)
    {
      self.tasks[i] = asynclit_task_new ();
      self.managers[i] = asynclit_task_manager_new ();
    }
  return self;
}

static void
ring_clear (Ring *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_object_unref (self->tasks[i]);
      g_object_unref (self->managers[i]);
    }
  test_gate_free (self->gate);
  g_clear_object (&self->cancellable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ring, ring_clear)

static void
ring_submit (Ring *self, AsyncLitTaskFunc func)
{
  for (guint i = 0; i < self->n; i++)
    {
      asynclit_task_set_func (self->tasks[i], func, self, NULL);
      asynclit_task_manager_submit_task (self->managers[i], self->tasks[i]);
    }
}

static guint
ring_find (Ring *self, AsyncLitTask *task)
{
  guint i = 0;

  while (self->tasks[i] != task)
    i++;
  return i;
}

/* When all of them run, each waits for the next. */
static void
work_wait_for_next (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Ring *self = data;
  guint next = (ring_find (self, task) + 1) % self->n;
  g_autoptr (GError) error = NULL;
  gboolean succeeded;

  test_gate_pass (self->gate);
  if (self->for_managers)
    succeeded = asynclit_task_manager_wait (self->managers[next], FOR_EVER, NULL, &error);
  else
    succeeded = asynclit_task_wait (self->tasks[next], FOR_EVER, NULL, &error);
  if (!succeeded)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
      g_atomic_int_inc (&self->n_refused);
    }
  asynclit_task_return_int (task, 1);
}

/* The last one closes the circle, and is refused; then all of them end. */
static void
check_circle (guint n, gboolean for_managers)
{
  g_auto (Ring) ring = ring_new (n);

  ring.for_managers = for_managers;
  ring_submit (&ring, work_wait_for_next);
  test_gate_await_arrivals (ring.gate, n);
  test_gate_open (ring.gate);
  for (guint i = 0; i < n; i++)
    test_wait (ring.tasks[i]);
  g_assert_cmpint (g_atomic_int_get (&ring.n_refused), ==, 1);
}

static void
test_circle_of_two (void)
{
  check_circle (2, FALSE);
}

static void
test_circle_of_three (void)
{
  check_circle (3, FALSE);
}

static void
test_circle_of_managers (void)
{
  check_circle (3, TRUE);
}

/* The first one's wait can be cancelled, so there is no circle. */
static void
work_wait_with_way_out (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Ring *self = data;
  guint i = ring_find (self, task);
  g_autoptr (GError) error = NULL;

  if (i == 1)
    test_gate_pass (self->gate);
  asynclit_task_return_boolean (
      task,
      asynclit_task_wait (self->tasks[1 - i], FOR_EVER, i == 0 ? self->cancellable : NULL, &error));
}

static gboolean
is_waited_for (gpointer cancellable)
{
  return g_signal_handler_find (cancellable, G_SIGNAL_MATCH_ID,
                                g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, NULL, NULL,
                                NULL)
         != 0;
}

static void
test_way_out (void)
{
  g_auto (Ring) ring = ring_new (2);

  ring.cancellable = g_cancellable_new ();
  ring_submit (&ring, work_wait_with_way_out);
  test_poll_until (is_waited_for, ring.cancellable);
  test_gate_await_arrivals (ring.gate, 1);
  test_gate_open (ring.gate);
  g_cancellable_cancel (ring.cancellable);
  test_wait (ring.tasks[0]);
  test_wait (ring.tasks[1]);
  g_assert_false (g_value_get_boolean (asynclit_task_get_result (ring.tasks[0], NULL)));
  g_assert_true (g_value_get_boolean (asynclit_task_get_result (ring.tasks[1], NULL)));
}

/* Calls further up on the same stack */

static void
work_wait_for_outer (AsyncLitTask *task, GCancellable *cancellable, gpointer outer)
{
  assert_task_wait_refused (outer);
  asynclit_task_return_int (task, 1);
}

/* As in a main loop that is nested in a function of the pool. */
static void
work_nested (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitTask) inner = NULL;

  g_main_context_push_thread_default (context);
  inner = asynclit_task_manager_submit_in_context (asynclit_get_default_manager (), NULL,
                                                   work_wait_for_outer, task, NULL);
  test_iterate_until_completed (inner);
  g_main_context_pop_thread_default (context);
  test_assert_int_result (inner, 1);
  asynclit_task_return_int (task, 1);
}

static void
test_outer_call (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (work_nested, NULL, NULL);

  test_wait (task);
  test_assert_int_result (task, 1);
}

/* Retry decisions */

static gboolean
wait_for_it (const GError *error, gpointer task)
{
  assert_task_wait_refused (*(AsyncLitTask **) task);
  return FALSE;
}

static void
test_retry_predicate (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitRetryPolicy) asking = NULL;
  AsyncLitTask *task = asynclit_task_new ();

  asking = asynclit_retry_policy_with_retry_if (policy, wait_for_it, &task, NULL);
  asynclit_task_set_func (task, test_work_fail, NULL, NULL);
  asynclit_task_set_retry_policy (task, asking);
  asynclit_task_manager_submit_task (asynclit_get_default_manager (), task);
  test_wait (task);
  test_assert_failed (task, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_object_unref (task);
}

/* The end of the threads */

static void
work_shutdown (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_assert_false (asynclit_shutdown (FOR_EVER));
  asynclit_task_return_int (task, 1);
}

static void
test_shutdown (void)
{
  g_autoptr (AsyncLitTask) in_pool = asynclit_run (work_shutdown, NULL, NULL);
  g_autoptr (AsyncLitTask) on_worker = NULL;

  test_wait (in_pool);
  test_assert_cancelled (in_pool);
  on_worker = asynclit_run_async (work_shutdown, NULL, NULL);
  test_wait (on_worker);
  test_assert_cancelled (on_worker);
  g_assert_true (asynclit_shutdown (FOR_EVER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wait-refused/manager/own", test_own_manager);
  g_test_add_func ("/wait-refused/manager/other", test_other_manager);
  g_test_add_func ("/wait-refused/manager/abandoned", test_abandoned);
  g_test_add_func ("/wait-refused/context", test_context);
  g_test_add_func ("/wait-refused/worker", test_worker);
  g_test_add_func ("/wait-refused/circle/two", test_circle_of_two);
  g_test_add_func ("/wait-refused/circle/three", test_circle_of_three);
  g_test_add_func ("/wait-refused/circle/managers", test_circle_of_managers);
  g_test_add_func ("/wait-refused/circle/way-out", test_way_out);
  g_test_add_func ("/wait-refused/outer-call", test_outer_call);
  g_test_add_func ("/wait-refused/retry-predicate", test_retry_predicate);
  g_test_add_func ("/wait-refused/shutdown", test_shutdown);
  return g_test_run ();
}
