/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-task-id-private.h"

#include <string.h>

static void
test_round_trip (void)
{
  for (guint i = 0; i < 10000; i++)
    {
      guint64 serial = asynclit_task_serial_new ();
      g_autofree char *id = asynclit_task_serial_to_id (serial);
      guint64 back;

      g_assert_true (asynclit_task_serial_from_id (id, &back));
      g_assert_cmpuint (back, ==, serial);
      g_assert_true (asynclit_task_serial_is_own (serial));
    }
}

static void
test_is_uuid (void)
{
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *id = asynclit_task_serial_to_id (asynclit_task_serial_new ());

      g_assert_true (g_uuid_string_is_valid (id));
      g_assert_cmpint (id[14], ==, '4');
      g_assert_nonnull (strchr ("89ab", id[19]));
    }
}

static void
test_serials_differ (void)
{
  guint64 before = asynclit_task_serial_new ();

  for (guint i = 0; i < 1000; i++)
    {
      guint64 serial = asynclit_task_serial_new ();

      g_assert_cmpuint (serial, >, before);
      before = serial;
    }
}

static void
test_upper_case (void)
{
  guint64 serial = asynclit_task_serial_new ();
  g_autofree char *id = asynclit_task_serial_to_id (serial);
  g_autofree char *upper = g_ascii_strup (id, -1);
  guint64 back;

  g_assert_true (asynclit_task_serial_from_id (upper, &back));
  g_assert_cmpuint (back, ==, serial);
}

static void
test_foreign (void)
{
  static const char *const malformed[] = {
    "",
    "x",
    "global:x",
    "00000000-0000-4000-8000-00000000000",
    "00000000-0000-4000-8000-0000000000000",
    "00000000x0000-4000-8000-000000000000",
    "0000000g-0000-4000-8000-000000000000",
    "000000000000-0000-4000-8000-00000000",
  };
  guint64 serial;

  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    g_assert_false (asynclit_task_serial_from_id (malformed[i], &serial));
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *id = g_uuid_string_random ();

      g_assert_false (asynclit_task_serial_from_id (id, &serial));
    }
}

/* If any digit of an ID is changed, it is not valid any more. */
static void
test_changed_digit (void)
{
  g_autofree char *id = asynclit_task_serial_to_id (asynclit_task_serial_new ());
  guint64 serial;

  for (guint i = 0; id[i] != '\0'; i++)
    {
      g_autofree char *changed = g_strdup (id);

      if (id[i] == '-')
        continue;
      changed[i] = id[i] == '0' ? '1' : '0';
      g_assert_false (asynclit_task_serial_from_id (changed, &serial));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id/round-trip", test_round_trip);
  g_test_add_func ("/id/is-uuid", test_is_uuid);
  g_test_add_func ("/id/serials-differ", test_serials_differ);
  g_test_add_func ("/id/upper-case", test_upper_case);
  g_test_add_func ("/id/foreign", test_foreign);
  g_test_add_func ("/id/changed-digit", test_changed_digit);
  return g_test_run ();
}
