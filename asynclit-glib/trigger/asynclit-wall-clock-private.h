/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

#include <glib.h>

G_BEGIN_DECLS

/* Later than this after the time that is given, nothing is looked for. */
#define ASYNCLIT_MAX_WAIT_SECONDS ((gint64) 40 * 36525 * 864)

/* The clock on the wall in some place, which is put forward and back once a year, say; and what a
 * trigger does about that. */
typedef struct {
  char *zone_name;              /* NULL: the system's zone, whatever it is when the clock is read */
  GTimeZone *zone;              /* NULL if zone_name is */
  AsyncLitGapPolicy gap_policy; /* as they were chosen */
  AsyncLitFoldPolicy fold_policy;
  AsyncLitGapPolicy gap; /* what that comes to: not AUTO */
  AsyncLitFoldPolicy fold;
} AsyncLitWallClock;

/* The first local time of a schedule from @from on, both in seconds; ASYNCLIT_NEVER if it is after
 * @until. */
typedef gint64 (*AsyncLitScheduleFunc) (gconstpointer schedule, gint64 from, gint64 until);

/* Fails with ASYNCLIT_ERROR_INVALID_TIMEZONE; then there is nothing to clear. */
gboolean asynclit_wall_clock_init (AsyncLitWallClock *self, const char *zone_name, GError **error);
/* For a clock of which the name of the zone and the policies are set. If it fails, the clock has no
 * zone: it is that of the system. */
gboolean asynclit_wall_clock_complete (AsyncLitWallClock *self, gboolean is_wildcard,
                                       GError **error);
void asynclit_wall_clock_clear (AsyncLitWallClock *self);

/* @is_wildcard: the schedule follows the time that really passes, not the clock on the wall; AUTO
 * depends on that. */
void asynclit_wall_clock_set_policies (AsyncLitWallClock *self, AsyncLitGapPolicy gap,
                                       AsyncLitFoldPolicy fold, gboolean is_wildcard);

GTimeZone *asynclit_wall_clock_get_zone (const AsyncLitWallClock *self);

/* The first moment strictly after @after, in microseconds since the Unix epoch, at which the clock
 * shows a time of the schedule; ASYNCLIT_NEVER if there is none within 40 years. */
gint64 asynclit_wall_clock_next (const AsyncLitWallClock *self, AsyncLitScheduleFunc func,
                                 gconstpointer schedule, gint64 after);

/* Words for a time zone that was named, to end a description with. */
char *asynclit_wall_clock_describe (const AsyncLitWallClock *self, const char *times);

/* ":zone:gap:fold", with "local" for the system's zone. */
char *asynclit_wall_clock_to_string (const AsyncLitWallClock *self);

G_END_DECLS
