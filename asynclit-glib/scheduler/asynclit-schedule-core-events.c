/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Events for the owner of a scheduler. */

#include "config.h"

#include "asynclit-schedule-core-private.h"

/* The maximum number of pending events for a context that is not iterated. */
#define MAX_EVENTS 4096

/* Set by the class of the scheduler. */
guint asynclit_schedule_signals[ASYNCLIT_N_EVENTS];
guint asynclit_schedule_list_signals[2];

void
asynclit_schedule_event_free (AsyncLitScheduleEvent *event)
{
  if (event->task != NULL)
    asynclit_task_return_ref (event->task);
  asynclit_scheduled_task_release (event->job);
  g_free (event);
}

static guint
core_count_changes_locked (AsyncLitScheduleCore *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  return self->events.length + (self->changes != NULL ? g_hash_table_size (self->changes) : 0)
         + (self->running != self->told_running);
}

/* The first event notifies the scheduler, which then takes all events. */
static void
core_post_locked (AsyncLitScheduleCore *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!self->quiet && core_count_changes_locked (self) == 1)
    asynclit_notification_post_changes (self->owner);
}

void
asynclit_schedule_core_set_quiet (AsyncLitScheduleCore *self, gboolean quiet)
{
  asynclit_lock (&asynclit_schedule_lock);
  self->quiet = quiet;
  if (!quiet && self->owner != NULL && core_count_changes_locked (self) > 0)
    asynclit_notification_post_changes (self->owner);
  asynclit_unlock (&asynclit_schedule_lock);
}

void
asynclit_schedule_core_note_event_locked (AsyncLitScheduleCore *self, AsyncLitScheduleEvent event)
{
  AsyncLitScheduleEvent *noted;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->owner == NULL || self->events.length >= MAX_EVENTS
      || !asynclit_has_handler_locked (self->scheduler, asynclit_schedule_signals[event.kind]))
    return;
  noted = g_memdup2 (&event, sizeof event);
  asynclit_scheduled_task_hold_locked (noted->job);
  if (noted->task != NULL)
    asynclit_ref_owned_locked (noted->task);
  g_queue_push_tail (&self->events, noted);
  core_post_locked (self);
}

static void
core_insert_change_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job)
{
  AsyncLitJobChange *change = g_new0 (AsyncLitJobChange, 1);

  asynclit_assert_locked (&asynclit_schedule_lock);
  change->job = asynclit_scheduled_task_hold_locked (job);
  change->order = job->order;
  change->is_there = job->core == self;
  g_hash_table_insert (self->changes, job, change);
  core_post_locked (self);
}

/* The first listener is notified of subsequent changes, even if it has not used the list. */
static gboolean
core_is_watched_locked (AsyncLitScheduleCore *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->changes != NULL || self->owner == NULL)
    return self->owner != NULL;
  for (guint i = 0; self->changes == NULL && i < G_N_ELEMENTS (asynclit_schedule_list_signals); i++)
    if (asynclit_has_handler_locked (self->scheduler, asynclit_schedule_list_signals[i]))
      self->changes = g_hash_table_new (NULL, NULL);
  return self->changes != NULL;
}

gboolean
asynclit_schedule_core_is_watched (AsyncLitScheduleCore *self)
{
  gboolean is_watched;

  asynclit_lock (&asynclit_schedule_lock);
  is_watched = self->changes != NULL;
  asynclit_unlock (&asynclit_schedule_lock);
  return is_watched;
}

void
asynclit_schedule_core_note_running_locked (AsyncLitScheduleCore *self)
{
  asynclit_assert_locked (&asynclit_schedule_lock);
  if (self->owner != NULL)
    core_post_locked (self);
}

gboolean
asynclit_schedule_core_take_running_change (AsyncLitScheduleCore *self)
{
  gboolean changed;

  asynclit_lock (&asynclit_schedule_lock);
  changed = self->running != self->told_running;
  self->told_running = self->running;
  asynclit_unlock (&asynclit_schedule_lock);
  return changed;
}

void
asynclit_schedule_core_note_change_locked (AsyncLitScheduleCore *self, AsyncLitScheduledTask *job,
                                           AsyncLitDeferredActions *deferred)
{
  AsyncLitJobChange *before;

  asynclit_assert_locked (&asynclit_schedule_lock);
  if (!core_is_watched_locked (self))
    return;
  before = g_hash_table_lookup (self->changes, job);
  if (before == NULL)
    {
      core_insert_change_locked (self, job);
      return;
    }
  g_hash_table_remove (self->changes, job);
  asynclit_deferred_actions_drop_locked (deferred, job);
  g_free (before);
}

void
asynclit_job_change_free (AsyncLitJobChange *change)
{
  if (change->job != NULL)
    asynclit_scheduled_task_release (change->job);
  g_free (change);
}

AsyncLitScheduleEvent *
asynclit_schedule_core_take_event (AsyncLitScheduleCore *self)
{
  AsyncLitScheduleEvent *event;

  asynclit_lock (&asynclit_schedule_lock);
  event = g_queue_pop_head (&self->events);
  asynclit_unlock (&asynclit_schedule_lock);
  return event;
}
