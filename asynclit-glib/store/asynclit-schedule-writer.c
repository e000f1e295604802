/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Locks: the lock of files is taken while asynclit_schedule_lock is held, to announce that a file
 * will be closed; never the other way round.
 *
 * Changes are recorded in the journal, under the lock under which they happen. A thread writes the
 * entries that the file lacks. It takes all of them at once, so changes that were recorded together
 * are written together. While it writes, or can't write, more changes are recorded; entries are
 * written in the form that they have by then.
 *
 * A thread that must not continue before a change has been written waits for that, or is called
 * back.
 *
 * tests/model/schedule-writer.pml is a model of this.
 *
 * The file may be removed or replaced while the program runs. It is then created again from the
 * journal, which has all of its content. */

#include "config.h"

#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-schedule-connection-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-schedule-writer-private.h"
#include "asynclit-schedule-lock-private.h"
#include "asynclit-signals-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* After a failure, the time until the next attempt, unless something happens earlier. */
#define RETRY_USEC (5 * G_USEC_PER_SEC)

/* The maximum time for which the exit of the process waits for changes to be written. */
#define EXIT_USEC (5 * G_USEC_PER_SEC)

typedef struct {
  guint64 n_noted; /* called when an attempt to write the first n_noted changes has been made */
  AsyncLitWrittenFunc func;
  gpointer data;
} Call;

struct _AsyncLitScheduleWriter {
  gatomicrefcount ref_count;

  /* Set at construction, then read-only. */
  guint generation; /* of the process */
  char *name;
  AsyncLitScheduleConnection *connection; /* used by the thread; NULL once closed */

  gboolean was_told; /* used by the thread: a failure has been reported */

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitJournal *journal;
  guint64 n_noted;
  guint64 n_tried;
  GError *error;    /* of the last attempt; NULL: it succeeded */
  GError *refusal;  /* of changes that were dropped, and that the file therefore lacks; NULL: there
                     * are none */
  gboolean blocked; /* the next attempt may succeed with the same changes */
  GQueue calls;     /* of Call, in the order of the changes that they wait for */
  gboolean closing;
  gboolean closed;
  GCond wake; /* wakes the thread */
  GCond tried;
};

/* The writers (AsyncLitScheduleWriter) that are not closed. Guarded by asynclit_schedule_lock. */
static GPtrArray *open_writers;

/* In the child of a fork, the files and pending changes belong to the parent. SQLite must not be
 * used, nor anything that another thread may have been changing. */
static gboolean
writer_is_own (AsyncLitScheduleWriter *self)
{
  return self->generation == asynclit_get_generation ();
}

static void
forget_writers (void)
{
  open_writers = NULL;
}

AsyncLitScheduleWriter *
asynclit_schedule_writer_ref (AsyncLitScheduleWriter *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_schedule_writer_unref (AsyncLitScheduleWriter *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count) || !writer_is_own (self))
    return;
  asynclit_tsan_acquire (self);
  asynclit_journal_free (self->journal);
  g_clear_error (&self->error);
  g_clear_error (&self->refusal);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->tried);
  g_free (self->name);
  g_free (self);
}

/* Writing: the functions below run on the writer's thread */

static gboolean
writer_ensure_connection (AsyncLitScheduleWriter *self, GError **error)
{
  gboolean is_new;
  gboolean is_there = asynclit_schedule_connection_ensure (self->connection, &is_new, error);

  if (!is_new)
    return is_there;
  asynclit_lock (&asynclit_schedule_lock);
  asynclit_journal_renew (self->journal);
  g_clear_error (&self->refusal);
  asynclit_unlock (&asynclit_schedule_lock);
  return TRUE;
}

static GPtrArray *
writer_take (AsyncLitScheduleWriter *self, guint64 *n_noted)
{
  GPtrArray *rows;

  asynclit_lock (&asynclit_schedule_lock);
  *n_noted = self->n_noted;
  rows = asynclit_journal_take_pending (self->journal);
  asynclit_unlock (&asynclit_schedule_lock);
  return rows;
}

/* A scheduler whose store can't be written continues. This is reported once for each outage, and
 * once for all changes that can never be written. */
static void
writer_tell (AsyncLitScheduleWriter *self, const GError *error, gboolean is_over)
{
  if (error != NULL && !self->was_told)
    g_warning ("A schedule could not be saved, and goes on all the same: %s", error->message);
  self->was_told = error != NULL || (self->was_told && !is_over);
}

/* Changes that can never be written are dropped, because they would block all later ones. */
static void
writer_conclude (AsyncLitScheduleWriter *self, GPtrArray *rows, guint64 n_noted, gboolean may_pass,
                 GError *error)
{
  gboolean is_over;

  asynclit_lock (&asynclit_schedule_lock);
  if (error != NULL && may_pass)
    asynclit_journal_put_back (self->journal, rows);
  if (error != NULL && !may_pass && self->refusal == NULL)
    self->refusal = g_error_copy (error);
  is_over = self->blocked && error == NULL;
  self->blocked = error != NULL && may_pass;
  asynclit_unlock (&asynclit_schedule_lock);
  writer_tell (self, error, is_over);
  asynclit_lock (&asynclit_schedule_lock);
  g_clear_error (&self->error);
  self->error = error;
  self->n_tried = n_noted;
  g_cond_broadcast (&self->tried);
  asynclit_unlock (&asynclit_schedule_lock);
}

static void
writer_call (AsyncLitScheduleWriter *self)
{
  Call *call;

  do
    {
      asynclit_lock (&asynclit_schedule_lock);
      call = g_queue_peek_head (&self->calls);
      if (call != NULL && call->n_noted <= self->n_tried)
        g_queue_pop_head (&self->calls);
      else
        call = NULL;
      asynclit_unlock (&asynclit_schedule_lock);
      if (call != NULL)
        call->func (call->data);
      g_free (call);
    }
  while (call != NULL);
}

static void
writer_try (AsyncLitScheduleWriter *self)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  gboolean may_pass = TRUE;
  gboolean is_ready = writer_ensure_connection (self, &error);
  guint64 n_noted;

  rows = writer_take (self, &n_noted);
  if (is_ready)
    asynclit_schedule_connection_write (self->connection, rows, &may_pass, &error);
  writer_conclude (self, rows, n_noted, may_pass, error);
  writer_call (self);
}

/* FALSE if there will never be anything to do again. */
static gboolean
writer_await_work (AsyncLitScheduleWriter *self)
{
  gint64 end_time = g_get_monotonic_time () + RETRY_USEC;
  gboolean has_work;

  asynclit_lock (&asynclit_schedule_lock);
  while (self->n_tried == self->n_noted && !self->closing)
    {
      if (!self->blocked)
        asynclit_cond_wait (&self->wake, &asynclit_schedule_lock);
      else if (!asynclit_cond_wait_until (&self->wake, &asynclit_schedule_lock, end_time))
        break;
    }
  has_work = self->n_tried != self->n_noted || (!self->closing && self->blocked);
  asynclit_unlock (&asynclit_schedule_lock);
  return has_work;
}

static void
writer_finish (AsyncLitScheduleWriter *self)
{
  asynclit_schedule_connection_close (self->connection);
  asynclit_lock (&asynclit_schedule_lock);
  self->closed = TRUE;
  g_ptr_array_remove (open_writers, self);
  g_cond_broadcast (&self->tried);
  asynclit_unlock (&asynclit_schedule_lock);
}

static gpointer
writer_main (gpointer data)
{
  AsyncLitScheduleWriter *self = data;

  asynclit_signals_enter_thread ();
  while (writer_await_work (self))
    writer_try (self);
  writer_finish (self);
  asynclit_schedule_writer_unref (self);
  return NULL;
}

/* Opening */

/* Runs on: the thread that ends the process */
static void
flush_at_exit (void)
{
  gint64 end_time = g_get_monotonic_time () + EXIT_USEC;

  asynclit_lock (&asynclit_schedule_lock);
  for (guint i = 0; open_writers != NULL && i < open_writers->len; i++)
    {
      AsyncLitScheduleWriter *self = g_ptr_array_index (open_writers, i);

      if (self->n_tried == self->n_noted)
        continue;
      if (!asynclit_cond_wait_until (&self->tried, &asynclit_schedule_lock, end_time))
        break;
      i = (guint) -1; /* the array may have changed */
    }
  asynclit_unlock (&asynclit_schedule_lock);
}

static void
writer_register (AsyncLitScheduleWriter *self)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_writers);
      atexit (flush_at_exit);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&asynclit_schedule_lock);
  if (open_writers == NULL)
    open_writers = g_ptr_array_new ();
  g_ptr_array_add (open_writers, self);
  asynclit_unlock (&asynclit_schedule_lock);
}

static AsyncLitScheduleWriter *
writer_new (AsyncLitScheduleConnection *connection)
{
  AsyncLitScheduleWriter *self = g_new0 (AsyncLitScheduleWriter, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->generation = asynclit_get_generation ();
  self->name = g_strdup (asynclit_schedule_connection_get_name (connection));
  self->connection = connection;
  self->journal = asynclit_journal_new ();
  g_cond_init (&self->wake);
  g_cond_init (&self->tried);
  return self;
}

static gboolean
writer_start (AsyncLitScheduleWriter *self, GError **error)
{
  sigset_t signals;
  GThread *thread;

  asynclit_schedule_writer_ref (self);
  asynclit_signals_hold (&signals);
  thread = g_thread_try_new ("asynclit-store", writer_main, self, error);
  asynclit_signals_release (&signals);
  if (thread == NULL)
    asynclit_schedule_writer_unref (self);
  else
    g_thread_unref (thread);
  return thread != NULL;
}

AsyncLitScheduleWriter *
asynclit_schedule_writer_open (const char *path, GError **error)
{
  AsyncLitScheduleConnection *connection = asynclit_schedule_connection_open (path, error);
  AsyncLitScheduleWriter *self;

  g_assert (path != NULL);
  if (connection == NULL)
    return NULL;
  self = writer_new (connection);
  asynclit_schedule_connection_read (connection, self->journal);
  writer_register (self);
  if (writer_start (self, error))
    return self;
  writer_finish (self);
  asynclit_schedule_writer_unref (self);
  return NULL;
}

/* Recording changes */

void
asynclit_schedule_writer_note_locked (AsyncLitScheduleWriter *self,
                                      const AsyncLitStoreChange *change)
{
  g_assert (change != NULL);
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!writer_is_own (self) || self->closing)
    return;
  asynclit_journal_apply (self->journal, change);
  if (self->n_noted++ == self->n_tried)
    g_cond_signal (&self->wake);
}

gint64
asynclit_schedule_writer_new_run_locked (AsyncLitScheduleWriter *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return writer_is_own (self) ? asynclit_journal_new_run (self->journal) : 0;
}

gboolean
asynclit_schedule_writer_call_locked (AsyncLitScheduleWriter *self, AsyncLitWrittenFunc func,
                                      gpointer data)
{
  Call *call;

  g_assert (func != NULL);
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!writer_is_own (self) || self->closed || self->n_tried == self->n_noted)
    return FALSE;
  call = g_new (Call, 1);
  *call = (Call){ self->n_noted, func, data };
  g_queue_push_tail (&self->calls, call);
  return TRUE;
}

AsyncLitStoredJob *
asynclit_schedule_writer_look_up (AsyncLitScheduleWriter *self, const char *job_id, gint64 now)
{
  AsyncLitStoredJob *job;
  guint n_dropped;

  g_assert (job_id != NULL);
  if (!writer_is_own (self))
    return NULL;
  asynclit_lock (&asynclit_schedule_lock);
  job = asynclit_journal_look_up (self->journal, job_id, now, &n_dropped);
  asynclit_unlock (&asynclit_schedule_lock);
  if (n_dropped > 0)
    {
      g_autofree char *id = asynclit_quote (job_id);

      g_warning ("The file “%s” of a schedule has %u times of the job “%s” that can't be right; "
                 "they are left out",
                 self->name, n_dropped, id);
    }
  return job;
}

/* Waiting */

/* Runs on: the thread that cancels the wait */
static void
wake_waiting (GCancellable *cancellable, gpointer data)
{
  AsyncLitScheduleWriter *self = data;

  if (!writer_is_own (self))
    return;
  asynclit_lock (&asynclit_schedule_lock);
  g_cond_broadcast (&self->tried);
  asynclit_unlock (&asynclit_schedule_lock);
}

static void
writer_unref_closure (gpointer data, GClosure *closure)
{
  asynclit_schedule_writer_unref (data);
}

static gboolean
writer_await_locked (AsyncLitScheduleWriter *self, gboolean close, gint64 end_time,
                     GCancellable *cancellable)
{
  guint64 n_noted = self->n_noted;
  gboolean in_time = TRUE;

  asynclit_assert_locked (&asynclit_schedule_lock);
  while (!self->closed && (close || self->n_tried < n_noted) && in_time
         && !g_cancellable_is_cancelled (cancellable))
    in_time = asynclit_cond_wait_until (&self->tried, &asynclit_schedule_lock, end_time);
  return self->closed || (!close && self->n_tried >= n_noted);
}

void
asynclit_schedule_writer_await (AsyncLitScheduleWriter *self)
{
  if (!writer_is_own (self))
    return;
  asynclit_lock (&asynclit_schedule_lock);
  writer_await_locked (self, FALSE, G_MAXINT64, NULL);
  asynclit_unlock (&asynclit_schedule_lock);
}

static gboolean
writer_await_cancellable (AsyncLitScheduleWriter *self, gboolean close, gint64 end_time,
                          GCancellable *cancellable, GError **error)
{
  gulong id = 0;
  gboolean done;

  if (cancellable != NULL)
    id = asynclit_cancelled_connect (cancellable, wake_waiting, asynclit_schedule_writer_ref (self),
                                     writer_unref_closure);
  asynclit_lock (&asynclit_schedule_lock);
  done = writer_await_locked (self, close, end_time, cancellable);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_cancelled_disconnect (cancellable, id);
  if (!done && !g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 _ ("The schedule file “%s” was not written in time"), self->name);
  return done;
}

void
asynclit_schedule_writer_want_locked (AsyncLitScheduleWriter *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!writer_is_own (self) || self->closing)
    return;
  self->n_noted++;
  g_cond_signal (&self->wake);
}

gboolean
asynclit_schedule_writer_flush (AsyncLitScheduleWriter *self, gint64 end_time,
                                GCancellable *cancellable, GError **error)
{
  if (!writer_is_own (self))
    return TRUE;
  asynclit_lock (&asynclit_schedule_lock);
  asynclit_schedule_writer_want_locked (self);
  asynclit_unlock (&asynclit_schedule_lock);
  return writer_await_cancellable (self, FALSE, end_time, cancellable, error)
         && asynclit_schedule_writer_check (self, error);
}

gboolean
asynclit_schedule_writer_check (AsyncLitScheduleWriter *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!writer_is_own (self))
    return TRUE;
  asynclit_lock (&asynclit_schedule_lock);
  if (self->error != NULL || self->refusal != NULL)
    failure = g_error_copy (self->error != NULL ? self->error : self->refusal);
  asynclit_unlock (&asynclit_schedule_lock);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* Closing */

void
asynclit_schedule_writer_close (AsyncLitScheduleWriter *self)
{
  if (!writer_is_own (self))
    return;
  asynclit_lock (&asynclit_schedule_lock);
  if (!self->closing)
    asynclit_schedule_connection_announce_close (self->connection);
  if (self->blocked)
    asynclit_schedule_writer_want_locked (self); /* for the last time */
  self->closing = TRUE;
  g_cond_signal (&self->wake);
  asynclit_unlock (&asynclit_schedule_lock);
}

gboolean
asynclit_schedule_writer_await_close (AsyncLitScheduleWriter *self, gint64 end_time,
                                      GCancellable *cancellable, GError **error)
{
  return !writer_is_own (self)
         || (writer_await_cancellable (self, TRUE, end_time, cancellable, error)
             && asynclit_schedule_writer_check (self, error));
}

gboolean
asynclit_schedule_writer_is_closed (AsyncLitScheduleWriter *self)
{
  gboolean closed;

  if (!writer_is_own (self))
    return TRUE;
  asynclit_lock (&asynclit_schedule_lock);
  closed = self->closing;
  asynclit_unlock (&asynclit_schedule_lock);
  return closed;
}

const char *
asynclit_schedule_writer_get_name (AsyncLitScheduleWriter *self)
{
  return self->name;
}

static AsyncLitScheduleWriter *
find_open (void)
{
  AsyncLitScheduleWriter *found = NULL;

  asynclit_lock (&asynclit_schedule_lock);
  if (open_writers != NULL && open_writers->len > 0)
    found = asynclit_schedule_writer_ref (g_ptr_array_index (open_writers, 0));
  asynclit_unlock (&asynclit_schedule_lock);
  return found;
}

gboolean
asynclit_schedule_writers_close_all (gint64 end_time)
{
  AsyncLitScheduleWriter *writer;
  gboolean closed = TRUE;

  while (closed && (writer = find_open ()) != NULL)
    {
      asynclit_schedule_writer_close (writer);
      closed = writer_await_cancellable (writer, TRUE, end_time, NULL, NULL);
      asynclit_schedule_writer_unref (writer);
    }
  return closed;
}
