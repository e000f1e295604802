/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Deadlines, signs of life and cancellables of others, on a clock that the test moves. */

#include "time-limits.h"

/* The deadline of a task */

static AsyncLitTask *
new_task_with_deadline (Work *work, double deadline)
{
  AsyncLitTask *task = new_task (work, 0);

  asynclit_task_set_deadline (task, deadline);
  return task;
}

static void
sleep_for (double seconds)
{
  static gint64 slept;

  slept += (gint64) (seconds * G_USEC_PER_SEC);
  asynclit_clock_set_slept (slept);
  advance (0);
}

static void
test_deadline (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new (3);
  Work work = { .n_obeys = 1 };
  g_autoptr (AsyncLitTask) task = new_task_with_deadline (&work, 10);

  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  wait_for_number (&work.n_begun, 1);
  advance (10);
  assert_timed_out (task);
  g_assert_cmpstr (asynclit_task_get_error (task)->message, ==,
                   "It had not ended by its deadline of 10 seconds");
  g_assert_cmpint (work.n_begun, ==, 1);
}

/* All attempts together, and the delays between them. */
static void
test_deadline_of_all (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new_full (9, 5, 5, 1, 0, 0, NULL);
  Work work = { .n_obeys = 1 };
  g_autoptr (AsyncLitTask) task = new_task_with_deadline (&work, 29);

  asynclit_task_set_timeout (task, 10);
  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  for (int i = 1; i <= 2; i++)
    {
      wait_for_number (&work.n_begun, i);
      advance (10);
      wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
      advance (i == 1 ? 5 : 4);
    }
  assert_timed_out (task);
  await_worker ();
  g_assert_cmpint (work.n_begun, ==, 2);
}

/* In every gate, and in the queue of an executor. */
static void
test_deadline_while_waiting (void)
{
  g_autoptr (AsyncLitLimiter) limiter = asynclit_limiter_new (1);
  Work blocking = { 0 }, work = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) first = new_task (&blocking, 0);
  AsyncLitTask *tasks[3];

  asynclit_task_add_limiter (first, limiter);
  submit (first);
  wait_for_number (&blocking.n_begun, 1);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = new_task_with_deadline (&work, 10);
  asynclit_task_add_limiter (tasks[0], limiter);
  asynclit_task_add_dependency (tasks[1], first);
  asynclit_task_set_delay (tasks[2], 3600);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    submit (tasks[i]);
  g_assert_cmpint (asynclit_task_get_substate (tasks[0]), ==,
                   ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER);
  advance (10);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    assert_timed_out (tasks[i]);
  g_atomic_int_set (&blocking.may_return, TRUE);
  wait_for (first);
  advance (3600);
  await_worker ();
  g_assert_cmpint (work.n_begun, ==, 0);
  g_assert_cmpuint (asynclit_limiter_get_n_running (limiter), ==, 0);
  g_assert_cmpuint (asynclit_limiter_get_n_waiting (limiter), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    g_object_unref (tasks[i]);
}

/* A task of the main context, which is not iterated. */
static void
test_deadline_in_queue (void)
{
  Work work = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task_with_deadline (&work, 10);
  g_autoptr (AsyncLitTask) external = asynclit_task_new ();

  asynclit_task_set_executor (task, ASYNCLIT_EXECUTOR_CONTEXT);
  submit (task);
  asynclit_task_set_deadline (external, 10);
  asynclit_task_manager_queue_task (asynclit_get_default_manager (), external);
  advance (10);
  while (!asynclit_task_get_done (task) || !asynclit_task_get_done (external))
    g_thread_yield ();
  g_assert_false (asynclit_task_begin (external));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  assert_timed_out (task);
  assert_timed_out (external);
  g_assert_cmpint (work.n_begun, ==, 0);
}

/* The deadline and a delay go on while the computer sleeps; a time-out does not. */
static void
test_sleep (void)
{
  Work work = { .n_obeys = 1 }, obeying = { .n_obeys = 1 }, delayed = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);
  g_autoptr (AsyncLitTask) late = new_task_with_deadline (&obeying, 10);
  g_autoptr (AsyncLitTask) later = new_task (&delayed, 0);

  asynclit_task_set_delay (later, 10);
  submit (task);
  submit (late);
  submit (later);
  wait_for_number (&work.n_begun, 1);
  wait_for_number (&obeying.n_begun, 1);
  sleep_for (10);
  assert_timed_out (late);
  wait_for (later);
  await_worker ();
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  advance (10);
  assert_timed_out (task);
}

/* What a function submits */
typedef struct {
  AsyncLitTask *children[3];
  Work work;
  int is_submitted; /* atomic */
} Family;

static void
submit_children (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Family *family = user_data;

  for (guint i = 0; i < 3; i++)
    {
      family->children[i] = new_task (&family->work, 0);
      if (i > 0)
        asynclit_task_set_deadline (family->children[i], i == 1 ? 5 : 3600);
      submit (family->children[i]);
    }
  g_atomic_int_set (&family->is_submitted, TRUE);
  asynclit_task_return_int (task, 1);
}

static void
test_inherited (void)
{
  Family family = { .work = { .n_obeys = 1 } };
  g_autoptr (AsyncLitTask) task = asynclit_task_new ();
  g_autoptr (AsyncLitTask) stranger = asynclit_task_new ();
  g_autoptr (AsyncLitTask) settled_by_others = asynclit_task_new ();

  asynclit_task_set_func (task, submit_children, &family, NULL);
  asynclit_task_set_deadline (task, 10);
  asynclit_task_set_delay (task, 4);
  submit (task);
  advance (4);
  wait_for (task);
  wait_for_number (&family.work.n_begun, 3);
  advance (5);
  assert_timed_out (family.children[1]);
  await_worker ();
  g_assert_false (asynclit_task_get_done (family.children[0]));
  g_assert_false (asynclit_task_get_done (family.children[2]));
  advance (1);
  assert_timed_out (family.children[0]);
  assert_timed_out (family.children[2]);
  g_assert_cmpstr (asynclit_task_get_error (family.children[2])->message, ==,
                   "It had not ended by the deadline of the task that submitted it");
  g_assert_cmpstr (asynclit_task_get_error (family.children[1])->message, ==,
                   "It had not ended by its deadline of 5 seconds");
  g_assert_true (asynclit_task_inherit_deadline (stranger, task));
  g_assert_false (asynclit_task_inherit_deadline (stranger, stranger));
  /* No time is left: it must not begin. */
  g_assert_true (asynclit_task_inherit_deadline (settled_by_others, task));
  submit (settled_by_others);
  assert_timed_out (settled_by_others);
  g_atomic_int_set (&family.work.n_begun, 0);
  asynclit_task_set_func (stranger, run, &family.work, NULL);
  submit (stranger);
  g_assert_true (asynclit_task_get_done (stranger));
  assert_timed_out (stranger);
  await_worker ();
  g_assert_cmpint (family.work.n_begun, ==, 0);
  for (guint i = 0; i < 3; i++)
    g_object_unref (family.children[i]);
}

/* The cancellable of others */

static void
test_parent (void)
{
  g_autoptr (GCancellable) parent = g_cancellable_new ();
  Work work = { .n_obeys = 1 }, never = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 0);
  g_autoptr (AsyncLitTask) waiting = new_task (&never, 0);
  g_autoptr (AsyncLitTask) late = new_task (&never, 0);
  g_autoptr (AsyncLitTask) done = new_task (&never, 0);

  asynclit_task_set_parent_cancellable (task, parent);
  asynclit_task_set_parent_cancellable (waiting, parent);
  asynclit_task_set_delay (waiting, 3600);
  g_object_set (late, "parent-cancellable", parent, NULL);
  asynclit_task_set_parent_cancellable (done, parent);
  g_assert_true (asynclit_task_get_parent_cancellable (late) == parent);
  submit (done);
  wait_for (done);
  g_assert_cmpint (asynclit_task_get_status (done), ==, ASYNCLIT_TASK_STATUS_DONE);
  g_atomic_int_set (&never.n_begun, 0);
  submit (task);
  submit (waiting);
  wait_for_number (&work.n_begun, 1);
  g_cancellable_cancel (parent);
  g_assert_cmpint (asynclit_task_get_status (waiting), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  wait_for (task);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  submit (late);
  g_assert_cmpint (asynclit_task_get_status (late), ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  await_worker ();
  g_assert_cmpint (never.n_begun, ==, 0);
  g_assert_cmpint (asynclit_task_get_status (done), ==, ASYNCLIT_TASK_STATUS_DONE);
}

/* Nothing of the task stays at the cancellable of a window. */
static void
test_parent_is_left (void)
{
  g_autoptr (GCancellable) parent = g_cancellable_new ();
  Work work = { .n_succeeds = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 0);

  asynclit_task_set_parent_cancellable (task, parent);
  submit (task);
  wait_for (task);
  while (g_signal_handler_find (parent, G_SIGNAL_MATCH_ID,
                                g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, NULL, NULL,
                                NULL)
         != 0)
    g_thread_yield ();
}

/* Signs of life */

static void
note_stalled (GObject *task, GParamSpec *pspec, gpointer text)
{
  g_string_append (text, asynclit_task_get_stalled ((AsyncLitTask *) task) ? "+" : "-");
}

static void
wait_for_text (GString *text, const char *wanted)
{
  while (!g_str_equal (text->str, wanted))
    g_main_context_iteration (NULL, TRUE);
}

static void
report (AsyncLitTask *task)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  asynclit_task_report_progress (task, &value);
}

static void
set_progress (AsyncLitTask *task)
{
  asynclit_task_set_progress (task, 1, 2);
}

static void
test_stalled (void)
{
  void (*const signs[]) (AsyncLitTask *) = { asynclit_task_heartbeat, report, set_progress };
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GString) wanted = g_string_new (NULL);
  Work work = { 0 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 0);

  asynclit_task_set_stall_timeout (task, 10);
  g_signal_connect (task, "notify::stalled", G_CALLBACK (note_stalled), told);
  submit (task);
  wait_for_number (&work.n_begun, 1);
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    {
      advance (9);
      await_worker ();
      signs[i](task);
      advance (9);
      await_worker ();
      g_assert_false (asynclit_task_get_stalled (task));
      advance (1);
      wait_for_text (told, g_string_append (wanted, "+")->str);
      signs[i](task);
      g_assert_false (asynclit_task_get_stalled (task));
      wait_for_text (told, g_string_append (wanted, "-")->str);
    }
  advance (10);
  wait_for_text (told, g_string_append (wanted, "+")->str);
  assert_explained (task, "runs, but gives no sign of life");
  g_atomic_int_set (&work.may_return, TRUE);
  wait_for (task);
  wait_for_text (told, g_string_append (wanted, "-")->str);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_DONE);
  asynclit_task_heartbeat (task);
  advance (100);
  await_worker ();
  g_assert_false (asynclit_task_get_stalled (task));
}

/* Only while it runs. */
static void
test_stalled_attempts (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy
      = asynclit_retry_policy_new_full (2, 100, 100, 1, 0, 0, NULL);
  Work work = { .n_obeys = 1 };
  g_autoptr (AsyncLitTask) task = new_task (&work, 10);

  asynclit_task_set_delay (task, 100);
  asynclit_task_set_stall_timeout (task, 5);
  asynclit_task_set_retry_policy (task, policy);
  submit (task);
  for (int i = 1; i <= 2; i++)
    {
      advance (50);
      await_worker ();
      g_assert_false (asynclit_task_get_stalled (task));
      advance (50);
      wait_for_number (&work.n_begun, i);
      advance (5);
      while (!asynclit_task_get_stalled (task))
        g_thread_yield ();
      advance (5);
      if (i == 1)
        wait_for_substate (task, ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY);
    }
  assert_timed_out (task);
  g_assert_false (asynclit_task_get_stalled (task));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  asynclit_clock_replace (get_manual_now);
  g_test_add_func ("/deadlines/running", test_deadline);
  g_test_add_func ("/deadlines/of-all", test_deadline_of_all);
  g_test_add_func ("/deadlines/while-waiting", test_deadline_while_waiting);
  g_test_add_func ("/deadlines/in-queue", test_deadline_in_queue);
  g_test_add_func ("/deadlines/inherited", test_inherited);
  g_test_add_func ("/deadlines/sleep", test_sleep);
  g_test_add_func ("/deadlines/stalled/notified", test_stalled);
  g_test_add_func ("/deadlines/stalled/attempts", test_stalled_attempts);
  g_test_add_func ("/deadlines/parent/cancelled", test_parent);
  g_test_add_func ("/deadlines/parent/left", test_parent_is_left);
  return g_test_run ();
}
