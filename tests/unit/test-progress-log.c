/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-progress-log-private.h"

static GValue *
new_int (int number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  return asynclit_progress_value_new (&value);
}

static void
log_add_range (AsyncLitProgressLog *log, int from, int to, guint bound)
{
  for (int i = from; i < to; i++)
    {
      GValue *dropped = asynclit_progress_log_add (log, new_int (i), bound);

      if (dropped != NULL)
        asynclit_progress_value_unref (dropped);
    }
}

static void
assert_number_is (AsyncLitProgressLog *log, guint64 number, int expected)
{
  GValue *value = asynclit_progress_log_ref (log, number);

  g_assert_nonnull (value);
  g_assert_cmpint (g_value_get_int (value), ==, expected);
  asynclit_progress_value_unref (value);
}

static void
test_numbers (void)
{
  AsyncLitProgressLog log = { 0 };

  g_assert_null (asynclit_progress_log_ref (&log, 0));
  log_add_range (&log, 0, 100, 0);
  g_assert_cmpuint (asynclit_progress_log_get_end (&log), ==, 100);
  for (int i = 0; i < 100; i++)
    assert_number_is (&log, (guint64) i, i);
  g_assert_null (asynclit_progress_log_ref (&log, 100));
  asynclit_progress_log_clear (&log);
}

static void
test_bound (void)
{
  AsyncLitProgressLog log = { 0 };

  log_add_range (&log, 0, 10, 4);
  g_assert_cmpuint (log.length, ==, 4);
  g_assert_cmpuint (log.n_dropped, ==, 6);
  g_assert_cmpuint (log.drained, ==, 6);
  g_assert_cmpuint (log.emitted, ==, 6);
  g_assert_null (asynclit_progress_log_ref (&log, 5));
  assert_number_is (&log, 6, 6);
  assert_number_is (&log, 9, 9);

  /* Values that were drained before they were removed do not count as dropped. */
  log.drained = 10;
  log_add_range (&log, 10, 14, 4);
  g_assert_cmpuint (log.n_dropped, ==, 6);
  log_add_range (&log, 14, 15, 4);
  g_assert_cmpuint (log.n_dropped, ==, 7);
  asynclit_progress_log_clear (&log);
}

static void
test_unneeded (void)
{
  AsyncLitProgressLog log = { 0 };
  GValue *value;

  log_add_range (&log, 0, 3, 0);
  g_assert_null (asynclit_progress_log_take_unneeded (&log));
  log.drained = 3;
  g_assert_null (asynclit_progress_log_take_unneeded (&log));
  log.emitted = 1;
  value = asynclit_progress_log_take_unneeded (&log);
  g_assert_nonnull (value);
  asynclit_progress_value_unref (value);
  g_assert_null (asynclit_progress_log_take_unneeded (&log));
  log.emitted = 3;
  log.keep = TRUE;
  g_assert_null (asynclit_progress_log_take_unneeded (&log));
  g_assert_cmpuint (log.length, ==, 2);
  asynclit_progress_log_clear (&log);
}

/* The ring grows while its beginning is in the middle. */
static void
test_grows_when_wrapped (void)
{
  AsyncLitProgressLog log = { 0 };

  log_add_range (&log, 0, 5, 0);
  log.drained = log.emitted = 5;
  for (GValue *value; (value = asynclit_progress_log_take_unneeded (&log)) != NULL;)
    asynclit_progress_value_unref (value);
  log_add_range (&log, 5, 50, 0);
  for (int i = 5; i < 50; i++)
    assert_number_is (&log, (guint64) i, i);
  asynclit_progress_log_clear (&log);
}

static void
test_value_outlives_log (void)
{
  AsyncLitProgressLog log = { 0 };
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  GValue value = G_VALUE_INIT;
  GValue *taken;

  g_value_init (&value, G_TYPE_OBJECT);
  g_value_set_object (&value, object);
  g_assert_null (asynclit_progress_log_add (&log, asynclit_progress_value_new (&value), 0));
  g_value_unset (&value);
  taken = asynclit_progress_log_ref (&log, 0);
  asynclit_progress_log_clear (&log);
  g_assert_true (g_value_get_object (taken) == object);
  asynclit_progress_value_unref (taken);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

#define MEGABYTE (1024 * 1024)

static GValue *
new_large (GType type, gsize size)
{
  char *text = g_strnfill (size, 'x');
  GValue value = G_VALUE_INIT;
  GValue *box;

  g_value_init (&value, type);
  if (type == G_TYPE_STRING)
    g_value_take_string (&value, text);
  else if (type == G_TYPE_BYTES)
    g_value_take_boxed (&value, g_bytes_new_take (text, size));
  else
    g_value_take_variant (&value, g_variant_ref_sink (g_variant_new_take_string (text)));
  box = asynclit_progress_value_new (&value);
  g_value_unset (&value);
  return box;
}

static void
add_large (AsyncLitProgressLog *log, GType type, gsize size, guint bound)
{
  GValue *dropped = asynclit_progress_log_add (log, new_large (type, size), bound);

  for (; dropped != NULL; dropped = asynclit_progress_log_take_excess (log, bound))
    asynclit_progress_value_unref (dropped);
}

/* Even few values must not fill the memory. */
static void
test_bound_of_bytes (void)
{
  const GType types[] = { G_TYPE_STRING, G_TYPE_BYTES, G_TYPE_VARIANT };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      AsyncLitProgressLog log = { 0 };

      for (guint n = 0; n < 40; n++)
        add_large (&log, types[i], MEGABYTE, 100);
      g_assert_cmpuint (log.length, >=, 15);
      g_assert_cmpuint (log.length, <=, 16);
      g_assert_cmpuint (log.n_dropped, ==, 40 - log.length);
      g_assert_cmpuint (asynclit_progress_log_get_end (&log), ==, 40);
      /* One value displaces several small ones, but the newest always stays. */
      add_large (&log, types[i], 15 * MEGABYTE, 100);
      g_assert_cmpuint (log.length, <=, 2);
      add_large (&log, types[i], 40 * MEGABYTE, 100);
      g_assert_cmpuint (log.length, ==, 1);
      asynclit_progress_log_clear (&log);
    }
}

static void
test_bound_of_bytes_none (void)
{
  AsyncLitProgressLog log = { 0 };

  for (guint n = 0; n < 40; n++)
    add_large (&log, G_TYPE_STRING, MEGABYTE, 0);
  g_assert_cmpuint (log.length, ==, 40);
  asynclit_progress_log_clear (&log);
}

/* Values that were taken do not count. */
static void
test_bound_of_bytes_unneeded (void)
{
  AsyncLitProgressLog log = { 0 };

  for (guint n = 0; n < 40; n++)
    {
      add_large (&log, G_TYPE_STRING, MEGABYTE, 100);
      log.drained = log.emitted = asynclit_progress_log_get_end (&log);
      asynclit_progress_value_unref (asynclit_progress_log_take_unneeded (&log));
    }
  g_assert_cmpuint (log.n_bytes, ==, 0);
  g_assert_cmpuint (log.n_dropped, ==, 0);
  asynclit_progress_log_clear (&log);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress-log/numbers", test_numbers);
  g_test_add_func ("/progress-log/bound", test_bound);
  g_test_add_func ("/progress-log/bound-of-bytes", test_bound_of_bytes);
  g_test_add_func ("/progress-log/bound-of-bytes/none", test_bound_of_bytes_none);
  g_test_add_func ("/progress-log/bound-of-bytes/unneeded", test_bound_of_bytes_unneeded);
  g_test_add_func ("/progress-log/unneeded", test_unneeded);
  g_test_add_func ("/progress-log/grows-when-wrapped", test_grows_when_wrapped);
  g_test_add_func ("/progress-log/value-outlives-log", test_value_outlives_log);
  return g_test_run ();
}
