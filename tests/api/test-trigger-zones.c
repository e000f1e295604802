/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Cron triggers in all time zones of the system, around the moments at which their clocks are set
 * forward or back. The expected result is found by checking the clock of the zone in every minute
 * of some days, one after the other: slow, but simple.
 *
 * Moments and expressions are random; --seed repeats a run. */

#include "test-support.h"

#include <string.h>

#define CRON ASYNCLIT_CRON_DIALECT_CRON

/* Earlier offsets were not always whole minutes. */
#define FIRST_YEAR 1975
#define LAST_YEAR 2060

#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

/* The examined minutes begin this long before a transition, and end this long after it. */
#define MARGIN (2 * DAY)
#define N_MINUTES (2 * MARGIN / MINUTE)

/* The number of examined transitions of each zone, and of expressions for each. */
#define N_TRANSITIONS 2
#define N_EXPRESSIONS 6

/* Under Valgrind, only one in this many zones is examined. */
#define VALGRIND_SHARE 40

static GPtrArray *zone_names;

static gboolean
is_zone (const char *path)
{
  g_autofree char *contents = NULL;
  gsize length;

  return g_file_get_contents (path, &contents, &length, NULL) && length > 44
         && memcmp (contents, "TZif", 4) == 0;
}

/* The folders posix and right contain the same zones again, the latter with leap seconds. */
static void
find_zones (const char *root, const char *below)
{
  g_autofree char *folder = g_build_filename (root, below, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name
          = *below != '\0' ? g_build_filename (below, entry, NULL) : g_strdup (entry);
      g_autofree char *path = g_build_filename (root, name, NULL);

      if (g_str_equal (name, "posix") || g_str_equal (name, "right"))
        continue;
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        find_zones (root, name);
      else if (is_zone (path))
        g_ptr_array_add (zone_names, g_steal_pointer (&name));
    }
}

static AsyncLitTrigger *
trigger_new (const char *expression, const char *zone)
{
  g_autoptr (GError) error = NULL;
  AsyncLitTrigger *trigger = asynclit_cron_trigger_new (expression, CRON, zone, &error);

  g_assert_no_error (error);
  return trigger;
}

static gint64
next_of (AsyncLitTrigger *trigger, gint64 after)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (after);
  g_autoptr (GDateTime) next = asynclit_trigger_next_fire_time (trigger, NULL, now);

  return next != NULL ? g_date_time_to_unix (next) : G_MAXINT64;
}

static int
interval_at (GTimeZone *zone, gint64 moment)
{
  return g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, moment);
}

static gint64
offset_at (GTimeZone *zone, gint64 moment)
{
  return g_time_zone_get_offset (zone, interval_at (zone, moment));
}

static gint64
unix_of_year (int year)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (year, 1, 1, 0, 0, 0);

  return g_date_time_to_unix (time);
}

/* The next change of the zone's offset after a random moment; 0 if there is none. */
static gint64
random_transition (GTimeZone *zone)
{
  const gint64 first = unix_of_year (FIRST_YEAR);
  const gint64 last = unix_of_year (LAST_YEAR);
  gint64 inside = first + (gint64) (g_test_rand_double () * (double) (last - first));
  gint64 outside = inside;

  while (outside < last && interval_at (zone, outside) == interval_at (zone, inside))
    outside += 20 * DAY;
  if (outside >= last)
    return 0;
  while (outside - inside > 1)
    {
      gint64 middle = inside + (outside - inside) / 2;

      if (interval_at (zone, middle) == interval_at (zone, inside))
        inside = middle;
      else
        outside = middle;
    }
  return outside;
}

/* The time on the clock in the minutes around a transition, in minutes. */
typedef struct {
  const char *zone_name;
  gint64 start;
  gint64 local[N_MINUTES];
} Window;

static void
window_init (Window *self, GTimeZone *zone, const char *name, gint64 transition)
{
  self->zone_name = name;
  /* GLib also has transitions that change nothing, at any second. */
  self->start = (transition - MARGIN) / MINUTE * MINUTE;
  for (int i = 0; i < N_MINUTES; i++)
    {
      gint64 moment = self->start + i * MINUTE;

      self->local[i] = (moment + offset_at (zone, moment)) / MINUTE;
    }
}

typedef struct {
  gboolean minutes[60];
  gboolean hours[24];
  gboolean is_wildcard;
  AsyncLitGapPolicy gap;
  AsyncLitFoldPolicy fold;
} Job;

/* Fills a field randomly, and appends it as text. */
static void
random_field (gboolean *values, int n, GString *text, gboolean *is_wildcard)
{
  const int step = g_test_rand_int_range (1, n - 1);
  const int kind = g_test_rand_int_range (0, 4);
  const int count = kind == 2 ? 1 : g_test_rand_int_range (1, 4);

  if (kind < 2)
    {
      *is_wildcard = TRUE;
      g_string_append_printf (text, kind == 0 ? "* " : "*/%d ", step);
      for (int i = 0; i < n; i += kind == 0 ? 1 : step)
        values[i] = TRUE;
      return;
    }
  for (int i = 0; i < count; i++)
    {
      /* Few clocks are set forward or back in the afternoon. */
      int value = g_test_rand_int_range (0, n == 24 ? 5 : n);

      values[value] = TRUE;
      g_string_append_printf (text, "%s%d", i > 0 ? "," : "", value);
    }
  g_string_append_c (text, ' ');
}

static AsyncLitTrigger *
random_job (Job *job, const char *zone_name)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (AsyncLitTrigger) plain = NULL;

  *job = (Job){ .gap = (AsyncLitGapPolicy) g_test_rand_int_range (0, 3),
                .fold = (AsyncLitFoldPolicy) g_test_rand_int_range (0, 4) };
  random_field (job->minutes, 60, text, &job->is_wildcard);
  random_field (job->hours, 24, text, &job->is_wildcard);
  g_string_append (text, "* * *");
  plain = trigger_new (text->str, zone_name);
  g_test_message ("%s: %s, gap %d, fold %d", zone_name, text->str, job->gap, job->fold);
  return asynclit_cron_trigger_with_policies (ASYNCLIT_CRON_TRIGGER (plain), job->gap, job->fold);
}

static gboolean
is_wanted (const Job *job, gint64 local)
{
  return job->minutes[local % 60] && job->hours[local / 60 % 24];
}

static gboolean
is_shown_within (const Window *window, int first, int end, gint64 local)
{
  for (int i = MAX (first, 0); i < MIN (end, N_MINUTES); i++)
    if (window->local[i] == local)
      return TRUE;
  return FALSE;
}

/* Whether a time on the clock must be skipped because the clock shows it another time. */
static gboolean
is_left_out (const Window *window, const Job *job, int i)
{
  const gint64 local = window->local[i];
  AsyncLitFoldPolicy fold = job->fold;

  if (fold == ASYNCLIT_FOLD_POLICY_AUTO)
    fold = job->is_wildcard ? ASYNCLIT_FOLD_POLICY_BOTH : ASYNCLIT_FOLD_POLICY_FIRST;
  if (fold == ASYNCLIT_FOLD_POLICY_FIRST)
    return is_shown_within (window, 0, i, local);
  if (fold == ASYNCLIT_FOLD_POLICY_SECOND)
    return is_shown_within (window, i + 1, N_MINUTES, local);
  return FALSE;
}

/* Whether a minute is the first after a gap that contains a time of the job. */
static gboolean
is_after_gap (const Window *window, const Job *job, int i)
{
  AsyncLitGapPolicy gap = job->gap;

  if (gap == ASYNCLIT_GAP_POLICY_AUTO)
    gap = job->is_wildcard ? ASYNCLIT_GAP_POLICY_SKIP : ASYNCLIT_GAP_POLICY_RUN_AFTER;
  if (gap == ASYNCLIT_GAP_POLICY_SKIP || i == 0)
    return FALSE;
  for (gint64 local = window->local[i - 1] + 1; local < window->local[i]; local++)
    if (is_wanted (job, local))
      return TRUE;
  return FALSE;
}

static gboolean
is_expected (const Window *window, const Job *job, int i)
{
  return is_after_gap (window, job, i)
         || (is_wanted (job, window->local[i]) && !is_left_out (window, job, i));
}

static void
check_window (const Window *window)
{
  Job job;
  g_autoptr (AsyncLitTrigger) trigger = random_job (&job, window->zone_name);
  /* In the first and the last day, it is not known what the clock showed before, or will show. */
  const int first = DAY / MINUTE, end = N_MINUTES - DAY / MINUTE;
  gint64 next = next_of (trigger, window->start + first * MINUTE - 1);

  for (int i = first; i < end; i++)
    {
      gint64 moment = window->start + i * MINUTE;

      g_assert_cmpint (next, >=, moment);
      g_assert_true ((next == moment) == is_expected (window, &job, i));
      /* The answer is the same from here as from the previous time. */
      if (next == moment)
        next = next_of (trigger, moment);
      else if (i % 7 == 0)
        g_assert_cmpint (next_of (trigger, moment), ==, next);
    }
}

static void
check_zone (const char *name)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (name);
  Window window;

  for (int i = 0; i < N_TRANSITIONS; i++)
    {
      gint64 transition = random_transition (zone);

      if (transition == 0)
        return;
      window_init (&window, zone, name, transition);
      for (int j = 0; j < N_EXPRESSIONS; j++)
        check_window (&window);
    }
}

static void
test_all (void)
{
  const guint step = g_getenv ("ASYNCLIT_UNDER_VALGRIND") != NULL ? VALGRIND_SHARE : 1;

  for (guint i = g_test_rand_int_range (0, (gint32) step); i < zone_names->len; i += step)
    check_zone (zone_names->pdata[i]);
}

/* Whatever the clock shows, time advances by minutes. */
static void
test_every_minute (void)
{
  for (guint i = 0; i < zone_names->len; i += 20)
    {
      const char *name = zone_names->pdata[i];
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (name);
      g_autoptr (AsyncLitTrigger) trigger = trigger_new ("* * * * *", name);
      const gint64 transition = random_transition (zone) / MINUTE * MINUTE;

      for (gint64 now = transition - 180 * MINUTE; now < transition + 180 * MINUTE; now += MINUTE)
        g_assert_cmpint (next_of (trigger, now), ==, now + MINUTE);
    }
}

/* A job at a time of day runs once per day, whatever happens to the clock. (In 2011, Samoa had no
 * 30 December: the job of that day ran on the next.) */
static void
test_once_a_day (void)
{
  g_autoptr (AsyncLitTrigger) trigger = NULL;

  for (guint i = g_test_rand_int_range (0, 10); i < zone_names->len; i += 10)
    {
      const char *name = zone_names->pdata[i];
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (name);
      g_autofree char *expression = g_strdup_printf ("%d %d * * *", g_test_rand_int_range (0, 60),
                                                     g_test_rand_int_range (0, 4));
      gint64 now = unix_of_year (g_test_rand_int_range (2012, LAST_YEAR));
      gint64 day = 0;

      g_clear_object (&trigger);
      trigger = trigger_new (expression, name);
      for (int j = 0; j < 400; j++)
        {
          gint64 next_day;

          now = next_of (trigger, now);
          next_day = (now + offset_at (zone, now)) / DAY;
          g_assert_true (day == 0 || next_day == day + 1);
          day = next_day;
        }
    }
}

int
main (int argc, char *argv[])
{
  const char *root = g_getenv ("TZDIR");
  int result;

  g_test_init (&argc, &argv, NULL);
  zone_names = g_ptr_array_new_with_free_func (g_free);
  find_zones (root != NULL ? root : "/usr/share/zoneinfo", "");
  g_assert_cmpuint (zone_names->len, >, 0);

  g_test_add_func ("/trigger-zones/all", test_all);
  g_test_add_func ("/trigger-zones/every-minute", test_every_minute);
  g_test_add_func ("/trigger-zones/once-a-day", test_once_a_day);

  result = g_test_run ();
  g_ptr_array_unref (zone_names);
  return result;
}
