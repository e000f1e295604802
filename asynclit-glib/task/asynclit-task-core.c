/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-error.h"
#include "asynclit-object-data-private.h"
#include "asynclit-task-core-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-times-private.h"

#include <glib/gi18n-lib.h>

const AsyncLitTaskDriver *asynclit_task_driver;

AsyncLitClassType asynclit_task_type;
GParamSpec *asynclit_task_properties[ASYNCLIT_TASK_N_PROPS];
guint asynclit_task_signals[ASYNCLIT_TASK_N_SIGNALS];

AsyncLitTaskColdData *
asynclit_task_get_cold_locked (AsyncLitTask *self)
{
  asynclit_assert_locked (&self->lock);
  if (self->cold == NULL)
    {
      AsyncLitTaskColdData *cold = g_new0 (AsyncLitTaskColdData, 1);

      cold->max_progress = ASYNCLIT_TASK_DEFAULT_MAX_PROGRESS;
      __atomic_store_n (&self->cold, cold, __ATOMIC_RELAXED);
    }
  return self->cold;
}

void
asynclit_task_retry_event_free (AsyncLitRetryEvent *event)
{
  g_error_free (event->error);
  g_free (event);
}

void
asynclit_task_free_cold (AsyncLitTask *self)
{
  AsyncLitTaskColdData *cold = g_steal_pointer (&self->cold);

  if (cold == NULL)
    return;
  g_assert (cold->first_waiter == NULL);

  g_free (cold->id);
  g_free (cold->name);
  g_clear_object (&cold->retry);
  asynclit_progress_log_clear (&cold->progress);
  if (cold->amounts != NULL)
    cold->amounts_free (cold->amounts);
  g_queue_clear_full (&cold->retries, (GDestroyNotify) asynclit_task_retry_event_free);
  if (cold->driver_data != NULL)
    cold->driver_data_free (cold->driver_data);
  if (cold->admission != NULL)
    cold->admission_free (cold->admission);
  if (cold->times != NULL)
    cold->times_free (cold->times);
  g_free (cold);
}

gboolean
asynclit_task_check_forked (AsyncLitTask *self, GError **error)
{
  if (G_LIKELY (asynclit_task_serial_is_own (self->serial)) || asynclit_task_has_ended (self))
    return FALSE;
  g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_FORKED,
                       _ ("The task belongs to the process from which this one was forked; "
                          "submit it here again"));
  return TRUE;
}

const GError *
asynclit_task_get_time_error (AsyncLitTask *self, AsyncLitTaskState state)
{
  const GError *error;

  asynclit_bit_lock (&self->lock);
  error = state & ASYNCLIT_STATE_EXPIRED ? self->cold->times->expired : self->cold->times->time_out;
  asynclit_bit_unlock (&self->lock);
  return error;
}

/* Called before the task is seen to have ended; has no effect after that, if another thread has
 * ended it. The result is never before the start, even if the clock has been set since. */
void
asynclit_task_note_finished (AsyncLitTask *self)
{
  gint64 before = __atomic_load_n (&self->finished, __ATOMIC_ACQUIRE);
  gint64 started = __atomic_load_n (&self->started, __ATOMIC_RELAXED);
  gint64 now = MAX (MAX (self->created, started), asynclit_clock_unix_now ());

  if (!asynclit_task_has_ended (self))
    __atomic_compare_exchange_n (&self->finished, &before, now, FALSE, __ATOMIC_ACQ_REL,
                                 __ATOMIC_RELAXED);
}

gboolean
asynclit_task_has_notify_handlers (AsyncLitTask *self)
{
  return asynclit_object_may_have_notify_handlers (self)
         && g_signal_handler_find (self, G_SIGNAL_MATCH_ID,
                                   g_signal_lookup ("notify", G_TYPE_OBJECT), 0, NULL, NULL, NULL)
                != 0;
}

void
asynclit_task_notify_pspec (AsyncLitTask *self, GParamSpec *pspec)
{
  g_assert (pspec != NULL);
  if (self->resurrected)
    asynclit_notify_resurrected (G_OBJECT (self), pspec);
  else
    g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

AsyncLitRetryPolicy *
asynclit_task_peek_retry_policy (AsyncLitTask *self)
{
  AsyncLitRetryPolicy *retry;

  /* The policy does not change once it matters, so there is nothing to wait for. */
  if (__atomic_load_n (&self->cold, __ATOMIC_RELAXED) == NULL)
    return NULL;
  asynclit_bit_lock (&self->lock);
  retry = self->cold->retry;
  asynclit_bit_unlock (&self->lock);
  return retry;
}

guint64
asynclit_task_get_order (AsyncLitTask *self)
{
  guint64 order = self->serial;

  asynclit_bit_lock (&self->lock);
  if (self->cold != NULL && self->cold->order != 0)
    order = self->cold->order;
  asynclit_bit_unlock (&self->lock);
  return order;
}
