/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Helpers for the stress tests: the amount of work, probes that count what happens to each task,
 * and threads that start at the same moment. Data that two threads share is atomic or guarded by a
 * pthread primitive here, because ThreadSanitizer sees these, but not GLib's own locks. */

#pragma once

#include "test-support.h"

G_BEGIN_DECLS

/* Amount of work */

/* Whether everything is slow: under a sanitizer, or if ASYNCLIT_UNDER_VALGRIND is set, as in the
 * setup valgrind. */
gboolean stress_is_slow (void);

/* n, or a small part of it (at least 1) if everything is slow. */
guint stress_scale (guint n);

/* Whether the resident memory is meaningful: not under a sanitizer or valgrind, which keep freed
 * memory. */
gboolean stress_memory_counts (void);

/* The resident memory of the process, in bytes. */
gsize stress_get_resident (void);

/* Spins for a short time: waking a thread takes as long as some 20,000 steps. */
void stress_spin (guint steps);

/* Probes: one for each task, as the user data of its function */

typedef struct _StressProbes StressProbes;

typedef struct {
  StressProbes *all;
  GThread *owner;  /* the thread that submitted; only for comparison */
  gpointer tag;    /* the test's own; set before the task is submitted */
  gint runs;       /* atomic: the number of calls of the function */
  gint inside;     /* atomic: whether it is running */
  gint released;   /* atomic: the number of times that the user data was destroyed */
  guint completed; /* owner only: the number of calls of the callback */
} StressProbe;

StressProbes *stress_probes_new (guint n);
void stress_probes_free (StressProbes *probes);

/* Returns the next probe, which belongs to the calling thread. May be called from several
 * threads. */
StressProbe *stress_probes_take (StressProbes *probes);

/* The number of probes that were taken, destroyed, destroyed on another thread than the owner's,
 * and completed. */
guint stress_probes_get_taken (StressProbes *probes);
guint stress_probes_get_released (StressProbes *probes);
guint stress_probes_get_released_elsewhere (StressProbes *probes);
guint stress_probes_get_completed (StressProbes *probes);

/* The conditions that all taken probes were destroyed or completed. */
gboolean stress_condition_released (gpointer probes);
gboolean stress_condition_completed (gpointer probes);

/* Asserts that every taken probe was destroyed exactly once. */
void stress_probes_assert_released_once (StressProbes *probes);

/* Asserts that every taken probe was completed exactly once. */
void stress_probes_assert_completed_once (StressProbes *probes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StressProbes, stress_probes_free)

/* A work function: counts, and returns the number of runs. */
void stress_probe_work (AsyncLitTask *task, GCancellable *cancellable, gpointer probe);

/* A work function: counts, and fails with G_IO_ERROR_BUSY. */
void stress_probe_work_busy (AsyncLitTask *task, GCancellable *cancellable, gpointer probe);

/* The callback of a task: asserts that it runs on the owner's thread with the task ended. */
void stress_probe_completed (AsyncLitTask *task, gpointer probe);

/* The GDestroyNotify of a probe. */
void stress_probe_release (gpointer probe);

/* Submits a probe's task to any executor. */
AsyncLitTask *stress_submit (AsyncLitTaskManager *manager, AsyncLitExecutor executor,
                             AsyncLitRetryPolicy *retry, AsyncLitTaskFunc func, StressProbe *probe);

/* Waits until a manager has no live task, and checks that it lists none. */
void stress_wait_for_manager (AsyncLitTaskManager *manager);

/* The number of tasks of a manager that match the filter. */
guint stress_count_tasks (AsyncLitTaskManager *manager, AsyncLitTaskFilter filter);

/* A queue between threads, as GAsyncQueue */

typedef struct _StressQueue StressQueue;

StressQueue *stress_queue_new (void);
void stress_queue_free (StressQueue *queue);
void stress_queue_push (StressQueue *queue, gpointer item);
gpointer stress_queue_pop (StressQueue *queue);
gboolean stress_queue_is_empty (StressQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StressQueue, stress_queue_free)

/* Threads */

typedef void (*StressThreadFunc) (guint index, gpointer user_data);

typedef struct _StressThreads StressThreads;

/* Starts threads that all call the function at about the same moment. */
StressThreads *stress_threads_start (guint n, StressThreadFunc func, gpointer user_data);

/* Waits for them to end. */
void stress_threads_join (StressThreads *threads);

/* Ends the child of a fork, like test_end_child(), and writes the coverage. */
void stress_end_child (int status) G_GNUC_NORETURN;

/* A main context of its own for the calling thread, as its thread default. */
GMainContext *stress_context_push (void);
void stress_context_pop (GMainContext *context);

G_END_DECLS
