/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-clock-private.h"

/* Atomic: tests set it while the worker may read it. */
static AsyncLitClockFunc replaced_clock;

gint64
asynclit_clock_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () : g_get_monotonic_time ();
}

gint64
asynclit_clock_unix_now (void)
{
  AsyncLitClockFunc now = g_atomic_pointer_get (&replaced_clock);

  return G_UNLIKELY (now != NULL) ? now () : g_get_real_time ();
}

gboolean
asynclit_clock_is_real (void)
{
  return g_atomic_pointer_get (&replaced_clock) == NULL;
}

void
asynclit_clock_replace (AsyncLitClockFunc now)
{
  g_atomic_pointer_set (&replaced_clock, now);
}
