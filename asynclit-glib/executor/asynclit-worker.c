/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The worker is one thread that iterates one main context. The context, its job queue and its
 * timers are created on first use, and then live as long as the process. The thread starts with
 * them, but can be stopped and started again. Whatever is in the queues then continues.
 *
 * If the system has no thread or no file descriptor left, jobs and timers get an error.
 * Invocations, which must not run in the caller, wait until a thread can be started. */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-context-executor-private.h"
#include "asynclit-context-private.h"
#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-signals-private.h"
#include "asynclit-worker-private.h"

typedef struct {
  /* Set at construction, then read-only. */
  guint generation; /* of the process */

  AsyncLitLock lock; /* guards the fields below */
  /* All three are set once, before `context`; atomic, to read without the lock. */
  AsyncLitContextExecutor *jobs;
  AsyncLitTimerQueue *timers;
  GMainContext *context;
  AsyncLitJobQueue early; /* invocations from before the context was created */
  GThread *thread;
  gboolean running; /* the thread has not left its loop */
  gboolean joining; /* a thread is waiting for it to leave, and will join it */
  GCond left;       /* either of these has changed, or the thread was asked to stay */

  int stopping; /* atomic: read by the thread between iterations */
  int started;  /* atomic: a thread is running and will continue, to skip the lock on the fast
                 * path */
} Worker;

typedef struct {
  AsyncLitJob job;
  GFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Invocation;

static Worker *worker;           /* atomic: created by the first thread that needs it */
static AsyncLitLock worker_lock; /* guards its creation */

static void
forget_worker (void)
{
  worker = NULL;
  worker_lock = (AsyncLitLock){ 0 };
}

static Worker *
worker_new (void)
{
  Worker *self = g_new0 (Worker, 1);

  self->generation = asynclit_get_generation ();
  g_cond_init (&self->left);
  return self;
}

static Worker *
worker_get (void)
{
  static gsize registered = 0;
  Worker *self = g_atomic_pointer_get (&worker);

  if (G_LIKELY (self != NULL))
    return self;
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_worker);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&worker_lock);
  if (worker == NULL)
    g_atomic_pointer_set (&worker, worker_new ());
  self = worker;
  asynclit_unlock (&worker_lock);
  return self;
}

static GMainContext *
worker_peek_context (Worker *self)
{
  return g_atomic_pointer_get (&self->context);
}

/* Whether to leave the loop. Decided under the lock, because another thread may have asked this one
 * to stay. */
static gboolean
worker_leaves (Worker *self)
{
  gboolean leaves;

  if (G_LIKELY (!g_atomic_int_get (&self->stopping)))
    return FALSE;
  asynclit_lock (&self->lock);
  leaves = g_atomic_int_get (&self->stopping);
  if (leaves)
    self->running = FALSE;
  g_cond_broadcast (&self->left);
  asynclit_unlock (&self->lock);
  return leaves;
}

/* Runs on: worker */
static gpointer
worker_main (gpointer data)
{
  Worker *self = data;

  asynclit_signals_enter_thread ();
  asynclit_blocking_forbid ();
  g_main_context_push_thread_default (self->context);
  do
    g_main_context_iteration (self->context, TRUE);
  while (self->generation == asynclit_get_generation () && !worker_leaves (self));
  /* If a user's function has forked on this thread, this is the child's only thread, and has to
   * end. */
  if (self->generation == asynclit_get_generation ())
    g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* Created without the lock, because its parts have locks of their own. */
static gboolean
worker_make_context (Worker *self, GError **error)
{
  g_autoptr (GMainContext) context = NULL;
  AsyncLitContextExecutor *jobs;
  AsyncLitTimerQueue *timers;

  if (worker_peek_context (self) != NULL)
    return TRUE;
  if (!asynclit_context_can_be_made (error))
    return FALSE;
  context = g_main_context_new ();
  jobs = asynclit_context_executor_get (context, G_PRIORITY_DEFAULT);
  timers = asynclit_timer_queue_new (context);
  asynclit_lock (&self->lock);
  if (self->context == NULL)
    {
      self->jobs = g_steal_pointer (&jobs);
      self->timers = g_steal_pointer (&timers);
      g_atomic_pointer_set (&self->context, g_steal_pointer (&context));
    }
  asynclit_unlock (&self->lock);
  g_clear_pointer (&jobs, asynclit_context_executor_unref);
  g_clear_pointer (&context, g_main_context_unref);
  g_clear_pointer (&timers, asynclit_timer_queue_free);
  return TRUE;
}

/* A thread that has left its loop still owns the context for a moment; another one can only start
 * after it was joined. A thread that was asked to leave, and has not left yet, is asked to stay. */
static gboolean
worker_start_locked (Worker *self, GError **error)
{
  sigset_t signals;

  asynclit_assert_locked (&self->lock);
  while (!self->running && self->joining)
    asynclit_cond_wait (&self->left, &self->lock);
  g_atomic_int_set (&self->stopping, FALSE);
  if (!self->running)
    {
      asynclit_signals_hold (&signals);
      self->thread = g_thread_try_new ("asynclit-worker", worker_main, self, error);
      asynclit_signals_release (&signals);
      self->running = self->thread != NULL;
    }
  g_cond_broadcast (&self->left);
  g_atomic_int_set (&self->started, self->running);
  return self->running;
}

static gboolean
worker_start (Worker *self, GError **error)
{
  AsyncLitJobQueue early;
  AsyncLitJob *job;
  gboolean running;

  if (G_LIKELY (g_atomic_int_get (&self->started)))
    return TRUE;
  if (!worker_make_context (self, error))
    return FALSE;
  asynclit_lock (&self->lock);
  early = self->early;
  self->early = (AsyncLitJobQueue){ 0 };
  running = worker_start_locked (self, error);
  asynclit_unlock (&self->lock);
  while ((job = asynclit_job_queue_pop (&early)) != NULL)
    asynclit_context_executor_push (self->jobs, job);
  return running;
}

void
asynclit_worker_push (AsyncLitJob *job)
{
  g_autoptr (GError) error = NULL;
  Worker *self = worker_get ();

  g_assert (job->run != NULL);
  if (!worker_start (self, &error))
    {
      job->run (job, error);
      return;
    }
  asynclit_context_executor_push (self->jobs, job);
  worker_start (self, NULL); /* asynclit_worker_stop() may have been called in between */
}

gboolean
asynclit_worker_start_timer (AsyncLitTimer *timer, gint64 due)
{
  g_autoptr (GError) error = NULL;
  Worker *self = worker_get ();

  if (!worker_start (self, &error))
    {
      g_warning ("The worker thread could not be started: %s", error->message);
      timer->func (timer);
      return TRUE;
    }
  if (!asynclit_timer_queue_start (self->timers, timer, due))
    return FALSE;
  worker_start (self, NULL); /* as above */
  return TRUE;
}

/* Without a context, no timer has been started. A timer that is about to be started fires
 * immediately, or finds that it was stopped. */
gboolean
asynclit_worker_stop_timer (AsyncLitTimer *timer)
{
  Worker *self = worker_get ();

  return worker_peek_context (self) != NULL && asynclit_timer_queue_stop (self->timers, timer);
}

/* Runs on: worker */
static void
invocation_run (AsyncLitJob *job, const GError *lost)
{
  Invocation *self = (Invocation *) job;

  self->func (self->data, NULL);
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

/* FALSE if there is a context to wait in. */
static gboolean
worker_wait_early (Worker *self, AsyncLitJob *job)
{
  gboolean is_early;

  asynclit_lock (&self->lock);
  is_early = self->context == NULL;
  if (is_early)
    asynclit_job_queue_push (&self->early, job);
  asynclit_unlock (&self->lock);
  return is_early;
}

void
asynclit_worker_invoke (GFunc func, gpointer data, GDestroyNotify destroy)
{
  Invocation *invocation = g_new0 (Invocation, 1);
  g_autoptr (GError) error = NULL;
  Worker *self = worker_get ();

  g_assert (func != NULL);
  invocation->job.run = invocation_run;
  invocation->func = func;
  invocation->data = data;
  invocation->destroy = destroy;
  if (!worker_start (self, &error))
    g_warning ("The worker thread could not be started: %s", error->message);
  if (worker_wait_early (self, &invocation->job))
    return;
  asynclit_context_executor_push (self->jobs, &invocation->job);
  worker_start (self, NULL); /* asynclit_worker_stop() may have been called in between */
}

gboolean
asynclit_worker_is_current (void)
{
  Worker *self = g_atomic_pointer_get (&worker);

  return self != NULL && worker_peek_context (self) != NULL
         && asynclit_context_executor_is_current (self->jobs);
}

/* Asks the thread to leave, and waits until it has left, until another thread asks it to stay, or
 * until @end_time. TRUE if it has left. */
static gboolean
worker_await_leave_locked (Worker *self, gint64 end_time)
{
  gboolean in_time = TRUE;

  asynclit_assert_locked (&self->lock);
  g_atomic_int_set (&self->started, FALSE);
  g_atomic_int_set (&self->stopping, TRUE);
  g_main_context_wakeup (self->context);
  while (self->running && g_atomic_int_get (&self->stopping) && in_time)
    in_time = asynclit_cond_wait_until (&self->left, &self->lock, end_time);
  if (!self->running)
    return TRUE;
  g_atomic_int_set (&self->stopping, FALSE);
  g_atomic_int_set (&self->started, TRUE);
  return FALSE;
}

GMainContext *
asynclit_worker_peek_context (void)
{
  Worker *self = g_atomic_pointer_get (&worker);

  return self != NULL ? worker_peek_context (self) : NULL;
}

gboolean
asynclit_worker_stop (gint64 end_time)
{
  Worker *self = g_atomic_pointer_get (&worker);
  gboolean is_mine;
  gboolean has_left;

  if (self == NULL || worker_peek_context (self) == NULL)
    return TRUE;
  asynclit_lock (&self->lock);
  is_mine = self->running && !self->joining;
  self->joining = self->joining || is_mine;
  has_left = is_mine ? worker_await_leave_locked (self, end_time) : !self->running;
  if (is_mine && !has_left)
    {
      self->joining = FALSE;
      g_cond_broadcast (&self->left);
    }
  asynclit_unlock (&self->lock);
  if (!is_mine || !has_left)
    return has_left;

  g_thread_join (self->thread);
  asynclit_lock (&self->lock);
  self->joining = FALSE;
  self->thread = NULL;
  g_cond_broadcast (&self->left);
  asynclit_unlock (&self->lock);
  /* Another thread may just have pushed a job, and seen the worker running. */
  if (asynclit_context_executor_has_jobs (self->jobs)
      || asynclit_timer_queue_is_running (self->timers))
    worker_start (self, NULL);
  return TRUE;
}

/**
 * asynclit_get_worker_context:
 *
 * Gets the main context of the library's worker thread, and starts that thread if it is not
 * running.
 *
 * Functions that are submitted with [func@run_async] or [method@TaskManager.submit_async] start in
 * this context. It is their thread-default main context, so the callbacks of the asynchronous
 * operations that they start run there, too. To run other code there, attach a source to it. Code
 * in this context must not block, because all asynchronous tasks and all timers of the library
 * would have to wait for it.
 *
 * The context lives as long as the process. After a fork, the child gets another one.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the worker's main context; %NULL if it does not exist yet
 *   and the system has no file descriptor left for it
 * Since: 1.0
 */
GMainContext *
asynclit_get_worker_context (void)
{
  g_autoptr (GError) error = NULL;
  Worker *self = worker_get ();

  if (!worker_start (self, &error))
    g_warning ("The worker thread could not be started: %s", error->message);
  return worker_peek_context (self);
}
