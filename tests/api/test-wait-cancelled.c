/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A wait ends while its cancellable is being cancelled: further up on the same stack, or on another
 * thread whose handlers take long. It does not wait for them. */

#include "scheduler-fixture.h"

typedef struct {
  AsyncLitTask *task; /* ends when the gate opens */
  AsyncLitTaskManager *manager;
  AsyncLitScheduler *scheduler;
  TestGate *gate;
  TestGate *handler_gate;
  GCancellable *cancellable;
  gboolean (*wait) (gpointer scene);
  guint n_called_back;
  guint n_expected;
} Scene;

static Scene
scene_new (void)
{
  Scene self = { 0 };

  self.gate = test_gate_new ();
  self.handler_gate = test_gate_new ();
  self.manager = asynclit_task_manager_new ();
  self.scheduler = asynclit_scheduler_new ();
  self.cancellable = g_cancellable_new ();
  self.task = asynclit_task_manager_submit (self.manager, NULL, test_work_gate, self.gate, NULL);
  return self;
}

static void
scene_clear (Scene *self)
{
  test_gate_open (self->gate);
  test_wait (self->task);
  g_object_unref (self->task);
  g_object_unref (self->manager);
  g_object_unref (self->scheduler);
  g_object_unref (self->cancellable);
  test_gate_free (self->gate);
  test_gate_free (self->handler_gate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* Another thread's handlers */

static gboolean
wait_for_task (gpointer data)
{
  Scene *self = data;

  return asynclit_task_wait (self->task, -1, self->cancellable, NULL);
}

static gboolean
wait_for_manager (gpointer data)
{
  Scene *self = data;

  return asynclit_task_manager_wait (self->manager, -1, self->cancellable, NULL);
}

static gboolean
wait_for_due (gpointer data)
{
  Scene *self = data;

  return asynclit_scheduler_take_due (self->scheduler, NULL, self->cancellable, NULL) != NULL;
}

static gpointer
run_wait (gpointer data)
{
  Scene *self = data;

  return GINT_TO_POINTER (self->wait (self));
}

static gpointer
run_cancel (gpointer data)
{
  g_cancellable_cancel (data);
  return NULL;
}

static void
on_cancelled_pass (GCancellable *cancellable, gpointer gate)
{
  test_gate_pass (gate);
}

/* The library has connected to the cancellable. */
static gboolean
is_connected (gpointer cancellable)
{
  return g_signal_handler_find (cancellable, G_SIGNAL_MATCH_ID,
                                g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, NULL, NULL,
                                NULL)
         != 0;
}

static void
test_on_other_thread (gconstpointer wait)
{
  g_auto (Scene) scene = scene_new ();
  GThread *waiting, *cancelling;

  scene.wait = (gboolean (*) (gpointer)) wait;
  waiting = g_thread_new ("waiting", run_wait, &scene);
  test_poll_until (is_connected, scene.cancellable);
  g_signal_connect (scene.cancellable, "cancelled", G_CALLBACK (on_cancelled_pass),
                    scene.handler_gate);
  cancelling = g_thread_new ("cancelling", run_cancel, scene.cancellable);
  test_gate_await_arrivals (scene.handler_gate, 1);

  g_assert_false (GPOINTER_TO_INT (g_thread_join (waiting)));
  test_gate_open (scene.handler_gate);
  g_thread_join (cancelling);
}

/* The same stack */

static void
on_waited (GObject *object, GAsyncResult *result, gpointer scene)
{
  ((Scene *) scene)->n_called_back++;
}

static void
on_cancelled_iterate (GCancellable *cancellable, gpointer data)
{
  Scene *self = data;

  test_gate_open (self->gate);
  test_iterate_until_count (NULL, &self->n_called_back, self->n_expected);
}

/* In a handler that was connected before the waits, only the task has ended; in one that was
 * connected after them, they were cancelled, too. */
static void
test_further_up (gconstpointer is_first)
{
  g_auto (Scene) scene = scene_new ();

  scene.n_expected = GPOINTER_TO_INT (is_first) ? 1 : 2;
  if (GPOINTER_TO_INT (is_first))
    g_signal_connect (scene.cancellable, "cancelled", G_CALLBACK (on_cancelled_iterate), &scene);
  asynclit_task_wait_async (scene.task, scene.cancellable, on_waited, &scene);
  asynclit_scheduler_take_due_async (scene.scheduler, scene.cancellable, on_waited, &scene);
  if (!GPOINTER_TO_INT (is_first))
    g_signal_connect (scene.cancellable, "cancelled", G_CALLBACK (on_cancelled_iterate), &scene);
  g_cancellable_cancel (scene.cancellable);
  g_assert_cmpuint (scene.n_called_back, >=, scene.n_expected);
  test_iterate_until_count (NULL, &scene.n_called_back, 2);
}

/* A wait of one thread ends just before its handler would be called. */

static void
on_cancelled_wait (GCancellable *cancellable, gpointer data)
{
  Scene *self = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (asynclit_task_wait (self->task, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (asynclit_task_manager_wait (self->manager, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (asynclit_scheduler_take_due (self->scheduler, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  self->n_called_back++;
}

static void
test_in_handler (void)
{
  g_auto (Scene) scene = scene_new ();

  g_signal_connect (scene.cancellable, "cancelled", G_CALLBACK (on_cancelled_wait), &scene);
  g_cancellable_cancel (scene.cancellable);
  g_assert_cmpuint (scene.n_called_back, ==, 1);
}

/* After cancelling a wait, the cancellable may be used again immediately. */

static void
on_wait_failed (GObject *task, GAsyncResult *result, gpointer data)
{
  Scene *self = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (asynclit_task_wait_finish (ASYNCLIT_TASK (task), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  self->n_called_back++;
}

static void
test_reset (void)
{
  g_auto (Scene) scene = scene_new ();

  asynclit_task_wait_async (scene.task, scene.cancellable, on_wait_failed, &scene);
  g_cancellable_cancel (scene.cancellable);
  g_cancellable_reset (scene.cancellable);
  test_iterate_until_count (NULL, &scene.n_called_back, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/wait-cancelled/other-thread/task", (gconstpointer) wait_for_task,
                        test_on_other_thread);
  g_test_add_data_func ("/wait-cancelled/other-thread/manager", (gconstpointer) wait_for_manager,
                        test_on_other_thread);
  g_test_add_data_func ("/wait-cancelled/other-thread/due", (gconstpointer) wait_for_due,
                        test_on_other_thread);
  g_test_add_data_func ("/wait-cancelled/further-up/first", GINT_TO_POINTER (TRUE),
                        test_further_up);
  g_test_add_data_func ("/wait-cancelled/further-up/last", GINT_TO_POINTER (FALSE),
                        test_further_up);
  g_test_add_func ("/wait-cancelled/in-handler", test_in_handler);
  g_test_add_func ("/wait-cancelled/reset", test_reset);
  return g_test_run ();
}
