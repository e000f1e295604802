/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-cancelled-private.h"

gulong
asynclit_cancelled_connect (GCancellable *cancellable, AsyncLitCancelledFunc func, gpointer data,
                            GClosureNotify unref)
{
  g_assert (func != NULL);
  return g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (func), data, unref, 0);
}

void
asynclit_cancelled_disconnect (GCancellable *cancellable, gulong id)
{
  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
}
