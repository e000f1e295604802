/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-amounts-text-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define SEPARATOR " · "

#define MINUTE 60.0
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* Up to two days, the time is given in hours. A remaining time of several years is not shown. */
#define MAX_HOURS 48
#define MAX_DAYS 999.0

/* The smallest rate that is not formatted as 0.0. */
#define MIN_RATE 0.05
/* From this rate on, there are no decimals. */
#define MIN_WHOLE_RATE 10.0

/* Makes 0.29 of 1 29 %, although 0.29 times 100 is slightly less than 29. */
#define TINY 1e-9

/* The largest double up to which all whole numbers can be represented. */
#define MAX_COUNT 9007199254740992.0

static gulong
to_count (double amount)
{
  return (gulong) MIN (CLAMP (amount, 0, MAX_COUNT), (double) (G_MAXULONG / 2));
}

static char *
format_size (double bytes)
{
  return g_format_size (to_count (bytes));
}

static char *
format_bytes (double done, double total)
{
  g_autofree char *of_all = format_size (done);
  g_autofree char *all = format_size (total);

  if (total <= 0)
    return g_steal_pointer (&of_all);
  /* Translators: as in "3.1 MB of 40 MB". */
  return g_strdup_printf (_ ("%s of %s"), of_all, all);
}

static char *
format_files (gulong done, gulong total)
{
  if (total == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu file", "%lu files", done), done);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%lu of %lu file", "%lu of %lu files", total), done, total);
}

static char *
format_folders (gulong done, gulong total)
{
  if (total == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu folder", "%lu folders", done), done);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%lu of %lu folder", "%lu of %lu folders", total), done, total);
}

static gboolean
is_whole (double amount)
{
  return amount >= floor (amount) && amount <= floor (amount);
}

/* Amounts that are not counts, such as 0.3 of 1, are formatted as a percentage. */
static char *
format_items (double done, double total)
{
  if (total > 0 && (total <= 1 || !is_whole (total) || !is_whole (done)))
    /* Translators: a percentage, as in "30 %". */
    return g_strdup_printf (_ ("%.0f %%"), floor (100 * MIN (done / total, 1) + TINY));
  if (total > 0)
    /* Translators: numbers of anything, as in "12 of 40". */
    return g_strdup_printf (_ ("%lu of %lu"), to_count (done), to_count (total));
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu item", "%lu items", to_count (done)),
                          to_count (done));
}

static char *
format_amount (const AsyncLitAmountsText *self)
{
  if (self->total <= 0 && self->done <= 0)
    return NULL;
  switch (self->unit)
    {
    case ASYNCLIT_UNIT_BYTES:
      return format_bytes (self->done, self->total);
    case ASYNCLIT_UNIT_FILES:
      return format_files (to_count (self->done), to_count (self->total));
    case ASYNCLIT_UNIT_FOLDERS:
      return format_folders (to_count (self->done), to_count (self->total));
    case ASYNCLIT_UNIT_ITEMS:
    default:
      return format_items (self->done, self->total);
    }
}

static char *
format_rate (const AsyncLitAmountsText *self)
{
  g_autofree char *amount = NULL;

  if (self->rate < (self->unit == ASYNCLIT_UNIT_BYTES ? 1 : MIN_RATE))
    return NULL;
  if (self->unit == ASYNCLIT_UNIT_BYTES)
    amount = format_size (self->rate);
  else
    amount = g_strdup_printf (self->rate < MIN_WHOLE_RATE ? "%.1f" : "%.0f", self->rate);
  /* Translators: an amount per second, as in "3.1 MB/s". */
  return g_strdup_printf (_ ("%s/s"), amount);
}

char *
asynclit_amounts_text_format_remaining (double seconds)
{
  gulong n;

  if (!(seconds >= 0))
    return NULL;
  n = to_count (ceil (seconds));
  if (n < 60)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu second left", "%lu seconds left", n),
                            n);
  n = to_count (ceil (seconds / MINUTE));
  if (n < 60)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu minute left", "%lu minutes left", n),
                            n);
  n = to_count (ceil (seconds / HOUR));
  if (n <= MAX_HOURS)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu hour left", "%lu hours left", n), n);
  if (seconds / DAY > MAX_DAYS)
    return NULL;
  n = to_count (ceil (seconds / DAY));
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu day left", "%lu days left", n), n);
}

static void
append_part (GString *text, const char *part)
{
  if (part == NULL || *part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, SEPARATOR);
  g_string_append (text, part);
}

char *
asynclit_amounts_text_format (const AsyncLitAmountsText *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *amount = format_amount (self);
  g_autofree char *rate = format_rate (self);
  g_autofree char *remaining = asynclit_amounts_text_format_remaining (self->remaining);

  append_part (text, self->text);
  append_part (text, amount);
  append_part (text, rate);
  append_part (text, remaining);
  return g_string_free (text, FALSE);
}
