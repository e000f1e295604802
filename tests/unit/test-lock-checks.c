/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* In a build with -Dlock_checks=true: foreign calls under a lock are reported, and functions that
 * are called without the lock that they need. In others there is nothing to test. The calls in this
 * file go the same way as those in the library. */

#include "asynclit-notification-queue-private.h"
#include "asynclit-task-private.h"

#include <gio/gio.h>

static AsyncLitLock lock;
static AsyncLitBitLock bit_lock;
static GCancellable *object;

static gboolean
lock_is_checked (void)
{
#ifdef ASYNCLIT_LOCK_CHECKS
  return TRUE;
#else
  g_test_skip ("built without lock_checks");
  return FALSE;
#endif
}

static void
ref_it (void)
{
  g_object_ref (object);
}

static void
unref_it (void)
{
  g_object_unref (object);
}

static void
set_it (void)
{
  g_autoptr (GCancellable) other = NULL;

  g_set_object (&other, object);
}

static void
notify_it (void)
{
  g_object_notify (G_OBJECT (object), "no-such-property");
}

static void
emit_it (void)
{
  g_signal_emit (object, g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0);
}

static void
look_at_handlers (void)
{
  g_signal_handler_find (object, G_SIGNAL_MATCH_ID, 1, 0, NULL, NULL, NULL);
}

static void
cancel_it (void)
{
  g_cancellable_cancel (object);
}

static void
copy_value (void)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_OBJECT);
  g_value_unset (&value);
}

static const struct {
  const char *name;
  void (*call) (void);
} foreign[] = {
  { "g_object_ref", ref_it },
  { "g_object_unref", unref_it },
  { "g_object_ref", set_it },
  { "g_object_notify", notify_it },
  { "g_signal_emit", emit_it },
  { "g_signal_handler_find", look_at_handlers },
  { "g_cancellable_cancel", cancel_it },
  { "g_value_unset", copy_value },
};

/* In a process of its own. */
static void
test_fires (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *expected = NULL;

  if (!lock_is_checked ())
    return;
  if (g_test_subprocess ())
    {
      if (i % 2 == 0)
        asynclit_lock (&lock);
      else
        asynclit_bit_lock (&bit_lock);
      foreign[i].call ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  expected = g_strdup_printf ("*%s() was called while this thread has a lock*", foreign[i].name);
  g_test_trap_assert_stderr (expected);
}

static void
change_without_lock (void)
{
  asynclit_assert_locked (&lock);
}

/* Another lock is not enough. */
static void
change_with_other_lock (void)
{
  asynclit_bit_lock (&bit_lock);
  asynclit_assert_locked (&lock);
}

static void
change_after_unlock (void)
{
  asynclit_lock (&lock);
  asynclit_bit_lock (&bit_lock);
  asynclit_unlock (&lock);
  asynclit_assert_locked (&lock);
}

/* The library's own functions. */
static void
change_task (void)
{
  asynclit_task_get_cold_locked (asynclit_task_new ());
}

static void
change_notification (void)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_notification_queue_link_locked (&task->notification, ASYNCLIT_POST_CHANGES);
}

static const struct {
  const char *name;
  void (*call) (void);
} unlocked[] = {
  { "change_without_lock", change_without_lock },
  { "change_with_other_lock", change_with_other_lock },
  { "change_after_unlock", change_after_unlock },
  { "asynclit_task_get_cold_locked", change_task },
  { "asynclit_notification_queue_link_locked", change_notification },
};

static void
test_needs_lock (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *expected = NULL;

  if (!lock_is_checked ())
    return;
  if (g_test_subprocess ())
    {
      unlocked[i].call ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  expected = g_strdup_printf ("*%s() was called without the lock*", unlocked[i].name);
  g_test_trap_assert_stderr (expected);
}

static void
test_is_silent (void)
{
  GCond cond;

  g_cond_init (&cond);
  asynclit_lock (&lock);
  asynclit_bit_lock (&bit_lock);
  asynclit_assert_locked (&lock);
  asynclit_assert_locked (&bit_lock);
  asynclit_bit_unlock (&bit_lock);
  g_assert_false (asynclit_cond_wait_until (&cond, &lock, g_get_monotonic_time ()));
  asynclit_assert_locked (&lock);
  asynclit_unlock (&lock);
  ref_it ();
  unref_it ();
  g_cond_clear (&cond);
}

static void
test_permitted (void)
{
  asynclit_lock (&lock);
  g_assert_true (asynclit_ref_owned_locked (object) == object);
  g_assert_false (
      asynclit_has_handler_locked (object, g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE)));
  asynclit_unlock (&lock);
  g_object_unref (object);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  object = g_cancellable_new ();
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      g_autofree char *path = g_strdup_printf ("/lock-checks/fires/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fires);
    }
  for (guint i = 0; i < G_N_ELEMENTS (unlocked); i++)
    {
      g_autofree char *path = g_strdup_printf ("/lock-checks/needs-lock/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_needs_lock);
    }
  g_test_add_func ("/lock-checks/is-silent", test_is_silent);
  g_test_add_func ("/lock-checks/permitted", test_permitted);
  status = g_test_run ();
  g_object_unref (object);
  return status;
}
