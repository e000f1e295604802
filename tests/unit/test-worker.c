/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-clock-private.h"
#include "asynclit-worker-private.h"

#define N_ROUNDS 300

static GAsyncQueue *answers;

static void
answer_thread (gpointer data, gpointer user_data)
{
  g_async_queue_push (answers, g_thread_self ());
}

static gpointer
invoke_and_wait (void)
{
  asynclit_worker_invoke (answer_thread, answers, NULL);
  return g_async_queue_pop (answers);
}

static void
check_current (gpointer data, gpointer user_data)
{
  gboolean is_current = asynclit_worker_is_current ()
                        && g_main_context_get_thread_default () == asynclit_get_worker_context ();

  g_async_queue_push (answers, GINT_TO_POINTER (is_current ? 1 : 2));
}

static void
test_invoke (void)
{
  g_assert_true (invoke_and_wait () != g_thread_self ());
  g_assert_true (invoke_and_wait () == invoke_and_wait ());
  g_assert_false (asynclit_worker_is_current ());
  asynclit_worker_invoke (check_current, answers, NULL);
  g_assert_cmpint (GPOINTER_TO_INT (g_async_queue_pop (answers)), ==, 1);
}

static gboolean
stop (void)
{
  return asynclit_worker_stop (g_get_monotonic_time () + 30 * G_USEC_PER_SEC);
}

static void
test_stop_and_restart (void)
{
  GMainContext *context = asynclit_get_worker_context ();

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      invoke_and_wait ();
      stop ();
    }
  stop ();
  g_assert_true (asynclit_get_worker_context () == context);
  invoke_and_wait ();
}

static gpointer
stop_often (gpointer data)
{
  while (!g_atomic_int_get ((int *) data))
    stop ();
  return NULL;
}

/* Nothing that is pushed while the thread is being stopped waits forever. */
static void
test_stop_against_push (void)
{
  int over = FALSE;
  GThread *stoppers[2];

  for (guint i = 0; i < G_N_ELEMENTS (stoppers); i++)
    stoppers[i] = g_thread_new ("stopper", stop_often, &over);
  for (guint i = 0; i < N_ROUNDS; i++)
    invoke_and_wait ();
  g_atomic_int_set (&over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (stoppers); i++)
    g_thread_join (stoppers[i]);
}

static void
answer_timer (AsyncLitTimer *timer)
{
  g_async_queue_push (answers, timer);
}

/* A timer starts the thread again. */
static void
test_timer (void)
{
  AsyncLitTimer timer;
  AsyncLitTimer later;

  invoke_and_wait ();
  stop ();
  asynclit_timer_init (&timer, answer_timer);
  g_assert_true (asynclit_worker_start_timer (&timer, asynclit_clock_now () + 1000));
  g_assert_true (g_async_queue_pop (answers) == &timer);
  g_assert_false (asynclit_worker_stop_timer (&timer));

  asynclit_timer_init (&later, answer_timer);
  asynclit_worker_start_timer (&later, asynclit_clock_now () + G_TIME_SPAN_HOUR);
  g_assert_true (asynclit_worker_stop_timer (&later));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  answers = g_async_queue_new ();
  g_test_add_func ("/worker/invoke", test_invoke);
  g_test_add_func ("/worker/stop-and-restart", test_stop_and_restart);
  g_test_add_func ("/worker/stop-against-push", test_stop_against_push);
  g_test_add_func ("/worker/timer", test_timer);
  return g_test_run ();
}
