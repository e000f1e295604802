/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The decisions of the thread pool's watchdog, with simulated threads, and a clock that the test
 * moves. */

#include "asynclit-thread-pool-types-private.h"

#define N_PROCESSORS 2
#define MAX_THREADS 5
#define LOOK_USEC 1000

static gint64 now;

/* A thread, by its number. */
static struct {
  gint64 cpu_usec;
  gboolean sleeps;
} seen[MAX_THREADS];

static gint64
get_cpu_usec (const AsyncLitPoolThread *thread)
{
  return seen[thread->id].cpu_usec;
}

static gboolean
sleeps (const AsyncLitPoolThread *thread)
{
  return seen[thread->id].sleeps;
}

static const AsyncLitPoolSampler sampler = { get_cpu_usec, sleeps };

typedef struct {
  AsyncLitPool pool;
  AsyncLitPoolThread threads[MAX_THREADS];
  AsyncLitJob waiting;
} Fixture;

/* As many workers, and a job that waits. */
static void
set_up (Fixture *self, guint n_workers)
{
  *self = (Fixture){ 0 };
  now = G_USEC_PER_SEC;
  self->pool.sampler = &sampler;
  self->pool.max_threads = MAX_THREADS;
  asynclit_pool_load_init (&self->pool.load);
  self->pool.load.n_processors = N_PROCESSORS;
  self->pool.watch_usec = LOOK_USEC;
  self->pool.watchdog = WATCHDOG_WATCHES;
  self->pool.n_workers = n_workers;
  asynclit_pool_queue_push (&self->pool.jobs, &self->waiting, 0);
  for (guint i = 0; i < n_workers; i++)
    {
      self->threads[i] = (AsyncLitPoolThread){ .id = (pid_t) i };
      self->threads[i].link.data = &self->threads[i];
      seen[i].cpu_usec = 0;
      g_queue_push_tail_link (&self->pool.workers, &self->threads[i].link);
      asynclit_pool_thread_begin (&sampler, &self->threads[i], now);
    }
}

static void
pass (guint i, gint64 cpu_usec, gboolean is_asleep)
{
  seen[i].cpu_usec += cpu_usec;
  seen[i].sleeps = is_asleep;
}

static void
look_at (Fixture *self, guint n_taken)
{
  asynclit_lock (&self->pool.lock);
  asynclit_pool_look_locked (&self->pool, n_taken, now);
  asynclit_unlock (&self->pool.lock);
}

static void
look (Fixture *self)
{
  now += LOOK_USEC;
  look_at (self, self->pool.n_taken);
}

/* However long the queue does not move, there are no more threads than processors, and the looks
 * become rarer. */
static void
test_computing (void)
{
  Fixture f;

  set_up (&f, N_PROCESSORS);
  for (guint i = 0; i < 100; i++)
    {
      pass (0, LOOK_USEC, FALSE);
      pass (1, LOOK_USEC, FALSE);
      look (&f);
      g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_WATCHES);
    }
  g_assert_cmpint (f.pool.n_workers, ==, N_PROCESSORS);
  g_assert_cmpint (f.pool.watch_usec, ==, 16 * LOOK_USEC);
}

/* Nor if other programs have the processors. */
static void
test_starved (void)
{
  Fixture f;

  set_up (&f, N_PROCESSORS);
  pass (0, 0, FALSE);
  pass (1, LOOK_USEC / 10, FALSE);
  look (&f);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_WATCHES);
  g_assert_cmpuint (f.pool.n_blocking, ==, 0);
}

static void
test_blocking (void)
{
  Fixture f;

  set_up (&f, N_PROCESSORS);
  pass (0, LOOK_USEC, FALSE);
  pass (1, 0, TRUE);
  look (&f);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_TO_WORK);
  g_assert_cmpuint (f.pool.n_workers, ==, N_PROCESSORS + 1);
  g_assert_cmpuint (f.pool.n_starting, ==, 1);
  g_assert_true (f.threads[1].blocks);
  g_assert_false (f.threads[0].blocks);
}

/* One that sleeps at the moment of the look only. */
static void
test_short_sleep (void)
{
  Fixture f;

  set_up (&f, N_PROCESSORS);
  pass (0, LOOK_USEC * 6 / 10, TRUE);
  pass (1, LOOK_USEC * 6 / 10, TRUE);
  look (&f);
  g_assert_cmpuint (f.pool.n_blocking, ==, 0);
}

/* At the limit, no watchdog is needed. */
static void
test_limit (void)
{
  Fixture f;

  set_up (&f, MAX_THREADS);
  for (guint i = 0; i < MAX_THREADS; i++)
    pass (i, 0, TRUE);
  look (&f);
  g_assert_cmpuint (f.pool.n_blocking, ==, MAX_THREADS);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_RESTS);
}

/* Threads that don't block any more count again. */
static void
test_computes_again (void)
{
  Fixture f;

  set_up (&f, 4);
  for (guint i = 0; i < 4; i++)
    pass (i, 0, TRUE);
  look (&f);
  g_assert_cmpuint (f.pool.n_blocking, ==, 4);
  f.pool.watchdog = WATCHDOG_WATCHES;
  f.pool.n_starting = 0;
  f.pool.n_workers = 4;
  pass (0, LOOK_USEC, FALSE);
  pass (1, LOOK_USEC, FALSE);
  /* These two want a processor and have not got much of it. */
  pass (2, LOOK_USEC / 20, FALSE);
  pass (3, LOOK_USEC / 20, FALSE);
  look (&f);
  g_assert_cmpuint (f.pool.n_blocking, ==, 0);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_WATCHES);
}

/* Jobs that say that they wait are counted elsewhere. */
static void
test_waiting (void)
{
  Fixture f;

  set_up (&f, N_PROCESSORS);
  pass (0, LOOK_USEC, FALSE);
  pass (1, 0, TRUE);
  f.threads[1].n_waits = 1;
  f.pool.n_waiting = 1;
  look (&f);
  g_assert_cmpuint (f.pool.n_blocking, ==, 0);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_TO_WORK);
}

static void
test_empty (void)
{
  Fixture f;

  set_up (&f, 1);
  asynclit_pool_queue_pop (&f.pool.jobs);
  look_at (&f, f.pool.n_taken - 1);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_WATCHES);
  look (&f);
  g_assert_cmpint (f.pool.watchdog, ==, WATCHDOG_RESTS);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool-watchdog/computing", test_computing);
  g_test_add_func ("/pool-watchdog/starved", test_starved);
  g_test_add_func ("/pool-watchdog/blocking", test_blocking);
  g_test_add_func ("/pool-watchdog/short-sleep", test_short_sleep);
  g_test_add_func ("/pool-watchdog/limit", test_limit);
  g_test_add_func ("/pool-watchdog/computes-again", test_computes_again);
  g_test_add_func ("/pool-watchdog/waiting", test_waiting);
  g_test_add_func ("/pool-watchdog/empty", test_empty);
  return g_test_run ();
}
