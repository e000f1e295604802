/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-context-executor-private.h"
#include "asynclit-context-private.h"
#include "asynclit-error.h"
#include "asynclit-thread-number-private.h"

#include <glib/gi18n-lib.h>

/* The maximum time for which one dispatch runs jobs before other sources get a turn. A frame at 60
 * Hz lasts 16.7 ms, so two milliseconds leave room to draw. */
#define BUDGET_USEC 2000

struct _AsyncLitContextExecutor {
  AsyncLitWakeupSource wakeup; /* its lock guards jobs */
  AsyncLitJobQueue jobs;
};

static gboolean
context_executor_is_pending_locked (AsyncLitWakeupSource *wakeup)
{
  AsyncLitContextExecutor *self = (AsyncLitContextExecutor *) wakeup;

  asynclit_assert_locked (&wakeup->lock);
  return self->jobs.length > 0;
}

static AsyncLitJob *
context_executor_pop (AsyncLitContextExecutor *self)
{
  AsyncLitJob *job;

  /* In the child of a fork that a job has made. */
  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (&self->wakeup)))
    return NULL;
  asynclit_lock (&self->wakeup.lock);
  job = asynclit_job_queue_pop (&self->jobs);
  asynclit_unlock (&self->wakeup.lock);
  return job;
}

static GError *
context_executor_new_error (void)
{
  return g_error_new_literal (
      ASYNCLIT_ERROR, ASYNCLIT_ERROR_CONTEXT_GONE,
      _ ("The main context that the task should have run in was destroyed"));
}

/* Runs on: the context. */
static gboolean
context_executor_answer (AsyncLitWakeupSource *wakeup)
{
  AsyncLitContextExecutor *self = (AsyncLitContextExecutor *) wakeup;
  gint64 end = g_get_monotonic_time () + BUDGET_USEC;
  AsyncLitJob *job;

  while ((job = context_executor_pop (self)) != NULL)
    {
      job->run (job, NULL);
      if (g_get_monotonic_time () >= end)
        return TRUE;
    }
  return FALSE;
}

/* Runs on: the thread that destroyed the context. */
static void
context_executor_context_gone (AsyncLitWakeupSource *wakeup)
{
  AsyncLitContextExecutor *self = (AsyncLitContextExecutor *) wakeup;
  g_autoptr (GError) lost = NULL;
  AsyncLitJob *job;

  while ((job = context_executor_pop (self)) != NULL)
    {
      if (lost == NULL)
        lost = context_executor_new_error ();
      job->run (job, lost);
    }
}

static void
context_executor_init (AsyncLitWakeupSource *wakeup)
{
}

static void
context_executor_clear (AsyncLitWakeupSource *wakeup)
{
}

static const AsyncLitWakeupSourceClass context_executor_class = {
  .name = "[asynclit] jobs",
  .instance_size = sizeof (AsyncLitContextExecutor),
  .init = context_executor_init,
  .is_pending_locked = context_executor_is_pending_locked,
  .answer = context_executor_answer,
  .context_gone = context_executor_context_gone,
  .clear = context_executor_clear,
};

AsyncLitContextExecutor *
asynclit_context_executor_get (GMainContext *context, int priority)
{
  g_assert (context != NULL);
  return (AsyncLitContextExecutor *) asynclit_wakeup_source_get (&context_executor_class, context,
                                                                 priority);
}

AsyncLitContextExecutor *
asynclit_context_executor_ref (AsyncLitContextExecutor *self)
{
  return (AsyncLitContextExecutor *) asynclit_wakeup_source_ref (&self->wakeup);
}

void
asynclit_context_executor_unref (AsyncLitContextExecutor *self)
{
  asynclit_wakeup_source_unref (&self->wakeup);
}

void
asynclit_context_executor_push (AsyncLitContextExecutor *self, AsyncLitJob *job)
{
  g_autoptr (GError) lost = NULL;

  asynclit_lock (&self->wakeup.lock);
  if (!self->wakeup.closed)
    {
      asynclit_job_queue_push (&self->jobs, job);
      asynclit_wakeup_source_unlock_and_wake (&self->wakeup);
      return;
    }
  asynclit_unlock (&self->wakeup.lock);
  lost = context_executor_new_error ();
  job->run (job, lost);
}

gboolean
asynclit_context_executor_has_jobs (AsyncLitContextExecutor *self)
{
  gboolean has_jobs;

  asynclit_lock (&self->wakeup.lock);
  has_jobs = self->jobs.length > 0;
  asynclit_unlock (&self->wakeup.lock);
  return has_jobs;
}

gboolean
asynclit_context_executor_is_current (AsyncLitContextExecutor *self)
{
  return !asynclit_wakeup_source_is_closed (&self->wakeup)
         && asynclit_context_is_here (self->wakeup.context);
}
