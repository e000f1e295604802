/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Heaps behind one source: with a GSource per timer, each iteration of the worker would check all
 * of them.
 *
 * poll() does not know of the time for which the computer sleeps. Once there is a timer that counts
 * it, the source gets a timer file descriptor, which is ready as soon as the computer wakes up. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-timer-queue-private.h"

#include <sys/timerfd.h>
#include <unistd.h>

/* Without a timer file descriptor, a timer may be that late after the computer has slept. */
#define FALLBACK_USEC (10 * G_USEC_PER_SEC)

/* The clocks, and so the heaps. */
enum {
  AWAKE,
  BOOT,
  N_CLOCKS,
};

struct _AsyncLitTimerQueue {
  GMainContext *context;           /* read-only; a queue lives as long as the process */
  guint generation;                /* of the process; read-only */
  AsyncLitLock lock;               /* guards the heaps and the fields of all timers */
  AsyncLitDueHeap heaps[N_CLOCKS]; /* of AsyncLitTimer */
};

/* When the first timer of each clock is due, or ASYNCLIT_NEVER. */
typedef struct {
  gint64 due[N_CLOCKS];
} Dues;

typedef struct {
  GSource source;
  AsyncLitTimerQueue *queue;
  int fd;       /* -1: there is none yet, or none was left */
  gint64 armed; /* when it will be ready, or ASYNCLIT_NEVER */
} TimerSource;

static Dues
timer_queue_get_next_dues (AsyncLitTimerQueue *self)
{
  Dues dues;

  asynclit_lock (&self->lock);
  for (guint i = 0; i < N_CLOCKS; i++)
    dues.due[i] = asynclit_due_heap_get_due (&self->heaps[i]);
  asynclit_unlock (&self->lock);
  return dues;
}

static AsyncLitTimer *
timer_queue_take_due (AsyncLitTimerQueue *self, guint clock, gint64 now)
{
  AsyncLitDueHeap *heap = &self->heaps[clock];
  AsyncLitTimer *timer = NULL;

  asynclit_lock (&self->lock);
  if (asynclit_due_heap_get_due (heap) <= now)
    {
      timer = (AsyncLitTimer *) asynclit_due_heap_peek (heap);
      asynclit_due_heap_remove (heap, &timer->entry);
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

/* How long it is until the first timer is due: negative if one is. */
static gint64
dues_get_left (const Dues *dues)
{
  gint64 left = asynclit_time_between (asynclit_clock_now (), dues->due[AWAKE]);

  if (dues->due[BOOT] == ASYNCLIT_NEVER)
    return left;
  return MIN (left, asynclit_time_between (asynclit_clock_boot_now (), dues->due[BOOT]));
}

/* FALSE if there is no file descriptor. */
static gboolean
timer_source_arm (TimerSource *self, gint64 due)
{
  struct itimerspec spec = { 0 };

  if (self->fd < 0 && due != ASYNCLIT_NEVER)
    {
      self->fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
      if (self->fd >= 0)
        g_source_add_unix_fd (&self->source, self->fd, G_IO_IN);
    }
  if (self->fd < 0)
    return due == ASYNCLIT_NEVER;
  if (due != ASYNCLIT_NEVER)
    {
      spec.it_value.tv_sec = (time_t) (due / G_USEC_PER_SEC);
      spec.it_value.tv_nsec = (long) (due % G_USEC_PER_SEC) * 1000;
    }
  if (due != self->armed)
    timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &spec, NULL);
  self->armed = due;
  return TRUE;
}

static int
timer_source_get_timeout (TimerSource *self, const Dues *dues)
{
  gint64 left;

  if (!asynclit_clock_is_real ())
    return -1;
  left = asynclit_time_between (asynclit_clock_now (), dues->due[AWAKE]);
  if (!timer_source_arm (self, dues->due[BOOT]))
    left = MIN (dues_get_left (dues), FALLBACK_USEC);
  else if (dues->due[AWAKE] == ASYNCLIT_NEVER)
    return -1;
  return (int) MIN (left / 1000 + (left % 1000 > 0), G_MAXINT);
}

static gboolean
timer_source_prepare (GSource *source, int *timeout)
{
  TimerSource *self = (TimerSource *) source;
  Dues dues;

  *timeout = -1;
  if (timer_queue_is_foreign (self->queue))
    {
      g_source_destroy (source);
      return FALSE;
    }
  dues = timer_queue_get_next_dues (self->queue);
  if (dues_get_left (&dues) <= 0)
    return TRUE;
  *timeout = timer_source_get_timeout (self, &dues);
  return FALSE;
}

static gboolean
timer_source_check (GSource *source)
{
  AsyncLitTimerQueue *self = ((TimerSource *) source)->queue;
  Dues dues;

  if (timer_queue_is_foreign (self))
    return FALSE;
  dues = timer_queue_get_next_dues (self);
  return dues_get_left (&dues) <= 0;
}

/* A retry that is due may belong to a task whose function forks. */
static void
timer_queue_fire_due (AsyncLitTimerQueue *self, guint clock, gint64 now)
{
  AsyncLitTimer *timer;

  while (!timer_queue_is_foreign (self)
         && (timer = timer_queue_take_due (self, clock, now)) != NULL)
    timer->func (timer);
}

static gboolean
timer_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  AsyncLitTimerQueue *self = ((TimerSource *) source)->queue;

  timer_queue_fire_due (self, AWAKE, asynclit_clock_now ());
  timer_queue_fire_due (self, BOOT, asynclit_clock_boot_now ());
  return G_SOURCE_CONTINUE;
}

static void
timer_source_finalize (GSource *source)
{
  TimerSource *self = (TimerSource *) source;

  if (self->fd >= 0)
    close (self->fd);
}

static GSourceFuncs timer_source_funcs = {
  .prepare = timer_source_prepare,
  .check = timer_source_check,
  .dispatch = timer_source_dispatch,
  .finalize = timer_source_finalize,
};

AsyncLitTimerQueue *
asynclit_timer_queue_new (GMainContext *context)
{
  AsyncLitTimerQueue *self = g_new0 (AsyncLitTimerQueue, 1);
  GSource *source = g_source_new (&timer_source_funcs, sizeof (TimerSource));

  g_assert (context != NULL);
  self->context = context;
  self->generation = asynclit_get_generation ();
  for (guint i = 0; i < N_CLOCKS; i++)
    asynclit_due_heap_init (&self->heaps[i]);

  ((TimerSource *) source)->queue = self;
  ((TimerSource *) source)->fd = -1;
  ((TimerSource *) source)->armed = ASYNCLIT_NEVER;
  g_source_set_name (source, "[asynclit] timers");
  g_source_attach (source, context);
  g_source_unref (source);
  return self;
}

void
asynclit_timer_queue_free (AsyncLitTimerQueue *self)
{
  for (guint i = 0; i < N_CLOCKS; i++)
    asynclit_due_heap_clear (&self->heaps[i]);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

/* The flags of a timer share their memory, so that reading one needs the lock, too. */
static AsyncLitDueHeap *
timer_queue_get_heap_locked (AsyncLitTimerQueue *self, const AsyncLitTimer *timer)
{
  asynclit_assert_locked (&self->lock);
  return &self->heaps[timer->counts_sleep ? BOOT : AWAKE];
}

gboolean
asynclit_timer_queue_start (AsyncLitTimerQueue *self, AsyncLitTimer *timer, gint64 due)
{
  AsyncLitDueHeap *heap;
  gboolean start;
  gboolean is_first = FALSE;

  g_assert (timer->func != NULL);
  asynclit_lock (&self->lock);
  heap = timer_queue_get_heap_locked (self, timer);
  start = !timer->stopped;
  if (start)
    {
      timer->started = TRUE;
      asynclit_due_heap_push (heap, &timer->entry, due);
      is_first = asynclit_due_heap_peek (heap) == &timer->entry;
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
    asynclit_due_heap_remove (timer_queue_get_heap_locked (self, timer), &timer->entry);
  else if (!timer->started)
    timer->stopped = TRUE;
  asynclit_unlock (&self->lock);
  return running;
}

gboolean
asynclit_timer_queue_is_running (AsyncLitTimerQueue *self)
{
  Dues dues = timer_queue_get_next_dues (self);

  return dues.due[AWAKE] != ASYNCLIT_NEVER || dues.due[BOOT] != ASYNCLIT_NEVER;
}
