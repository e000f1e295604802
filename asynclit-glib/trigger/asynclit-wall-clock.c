/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Converts local times to the moments at which the wall clock shows them. The clock may show a time
 * twice (a fold) or never (a gap).
 *
 * A time zone is a sequence of intervals with constant offsets. GTimeZone tells which interval
 * contains a moment, but not where an interval begins. Within an interval, the local clock runs
 * uniformly. The search therefore asks the schedule for its next local time as if the interval
 * never ended. If that time lies beyond the end, the search finds the end and goes on from there
 * with the next offset. All gaps and folds are at ends of intervals. GTimeZone's own conversion of
 * local times is not used, because it would choose the second time of a fold. */

#include "config.h"

#include "asynclit-civil-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-error.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-quote-private.h"
#include "asynclit-trigger-private.h"
#include "asynclit-wall-clock-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The largest step backwards in history was nearly a day: Kwajalein, in 1969. */
#define MAX_FOLD ASYNCLIT_SECONDS_PER_DAY

/* Offsets are less than a day in either direction. A local time minus this value is therefore
 * before the moment at which the clock shows it. */
#define MAX_OFFSETS (2 * ASYNCLIT_SECONDS_PER_DAY)

/* More than a hundred thousand years from now; times found after it still fit. */
#define LAST_USEC (G_MAXINT64 / 2)

/* The header of a time zone file: RFC 8536. */
#define ZONE_HEADER_SIZE 44

/* The state of a search. Times are in seconds since the Unix epoch. */
typedef struct {
  GTimeZone *zone;
  int interval;
  gint64 offset; /* of the current interval */
  gint64 inside; /* a moment in the interval */
  gint64 from;   /* where the search goes on; may lie after the interval */
} Search;

static int
interval_at (Search *self, gint64 moment)
{
  return g_time_zone_find_interval (self->zone, G_TIME_TYPE_UNIVERSAL, moment);
}

static void
search_enter (Search *self, gint64 inside, gint64 from)
{
  self->interval = interval_at (self, inside);
  self->offset = g_time_zone_get_offset (self->zone, self->interval);
  self->inside = inside;
  self->from = from;
}

/* The first moment after @inside that is not in the same interval; @outside is not. */
static gint64
find_end (Search *self, gint64 inside, gint64 outside)
{
  const int interval = interval_at (self, inside);

  while (outside - inside > 1)
    {
      gint64 middle = inside + (outside - inside) / 2;

      if (interval_at (self, middle) == interval)
        inside = middle;
      else
        outside = middle;
    }
  return outside;
}

/* Whether the clock has shown the local time of @moment before. If so, moves the search to where
 * the clock shows new times again. */
static gboolean
skip_second_time (Search *self, gint64 moment)
{
  gint64 before, first, end;

  if (self->interval == 0)
    return FALSE;
  before = g_time_zone_get_offset (self->zone, self->interval - 1);
  first = moment + self->offset - before;
  if (first >= moment || interval_at (self, first) != self->interval - 1)
    return FALSE;
  end = find_end (self, first, moment);
  self->inside = moment;
  self->from = end + before - self->offset;
  return TRUE;
}

/* Whether the clock will show the local time of @moment again. If so, moves the search to where it
 * does. */
static gboolean
skip_first_time (Search *self, gint64 moment)
{
  gint64 end, after;

  if (interval_at (self, moment + MAX_FOLD) == self->interval)
    return FALSE;
  end = find_end (self, moment, moment + MAX_FOLD);
  after = g_time_zone_get_offset (self->zone, interval_at (self, end));
  if (moment + self->offset - after < end)
    return FALSE;
  search_enter (self, end, end);
  return TRUE;
}

static gboolean
is_unwanted (Search *self, const AsyncLitWallClock *clock, gint64 moment)
{
  if (clock->fold == ASYNCLIT_FOLD_POLICY_FIRST)
    return skip_second_time (self, moment);
  if (clock->fold == ASYNCLIT_FOLD_POLICY_SECOND)
    return skip_first_time (self, moment);
  return FALSE;
}

/* Moves the search towards a local time after the end of this interval. If that time lies in a gap
 * and the policy is to run after it, returns the moment after the gap. */
static gint64
leave_interval (Search *self, const AsyncLitWallClock *clock, gint64 local)
{
  const gint64 before = self->offset;
  gint64 outside = local - before;
  gint64 end;

  /* Only a step backwards in the near future can repeat a time before @local. A later one repeats
   * times at which the schedule has nothing. */
  if (self->from + MAX_FOLD < local - MAX_OFFSETS)
    {
      if (interval_at (self, self->from + MAX_FOLD) == self->interval)
        {
          search_enter (self, local - MAX_OFFSETS, local - MAX_OFFSETS);
          return ASYNCLIT_NEVER;
        }
      outside = self->from + MAX_FOLD;
    }
  end = find_end (self, self->inside, outside);
  search_enter (self, end, end);
  return clock->gap == ASYNCLIT_GAP_POLICY_RUN_AFTER && local < end + self->offset ? end
                                                                                   : ASYNCLIT_NEVER;
}

static gint64
search (Search *self, const AsyncLitWallClock *clock, AsyncLitScheduleFunc func,
        gconstpointer schedule)
{
  const gint64 until = self->from + ASYNCLIT_MAX_WAIT_SECONDS;

  for (;;)
    {
      gint64 local = func (schedule, self->from + self->offset, until + self->offset);
      gint64 moment;

      if (local == ASYNCLIT_NEVER)
        return ASYNCLIT_NEVER;
      moment = local - self->offset;
      if (interval_at (self, moment) != self->interval)
        moment = leave_interval (self, clock, local);
      else if (is_unwanted (self, clock, moment))
        moment = ASYNCLIT_NEVER;
      if (moment != ASYNCLIT_NEVER)
        return moment;
    }
}

gint64
asynclit_wall_clock_next (const AsyncLitWallClock *self, AsyncLitScheduleFunc func,
                          gconstpointer schedule, gint64 after)
{
  const gint64 second = asynclit_floor_div (after, G_USEC_PER_SEC);
  g_autoptr (GTimeZone) zone = asynclit_wall_clock_get_zone (self);
  Search state = { .zone = zone };
  gint64 moment;

  g_assert (func != NULL && schedule != NULL);
  if (after > LAST_USEC)
    return ASYNCLIT_NEVER;
  search_enter (&state, second, second + 1);
  moment = search (&state, self, func, schedule);
  return moment != ASYNCLIT_NEVER ? moment * G_USEC_PER_SEC : ASYNCLIT_NEVER;
}

/* The folder of time zones contains other files, which would make GLib log a critical message. */
static gboolean
is_zone_file (const char *name)
{
  const char *folder = g_getenv ("TZDIR");
  g_autofree char *path
      = g_build_filename (folder != NULL ? folder : "/usr/share/zoneinfo", name, NULL);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  return file != NULL && g_mapped_file_get_length (file) >= ZONE_HEADER_SIZE
         && memcmp (g_mapped_file_get_contents (file), "TZif", 4) == 0;
}

/* A name of the time zone database, or an offset such as "+02:00". */
static GTimeZone *
find_zone (const char *name)
{
  const gboolean is_offset = *name != '\0' && name[strspn (name, "+-:0123456789")] == '\0';

  if (*name == '/' || *name == ':' || strstr (name, "..") != NULL)
    return NULL;
  if (!is_offset && !g_str_equal (name, "UTC") && !is_zone_file (name))
    return NULL;
  return g_time_zone_new_identifier (name);
}

/* The rule comes from Vixie's cron: a job with a '*' in its hours or minutes follows elapsed time,
 * any other job the wall clock. */
void
asynclit_wall_clock_set_policies (AsyncLitWallClock *self, AsyncLitGapPolicy gap,
                                  AsyncLitFoldPolicy fold, gboolean is_wildcard)
{
  self->gap_policy = gap;
  self->fold_policy = fold;
  if (gap == ASYNCLIT_GAP_POLICY_AUTO)
    gap = is_wildcard ? ASYNCLIT_GAP_POLICY_SKIP : ASYNCLIT_GAP_POLICY_RUN_AFTER;
  if (fold == ASYNCLIT_FOLD_POLICY_AUTO)
    fold = is_wildcard ? ASYNCLIT_FOLD_POLICY_BOTH : ASYNCLIT_FOLD_POLICY_FIRST;
  self->gap = gap;
  self->fold = fold;
}

gboolean
asynclit_wall_clock_init (AsyncLitWallClock *self, const char *zone_name, GError **error)
{
  GTimeZone *zone = NULL;

  if (zone_name != NULL)
    {
      zone = find_zone (zone_name);
      if (zone == NULL)
        {
          g_autofree char *shown = asynclit_quote (zone_name);

          g_set_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_TIMEZONE,
                       _ ("Unknown time zone “%s”"), shown);
          return FALSE;
        }
    }
  *self = (AsyncLitWallClock){
    .zone_name = g_strdup (zone_name),
    .zone = zone,
  };
  asynclit_wall_clock_set_policies (self, ASYNCLIT_GAP_POLICY_AUTO, ASYNCLIT_FOLD_POLICY_AUTO,
                                    FALSE);
  return TRUE;
}

gboolean
asynclit_wall_clock_complete (AsyncLitWallClock *self, gboolean is_wildcard, GError **error)
{
  g_autofree char *zone_name = g_steal_pointer (&self->zone_name);
  const AsyncLitGapPolicy gap = self->gap_policy;
  const AsyncLitFoldPolicy fold = self->fold_policy;

  if (!asynclit_wall_clock_init (self, zone_name, error))
    return FALSE;
  asynclit_wall_clock_set_policies (self, gap, fold, is_wildcard);
  return TRUE;
}

void
asynclit_wall_clock_clear (AsyncLitWallClock *self)
{
  g_clear_pointer (&self->zone_name, g_free);
  g_clear_pointer (&self->zone, g_time_zone_unref);
}

GTimeZone *
asynclit_wall_clock_get_zone (const AsyncLitWallClock *self)
{
  return self->zone != NULL ? g_time_zone_ref (self->zone) : asynclit_local_zone_get ();
}

char *
asynclit_wall_clock_describe (const AsyncLitWallClock *self, const char *times)
{
  if (self->zone_name == NULL)
    return g_strdup (times);
  /* Translators: the times of a trigger, and their time zone: "at 09:00 (Europe/Helsinki)" */
  return g_strdup_printf (_ ("%s (%s)"), times, self->zone_name);
}

char *
asynclit_wall_clock_to_string (const AsyncLitWallClock *self)
{
  g_autofree char *gap = asynclit_enum_nick (ASYNCLIT_TYPE_GAP_POLICY, (int) self->gap);
  g_autofree char *fold = asynclit_enum_nick (ASYNCLIT_TYPE_FOLD_POLICY, (int) self->fold);

  return g_strdup_printf (":%s:%s:%s", self->zone_name != NULL ? self->zone_name : "local", gap,
                          fold);
}
