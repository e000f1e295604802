/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Notifications of the owner: in which context, in which order, how often, and where the owner's
 * data is destroyed. */

#include "test-support.h"

#define N_CHAIN 100
#define N_POLLED 100

static AsyncLitTaskManager *
manager (void)
{
  return asynclit_get_default_manager ();
}

/* Runs a function in a thread with its own thread-default context. */
typedef void (*ContextFunc) (GMainContext *context, gpointer user_data);

typedef struct
{
  ContextFunc func;
  gpointer user_data;
} ContextCall;

static gpointer
context_thread (gpointer user_data)
{
  ContextCall *call = user_data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  call->func (context, call->user_data);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
call_in_context_thread (ContextFunc func, gpointer user_data)
{
  ContextCall call = { func, user_data };

  g_thread_join (g_thread_new ("owner", context_thread, &call));
}

/* Delivery */

static void
test_delivered_in_main_context (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_recorder_watch (recorder, task);
  test_wait (task);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_until_completed (task);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
}

static void
deliver_in_thread (GMainContext *context, gpointer unused)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_recorder_watch (recorder, task);
  test_iterate_until_completed (task);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
test_delivered_in_thread_default_context (void)
{
  call_in_context_thread (deliver_in_thread, NULL);
}

/* If a thread has two contexts, the one that was the default at the time owns the task. */
static void
test_delivered_in_the_one_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  g_main_context_push_thread_default (context);
  task = asynclit_run (test_work_return_int, NULL, NULL);
  g_main_context_pop_thread_default (context);
  test_recorder_watch (recorder, task);
  test_wait (task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_pending (context);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
}

static void
test_delivered_to_late_subscriber (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_wait (task);
  test_recorder_watch (recorder, task);
  test_iterate_until_completed (task);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
}

static void
test_delivered_for_cancelled (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_recorder_watch (recorder, task);
  asynclit_task_cancel (task);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_count (recorder, "status:cancelled"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
}

/* Dropping a handle does not affect its handlers while the task is live. */
static void
on_completed_count (AsyncLitTask *task, gpointer count)
{
  (*(guint *) count)++;
}

static void
test_delivered_after_handle_was_dropped (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  AsyncLitTask *task = asynclit_run (test_work_gate, gate, NULL);
  guint completed = 0;

  g_signal_connect (task, "completed", G_CALLBACK (on_completed_count), &completed);
  g_object_unref (task);
  test_gate_open (gate);
  test_iterate_until_count (NULL, &completed, 1);
}

/* Status */

static gboolean
condition_running_recorded (gpointer recorder)
{
  return test_recorder_count (recorder, "status:running") > 0;
}

static void
test_status_notified (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_recorder_watch (recorder, task);
  test_gate_await_arrivals (gate, 1);
  test_iterate_until (NULL, condition_running_recorded, recorder);
  test_gate_open (gate);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "status:running status:done completed");
}

static void
on_status_notified (AsyncLitTask *task, GParamSpec *pspec, gpointer heard)
{
  *(AsyncLitTaskStatus *) heard = asynclit_task_get_status (task);
}

static void
on_completed_after_status (AsyncLitTask *task, gpointer heard)
{
  g_assert_cmpint (*(AsyncLitTaskStatus *) heard, ==, ASYNCLIT_TASK_STATUS_DONE);
}

/* g_object_unref() freezes notifications while it drops what may be the last reference, in all
 * threads. A notification in between must neither wait nor be emitted there. */
static void
test_status_while_a_reference_goes (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  AsyncLitTaskStatus heard = ASYNCLIT_TASK_STATUS_PENDING;

  g_signal_connect (task, "notify::status", G_CALLBACK (on_status_notified), &heard);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed_after_status), &heard);
  asynclit_task_return_int (task, 1);
  g_object_freeze_notify (G_OBJECT (task));
  test_iterate_pending (NULL);
  g_assert_cmpint (heard, ==, ASYNCLIT_TASK_STATUS_DONE);
  g_object_thaw_notify (G_OBJECT (task));
}

/* Callbacks */

static void
on_callback (AsyncLitTask *task, gpointer recorder)
{
  g_assert_true (asynclit_task_get_done (task));
  test_recorder_add (recorder, "called");
}

static void
test_callback_before_end (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_gate, gate, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  asynclit_task_add_callback (task, on_callback, recorder, NULL);
  asynclit_task_add_callback (task, on_callback, recorder, NULL);
  test_gate_open (gate);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "called called");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
test_callback_after_end (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  asynclit_task_add_callback (task, on_callback, recorder, NULL);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "called");
}

static gpointer
add_callback_elsewhere (gpointer user_data)
{
  gpointer *pair = user_data;

  asynclit_task_add_callback (pair[0], on_callback, pair[1], NULL);
  return NULL;
}

static void
test_callback_added_by_another_thread (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  gpointer pair[] = { task, recorder };

  test_wait (task);
  g_thread_join (g_thread_new ("adder", add_callback_elsewhere, pair));
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "called");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
}

static void
ignore_completed (AsyncLitTask *task, gpointer token)
{
}

static void
test_callback_data_destroyed (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  g_autoptr (TestToken) token = test_token_new ();

  asynclit_task_add_callback (task, ignore_completed, test_token_ref (token), test_token_destroy);
  test_iterate_until_completed (task);
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

/* Retrying */

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, const GError *error,
             gpointer recorder)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  test_recorder_add (recorder, "%u:%g:%s", attempt, delay, error->message);
}

static void
test_retrying_arguments (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_new_full (5, 0.25, 60, 2, 0, 0, &error);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  gint countdown = 1;
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_submit (
      manager (), retry, test_work_fail_n_times, &countdown, NULL);

  g_assert_no_error (error);
  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), recorder);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "1:0.25:attempt 1 failed");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
  test_assert_int_result (task, 2);
}

static void
test_retrying_before_completed (void)
{
  g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_submit (manager (), retry, test_work_fail, NULL, NULL);
  g_autofree char *joined = NULL;

  test_recorder_watch (recorder, task);
  test_iterate_until_completed (task);
  test_iterate_pending (NULL);
  joined = test_recorder_join (recorder);
  g_assert_cmpuint (test_recorder_count (recorder, "retrying:1"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "retrying:2"), ==, 1);
  g_assert_cmpuint (test_recorder_count (recorder, "retrying:3"), ==, 0);
  g_assert_cmpuint (test_recorder_count (recorder, "completed"), ==, 1);
  g_assert_true (g_str_has_suffix (joined, "completed"));
}

/* Re-entrancy */

static void
on_completed_nest (AsyncLitTask *task, gpointer recorder)
{
  g_autoptr (AsyncLitTask) inner = asynclit_run (test_work_return_int, NULL, NULL);

  test_recorder_add (recorder, "outer");
  asynclit_task_add_callback (inner, on_callback, recorder, NULL);
  test_iterate_until_completed (inner);
  test_recorder_add (recorder, "end");
}

/* A main loop inside a handler, such as that of a dialog, continues to deliver. */
static void
test_nested_loop_in_handler (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);

  g_signal_connect (task, "completed", G_CALLBACK (on_completed_nest), recorder);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "outer called end");
}

static void
on_completed_chain (AsyncLitTask *task, gpointer user_data)
{
  guint *links = user_data;
  g_autoptr (AsyncLitTask) next = NULL;

  if (++*links == N_CHAIN)
    return;
  next = asynclit_run (test_work_return_int, NULL, NULL);
  g_signal_connect (next, "completed", G_CALLBACK (on_completed_chain), links);
}

static void
test_submit_in_handler (void)
{
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);
  guint links = 0;

  g_signal_connect (task, "completed", G_CALLBACK (on_completed_chain), &links);
  test_iterate_until_count (NULL, &links, N_CHAIN);
  test_iterate_pending (NULL);
  g_assert_cmpuint (links, ==, N_CHAIN);
}

static void
on_completed_disconnect (AsyncLitTask *task, gpointer recorder)
{
  test_recorder_add (recorder, "once");
  g_assert_cmpuint (g_signal_handlers_disconnect_by_data (task, recorder), >, 0);
}

static void
test_disconnect_in_handler (void)
{
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = asynclit_run (test_work_return_int, NULL, NULL);

  g_signal_connect (task, "completed", G_CALLBACK (on_completed_disconnect), recorder);
  test_iterate_until_completed (task);
  test_recorder_assert (recorder, "once");
}

/* Where things are destroyed */

static void
work_return_token (AsyncLitTask *task, GCancellable *cancellable, gpointer token)
{
  asynclit_task_return_pointer (task, test_token_ref (token), test_token_destroy);
}

static void
test_destroyed_user_data (void)
{
  g_autoptr (TestToken) token = test_token_new ();

  g_object_unref (asynclit_run (test_work_nothing, test_token_ref (token), test_token_destroy));
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

static void
destroy_in_owner_thread (GMainContext *context, gpointer unused)
{
  g_autoptr (AsyncLitTaskManager) own = asynclit_task_manager_new ();
  g_autoptr (TestToken) token = test_token_new ();
  AsyncLitTask *task
      = asynclit_task_manager_submit (own, NULL, work_return_token, token, NULL);

  test_wait (task);
  g_thread_join (g_thread_new ("dropper", (GThreadFunc) (GCallback) g_object_unref, task));
  g_thread_join (g_thread_new ("dropper", (GThreadFunc) (GCallback) g_object_unref,
                               g_steal_pointer (&own)));
  test_iterate_until (NULL, test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

/* Whichever thread drops the last reference, the result is freed in the thread that owns it. */
static void
test_destroyed_result (void)
{
  call_in_context_thread (destroy_in_owner_thread, NULL);
}

/* Calls the library, like a program that polls from time to time. */
static gboolean
condition_all_destroyed_by_calls (gpointer token)
{
  asynclit_task_manager_cleanup (manager ());
  return test_token_get_destroyed (token) == N_POLLED;
}

static void
test_destroyed_without_iterating (void)
{
  g_autoptr (TestToken) token = test_token_new ();

  for (guint i = 0; i < N_POLLED; i++)
    {
      g_autoptr (AsyncLitTask) task
          = asynclit_run (test_work_nothing, test_token_ref (token), test_token_destroy);

      test_wait (task);
    }
  /* Tasks that were submitted long ago were removed by later submissions. */
  g_assert_cmpuint (test_token_get_destroyed (token), >=, N_POLLED / 2);
  test_poll_until (condition_all_destroyed_by_calls, token);
  g_assert_true (test_token_get_thread (token) == g_thread_self ());
}

/* A task whose context is destroyed before anything was delivered. Nothing is delivered then, and
 * nothing is leaked: the owner's data is freed with the task at the latest. */
static void
check_context_gone (gboolean task_ends_first)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AsyncLitTaskManager) own = asynclit_task_manager_new ();
  g_autoptr (TestGate) gate = test_gate_new ();
  g_autoptr (TestToken) token = test_token_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();
  g_autoptr (AsyncLitTask) task = NULL;

  g_main_context_push_thread_default (context);
  task = asynclit_task_manager_submit (own, NULL, test_work_gate, gate, NULL);
  asynclit_task_add_callback (task, ignore_completed, test_token_ref (token), test_token_destroy);
  g_main_context_pop_thread_default (context);
  test_recorder_watch (recorder, task);
  test_gate_await_arrivals (gate, 1);
  if (!task_ends_first)
    g_main_context_unref (context);
  test_gate_open (gate);
  test_wait (task);
  if (task_ends_first)
    g_main_context_unref (context);

  test_iterate_pending (NULL);
  g_assert_cmpuint (test_recorder_get_length (recorder), ==, 0);
  asynclit_task_manager_set_max_completed (own, 0);
  asynclit_task_manager_cleanup (own);
  g_clear_object (&task);
  test_poll_until (test_condition_token_destroyed, token);
  g_assert_cmpuint (test_token_get_destroyed (token), ==, 1);
}

static void
test_destroyed_with_its_context (void)
{
  check_context_gone (TRUE);
  check_context_gone (FALSE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signals/delivered/in-main-context", test_delivered_in_main_context);
  g_test_add_func ("/signals/delivered/in-thread-default-context",
                   test_delivered_in_thread_default_context);
  g_test_add_func ("/signals/delivered/in-the-one-context", test_delivered_in_the_one_context);
  g_test_add_func ("/signals/delivered/to-late-subscriber", test_delivered_to_late_subscriber);
  g_test_add_func ("/signals/delivered/for-cancelled", test_delivered_for_cancelled);
  g_test_add_func ("/signals/delivered/after-handle-was-dropped",
                   test_delivered_after_handle_was_dropped);
  g_test_add_func ("/signals/status/notified", test_status_notified);
  g_test_add_func ("/signals/status/while-a-reference-goes", test_status_while_a_reference_goes);
  g_test_add_func ("/signals/callback/before-end", test_callback_before_end);
  g_test_add_func ("/signals/callback/after-end", test_callback_after_end);
  g_test_add_func ("/signals/callback/added-by-another-thread",
                   test_callback_added_by_another_thread);
  g_test_add_func ("/signals/callback/data-destroyed", test_callback_data_destroyed);
  g_test_add_func ("/signals/retrying/arguments", test_retrying_arguments);
  g_test_add_func ("/signals/retrying/before-completed", test_retrying_before_completed);
  g_test_add_func ("/signals/nested-loop/in-handler", test_nested_loop_in_handler);
  g_test_add_func ("/signals/submit/in-handler", test_submit_in_handler);
  g_test_add_func ("/signals/disconnect/in-handler", test_disconnect_in_handler);
  g_test_add_func ("/signals/destroyed/user-data", test_destroyed_user_data);
  g_test_add_func ("/signals/destroyed/result", test_destroyed_result);
  g_test_add_func ("/signals/destroyed/without-iterating", test_destroyed_without_iterating);
  g_test_add_func ("/signals/destroyed/with-its-context", test_destroyed_with_its_context);
  return g_test_run ();
}
