/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A GThreadPool provides the threads. What is pushed to it are not jobs but *pool workers*: each
 * runs jobs from one shared queue, one at a time, until the queue is empty. So a burst of jobs
 * costs a few pushes instead of one per job.
 *
 * A worker that finds the queue empty spins for a moment before it gives up, if that is likely to
 * pay (asynclit-pool-spin-private.h): putting a thread to sleep and waking it takes 20 to 30 µs,
 * longer than most gaps in a steady flow of short jobs. At most one worker spins, and none on a
 * single processor.
 *
 * No wakeup is lost: a worker decides to give up, and is removed from the count of workers, under
 * the lock under which jobs are queued. A thread that queues a job, or takes one and leaves others,
 * starts another worker unless one spins, is about to start, or there are enough.
 *
 * There are enough workers if the queued jobs will be done sooner than a thread is woken, judging
 * by how long recent jobs took (asynclit-pool-load-private.h), or if as many workers as there are
 * processors are active. A worker too many leaves after its job.
 *
 * Any job may turn out to be long, or to block, though. So while workers are held back, a
 * *watchdog* watches. It is a worker that has given up. It checks every millisecond whether the
 * queue is stuck, and which workers block (asynclit-pool-thread-private.h). These don't count: the
 * watchdog becomes a worker, the next thread that starts becomes the watchdog, and so on up to the
 * limit. A worker counts again as soon as its job ends, and then leaves if more workers than there
 * are processors are active. So jobs that only compute never have more threads than processors. A
 * job that blocks and then computes may.
 *
 * When nothing runs, the watchdog rests for some seconds. If no job comes, it gives the GThreadPool
 * back, and the threads end.
 *
 * A job that waits for another job of this pool would deadlock a full pool. It announces the wait
 * through the blocking hooks, and the pool allows one more worker during the wait.
 *
 * The GThreadPool is an exclusive one whose limit is raised as workers are added. A shared one
 * can't be used in the child of a fork, where the threads that GLib counts on don't exist.
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-signals-private.h"
#include "asynclit-thread-pool-private.h"
#include "asynclit-thread-pool-types-private.h"

#include <pthread.h>
#include <stdlib.h>

/* The interval between two requests to end unused threads. */
#define LEAVE_INTERVAL_USEC 1000

static AsyncLitPool *pool;     /* atomic: created by the first caller */
static AsyncLitLock pool_lock; /* guards its creation */
static int chosen_max; /* atomic: set by the program, and kept in the child of a fork; or 0 */

static void pool_work (gpointer data, gpointer user_data);
static void pool_blocking_begin (gpointer data);
static void pool_blocking_end (gpointer data);

static void
forget_pool (void)
{
  pool = NULL;
  pool_lock = (AsyncLitLock){ 0 };
}

static AsyncLitPool *
pool_new (void)
{
  AsyncLitPool *self = g_new0 (AsyncLitPool, 1);
  int chosen = g_atomic_int_get (&chosen_max);

  self->generation = asynclit_get_generation ();
  self->max_threads = chosen > 0 ? (guint) chosen : asynclit_pool_load_choose_max ();
  self->sampler = &asynclit_pool_sampler;
  asynclit_pool_load_init (&self->load);
  asynclit_pool_spin_init (&self->spin);
  self->hooks = (AsyncLitBlockingHooks){ pool_blocking_begin, pool_blocking_end, self };
  return self;
}

static GThreadPool *
pool_get_threads_locked (AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  if (self->threads != NULL)
    return self->threads;
  /* In the child of a fork, the unused threads that GLib has recorded don't exist. */
  if (asynclit_get_generation () > 0)
    g_thread_pool_stop_unused_threads ();
  /* No thread is started before the limit is raised. */
  self->threads = g_thread_pool_new (pool_work, self, 0, TRUE, NULL);
  return self->threads;
}

static AsyncLitPool *
pool_get (void)
{
  static gsize registered = 0;
  AsyncLitPool *self = g_atomic_pointer_get (&pool);

  if (G_LIKELY (self != NULL))
    return self;
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_pool);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&pool_lock);
  if (pool == NULL)
    g_atomic_pointer_set (&pool, pool_new ());
  self = pool;
  asynclit_unlock (&pool_lock);
  return self;
}

/* Whether the current workers will finish the jobs soon, and a watchdog watches them. */
static gboolean
pool_has_enough_locked (AsyncLitPool *self, guint n_jobs)
{
  guint n_running = asynclit_pool_count_running_locked (self);

  asynclit_assert_locked (&self->lock);
  if (n_running >= self->max_threads)
    return TRUE;
  /* Without a watchdog, another worker is started, and becomes it. */
  if (n_running == 0 || self->watchdog != WATCHDOG_WATCHES)
    return FALSE;
  return !asynclit_pool_load_needs_another (&self->load, n_jobs,
                                            asynclit_pool_count_active_locked (self));
}

/* Counts another worker if one is needed. The caller then starts it without the lock. */
static gboolean
pool_add_worker_locked (AsyncLitPool *self)
{
  guint n_jobs = asynclit_pool_queue_get_length (&self->jobs);

  asynclit_assert_locked (&self->lock);
  if (n_jobs == 0 || self->spinning || self->n_starting > 0
      || pool_has_enough_locked (self, n_jobs))
    return FALSE;
  self->n_workers++;
  self->n_starting++;
  return TRUE;
}

static void
pool_remove_worker_locked (AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  self->n_workers--;
  if (self->n_workers == 0 && self->n_stopping > 0)
    g_cond_broadcast (&self->idle);
}

/* A worker begins, or continues after it was the watchdog. */
static void
pool_enter_worker_locked (AsyncLitPool *self, AsyncLitPoolThread *thread, gint64 now)
{
  asynclit_assert_locked (&self->lock);
  self->n_starting--;
  g_queue_push_tail_link (&self->workers, &thread->link);
  asynclit_pool_thread_begin (self->sampler, thread, now);
}

static void
pool_leave_worker_locked (AsyncLitPool *self, AsyncLitPoolThread *thread)
{
  asynclit_assert_locked (&self->lock);
  asynclit_pool_set_blocks_locked (self, thread, FALSE);
  g_queue_unlink (&self->workers, &thread->link);
  pool_remove_worker_locked (self);
}

static void
pool_publish_length_locked (AsyncLitPool *self)
{
  asynclit_assert_locked (&self->lock);
  __atomic_store_n (&self->length_hint, (int) asynclit_pool_queue_get_length (&self->jobs),
                    __ATOMIC_RELAXED);
}

static AsyncLitJob *
pool_pop_locked (AsyncLitPool *self)
{
  AsyncLitJob *job = asynclit_pool_queue_pop (&self->jobs);

  asynclit_assert_locked (&self->lock);
  self->n_taken += job != NULL;
  pool_publish_length_locked (self);
  return job;
}

/* No thread can be started, and the only running ones wait, perhaps for the queued jobs, so these
 * can't be done. */
static void
pool_lose_jobs (AsyncLitPool *self, const GError *error)
{
  AsyncLitPoolQueue lost = { 0 };
  AsyncLitJob *job;

  asynclit_lock (&self->lock);
  if (self->n_workers == self->n_waiting)
    {
      lost = self->jobs;
      self->jobs = (AsyncLitPoolQueue){ 0 };
      pool_publish_length_locked (self);
    }
  asynclit_unlock (&self->lock);
  while ((job = asynclit_pool_queue_pop (&lost)) != NULL)
    job->run (job, error);
}

/* Makes GLib find or start a thread for another worker. */
static gboolean
pool_push_worker (AsyncLitPool *self, GThreadPool *threads, guint n_needed, GError **error)
{
  gboolean pushed;
  sigset_t signals;

  asynclit_tsan_release (self);
  asynclit_signals_hold (&signals);
  pushed = n_needed <= g_thread_pool_get_num_threads (threads)
           || g_thread_pool_set_max_threads (threads, (int) n_needed, error);
  if (pushed)
    g_thread_pool_push (threads, self, NULL);
  asynclit_signals_release (&signals);
  return pushed;
}

/* Starts the worker that pool_add_worker_locked() has counted. As only one starts at a time,
 * no other thread changes the limit in the meantime. */
static void
pool_start_worker (AsyncLitPool *self)
{
  g_autoptr (GError) error = NULL;
  GThreadPool *threads;
  guint n_needed;

  asynclit_lock (&self->lock);
  if (asynclit_pool_has_watchdog_locked (self))
    {
      asynclit_pool_wake_watchdog_locked (self, WATCHDOG_TO_WORK);
      asynclit_unlock (&self->lock);
      return;
    }
  threads = pool_get_threads_locked (self);
  n_needed = self->n_workers;
  asynclit_unlock (&self->lock);

  if (pool_push_worker (self, threads, n_needed, &error))
    return;

  asynclit_lock (&self->lock);
  self->n_starting--;
  pool_remove_worker_locked (self);
  asynclit_unlock (&self->lock);
  pool_lose_jobs (self, error);
}

typedef enum {
  NEXT_RUN,
  NEXT_SPIN,
  NEXT_WATCH,
  NEXT_GIVE_UP,
} Next;

/* Decides what a worker does next. A worker that gives up is not counted any more. */
static Next
pool_choose_next_locked (AsyncLitPool *self, AsyncLitPoolThread *thread, AsyncLitJob **job,
                         gboolean has_spun, gint64 now)
{
  gboolean is_too_many = asynclit_pool_is_too_many_locked (self);

  asynclit_assert_locked (&self->lock);
  if (!is_too_many)
    *job = pool_pop_locked (self);
  if (*job != NULL)
    {
      if (has_spun)
        asynclit_pool_spin_note_job (&self->spin, now);
      return NEXT_RUN;
    }
  if (!has_spun && !is_too_many)
    {
      asynclit_pool_spin_note_empty (&self->spin, now);
      if (!self->spinning && asynclit_pool_spin_pays (&self->spin))
        return NEXT_SPIN;
    }
  pool_leave_worker_locked (self, thread);
  if (self->watchdog != WATCHDOG_NONE)
    return NEXT_GIVE_UP;
  /* Without another worker, there is nothing to watch. */
  self->watchdog = self->n_workers > 0 ? WATCHDOG_WATCHES : WATCHDOG_RESTS;
  return NEXT_WATCH;
}

/* TRUE on the only thread of a child process, if a job has forked. It was a thread of the parent's
 * pool, and has nothing to return to. */
static gboolean
pool_is_foreign (AsyncLitPool *self)
{
  return G_UNLIKELY (self->generation != asynclit_get_generation ());
}

/* Runs on: pool, when the thread ends */
static void
thread_ends (gpointer data)
{
  g_autofree AsyncLitPoolThread *thread = data;
  AsyncLitPool *self = thread->pool;

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  self->n_threads--;
  if (self->n_threads == 0 && self->n_stopping > 0)
    g_cond_broadcast (&self->idle);
  asynclit_unlock (&self->lock);
}

static GPrivate own_thread = G_PRIVATE_INIT (thread_ends);

/* Sets up a thread the first time that it runs a worker. */
static AsyncLitPoolThread *
prepare_thread (AsyncLitPool *self)
{
  AsyncLitPoolThread *thread = g_private_get (&own_thread);

  if (thread != NULL)
    return thread;
  thread = asynclit_pool_thread_new (self);
  asynclit_lock (&self->lock);
  self->n_threads++;
  asynclit_unlock (&self->lock);
  g_private_set (&own_thread, thread);
  asynclit_signals_enter_thread ();
  pthread_setname_np (pthread_self (), "asynclit-pool");
  return thread;
}

/* What a worker has just done, and what it has to check. */
typedef struct {
  AsyncLitPoolThread *thread;
  gboolean begun;  /* it is no longer counted in `n_starting` */
  gint64 took_job; /* when it took the job that it has run; 0: none */
  gboolean has_spun;
} Worker;

/* Updates the counts after a job or a spin. */
static void
pool_note_done_locked (AsyncLitPool *self, Worker *worker, gint64 now)
{
  asynclit_assert_locked (&self->lock);
  if (!worker->begun)
    pool_enter_worker_locked (self, worker->thread, now);
  if (worker->took_job != 0)
    asynclit_pool_load_note_job (&self->load, now - worker->took_job);
  asynclit_pool_set_blocks_locked (self, worker->thread, FALSE);
  if (worker->has_spun)
    self->spinning = FALSE;
}

/* Runs on: pool. Takes the next job, or decides to do something else. */
static Next
pool_go_on (AsyncLitPool *self, Worker *worker, AsyncLitJob **job)
{
  gint64 now = g_get_monotonic_time ();
  gboolean start_another;
  Next next;

  asynclit_lock (&self->lock);
  pool_note_done_locked (self, worker, now);
  next = pool_choose_next_locked (self, worker->thread, job, worker->has_spun, now);
  if (worker->has_spun)
    asynclit_pool_spin_note_end (&self->spin, next == NEXT_RUN);
  if (next == NEXT_SPIN)
    self->spinning = TRUE;
  start_another = pool_add_worker_locked (self);
  asynclit_unlock (&self->lock);

  worker->begun = TRUE;
  worker->took_job = next == NEXT_RUN ? now : 0;
  worker->has_spun = next == NEXT_SPIN;
  if (start_another)
    pool_start_worker (self);
  return next;
}

/* Runs on: pool, until this worker gives up. */
static void
pool_run_jobs (AsyncLitPool *self, AsyncLitPoolThread *thread)
{
  Worker worker = { .thread = thread };

  for (;;)
    {
      AsyncLitJob *job = NULL;

      switch (pool_go_on (self, &worker, &job))
        {
        case NEXT_RUN:
          job->run (job, NULL);
          if (pool_is_foreign (self))
            exit (EXIT_SUCCESS);
          asynclit_run_deferred_unref ();
          break;
        case NEXT_SPIN:
          asynclit_pool_spin_wait (&self->length_hint);
          break;
        case NEXT_WATCH:
          if (!asynclit_pool_watch (self))
            return;
          worker.begun = FALSE;
          break;
        case NEXT_GIVE_UP:
        default:
          return;
        }
    }
}

/* Runs on: pool */
static void
pool_work (gpointer data, gpointer user_data)
{
  AsyncLitPool *self = user_data;
  AsyncLitPoolThread *thread;

  asynclit_tsan_acquire (self);
  thread = prepare_thread (self);
  asynclit_blocking_set_hooks (&self->hooks);
  pool_run_jobs (self, thread);
  /* GLib may use the thread for other work next, which does not concern this pool. */
  asynclit_blocking_set_hooks (NULL);
}

/* Runs on: pool. Its job is about to wait for another job. */
static void
pool_blocking_begin (gpointer data)
{
  AsyncLitPool *self = data;
  AsyncLitPoolThread *thread = g_private_get (&own_thread);
  gboolean start_another;

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  asynclit_pool_set_blocks_locked (self, thread, FALSE);
  thread->n_waits++;
  self->n_waiting++;
  start_another = pool_add_worker_locked (self);
  asynclit_unlock (&self->lock);
  if (start_another)
    pool_start_worker (self);
}

/* Runs on: pool. Its job has waited. */
static void
pool_blocking_end (gpointer data)
{
  AsyncLitPool *self = data;
  AsyncLitPoolThread *thread = g_private_get (&own_thread);

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  thread->n_waits--;
  self->n_waiting--;
  asynclit_unlock (&self->lock);
}

void
asynclit_thread_pool_push (AsyncLitJob *job)
{
  asynclit_thread_pool_push_with_priority (job, ASYNCLIT_POOL_PRIORITY_DEFAULT);
}

void
asynclit_thread_pool_push_with_priority (AsyncLitJob *job, int priority)
{
  AsyncLitPool *self = pool_get ();
  gboolean start;

  asynclit_lock (&self->lock);
  asynclit_pool_queue_push (&self->jobs, job, priority);
  pool_publish_length_locked (self);
  start = pool_add_worker_locked (self);
  if (start && self->n_workers == 1)
    asynclit_pool_spin_note_job (&self->spin, g_get_monotonic_time ());
  asynclit_unlock (&self->lock);
  if (start)
    pool_start_worker (self);
}

/* A thread that leaves a GThreadPool waits for other work for some seconds, unless it is told not
 * to. It only notices this once it has begun to wait, hence the loop. */
static void
pool_await_threads (AsyncLitPool *self, gint64 end_time)
{
  asynclit_lock (&self->lock);
  self->n_stopping++;
  while (self->n_threads > 0 && self->n_workers == 0 && g_get_monotonic_time () < end_time)
    {
      asynclit_unlock (&self->lock);
      g_thread_pool_stop_unused_threads ();
      asynclit_lock (&self->lock);
      if (self->n_threads > 0)
        asynclit_cond_wait_until (&self->idle, &self->lock,
                                  g_get_monotonic_time () + LEAVE_INTERVAL_USEC);
    }
  self->n_stopping--;
  asynclit_unlock (&self->lock);
}

gboolean
asynclit_thread_pool_stop (gint64 end_time)
{
  AsyncLitPool *self = g_atomic_pointer_get (&pool);
  GThreadPool *threads = NULL;
  gboolean idle = TRUE;

  if (self == NULL)
    return TRUE;
  asynclit_lock (&self->lock);
  self->n_stopping++;
  while (self->n_workers > 0 && idle)
    idle = asynclit_cond_wait_until (&self->idle, &self->lock, end_time);
  self->n_stopping--;
  if (idle)
    threads = g_steal_pointer (&self->threads);
  if (idle && asynclit_pool_has_watchdog_locked (self))
    asynclit_pool_wake_watchdog_locked (self, WATCHDOG_TO_LEAVE);
  asynclit_unlock (&self->lock);

  if (threads != NULL)
    {
      g_thread_pool_free (threads, FALSE, TRUE);
      pool_await_threads (self, end_time);
    }
  return idle;
}

void
asynclit_thread_pool_set_max_threads (guint n_threads)
{
  AsyncLitPool *self;
  gboolean start;

  g_assert (n_threads > 0);
  g_atomic_int_set (&chosen_max, (int) n_threads);
  self = pool_get ();
  asynclit_lock (&self->lock);
  self->max_threads = n_threads;
  start = pool_add_worker_locked (self);
  asynclit_unlock (&self->lock);
  if (start)
    pool_start_worker (self);
}

guint
asynclit_thread_pool_get_max_threads (void)
{
  AsyncLitPool *self = pool_get ();
  guint n_threads;

  asynclit_lock (&self->lock);
  n_threads = self->max_threads;
  asynclit_unlock (&self->lock);
  return n_threads;
}
