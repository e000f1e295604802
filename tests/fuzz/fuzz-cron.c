/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Cron expressions. The first byte selects the dialect, the time zone and the policies, and the
 * second one the initial year; the rest is the expression. */

#include "fuzz.h"

#include "asynclit-cron-fields-private.h"
#include "asynclit-cron-trigger.h"
#include "asynclit-error.h"
#include "asynclit-trigger-private.h"

#include <string.h>

#define N_STEPS 6
#define SECONDS_PER_YEAR 31556952

/* Includes clocks that are set forward by half an hour, by a day, at midnight, by two hours, and in
 * the weeks of Ramadan. */
static const char *const zones[]
    = { "UTC",         "Europe/Helsinki",  "Australia/Lord_Howe", "Pacific/Apia",
        "Asia/Beirut", "Antarctica/Troll", "Africa/Casablanca",   "+05:45" };

static AsyncLitTrigger *
make_trigger (const char *expression, guint8 choice)
{
  const AsyncLitCronDialect dialect = (AsyncLitCronDialect) (choice & 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitTrigger) trigger
      = asynclit_cron_trigger_new (expression, dialect, zones[(choice >> 1) & 7], &error);

  if (trigger == NULL)
    {
      g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_CRON);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_nonnull (strstr (error->message, "column "));
      return NULL;
    }
  return asynclit_cron_trigger_with_policies (ASYNCLIT_CRON_TRIGGER (trigger),
                                              (AsyncLitGapPolicy) ((choice >> 4) % 3),
                                              (AsyncLitFoldPolicy) ((choice >> 6) & 3));
}

/* A valid expression can be described in words, and its times only increase. */
static void
check_trigger (AsyncLitTrigger *trigger, gint64 start)
{
  g_autofree char *words = asynclit_trigger_describe (trigger);
  gint64 previous = start;

  g_assert_true (g_utf8_validate (words, -1, NULL));
  for (int i = 0; i < N_STEPS && previous != ASYNCLIT_NEVER; i++)
    {
      gint64 next = asynclit_trigger_next (trigger, previous, previous);

      g_assert_cmpint (next, >, previous);
      g_assert_true (next == ASYNCLIT_NEVER || next % (G_USEC_PER_SEC) == 0);
      if (next != ASYNCLIT_NEVER)
        g_assert_cmpint (asynclit_trigger_next (trigger, ASYNCLIT_NO_TIME, next - 1), ==, next);
      previous = next;
    }
}

static void
check_normal_form (AsyncLitTrigger *trigger)
{
  AsyncLitCronTrigger *cron = ASYNCLIT_CRON_TRIGGER (trigger);
  const char *normal = asynclit_cron_trigger_get_expression (cron);
  g_autoptr (AsyncLitTrigger) again
      = asynclit_cron_trigger_new (normal, asynclit_cron_trigger_get_dialect (cron),
                                   asynclit_cron_trigger_get_time_zone (cron), NULL);
  g_autofree char *words = asynclit_trigger_describe (trigger);
  g_autofree char *words_again = NULL;

  g_assert_nonnull (again);
  words_again = asynclit_trigger_describe (again);
  g_assert_cmpstr (words, ==, words_again);
}

/* Very many inputs log that the dialects disagree. */
static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return (level & G_LOG_LEVEL_MESSAGE) != 0
             ? G_LOG_WRITER_HANDLED
             : g_log_writer_default (level, fields, n_fields, user_data);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gboolean is_set_up;
  g_autofree char *expression = NULL;
  g_autoptr (AsyncLitTrigger) trigger = NULL;

  if (!is_set_up)
    g_log_set_writer_func (drop_log, NULL, NULL);
  is_set_up = TRUE;
  if (size < 2)
    return 0;
  expression = g_strndup ((const char *) data + 2, size - 2);
  trigger = make_trigger (expression, data[0]);
  if (trigger == NULL)
    return 0;
  check_normal_form (trigger);
  check_trigger (trigger, (gint64) data[1] * SECONDS_PER_YEAR * G_USEC_PER_SEC);
  return 0;
}
