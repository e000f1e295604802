/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Describes a cron expression in words. The sentence consists of parts that translators can
 * reorder: times, days and months. */

#include "config.h"

#include "asynclit-civil-private.h"
#include "asynclit-cron-fields-private.h"

#include <glib/gi18n-lib.h>

/* More times per day than this are described by their minutes and hours. */
#define MAX_LISTED_TIMES 4

#define ALL_MINUTES G_GUINT64_CONSTANT (0x0fffffffffffffff)
#define ALL_HOURS 0xffffffu
#define ALL_DAYS 0xfffffffeu
#define ALL_MONTHS 0x1ffeu
#define ALL_WEEKDAYS 0x7fu

/* Runs of at least this many numbers are described by their ends. */
#define MIN_RUN 3

static const char *const weekdays[]
    = { N_ ("Monday"), N_ ("Tuesday"),  N_ ("Wednesday"), N_ ("Thursday"),
        N_ ("Friday"), N_ ("Saturday"), N_ ("Sunday") };

static const char *const months[]
    = { N_ ("January"),   N_ ("February"), N_ ("March"),    N_ ("April"),
        N_ ("May"),       N_ ("June"),     N_ ("July"),     N_ ("August"),
        N_ ("September"), N_ ("October"),  N_ ("November"), N_ ("December") };

static const char *const nth_formats[] = {
  [1] = N_ ("the first %s of the month"),
  [2] = N_ ("the second %s of the month"),
  [3] = N_ ("the third %s of the month"),
  [4] = N_ ("the fourth %s of the month"),
  [5] = N_ ("the fifth %s of the month"),
  [ASYNCLIT_CRON_LAST_OF_MONTH] = N_ ("the last %s of the month"),
};

static char *
name_number (int value)
{
  return g_strdup_printf ("%d", value);
}

static char *
name_month (int value)
{
  return g_strdup (_ (months[value - 1]));
}

/* Counted from Monday, so that a week appears in its usual order. */
static char *
name_weekday (int value)
{
  return g_strdup (_ (weekdays[value]));
}

static guint64
weekdays_from_monday (const AsyncLitCronFields *self)
{
  return (self->weekdays >> 1) | ((self->weekdays & 1u) << 6);
}

static gboolean
has_bit (guint64 set, int bit)
{
  return bit < 64 && (set >> bit & 1) != 0;
}

static int
count_bits (guint64 set)
{
  return __builtin_popcountll (set);
}

/* Adds the numbers of a set; a run of them becomes "Monday to Friday". */
static void
add_set (GPtrArray *words, guint64 set, char *(*name) (int value))
{
  int last;

  for (int first = 0; first < 64; first = last + 1)
    {
      last = first;
      if (!has_bit (set, first))
        continue;
      while (has_bit (set, last + 1))
        last++;
      if (last - first + 1 < MIN_RUN)
        last = first;
      if (last > first)
        {
          g_autofree char *from = name (first);
          g_autofree char *to = name (last);

          /* Translators: a range, as in "Monday to Friday". */
          g_ptr_array_add (words, g_strdup_printf (_ ("%s to %s"), from, to));
        }
      else
        g_ptr_array_add (words, name (first));
    }
}

/* "A", "A and B" or "A, B and C". */
static char *
join (GPtrArray *words, const char *last_format)
{
  g_autofree char *joined = g_strdup (g_ptr_array_index (words, 0));

  for (guint i = 1; i < words->len; i++)
    {
      const gboolean is_last = i + 1 == words->len;
      char *longer
          /* Translators: adds the next part of a list, except for the last one. */
          = g_strdup_printf (is_last ? last_format : _ ("%s, %s"), joined,
                             (const char *) g_ptr_array_index (words, i));

      g_free (joined);
      joined = longer;
    }
  return g_steal_pointer (&joined);
}

static const char *
and_format (void)
{
  /* Translators: adds the last part of a list. */
  return _ ("%s and %s");
}

static const char *
or_format (void)
{
  /* Translators: adds the last part of a list of alternatives. */
  return _ ("%s or %s");
}

static char *
list_set (guint64 set, char *(*name) (int value))
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  add_set (words, set, name);
  return join (words, and_format ());
}

/* The step s of a set 0, s, 2s … that continues evenly in the next hour or day; otherwise 0. */
static int
find_step (guint64 set, int size)
{
  int step = 1;

  if (!has_bit (set, 0))
    return 0;
  while (step < size && !has_bit (set, step))
    step++;
  if (step == size || size % step != 0)
    return 0;
  for (int i = 0; i < size; i++)
    if (has_bit (set, i) != (i % step == 0))
      return 0;
  return step;
}

static char *
describe_few_times (const AsyncLitCronFields *self)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;

  for (int hour = 0; hour < 24; hour++)
    for (int minute = 0; minute < 60; minute++)
      if (has_bit (self->hours, hour) && has_bit (self->minutes, minute))
        g_ptr_array_add (words, g_strdup_printf ("%02d:%02d", hour, minute));
  list = join (words, and_format ());
  /* Translators: one or more times of the day, as in "at 09:00 and 18:00". */
  return g_strdup_printf (_ ("at %s"), list);
}

static char *
describe_minutes (const AsyncLitCronFields *self)
{
  const int step = find_step (self->minutes, 60);
  g_autofree char *list = NULL;

  if (step > 0)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "every minute", "every %lu minutes", (gulong) step),
        (gulong) step);
  list = list_set (self->minutes, name_number);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "at minute %s", "at the minutes %s",
                                       (gulong) count_bits (self->minutes)),
                          list);
}

static char *
describe_minutes_and_hours (const AsyncLitCronFields *self)
{
  const int step = find_step (self->hours, 24);
  g_autofree char *minutes = NULL;
  g_autofree char *hours = NULL;

  if (self->minutes == 1 && step > 0)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "every hour", "every %lu hours", (gulong) step),
        (gulong) step);
  minutes = describe_minutes (self);
  if (self->hours == ALL_HOURS && find_step (self->minutes, 60) > 0)
    return g_steal_pointer (&minutes);
  if (self->hours == ALL_HOURS)
    /* Translators: as in "at minute 5 of every hour". */
    return g_strdup_printf (_ ("%s of every hour"), minutes);
  hours = list_set (self->hours, name_number);
  return g_strdup_printf (
      /* Translators: as in "every 5 minutes of the hours 9 to 17". */
      g_dngettext (GETTEXT_PACKAGE, "%s of the hour %s", "%s of the hours %s",
                   (gulong) count_bits (self->hours)),
      minutes, hours);
}

static char *
describe_times (const AsyncLitCronFields *self)
{
  if (count_bits (self->minutes) * count_bits (self->hours) <= MAX_LISTED_TIMES)
    return describe_few_times (self);
  return describe_minutes_and_hours (self);
}

/* The days of the week, including those counted within a month; NULL for every day. */
static char *
describe_weekdays (const AsyncLitCronFields *self, const char *last_format)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (self->weekdays == ALL_WEEKDAYS)
    return NULL;
  add_set (words, weekdays_from_monday (self), name_weekday);
  for (int i = 1; i <= ASYNCLIT_DAYS_PER_WEEK; i++)
    for (int n = 1; n <= ASYNCLIT_CRON_LAST_OF_MONTH; n++)
      if (has_bit (self->nth_weekdays[i % ASYNCLIT_DAYS_PER_WEEK], n))
        g_ptr_array_add (words, g_strdup_printf (_ (nth_formats[n]), _ (weekdays[i - 1])));
  return join (words, last_format);
}

/* The days of the month; NULL for every day. */
static char *
describe_days (const AsyncLitCronFields *self, const char *last_format)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (self->days == ALL_DAYS)
    return NULL;
  if (self->days != 0)
    {
      g_autofree char *list = list_set (self->days, name_number);

      g_ptr_array_add (words, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "day %s of the month",
                                                            "the days %s of the month",
                                                            (gulong) count_bits (self->days)),
                                               list));
    }
  if (self->last_day)
    g_ptr_array_add (words, g_strdup (_ ("the last day of the month")));
  return join (words, last_format);
}

/* Everything that restricts the days; NULL if nothing does. */
static char *
describe_date (const AsyncLitCronFields *self)
{
  g_autofree char *days = describe_days (self, and_format ());
  g_autofree char *names = NULL;

  if (days == NULL)
    return describe_weekdays (self, self->either_day ? or_format () : and_format ());
  names = describe_weekdays (self, self->either_day ? and_format () : or_format ());
  if (names == NULL)
    return g_steal_pointer (&days);
  if (self->either_day)
    return g_strdup_printf (or_format (), days, names);
  /* Translators: as in "day 13 of the month if that is Friday". */
  return g_strdup_printf (_ ("%s if that is %s"), days, names);
}

char *
asynclit_cron_fields_describe (const AsyncLitCronFields *self)
{
  g_autofree char *text = describe_times (self);
  g_autofree char *date = NULL;
  g_autofree char *list = NULL;
  g_autofree char *with_date = NULL;

  if (!self->either_day || (self->days != ALL_DAYS && self->weekdays != ALL_WEEKDAYS))
    date = describe_date (self);
  if (date != NULL)
    {
      /* Translators: times and days, as in "at 09:00 on Monday to Friday". */
      with_date = g_strdup_printf (_ ("%s on %s"), text, date);
      g_free (text);
      text = g_steal_pointer (&with_date);
    }
  if (self->months == ALL_MONTHS)
    return g_steal_pointer (&text);
  list = list_set (self->months, name_month);
  /* Translators: times and months, as in "at 09:00 in June". */
  return g_strdup_printf (_ ("%s in %s"), text, list);
}
