/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitScheduleStore:
 *
 * The memory of a scheduler: a file in which it keeps what its jobs are to do next.
 *
 * A program that is started again, and adds the same jobs as before to a scheduler with the same
 * store, goes on where it was ended, killed or crashed. For each job, known by its id, the file has
 * its trigger, when it runs next and when it ran last, whether it is paused, and its counters.
 * Functions are not kept: the program has to add its jobs each time. What was due while it was not
 * running is made up for as each job says.
 *
 * ```c
 * g_autoptr (GError) error = NULL;
 * g_autoptr (AsyncLitScheduleStore) store = asynclit_schedule_store_new ("schedule.db", &error);
 * g_autoptr (AsyncLitScheduler) scheduler
 *     = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "store", store, NULL);
 * ```
 *
 * The start of a run is written to the file right before its function is called. So whenever the
 * program is killed, no run is on record that was not started, and none is started that is not on
 * record. A run that was due and not started is made up for. One that was started, and had not
 * ended, is not started again, unless [property@ScheduledTask:rerun-interrupted] says so; otherwise
 * [signal@Scheduler::skipped] tells of it.
 *
 * A thread of the store writes to the file, so a slow disk holds up no caller: what a call has
 * changed is in the file a moment later. [method@ScheduleStore.flush] waits for that. A program
 * that ends, with exit(), writes what is left.
 *
 * The file is an SQLite database in write-ahead mode, and belongs to one process at a time. Only
 * its owner may read it, unless the file was there before and has other rights. If the whole
 * machine fails, the last moments may be missing in it. While it can't be written, such as on a
 * full disk, the schedule goes on, and a warning says so: what happened meanwhile is on record when
 * it can be written again. If the file is removed or replaced, it is written anew, and a warning
 * says so.
 *
 * The file is free again after [method@ScheduleStore.close]; after [func@shutdown]; or when the
 * program, its schedulers and their runs have no reference to the store any more.
 *
 * Since: 1.0
 */

/* The store is a face: what it has to do is the writer's. Runs have references to that, and not to
 * the store; so nobody keeps the file who does not write to it. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-schedule-store-private.h"
#include "asynclit-schedule-lock-private.h"
#include "asynclit-source-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* How long whoever drops the last reference waits for the file to be free. */
#define RELEASE_SECONDS 5.0

struct _AsyncLitScheduleStore {
  GObject parent_instance;

  int claimed;                    /* atomic: by a scheduler */
  int was_told;                   /* atomic: that it is used after it was closed */
  int release_without_wait;       /* atomic: the last reference is the library's */
  AsyncLitScheduleWriter *writer; /* set at construction, then read-only */
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
  return g_atomic_int_compare_and_exchange (&self->claimed, FALSE, TRUE);
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

/**
 * asynclit_schedule_store_new:
 * @path: (type filename): the path of the file, which is made if there is none
 * @error: return location for an error
 *
 * Opens a store.
 *
 * A file that is made here may be read and written by its owner only (mode 0600), whatever the
 * umask; so may those that SQLite puts beside it. One that is there keeps its mode. A file that is
 * neither empty nor a schedule is left as it is.
 *
 * Errors: %G_IO_ERROR_BUSY if another process, or another store, has the file;
 * %G_IO_ERROR_INVALID_DATA if it is something else, or of a newer version of the library;
 * %G_IO_ERROR_NOT_FOUND if it can't be opened or made; %G_IO_ERROR_PERMISSION_DENIED;
 * %G_IO_ERROR_NOT_REGULAR_FILE; %G_IO_ERROR_INVALID_FILENAME if @path is empty or ":memory:";
 * %G_IO_ERROR_NOT_SUPPORTED if the library was built without SQLite; and others in that domain.
 *
 * Returns: (transfer full): a new store
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
 * @job_id: the id of a job
 *
 * Forgets a job that the program does not add any more. One that is in a scheduler is removed from
 * that: [method@Scheduler.remove] forgets it, too.
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
  g_return_if_fail (job_id != NULL);

  asynclit_lock (&asynclit_schedule_lock);
  asynclit_schedule_writer_note_locked (self->writer, &change);
  asynclit_unlock (&asynclit_schedule_lock);
}

/**
 * asynclit_schedule_store_flush:
 * @self: a store
 * @timeout_seconds: for how long to wait at most, in seconds; a negative number waits for as long
 *   as it takes
 * @cancellable: (nullable): ends the wait
 * @error: return location for an error
 *
 * Waits until all that has happened is in the file.
 *
 * If it could not be written before, it is tried again. What can't be written at all, such as to a
 * file that is damaged, is left out; that is the error of all later calls, too. Errors:
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED; and those of the file, such as
 * %G_IO_ERROR_NO_SPACE.
 *
 * May be called from any thread, and blocks it; see [method@ScheduleStore.flush_async].
 *
 * Returns: %TRUE if it is
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_flush (AsyncLitScheduleStore *self, double timeout_seconds,
                               GCancellable *cancellable, GError **error)
{
  gboolean written;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
  g_return_val_if_fail (!isnan (timeout_seconds), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  asynclit_blocking_begin ();
  written = asynclit_schedule_writer_flush (
      self->writer, asynclit_blocking_get_end_time (timeout_seconds), cancellable, error);
  asynclit_blocking_end ();
  return written;
}

/* Flushing without a wait */

typedef struct {
  gatomicrefcount
      ref_count; /* the writer's, the cancellable's, and that of the source at the end */
  GTask *result; /* whoever ends the wait has it */
  AsyncLitScheduleWriter *writer;
  guint generation; /* of the process */
  gulong cancelled_id;
  int is_waiting; /* atomic: it is set up, and neither written nor cancelled, whichever is first */
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

/* In the child of a fork it is the parent's to return. */
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
  asynclit_source_hand_over (source, context);
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

/* The handler leaves it alone until it is set up: another thread may iterate the context. */
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
 * @cancellable: (nullable): ends the wait
 * @callback: (scope async): called when all that has happened is in the file, or could not be
 *   written
 * @user_data: data for @callback
 *
 * The same as [method@ScheduleStore.flush] without blocking.
 *
 * @callback is called in the thread-default main context of the caller, never before this returns.
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
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  flush = g_new0 (Flush, 1);
  g_atomic_ref_count_init (&flush->ref_count);
  flush->generation = asynclit_get_generation ();
  flush->writer = asynclit_schedule_writer_ref (self->writer);
  flush->result = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (flush->result, asynclit_schedule_store_flush_async);
  g_task_set_check_cancellable (flush->result, FALSE); /* what is written is written */
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
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes what was begun with [method@ScheduleStore.flush_async]. Errors: %G_IO_ERROR_CANCELLED;
 * and those of the file, such as %G_IO_ERROR_NO_SPACE.
 *
 * Returns: %TRUE if all is in the file
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_flush_finish (AsyncLitScheduleStore *self, GAsyncResult *result,
                                      GError **error)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * asynclit_schedule_store_close:
 * @self: a store
 * @timeout_seconds: for how long to wait at most, in seconds; a negative number waits for as long
 *   as it takes
 * @cancellable: (nullable): ends the wait
 * @error: return location for an error
 *
 * Writes what is left, and lets go of the file: then anybody may have it.
 *
 * What happens after the call is not remembered; so a scheduler should be shut down before, with
 * [method@Scheduler.shutdown]. A scheduler that goes on, or is started again, has no memory, and a
 * warning says so. Runs that have not ended by then count as interrupted. To close a store that is
 * closed does nothing.
 *
 * The file is closed in any case; if the wait ends before that, it happens a moment later. Errors:
 * %G_IO_ERROR_TIMED_OUT; %G_IO_ERROR_CANCELLED; and those of the file, such as
 * %G_IO_ERROR_NO_SPACE, if something is missing in it.
 *
 * May be called from any thread, and blocks it.
 *
 * Returns: %TRUE if all is in the file, and it is closed
 * Since: 1.0
 */
gboolean
asynclit_schedule_store_close (AsyncLitScheduleStore *self, double timeout_seconds,
                               GCancellable *cancellable, GError **error)
{
  gboolean closed;

  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self), FALSE);
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
