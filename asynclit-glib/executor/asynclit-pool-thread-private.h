/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A thread of the thread pool, and whether its jobs compute or block.
 *
 * A thread blocks if it has used a processor for less than half of the time since the last look,
 * and is asleep now. Processor time alone is not enough: on a busy machine, a thread that computes
 * gets little of it, too. */

#pragma once

#include <glib.h>
#include <sys/types.h>
#include <time.h>

G_BEGIN_DECLS

/* The shortest interval between two looks; a shorter one would tell nothing. */
#define MIN_LOOK_USEC 200
/* The same for a thread that is known to block, whose job also reports its end. */
#define MIN_NEXT_LOOK_USEC 1000

typedef struct {
  /* Set at construction, then read-only. */
  gpointer pool;
  pid_t id;
  clockid_t clock; /* of its processor time */

  /* Guarded by the pool's lock. */
  GList link;      /* in the pool's list of workers */
  guint n_waits;   /* nested waits of its job for other jobs */
  gboolean blocks; /* its job blocked at the last look */
  gint64 looked_at;
  gint64 cpu_usec; /* used at that time */
} AsyncLitPoolThread;

/* Finds out the processor time that a thread has used, and whether it is asleep. Tests replace it.
 * The time is negative if it is not available. */
typedef struct {
  gint64 (*get_cpu_usec) (const AsyncLitPoolThread *thread);
  gboolean (*sleeps) (const AsyncLitPoolThread *thread);
} AsyncLitPoolSampler;

/* Runs on: the thread itself. */
AsyncLitPoolThread *asynclit_pool_thread_new (gpointer pool);

/* Called with the pool's lock. The next look considers the time from @now on. */
void asynclit_pool_thread_begin (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self,
                                 gint64 now);
/* Called with the pool's lock, from any thread. Whether the thread blocks. */
gboolean asynclit_pool_thread_look (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self,
                                    gint64 now);

extern const AsyncLitPoolSampler asynclit_pool_sampler;

G_END_DECLS
