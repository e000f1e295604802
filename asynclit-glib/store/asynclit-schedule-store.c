/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitScheduleStore:
 *
 * A file in which a scheduler keeps the state of its jobs.
 *
 * If a program is started again, and adds the same jobs to a scheduler with the same store, the
 * jobs continue where they were when the program exited, was killed or crashed. For each job, which
 * is identified by its ID, the file contains the trigger, the next and the last time, whether the
 * job is paused, and the counters. The file does not contain functions, so the program has to add
 * its jobs each time it starts. Runs that became due while the program was not running are late,
 * and [property@ScheduledTask:misfire-grace] and [property@ScheduledTask:coalesce] apply.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 * g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new ("schedule.db", &error);
 * g_autoptr (AsyncLitScheduler) scheduler
 *     = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "store", store, NULL);
 * ```
 *
 * The start of a run is written to the file right before its function is called. Even if the
 * program is killed, the file therefore tells exactly which runs have started. A run that was due
 * but had not started takes place late. A run that had started, but not ended, is reported by
 * [signal@Scheduler::skipped], and is only repeated if [property@ScheduledTask:rerun-interrupted]
 * is set.
 *
 * A thread of the store writes to the file, so a slow disk delays no caller: a change reaches the
 * file slightly after the call that made it. To wait for that, use [method@ScheduleStore.flush].
 * When the program calls exit(), the remaining changes are written.
 *
 * The file is an SQLite database in write-ahead mode, and only one process can use it at a time. A
 * new file is accessible by its owner only; an existing file keeps its permissions. If the whole
 * machine fails, the most recent changes may be lost. If the file can't be written, for example
 * because the disk is full, the scheduler logs a warning and continues; the changes are written
 * when that is possible again. If the file is removed or replaced, it is written again in full, and
 * a warning is logged.
 *
 * The file is released by [method@ScheduleStore.close], by [func@shutdown], or when the program,
 * its schedulers and their runs hold no reference to the store any more.
 *
 * All methods may be called from any thread.
 *
 * Since: 1.0
 */

/* AsyncLitScheduleStore is a facade for the writer. Runs hold references to the writer, not to the
 * store, so only those that write to the file keep it open. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-error.h"
#include "asynclit-init-private.h"
#include "asynclit-schedule-store-private.h"
#include "asynclit-schedule-lock-private.h"
#include "asynclit-source-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* The maximum time for which dropping the last reference waits until the file is closed. */
#define RELEASE_SECONDS 5.0

struct _AsyncLitScheduleStore {
  GObject parent_instance;

  int claimed;                    /* atomic: a scheduler uses it */
  int was_told;                   /* atomic: use after closing has been reported */
  int release_without_wait;       /* atomic: the library drops the last reference */
  AsyncLitScheduleWriter *writer; /* set at construction, then read-only; NULL if the store was
                                   * created with g_object_new(), and therefore has no file */
};

G_DEFINE_FINAL_TYPE (AsyncLitScheduleStore, asynclit_schedule_store, G_TYPE_OBJECT)

static void
asynclit_schedule_store_finalize (GObject *object)
{
  AsyncLitScheduleStore *self = ASYNCLIT_SCHEDULE_STORE (object);

  if (self->writer != NULL)
    {
      asynclit_schedule_writer_close (self->writer);
      if (!g_atomic_int_get (&self->release_without_wait))
        asynclit_schedule_writer_await_close (
            self->writer, asynclit_blocking_get_end_time (RELEASE_SECONDS), NULL, NULL);
      asynclit_schedule_writer_unref (self->writer);
    }
  G_OBJECT_CLASS (asynclit_schedule_store_parent_class)->finalize (object);
}

static void
asynclit_schedule_store_class_init (AsyncLitScheduleStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = asynclit_schedule_store_finalize;
}

static void
asynclit_schedule_store_init (AsyncLitScheduleStore *self)
{
}

gboolean
asynclit_schedule_store_claim (AsyncLitScheduleStore *self)
{
  return self->writer != NULL && g_atomic_int_compare_and_exchange (&self->claimed, FALSE, TRUE);
}

void
asynclit_schedule_store_release (AsyncLitScheduleStore *self)
{
  g_atomic_int_set (&self->release_without_wait, TRUE);
  g_object_unref (self);
}

AsyncLitScheduleWriter *
asynclit_schedule_store_get_writer (AsyncLitScheduleStore *self)
{
  return self->writer;
}

void
asynclit_schedule_store_check_open (AsyncLitScheduleStore *self)
{
  if (asynclit_schedule_writer_is_closed (self->writer)
      && g_atomic_int_compare_and_exchange (&self->was_told, FALSE, TRUE))
    g_warning ("The store of a scheduler, “%s”, is closed: what its jobs do from now on is not "
               "remembered",
               asynclit_schedule_writer_get_name (self->writer));
}

gboolean
asynclit_schedule_store_accepts_jobs (AsyncLitScheduleStore *self, GError **error)
{
  if (!asynclit_schedule_writer_is_closed (self->writer))
    return TRUE;
  g_set_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE,
               _ ("The store of the scheduler, “%s”, is closed"),
               asynclit_schedule_writer_get_name (self->writer));
  return FALSE;
}

/**
 * asynclit_schedule_store_new:
 * @path: (type filename): the path of the file, which is created if it does not exist
 * @error: return location for an error
 *
 * Opens a store.
 *
 * A new file can be read and written by its owner only (mode 0600), regardless of the umask; the
 * same applies to the files that SQLite creates beside it. An existing file keeps its mode. If the
 * file is neither empty nor a schedule, it is not changed.
 *
 * This fails with:
 *
 * - %G_IO_ERROR_BUSY if another process, or another store, uses the file
 * - %G_IO_ERROR_INVALID_DATA if the file is not a schedule, or belongs to a newer version of the
 *   library
 * - %G_IO_ERROR_NOT_FOUND if the file can't be opened or created
 * - %G_IO_ERROR_PERMISSION_DENIED if the file may not be read and written
 * - %G_IO_ERROR_NOT_REGULAR_FILE if @path is not a regular file
 * - %G_IO_ERROR_INVALID_FILENAME if @path is empty or `:memory:`
 * - %G_IO_ERROR_NOT_SUPPORTED if the library was built without SQLite
 * - other errors in this domain
 *
 * Returns: (transfer full): a new store, or %NULL with an error
 * Since: 1.0
 */
AsyncLitScheduleStore *
asynclit_schedule_store_new (const char *path, GError **error)
{
  AsyncLitScheduleWriter *writer;
  AsyncLitScheduleStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  writer = asynclit_schedule_writer_open (path, error);
  if (writer == NULL)
    return NULL;
  self = g_object_new (ASYNCLIT_TYPE_SCHEDULE_STORE, NULL);
  self->writer = writer;
  return self;
}

/**
 * asynclit_schedule_store_forget:
 * @self: a store
 * @job_id: the ID of a job
 *
 * Removes the state of a job that the program no longer adds.
 *
 * If the job is in a scheduler, it is removed from it, as with [method@Scheduler.remove], which
 * also removes its state.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_schedule_store_forget (AsyncLitScheduleStore *self, const char *job_id)
{
  AsyncLitStoreChange change = { .kind = ASYNCLIT_STORE_REMOVE, .job_id = (char *) job_id };

  g_return_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self));
  g_return_if_fail (self->writer != NULL);
  g_return_if_fail (job_id != NULL);

  asynclit_lock (&asynclit_schedule_lock);
  asynclit_schedule_writer_note_locked (self->writer, &change);
  asynclit_unlock (&asynclit_schedule_lock);
}

/**
 * asynclit_schedule_store_flush:
 * @self: a store
 * @timeout_seconds: the maximum time to wait, in seconds; a negative number means no limit
 * @cancellable: (nullable): a cancellable that ends the wait
 * @error: return location for an error
 *
 * Waits until all changes have been written to the file.
 *
 * If earlier attempts to write have failed, this tries again. Changes that can never be written,
 * for example because the file is damaged, are dropped; all later calls then fail, too.
 *
 * This fails with %G_IO_ERROR_TIMED_OUT after @timeout_seconds, with %G_IO_ERROR_CANCELLED if
 * @cancellable is cancelled, and with errors of the file, such as %G_IO_ERROR_NO_SPACE.
 *
 * May be called from any thread. Blocks the calling thread; see [method@ScheduleStore.flush_async].
 *
 * Returns: %TRUE if all changes have been written; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_flush (AsyncLitScheduleStore *self, double timeout_seconds,
                               GCancellable *cancellable, GError **error)
{
  gboolean written;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
  g_return_val_if_fail (self->writer != NULL, FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  asynclit_blocking_begin ();
  written = asynclit_schedule_writer_flush (
      self->writer, asynclit_blocking_get_end_time (timeout_seconds), cancellable, error);
  asynclit_blocking_end ();
  return written;
}

/* Asynchronous flushing */

typedef struct {
  gatomicrefcount
      ref_count; /* one each for the writer, the cancellable, and the source at the end */
  GTask *result; /* owned by the thread that ends the wait */
  AsyncLitScheduleWriter *writer;
  guint generation; /* of the process */
  gulong cancelled_id;
  int is_waiting; /* atomic: set up, and neither written nor cancelled yet */
} Flush;

static void
flush_unref (gpointer data)
{
  Flush *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  asynclit_schedule_writer_unref (self->writer);
  g_clear_object (&self->result); /* the context is gone */
  g_free (self);
}

static void
flush_unref_closure (gpointer data, GClosure *closure)
{
  flush_unref (data);
}

/* In the child of a fork, it is the parent's to return. */
static gboolean
flush_is_foreign (Flush *self)
{
  return self->generation != asynclit_get_generation ();
}

static void
flush_return (Flush *self, GError *error)
{
  asynclit_cancelled_disconnect (g_task_get_cancellable (self->result), self->cancelled_id);
  if (error != NULL)
    g_task_return_error (self->result, error);
  else
    g_task_return_boolean (self->result, TRUE);
  g_clear_object (&self->result);
}

/* Runs on: the context of the GTask */
static gboolean
flush_return_written (gpointer data)
{
  Flush *self = data;
  GError *error = NULL;

  asynclit_tsan_acquire (self);
  if (flush_is_foreign (self))
    return G_SOURCE_REMOVE;
  asynclit_schedule_writer_check (self->writer, &error);
  flush_return (self, error);
  return G_SOURCE_REMOVE;
}

/* Runs on: the context of the GTask */
static gboolean
flush_return_cancelled (gpointer data)
{
  asynclit_tsan_acquire (data);
  if (!flush_is_foreign (data))
    flush_return (
        data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The wait was cancelled")));
  return G_SOURCE_REMOVE;
}

static void
flush_end (Flush *self, GSourceFunc func)
{
  GMainContext *context;
  GSource *source;

  if (flush_is_foreign (self)
      || !g_atomic_int_compare_and_exchange (&self->is_waiting, TRUE, FALSE))
    return;
  context = g_task_get_context (self->result);
  source = g_idle_source_new ();
  g_atomic_ref_count_inc (&self->ref_count);
  g_source_set_priority (source, g_task_get_priority (self->result));
  g_source_set_static_name (source, "[asynclit] end of a flush");
  g_source_set_callback (source, func, self, flush_unref);
  asynclit_tsan_release (self);
  asynclit_source_attach (source, context);
}

/* Runs on: the thread that cancels the wait */
static void
flush_cancelled (GCancellable *cancellable, gpointer data)
{
  asynclit_tsan_acquire (data);
  flush_end (data, flush_return_cancelled);
}

/* Runs on: the thread of the writer; or that of the caller */
static void
flush_written (gpointer data)
{
  flush_end (data, flush_return_written);
  flush_unref (data);
}

/* The handler does not touch it before it is set up, because another thread may iterate the
 * context. */
static void
flush_listen (Flush *self, GCancellable *cancellable)
{
  if (cancellable != NULL)
    {
      g_atomic_ref_count_inc (&self->ref_count);
      asynclit_tsan_release (self);
      self->cancelled_id
          = asynclit_cancelled_connect (cancellable, flush_cancelled, self, flush_unref_closure);
    }
  g_atomic_int_set (&self->is_waiting, TRUE);
  if (g_cancellable_is_cancelled (cancellable))
    flush_end (self, flush_return_cancelled);
}

/**
 * asynclit_schedule_store_flush_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable that ends the wait
 * @callback: (scope async): called when all changes have been written, or could not be written
 * @user_data: data for @callback
 *
 * Waits, without blocking, until all changes have been written to the file.
 *
 * This is the asynchronous version of [method@ScheduleStore.flush]. @callback is called in the
 * caller's thread-default main context, never before this function returns. It calls
 * [method@ScheduleStore.flush_finish].
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_schedule_store_flush_async (AsyncLitScheduleStore *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  Flush *flush;
  gboolean waits;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self));
  g_return_if_fail (self->writer != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  flush = g_new0 (Flush, 1);
  g_atomic_ref_count_init (&flush->ref_count);
  flush->generation = asynclit_get_generation ();
  flush->writer = asynclit_schedule_writer_ref (self->writer);
  flush->result = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (flush->result, asynclit_schedule_store_flush_async);
  g_task_set_check_cancellable (flush->result, FALSE); /* what has been written has been written */
  flush_listen (flush, cancellable);
  asynclit_lock (&asynclit_schedule_lock);
  asynclit_schedule_writer_want_locked (self->writer);
  waits = asynclit_schedule_writer_call_locked (self->writer, flush_written, flush);
  asynclit_unlock (&asynclit_schedule_lock);
  if (!waits)
    flush_written (flush);
}

/**
 * asynclit_schedule_store_flush_finish:
 * @self: a store
 * @result: the result that was passed to the callback
 * @error: return location for an error
 *
 * Finishes an operation started with [method@ScheduleStore.flush_async].
 *
 * This fails with %G_IO_ERROR_CANCELLED if the operation was cancelled, and with errors of the
 * file, such as %G_IO_ERROR_NO_SPACE.
 *
 * Returns: %TRUE if all changes have been written; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_flush_finish (AsyncLitScheduleStore *self, GAsyncResult *result,
                                      GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
  g_return_val_if_fail (self->writer != NULL, FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * asynclit_schedule_store_close:
 * @self: a store
 * @timeout_seconds: the maximum time to wait, in seconds; a negative number means no limit
 * @cancellable: (nullable): a cancellable that ends the wait
 * @error: return location for an error
 *
 * Writes the remaining changes and closes the file, so that another store or process can open it.
 *
 * Changes after this call are not stored, so shut down the scheduler first, with
 * [method@Scheduler.shutdown]. If a scheduler continues or is started again with a closed store, it
 * logs a warning. It accepts no jobs: [method@Scheduler.add] fails with
 * %ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE. Runs that have not ended when the store is closed count as
 * interrupted. Closing a store again does nothing.
 *
 * The file is closed in any case; if the wait ends before that, it is closed slightly later. This
 * fails with %G_IO_ERROR_TIMED_OUT after @timeout_seconds, with %G_IO_ERROR_CANCELLED if
 * @cancellable is cancelled, and with errors of the file, such as %G_IO_ERROR_NO_SPACE, if not all
 * changes could be written.
 *
 * May be called from any thread. Blocks the calling thread.
 *
 * Returns: %TRUE if all changes have been written and the file is closed; %FALSE with an error
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_close (AsyncLitScheduleStore *self, double timeout_seconds,
                               GCancellable *cancellable, GError **error)
{
  gboolean closed;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
  g_return_val_if_fail (self->writer != NULL, FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  asynclit_blocking_begin ();
  asynclit_schedule_writer_close (self->writer);
  closed = asynclit_schedule_writer_await_close (
      self->writer, asynclit_blocking_get_end_time (timeout_seconds), cancellable, error);
  asynclit_blocking_end ();
  return closed;
}
