/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A heap behind one source. With a GSource per timer, each iteration of the worker would check all
 * of them. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-timer-queue-private.h"

struct _AsyncLitTimerQueue {
  GMainContext *context; /* read-only; a queue lives as long as the process */
  guint generation;      /* of the process; read-only */
  AsyncLitLock lock;     /* guards the heap and the fields of all timers */
  AsyncLitDueHeap heap;  /* of AsyncLitTimer */
};

typedef struct {
  GSource source;
  AsyncLitTimerQueue *queue;
} TimerSource;

/* When the first timer is due, or ASYNCLIT_NEVER. */
static gint64
timer_queue_get_next_due (AsyncLitTimerQueue *self)
{
  gint64 due;

  asynclit_lock (&self->lock);
  due = asynclit_due_heap_get_due (&self->heap);
  asynclit_unlock (&self->lock);
  return due;
}

static AsyncLitTimer *
timer_queue_take_due (AsyncLitTimerQueue *self, gint64 now)
{
  AsyncLitTimer *timer = NULL;

  asynclit_lock (&self->lock);
  if (asynclit_due_heap_get_due (&self->heap) <= now)
    {
      timer = (AsyncLitTimer *) asynclit_due_heap_peek (&self->heap);
      asynclit_due_heap_remove (&self->heap, &timer->entry);
    }
  asynclit_unlock (&self->lock);
  return timer;
}

/* Whether the queue is the parent's, in the child of a fork: its threads may have held the lock. */
static gboolean
timer_queue_is_foreign (AsyncLitTimerQueue *self)
{
  return self->generation != asynclit_get_generation ();
}

static gboolean
timer_source_prepare (GSource *source, int *timeout)
{
  gint64 due, left;

  *timeout = -1;
  if (timer_queue_is_foreign (((TimerSource *) source)->queue))
    {
      g_source_destroy (source);
      return FALSE;
    }
  due = timer_queue_get_next_due (((TimerSource *) source)->queue);
  left = asynclit_time_between (asynclit_clock_now (), due);
  if (left <= 0)
    return TRUE;
  if (due != ASYNCLIT_NEVER && asynclit_clock_is_real ())
    *timeout = (int) MIN (left / 1000 + (left % 1000 > 0), G_MAXINT);
  return FALSE;
}

static gboolean
timer_source_check (GSource *source)
{
  AsyncLitTimerQueue *self = ((TimerSource *) source)->queue;

  return !timer_queue_is_foreign (self) && timer_queue_get_next_due (self) <= asynclit_clock_now ();
}

static gboolean
timer_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  AsyncLitTimerQueue *self = ((TimerSource *) source)->queue;
  gint64 now = asynclit_clock_now ();
  AsyncLitTimer *timer;

  /* A retry that is due may belong to a task whose function forks. */
  while (!timer_queue_is_foreign (self) && (timer = timer_queue_take_due (self, now)) != NULL)
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

  g_assert (context != NULL);
  self->context = context;
  self->generation = asynclit_get_generation ();
  asynclit_due_heap_init (&self->heap);

  ((TimerSource *) source)->queue = self;
  g_source_set_name (source, "[asynclit] timers");
  g_source_attach (source, context);
  g_source_unref (source);
  return self;
}

void
asynclit_timer_queue_free (AsyncLitTimerQueue *self)
{
  asynclit_due_heap_clear (&self->heap);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

gboolean
asynclit_timer_queue_start (AsyncLitTimerQueue *self, AsyncLitTimer *timer, gint64 due)
{
  gboolean start;
  gboolean is_first = FALSE;

  g_assert (timer->func != NULL);
  asynclit_lock (&self->lock);
  start = !timer->stopped;
  if (start)
    {
      timer->started = TRUE;
      asynclit_due_heap_push (&self->heap, &timer->entry, due);
      is_first = asynclit_due_heap_peek (&self->heap) == &timer->entry;
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
  running = timer->entry.place != 0;
  if (running)
    asynclit_due_heap_remove (&self->heap, &timer->entry);
  else if (!timer->started)
    timer->stopped = TRUE;
  asynclit_unlock (&self->lock);
  return running;
}

gboolean
asynclit_timer_queue_is_running (AsyncLitTimerQueue *self)
{
  return timer_queue_get_next_due (self) != ASYNCLIT_NEVER;
}
