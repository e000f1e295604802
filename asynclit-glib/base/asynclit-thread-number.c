/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-thread-number-private.h"

#include <unistd.h>

guint
asynclit_get_thread_number (void)
{
  static guint last_number = 0; /* atomic */
  static __thread guint number = 0;

  if (G_UNLIKELY (number == 0))
    number = __atomic_add_fetch (&last_number, 1, __ATOMIC_RELAXED);
  return number;
}

gboolean
asynclit_is_main_thread (void)
{
  return gettid () == getpid ();
}
