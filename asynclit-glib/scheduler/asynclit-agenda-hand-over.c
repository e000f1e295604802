/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs without a function: their tasks wait here for whoever runs them. */

#include "config.h"

#include "asynclit-agenda-private.h"
#include "asynclit-blocking-private.h"
#include "asynclit-cancelled-private.h"
#include "asynclit-init-private.h"
#include "asynclit-source-private.h"
#include "asynclit-wait-private.h"

#include <glib/gi18n-lib.h>

/* A GTask of take_due_async(), or a thread that waits in take_due(). */
typedef struct {
  gatomicrefcount ref_count; /* the wait's, and the cancellable's */
  guint generation;          /* of the process */
  GTask *result;             /* NULL: a thread; for whoever has taken it out of the queue */
  gulong cancelled_id;
  gatomicrefcount n_returns; /* those under way: one more while the start of the run is written */

  /* Guarded by asynclit_schedule_lock. */
  AsyncLitAgenda *agenda; /* NULL: it does not wait any more */
  GList link;             /* in the agenda's takers */
  gboolean is_queued;
  AsyncLitHandOver *item;
} Taker;

void
asynclit_hand_over_free (AsyncLitHandOver *self)
{
  asynclit_task_return_ref (self->task);
  asynclit_scheduled_call_unref (self->call);
  asynclit_scheduled_task_release (self->job);
  g_free (self);
}

AsyncLitTask *
asynclit_hand_over_take (AsyncLitHandOver *item, AsyncLitScheduledTask **job)
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

/* In the child of a fork it is the parent's to return, and to free. */
static gboolean
taker_is_foreign (Taker *self)
{
  return self->generation != asynclit_get_generation ();
}

static void
taker_unref (gpointer data, GClosure *closure)
{
  Taker *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_free (self);
}

/* The wait is over: a handler that still runs leaves the agenda alone. */
static void
taker_end (Taker *self, GCancellable *cancellable)
{
  AsyncLitAgenda *agenda;

  asynclit_lock (&asynclit_schedule_lock);
  agenda = g_steal_pointer (&self->agenda);
  asynclit_unlock (&asynclit_schedule_lock);
  asynclit_cancelled_disconnect (cancellable, self->cancelled_id);
  asynclit_agenda_unref (agenda);
  taker_unref (self, NULL);
}

static void
taker_free (gpointer data)
{
  Taker *self = data;
  g_autoptr (GTask) result = NULL;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->n_returns))
    return;
  asynclit_tsan_acquire (self);
  if (taker_is_foreign (self))
    return;
  result = g_steal_pointer (&self->result);
  if (self->item != NULL) /* the context is gone */
    asynclit_hand_over_free (self->item);
  taker_end (self, g_task_get_cancellable (result));
}

static void taker_return_later (Taker *self);

/* Runs on: the thread of the writer */
static void
taker_started (gpointer data)
{
  taker_return_later (data);
}

/* Whether the start of the run has to be written first: that is not waited for here. */
static gboolean
taker_waits_for_start (Taker *self)
{
  gboolean waits;

  if (self->item == NULL)
    return FALSE;
  g_atomic_ref_count_inc (&self->n_returns);
  waits = asynclit_run_record_start_async (self->item->call->record, taker_started, self);
  if (!waits && g_atomic_ref_count_dec (&self->n_returns))
    g_assert_not_reached ();
  return waits;
}

/* Runs on: the context of the GTask */
static gboolean
taker_return (gpointer data)
{
  Taker *self = data;

  asynclit_tsan_acquire (self);
  if (taker_is_foreign (self) || taker_waits_for_start (self))
    return G_SOURCE_REMOVE;
  if (self->item != NULL)
    g_task_return_pointer (self->result, g_steal_pointer (&self->item),
                           (GDestroyNotify) asynclit_hand_over_free);
  else
    g_task_return_new_error (self->result, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _("The wait was cancelled"));
  return G_SOURCE_REMOVE;
}

/* What the GTask refers to is released in its context, with the source. */
static void
taker_return_later (Taker *self)
{
  GMainContext *context = g_task_get_context (self->result);
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[asynclit] run to take");
  g_source_set_callback (source, taker_return, self, taker_free);
  asynclit_tsan_release (self);
  asynclit_source_hand_over (source, context);
}

static Taker *
taker_dequeue_locked (AsyncLitAgenda *agenda)
{
  Taker *self = agenda->takers.head != NULL ? agenda->takers.head->data : NULL;

  if (self != NULL)
    {
      g_queue_unlink (&agenda->takers, &self->link);
      self->is_queued = FALSE;
    }
  return self;
}

/* Gives what waits to whoever waits for it in a main context. */
static void
agenda_serve_takers (AsyncLitAgenda *self)
{
  Taker *taker;

  do
    {
      taker = NULL;
      asynclit_lock (&asynclit_schedule_lock);
      if (self->handed_over.length > 0)
        taker = taker_dequeue_locked (self);
      if (taker != NULL)
        taker->item = g_queue_pop_head (&self->handed_over);
      asynclit_unlock (&asynclit_schedule_lock);
      if (taker != NULL)
        taker_return_later (taker);
    }
  while (taker != NULL);
}

/* FALSE if the scheduler was shut down since the run was launched, and has cancelled what was
 * handed over before. */
static gboolean
agenda_push_hand_over (AsyncLitAgenda *self, AsyncLitScheduledRun *run, AsyncLitHandOver *item)
{
  gboolean in_time;

  asynclit_lock (&asynclit_schedule_lock);
  in_time = self->n_stops == run->n_stops;
  item->job = asynclit_scheduled_task_hold_locked (run->origin);
  if (in_time)
    {
      g_queue_push_tail (&self->handed_over, item);
      g_cond_signal (&self->has_hand_over);
    }
  asynclit_unlock (&asynclit_schedule_lock);
  return in_time;
}

void
asynclit_agenda_hand_over (AsyncLitAgenda *self, AsyncLitScheduledRun *run, AsyncLitTask *task)
{
  AsyncLitHandOver *item = g_new0 (AsyncLitHandOver, 1);

  item->task = g_object_ref (task);
  item->call = asynclit_scheduled_call_ref (run->call);
  if (agenda_push_hand_over (self, run, item))
    {
      agenda_serve_takers (self);
      return;
    }
  asynclit_task_cancel (task);
  asynclit_hand_over_free (item);
}

/* Runs on: the thread that cancels the wait */
static void
taker_cancel (GCancellable *cancellable, gpointer data)
{
  Taker *self = data;
  gboolean was_queued;

  asynclit_tsan_acquire (self);
  asynclit_lock (&asynclit_schedule_lock);
  was_queued = self->is_queued;
  if (was_queued)
    {
      g_queue_unlink (&self->agenda->takers, &self->link);
      self->is_queued = FALSE;
    }
  else if (self->agenda != NULL)
    g_cond_broadcast (&self->agenda->has_hand_over);
  asynclit_unlock (&asynclit_schedule_lock);
  if (was_queued)
    taker_return_later (self);
}

static Taker *
taker_new (AsyncLitAgenda *agenda, GTask *result, GCancellable *cancellable)
{
  Taker *self = g_new0 (Taker, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->generation = asynclit_get_generation ();
  g_atomic_ref_count_init (&self->n_returns);
  self->agenda = asynclit_agenda_ref (agenda);
  self->result = result;
  self->link.data = self;
  if (cancellable == NULL)
    return self;
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_tsan_release (self);
  self->cancelled_id = asynclit_cancelled_connect (cancellable, taker_cancel, self, taker_unref);
  return self;
}

static AsyncLitHandOver *
agenda_await_hand_over (AsyncLitAgenda *self, GCancellable *cancellable)
{
  AsyncLitHandOver *item = NULL;

  asynclit_lock (&asynclit_schedule_lock);
  while (!g_cancellable_is_cancelled (cancellable)
         && (item = g_queue_pop_head (&self->handed_over)) == NULL)
    asynclit_cond_wait (&self->has_hand_over, &asynclit_schedule_lock);
  asynclit_unlock (&asynclit_schedule_lock);
  return item;
}

AsyncLitTask *
asynclit_agenda_take (AsyncLitAgenda *self, AsyncLitScheduledTask **job, GCancellable *cancellable,
                      GError **error)
{
  AsyncLitWait wait = { 0 };
  Taker *taker;
  AsyncLitHandOver *item;

  if (!asynclit_wait_begin (&wait, FALSE, error))
    return NULL;
  taker = taker_new (self, NULL, cancellable);
  asynclit_blocking_begin ();
  item = agenda_await_hand_over (self, cancellable);
  asynclit_blocking_end ();
  taker_end (taker, cancellable);
  asynclit_wait_end (&wait);
  if (item != NULL)
    return asynclit_hand_over_take (item, job);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The wait was cancelled"));
  return NULL;
}

void
asynclit_agenda_take_async (AsyncLitAgenda *self, GTask *result)
{
  GCancellable *cancellable = g_task_get_cancellable (result);
  Taker *taker = taker_new (self, g_object_ref (result), cancellable);

  g_task_set_check_cancellable (result, FALSE);
  g_atomic_ref_count_inc (&taker->ref_count);
  asynclit_lock (&asynclit_schedule_lock);
  taker->is_queued = TRUE;
  g_queue_push_tail_link (&self->takers, &taker->link);
  asynclit_unlock (&asynclit_schedule_lock);
  /* While it is not in the queue the handler leaves it alone. */
  if (g_cancellable_is_cancelled (cancellable))
    taker_cancel (cancellable, taker);
  taker_unref (taker, NULL);
  agenda_serve_takers (self);
}

void
asynclit_agenda_cancel_handed_over (AsyncLitAgenda *self)
{
  for (;;)
    {
      AsyncLitHandOver *item;

      asynclit_lock (&asynclit_schedule_lock);
      item = g_queue_pop_head (&self->handed_over);
      asynclit_unlock (&asynclit_schedule_lock);
      if (item == NULL)
        return;
      asynclit_task_cancel (item->task);
      asynclit_hand_over_free (item);
    }
}
