/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-thread-number-private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Does what GLib does, to find out whether GLib would succeed. */
gboolean
asynclit_context_can_be_made (GError **error)
{
  int fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  int code = errno;

  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  g_set_error_literal (error, G_IO_ERROR, (int) g_io_error_from_errno (code), g_strerror (code));
  return FALSE;
}

GMainContext *
asynclit_context_peek_default (void)
{
  /* Atomic: several threads may find out at the same time. */
  static GMainContext *found;
  GMainContext *context = g_atomic_pointer_get (&found);

  if (G_LIKELY (context != NULL))
    return context;
  if (!asynclit_context_can_be_made (NULL))
    return NULL;
  context = g_main_context_default ();
  g_atomic_pointer_set (&found, context);
  return context;
}

GMainContext *
asynclit_context_peek_own (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  return context != NULL ? context : asynclit_context_peek_default ();
}

static gboolean
is_own (GMainContext *context)
{
  GMainContext *own = g_main_context_get_thread_default ();

  if (own != NULL)
    return own == context;
  return (context == NULL || context == asynclit_context_peek_default ())
         && asynclit_is_main_thread ();
}

/* If the context is the thread's own, it is alive, and therefore safe to use. */
gboolean
asynclit_context_is_here (GMainContext *context)
{
  if (!is_own (context))
    return FALSE;
  if (context == NULL) /* no thread can iterate it yet */
    return TRUE;
  if (!g_main_context_acquire (context))
    return FALSE;
  g_main_context_release (context);
  return TRUE;
}
