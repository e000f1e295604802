/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether it pays to spin when the thread pool's queue is empty, judging by recent spins.
 *
 * It does not pay if jobs are rare, or if the thread that will submit the next job can't run in the
 * meantime, because other programs occupy the other processors. In that case, a spin only delays
 * what it waits for. The pool can't see this, but it sees spins that find nothing. After each of
 * them in a row, it skips twice as many opportunities. */

#pragma once

#include "asynclit-processor-private.h"

G_BEGIN_DECLS

/* The cost of a sleep and a wakeup. A longer spin can't pay. */
#define SPIN_USEC 27
/* Iterations between two looks at the clock. */
#define SPIN_ROUNDS 64
/* A worker only spins if the last gap between jobs was shorter than this. */
#define SPIN_GAP_USEC 50
/* The maximum number of opportunities to skip. */
#define MAX_SPINS_SKIPPED 63

/* Guarded by the pool's lock. */
typedef struct {
  gint64 idle_since;    /* when a worker last found the queue empty */
  gint64 last_gap;      /* how long the queue stayed empty the last time */
  guint n_skipped_last; /* opportunities skipped after the last spin; 0 if it found a job */
  guint n_to_skip;
} AsyncLitPoolSpin;

static inline void
asynclit_pool_spin_init (AsyncLitPoolSpin *self)
{
  *self = (AsyncLitPoolSpin){ .last_gap = G_MAXINT64 };
}

static inline void
asynclit_pool_spin_note_empty (AsyncLitPoolSpin *self, gint64 now)
{
  self->idle_since = now;
}

static inline void
asynclit_pool_spin_note_job (AsyncLitPoolSpin *self, gint64 now)
{
  self->last_gap = now - self->idle_since;
}

/* Called when a spin has ended. */
static inline void
asynclit_pool_spin_note_end (AsyncLitPoolSpin *self, gboolean found)
{
  self->n_skipped_last = found ? 0 : MIN (2 * self->n_skipped_last + 1, MAX_SPINS_SKIPPED);
  self->n_to_skip = self->n_skipped_last;
}

/* Called without the lock. Waits a moment for a job, until @length is not 0. */
static inline void
asynclit_pool_spin_wait (const int *length)
{
  gint64 end = g_get_monotonic_time () + SPIN_USEC;

  do
    for (guint i = 0; i < SPIN_ROUNDS; i++)
      {
        if (__atomic_load_n (length, __ATOMIC_RELAXED) > 0)
          return;
        asynclit_processor_relax ();
      }
  while (g_get_monotonic_time () < end);
}

/* Called when the queue is empty. Whether to spin. */
static inline gboolean
asynclit_pool_spin_pays (AsyncLitPoolSpin *self)
{
  if (!asynclit_processor_may_spin () || self->last_gap >= SPIN_GAP_USEC)
    return FALSE;
  if (self->n_to_skip == 0)
    return TRUE;
  self->n_to_skip--;
  return FALSE;
}

G_END_DECLS
