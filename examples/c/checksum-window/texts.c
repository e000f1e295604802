/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Amounts and times as text. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>

char *
text_of_amount (guint64 done, guint64 total)
{
  g_autofree char *done_text = g_format_size (done);
  g_autofree char *total_text = g_format_size (total);

  if (done == 0 || done >= total)
    return g_steal_pointer (&total_text);
  /* Translators: amounts of bytes, as in "1.2 GB of 4 GB" */
  return g_strdup_printf (_("%s of %s"), done_text, total_text);
}

void
append_part (GString *text, const char *part)
{
  if (part == NULL || *part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}
