/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks that give their places up for a while. */

#include "config.h"

#include "asynclit-admission-private.h"

void
asynclit_admission_give_back (AsyncLitTask *task, gboolean has_failed)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);
  AsyncLitGot got = { 0 };

  asynclit_admission_lock (self);
  asynclit_seeker_leave_locked (
      &self->seeker, has_failed ? ASYNCLIT_ATTEMPT_FAILED : ASYNCLIT_ATTEMPT_CANCELLED);
  asynclit_seeker_release_locked (&self->seeker, &got);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
}

void
asynclit_admission_lend (AsyncLitTask *task, gboolean lend)
{
  AsyncLitAdmission *self = asynclit_admission_peek (task);
  AsyncLitGot got = { 0 };

  asynclit_admission_lock (self);
  if (lend && (self->seeker.has_places || self->n_lent > 0))
    {
      self->n_lent++;
      asynclit_seeker_release_locked (&self->seeker, &got);
    }
  else if (!lend && self->n_lent > 0 && --self->n_lent == 0)
    asynclit_seeker_take_back_locked (&self->seeker);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
}
