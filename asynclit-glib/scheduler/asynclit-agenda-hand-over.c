/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Jobs without a function: their tasks wait here for whoever runs them. */

#include "config.h"

#include "asynclit-agenda-private.h"
#include "asynclit-blocking-private.h"
#include "asynclit-source-private.h"

/* A GTask of take_due_async(). */
typedef struct {
  GTask *result;
  AsyncLitAgenda *agenda;
  GSource *cancel;        /* NULL: it can't be cancelled */
  AsyncLitHandOver *item; /* guarded by asynclit_schedule_lock, until it is out of the queue */
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

  asynclit_scheduled_call_note_start (item->call);
  asynclit_scheduled_call_unref (item->call);
  if (job != NULL)
    *job = g_object_ref (item->job);
  asynclit_scheduled_task_release (item->job);
  g_free (item);
  return task;
}

static void
taker_free (gpointer data)
{
  Taker *self = data;

  if (self->item != NULL) /* the context is gone */
    asynclit_hand_over_free (self->item);
  if (self->cancel != NULL)
    {
      g_source_destroy (self->cancel);
      g_source_unref (self->cancel);
    }
  asynclit_agenda_unref (self->agenda);
  g_object_unref (self->result);
  g_free (self);
}

/* Runs on: the context of the GTask */
static gboolean
taker_return (gpointer data)
{
  Taker *self = data;

  asynclit_tsan_acquire (self);
  if (self->item != NULL)
    g_task_return_pointer (self->result, g_steal_pointer (&self->item),
                           (GDestroyNotify) asynclit_hand_over_free);
  else
    g_task_return_error_if_cancelled (self->result);
  return G_SOURCE_REMOVE;
}

/* What the GTask refers to is released in its context, with the source. */
static void
taker_return_later (Taker *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[asynclit] run to take");
  g_source_set_callback (source, taker_return, self, taker_free);
  asynclit_tsan_release (self);
  asynclit_source_hand_over (source, g_task_get_context (self->result));
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
        taker = g_queue_pop_head (&self->takers);
      if (taker != NULL)
        taker->item = g_queue_pop_head (&self->handed_over);
      asynclit_unlock (&asynclit_schedule_lock);
      if (taker != NULL)
        taker_return_later (taker);
    }
  while (taker != NULL);
}

void
asynclit_agenda_hand_over (AsyncLitAgenda *self, AsyncLitTask *task, AsyncLitScheduledTask *job,
                           AsyncLitScheduledCall *call)
{
  AsyncLitHandOver *item = g_new0 (AsyncLitHandOver, 1);

  item->task = g_object_ref (task);
  item->call = asynclit_scheduled_call_ref (call);
  asynclit_lock (&asynclit_schedule_lock);
  item->job = asynclit_scheduled_task_hold_locked (job);
  g_queue_push_tail (&self->handed_over, item);
  g_cond_signal (&self->has_hand_over);
  asynclit_unlock (&asynclit_schedule_lock);
  agenda_serve_takers (self);
}

/* Runs on: the thread that cancels the wait */
static void
wake_takers (GCancellable *cancellable, gpointer data)
{
  AsyncLitAgenda *self = data;

  asynclit_lock (&asynclit_schedule_lock);
  g_cond_broadcast (&self->has_hand_over);
  asynclit_unlock (&asynclit_schedule_lock);
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
  AsyncLitHandOver *item;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_takers), self, NULL);
  asynclit_blocking_begin ();
  item = agenda_await_hand_over (self, cancellable);
  asynclit_blocking_end ();
  g_cancellable_disconnect (cancellable, id);
  if (item == NULL)
    {
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return NULL;
    }
  return asynclit_hand_over_take (item, job);
}

/* Runs on: the context of the GTask */
static gboolean
taker_cancelled (GCancellable *cancellable, gpointer data)
{
  Taker *self = data;
  gboolean is_waiting;

  asynclit_lock (&asynclit_schedule_lock);
  is_waiting = g_queue_remove (&self->agenda->takers, self);
  asynclit_unlock (&asynclit_schedule_lock);
  if (is_waiting)
    taker_return_later (self);
  return G_SOURCE_REMOVE;
}

void
asynclit_agenda_take_async (AsyncLitAgenda *self, GTask *result)
{
  GCancellable *cancellable = g_task_get_cancellable (result);
  Taker *taker = g_new0 (Taker, 1);

  g_task_set_check_cancellable (result, FALSE);
  taker->result = g_object_ref (result);
  taker->agenda = asynclit_agenda_ref (self);
  if (cancellable != NULL)
    {
      taker->cancel = g_cancellable_source_new (cancellable);
      g_source_set_static_name (taker->cancel, "[asynclit] end of a wait");
      g_source_set_callback (taker->cancel, G_SOURCE_FUNC (taker_cancelled), taker, NULL);
      g_source_attach (taker->cancel, g_task_get_context (result));
    }
  asynclit_lock (&asynclit_schedule_lock);
  g_queue_push_tail (&self->takers, taker);
  asynclit_unlock (&asynclit_schedule_lock);
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
