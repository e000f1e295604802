/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the task of a run calls, the record of a run in the store, and the tasks that wait to be
 * taken. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-schedule-core-private.h"

/* Records of runs */

AsyncLitRunRecord *
asynclit_run_record_new_locked (AsyncLitScheduleCore *core)
{
  AsyncLitRunRecord *self = g_new0 (AsyncLitRunRecord, 1);

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_atomic_ref_count_init (&self->ref_count);
  if (core->store == NULL)
    return self;
  self->writer = asynclit_schedule_writer_ref (asynclit_schedule_store_get_writer (core->store));
  self->clock = asynclit_ref_owned_locked (core->clock);
  self->run = asynclit_schedule_writer_new_run_locked (self->writer);
  return self;
}

AsyncLitRunRecord *
asynclit_run_record_ref (AsyncLitRunRecord *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_run_record_unref (AsyncLitRunRecord *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_clear_pointer (&self->writer, asynclit_schedule_writer_unref);
  g_clear_object (&self->clock);
  g_free (self);
}

/* Another attempt belongs to the same run. */
static gboolean
run_record_note_start_locked (AsyncLitRunRecord *self, gint64 now)
{
  const AsyncLitStoreChange change
      = { .kind = ASYNCLIT_STORE_START, .run = self->run, .time = now };

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->was_started)
    return FALSE;
  self->was_started = TRUE;
  asynclit_schedule_writer_note_locked (self->writer, &change);
  return TRUE;
}

gboolean
asynclit_run_record_start_async (AsyncLitRunRecord *self, AsyncLitWrittenFunc func, gpointer data)
{
  gboolean waits;
  gint64 now;

  g_assert (func != NULL);
  if (self->writer == NULL)
    return FALSE;
  now = asynclit_clock_get_wall_time (self->clock);
  asynclit_lock (&asynclit_schedule_lock);
  waits = run_record_note_start_locked (self, now)
          && asynclit_schedule_writer_call_locked (self->writer, func, data);
  asynclit_unlock (&asynclit_schedule_lock);
  return waits;
}

void
asynclit_run_record_start (AsyncLitRunRecord *self)
{
  gboolean is_new;
  gint64 now;

  if (self->writer == NULL)
    return;
  now = asynclit_clock_get_wall_time (self->clock);
  asynclit_lock (&asynclit_schedule_lock);
  is_new = run_record_note_start_locked (self, now);
  asynclit_unlock (&asynclit_schedule_lock);
  if (!is_new)
    return;
  asynclit_blocking_begin ();
  asynclit_schedule_writer_await (self->writer);
  asynclit_blocking_end ();
}

/* Calls */

AsyncLitScheduledCall *
asynclit_scheduled_call_new_locked (AsyncLitScheduleCore *core)
{
  AsyncLitScheduledCall *self = g_new0 (AsyncLitScheduledCall, 1);

  asynclit_assert_locked (&asynclit_schedule_lock);
  g_atomic_ref_count_init (&self->ref_count);
  self->record = asynclit_run_record_new_locked (core);
  return self;
}

AsyncLitScheduledCall *
asynclit_scheduled_call_ref (AsyncLitScheduledCall *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_scheduled_call_unref (AsyncLitScheduledCall *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_clear_pointer (&self->work, asynclit_scheduled_work_unref);
  asynclit_run_record_unref (self->record);
  g_free (self);
}

/* Due items */

void
asynclit_due_item_free (AsyncLitDueItem *self)
{
  asynclit_task_return_ref (self->task);
  asynclit_scheduled_call_unref (self->call);
  asynclit_scheduled_task_release (self->job);
  g_free (self);
}

AsyncLitTask *
asynclit_due_item_take (AsyncLitDueItem *item, AsyncLitScheduledTask **job)
{
  AsyncLitTask *task = item->task;

  asynclit_run_record_start (item->call->record);
  asynclit_scheduled_call_unref (item->call);
  if (job != NULL)
    *job = g_object_ref (item->job);
  asynclit_scheduled_task_release (item->job);
  g_free (item);
  return task;
}
