/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Shared by the files of the thread pool. asynclit-thread-pool.c describes how it works. */

#pragma once

#include "asynclit-blocking-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-pool-load-private.h"
#include "asynclit-pool-queue-private.h"
#include "asynclit-pool-spin-private.h"
#include "asynclit-pool-thread-private.h"

G_BEGIN_DECLS

typedef enum {
  WATCHDOG_NONE,
  WATCHDOG_RESTS,    /* sleeps until there is work */
  WATCHDOG_WATCHES,  /* sleeps until its next look */
  WATCHDOG_TO_WORK,  /* is counted as a worker again, and has to wake up */
  WATCHDOG_TO_LEAVE, /* has to wake up and leave */
} AsyncLitPoolWatchdog;

typedef struct {
  /* Set at construction, then read-only. */
  guint generation; /* of the process */
  AsyncLitBlockingHooks hooks;
  const AsyncLitPoolSampler *sampler;

  AsyncLitLock lock; /* guards the following fields */
  guint max_threads;
  GThreadPool *threads; /* NULL while no thread is needed */
  AsyncLitPoolQueue jobs;
  GQueue workers;   /* of AsyncLitPoolThread: those that have begun */
  guint n_workers;  /* pushed to `threads`, and have not given up yet */
  guint n_starting; /* those of them that have not begun */
  guint n_waiting;  /* those of them whose job waits for another job */
  guint n_blocking; /* those of them whose job blocks otherwise */
  gboolean spinning;
  AsyncLitPoolWatchdog watchdog;
  GCond watchdog_wakes;
  gint64 watch_usec; /* until its next look */
  guint n_taken;     /* number of jobs taken so far; may wrap around */
  AsyncLitPoolLoad load;
  AsyncLitPoolSpin spin;
  guint n_threads;  /* threads that have run a worker, and have not ended yet */
  guint n_stopping; /* threads that wait for `idle` */
  GCond idle;       /* n_workers or n_threads became 0 */

  int length_hint; /* atomic: the length of `jobs`, for the spinning worker, which has no lock */
} AsyncLitPool;

/* Workers whose jobs don't wait for others. The limit applies to these. */
static inline guint
asynclit_pool_count_running_locked (const AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  return self->n_workers - self->n_waiting;
}

/* Workers that need a processor, as far as is known. */
static inline guint
asynclit_pool_count_active_locked (const AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  return self->n_workers - self->n_waiting - self->n_blocking;
}

static inline gboolean
asynclit_pool_may_grow_locked (const AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  return asynclit_pool_count_running_locked (self) < self->max_threads
         && asynclit_pool_count_active_locked (self) < self->load.n_processors;
}

/* Whether a worker leaves after its job. It does so even if that job blocked: the next one might
 * compute. */
static inline gboolean
asynclit_pool_is_too_many_locked (const AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  return asynclit_pool_count_running_locked (self) > self->max_threads
         || asynclit_pool_count_active_locked (self) > self->load.n_processors;
}

static inline void
asynclit_pool_set_blocks_locked (AsyncLitPool *self, AsyncLitPoolThread *thread, gboolean blocks)
{
  asynclit_assert_locked (&self->lock);
  self->n_blocking += blocks - thread->blocks;
  thread->blocks = blocks;
}

static inline gboolean
asynclit_pool_has_watchdog_locked (const AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  return self->watchdog == WATCHDOG_RESTS || self->watchdog == WATCHDOG_WATCHES;
}

/* Changes what the watchdog does. */
void asynclit_pool_wake_watchdog_locked (AsyncLitPool *self, AsyncLitPoolWatchdog how);

/* Runs on: pool, on the thread that has become the watchdog. TRUE if it is a worker again, FALSE if
 * it has to leave. */
gboolean asynclit_pool_watch (AsyncLitPool *self);

/* For tests: one look of the watchdog. @n_taken is the number of jobs at the previous look. */
void asynclit_pool_look_locked (AsyncLitPool *self, guint n_taken, gint64 now);

G_END_DECLS
