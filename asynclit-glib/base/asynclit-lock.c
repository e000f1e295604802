/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-lock-private.h"
#include "asynclit-processor-private.h"

/* The number of attempts to take a lock before going to sleep. The library holds its locks for some
 * tens of nanoseconds; going to sleep and being woken takes a thousand times as long. */
#define SPIN_ROUNDS 200

void
asynclit_lock_contended (AsyncLitLock *self)
{
  guint rounds = asynclit_processor_may_spin () ? SPIN_ROUNDS : 0;

  while (rounds-- > 0)
    {
      asynclit_processor_relax ();
      if (g_mutex_trylock (&self->mutex))
        return;
    }
  g_mutex_lock (&self->mutex);
}
