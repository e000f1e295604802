/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

#include <glib.h>

G_BEGIN_DECLS

/* A cron expression as sets of numbers, the same for both dialects: bit n stands for n. */

#define ASYNCLIT_CRON_LAST_OF_MONTH 6 /* in nth_weekdays: the last, whichever it is */

typedef struct {
  guint64 minutes;
  guint32 hours;
  guint32 days;           /* 1 to 31 */
  guint32 months;         /* 1 to 12 */
  guint32 weekdays;       /* 0 for Sunday to 6 */
  guint8 nth_weekdays[7]; /* of each weekday, those of the month: 1 to 5, LAST_OF_MONTH */
  gboolean last_day;      /* the last day of the month, besides those in "days" */
  gboolean either_day;    /* one of day and day of week is enough */
  gboolean is_wildcard;   /* minutes or hours begin with '*' */
} AsyncLitCronFields;

/* Fails with ASYNCLIT_ERROR_INVALID_CRON and a message that names the field and the column. */
gboolean asynclit_cron_fields_parse (AsyncLitCronFields *self, const char *expression,
                                     AsyncLitCronDialect dialect, GError **error);

/* Whether there is a day that matches one and not the other, or a time. */
gboolean asynclit_cron_fields_equal (const AsyncLitCronFields *a, const AsyncLitCronFields *b);

/* An AsyncLitScheduleFunc. */
gint64 asynclit_cron_fields_next (gconstpointer fields, gint64 from, gint64 until);

/* Words, in the language of the user. */
char *asynclit_cron_fields_describe (const AsyncLitCronFields *self);

G_END_DECLS
