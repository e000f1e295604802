/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stress-support.h"

#include "test-child.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER TRUE
#else
#define UNDER_SANITIZER FALSE
#endif

/* Sanitizers slow down by a factor of 5 to 15, and valgrind by 20 to 50, with one processor. */
#define SANITIZER_DIVISOR 10
#define SLOW_DIVISOR 50

gboolean
stress_is_slow (void)
{
  return UNDER_SANITIZER || g_getenv ("ASYNCLIT_UNDER_VALGRIND") != NULL;
}

guint
stress_scale (guint n)
{
  guint divisor = 1;

  if (g_getenv ("ASYNCLIT_UNDER_VALGRIND") != NULL)
    divisor = SLOW_DIVISOR;
  else if (UNDER_SANITIZER)
    divisor = SANITIZER_DIVISOR;
  return MAX (n / divisor, 1);
}

gboolean
stress_memory_counts (void)
{
  return !stress_is_slow ();
}

gsize
stress_get_resident (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  unsigned long size, resident;

  g_file_get_contents ("/proc/self/statm", &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &resident), ==, 2);
  return resident * (gsize) sysconf (_SC_PAGESIZE);
}

void
stress_spin (guint steps)
{
  for (volatile guint i = 0; i < steps; i++)
    ;
}

/* Probes */

struct _StressProbes {
  StressProbe *items;
  guint n;
  gint taken; /* atomic, as are the others */
  gint released;
  gint released_elsewhere;
  gint completed;
};

StressProbes *
stress_probes_new (guint n)
{
  StressProbes *probes = g_new0 (StressProbes, 1);

  probes->items = g_new0 (StressProbe, n);
  probes->n = n;
  return probes;
}

void
stress_probes_free (StressProbes *probes)
{
  g_free (probes->items);
  g_free (probes);
}

StressProbe *
stress_probes_take (StressProbes *probes)
{
  guint index = (guint) g_atomic_int_add (&probes->taken, 1);
  StressProbe *probe;

  g_assert_cmpuint (index, <, probes->n);
  probe = &probes->items[index];
  probe->all = probes;
  probe->owner = g_thread_self ();
  return probe;
}

guint
stress_probes_get_taken (StressProbes *probes)
{
  return (guint) g_atomic_int_get (&probes->taken);
}

guint
stress_probes_get_released (StressProbes *probes)
{
  return (guint) g_atomic_int_get (&probes->released);
}

guint
stress_probes_get_released_elsewhere (StressProbes *probes)
{
  return (guint) g_atomic_int_get (&probes->released_elsewhere);
}

guint
stress_probes_get_completed (StressProbes *probes)
{
  return (guint) g_atomic_int_get (&probes->completed);
}

gboolean
stress_condition_released (gpointer probes)
{
  return stress_probes_get_released (probes) >= stress_probes_get_taken (probes);
}

gboolean
stress_condition_completed (gpointer probes)
{
  return stress_probes_get_completed (probes) >= stress_probes_get_taken (probes);
}

void
stress_probes_assert_released_once (StressProbes *probes)
{
  for (guint i = 0; i < stress_probes_get_taken (probes); i++)
    g_assert_cmpint (g_atomic_int_get (&probes->items[i].released), ==, 1);
}

void
stress_probes_assert_completed_once (StressProbes *probes)
{
  for (guint i = 0; i < stress_probes_get_taken (probes); i++)
    g_assert_cmpuint (probes->items[i].completed, ==, 1);
}

void
stress_probe_work (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  StressProbe *probe = user_data;

  g_assert_cmpint (g_atomic_int_add (&probe->inside, 1), ==, 0);
  g_atomic_int_inc (&probe->runs);
  asynclit_task_return_int (task, g_atomic_int_get (&probe->runs));
  g_atomic_int_add (&probe->inside, -1);
}

void
stress_probe_work_busy (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  StressProbe *probe = user_data;

  g_assert_cmpint (g_atomic_int_add (&probe->inside, 1), ==, 0);
  g_atomic_int_inc (&probe->runs);
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  g_atomic_int_add (&probe->inside, -1);
}

void
stress_probe_completed (AsyncLitTask *task, gpointer user_data)
{
  StressProbe *probe = user_data;

  g_assert_true (probe->owner == g_thread_self ());
  g_assert_true (asynclit_task_get_done (task));
  g_assert_cmpint (g_atomic_int_get (&probe->inside), ==, 0);
  probe->completed++;
  g_assert_cmpuint (probe->completed, ==, 1);
  g_atomic_int_inc (&probe->all->completed);
}

void
stress_probe_release (gpointer user_data)
{
  StressProbe *probe = user_data;

  g_assert_cmpint (g_atomic_int_add (&probe->released, 1), ==, 0);
  if (probe->owner != g_thread_self ())
    g_atomic_int_inc (&probe->all->released_elsewhere);
  g_atomic_int_inc (&probe->all->released);
}

AsyncLitTask *
stress_submit (AsyncLitTaskManager *manager, AsyncLitExecutor executor, AsyncLitRetryPolicy *retry,
               AsyncLitTaskFunc func, StressProbe *probe)
{
  switch (executor)
    {
    case ASYNCLIT_EXECUTOR_THREAD_POOL:
      return asynclit_task_manager_submit (manager, retry, func, probe, stress_probe_release);
    case ASYNCLIT_EXECUTOR_WORKER:
      return asynclit_task_manager_submit_async (manager, retry, func, probe, stress_probe_release);
    case ASYNCLIT_EXECUTOR_CONTEXT:
      return asynclit_task_manager_submit_in_context (manager, retry, func, probe,
                                                      stress_probe_release);
    default:
      g_assert_not_reached ();
    }
}

void
stress_wait_for_manager (AsyncLitTaskManager *manager)
{
  g_autoptr (GError) error = NULL;
  gboolean idle = asynclit_task_manager_wait (manager, TEST_WATCHDOG_SECONDS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (idle);
  g_assert_cmpuint (stress_count_tasks (manager, ASYNCLIT_TASK_FILTER_LIVE), ==, 0);
}

guint
stress_count_tasks (AsyncLitTaskManager *manager, AsyncLitTaskFilter filter)
{
  g_autoptr (GPtrArray) tasks = asynclit_task_manager_list_tasks (manager, filter, NULL);

  return tasks->len;
}

/* Queues */

struct _StressQueue {
  pthread_mutex_t lock; /* guards the rest */
  pthread_cond_t filled;
  GQueue items;
};

StressQueue *
stress_queue_new (void)
{
  StressQueue *queue = g_new0 (StressQueue, 1);

  pthread_mutex_init (&queue->lock, NULL);
  pthread_cond_init (&queue->filled, NULL);
  g_queue_init (&queue->items);
  return queue;
}

void
stress_queue_free (StressQueue *queue)
{
  g_queue_clear (&queue->items);
  pthread_cond_destroy (&queue->filled);
  pthread_mutex_destroy (&queue->lock);
  g_free (queue);
}

void
stress_queue_push (StressQueue *queue, gpointer item)
{
  pthread_mutex_lock (&queue->lock);
  g_queue_push_tail (&queue->items, item);
  pthread_cond_signal (&queue->filled);
  pthread_mutex_unlock (&queue->lock);
}

gpointer
stress_queue_pop (StressQueue *queue)
{
  gpointer item;

  pthread_mutex_lock (&queue->lock);
  while (g_queue_is_empty (&queue->items))
    pthread_cond_wait (&queue->filled, &queue->lock);
  item = g_queue_pop_head (&queue->items);
  pthread_mutex_unlock (&queue->lock);
  return item;
}

gboolean
stress_queue_is_empty (StressQueue *queue)
{
  gboolean is_empty;

  pthread_mutex_lock (&queue->lock);
  is_empty = g_queue_is_empty (&queue->items);
  pthread_mutex_unlock (&queue->lock);
  return is_empty;
}

/* Threads */

struct _StressThreads {
  StressThreadFunc func;
  gpointer user_data;
  pthread_barrier_t begin;
  gint next_index; /* atomic */
  guint n;
  GThread *threads[];
};

static gpointer
stress_thread_main (gpointer user_data)
{
  StressThreads *threads = user_data;
  guint index = (guint) g_atomic_int_add (&threads->next_index, 1);

  pthread_barrier_wait (&threads->begin);
  threads->func (index, threads->user_data);
  return NULL;
}

StressThreads *
stress_threads_start (guint n, StressThreadFunc func, gpointer user_data)
{
  StressThreads *threads = g_malloc0 (sizeof (StressThreads) + n * sizeof (GThread *));

  threads->func = func;
  threads->user_data = user_data;
  threads->n = n;
  pthread_barrier_init (&threads->begin, NULL, n);
  for (guint i = 0; i < n; i++)
    threads->threads[i] = g_thread_new ("stress", stress_thread_main, threads);
  return threads;
}

void
stress_threads_join (StressThreads *threads)
{
  for (guint i = 0; i < threads->n; i++)
    g_thread_join (threads->threads[i]);
  pthread_barrier_destroy (&threads->begin);
  g_free (threads);
}

void
stress_end_child (int status)
{
  test_leave_valgrind (status);
#ifdef ASYNCLIT_COVERAGE
  exit (status); /* writes the coverage */
#endif
  _exit (status);
}

GMainContext *
stress_context_push (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  return context;
}

void
stress_context_pop (GMainContext *context)
{
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}
