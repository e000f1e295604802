/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether it pays to spin when the thread pool's queue is empty, going by how that went of late.
 *
 * It does not pay if jobs come seldom. Nor does it if whoever would submit the next one can't run
 * meanwhile, since other programs have the other processors: then each spin only delays what it
 * waits for. The pool can't see that, but it sees spins that fail, and after each in a row lets
 * twice as many chances go by. */

#pragma once

#include "asynclit-processor-private.h"

G_BEGIN_DECLS

/* What a sleep and a wakeup cost; to spin longer can't pay. */
#define SPIN_USEC 27
/* Between two looks at the clock meanwhile. */
#define SPIN_ROUNDS 64
/* Spin only if the last gap was shorter than this: in a slow flow spinning is waste. */
#define SPIN_GAP_USEC 50
/* The most chances that are let go by: a thread that could spin again does so soon. */
#define MAX_SPINS_SKIPPED 63

/* All is guarded by the pool's lock. */
typedef struct {
  gint64 idle_since;    /* when a worker last found the queue empty */
  gint64 last_gap;      /* how long it stayed empty the last time */
  guint n_skipped_last; /* chances, after the last spin that failed; 0 if the last did not */
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

/* A spin is over; did it find a job? */
static inline void
asynclit_pool_spin_note_end (AsyncLitPoolSpin *self, gboolean found)
{
  self->n_skipped_last = found ? 0 : MIN (2 * self->n_skipped_last + 1, MAX_SPINS_SKIPPED);
  self->n_to_skip = self->n_skipped_last;
}

/* Without the lock. Waits a moment for a job to be queued: until @length is not 0. */
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

/* The queue is empty: spin? */
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
