/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

#include <glib.h>

G_BEGIN_DECLS

/* A cron expression as sets of numbers, in the same form for both dialects: bit n represents n. */

#define ASYNCLIT_CRON_LAST_OF_MONTH 6 /* in nth_weekdays: the last one */

typedef struct {
  guint64 minutes;
  guint32 hours;
  guint32 days;           /* 1 to 31 */
  guint32 months;         /* 1 to 12 */
  guint32 weekdays;       /* 0 for Sunday, to 6 for Saturday */
  guint8 nth_weekdays[7]; /* for each weekday, which of them in a month: 1 to 5, LAST_OF_MONTH */
  gboolean last_day;      /* the last day of the month, in addition to @days */
  gboolean either_day;    /* the day of month or the day of week must match, not both */
  gboolean is_wildcard;   /* minutes or hours begin with '*' */
} AsyncLitCronFields;

/* Fails with ASYNCLIT_ERROR_INVALID_CRON and a message that names the field and the column. */
gboolean asynclit_cron_fields_parse (AsyncLitCronFields *self, const char *expression,
                                     AsyncLitCronDialect dialect, GError **error);

/* Whether both describe the same times. */
gboolean asynclit_cron_fields_equal (const AsyncLitCronFields *a, const AsyncLitCronFields *b);

/* An AsyncLitScheduleFunc. */
gint64 asynclit_cron_fields_next (gconstpointer fields, gint64 from, gint64 until);

/* A description in the user's language. */
char *asynclit_cron_fields_describe (const AsyncLitCronFields *self);

G_END_DECLS
