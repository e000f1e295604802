/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-blocking-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-pool-spin-private.h"
#include "asynclit-thread-pool-private.h"

#define N_JOBS 20000

/* Jobs that count themselves, and may wait for a gate to open. */
typedef struct {
  AsyncLitLock lock; /* guards what follows */
  GCond changed;
  guint n_run;
  guint n_running;
  guint max_running;
  gboolean open;
} Gate;

typedef struct {
  AsyncLitJob job;
  Gate *gate;
} GateJob;

static void
gate_pass (Gate *self)
{
  asynclit_lock (&self->lock);
  self->n_running++;
  self->max_running = MAX (self->max_running, self->n_running);
  g_cond_broadcast (&self->changed);
  while (!self->open)
    asynclit_cond_wait (&self->changed, &self->lock);
  self->n_running--;
  self->n_run++;
  g_cond_broadcast (&self->changed);
  asynclit_unlock (&self->lock);
}

static void
gate_open (Gate *self)
{
  asynclit_lock (&self->lock);
  self->open = TRUE;
  g_cond_broadcast (&self->changed);
  asynclit_unlock (&self->lock);
}

static void
gate_await_run (Gate *self, guint n)
{
  asynclit_lock (&self->lock);
  while (self->n_run < n)
    asynclit_cond_wait (&self->changed, &self->lock);
  asynclit_unlock (&self->lock);
}

static void
gate_await_running (Gate *self, guint n)
{
  asynclit_lock (&self->lock);
  while (self->n_running < n)
    asynclit_cond_wait (&self->changed, &self->lock);
  asynclit_unlock (&self->lock);
}

static void
gate_job_run (AsyncLitJob *job, const GError *lost)
{
  g_assert_null (lost);
  gate_pass (((GateJob *) job)->gate);
}

/* As a job that waits for another one. */
static void
blocking_job_run (AsyncLitJob *job, const GError *lost)
{
  g_assert_null (lost);
  asynclit_blocking_begin ();
  gate_pass (((GateJob *) job)->gate);
  asynclit_blocking_end ();
}

static GateJob *
push_jobs (guint n, AsyncLitJobFunc run, Gate *gate)
{
  GateJob *jobs = g_new0 (GateJob, n);

  for (guint i = 0; i < n; i++)
    {
      jobs[i].job.run = run;
      jobs[i].gate = gate;
      asynclit_thread_pool_push (&jobs[i].job);
    }
  return jobs;
}

static void
await_idle (void)
{
  g_assert_true (asynclit_thread_pool_stop (g_get_monotonic_time () + 30 * G_USEC_PER_SEC));
}

static void
test_runs_all (void)
{
  Gate gate = { .open = TRUE };
  g_autofree GateJob *jobs = push_jobs (N_JOBS, gate_job_run, &gate);

  gate_await_run (&gate, N_JOBS);
  await_idle ();
  g_assert_cmpuint (gate.n_run, ==, N_JOBS);
  g_assert_cmpuint (gate.max_running, <=, asynclit_thread_pool_get_max_threads ());
}

/* All threads up to the limit start, and no more. */
static void
test_limit (void)
{
  guint max = asynclit_thread_pool_get_max_threads ();
  Gate gate = { 0 };
  g_autofree GateJob *jobs = push_jobs (max * 3, gate_job_run, &gate);

  gate_await_running (&gate, max);
  gate_open (&gate);
  gate_await_run (&gate, max * 3);
  await_idle ();
  g_assert_cmpuint (gate.max_running, ==, max);
}

/* Jobs that wait for others don't count. */
static void
test_blocking (void)
{
  guint n = asynclit_thread_pool_get_max_threads () * 4;
  Gate gate = { 0 };
  Gate inner = { .open = TRUE };
  g_autofree GateJob *jobs = push_jobs (n, blocking_job_run, &gate);
  g_autofree GateJob *inner_jobs = NULL;

  gate_await_running (&gate, n);
  inner_jobs = push_jobs (10, gate_job_run, &inner);
  gate_await_run (&inner, 10);
  gate_open (&gate);
  gate_await_run (&gate, n);
  await_idle ();
}

static void
test_stop_and_restart (void)
{
  for (guint i = 0; i < 50; i++)
    {
      Gate gate = { .open = TRUE };
      g_autofree GateJob *jobs = push_jobs (10, gate_job_run, &gate);

      await_idle ();
      g_assert_cmpuint (gate.n_run, ==, 10);
    }
}

static void
test_stop_gives_up (void)
{
  Gate gate = { 0 };
  g_autofree GateJob *jobs = push_jobs (1, gate_job_run, &gate);

  gate_await_running (&gate, 1);
  g_assert_false (asynclit_thread_pool_stop (g_get_monotonic_time () + 1000));
  gate_open (&gate);
  await_idle ();
  g_assert_cmpuint (gate.n_run, ==, 1);
}

/* One job at a time, each pushed when the one before is done: no wakeup is lost. */
static void
test_ping_pong (void)
{
  for (guint i = 0; i < 5000; i++)
    {
      Gate gate = { .open = TRUE };
      g_autofree GateJob *jobs = push_jobs (1, gate_job_run, &gate);

      gate_await_run (&gate, 1);
    }
  await_idle ();
}

/* Even if all jobs have been short so far, jobs that wait behind a blocking one are run, and even
 * if no more jobs are pushed. */
static void
test_suddenly_long (void)
{
  Gate quick = { .open = TRUE };
  Gate gate = { 0 };
  g_autofree GateJob *warm_up = push_jobs (N_JOBS, gate_job_run, &quick);
  g_autofree GateJob *blocking = NULL;
  g_autofree GateJob *behind = NULL;
  guint n_blocking = asynclit_thread_pool_get_max_threads () - 1;

  gate_await_run (&quick, N_JOBS);
  blocking = push_jobs (n_blocking, gate_job_run, &gate);
  behind = push_jobs (100, gate_job_run, &quick);
  gate_await_run (&quick, N_JOBS + 100);
  gate_await_running (&gate, n_blocking);
  gate_open (&gate);
  gate_await_run (&gate, n_blocking);
  await_idle ();
}

static void
spin (gint64 usec)
{
  gint64 end = g_get_monotonic_time () + usec;

  while (g_get_monotonic_time () < end)
    ;
}

/* The same when one worker keeps up with new jobs, another one has just begun to watch, and too few
 * jobs wait to wake a third one. */
static void
test_suddenly_long_while_watched (void)
{
  Gate quick = { .open = TRUE };
  guint n_quick = 0;

  for (guint round = 0; round < 400; round++)
    {
      Gate gate = { 0 };
      g_autofree GateJob *before = push_jobs (30, gate_job_run, &quick);
      g_autofree GateJob *blocking = NULL;
      g_autofree GateJob *behind = NULL;

      spin (round % 20 * 4);
      blocking = push_jobs (1, gate_job_run, &gate);
      behind = push_jobs (3, gate_job_run, &quick);
      n_quick += 33;
      gate_await_run (&quick, n_quick);
      gate_open (&gate);
      gate_await_run (&gate, 1);
    }
  await_idle ();
}

typedef struct {
  AsyncLitJob job;
  guint *n_running; /* atomic: without a lock to wait for, which would be blocking */
  guint *max_running;
  Gate *done;
} ComputingJob;

static void
computing_job_run (AsyncLitJob *job, const GError *lost)
{
  ComputingJob *self = (ComputingJob *) job;
  guint n = __atomic_add_fetch (self->n_running, 1, __ATOMIC_SEQ_CST);
  guint max = __atomic_load_n (self->max_running, __ATOMIC_SEQ_CST);

  g_assert_null (lost);
  while (n > max
         && !__atomic_compare_exchange_n (self->max_running, &max, n, FALSE, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST))
    ;
  spin (3000);
  __atomic_sub_fetch (self->n_running, 1, __ATOMIC_SEQ_CST);
  gate_pass (self->done);
}

/* Of the many threads that blocked, no more than there are processors take a job that computes. */
static void
test_computing_after_blocking (void)
{
  guint max = asynclit_thread_pool_get_max_threads ();
  guint n_running = 0, max_running = 0;
  Gate gate = { 0 };
  Gate done = { .open = TRUE };
  ComputingJob jobs[100];
  g_autofree GateJob *blocking = push_jobs (max, gate_job_run, &gate);

  gate_await_running (&gate, max);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      jobs[i] = (ComputingJob){ { .run = computing_job_run }, &n_running, &max_running, &done };
      asynclit_thread_pool_push (&jobs[i].job);
    }
  gate_open (&gate);
  gate_await_run (&gate, max);
  gate_await_run (&done, G_N_ELEMENTS (jobs));
  await_idle ();
  g_assert_cmpuint (max_running, <=, g_get_num_processors ());
}

static guint
count_pool_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *id;
  guint n = 0;

  while ((id = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", id, "comm", NULL);
      g_autofree char *name = NULL;

      n += g_file_get_contents (path, &name, NULL, NULL) && g_str_equal (name, "asynclit-pool\n");
    }
  return n;
}

/* Threads end by themselves, and come again when they are needed; also when a job is pushed at the
 * moment when they end. */
static void
test_rest (void)
{
  Gate gate = { .open = TRUE };
  guint kept = g_thread_pool_get_max_idle_time ();

  asynclit_thread_pool_set_rest (1);
  g_thread_pool_set_max_idle_time (1);
  for (guint i = 1; i <= 500; i++)
    {
      g_autofree GateJob *jobs = push_jobs (1, gate_job_run, &gate);

      gate_await_run (&gate, i);
      if (i % 2 == 0)
        g_thread_yield ();
      if (i % 50 == 0)
        while (count_pool_threads () > 0)
          g_thread_yield ();
    }
  asynclit_thread_pool_set_rest (15 * G_USEC_PER_SEC);
  g_thread_pool_set_max_idle_time (kept);
  await_idle ();
}

/* How many chances to spin go by before the next one is taken. */
static guint
count_skipped (AsyncLitPoolSpin *spin)
{
  guint n = 0;

  while (!asynclit_pool_spin_pays (spin))
    n++;
  return n;
}

/* Spins that fail become fewer, up to a point; one that does not fail makes up for all. */
static void
test_spin_backs_off (void)
{
  AsyncLitPoolSpin spin;
  static const guint skipped[] = { 1, 3, 7, 15, 31, 63, 63 };

  if (!asynclit_processor_may_spin ())
    {
      g_test_skip ("On a single processor nothing spins");
      return;
    }
  asynclit_pool_spin_init (&spin);
  g_assert_false (asynclit_pool_spin_pays (&spin));
  asynclit_pool_spin_note_empty (&spin, 1000);
  asynclit_pool_spin_note_job (&spin, 1000 + SPIN_GAP_USEC - 1);
  g_assert_cmpuint (count_skipped (&spin), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (skipped); i++)
    {
      asynclit_pool_spin_note_end (&spin, FALSE);
      g_assert_cmpuint (count_skipped (&spin), ==, skipped[i]);
    }
  asynclit_pool_spin_note_end (&spin, TRUE);
  g_assert_cmpuint (count_skipped (&spin), ==, 0);
  asynclit_pool_spin_note_end (&spin, FALSE);
  g_assert_cmpuint (count_skipped (&spin), ==, 1);
  asynclit_pool_spin_note_job (&spin, 1000 + SPIN_GAP_USEC);
  g_assert_false (asynclit_pool_spin_pays (&spin));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/thread-pool/runs-all", test_runs_all);
  g_test_add_func ("/thread-pool/limit", test_limit);
  g_test_add_func ("/thread-pool/blocking", test_blocking);
  g_test_add_func ("/thread-pool/spin-backs-off", test_spin_backs_off);
  g_test_add_func ("/thread-pool/stop-and-restart", test_stop_and_restart);
  g_test_add_func ("/thread-pool/stop-gives-up", test_stop_gives_up);
  g_test_add_func ("/thread-pool/ping-pong", test_ping_pong);
  g_test_add_func ("/thread-pool/suddenly-long/at-first", test_suddenly_long);
  g_test_add_func ("/thread-pool/suddenly-long/while-watched", test_suddenly_long_while_watched);
  g_test_add_func ("/thread-pool/computing-after-blocking", test_computing_after_blocking);
  g_test_add_func ("/thread-pool/rest", test_rest);
  return g_test_run ();
}
