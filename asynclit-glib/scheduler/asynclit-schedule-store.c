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
 * The file is an SQLite database in write-ahead mode, and belongs to one process at a time. If the
 * whole machine fails, the last moments may be missing in it. While it can't be written, such as on
 * a full disk, the schedule goes on, and a warning says so: what happens meanwhile is on record
 * only when it can be written again, with the next change. If that is too much, the oldest of it is
 * lost.
 *
 * Since: 1.0
 */

/* Whoever changes something puts a change into a line, under the lock under which it happened; and
 * before it does what follows from it, such as running something, it flushes the line. Then its own
 * change is in the file, with all that came before it: several threads share a transaction.
 *
 * Locks: `lock` is held while the file is written; asynclit_schedule_lock is taken after it, to
 * take the line. The line itself is guarded by asynclit_schedule_lock.
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-schedule-store-private.h"
#include "asynclit-scheduled-task-private.h"

/* A file that can't be written must not fill the memory instead. */
#define MAX_UNWRITTEN 10000

struct _AsyncLitScheduleStore {
  GObject parent_instance;

  guint generation; /* of the process; set at construction, then read-only */
  int claimed;      /* atomic: by a scheduler */
  gint64 last_run;  /* atomic */

  AsyncLitLock lock; /* guards what follows */
  AsyncLitScheduleDatabase *database;
  gboolean has_failed; /* and it was said */
  GQueue unwritten;    /* lines that are not in the file, the oldest first */
  guint n_unwritten;   /* changes in them */

  GPtrArray *line; /* of AsyncLitStoreChange; guarded by asynclit_schedule_lock */
};

G_DEFINE_FINAL_TYPE (AsyncLitScheduleStore, asynclit_schedule_store, G_TYPE_OBJECT)

/* In the child of a fork the file is still the parent's, as is all that is to be written to it:
 * SQLite has to be left alone, and what another thread was about to change. */
static gboolean
store_is_own (AsyncLitScheduleStore *self)
{
  return self->generation == asynclit_get_generation ();
}

static void
asynclit_schedule_store_finalize (GObject *object)
{
  AsyncLitScheduleStore *self = ASYNCLIT_SCHEDULE_STORE (object);

  if (store_is_own (self))
    {
      asynclit_schedule_store_flush (self);
      g_clear_pointer (&self->database, asynclit_schedule_database_close);
      g_ptr_array_unref (self->line);
      g_queue_clear_full (&self->unwritten, (GDestroyNotify) g_ptr_array_unref);
      asynclit_lock_clear (&self->lock);
    }
  G_OBJECT_CLASS (asynclit_schedule_store_parent_class)->finalize (object);
}

static void
asynclit_schedule_store_class_init (AsyncLitScheduleStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = asynclit_schedule_store_finalize;
}

static GPtrArray *
line_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) asynclit_store_change_free);
}

static void
asynclit_schedule_store_init (AsyncLitScheduleStore *self)
{
  self->line = line_new ();
  self->generation = asynclit_get_generation ();
}

gboolean
asynclit_schedule_store_claim (AsyncLitScheduleStore *self)
{
  return g_atomic_int_compare_and_exchange (&self->claimed, FALSE, TRUE);
}

gint64
asynclit_schedule_store_new_run (AsyncLitScheduleStore *self)
{
  return __atomic_add_fetch (&self->last_run, 1, __ATOMIC_RELAXED);
}

void
asynclit_schedule_store_push_locked (AsyncLitScheduleStore *self, AsyncLitStoreChange *change)
{
  g_ptr_array_add (self->line, change);
}

/* With the lock of the store held, as what follows. */
static void
store_take_line (AsyncLitScheduleStore *self)
{
  asynclit_lock (&asynclit_schedule_lock);
  if (self->line->len > 0)
    {
      self->n_unwritten += self->line->len;
      g_queue_push_tail (&self->unwritten, self->line);
      self->line = line_new ();
    }
  asynclit_unlock (&asynclit_schedule_lock);
}

static void
store_drop_oldest_line (AsyncLitScheduleStore *self)
{
  GPtrArray *line = g_queue_pop_head (&self->unwritten);

  self->n_unwritten -= line->len;
  g_ptr_array_unref (line);
}

/* FALSE if there is none, or none can be written now. */
static gboolean
store_write_oldest_line (AsyncLitScheduleStore *self, GError **first_error)
{
  GPtrArray *line = g_queue_peek_head (&self->unwritten);
  g_autoptr (GError) error = NULL;
  gboolean may_pass;

  if (line == NULL)
    return FALSE;
  asynclit_schedule_database_write (self->database, line, &may_pass, &error);
  if (error != NULL && *first_error == NULL)
    *first_error = g_steal_pointer (&error);
  if (may_pass)
    return FALSE;
  store_drop_oldest_line (self);
  return TRUE;
}

/* An outage is said once. A line that can't be written at all is dropped, and that is said once
 * for all of them. */
static gboolean
store_write_lines (AsyncLitScheduleStore *self, GError **first_error)
{
  gboolean was_blocked = self->unwritten.length > 0;
  gboolean tell;

  store_take_line (self);
  while (store_write_oldest_line (self, first_error))
    continue;
  if (was_blocked && self->unwritten.length == 0)
    self->has_failed = FALSE;
  while (self->n_unwritten > MAX_UNWRITTEN)
    store_drop_oldest_line (self);
  tell = *first_error != NULL && !self->has_failed;
  self->has_failed = self->has_failed || *first_error != NULL;
  return tell;
}

/* A schedule that can't be written down goes on all the same. */
void
asynclit_schedule_store_flush (AsyncLitScheduleStore *self)
{
  g_autoptr (GError) error = NULL;
  gboolean tell;

  if (!store_is_own (self) || self->database == NULL)
    return;
  asynclit_lock (&self->lock);
  tell = store_write_lines (self, &error);
  asynclit_unlock (&self->lock);
  if (tell)
    g_warning ("A schedule could not be saved, and goes on all the same: %s", error->message);
}

AsyncLitStoredJob *
asynclit_schedule_store_load (AsyncLitScheduleStore *self, const char *job_id)
{
  g_autoptr (GError) error = NULL;
  AsyncLitStoredJob *job;

  if (!store_is_own (self) || self->database == NULL)
    return NULL;
  asynclit_schedule_store_flush (self);
  asynclit_lock (&self->lock);
  job = asynclit_schedule_database_load (self->database, job_id, &error);
  asynclit_unlock (&self->lock);
  if (error != NULL)
    g_warning ("A schedule could not be read: %s", error->message);
  return job;
}

/**
 * asynclit_schedule_store_new:
 * @path: (type filename): the path of the file, which is made if there is none
 * @error: return location for an error
 *
 * Opens a store.
 *
 * Errors: %G_IO_ERROR_BUSY if another process, or another store, has the file;
 * %G_IO_ERROR_INVALID_DATA if it is something else, or of a newer version of the library;
 * %G_IO_ERROR_NOT_FOUND if it can't be opened or made; %G_IO_ERROR_NOT_SUPPORTED if the library was
 * built without SQLite; and others in that domain.
 *
 * Returns: (transfer full): a new store
 * Since: 1.0
 */
AsyncLitScheduleStore *
asynclit_schedule_store_new (const char *path, GError **error)
{
  AsyncLitScheduleDatabase *database;
  AsyncLitScheduleStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  database = asynclit_schedule_database_open (path, error);
  if (database == NULL)
    return NULL;
  self = g_object_new (ASYNCLIT_TYPE_SCHEDULE_STORE, NULL);
  self->database = database;
  self->last_run = asynclit_schedule_database_get_last_run (database);
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
  AsyncLitStoreChange *change;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (self));
  g_return_if_fail (job_id != NULL);

  change = g_new0 (AsyncLitStoreChange, 1);
  change->kind = ASYNCLIT_STORE_REMOVE;
  change->job_id = g_strdup (job_id);
  asynclit_lock (&asynclit_schedule_lock);
  asynclit_schedule_store_push_locked (self, change);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_schedule_store_flush (self);
}
