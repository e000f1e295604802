/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

#include <glib.h>

G_BEGIN_DECLS

/* The search for the next time ends this long after the given time. */
#define ASYNCLIT_MAX_WAIT_SECONDS ((gint64) 40 * 36525 * 864)

/* The wall clock of a time zone, and the trigger's policies for the beginning and end of daylight
 * saving time. */
typedef struct {
  char *zone_name;              /* NULL: the system's zone at the time of each call */
  GTimeZone *zone;              /* NULL if zone_name is NULL */
  AsyncLitGapPolicy gap_policy; /* as they were set */
  AsyncLitFoldPolicy fold_policy;
  AsyncLitGapPolicy gap; /* their effect, never AUTO */
  AsyncLitFoldPolicy fold;
} AsyncLitWallClock;

/* The first local time of a schedule at or after @from, in seconds; ASYNCLIT_NEVER if it is after
 * @until. */
typedef gint64 (*AsyncLitScheduleFunc) (gconstpointer schedule, gint64 from, gint64 until);

/* Fails with ASYNCLIT_ERROR_INVALID_TIMEZONE; there is nothing to clear then. */
gboolean asynclit_wall_clock_init (AsyncLitWallClock *self, const char *zone_name, GError **error);
/* Completes a clock whose zone name and policies are set. If this fails, the clock falls back to
 * the system's zone. */
gboolean asynclit_wall_clock_complete (AsyncLitWallClock *self, gboolean is_wildcard,
                                       GError **error);
void asynclit_wall_clock_clear (AsyncLitWallClock *self);

/* @is_wildcard: the schedule follows elapsed time rather than the wall clock; AUTO depends on
 * it. */
void asynclit_wall_clock_set_policies (AsyncLitWallClock *self, AsyncLitGapPolicy gap,
                                       AsyncLitFoldPolicy fold, gboolean is_wildcard);

GTimeZone *asynclit_wall_clock_get_zone (const AsyncLitWallClock *self);

/* The first moment strictly after @after, in microseconds since the Unix epoch, at which the clock
 * shows a time of the schedule; ASYNCLIT_NEVER if there is none within 40 years. */
gint64 asynclit_wall_clock_next (const AsyncLitWallClock *self, AsyncLitScheduleFunc func,
                                 gconstpointer schedule, gint64 after);

/* Adds the name of the time zone, if one was set, to a description. */
char *asynclit_wall_clock_describe (const AsyncLitWallClock *self, const char *times);

/* ":zone:gap:fold", with "local" for the system's zone. */
char *asynclit_wall_clock_to_string (const AsyncLitWallClock *self);

G_END_DECLS
