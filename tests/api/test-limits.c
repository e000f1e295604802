/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How many tasks run at a time, which come first, and what becomes of those that wait. */

#include "test-support.h"

#include <pthread.h>

/* A function that blocks until the test lets it continue, and counts how many of its calls are
 * running. */
typedef struct {
  pthread_mutex_t mutex; /* of a kind that the thread sanitizer knows */
  pthread_cond_t cond;
  guint n_running;
  guint most_running;
  guint n_started;
  guint n_let_go;
  GString *order; /* a letter for each that began */
} Crowd;

static void
crowd_init (Crowd *crowd)
{
  *crowd = (Crowd){ 0 };
  pthread_mutex_init (&crowd->mutex, NULL);
  pthread_cond_init (&crowd->cond, NULL);
  crowd->order = g_string_new (NULL);
}

static void
crowd_clear (Crowd *crowd)
{
  g_string_free (crowd->order, TRUE);
  pthread_mutex_destroy (&crowd->mutex);
  pthread_cond_destroy (&crowd->cond);
}

typedef struct {
  Crowd *crowd;
  char letter;
} Member;

static void
stay (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Member *member = user_data;
  Crowd *crowd = member->crowd;
  guint number;

  pthread_mutex_lock (&crowd->mutex);
  g_string_append_c (crowd->order, member->letter);
  number = crowd->n_started++;
  crowd->n_running++;
  crowd->most_running = MAX (crowd->most_running, crowd->n_running);
  pthread_cond_broadcast (&crowd->cond);
  while (number >= crowd->n_let_go)
    pthread_cond_wait (&crowd->cond, &crowd->mutex);
  crowd->n_running--;
  pthread_mutex_unlock (&crowd->mutex);
  asynclit_task_return_boolean (task, TRUE);
}

static AsyncLitTask *
make (Crowd *crowd, char letter)
{
  AsyncLitTask *task = asynclit_task_new ();
  Member *member = g_new (Member, 1);

  *member = (Member){ crowd, letter };
  asynclit_task_set_func (task, stay, member, g_free);
  return task;
}

static AsyncLitTask *
submit (AsyncLitTaskManager *manager, Crowd *crowd, char letter)
{
  AsyncLitTask *task = make (crowd, letter);

  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static void
let_go (Crowd *crowd, guint n)
{
  pthread_mutex_lock (&crowd->mutex);
  crowd->n_let_go += n;
  pthread_cond_broadcast (&crowd->cond);
  pthread_mutex_unlock (&crowd->mutex);
}

static void
wait_started (Crowd *crowd, guint n)
{
  pthread_mutex_lock (&crowd->mutex);
  while (crowd->n_started < n)
    pthread_cond_wait (&crowd->cond, &crowd->mutex);
  pthread_mutex_unlock (&crowd->mutex);
}

static void
assert_waits (AsyncLitTask *task, AsyncLitTaskSubstate substate)
{
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpint (asynclit_task_get_substate (task), ==, substate);
}

static void
assert_error (AsyncLitTask *task, GQuark domain, int code)
{
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_error (asynclit_task_get_error (task), domain, code);
}

static void
test_max_running (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 2, NULL);
  AsyncLitTask *tasks[20];
  Crowd crowd;

  crowd_init (&crowd);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = submit (manager, &crowd, (char) ('a' + i));
  wait_started (&crowd, 2);
  assert_waits (tasks[2], ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  assert_waits (tasks[19], ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  let_go (&crowd, G_N_ELEMENTS (tasks));
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_assert_cmpint (asynclit_task_get_status (tasks[i]), ==, ASYNCLIT_TASK_STATUS_DONE);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpuint (crowd.most_running, ==, 2);
  crowd_clear (&crowd);
}

static void
test_change (void)
{
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (1);
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitTask *tasks[4];
  Crowd crowd;

  crowd_init (&crowd);
  asynclit_task_manager_set_limiter (manager, limiter);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = submit (manager, &crowd, (char) ('a' + i));
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 1);
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiter), ==, 3);
  asynclit_limiter_set_max_running (limiter, 3);
  wait_started (&crowd, 3);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 3);
  asynclit_limiter_set_max_running (limiter, 1);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 3);
  let_go (&crowd, 2);
  while (asynclit_limiter_get_n_running (limiter) > 1)
    g_thread_yield ();
  assert_waits (tasks[3], ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  asynclit_limiter_set_max_running (limiter, 0);
  wait_started (&crowd, 4);
  let_go (&crowd, 2);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 0);
  crowd_clear (&crowd);
}

/* In the order of submission, except for priorities. */
static void
test_priority (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  const int priorities[] = { 0, 0, G_PRIORITY_LOW, 0, G_PRIORITY_HIGH, 0 };
  AsyncLitTask *tasks[G_N_ELEMENTS (priorities)];
  Crowd crowd;

  crowd_init (&crowd);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = make (&crowd, (char) ('a' + i));
      asynclit_task_set_priority (tasks[i], priorities[i]);
      g_assert_cmpint (asynclit_task_get_priority (tasks[i]), ==, priorities[i]);
      asynclit_task_manager_submit_task (manager, tasks[i]);
    }
  let_go (&crowd, G_N_ELEMENTS (tasks));
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpstr (crowd.order->str, ==, "aebdfc");
  crowd_clear (&crowd);
}

/* Without a limiter, in the queue of the pool. */
static void
test_priority_in_pool (void)
{
  const int priorities[] = { 0, 0, G_PRIORITY_LOW, 0, G_PRIORITY_HIGH, 0 };
  guint max_threads = asynclit_get_max_threads ();
  AsyncLitTask *tasks[G_N_ELEMENTS (priorities)];
  Crowd crowd;

  crowd_init (&crowd);
  asynclit_set_max_threads (1);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = make (&crowd, (char) ('a' + i));
      asynclit_task_set_priority (tasks[i], priorities[i]);
      asynclit_task_manager_submit_task (asynclit_get_default_manager (), tasks[i]);
      if (i == 0)
        wait_started (&crowd, 1);
    }
  let_go (&crowd, G_N_ELEMENTS (tasks));
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpstr (crowd.order->str, ==, "aebdfc");
  asynclit_set_max_threads (max_threads);
  crowd_clear (&crowd);
}

static void
test_cancel (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) second = NULL;
  g_autoptr (AsyncLitTask) third = NULL;
  Crowd crowd;

  crowd_init (&crowd);
  first = submit (manager, &crowd, 'a');
  second = submit (manager, &crowd, 'b');
  third = submit (manager, &crowd, 'c');
  g_assert_true (asynclit_task_cancel (second));
  g_assert_cmpint (asynclit_task_get_status (second), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  let_go (&crowd, 2);
  test_wait (third);
  test_wait (first);
  g_assert_cmpstr (crowd.order->str, ==, "ac");
  crowd_clear (&crowd);
}

/* Two tasks need the same two limiters, in different orders. */
static void
test_several (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  AsyncLitLimiter *limiters[] = { asynclit_limiter_new (1), asynclit_limiter_new (1) };
  AsyncLitTask *tasks[60];
  Crowd crowd;

  crowd_init (&crowd);
  let_go (&crowd, G_N_ELEMENTS (tasks));
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = make (&crowd, 'a');
      if (i % 3 != 0)
        asynclit_task_add_limiter (tasks[i], limiters[i % 2]);
      asynclit_task_add_limiter (tasks[i], limiters[(i + 1) % 2]);
      asynclit_task_manager_submit_task (manager, tasks[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_object_unref (tasks[i]);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (asynclit_limiter_get_n_running (limiters[i]), ==, 0);
      g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiters[i]), ==, 0);
      g_object_unref (limiters[i]);
    }
  g_assert_cmpuint (crowd.most_running, <=, 2);
  crowd_clear (&crowd);
}

static void
test_paused (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task = NULL;
  g_autofree char *text = NULL;
  Crowd crowd;

  crowd_init (&crowd);
  let_go (&crowd, 1);
  task = submit (manager, &crowd, 'a');
  assert_waits (task, ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  text = asynclit_task_explain (task);
  g_assert_cmpstr (text, ==, "waits because its manager is paused");
  asynclit_task_manager_set_paused (manager, FALSE);
  g_assert_false (asynclit_task_manager_get_paused (manager));
  test_wait (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  crowd_clear (&crowd);
}

static void
test_queue_full (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, "max-queued", 1, NULL);
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) second = NULL;
  g_autoptr (AsyncLitTask) third = NULL;
  Crowd crowd;

  crowd_init (&crowd);
  first = submit (manager, &crowd, 'a');
  second = submit (manager, &crowd, 'b');
  third = submit (manager, &crowd, 'c');
  g_assert_true (asynclit_task_get_done (third));
  assert_error (third, ASYNCLIT_ERROR, ASYNCLIT_ERROR_QUEUE_FULL);
  g_assert_cmpuint (asynclit_task_get_attempt (third), ==, 0);
  let_go (&crowd, 2);
  test_wait (first);
  test_wait (second);
  g_assert_cmpstr (crowd.order->str, ==, "ab");
  crowd_clear (&crowd);
}

static void
test_drop_oldest (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, "max-queued", 1, "overflow",
                      ASYNCLIT_OVERFLOW_DROP_OLDEST, NULL);
  g_autoptr (AsyncLitTask) first = NULL;
  g_autoptr (AsyncLitTask) second = NULL;
  g_autoptr (AsyncLitTask) third = NULL;
  Crowd crowd;

  crowd_init (&crowd);
  first = submit (manager, &crowd, 'a');
  second = submit (manager, &crowd, 'b');
  third = submit (manager, &crowd, 'c');
  g_assert_cmpint (asynclit_task_get_status (second), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  assert_waits (third, ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  let_go (&crowd, 2);
  test_wait (first);
  test_wait (third);
  g_assert_cmpstr (crowd.order->str, ==, "ac");
  crowd_clear (&crowd);
}

/* Executors of all kinds */

static int n_async_running, most_async_running; /* of the worker only */

static gboolean
end_async (gpointer task)
{
  n_async_running--;
  asynclit_task_return_int (task, 1);
  return G_SOURCE_REMOVE;
}

static void
run_async (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  GSource *source = g_idle_source_new ();

  n_async_running++;
  most_async_running = MAX (most_async_running, n_async_running);
  g_source_set_callback (source, end_async, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

static void
run_here (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  asynclit_task_return_int (task, 2);
}

static void
test_executors (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  const char *argv[] = { "true", NULL };
  AsyncLitTask *tasks[30];

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      if (i % 3 == 0)
        tasks[i] = asynclit_task_manager_submit_async (manager, NULL, run_async, NULL, NULL);
      else if (i % 3 == 1)
        tasks[i] = asynclit_task_manager_submit_in_context (manager, NULL, run_here, NULL, NULL);
      else
        tasks[i] = asynclit_task_manager_submit_subprocess (manager, NULL, argv);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_iterate_until_completed (tasks[i]);
      g_assert_cmpint (asynclit_task_get_status (tasks[i]), ==, ASYNCLIT_TASK_STATUS_DONE);
      g_object_unref (tasks[i]);
    }
  g_assert_cmpint (most_async_running, ==, 1);
}

/* Retries */

static void
fail_once (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  if (asynclit_task_get_attempt (task) == 1)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 1);
}

/* The one that waits for its retry gives up its place. */
static void
test_retry (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  g_autoptr (AsyncLitRetryPolicy) hour
      = asynclit_retry_policy_new_full (2, 3600, 3600, 1, 0, 0, NULL);
  g_autoptr (AsyncLitRetryPolicy) now = asynclit_retry_policy_new_full (2, 0, 0, 1, 0, 0, NULL);
  g_autoptr (AsyncLitTask) first
      = asynclit_task_manager_submit (manager, hour, fail_once, NULL, NULL);
  g_autoptr (AsyncLitTask) second
      = asynclit_task_manager_submit (manager, now, fail_once, NULL, NULL);

  test_wait (second);
  g_assert_cmpint (asynclit_task_get_status (second), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_assert_cmpuint (asynclit_task_get_attempt (second), ==, 2);
  g_assert_cmpint (asynclit_task_get_substate (first), ==, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
  g_assert_true (asynclit_task_cancel (first));
}

/* Tasks within tasks */

static void
nest (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  AsyncLitTaskManager *manager = user_data;
  g_autoptr (AsyncLitTask) inner = NULL;
  g_autofree char *name = g_strdup (asynclit_task_get_name (task));
  int depth = atoi (name);

  if (depth == 0)
    {
      asynclit_task_return_int (task, 0);
      return;
    }
  inner = asynclit_task_new ();
  name[0]--;
  asynclit_task_set_name (inner, name);
  asynclit_task_set_func (inner, nest, user_data, NULL);
  asynclit_task_manager_submit_task (manager, inner);
  g_assert_true (asynclit_task_wait (inner, -1, NULL, NULL));
  asynclit_task_return_int (task, depth);
}

static void
test_nested (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  AsyncLitTask *tasks[4];

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      tasks[i] = asynclit_task_new ();
      asynclit_task_set_name (tasks[i], "5");
      asynclit_task_set_func (tasks[i], nest, manager, NULL);
      asynclit_task_manager_submit_task (manager, tasks[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      test_wait (tasks[i]);
      g_object_unref (tasks[i]);
    }
}

/* Externally run tasks */

static void
note_ready (AsyncLitTask *task, int *n_ready)
{
  g_atomic_int_inc (n_ready);
}

static GClosure *
new_ready (int *n_ready)
{
  GClosure *closure = g_cclosure_new (G_CALLBACK (note_ready), n_ready, NULL);

  g_closure_set_marshal (closure, g_cclosure_marshal_VOID__VOID);
  return closure;
}

static void
test_externally_run (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  g_autoptr (AsyncLitTask) first = asynclit_task_new ();
  g_autoptr (AsyncLitTask) second = asynclit_task_new ();
  g_autoptr (AsyncLitTask) third = asynclit_task_new ();
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "again");
  int n_second = 0, n_third = 0, n_again = 0;

  g_assert_true (asynclit_task_manager_queue_task (manager, first));
  g_assert_false (asynclit_task_manager_queue_task (manager, second));
  g_assert_false (asynclit_task_manager_queue_task (manager, third));
  g_assert_false (asynclit_task_get_done (second));
  g_assert_false (asynclit_task_begin (second));
  g_assert_false (asynclit_task_when_ready (second, new_ready (&n_second)));
  g_assert_false (asynclit_task_when_ready (third, new_ready (&n_third)));
  g_assert_true (asynclit_task_begin (first));

  /* The place goes to the second one, and is asked for again. */
  g_assert_true (asynclit_task_return_retry (first, error, 0));
  test_poll_until (test_condition_flag, &n_second);
  g_assert_true (asynclit_task_begin (second));
  g_assert_false (asynclit_task_begin (first));
  g_assert_false (asynclit_task_when_ready (first, new_ready (&n_again)));

  /* A waiting task that is cancelled is notified. */
  g_assert_true (asynclit_task_cancel (third));
  test_poll_until (test_condition_flag, &n_third);
  g_assert_false (asynclit_task_begin (third));

  asynclit_task_return_int (second, 2);
  test_poll_until (test_condition_flag, &n_again);
  g_assert_true (asynclit_task_begin (first));
  asynclit_task_return_int (first, 1);
  g_assert_cmpint (n_second + n_third + n_again, ==, 3);
}

static void
test_creator_lends (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "max-running", 1, NULL);
  g_autoptr (AsyncLitTask) outer = asynclit_task_new ();
  g_autoptr (AsyncLitTask) inner = asynclit_task_new ();
  int n_ready = 0;

  g_assert_true (asynclit_task_manager_queue_task (manager, outer));
  g_assert_true (asynclit_task_begin (outer));
  g_assert_false (asynclit_task_manager_queue_task (manager, inner));
  g_assert_false (asynclit_task_when_ready (inner, new_ready (&n_ready)));
  asynclit_task_begin_wait (outer);
  asynclit_task_begin_wait (outer);
  test_poll_until (test_condition_flag, &n_ready);
  g_assert_true (asynclit_task_begin (inner));
  asynclit_task_return_int (inner, 1);
  asynclit_task_end_wait (outer);
  asynclit_task_end_wait (outer);
  asynclit_task_return_int (outer, 1);
}

static gpointer
submit_many (gpointer manager)
{
  for (guint i = 0; i < 500; i++)
    g_object_unref (asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL));
  return NULL;
}

/* Several threads that submit at the same time drop at least as many tasks as they add. */
static void
test_drop_oldest_threads (void)
{
  g_autoptr (AsyncLitTaskManager) manager
      = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, "max-queued", 10, "overflow",
                      ASYNCLIT_OVERFLOW_DROP_OLDEST, NULL);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("submitter", submit_many, manager);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (asynclit_task_manager_get_n_live (manager), ==, 10);
  g_assert_cmpuint (asynclit_task_manager_get_n_cancelled (manager), ==, 1990);
  asynclit_task_manager_set_paused (manager, FALSE);
  g_assert_true (asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, NULL));
}

/* No other code could resume the manager. */
static void
test_paused_manager_goes (void)
{
  AsyncLitTaskManager *manager = g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, "paused", TRUE, NULL);
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);

  g_object_unref (manager);
  test_wait (task);
  test_assert_int_result (task, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/limits/max-running", test_max_running);
  g_test_add_func ("/limits/change", test_change);
  g_test_add_func ("/limits/drop-oldest-threads", test_drop_oldest_threads);
  g_test_add_func ("/limits/paused-manager-goes", test_paused_manager_goes);
  g_test_add_func ("/limits/priority", test_priority);
  g_test_add_func ("/limits/priority-in-pool", test_priority_in_pool);
  g_test_add_func ("/limits/cancel", test_cancel);
  g_test_add_func ("/limits/several", test_several);
  g_test_add_func ("/limits/paused", test_paused);
  g_test_add_func ("/limits/queue-full", test_queue_full);
  g_test_add_func ("/limits/drop-oldest", test_drop_oldest);
  g_test_add_func ("/limits/executors", test_executors);
  g_test_add_func ("/limits/retry", test_retry);
  g_test_add_func ("/limits/nested", test_nested);
  g_test_add_func ("/limits/externally-run", test_externally_run);
  g_test_add_func ("/limits/creator-lends", test_creator_lends);

  return g_test_run ();
}
