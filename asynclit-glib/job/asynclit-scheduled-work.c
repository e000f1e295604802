/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-scheduled-task-private.h"
#include "asynclit-thread-bound-private.h"

AsyncLitScheduledWork *
asynclit_scheduled_work_new (void)
{
  AsyncLitScheduledWork *self = g_new0 (AsyncLitScheduledWork, 1);

  g_atomic_ref_count_init (&self->ref_count);
  asynclit_notification_init (&self->owner, NULL);
  return self;
}

AsyncLitScheduledWork *
asynclit_scheduled_work_ref (AsyncLitScheduledWork *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_scheduled_work_unref (AsyncLitScheduledWork *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  if (self->destroy != NULL)
    asynclit_notifier_release_later (&self->owner, self->user_data, self->destroy,
                                     asynclit_is_thread_bound (self->user_data, self->destroy));
  asynclit_notification_clear (&self->owner);
  g_free (self);
}
