/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-due-heap-private.h"

G_BEGIN_DECLS

typedef struct _AsyncLitTimer AsyncLitTimer;
typedef struct _AsyncLitTimerQueue AsyncLitTimerQueue;

typedef void (*AsyncLitTimerFunc) (AsyncLitTimer *timer);

/* Embedded in a larger structure; initialized with asynclit_timer_init() before each start, or with
 * asynclit_timer_init_boot() if it is to go on while the computer sleeps. */
struct _AsyncLitTimer {
  /* Guarded by the queue's lock, like the fields after `func`. */
  AsyncLitDueEntry entry; /* in the heap of its clock while the timer is running */
  AsyncLitTimerFunc func; /* runs on: the queue's context */
  guint counts_sleep : 1; /* due on asynclit_clock_boot_now(), not on asynclit_clock_now(); set
                           * when it is initialized */
  guint started : 1;      /* started, and possibly fired since */
  guint stopped : 1;      /* stopped before it was started */
};

static inline void
asynclit_timer_init (AsyncLitTimer *timer, AsyncLitTimerFunc func)
{
  *timer = (AsyncLitTimer){ .func = func };
}

static inline void
asynclit_timer_init_boot (AsyncLitTimer *timer, AsyncLitTimerFunc func)
{
  *timer = (AsyncLitTimer){ .func = func, .counts_sleep = TRUE };
}

/* Any number of timers behind one source of a main context. Starting and stopping a timer takes
 * O(log n). */
AsyncLitTimerQueue *asynclit_timer_queue_new (GMainContext *context);
/* For a queue that was never used. Must be called after its context was freed. */
void asynclit_timer_queue_free (AsyncLitTimerQueue *self);

/* Any thread. FALSE if the timer has already been stopped. If it is started, it may have fired and
 * been freed when this returns. */
gboolean asynclit_timer_queue_start (AsyncLitTimerQueue *self, AsyncLitTimer *timer, gint64 due);

/* Any thread. TRUE if the timer was running and will not fire. FALSE if it has fired, or is about
 * to call its function on another thread. FALSE also if it has not been started yet: starting it
 * then fails. */
gboolean asynclit_timer_queue_stop (AsyncLitTimerQueue *self, AsyncLitTimer *timer);

/* Whether any timer is running. */
gboolean asynclit_timer_queue_is_running (AsyncLitTimerQueue *self);

G_END_DECLS
