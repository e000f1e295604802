/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A thread of the thread pool, and whether its jobs compute or block.
 *
 * A thread blocks if it has used a processor for less than half of the time since the last look at
 * it, and sleeps now. Processor time alone does not tell: a thread that computes gets little of it
 * on a machine that is busy with other things. */

#pragma once

#include <glib.h>
#include <sys/types.h>
#include <time.h>

G_BEGIN_DECLS

/* A look at a shorter time says nothing. */
#define MIN_LOOK_USEC 200
/* The same for a thread that is known to block; it is also told when its job ends. */
#define MIN_NEXT_LOOK_USEC 1000

typedef struct {
  /* Set at construction, then read-only. */
  gpointer pool;
  pid_t id;
  clockid_t clock; /* of its processor time */

  /* Guarded by the pool's lock. */
  GList link;       /* in the pool's list of workers */
  guint n_waits;    /* of its job, for other jobs */
  gboolean blocks;  /* its job did, at the last look */
  gboolean trusted; /* its last job blocked, so the next one may well, too */
  gint64 looked_at;
  gint64 cpu_usec; /* that it had used by then */
} AsyncLitPoolThread;

/* How the processor time that a thread has used, and whether it sleeps, is found out; a test has
 * other means. The time is negative if it is not to be had. */
typedef struct {
  gint64 (*get_cpu_usec) (const AsyncLitPoolThread *thread);
  gboolean (*sleeps) (const AsyncLitPoolThread *thread);
} AsyncLitPoolSampler;

/* Runs on: the thread that it is about. */
AsyncLitPoolThread *asynclit_pool_thread_new (gpointer pool);

/* With the pool's lock held: what was before @now does not count at the next look. */
void asynclit_pool_thread_begin (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self,
                                 gint64 now);
/* With the pool's lock held, from any thread: TRUE if it blocks. */
gboolean asynclit_pool_thread_look (const AsyncLitPoolSampler *sampler, AsyncLitPoolThread *self,
                                    gint64 now);

/* What a thread has used up to some moment. */
typedef struct {
  gint64 wall_usec;
  gint64 cpu_usec;
  glong n_sleeps;
  glong n_preempted;
} AsyncLitPoolUsage;

/* Runs on: the thread that it is about. */
void asynclit_pool_usage_take (AsyncLitPoolUsage *self, gint64 now);
/* The same: whether it has computed rather than blocked since then. */
gboolean asynclit_pool_usage_has_computed (const AsyncLitPoolUsage *begun, gint64 now);
/* Whether the thread blocked for most of the time between the two. */
gboolean asynclit_pool_usage_has_blocked (const AsyncLitPoolUsage *begun,
                                          const AsyncLitPoolUsage *ended);

extern const AsyncLitPoolSampler asynclit_pool_sampler;

G_END_DECLS
