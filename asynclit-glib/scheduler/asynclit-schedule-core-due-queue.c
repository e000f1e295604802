/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs without a function: their tasks wait here for a thread that runs them. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-source-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

/* A waiter: a GTask of take_due_async(), or a thread that waits in take_due(). */
typedef struct {
  gatomicrefcount ref_count; /* one for the wait, one for the cancellable */
  guint generation;          /* of the process */
  GTask *result;             /* NULL: a thread; owned by the thread that removed it from the
                              * queue */
  gulong cancelled_id;
  gatomicrefcount n_returns; /* returns in progress; one more while the start of the run is being
                              * written */

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitScheduleCore *core; /* NULL: no longer waiting */
  GList link;                 /* in the core's waiters */
  gboolean is_queued;
  AsyncLitDueItem *item;
} DueWaiter;

/* In the child of a fork, it is the parent's to return and to free. */
static gboolean
due_waiter_is_foreign (DueWaiter *self)
{
  return self->generation != asynclit_get_generation ();
}

static void
due_waiter_unref (gpointer data, GClosure *closure)
{
  DueWaiter *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_free (self);
}

/* Ends the wait. A handler that is still running does not touch the core any more. */
static void
due_waiter_end (DueWaiter *self, GCancellable *cancellable)
{
  AsyncLitScheduleCore *core;

  asynclit_lock (&asynclit_schedule_lock);
  core = g_steal_pointer (&self->core);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_cancelled_disconnect (cancellable, self->cancelled_id);
  asynclit_schedule_core_unref (core);
  due_waiter_unref (self, NULL);
}

static void
due_waiter_free (gpointer data)
{
  DueWaiter *self = data;
  g_autoptr (GTask) result = NULL;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->n_returns))
    return;
  asynclit_tsan_acquire (self);
  if (due_waiter_is_foreign (self))
    return;
  result = g_steal_pointer (&self->result);
  if (self->item != NULL) /* the context is gone */
    asynclit_due_item_free (self->item);
  due_waiter_end (self, g_task_get_cancellable (result));
}

static void due_waiter_return_later (DueWaiter *self);

/* Runs on: the thread of the writer */
static void
due_waiter_started (gpointer data)
{
  due_waiter_return_later (data);
}

/* Whether the start of the run has to be written first. This function does not wait for it. */
static gboolean
due_waiter_waits_for_start (DueWaiter *self)
{
  gboolean waits;

  if (self->item == NULL)
    return FALSE;
  g_atomic_ref_count_inc (&self->n_returns);
  waits = asynclit_run_record_start_async (self->item->call->record, due_waiter_started, self);
  if (!waits && g_atomic_ref_count_dec (&self->n_returns))
    g_assert_not_reached ();
  return waits;
}

/* Runs on: the context of the GTask */
static gboolean
due_waiter_return (gpointer data)
{
  DueWaiter *self = data;

  asynclit_tsan_acquire (self);
  if (due_waiter_is_foreign (self) || due_waiter_waits_for_start (self))
    return G_SOURCE_REMOVE;
  if (self->item != NULL)
    g_task_return_pointer (self->result, g_steal_pointer (&self->item),
                           (GDestroyNotify) asynclit_due_item_free);
  else
    g_task_return_new_error (self->result, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _ ("The wait was cancelled"));
  return G_SOURCE_REMOVE;
}

/* What the GTask refers to is released in its context, together with the source. */
static void
due_waiter_return_later (DueWaiter *self)
{
  GMainContext *context = g_task_get_context (self->result);
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[asynclit] run to take");
  g_source_set_callback (source, due_waiter_return, self, due_waiter_free);
  asynclit_tsan_release (self);
  asynclit_source_attach (source, context);
}

static DueWaiter *
due_waiter_dequeue_locked (AsyncLitScheduleCore *core)
{
  DueWaiter *self = core->waiters.head != NULL ? core->waiters.head->data : NULL;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self != NULL)
    {
      g_queue_unlink (&core->waiters, &self->link);
      self->is_queued = FALSE;
    }
  return self;
}

/* Gives pending items to the waiters in main contexts. */
static void
core_serve_waiters (AsyncLitScheduleCore *self)
{
  DueWaiter *waiter;

  do
    {
      waiter = NULL;
      asynclit_lock (&asynclit_schedule_lock);
      if (self->due_queue.length > 0)
        waiter = due_waiter_dequeue_locked (self);
      if (waiter != NULL)
        waiter->item = g_queue_pop_head (&self->due_queue);
      asynclit_unlock (&asynclit_schedule_lock);
      if (waiter != NULL)
        due_waiter_return_later (waiter);
    }
  while (waiter != NULL);
}

/* FALSE if the scheduler has been shut down since the run was launched, and has cancelled the items
 * that were in the queue. */
static gboolean
core_push_due_item (AsyncLitScheduleCore *self, AsyncLitScheduledRun *run, AsyncLitDueItem *item)
{
  gboolean in_time;

  asynclit_lock (&asynclit_schedule_lock);
  in_time = self->n_stops == run->n_stops;
  item->job = asynclit_scheduled_task_hold_locked (run->origin);
  if (in_time)
    {
      g_queue_push_tail (&self->due_queue, item);
      g_cond_signal (&self->has_due_item);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  return in_time;
}

void
asynclit_schedule_core_push_due (AsyncLitScheduleCore *self, AsyncLitScheduledRun *run,
                                 AsyncLitTask *task)
{
  AsyncLitDueItem *item = g_new0 (AsyncLitDueItem, 1);

  g_assert (run != NULL && task != NULL);
  item->task = g_object_ref (task);
  item->call = asynclit_scheduled_call_ref (run->call);
  if (core_push_due_item (self, run, item))
    {
      core_serve_waiters (self);
      return;
    }
  asynclit_task_cancel (task);
  asynclit_due_item_free (item);
}

/* Runs on: the thread that cancels the wait */
static void
due_waiter_cancel (GCancellable *cancellable, gpointer data)
{
  DueWaiter *self = data;
  gboolean was_queued;

  asynclit_tsan_acquire (self);
  asynclit_lock (&asynclit_schedule_lock);
  was_queued = self->is_queued;
  if (was_queued)
    {
      g_queue_unlink (&self->core->waiters, &self->link);
      self->is_queued = FALSE;
    }
  else if (self->core != NULL)
    g_cond_broadcast (&self->core->has_due_item);
  asynclit_unlock (&asynclit_schedule_lock);
  if (was_queued)
    due_waiter_return_later (self);
}

static DueWaiter *
due_waiter_new (AsyncLitScheduleCore *core, GTask *result, GCancellable *cancellable)
{
  DueWaiter *self = g_new0 (DueWaiter, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->n_returns);
  self->core = asynclit_schedule_core_ref (core);
  self->result = result;
  self->link.data = self;
  if (cancellable == NULL)
    return self;
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_tsan_release (self);
  self->cancelled_id
      = asynclit_cancelled_connect (cancellable, due_waiter_cancel, self, due_waiter_unref);
  return self;
}

static AsyncLitDueItem *
core_await_due_item (AsyncLitScheduleCore *self, GCancellable *cancellable)
{
  AsyncLitDueItem *item = NULL;

  asynclit_lock (&asynclit_schedule_lock);
  while (!g_cancellable_is_cancelled (cancellable)
         && (item = g_queue_pop_head (&self->due_queue)) == NULL)
    asynclit_cond_wait (&self->has_due_item, &asynclit_schedule_lock);
  asynclit_unlock (&asynclit_schedule_lock);
  return item;
}

AsyncLitTask *
asynclit_schedule_core_take (AsyncLitScheduleCore *self, AsyncLitScheduledTask **job,
                             GCancellable *cancellable, GError **error)
{
  AsyncLitWait wait = { 0 };
  DueWaiter *waiter;
  AsyncLitDueItem *item;

  if (!asynclit_wait_begin (&wait, FALSE, error))
    return NULL;
  waiter = due_waiter_new (self, NULL, cancellable);
  asynclit_blocking_begin ();
  item = core_await_due_item (self, cancellable);
  asynclit_blocking_end ();
  due_waiter_end (waiter, cancellable);
  asynclit_wait_end (&wait);
  if (item != NULL)
    return asynclit_due_item_take (item, job);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The wait was cancelled"));
  return NULL;
}

void
asynclit_schedule_core_take_async (AsyncLitScheduleCore *self, GTask *result)
{
  GCancellable *cancellable = g_task_get_cancellable (result);
  DueWaiter *waiter = due_waiter_new (self, g_object_ref (result), cancellable);

  g_assert (G_IS_TASK (result));
  g_task_set_check_cancellable (result, FALSE);
  g_atomic_ref_count_inc (&waiter->ref_count);
  asynclit_lock (&asynclit_schedule_lock);
  waiter->is_queued = TRUE;
  g_queue_push_tail_link (&self->waiters, &waiter->link);
  asynclit_unlock (&asynclit_schedule_lock);
  /* While the waiter is not in the queue, the handler leaves it alone. */
  if (g_cancellable_is_cancelled (cancellable))
    due_waiter_cancel (cancellable, waiter);
  due_waiter_unref (waiter, NULL);
  core_serve_waiters (self);
}

void
asynclit_schedule_core_cancel_due_items (AsyncLitScheduleCore *self)
{
  for (;;)
    {
      AsyncLitDueItem *item;

      asynclit_lock (&asynclit_schedule_lock);
      item = g_queue_pop_head (&self->due_queue);
      asynclit_unlock (&asynclit_schedule_lock);
      if (item == NULL)
        return;
      asynclit_task_cancel (item->task);
      asynclit_due_item_free (item);
    }
}
