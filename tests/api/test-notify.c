/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Notifications of properties: once for each change, in the owner's context, and never elsewhere.
 * Lists notify their listeners, whether or not they were used before. */

#include "test-support.h"

typedef struct {
  guint n;
  GThread *thread;
} Notes;

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer data)
{
  Notes *self = data;

  g_assert_true (g_thread_self () == self->thread);
  self->n++;
}

static void
listen (gpointer object, const char *signal, Notes *notes)
{
  notes->n = 0;
  notes->thread = g_thread_self ();
  g_signal_connect (object, signal, G_CALLBACK (on_notify), notes);
}

static gpointer
run_in_thread (gpointer data)
{
  gpointer *call = data;

  ((void (*) (gpointer)) call[0]) (call[1]);
  return NULL;
}

/* Runs a function on another thread, and waits for it. */
static void
elsewhere (void (*func) (gpointer), gpointer data)
{
  gpointer call[] = { (gpointer) func, data };

  g_thread_join (g_thread_new ("elsewhere", run_in_thread, call));
}

/* Managers */

static void
close_manager (gpointer manager)
{
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
}

static void
test_closed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Notes notes;

  listen (manager, "notify::closed", &notes);
  close_manager (manager);
  g_assert_cmpuint (notes.n, ==, 1);
  close_manager (manager);
  g_assert_cmpuint (notes.n, ==, 1);
  asynclit_task_manager_reopen (manager);
  g_assert_cmpuint (notes.n, ==, 2);
  elsewhere (close_manager, manager);
  g_assert_cmpuint (notes.n, ==, 2);
  test_iterate_until_count (NULL, &notes.n, 3);
}

static void
set_max_completed (gpointer manager)
{
  asynclit_task_manager_set_max_completed (manager, 7);
}

static void
test_max_completed (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Notes notes;

  listen (manager, "notify::max-completed", &notes);
  elsewhere (set_max_completed, manager);
  g_assert_cmpuint (notes.n, ==, 0);
  test_iterate_until_count (NULL, &notes.n, 1);
  set_max_completed (manager);
  g_assert_cmpuint (notes.n, ==, 1);
}

/* Tasks */

static void
set_name (gpointer task)
{
  asynclit_task_set_name (task, "elsewhere");
}

static void
test_name (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  Notes notes;

  listen (task, "notify::name", &notes);
  asynclit_task_set_name (task, "here");
  g_assert_cmpuint (notes.n, ==, 1);
  elsewhere (set_name, task);
  g_assert_cmpuint (notes.n, ==, 1);
  test_iterate_until_count (NULL, &notes.n, 2);
}

/* Schedulers */

static void
start_scheduler (gpointer scheduler)
{
  asynclit_scheduler_start (scheduler);
}

static void
test_running (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  Notes notes;

  listen (scheduler, "notify::running", &notes);
  asynclit_scheduler_start (scheduler);
  asynclit_scheduler_start (scheduler);
  test_iterate_until_count (NULL, &notes.n, 1);
  g_assert_cmpuint (notes.n, ==, 1);
  asynclit_shutdown (-1);
  test_iterate_until_count (NULL, &notes.n, 2);
  asynclit_scheduler_shutdown (scheduler, FALSE);
  g_assert_cmpuint (notes.n, ==, 2);
  elsewhere (start_scheduler, scheduler);
  g_assert_cmpuint (notes.n, ==, 2);
  test_iterate_until_count (NULL, &notes.n, 3);
}

static AsyncLitScheduledTask *
new_job (void)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1000);

  return asynclit_scheduled_task_new (trigger, test_work_nothing, NULL, NULL);
}

static void
test_n_jobs (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduledTask) job = new_job ();
  Notes notes;

  listen (scheduler, "notify::n-jobs", &notes);
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  test_iterate_until_count (NULL, &notes.n, 1);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (scheduler), ==, 1);
  asynclit_scheduler_remove (scheduler, asynclit_scheduled_task_get_job_id (job));
  test_iterate_until_count (NULL, &notes.n, 2);
}

/* Lists */

typedef struct {
  guint n_signals;
  guint n_added;
  guint n_removed;
  guint n_before; /* the number of items that the listener knows */
} Changes;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  Changes *self = data;

  self->n_signals++;
  self->n_added += added;
  self->n_removed += removed;
  g_assert_cmpuint (position + removed, <=, self->n_before);
  self->n_before += added - removed;
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, self->n_before);
}

static AsyncLitTask *
submit_ended (AsyncLitTaskManager *manager)
{
  AsyncLitTask *task = asynclit_task_manager_submit (manager, NULL, test_work_nothing, NULL, NULL);

  test_wait (task);
  return task;
}

static void
submit_some (gpointer manager)
{
  for (guint i = 0; i < 3; i++)
    g_object_unref (submit_ended (manager));
}

/* There were two before; three are added, and one of the two is removed. */
static void
check_tasks (AsyncLitTaskManager *manager, void (*run) (void (*) (gpointer), gpointer))
{
  Changes changes = { .n_before = 2 };
  AsyncLitTask *first = submit_ended (manager);
  g_autoptr (AsyncLitTask) second = submit_ended (manager);
  g_autofree char *id = g_strdup (asynclit_task_get_id (first));

  g_object_unref (first);
  g_signal_connect (manager, "items-changed", G_CALLBACK (on_items_changed), &changes);
  run (submit_some, manager);
  g_assert_true (asynclit_task_manager_remove (manager, id));
  test_iterate_until_count (NULL, &changes.n_added, 3);
  g_assert_cmpuint (changes.n_removed, ==, 1);
  g_assert_cmpuint (changes.n_before, ==, 4);
  g_signal_handlers_disconnect_by_data (manager, &changes);
}

static void
here (void (*func) (gpointer), gpointer data)
{
  func (data);
}

static void
test_tasks (void)
{
  g_autoptr (AsyncLitTaskManager) one = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTaskManager) other = asynclit_task_manager_new ();

  check_tasks (one, here);
  check_tasks (other, elsewhere);
}

/* Tasks that the library itself submits to the default manager count, too. */
static void
test_default_manager (void)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  g_autoptr (AsyncLitTask) task = NULL;
  Changes changes = { 0 };

  g_assert_cmpuint (asynclit_task_manager_cleanup (manager), ==, 0);
  g_signal_connect (manager, "items-changed", G_CALLBACK (on_items_changed), &changes);
  task = asynclit_run (test_work_nothing, NULL, NULL);
  test_iterate_until_count (NULL, &changes.n_added, 1);
  test_wait (task);
  g_signal_handlers_disconnect_by_data (manager, &changes);
}

static void
test_jobs (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitScheduledTask) before = new_job ();
  g_autoptr (AsyncLitScheduledTask) job = new_job ();
  Changes changes = { .n_before = 1 };

  g_assert_true (asynclit_scheduler_add (scheduler, before, FALSE, NULL));
  test_iterate_pending (NULL);
  g_signal_connect (scheduler, "items-changed", G_CALLBACK (on_items_changed), &changes);
  g_assert_true (
      asynclit_scheduler_remove (scheduler, asynclit_scheduled_task_get_job_id (before)));
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  test_iterate_until_count (NULL, &changes.n_added, 1);
  g_assert_cmpuint (changes.n_removed, ==, 1);
}

/* A handler is connected, but the context is not iterated: nothing is leaked when the object is
 * freed. */
static void
test_never_iterated (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (AsyncLitScheduledTask) job = new_job ();
  Changes changes = { 0 };

  g_signal_connect (manager, "items-changed", G_CALLBACK (on_items_changed), &changes);
  g_signal_connect (scheduler, "items-changed", G_CALLBACK (on_items_changed), &changes);
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  submit_some (manager);
  g_assert_cmpuint (changes.n_signals, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/notify/manager/closed", test_closed);
  g_test_add_func ("/notify/manager/max-completed", test_max_completed);
  g_test_add_func ("/notify/task/name", test_name);
  g_test_add_func ("/notify/scheduler/running", test_running);
  g_test_add_func ("/notify/scheduler/n-jobs", test_n_jobs);
  g_test_add_func ("/notify/list/tasks", test_tasks);
  g_test_add_func ("/notify/list/default-manager", test_default_manager);
  g_test_add_func ("/notify/list/jobs", test_jobs);
  g_test_add_func ("/notify/list/never-iterated", test_never_iterated);
  return g_test_run ();
}
