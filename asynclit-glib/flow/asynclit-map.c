/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One task for many items.
 *
 * The task's function is a normal job of the pool. It asks the pool to run helpers, and then
 * processes items itself, so that a map makes progress even if no helper ever gets a thread. All of
 * them take chunks of indexes from one counter until none are left. The size of a chunk is such
 * that it takes about CHUNK_USEC: large enough that taking a chunk costs nothing, and small enough
 * that all threads end at about the same time.
 *
 * The function returns once no helper processes an item any more. A helper that starts later finds
 * that the map is over. It has a reference to the MapRun, but touches nothing else: the task and
 * the user's data may have been freed. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-map.h"
#include "asynclit-resident-private.h"
#include "asynclit-task-amounts-private.h"
#include "asynclit-task-manager-private.h"
#include "asynclit-task-private.h"
#include "asynclit-thread-pool-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

/* The target duration of a chunk. */
#define CHUNK_USEC 500
/* The maximum factor by which a chunk may be larger than the previous one, because the first items
 * may be unusual. */
#define MAX_GROWTH 16

/* The caller's parameters; the data of the task. */
typedef struct {
  gsize n_items;
  AsyncLitMapFlags flags;
  guint max_running;
  AsyncLitMapFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Map;

typedef struct {
  gsize index;
  GError *error;
} MapFailure;

typedef struct _MapRun MapRun;

typedef struct {
  AsyncLitJob job;
  MapRun *run;
} MapHelper;

/* One attempt to process all items. */
struct _MapRun {
  int ref_count; /* atomic: one for the function, and one for each helper */

  /* Set before the helpers start, then read-only; valid until the run is over. */
  const Map *map;
  AsyncLitTask *task;
  GCancellable *cancellable;
  guint n_threads;
  guint generation;

  /* Atomic: */
  gsize n_taken; /* the next index to process */
  gsize n_done;  /* for the progress of the task */
  gboolean has_failed;

  AsyncLitLock lock; /* guards the fields below */
  GCond idle;        /* no helper is active */
  guint n_active;    /* helpers that are processing items */
  gboolean is_over;
  GArray *failures; /* of MapFailure, in no particular order */

  MapHelper helpers[];
};

static void
map_free (gpointer data)
{
  Map *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

static void
failure_clear (gpointer data)
{
  g_clear_error (&((MapFailure *) data)->error);
}

static void
run_unref (MapRun *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_array_unref (self->failures);
  g_cond_clear (&self->idle);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

static guint
map_get_n_threads (const Map *self)
{
  guint n_threads = self->max_running != 0 ? self->max_running : g_get_num_processors ();

  return (guint) MIN (n_threads, self->n_items);
}

static MapRun *
run_new (const Map *map, AsyncLitTask *task, GCancellable *cancellable)
{
  guint n_threads = map_get_n_threads (map);
  MapRun *self = g_malloc0 (sizeof (MapRun) + (n_threads - 1) * sizeof (MapHelper));

  self->ref_count = 1;
  self->map = map;
  self->task = task;
  self->cancellable = cancellable;
  self->n_threads = n_threads;
  self->generation = asynclit_get_generation ();
  g_cond_init (&self->idle);
  self->failures = g_array_new (FALSE, FALSE, sizeof (MapFailure));
  g_array_set_clear_func (self->failures, failure_clear);
  return self;
}

/* Runs on: pool. Checks the status, because a cancellation sets it slightly before it cancels the
 * cancellable. If a function has forked, the remaining items belong to the parent. */
static gboolean
run_must_stop (MapRun *self)
{
  return __atomic_load_n (&self->has_failed, __ATOMIC_RELAXED)
         || (asynclit_task_state_get (&self->task->state) & ASYNCLIT_STATE_STOPPING)
         || g_cancellable_is_cancelled (self->cancellable)
         || G_UNLIKELY (self->generation != asynclit_get_generation ());
}

/* Takes ownership of the error. */
static void
run_note_failure (MapRun *self, gsize index, GError *error)
{
  MapFailure failure = { index, error };

  if (error == NULL)
    failure.error
        = g_error_new (ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT,
                       _ ("The function failed for item %zu without setting an error"), index);
  asynclit_lock (&self->lock);
  g_array_append_val (self->failures, failure);
  asynclit_unlock (&self->lock);
  if (!(self->map->flags & ASYNCLIT_MAP_COLLECT_ERRORS))
    __atomic_store_n (&self->has_failed, TRUE, __ATOMIC_RELAXED);
}

/* Takes up to @n_wanted items; returns their number, and the index of the first. Near the end, it
 * leaves some for the others. */
static gsize
run_take (MapRun *self, gsize n_wanted, gsize *first)
{
  gsize taken = __atomic_load_n (&self->n_taken, __ATOMIC_RELAXED);
  gsize n;

  do
    {
      gsize n_left = self->map->n_items - taken;

      n = MIN (n_wanted, n_left / (2 * self->n_threads) + 1);
      n = MIN (n, n_left);
    }
  while (!__atomic_compare_exchange_n (&self->n_taken, &taken, taken + n, TRUE, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED));
  *first = taken;
  return n;
}

/* Runs on: pool. Returns the number of processed items, which is less than @n if the run has to
 * stop. */
static gsize
run_process (MapRun *self, gsize first, gsize n)
{
  const Map *map = self->map;

  for (gsize i = 0; i < n; i++)
    {
      GError *error = NULL;

      if (run_must_stop (self))
        return i;
      if (!map->func (self->task, first + i, self->cancellable, map->user_data, &error))
        run_note_failure (self, first + i, error);
      else if (G_UNLIKELY (error != NULL))
        g_error_free (error);
    }
  return n;
}

/* The number of items that take about CHUNK_USEC, if @n items took @usec. */
static gsize
choose_chunk (gsize n, gint64 usec)
{
  gsize n_most = n > G_MAXSIZE / MAX_GROWTH ? G_MAXSIZE : n * MAX_GROWTH;

  if (usec * MAX_GROWTH <= CHUNK_USEC)
    return n_most;
  return (gsize) CLAMP ((double) n * CHUNK_USEC / (double) usec, 1, (double) n_most);
}

/* Runs on: pool. In the child of a fork, the task belongs to the parent. */
static void
run_report (MapRun *self, gsize n)
{
  gsize n_done = __atomic_add_fetch (&self->n_done, n, __ATOMIC_RELAXED);

  if (self->generation == asynclit_get_generation ())
    asynclit_task_amounts_raise (self->task, (double) n_done, (double) self->map->n_items);
}

/* Runs on: pool, until no items are left. */
static void
run_work (MapRun *self)
{
  gsize n_wanted = 1;
  gint64 begun = g_get_monotonic_time ();
  gsize first, n;

  while ((n = run_take (self, n_wanted, &first)) > 0 && run_process (self, first, n) == n)
    {
      gint64 now = g_get_monotonic_time ();

      run_report (self, n);
      n_wanted = choose_chunk (n, now - begun);
      begun = now;
    }
}

static gboolean
run_enter (MapRun *self)
{
  gboolean is_over;

  asynclit_lock (&self->lock);
  is_over = self->is_over;
  if (!is_over)
    self->n_active++;
  asynclit_unlock (&self->lock);
  return !is_over;
}

static void
run_leave (MapRun *self)
{
  asynclit_lock (&self->lock);
  self->n_active--;
  if (self->n_active == 0)
    g_cond_signal (&self->idle);
  asynclit_unlock (&self->lock);
}

/* Runs on: pool. If no thread can be started, the others process all items. */
static void
helper_run (AsyncLitJob *job, const GError *lost)
{
  MapRun *run = ((MapHelper *) job)->run;
  AsyncLitCall call;

  if (lost == NULL && run_enter (run))
    {
      asynclit_call_begin (&call, run->task);
      run_work (run);
      asynclit_call_end (&call);
      if (run->generation != asynclit_get_generation ())
        return;
      run_leave (run);
    }
  run_unref (run);
}

static void
run_start_helpers (MapRun *self)
{
  for (guint i = 0; i < self->n_threads - 1; i++)
    {
      MapHelper *helper = &self->helpers[i];

      helper->job.run = helper_run;
      helper->run = self;
      g_atomic_int_inc (&self->ref_count);
      asynclit_thread_pool_push (&helper->job);
    }
}

/* Runs on: pool. After this, no helper processes an item. */
static void
run_finish (MapRun *self)
{
  asynclit_lock (&self->lock);
  self->is_over = TRUE;
  if (self->n_active > 0)
    {
      asynclit_unlock (&self->lock);
      asynclit_blocking_begin ();
      asynclit_lock (&self->lock);
      while (self->n_active > 0)
        asynclit_cond_wait (&self->idle, &self->lock);
      asynclit_unlock (&self->lock);
      asynclit_blocking_end ();
      return;
    }
  asynclit_unlock (&self->lock);
}

static int
compare_failures (gconstpointer a, gconstpointer b)
{
  gsize first = ((const MapFailure *) a)->index;
  gsize second = ((const MapFailure *) b)->index;

  return first < second ? -1 : first > second;
}

static GVariant *
failures_to_variant (GArray *failures)
{
  GVariantBuilder builder;

  g_array_sort (failures, compare_failures);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tsis)"));
  for (guint i = 0; i < failures->len; i++)
    {
      const MapFailure *failure = &g_array_index (failures, MapFailure, i);

      g_variant_builder_add (&builder, "(tsis)", (guint64) failure->index,
                             g_quark_to_string (failure->error->domain), failure->error->code,
                             failure->error->message);
    }
  return g_variant_builder_end (&builder);
}

/* Helpers that start later still hold a reference. */
static void
run_settle (MapRun *self)
{
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, &error))
    asynclit_task_return_error (self->task, error);
  else if (self->map->flags & ASYNCLIT_MAP_COLLECT_ERRORS)
    asynclit_task_return_variant (self->task, failures_to_variant (self->failures));
  else if (self->failures->len > 0)
    {
      g_array_sort (self->failures, compare_failures);
      asynclit_task_return_error (
          self->task, g_steal_pointer (&g_array_index (self->failures, MapFailure, 0).error));
    }
  else
    asynclit_task_return_int (self->task, (gint64) self->map->n_items);
}

/* Runs on: pool */
static void
map_run (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  MapRun *run = run_new (user_data, task, cancellable);

  asynclit_task_set_progress (task, 0, (double) run->map->n_items);
  run_start_helpers (run);
  run_work (run);
  if (run->generation != asynclit_get_generation ())
    return;
  run_finish (run);
  run_settle (run);
  run_unref (run);
}

static AsyncLitTask *
map_task_new (gsize n_items, AsyncLitMapFlags flags, guint max_running, AsyncLitMapFunc func,
              gpointer user_data, GDestroyNotify destroy)
{
  AsyncLitTask *task = asynclit_task_new ();
  Map *map = g_new (Map, 1);

  *map = (Map){
    .n_items = n_items,
    .flags = flags,
    .max_running = max_running,
    .func = func,
    .user_data = user_data,
    .destroy = destroy,
  };
  asynclit_keep_loaded ((gpointer) (gsize) func);
  asynclit_task_set_func (task, map_run, map, map_free);
  return task;
}

/* No function is called, so the task has ended when it is returned. */
static void
submit_nothing (AsyncLitTaskManager *manager, AsyncLitTask *task)
{
  const Map *map = task->user_data;

  task->func = NULL;
  asynclit_task_manager_submit_task (manager, task);
  if (map->flags & ASYNCLIT_MAP_COLLECT_ERRORS)
    asynclit_task_return_variant (task, g_variant_new_array (G_VARIANT_TYPE ("(tsis)"), NULL, 0));
  else
    asynclit_task_return_int (task, 0);
}

/**
 * asynclit_task_manager_map: (skip)
 * @self: a manager
 * @n_items: the number of items
 * @func: a function that processes one item
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Processes many items as one task: calls @func once for each index from 0 to @n_items - 1, on
 * several threads of the library's pool at the same time.
 *
 * By default, as many threads take part as there are processors. They take the items in chunks,
 * whose size adapts to the duration of an item, so a map over a million tiny items costs little
 * more than a loop over them. The items start in the order of their indexes, but end in any order.
 *
 * ```c
 * static gboolean
 * make_thumbnail (AsyncLitTask *task, gsize index, GCancellable *cancellable, gpointer user_data,
 *                 GError **error)
 * {
 *   GPtrArray *paths = user_data;
 *
 *   return thumbnail_save (g_ptr_array_index (paths, index), cancellable, error);
 * }
 *
 * task = asynclit_task_manager_map (manager, paths->len, make_thumbnail, g_ptr_array_ref (paths),
 *                                   (GDestroyNotify) g_ptr_array_unref);
 * ```
 *
 * [property@Task:progress-done] is the number of items that are done, and
 * [property@Task:progress-total] is @n_items.
 *
 * The result is @n_items, of type %G_TYPE_INT64. If @n_items is 0, the task is done immediately.
 *
 * If @func returns %FALSE for an item, no more items start, and the task fails with that item's
 * error. If several items fail, the task has the error of the one with the lowest index. To process
 * all items nevertheless, use [method@TaskManager.map_full]. Cancelling the task also prevents
 * further items from starting. The task ends once all calls of @func have returned.
 *
 * The task fails with the errors of @func; with %ASYNCLIT_ERROR_NO_RESULT if @func returned %FALSE
 * without setting an error; and with %ASYNCLIT_ERROR_CLOSED if the manager is closed.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_map (AsyncLitTaskManager *self, gsize n_items, AsyncLitMapFunc func,
                           gpointer user_data, GDestroyNotify destroy)
{
  return asynclit_task_manager_map_full (self, n_items, ASYNCLIT_MAP_DEFAULT, 0, func, user_data,
                                         destroy);
}

/**
 * asynclit_task_manager_map_full: (skip)
 * @self: a manager
 * @n_items: the number of items
 * @flags: how to handle items that fail
 * @max_running: the maximum number of items to process at the same time; 0 for the number of
 *   processors
 * @func: a function that processes one item
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data, in the owner's context
 *
 * Processes many items as one task, like [method@TaskManager.map], with more options.
 *
 * If @func blocks most of the time, for example on the network, set @max_running above the number
 * of processors. The pool's own limit still applies.
 *
 * With %ASYNCLIT_MAP_COLLECT_ERRORS, items that fail neither stop the others nor fail the task. The
 * result is then a [struct@GLib.Variant] of type `a(tsis)`. It contains, for each item that failed,
 * its index and the domain, the code and the message of its error, in the order of the indexes.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_map_full (AsyncLitTaskManager *self, gsize n_items, AsyncLitMapFlags flags,
                                guint max_running, AsyncLitMapFunc func, gpointer user_data,
                                GDestroyNotify destroy)
{
  AsyncLitTask *task;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);
  g_return_val_if_fail (n_items <= G_MAXINT64, NULL);
  g_return_val_if_fail ((flags & ~ASYNCLIT_MAP_COLLECT_ERRORS) == 0, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  task = map_task_new (n_items, flags, max_running, func, user_data, destroy);
  if (n_items == 0)
    submit_nothing (self, task);
  else
    asynclit_task_manager_submit_task (self, task);
  return task;
}
