/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-due-heap-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitTimer AsyncLitTimer;
typedef struct _AsyncLitTimerQueue AsyncLitTimerQueue;

typedef void (*AsyncLitTimerFunc) (AsyncLitTimer *timer);

/* Embedded in what it stands for; prepared with asynclit_timer_init() before each start. */
struct _AsyncLitTimer {
  /* Guarded by the queue's lock, as what follows `func`. */
  AsyncLitDueEntry entry; /* of asynclit_clock_now(); in the heap while it is running */
  AsyncLitTimerFunc func; /* runs on: the queue's context */
  gboolean started; /* it was, and perhaps has fired since */
  gboolean stopped; /* before it was started */
};

static inline void
asynclit_timer_init (AsyncLitTimer *timer, AsyncLitTimerFunc func)
{
  *timer = (AsyncLitTimer){ .func = func };
}

/* Any number of timers behind one source in a main context: O(log n) to start and to stop one. */
AsyncLitTimerQueue *asynclit_timer_queue_new (GMainContext *context);
/* For one that was never used, after its context. */
void asynclit_timer_queue_free (AsyncLitTimerQueue *self);

/* Any thread. FALSE if the timer has been stopped already. If it is started it may have fired,
 * and be gone, when this returns. */
gboolean asynclit_timer_queue_start (AsyncLitTimerQueue *self, AsyncLitTimer *timer, gint64 due);

/* Any thread. TRUE if the timer was running and will not fire. FALSE if it has fired, or is about
 * to call its function on another thread; or if it was not started yet: then whoever is about to
 * will be told. */
gboolean asynclit_timer_queue_stop (AsyncLitTimerQueue *self, AsyncLitTimer *timer);

/* Whether any timer is. */
gboolean asynclit_timer_queue_is_running (AsyncLitTimerQueue *self);

G_END_DECLS
