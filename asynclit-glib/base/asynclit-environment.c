/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-environment-private.h"

#include <string.h>

/* An invalid value may have any length; the message repeats this much of it. */
#define MAX_QUOTED 32

/* A message, not a warning, so that it does not end a program that makes warnings fatal. */
static void
tell (const char *name, const char *value, guint max)
{
  g_autofree char *start = g_strndup (value, MAX_QUOTED);
  g_autofree char *quoted = g_strescape (start, NULL);

  g_message ("%s=\"%s%s\" is not a whole number from 1 to %u: going on without it", name, quoted,
             value[strlen (start)] == '\0' ? "" : "…", max);
}

guint
asynclit_environment_get_count (const char *name, guint max)
{
  static int told = FALSE; /* atomic, not behind a lock, because the child of a fork may ask next */
  const char *value = g_getenv (name);
  guint64 count;

  g_assert (name != NULL);
  if (value == NULL || *value == '\0')
    return 0;
  if (g_ascii_string_to_unsigned (value, 10, 1, max, &count, NULL))
    return (guint) count;
  if (g_atomic_int_compare_and_exchange (&told, FALSE, TRUE))
    tell (name, value, max);
  return 0;
}
