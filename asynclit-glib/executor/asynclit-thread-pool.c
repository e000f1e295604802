/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A GThreadPool provides the threads. What is pushed to it are not jobs but *drainers*: each runs
 * jobs from one shared queue, one at a time, until the queue is empty. So a burst of jobs costs a
 * few pushes rather than one for each job.
 *
 * A drainer that finds the queue empty spins for a moment before it gives up, if that promises to
 * pay (asynclit-pool-spin-private.h): to put a thread to sleep and wake it costs 20 to 30 µs, more
 * than most gaps in a steady flow of short jobs last. At most one drainer spins, and none on a
 * single processor.
 *
 * Nobody can lose a wakeup: a drainer decides to give up, and leaves the count of drainers, under
 * the lock under which jobs are queued. Whoever queues a job, or takes one and leaves others,
 * starts another drainer unless one spins, is about to start, or there are enough.
 *
 * There are enough if what waits is done sooner than a thread is woken, going by how long jobs
 * took of late (asynclit-pool-load-private.h). Any job may turn out to be long, though. So while
 * drainers are held back a *sentry* watches: a drainer that has given up, and looks every
 * millisecond whether the queue stands still; if it does it becomes a drainer again. When nothing
 * runs it rests for some seconds. If nothing comes it gives the GThreadPool back, and its threads
 * end.
 *
 * A job that waits for another job of this pool would deadlock a full pool. It says so through
 * the blocking hooks, and the pool allows one more drainer while it waits.
 *
 * The GThreadPool is an exclusive one whose limit is raised as drainers are added: shared ones
 * can't be used in the child of a fork, where the threads that GLib counts on don't exist.
 */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-pool-load-private.h"
#include "asynclit-pool-spin-private.h"
#include "asynclit-signals-private.h"
#include "asynclit-thread-pool-private.h"

#include <pthread.h>

/* Between two looks of the sentry. */
#define WATCH_USEC 1000
/* For how long threads are kept when there is nothing to do. GLib keeps them for as long again. */
#define DEFAULT_REST_USEC (15 * G_USEC_PER_SEC)
/* Between two calls on threads to end. */
#define LEAVE_INTERVAL_USEC 1000

typedef enum {
  SENTRY_NONE,
  SENTRY_RESTS,    /* sleeps until there is work */
  SENTRY_WATCHES,  /* sleeps until its next look */
  SENTRY_TO_WORK,  /* was counted as a drainer again, and is to wake up */
  SENTRY_TO_LEAVE, /* is to wake up and go */
} Sentry;

typedef struct {
  /* Set at construction, then read-only. */
  guint generation; /* of the process */
  guint max_drainers;
  AsyncLitBlockingHooks hooks;

  AsyncLitLock lock; /* guards what follows */
  GThreadPool *threads; /* NULL while no thread is needed */
  AsyncLitJobQueue jobs;
  guint n_drainers; /* pushed to `threads` and not yet given up */
  guint n_starting; /* of these, those that have not begun */
  guint n_blocked;  /* of these, those whose job waits for another job */
  gboolean spinning;
  Sentry sentry;
  GCond sentry_wakes;
  guint n_taken;      /* jobs, ever; may wrap */
  AsyncLitPoolLoad load;
  AsyncLitPoolSpin spin;
  guint n_threads;  /* that have run a drainer and not ended yet */
  guint n_stopping; /* threads that wait for `idle` */
  GCond idle;       /* n_drainers or n_threads became 0 */

  int length_hint; /* atomic: jobs.length, for the spinner to watch without the lock */
} Pool;

static gint64 rest_usec = DEFAULT_REST_USEC; /* atomic */
static Pool *pool;             /* atomic: made by whoever comes first */
static AsyncLitLock pool_lock; /* guards the making of it */

static void pool_drain (gpointer data, gpointer user_data);
static void pool_blocking_begin (gpointer data);
static void pool_blocking_end (gpointer data);

static void
forget_pool (void)
{
  pool = NULL;
  pool_lock = (AsyncLitLock){ 0 };
}

static Pool *
pool_new (void)
{
  Pool *self = g_new0 (Pool, 1);

  self->generation = asynclit_get_generation ();
  self->max_drainers = asynclit_pool_load_choose_max ();
  asynclit_pool_load_init (&self->load, self->max_drainers);
  asynclit_pool_spin_init (&self->spin);
  self->hooks = (AsyncLitBlockingHooks){ pool_blocking_begin, pool_blocking_end, self };
  return self;
}

static GThreadPool *
pool_get_threads_locked (Pool *self)
{
  if (self->threads != NULL)
    return self->threads;
  /* In a child of a fork, threads that GLib believes to wait for work don't exist. */
  if (asynclit_get_generation () > 0)
    g_thread_pool_stop_unused_threads ();
  /* No thread is started before the limit is raised. */
  self->threads = g_thread_pool_new (pool_drain, self, 0, TRUE, NULL);
  return self->threads;
}

static Pool *
pool_get (void)
{
  static gsize registered = 0;
  Pool *self = g_atomic_pointer_get (&pool);

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

/* Whether the drainers that there are get the jobs done soon, with somebody to watch them. */
static gboolean
pool_has_enough_locked (Pool *self)
{
  guint n_drainers = self->n_drainers - self->n_blocked;

  if (n_drainers >= self->max_drainers)
    return TRUE;
  if (n_drainers == 0 || self->sentry != SENTRY_WATCHES)
    return FALSE;
  return !asynclit_pool_load_needs_another (&self->load, self->jobs.length, n_drainers);
}

/* Counts another drainer if one is wanted; the caller then starts it, without the lock. */
static gboolean
pool_add_drainer_locked (Pool *self)
{
  if (self->jobs.length == 0 || self->spinning || self->n_starting > 0
      || pool_has_enough_locked (self))
    return FALSE;
  self->n_drainers++;
  self->n_starting++;
  return TRUE;
}

static void
pool_remove_drainer_locked (Pool *self)
{
  self->n_drainers--;
  if (self->n_drainers == 0 && self->n_stopping > 0)
    g_cond_broadcast (&self->idle);
}

static void
pool_publish_length_locked (Pool *self)
{
  __atomic_store_n (&self->length_hint, (int) self->jobs.length, __ATOMIC_RELAXED);
}

static AsyncLitJob *
pool_pop_locked (Pool *self)
{
  AsyncLitJob *job = asynclit_job_queue_pop (&self->jobs);

  self->n_taken += job != NULL;
  pool_publish_length_locked (self);
  return job;
}

/* No thread is to be had, and none runs but those whose jobs wait, perhaps for these: whatever is
 * in the queue can't be done. */
static void
pool_lose_jobs (Pool *self, const GError *error)
{
  AsyncLitJobQueue lost = { 0 };
  AsyncLitJob *job;

  asynclit_lock (&self->lock);
  if (self->n_drainers == self->n_blocked)
    {
      lost = self->jobs;
      self->jobs = (AsyncLitJobQueue){ 0 };
      pool_publish_length_locked (self);
    }
  asynclit_unlock (&self->lock);
  while ((job = asynclit_job_queue_pop (&lost)) != NULL)
    job->run (job, error);
}

static gboolean
pool_has_sentry_locked (Pool *self)
{
  return self->sentry == SENTRY_RESTS || self->sentry == SENTRY_WATCHES;
}

static void
pool_wake_sentry_locked (Pool *self, Sentry how)
{
  self->sentry = how;
  g_cond_signal (&self->sentry_wakes);
}

/* Has GLib find a thread for another drainer, or start one. */
static gboolean
pool_push_drainer (Pool *self, GThreadPool *threads, guint n_needed, GError **error)
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

/* Starts the drainer that pool_add_drainer_locked() has counted. As only one starts at a time,
 * nobody else changes the limit meanwhile. */
static void
pool_start_drainer (Pool *self)
{
  g_autoptr (GError) error = NULL;
  GThreadPool *threads;
  guint n_needed;

  asynclit_lock (&self->lock);
  if (pool_has_sentry_locked (self))
    {
      pool_wake_sentry_locked (self, SENTRY_TO_WORK);
      asynclit_unlock (&self->lock);
      return;
    }
  threads = pool_get_threads_locked (self);
  n_needed = self->n_drainers;
  asynclit_unlock (&self->lock);

  if (pool_push_drainer (self, threads, n_needed, &error))
    return;

  asynclit_lock (&self->lock);
  self->n_starting--;
  pool_remove_drainer_locked (self);
  asynclit_unlock (&self->lock);
  pool_lose_jobs (self, error);
}

/* Runs on: pool. Looks on for a moment; goes on watching as long as jobs are taken. */
static void
sentry_watch_locked (Pool *self)
{
  guint n_taken = self->n_taken;

  asynclit_assert_locked (&self->lock);
  asynclit_cond_wait_until (&self->sentry_wakes, &self->lock,
                            g_get_monotonic_time () + WATCH_USEC);
  if (self->sentry != SENTRY_WATCHES || (self->n_taken != n_taken && self->n_drainers > 0))
    return;
  self->sentry = SENTRY_RESTS;
  /* The queue stands still. */
  if (self->n_taken == n_taken && self->jobs.length > 0 && self->n_starting == 0
      && self->n_drainers - self->n_blocked < self->max_drainers)
    {
      self->n_drainers++;
      self->n_starting++;
      self->sentry = SENTRY_TO_WORK;
    }
}

/* Runs on: pool. FALSE if nothing came. */
static gboolean
sentry_rest_locked (Pool *self)
{
  gint64 end = g_get_monotonic_time () + __atomic_load_n (&rest_usec, __ATOMIC_RELAXED);
  gboolean in_time = TRUE;

  while (self->sentry == SENTRY_RESTS && in_time)
    in_time = asynclit_cond_wait_until (&self->sentry_wakes, &self->lock, end);
  return in_time || self->n_drainers > 0;
}

/* Runs on: pool. TRUE if it is a drainer again; else it has to go. */
static gboolean
pool_stand_sentry (Pool *self)
{
  GThreadPool *threads = NULL;
  gboolean needed = TRUE;
  gboolean to_work;

  asynclit_lock (&self->lock);
  while (needed && pool_has_sentry_locked (self))
    if (self->sentry == SENTRY_WATCHES)
      sentry_watch_locked (self);
    else
      needed = sentry_rest_locked (self);
  to_work = self->sentry == SENTRY_TO_WORK;
  if (!needed)
    threads = g_steal_pointer (&self->threads);
  self->sentry = SENTRY_NONE;
  asynclit_unlock (&self->lock);
  if (threads != NULL)
    g_thread_pool_free (threads, FALSE, FALSE);
  return to_work;
}

typedef enum {
  NEXT_RUN,
  NEXT_SPIN,
  NEXT_STAND_SENTRY,
  NEXT_GIVE_UP,
} Next;

/* Decides what a drainer does next; if it gives up it is not counted any more. */
static Next
pool_choose_next_locked (Pool *self, AsyncLitJob **job, gboolean has_spun, gint64 now)
{
  asynclit_assert_locked (&self->lock);
  /* More than the limit, once the jobs of others have stopped waiting. */
  if (self->n_drainers - self->n_blocked <= self->max_drainers)
    *job = pool_pop_locked (self);
  if (*job != NULL)
    {
      if (has_spun)
        asynclit_pool_spin_note_job (&self->spin, now);
      return NEXT_RUN;
    }
  if (!has_spun)
    {
      asynclit_pool_spin_note_empty (&self->spin, now);
      if (!self->spinning && asynclit_pool_spin_pays (&self->spin))
        return NEXT_SPIN;
    }
  pool_remove_drainer_locked (self);
  if (self->sentry != SENTRY_NONE)
    return NEXT_GIVE_UP;
  /* Without any other drainer there is nothing to watch. */
  self->sentry = self->n_drainers > 0 ? SENTRY_WATCHES : SENTRY_RESTS;
  return NEXT_STAND_SENTRY;
}

/* Runs on: the only thread of a child, if a job has forked: it was one of the parent's pool.
 * There is nothing for it to go back to. */
static gboolean
pool_is_foreign (Pool *self)
{
  return G_UNLIKELY (self->generation != asynclit_get_generation ());
}

/* Runs on: pool, when the thread ends */
static void
thread_ends (gpointer data)
{
  Pool *self = data;

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  self->n_threads--;
  if (self->n_threads == 0 && self->n_stopping > 0)
    g_cond_broadcast (&self->idle);
  asynclit_unlock (&self->lock);
}

/* Once a thread: what it needs to know, and what others see of it. */
static void
prepare_thread (Pool *self)
{
  static GPrivate prepared = G_PRIVATE_INIT (thread_ends);

  if (g_private_get (&prepared) != NULL)
    return;
  asynclit_lock (&self->lock);
  self->n_threads++;
  asynclit_unlock (&self->lock);
  g_private_set (&prepared, self);
  asynclit_signals_enter_thread ();
  pthread_setname_np (pthread_self (), "asynclit-pool");
}

/* What a drainer has just done. */
typedef struct {
  gboolean begun;  /* it was counted as one that starts, and has started */
  gint64 took_job; /* when, if it has run one; else 0 */
  gboolean has_spun;
} Drainer;

/* Runs on: pool. Takes the next job, unless there is something else to do. */
static Next
pool_go_on (Pool *self, Drainer *drainer, AsyncLitJob **job)
{
  gint64 now = g_get_monotonic_time ();
  gboolean start_another;
  Next next;

  asynclit_lock (&self->lock);
  if (!drainer->begun)
    self->n_starting--;
  if (drainer->took_job != 0)
    asynclit_pool_load_note_job (&self->load, now - drainer->took_job);
  if (drainer->has_spun)
    self->spinning = FALSE;
  next = pool_choose_next_locked (self, job, drainer->has_spun, now);
  if (drainer->has_spun)
    asynclit_pool_spin_note_end (&self->spin, next == NEXT_RUN);
  if (next == NEXT_SPIN)
    self->spinning = TRUE;
  start_another = pool_add_drainer_locked (self);
  asynclit_unlock (&self->lock);

  drainer->begun = TRUE;
  drainer->took_job = next == NEXT_RUN ? now : 0;
  drainer->has_spun = next == NEXT_SPIN;
  if (start_another)
    pool_start_drainer (self);
  return next;
}

/* Runs on: pool, until this drainer is not needed any more. */
static void
pool_run_jobs (Pool *self)
{
  Drainer drainer = { 0 };

  for (;;)
    {
      AsyncLitJob *job = NULL;

      switch (pool_go_on (self, &drainer, &job))
        {
        case NEXT_RUN:
          job->run (job, NULL);
          if (pool_is_foreign (self))
            pthread_exit (NULL);
          asynclit_run_deferred_unref ();
          break;
        case NEXT_SPIN:
          asynclit_pool_spin_wait (&self->length_hint);
          break;
        case NEXT_STAND_SENTRY:
          if (!pool_stand_sentry (self))
            return;
          drainer.begun = FALSE;
          break;
        case NEXT_GIVE_UP:
        default:
          return;
        }
    }
}

/* Runs on: pool */
static void
pool_drain (gpointer data, gpointer user_data)
{
  Pool *self = user_data;

  asynclit_tsan_acquire (self);
  prepare_thread (self);
  asynclit_blocking_set_hooks (&self->hooks);
  pool_run_jobs (self);
  /* GLib may use the thread for something else next, which is not counted here. */
  asynclit_blocking_set_hooks (NULL);
}

/* Runs on: pool. Its job is about to wait for another job. */
static void
pool_blocking_begin (gpointer data)
{
  Pool *self = data;
  gboolean start_another;

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  self->n_blocked++;
  start_another = pool_add_drainer_locked (self);
  asynclit_unlock (&self->lock);
  if (start_another)
    pool_start_drainer (self);
}

/* Runs on: pool. Its job waits no more. */
static void
pool_blocking_end (gpointer data)
{
  Pool *self = data;

  if (pool_is_foreign (self))
    return;
  asynclit_lock (&self->lock);
  self->n_blocked--;
  asynclit_unlock (&self->lock);
}

void
asynclit_thread_pool_push (AsyncLitJob *job)
{
  Pool *self = pool_get ();
  gboolean start;

  asynclit_lock (&self->lock);
  asynclit_job_queue_push (&self->jobs, job);
  pool_publish_length_locked (self);
  start = pool_add_drainer_locked (self);
  if (start && self->n_drainers == 1)
    asynclit_pool_spin_note_job (&self->spin, g_get_monotonic_time ());
  asynclit_unlock (&self->lock);
  if (start)
    pool_start_drainer (self);
}

/* A thread that leaves a GThreadPool waits for other work of GLib's for some seconds, unless it is
 * told not to; which it does not hear before it has begun to wait. */
static void
pool_await_threads (Pool *self, gint64 end_time)
{
  asynclit_lock (&self->lock);
  self->n_stopping++;
  while (self->n_threads > 0 && self->n_drainers == 0 && g_get_monotonic_time () < end_time)
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
  Pool *self = g_atomic_pointer_get (&pool);
  GThreadPool *threads = NULL;
  gboolean idle = TRUE;

  if (self == NULL)
    return TRUE;
  asynclit_lock (&self->lock);
  self->n_stopping++;
  while (self->n_drainers > 0 && idle)
    idle = asynclit_cond_wait_until (&self->idle, &self->lock, end_time);
  self->n_stopping--;
  if (idle)
    threads = g_steal_pointer (&self->threads);
  if (idle && pool_has_sentry_locked (self))
    pool_wake_sentry_locked (self, SENTRY_TO_LEAVE);
  asynclit_unlock (&self->lock);

  if (threads != NULL)
    {
      g_thread_pool_free (threads, FALSE, TRUE);
      pool_await_threads (self, end_time);
    }
  return idle;
}

guint
asynclit_thread_pool_get_max_threads (void)
{
  return pool_get ()->max_drainers;
}

void
asynclit_thread_pool_set_rest (gint64 usec)
{
  __atomic_store_n (&rest_usec, usec, __ATOMIC_RELAXED);
}
