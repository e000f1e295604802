/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-blocking-private.h"
#include "asynclit-time-private.h"

static const AsyncLitBlockingHooks forbidden; /* for its address */

static GPrivate thread_hooks;

void
asynclit_blocking_set_hooks (const AsyncLitBlockingHooks *hooks)
{
  g_private_set (&thread_hooks, (gpointer) hooks);
}

void
asynclit_blocking_forbid (void)
{
  asynclit_blocking_set_hooks (&forbidden);
}

gboolean
asynclit_blocking_is_forbidden (void)
{
  return g_private_get (&thread_hooks) == &forbidden;
}

gboolean
asynclit_blocking_is_executor (void)
{
  return g_private_get (&thread_hooks) != NULL;
}

void
asynclit_blocking_begin (void)
{
  const AsyncLitBlockingHooks *hooks = g_private_get (&thread_hooks);

  if (hooks != NULL && hooks->begin != NULL)
    hooks->begin (hooks->executor);
}

void
asynclit_blocking_end (void)
{
  const AsyncLitBlockingHooks *hooks = g_private_get (&thread_hooks);

  if (hooks != NULL && hooks->end != NULL)
    hooks->end (hooks->executor);
}

gint64
asynclit_blocking_get_end_time (double timeout_seconds)
{
  if (timeout_seconds < 0)
    return ASYNCLIT_NEVER;
  return asynclit_time_add_seconds (g_get_monotonic_time (), timeout_seconds);
}
