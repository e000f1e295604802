/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The grammar, of which a dialect may lack a part:
 *
 *     expression = minute hour day month weekday | "@" word
 *     field      = item { "," item }
 *     item       = ( "*" | value [ "-" value ] ) [ "/" step ]
 *                | "?" | "L" | "last" | value "#" n | value "L"
 *     value      = digits | name
 */

#include "config.h"

#include "asynclit-cron-fields-private.h"
#include "asynclit-error.h"
#include "asynclit-quote-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define N_FIELDS 5

/* Numbers above this are out of range in every field. */
#define MAX_NUMBER 1000000

#define BLANKS " \t\n\r\f\v"

typedef enum {
  FIELD_MINUTE,
  FIELD_HOUR,
  FIELD_DAY,
  FIELD_MONTH,
  FIELD_WEEKDAY,
} Field;

typedef struct {
  const char *name;
  int min, max;
  const char *const *names; /* of the numbers from min upwards */
  gboolean can_wrap;        /* in the dialect CRON only */
} FieldKind;

static const char *const month_names[]
    = { "january", "february",  "march",   "april",    "may",      "june", "july",
        "august",  "september", "october", "november", "december", NULL };

static const char *const weekday_names[]
    = { "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL };

static const char *const weekday_names_from_monday[]
    = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL };

static const FieldKind cron_fields[N_FIELDS] = {
  [FIELD_MINUTE] = { N_ ("minute"), 0, 59, NULL, FALSE },
  [FIELD_HOUR] = { N_ ("hour"), 0, 23, NULL, FALSE },
  [FIELD_DAY] = { N_ ("day of month"), 1, 31, NULL, FALSE },
  [FIELD_MONTH] = { N_ ("month"), 1, 12, month_names, TRUE },
  [FIELD_WEEKDAY] = { N_ ("day of week"), 0, 7, weekday_names, TRUE },
};

static const FieldKind apscheduler_weekday
    = { N_ ("day of week"), 0, 6, weekday_names_from_monday, FALSE };

static const struct {
  const char *word;
  const char *expression;
} nicknames[] = {
  { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
  { "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" },    { "@midnight", "0 0 * * *" },
  { "@hourly", "0 * * * *" },
};

typedef struct {
  const char *expression;
  AsyncLitCronDialect dialect;
  const FieldKind *kind;
  Field field;
  const char *at; /* the next character to read */
  GError **error;
} Parser;

static gboolean fail (Parser *self, const char *at, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (Parser *self, const char *at, const char *format, ...)
{
  g_autofree char *shown = asynclit_quote_around (self->expression, at);
  g_autofree char *before = g_strndup (self->expression, (gsize) (at - self->expression));
  g_autofree char *valid_before = g_utf8_make_valid (before, -1);
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  /* Translators: the cron expression or an extract of it; the field, such as "minute"; the column;
   * and what is wrong there. */
  g_set_error (self->error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_CRON,
               _ ("Cron expression “%s”, %s, column %ld: %s"), shown, _ (self->kind->name),
               g_utf8_strlen (valid_before, -1) + 1, reason);
  return FALSE;
}

static gboolean
is_cron (Parser *self)
{
  return self->dialect == ASYNCLIT_CRON_DIALECT_CRON;
}

static gboolean
ends_item (char c)
{
  return c == '\0' || c == ',' || strchr (BLANKS, c) != NULL;
}

/* The text from @start to the end of its item, for a message. */
static char *
rest_of_item (const char *start)
{
  return asynclit_quote_length (start, strcspn (start, "," BLANKS));
}

static gboolean
fail_unknown (Parser *self, const char *at)
{
  g_autofree char *rest = rest_of_item (at);

  if (*rest == '\0')
    return fail (self, at, _ ("a value is missing"));
  return fail (self, at, _ ("“%s” is not understood"), rest);
}

/* Reports syntax that only the other dialect supports. */
static gboolean
fail_other_dialect (Parser *self, const char *at)
{
  g_autofree char *rest = rest_of_item (at);

  return fail (self, at, _ ("“%s” is only understood in the dialect CRON"), rest);
}

/* Checks the number between @start and the current position. */
static gboolean
fail_out_of_range (Parser *self, const char *start, int min, int max)
{
  g_autofree char *number = asynclit_quote_length (start, (gsize) (self->at - start));

  return fail (self, start, _ ("%s is not between %d and %d"), number, min, max);
}

static gboolean
parse_number (Parser *self, int *number)
{
  int value = 0;

  if (!g_ascii_isdigit (*self->at))
    return fail_unknown (self, self->at);
  for (; g_ascii_isdigit (*self->at); self->at++)
    value = MIN (value * 10 + (*self->at - '0'), MAX_NUMBER);
  *number = value;
  return TRUE;
}

/* The number of a name, given in full or by its first three letters; -1 if there is no such
 * name. */
static int
lookup_name (const FieldKind *kind, const char *text, gsize length)
{
  for (int i = 0; kind->names != NULL && kind->names[i] != NULL; i++)
    if ((length == 3 || length == strlen (kind->names[i]))
        && g_ascii_strncasecmp (kind->names[i], text, length) == 0)
      return kind->min + i;
  return -1;
}

/* A name may be followed by an "L", which the caller parses. */
static gboolean
parse_name (Parser *self, int *number)
{
  const char *start = self->at;
  gsize length = 0;

  while (g_ascii_isalpha (start[length]))
    length++;
  *number = lookup_name (self->kind, start, length);
  if (*number < 0 && length > 1 && g_ascii_tolower (start[length - 1]) == 'l')
    *number = lookup_name (self->kind, start, --length);
  if (*number < 0)
    return fail_unknown (self, start);
  self->at += length;
  return TRUE;
}

static gboolean
parse_value (Parser *self, int *value)
{
  const char *start = self->at;

  if (g_ascii_isalpha (*start))
    return parse_name (self, value);
  if (!parse_number (self, value))
    return FALSE;
  if (*value < self->kind->min || *value > self->kind->max)
    return fail_out_of_range (self, start, self->kind->min, self->kind->max);
  return TRUE;
}

/* A step that reaches no second number is most likely a mistake. APScheduler, the reference for the
 * dialect APSCHEDULER, compares the step with the range, and also rejects a step as long as the
 * field. */
static gboolean
check_step (Parser *self, const char *at, int step, int first, int last)
{
  const int width = self->kind->max - self->kind->min;

  if (step == 0)
    return fail (self, at, _ ("a step must be at least 1"));
  if (is_cron (self) && step > width + (self->field == FIELD_WEEKDAY ? 0 : 1))
    return fail (self, at, _ ("the step %d is wider than the field"), step);
  if (!is_cron (self) && step > last - first)
    return fail (self, at, _ ("the step %d is wider than the range"), step);
  return TRUE;
}

static gboolean
parse_step (Parser *self, int first, int last, int *step)
{
  const char *start;

  *step = 1;
  if (*self->at != '/')
    return TRUE;
  start = ++self->at;
  return parse_number (self, step) && check_step (self, start, *step, first, last);
}

/* Converts a number to the common numbering of both dialects. */
static int
to_bit (Parser *self, int value)
{
  if (self->field != FIELD_WEEKDAY)
    return value;
  return (value + (is_cron (self) ? 0 : 1)) % 7;
}

static void
add_range (Parser *self, guint64 *set, int first, int last, int step)
{
  for (int value = first; value <= last; value += step)
    {
      int wrapped = value;

      if (self->field == FIELD_MONTH && value > self->kind->max)
        wrapped = value - self->kind->max;
      *set |= G_GUINT64_CONSTANT (1) << to_bit (self, wrapped);
    }
}

/* The end of a range that begins at @first. It exceeds the field's maximum if the range wraps
 * around. */
static gboolean
parse_range_end (Parser *self, int first, int *last)
{
  const char *start = ++self->at;
  const gboolean is_weekday = self->field == FIELD_WEEKDAY;

  if (!parse_value (self, last))
    return FALSE;
  if (*last >= first)
    return TRUE;
  if (!is_cron (self) || !self->kind->can_wrap)
    return fail (self, start, _ ("the range runs backwards"));
  *last += is_weekday ? 7 : self->kind->max;
  return TRUE;
}

/* The end of "a/s". Day 7 is another name of day 0, so neither "1/2" nor "*" includes it. */
static int
open_end (Parser *self)
{
  return self->field == FIELD_WEEKDAY ? 6 : self->kind->max;
}

static gboolean
parse_range (Parser *self, guint64 *set, int first)
{
  int last = first;
  int step;

  if (*self->at == '-')
    {
      if (!parse_range_end (self, first, &last))
        return FALSE;
    }
  else if (*self->at == '/')
    {
      first = self->field == FIELD_WEEKDAY ? first % 7 : first;
      last = open_end (self);
    }
  if (!parse_step (self, first, last, &step))
    return FALSE;
  add_range (self, set, first, last, step);
  return TRUE;
}

static gboolean
parse_star (Parser *self, guint64 *set)
{
  int step;

  self->at++;
  if (!parse_step (self, self->kind->min, open_end (self), &step))
    return FALSE;
  add_range (self, set, self->kind->min, open_end (self), step);
  return TRUE;
}

/* Parses "5#2" and "friL". */
static gboolean
parse_nth (Parser *self, AsyncLitCronFields *fields, int weekday)
{
  const char *start = self->at++;
  int n = ASYNCLIT_CRON_LAST_OF_MONTH;

  if (!is_cron (self))
    return fail_other_dialect (self, start);
  if (*start == '#')
    {
      start = self->at;
      if (!parse_number (self, &n))
        return FALSE;
      if (n < 1 || n > 5)
        return fail_out_of_range (self, start, 1, 5);
    }
  fields->nth_weekdays[to_bit (self, weekday)] |= (guint8) (1 << n);
  return TRUE;
}

/* Parses "last", which both dialects have, and "L". */
static gboolean
parse_last_day (Parser *self, AsyncLitCronFields *fields)
{
  gsize length = strcspn (self->at, "," BLANKS);

  if (length == 1 && !is_cron (self))
    return fail_other_dialect (self, self->at);
  fields->last_day = TRUE;
  self->at += length;
  return TRUE;
}

static gboolean
is_last_day (Parser *self)
{
  gsize length;

  if (self->field != FIELD_DAY)
    return FALSE;
  length = strcspn (self->at, "," BLANKS);
  return (length == 1 && g_ascii_tolower (*self->at) == 'l')
         || (length == 4 && g_ascii_strncasecmp (self->at, "last", 4) == 0);
}

static gboolean
is_nth (Parser *self)
{
  return self->field == FIELD_WEEKDAY && (*self->at == '#' || g_ascii_tolower (*self->at) == 'l');
}

/* A lone "?" leaves its field unrestricted: the other one of day of month and day of week
 * decides. */
static gboolean
parse_question_mark (Parser *self, guint64 *set)
{
  if (self->field != FIELD_DAY && self->field != FIELD_WEEKDAY)
    return fail_unknown (self, self->at);
  if (!is_cron (self))
    return fail_other_dialect (self, self->at);
  self->at++;
  add_range (self, set, self->kind->min, open_end (self), 1);
  return TRUE;
}

static gboolean
parse_item (Parser *self, guint64 *set, AsyncLitCronFields *fields)
{
  int value;

  if (*self->at == '*')
    return parse_star (self, set);
  if (*self->at == '?')
    return parse_question_mark (self, set);
  if (is_last_day (self))
    return parse_last_day (self, fields);
  if (!parse_value (self, &value))
    return FALSE;
  return is_nth (self) ? parse_nth (self, fields, value) : parse_range (self, set, value);
}

static gboolean
parse_field (Parser *self, guint64 *set, AsyncLitCronFields *fields)
{
  *set = 0;
  for (;; self->at++)
    {
      if (!parse_item (self, set, fields))
        return FALSE;
      if (!ends_item (*self->at))
        return fail_unknown (self, self->at);
      if (*self->at != ',')
        return TRUE;
    }
}

static void
skip_blanks (Parser *self)
{
  self->at += strspn (self->at, BLANKS);
}

static void
enter_field (Parser *self, Field field)
{
  self->field = field;
  self->kind
      = field == FIELD_WEEKDAY && !is_cron (self) ? &apscheduler_weekday : &cron_fields[field];
  skip_blanks (self);
}

static gboolean
parse_fields (Parser *self, AsyncLitCronFields *fields)
{
  guint64 sets[N_FIELDS];
  gboolean is_open[N_FIELDS];

  for (Field field = FIELD_MINUTE; field < N_FIELDS; field++)
    {
      enter_field (self, field);
      if (*self->at == '\0')
        return fail (self, self->at, _ ("the field is missing: an expression has 5 fields"));
      is_open[field] = *self->at == '*' || *self->at == '?';
      if (!parse_field (self, &sets[field], fields))
        return FALSE;
    }
  skip_blanks (self);
  if (*self->at != '\0')
    return fail (self, self->at, _ ("an expression has only 5 fields"));
  fields->minutes = sets[FIELD_MINUTE];
  fields->hours = (guint32) sets[FIELD_HOUR];
  fields->days = (guint32) sets[FIELD_DAY];
  fields->months = (guint32) sets[FIELD_MONTH];
  fields->weekdays = (guint32) sets[FIELD_WEEKDAY];
  fields->either_day = is_cron (self) && !is_open[FIELD_DAY] && !is_open[FIELD_WEEKDAY];
  fields->is_wildcard = is_open[FIELD_MINUTE] || is_open[FIELD_HOUR];
  return TRUE;
}

/* Parses "@daily" and similar words. */
static gboolean
parse_nickname (Parser *self, AsyncLitCronFields *fields)
{
  g_autofree char *word = g_strdup (self->at);

  g_strchomp (word);
  if (!is_cron (self))
    return fail_other_dialect (self, self->at);
  for (guint i = 0; i < G_N_ELEMENTS (nicknames); i++)
    if (g_ascii_strcasecmp (word, nicknames[i].word) == 0)
      {
        self->at = nicknames[i].expression;
        return parse_fields (self, fields);
      }
  return fail_unknown (self, self->at);
}

gboolean
asynclit_cron_fields_parse (AsyncLitCronFields *self, const char *expression,
                            AsyncLitCronDialect dialect, GError **error)
{
  Parser parser
      = { .expression = expression, .dialect = dialect, .at = expression, .error = error };

  g_assert (expression != NULL);
  *self = (AsyncLitCronFields){ 0 };
  enter_field (&parser, FIELD_MINUTE);
  return *parser.at == '@' ? parse_nickname (&parser, self) : parse_fields (&parser, self);
}
