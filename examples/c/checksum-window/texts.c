/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Amounts and times, for people. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>
#include <math.h>

/* Before, a guess would be far from the truth. */
#define MIN_SECONDS 1.0
#define MIN_FRACTION 0.01

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

/* How long it will take if @fraction took @seconds; %NULL if nobody knows yet. */
char *
text_of_time_left (double seconds, double fraction)
{
  double left;
  guint number;

  if (seconds < MIN_SECONDS || fraction < MIN_FRACTION || fraction >= 1)
    return NULL;
  left = ceil (seconds * (1 - fraction) / fraction);
  if (left < 60)
    return g_strdup_printf (ngettext ("%u second left", "%u seconds left", (guint) left),
                            (guint) left);
  if (left < 3600)
    {
      number = (guint) ceil (left / 60);
      return g_strdup_printf (ngettext ("%u minute left", "%u minutes left", number), number);
    }
  number = (guint) MIN (ceil (left / 3600), G_MAXUINT);
  return g_strdup_printf (ngettext ("%u hour left", "%u hours left", number), number);
}

void
append_part (GString *text, const char *part)
{
  if (part == NULL)
    return;
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}
