/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What can be counted about the tasks of a registry. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-task-registry-types-private.h"

double
asynclit_task_registry_get_fraction (AsyncLitTaskRegistry *self)
{
  double fraction;

  asynclit_task_registry_lock (self);
  fraction = asynclit_task_shares_get_fraction (&self->shares);
  asynclit_task_registry_unlock (self);
  return fraction;
}

double
asynclit_task_registry_get_remaining (AsyncLitTaskRegistry *self)
{
  gint64 now = asynclit_clock_now ();
  double remaining;

  asynclit_task_registry_lock (self);
  remaining = asynclit_task_shares_get_remaining (&self->shares, now);
  asynclit_task_registry_unlock (self);
  return remaining;
}
