/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A binary heap, as in any textbook (Williams 1964), with each timer knowing its place in it, so
 * that one can be stopped without a search. A GSource for each timer would make every iteration
 * of the worker look at all of them.
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-timer-queue-private.h"

struct _AsyncLitTimerQueue {
  GMainContext *context; /* read-only; a queue lives as long as the process */
  AsyncLitLock lock;     /* guards heap, and `due` and `place` of every timer */
  GPtrArray *heap;       /* of AsyncLitTimer; index 0 is unused */
};

typedef struct {
  GSource source;
  AsyncLitTimerQueue *queue;
} TimerSource;

static AsyncLitTimer *
heap_at (AsyncLitTimerQueue *self, guint place)
{
  return g_ptr_array_index (self->heap, place);
}

static void
heap_put_locked (AsyncLitTimerQueue *self, AsyncLitTimer *timer, guint place)
{
  g_ptr_array_index (self->heap, place) = timer;
  timer->place = place;
}

static void
heap_rise_locked (AsyncLitTimerQueue *self, AsyncLitTimer *timer)
{
  guint place = timer->place;

  while (place > 1 && heap_at (self, place / 2)->due > timer->due)
    {
      heap_put_locked (self, heap_at (self, place / 2), place);
      place /= 2;
    }
  heap_put_locked (self, timer, place);
}

static void
heap_sink_locked (AsyncLitTimerQueue *self, AsyncLitTimer *timer)
{
  guint place = timer->place;
  guint child;

  for (; (child = place * 2) < self->heap->len; place = child)
    {
      if (child + 1 < self->heap->len
          && heap_at (self, child + 1)->due < heap_at (self, child)->due)
        child++;
      if (heap_at (self, child)->due >= timer->due)
        break;
      heap_put_locked (self, heap_at (self, child), place);
    }
  heap_put_locked (self, timer, place);
}

static void
heap_remove_locked (AsyncLitTimerQueue *self, AsyncLitTimer *timer)
{
  guint place = timer->place;
  AsyncLitTimer *last = heap_at (self, self->heap->len - 1);

  timer->place = 0;
  g_ptr_array_set_size (self->heap, (int) self->heap->len - 1);
  if (last == timer)
    return;
  heap_put_locked (self, last, place);
  heap_rise_locked (self, last);
  heap_sink_locked (self, last);
}

/* When the first timer is due, or G_MAXINT64. */
static gint64
timer_queue_get_next_due (AsyncLitTimerQueue *self)
{
  gint64 due;

  asynclit_lock (&self->lock);
  due = self->heap->len > 1 ? heap_at (self, 1)->due : G_MAXINT64;
  asynclit_unlock (&self->lock);
  return due;
}

static AsyncLitTimer *
timer_queue_take_due (AsyncLitTimerQueue *self, gint64 now)
{
  AsyncLitTimer *timer = NULL;

  asynclit_lock (&self->lock);
  if (self->heap->len > 1 && heap_at (self, 1)->due <= now)
    {
      timer = heap_at (self, 1);
      heap_remove_locked (self, timer);
    }
  asynclit_unlock (&self->lock);
  return timer;
}

static gboolean
timer_source_prepare (GSource *source, int *timeout)
{
  gint64 due = timer_queue_get_next_due (((TimerSource *) source)->queue);
  gint64 left = due - asynclit_clock_now ();

  *timeout = -1;
  if (left <= 0)
    return TRUE;
  if (due != G_MAXINT64 && asynclit_clock_is_real ())
    *timeout = (int) MIN ((left + 999) / 1000, G_MAXINT);
  return FALSE;
}

static gboolean
timer_source_check (GSource *source)
{
  return timer_queue_get_next_due (((TimerSource *) source)->queue) <= asynclit_clock_now ();
}

static gboolean
timer_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  AsyncLitTimerQueue *self = ((TimerSource *) source)->queue;
  gint64 now = asynclit_clock_now ();
  AsyncLitTimer *timer;

  while ((timer = timer_queue_take_due (self, now)) != NULL)
    timer->func (timer);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_source_funcs = {
  .prepare = timer_source_prepare,
  .check = timer_source_check,
  .dispatch = timer_source_dispatch,
};

AsyncLitTimerQueue *
asynclit_timer_queue_new (GMainContext *context)
{
  AsyncLitTimerQueue *self = g_new0 (AsyncLitTimerQueue, 1);
  GSource *source = g_source_new (&timer_source_funcs, sizeof (TimerSource));

  self->context = context;
  self->heap = g_ptr_array_new ();
  g_ptr_array_add (self->heap, NULL);

  ((TimerSource *) source)->queue = self;
  g_source_set_name (source, "[asynclit] timers");
  g_source_attach (source, context);
  g_source_unref (source);
  return self;
}

gboolean
asynclit_timer_queue_start (AsyncLitTimerQueue *self, AsyncLitTimer *timer, gint64 due)
{
  gboolean start;
  gboolean is_first = FALSE;

  asynclit_lock (&self->lock);
  start = !timer->stopped;
  if (start)
    {
      timer->started = TRUE;
      timer->due = due;
      timer->place = self->heap->len;
      g_ptr_array_add (self->heap, timer);
      heap_rise_locked (self, timer);
      is_first = timer->place == 1;
    }
  asynclit_unlock (&self->lock);
  if (is_first)
    g_main_context_wakeup (self->context);
  return start;
}

gboolean
asynclit_timer_queue_stop (AsyncLitTimerQueue *self, AsyncLitTimer *timer)
{
  gboolean running;

  asynclit_lock (&self->lock);
  running = timer->place != 0;
  if (running)
    heap_remove_locked (self, timer);
  else if (!timer->started)
    timer->stopped = TRUE;
  asynclit_unlock (&self->lock);
  return running;
}

gboolean
asynclit_timer_queue_is_running (AsyncLitTimerQueue *self)
{
  return timer_queue_get_next_due (self) != G_MAXINT64;
}
