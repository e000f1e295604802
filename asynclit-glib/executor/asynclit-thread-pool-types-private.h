/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the files of the thread pool share. asynclit-thread-pool.c says how it works. */

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
  WATCHDOG_TO_WORK,  /* was counted as a worker again, and is to wake up */
  WATCHDOG_TO_LEAVE, /* is to wake up and go */
} AsyncLitPoolWatchdog;

typedef struct {
  /* Set at construction, then read-only. */
  guint generation; /* of the process */
  AsyncLitBlockingHooks hooks;
  const AsyncLitPoolSampler *sampler;

  AsyncLitLock lock; /* guards what follows */
  guint max_threads;
  GThreadPool *threads; /* NULL while no thread is needed */
  AsyncLitPoolQueue jobs;
  GQueue workers;   /* of AsyncLitPoolThread: those that have begun */
  guint n_workers;  /* pushed to `threads` and not yet given up */
  guint n_starting; /* of these, those that have not begun */
  guint n_waiting;  /* of these, those whose job waits for another job */
  guint n_blocking; /* of these, others that block */
  gboolean spinning;
  AsyncLitPoolWatchdog watchdog;
  GCond watchdog_wakes;
  gint64 watch_usec; /* until its next look */
  guint n_taken;     /* jobs, ever; may wrap */
  AsyncLitPoolLoad load;
  AsyncLitPoolSpin spin;
  guint n_threads;  /* that have run a worker and not ended yet */
  guint n_stopping; /* threads that wait for `idle` */
  GCond idle;       /* n_workers or n_threads became 0 */

  int length_hint; /* atomic: the length of `jobs`, for the spinner to watch without the lock */
} AsyncLitPool;

/* Workers whose jobs don't wait for others; only so many are limited. */
static inline guint
asynclit_pool_count_running_locked (const AsyncLitPool *self)
{
  return self->n_workers - self->n_waiting;
}

/* Workers that want a processor, as far as is known. */
static inline guint
asynclit_pool_count_active_locked (const AsyncLitPool *self)
{
  return self->n_workers - self->n_waiting - self->n_blocking;
}

static inline gboolean
asynclit_pool_may_grow_locked (const AsyncLitPool *self)
{
  return asynclit_pool_count_running_locked (self) < self->max_threads
         && asynclit_pool_count_active_locked (self) < self->load.n_processors;
}

static inline void
asynclit_pool_set_blocks_locked (AsyncLitPool *self, AsyncLitPoolThread *thread, gboolean blocks)
{
  self->n_blocking += blocks - thread->blocks;
  thread->blocks = blocks;
}

static inline gboolean
asynclit_pool_has_watchdog_locked (const AsyncLitPool *self)
{
  return self->watchdog == WATCHDOG_RESTS || self->watchdog == WATCHDOG_WATCHES;
}

/* Makes the watchdog do something else. */
void asynclit_pool_wake_watchdog_locked (AsyncLitPool *self, AsyncLitPoolWatchdog how);

/* Runs on: pool, by the thread that has become the watchdog. TRUE if it is a worker again; else it
 * has to go. */
gboolean asynclit_pool_watch (AsyncLitPool *self);

/* For tests: what the watchdog does at a look. @n_taken is how many jobs had been taken at the last
 * one. */
void asynclit_pool_look_locked (AsyncLitPool *self, guint n_taken, gint64 now);

G_END_DECLS
