/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Helpers that only the stress tests need: how much to do, probes that count what became of each
 * task, threads that start at the same moment. What two threads share here is atomic or guarded by
 * a pthread primitive, because ThreadSanitizer sees those and not GLib's own locks.
 */

#pragma once

#include "test-support.h"

G_BEGIN_DECLS

/* How much to do */

/* Whether everything is slow: under a sanitizer, or with ASYNCLIT_UNDER_VALGRIND set, as the
 * setup valgrind does. */
gboolean stress_is_slow (void);

/* n, or a small part of it (at least 1) where everything is slow. */
guint stress_scale (guint n);

/* Whether the resident memory tells something about the program: not under a sanitizer or
 * valgrind, which keep what is freed. */
gboolean stress_memory_counts (void);

/* The memory of the process that is resident, in bytes. */
gsize stress_get_resident (void);

/* Passes a short time without sleeping: up to some 20,000 steps fit into the time that a thread
 * takes to wake up. */
void stress_spin (guint steps);

/* Probes: one for each task, as the user data of its function */

typedef struct _StressProbes StressProbes;

typedef struct {
  StressProbes *all;
  GThread *owner;  /* whoever submitted; compared only */
  gpointer tag;    /* the test's own; set before the task is submitted */
  gint runs;       /* atomic: how often the function began */
  gint inside;     /* atomic: whether it is running */
  gint released;   /* atomic: how often the user data was destroyed */
  guint completed; /* owner only: how often the callback was called */
} StressProbe;

StressProbes *stress_probes_new (guint n);
void stress_probes_free (StressProbes *probes);

/* Hands out the next one; it belongs to the calling thread. May be called from several threads. */
StressProbe *stress_probes_take (StressProbes *probes);

/* How many were handed out, were destroyed, were destroyed on another thread than the owner's, and
 * had their callback called. */
guint stress_probes_get_taken (StressProbes *probes);
guint stress_probes_get_released (StressProbes *probes);
guint stress_probes_get_released_elsewhere (StressProbes *probes);
guint stress_probes_get_completed (StressProbes *probes);

/* The conditions that as many were destroyed, or completed, as were handed out. */
gboolean stress_condition_released (gpointer probes);
gboolean stress_condition_completed (gpointer probes);

/* Asserts that every probe that was handed out was destroyed exactly once. */
void stress_probes_assert_released_once (StressProbes *probes);

/* Asserts that every probe that was handed out saw its task complete exactly once. */
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

/* How many tasks that match the filter a manager lists. */
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

/* Starts threads that all begin with the function at about the same moment. */
StressThreads *stress_threads_start (guint n, StressThreadFunc func, gpointer user_data);

/* Waits for them to end. */
void stress_threads_join (StressThreads *threads);

/* Ends the child of a fork, as test_end_child(); and writes down what was covered. */
void stress_end_child (int status) G_GNUC_NORETURN;

/* A main context of its own for the calling thread, as its thread default. */
GMainContext *stress_context_push (void);
void stress_context_pop (GMainContext *context);

G_END_DECLS
