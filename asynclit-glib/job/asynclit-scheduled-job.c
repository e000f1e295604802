/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the rest of the library does with a job, below its class: the library's references, the ID,
 * and the owner's notifications. */

#include "config.h"

#include "asynclit-local-zone-private.h"
#include "asynclit-scheduled-task-private.h"
#include "asynclit-trigger-private.h"

AsyncLitClassType asynclit_scheduled_task_type;
guint asynclit_scheduled_task_notify_signal;

/* g_signal_has_handler_pending() would not count handlers of a single property. */
void
asynclit_scheduled_task_tell_locked (AsyncLitScheduledTask *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (asynclit_has_handler_locked (self, asynclit_scheduled_task_notify_signal))
    asynclit_notification_post_changes (&self->notification.base);
  else
    self->changes = 0;
}

void
asynclit_scheduled_task_hold (AsyncLitScheduledTask *self)
{
  gboolean is_first;

  g_object_ref (self);
  asynclit_lock (&asynclit_schedule_lock);
  is_first = self->n_holds++ == 0;
  asynclit_unlock (&asynclit_schedule_lock);
  if (!is_first)
    g_object_unref (self);
}

AsyncLitScheduledTask *
asynclit_scheduled_task_hold_locked (AsyncLitScheduledTask *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  g_assert (self->n_holds > 0);
  self->n_holds++;
  return self;
}

void
asynclit_scheduled_task_release (AsyncLitScheduledTask *self)
{
  gboolean was_last;

  asynclit_lock (&asynclit_schedule_lock);
  g_assert (self->n_holds > 0);
  was_last = --self->n_holds == 0;
  asynclit_unlock (&asynclit_schedule_lock);
  if (was_last)
    {
      asynclit_tsan_release (self);
      asynclit_notifier_release_later (&self->notification.base, self, g_object_unref,
                                       self->executor == ASYNCLIT_EXECUTOR_CONTEXT);
    }
}

const char *
asynclit_scheduled_task_get_alias (AsyncLitScheduledTask *self)
{
  return self->latest_task_key != NULL ? self->latest_task_key + strlen (ASYNCLIT_ALIAS_PREFIX)
                                       : NULL;
}

gboolean
asynclit_scheduled_task_ensure_id (AsyncLitScheduledTask *self)
{
  g_autofree char *trigger = NULL;

  if (self->id != NULL)
    return FALSE;
  if (self->name == NULL || self->trigger == NULL)
    self->id = g_uuid_string_random ();
  else
    {
      trigger = asynclit_trigger_to_string (self->trigger);
      self->id = g_strdup_printf ("%s [%s]", self->name, trigger);
    }
  return TRUE;
}

GDateTime *
asynclit_schedule_time_to_date (gint64 time)
{
  g_autoptr (GTimeZone) zone = NULL;

  if (time == ASYNCLIT_NO_TIME || time == ASYNCLIT_NEVER)
    return NULL;
  zone = asynclit_local_zone_get ();
  return asynclit_date_time_from_usec (time, zone);
}
