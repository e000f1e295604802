/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-context-executor-private.h"
#include "asynclit-error.h"

typedef struct {
  AsyncLitJob job;
  GQueue *order; /* of CountingJob, in the order in which they ran */
  GThread *thread;
  int lost_code;
} CountingJob;

static void
counting_job_run (AsyncLitJob *job, const GError *lost)
{
  CountingJob *self = (CountingJob *) job;

  self->thread = g_thread_self ();
  self->lost_code = lost != NULL ? lost->code : -1;
  g_queue_push_tail (self->order, self);
}

static void
jobs_init (CountingJob *jobs, guint n, GQueue *order)
{
  for (guint i = 0; i < n; i++)
    jobs[i] = (CountingJob){ .job.run = counting_job_run, .order = order, .lost_code = -2 };
}

static void
test_order (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitContextExecutor) executor
      = asynclit_context_executor_get (context, G_PRIORITY_DEFAULT);
  g_auto (GQueue) order = G_QUEUE_INIT;
  CountingJob jobs[10];

  jobs_init (jobs, G_N_ELEMENTS (jobs), &order);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    asynclit_context_executor_push (executor, &jobs[i].job);
  g_assert_true (asynclit_context_executor_has_jobs (executor));
  g_assert_cmpuint (order.length, ==, 0);
  while (order.length < G_N_ELEMENTS (jobs))
    g_main_context_iteration (context, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_assert_true (g_queue_pop_head (&order) == &jobs[i]);
  g_assert_false (asynclit_context_executor_has_jobs (executor));
}

static gpointer
push_from_thread (gpointer data)
{
  CountingJob *job = ((gpointer *) data)[0];

  asynclit_context_executor_push (((gpointer *) data)[1], &job->job);
  return NULL;
}

/* A sleeping context is woken. */
static void
test_wakes (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitContextExecutor) executor
      = asynclit_context_executor_get (context, G_PRIORITY_DEFAULT);
  g_auto (GQueue) order = G_QUEUE_INIT;
  CountingJob job;
  gpointer data[] = { &job, executor };

  for (guint round = 0; round < 200; round++)
    {
      GThread *thread;

      jobs_init (&job, 1, &order);
      thread = g_thread_new ("pusher", push_from_thread, data);
      while (order.length == 0)
        g_main_context_iteration (context, TRUE);
      g_assert_true (job.thread == g_thread_self ());
      g_queue_clear (&order);
      g_thread_join (thread);
    }
}

static void
test_same_for_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainContext) other = g_main_context_new ();
  g_autoptr (AsyncLitContextExecutor) a = asynclit_context_executor_get (context, 0);
  g_autoptr (AsyncLitContextExecutor) b = asynclit_context_executor_get (context, 0);
  g_autoptr (AsyncLitContextExecutor) c = asynclit_context_executor_get (other, 0);

  g_assert_true (a == b);
  g_assert_true (a != c);
}

/* Jobs that can't run any more get an error: those in the queue, and later ones. */
static void
test_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AsyncLitContextExecutor) executor
      = asynclit_context_executor_get (context, G_PRIORITY_DEFAULT);
  g_auto (GQueue) order = G_QUEUE_INIT;
  CountingJob jobs[2];

  jobs_init (jobs, G_N_ELEMENTS (jobs), &order);
  asynclit_context_executor_push (executor, &jobs[0].job);
  g_main_context_unref (context);
  g_assert_cmpint (jobs[0].lost_code, ==, ASYNCLIT_ERROR_CONTEXT_GONE);
  asynclit_context_executor_push (executor, &jobs[1].job);
  g_assert_cmpint (jobs[1].lost_code, ==, ASYNCLIT_ERROR_CONTEXT_GONE);
  g_assert_cmpuint (order.length, ==, 2);
}

static void
test_is_current (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AsyncLitContextExecutor) executor = asynclit_context_executor_get (context, 0);

  g_assert_false (asynclit_context_executor_is_current (executor));
  g_main_context_push_thread_default (context);
  g_assert_true (asynclit_context_executor_is_current (executor));
  g_main_context_pop_thread_default (context);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context-executor/order", test_order);
  g_test_add_func ("/context-executor/wakes", test_wakes);
  g_test_add_func ("/context-executor/same-for-context", test_same_for_context);
  g_test_add_func ("/context-executor/context-gone", test_context_gone);
  g_test_add_func ("/context-executor/is-current", test_is_current);
  return g_test_run ();
}
