/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Properties as property bindings, other languages and inspectors use them: each has the value of
 * its getter, can be set if it is writable, and notifies each change once. */

#include "test-support.h"

static void
count_notify (GObject *object, GParamSpec *property, gpointer count)
{
  ++*(guint *) count;
}

/* Sets a property to a value, and then to the same value again: only the first is a change. */
#define assert_set_notifies_once(object, name, value)                                             \
  G_STMT_START                                                                                    \
  {                                                                                               \
    guint count_ = 0;                                                                             \
    gulong id_ = g_signal_connect (object, "notify::" name, G_CALLBACK (count_notify), &count_);  \
                                                                                                  \
    g_object_set (object, name, value, NULL);                                                     \
    g_assert_cmpuint (count_, ==, 1);                                                             \
    g_object_set (object, name, value, NULL);                                                     \
    g_assert_cmpuint (count_, ==, 1);                                                             \
    g_signal_handler_disconnect (object, id_);                                                    \
  }                                                                                               \
  G_STMT_END

static void
test_task_can_be_set (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);

  assert_set_notifies_once (task, "name", "a name");
  assert_set_notifies_once (task, "executor", ASYNCLIT_EXECUTOR_WORKER);
  assert_set_notifies_once (task, "retry-policy", retry);
  assert_set_notifies_once (task, "abandon-on-cancel", TRUE);
  assert_set_notifies_once (task, "max-progress", 7u);

  g_assert_cmpstr (asynclit_task_get_name (task), ==, "a name");
  g_assert_cmpint (asynclit_task_get_executor (task), ==, ASYNCLIT_EXECUTOR_WORKER);
  g_assert_true (asynclit_task_get_retry_policy (task) == retry);
  g_assert_true (asynclit_task_get_abandon_on_cancel (task));
  g_assert_cmpuint (asynclit_task_get_max_progress (task), ==, 7);

  assert_set_notifies_once (task, "abandon-on-cancel", FALSE);
  g_assert_false (asynclit_task_get_abandon_on_cancel (task));
}

static void
test_task_settings_can_be_read (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (2);
  g_autoptr (AsyncLitTask) task
      = g_object_new (ASYNCLIT_TYPE_TASK, "name", "a name", "executor", ASYNCLIT_EXECUTOR_CONTEXT,
                      "retry-policy", retry, "abandon-on-cancel", TRUE, "max-progress", 7u, NULL);
  g_autofree char *name = NULL;
  AsyncLitExecutor executor;
  g_autoptr (AsyncLitRetryPolicy) retry_read = NULL;
  gboolean abandon;
  guint max_progress;

  g_object_get (task, "name", &name, "executor", &executor, "retry-policy", &retry_read,
                "abandon-on-cancel", &abandon, "max-progress", &max_progress, NULL);
  g_assert_cmpstr (name, ==, "a name");
  g_assert_cmpint (executor, ==, ASYNCLIT_EXECUTOR_CONTEXT);
  g_assert_true (retry_read == retry);
  g_assert_true (abandon);
  g_assert_cmpuint (max_progress, ==, 7);
}

static void
test_task_state_can_be_read (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_fail, NULL, NULL);
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  AsyncLitTaskStatus status;
  AsyncLitTaskSubstate substate;
  gboolean done;
  guint attempt;

  test_wait (task);
  g_object_get (task, "id", &id, "status", &status, "substate", &substate, "done", &done, "error",
                &error, "attempt", &attempt, NULL);
  g_assert_cmpstr (id, ==, asynclit_task_get_id (task));
  g_assert_cmpint (status, ==, ASYNCLIT_TASK_STATUS_ERROR);
  g_assert_cmpint (substate, ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_true (done);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (attempt, ==, 1);
}

static void
test_task_times_can_be_read (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (2, 500.0, 500.0, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      asynclit_get_default_manager (), retry, test_work_fail, NULL, NULL);
  double created, started, finished, next_retry;

  test_poll_until (test_condition_waiting_retry, task);
  g_object_get (task, "created", &created, "started", &started, "next-retry", &next_retry, NULL);
  g_assert_cmpfloat (created, ==, asynclit_task_get_created (task));
  g_assert_cmpfloat (started, ==, asynclit_task_get_started (task));
  g_assert_cmpfloat (next_retry, ==, asynclit_task_get_next_retry (task));
  g_assert_cmpfloat (0, <, created);
  g_assert_cmpfloat (created, <=, started);
  g_assert_cmpfloat (started, <, next_retry);

  g_assert_true (asynclit_task_cancel (task));
  g_object_get (task, "finished", &finished, NULL);
  g_assert_cmpfloat (finished, ==, asynclit_task_get_finished (task));
  g_assert_cmpfloat (started, <=, finished);
}

static void
test_manager (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  gboolean closed;
  guint max_completed;

  assert_set_notifies_once (manager, "max-completed", 3u);
  g_assert_cmpuint (asynclit_task_manager_get_max_completed (manager), ==, 3);
  asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_DRAIN);
  g_object_get (manager, "max-completed", &max_completed, "closed", &closed, NULL);
  g_assert_cmpuint (max_completed, ==, 3);
  g_assert_true (closed);
}

static void
test_retry_policy (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry
      = g_object_new (ASYNCLIT_TYPE_RETRY_POLICY, "max-attempts", 3u, "base-delay", 0.5,
                      "max-delay", 9.0, "multiplier", 1.5, "jitter", 0.25, "jitter-kind",
                      ASYNCLIT_JITTER_KIND_FULL, "max-elapsed", 90.0, NULL);
  guint max_attempts;
  double base_delay, max_delay, multiplier, jitter, max_elapsed;
  AsyncLitJitterKind jitter_kind;

  g_object_get (retry, "max-attempts", &max_attempts, "base-delay", &base_delay, "max-delay",
                &max_delay, "multiplier", &multiplier, "jitter", &jitter, "jitter-kind",
                &jitter_kind, "max-elapsed", &max_elapsed, NULL);
  g_assert_cmpuint (max_attempts, ==, 3);
  g_assert_cmpfloat (base_delay, ==, 0.5);
  g_assert_cmpfloat (max_delay, ==, 9);
  g_assert_cmpfloat (multiplier, ==, 1.5);
  g_assert_cmpfloat (jitter, ==, 0.25);
  g_assert_cmpint (jitter_kind, ==, ASYNCLIT_JITTER_KIND_FULL);
  g_assert_cmpfloat (max_elapsed, ==, 90);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/properties/task/can-be-set", test_task_can_be_set);
  g_test_add_func ("/properties/task/settings-can-be-read", test_task_settings_can_be_read);
  g_test_add_func ("/properties/task/state-can-be-read", test_task_state_can_be_read);
  g_test_add_func ("/properties/task/times-can-be-read", test_task_times_can_be_read);
  g_test_add_func ("/properties/manager", test_manager);
  g_test_add_func ("/properties/retry-policy", test_retry_policy);
  return g_test_run ();
}
