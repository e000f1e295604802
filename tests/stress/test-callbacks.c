/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* All callbacks may use the whole library: every public function is called from the functions of
 * tasks on every executor, and from every handler, predicate and destroy function. */

#include "stress-support.h"

typedef enum {
  IN_FUNCTION,
  IN_PROGRESSED,
  IN_RETRYING,
  IN_COMPLETED,
  IN_STATUS,
  IN_CALLBACK,
  IN_DESTROY,
  IN_CALLBACK_DESTROY,
  IN_RESULT_DESTROY,
  IN_PREDICATE,
  IN_DELAY,
  IN_CANCELLED, /* a handler of the cancellable */
  IN_WAIT,      /* the callback of wait_async() */
  IN_ITEMS_CHANGED,
  N_PLACES,
} Place;

static const char *const place_names[N_PLACES] = {
  "function", "progressed", "retrying",  "completed", "status",    "callback", "destroy",
  "callback-destroy", "result-destroy", "predicate", "delay", "cancelled", "wait", "items-changed",
};

typedef struct {
  Place place;
  AsyncLitExecutor executor;
  AsyncLitTaskManager *manager;
  AsyncLitTask *task; /* not owned; NULL while it is being freed */
  gint called;        /* atomic: the number of calls */
  gint finished;      /* atomic: the calls have returned */
  gint n_ended;       /* atomic: of the tasks submitted there */
  gint n_submitted;   /* atomic */
  gint n_held;        /* atomic: data that is yet to be destroyed, by a function that uses this */
} Scene;

static void
count_ended (gpointer scene)
{
  g_atomic_int_inc (&((Scene *) scene)->n_ended);
}

static void
work_counted (AsyncLitTask *task, GCancellable *cancellable, gpointer scene)
{
  asynclit_task_return_int (task, 1);
}

/* Everything */

static void
call_on_handle (AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) drained = asynclit_task_drain_progress (task);
  g_autoptr (GPtrArray) read = NULL;
  guint64 cursor = 0;

  asynclit_task_get_id (task);
  asynclit_task_get_name (task);
  asynclit_task_get_executor (task);
  asynclit_task_get_retry_policy (task);
  asynclit_task_get_status (task);
  asynclit_task_get_substate (task);
  asynclit_task_get_done (task);
  asynclit_task_get_error (task);
  asynclit_task_get_attempt (task);
  asynclit_task_get_created (task);
  asynclit_task_get_started (task);
  asynclit_task_get_finished (task);
  asynclit_task_get_next_retry (task);
  asynclit_task_get_progress_dropped (task);
  asynclit_task_get_cancellable (task);
  read = asynclit_task_read_progress (task, &cursor);
  g_assert_true ((asynclit_task_get_result (task, &error) == NULL) == (error != NULL));
  g_clear_error (&error);
  asynclit_task_wait (task, 0, NULL, &error);
}

static void
on_wait_over (GObject *task, GAsyncResult *result, gpointer scene)
{
  asynclit_task_wait_finish (ASYNCLIT_TASK (task), result, NULL);
}

static void
on_completed_inside (AsyncLitTask *task, gpointer scene)
{
}

/* Takes the handle. A task that is waited for elsewhere may be the one that runs here. */
static void
call_on_other (Scene *scene, AsyncLitTask *task)
{
  g_autoptr (GError) error = NULL;

  g_atomic_int_inc (&scene->n_submitted);
  asynclit_task_add_callback (task, on_completed_inside, scene, NULL);
  call_on_handle (task);
  asynclit_task_wait (task, 0.001, NULL, &error);
  asynclit_task_cancel (task);
  g_object_unref (task);
}

static void
call_submit (Scene *scene, AsyncLitTaskManager *manager)
{
  static const char *const nothing[] = { NULL };
  g_autoptr (AsyncLitTask) no_program
      = asynclit_task_manager_submit_subprocess (manager, NULL, nothing);
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_func (task, work_counted, scene, count_ended);
  asynclit_task_set_name (task, "inside");
  asynclit_task_manager_submit_task (manager, task);
  call_on_other (scene, task);
  call_on_other (scene, asynclit_task_manager_submit (manager, NULL, work_counted, scene,
                                                      count_ended));
  call_on_other (scene, asynclit_task_manager_submit_async (manager, NULL, work_counted, scene,
                                                            count_ended));
  call_on_other (scene, asynclit_task_manager_submit_in_context (manager, NULL, work_counted,
                                                                 scene, count_ended));
  call_on_other (scene, asynclit_run (work_counted, scene, count_ended));
  call_on_other (scene, asynclit_run_async (work_counted, scene, count_ended));
}

static void
call_on_manager (AsyncLitTaskManager *manager)
{
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, "global:scene");
  g_autoptr (GPtrArray) tasks
      = asynclit_task_manager_list_tasks (manager, ASYNCLIT_TASK_FILTER_ALL, NULL);
  g_autoptr (GError) error = NULL;

  if (tasks->len > 0)
    asynclit_task_manager_register_global (manager, g_ptr_array_index (tasks, 0), "scene");
  asynclit_task_manager_set_max_completed (manager, 10 + tasks->len % 2);
  asynclit_task_manager_cleanup (manager);
  asynclit_task_manager_wait (manager, 0.001, NULL, &error);
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_assert_true (asynclit_task_manager_get_closed (manager));
  asynclit_task_manager_reopen (manager);
}

static void
call_everything (Scene *scene)
{
  g_autoptr (AsyncLitTaskManager) fresh = asynclit_task_manager_new ();

  /* Only once, because the calls lead here again. */
  if (g_atomic_int_add (&scene->called, 1) > 0)
    return;
  if (scene->task != NULL)
    {
      test_report_int (scene->task, 100);
      call_on_handle (scene->task);
      asynclit_task_wait_async (scene->task, NULL, on_wait_over, scene);
      asynclit_task_cancel (scene->task);
      asynclit_task_return_int (scene->task, 2);
    }
  call_submit (scene, scene->manager);
  call_submit (scene, fresh);
  call_on_manager (scene->manager);
  call_on_manager (fresh);
  asynclit_task_manager_close (fresh, ASYNCLIT_CLOSE_MODE_CANCEL);
  asynclit_get_worker_context ();
  asynclit_get_default_manager ();
  g_clear_object (&fresh);
  g_atomic_int_set (&scene->finished, TRUE);
}

/* The places */

static void
call_at (Scene *scene, Place place)
{
  if (scene->place == place)
    call_everything (scene);
}

static void
on_cancelled (GCancellable *cancellable, gpointer scene)
{
  call_at (scene, IN_CANCELLED);
}

static void
call_when_gone (Scene *scene, Place place)
{
  call_at (scene, place);
  g_atomic_int_dec_and_test (&scene->n_held);
}

static void
on_result_gone (gpointer scene)
{
  call_when_gone (scene, IN_RESULT_DESTROY);
}

static void
on_data_gone (gpointer data)
{
  Scene *scene = data;

  if (scene->place == IN_DESTROY)
    scene->task = NULL;
  call_when_gone (scene, IN_DESTROY);
}

static void
on_callback_gone (gpointer scene)
{
  call_when_gone (scene, IN_CALLBACK_DESTROY);
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Scene *scene = data;

  if (scene->place == IN_CANCELLED)
    {
      g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), scene, NULL);
      asynclit_task_cancel (task);
    }
  call_at (scene, IN_FUNCTION);
  test_report_int (task, 1);
  if (asynclit_task_get_attempt (task) == 1)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    {
      g_atomic_int_inc (&scene->n_held);
      asynclit_task_return_pointer (task, scene, on_result_gone);
    }
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer scene)
{
  call_at (scene, IN_PROGRESSED);
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, GError *error, gpointer scene)
{
  call_at (scene, IN_RETRYING);
}

static void
on_completed (AsyncLitTask *task, gpointer scene)
{
  call_at (scene, IN_COMPLETED);
}

static void
on_status (AsyncLitTask *task, GParamSpec *pspec, gpointer scene)
{
  call_at (scene, IN_STATUS);
}

static void
on_called_back (AsyncLitTask *task, gpointer scene)
{
  call_at (scene, IN_CALLBACK);
}

static void
on_waited (GObject *task, GAsyncResult *result, gpointer scene)
{
  on_wait_over (task, result, scene);
  call_at (scene, IN_WAIT);
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer scene)
{
  call_at (scene, IN_ITEMS_CHANGED);
}

static gboolean
should_retry (const GError *error, gpointer scene)
{
  call_at (scene, IN_PREDICATE);
  return TRUE;
}

static double
choose_delay (const GError *error, guint index, double computed, gpointer scene)
{
  call_at (scene, IN_DELAY);
  return 0.001;
}

/* The play */

static AsyncLitRetryPolicy *
make_policy (Scene *scene)
{
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new (3);
  g_autoptr (AsyncLitRetryPolicy) choosy
      = asynclit_retry_policy_with_retry_if (plain, should_retry, scene, NULL);

  return asynclit_retry_policy_with_delay_func (choosy, choose_delay, scene, NULL);
}

static void
follow (Scene *scene)
{
  g_signal_connect (scene->manager, "items-changed", G_CALLBACK (on_items_changed), scene);
  g_list_model_get_n_items (G_LIST_MODEL (scene->manager));
  g_signal_connect (scene->task, "progressed", G_CALLBACK (on_progressed), scene);
  g_signal_connect (scene->task, "retrying", G_CALLBACK (on_retrying), scene);
  g_signal_connect (scene->task, "completed", G_CALLBACK (on_completed), scene);
  g_signal_connect (scene->task, "notify::status", G_CALLBACK (on_status), scene);
  asynclit_task_add_callback (scene->task, on_called_back, scene, on_callback_gone);
  asynclit_task_wait_async (scene->task, NULL, on_waited, scene);
}

static gboolean
is_finished (gpointer scene)
{
  return g_atomic_int_get (&((Scene *) scene)->finished);
}

static gboolean
all_ended (gpointer data)
{
  Scene *scene = data;

  return g_atomic_int_get (&scene->n_ended) == g_atomic_int_get (&scene->n_submitted);
}

static gboolean
nothing_is_held (gpointer scene)
{
  return g_atomic_int_get (&((Scene *) scene)->n_held) == 0;
}

static gboolean
go_on (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static void
test_place (gconstpointer data)
{
  guint number = GPOINTER_TO_UINT (data);
  AsyncLitTask *task = asynclit_task_new ();
  Scene scene = { .place = number % N_PLACES, .executor = number / N_PLACES, .task = task };
  g_autoptr (AsyncLitRetryPolicy) retry = make_policy (&scene);
  guint tick = g_timeout_add (5, go_on, NULL); /* what ends elsewhere does not wake this loop */

  scene.manager = asynclit_task_manager_new ();
  asynclit_task_set_executor (task, scene.executor);
  asynclit_task_set_retry_policy (task, retry);
  scene.n_held = 2; /* the data of the function, and that of the callback */
  asynclit_task_set_func (task, work, &scene, on_data_gone);
  follow (&scene);
  asynclit_task_manager_submit_task (scene.manager, task);
  test_iterate_until_completed (task);
  if (scene.place == IN_RESULT_DESTROY)
    scene.task = NULL;
  else
    test_iterate_until (NULL, is_finished, &scene);
  g_object_unref (task);
  asynclit_task_manager_set_max_completed (scene.manager, 0);
  asynclit_task_manager_cleanup (scene.manager);
  test_iterate_until (NULL, is_finished, &scene);
  stress_wait_for_manager (asynclit_get_default_manager ());
  test_iterate_until (NULL, all_ended, &scene);
  g_clear_object (&scene.manager);
  test_iterate_until (NULL, nothing_is_held, &scene);
  test_iterate_pending (NULL);
  g_source_remove (tick);
}

/* Some tasks are settled twice on purpose. */
static void
ignore_log (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
}

int
main (int argc, char *argv[])
{
  static const char *const executors[] = { "pool", "worker", "context" };

  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("AsyncLit", G_LOG_LEVEL_INFO, ignore_log, NULL);
  for (guint i = 0; i < N_PLACES * G_N_ELEMENTS (executors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/callbacks/%s/%s", executors[i / N_PLACES],
                                               place_names[i % N_PLACES]);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_place);
    }
  return g_test_run ();
}
