/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether anything is kept beside an object. How GLib stores this is internal and may change, so
 * this tests each kind. */

#include "config.h"

#include "asynclit-object-data-private.h"

#include <gio/gio.h>

static void
on_gone (gpointer data, GObject *object)
{
}

static void
on_toggle (gpointer data, GObject *object, gboolean is_last)
{
}

static void
test_nothing (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();
  gulong id;

  g_assert_false (asynclit_object_has_data (object));
  id = g_signal_connect (object, "notify", G_CALLBACK (on_gone), NULL);
  g_signal_handler_disconnect (object, id);
  g_object_ref (object);
  g_object_unref (object);
  g_object_freeze_notify (G_OBJECT (object));
  g_object_thaw_notify (G_OBJECT (object));
  g_assert_false (asynclit_object_has_data (object));
}

static void
test_data (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();

  g_object_set_data (G_OBJECT (object), "key", object);
  g_assert_true (asynclit_object_has_data (object));
  g_object_set_data (G_OBJECT (object), "key", NULL);
  g_assert_false (asynclit_object_has_data (object));
}

static void
test_weak (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();
  gpointer pointer = object;
  GWeakRef ref;

  g_object_weak_ref (G_OBJECT (object), on_gone, NULL);
  g_assert_true (asynclit_object_has_data (object));
  g_object_weak_unref (G_OBJECT (object), on_gone, NULL);
  g_object_add_weak_pointer (G_OBJECT (object), &pointer);
  g_assert_true (asynclit_object_has_data (object));
  g_object_remove_weak_pointer (G_OBJECT (object), &pointer);
  g_weak_ref_init (&ref, object);
  g_assert_true (asynclit_object_has_data (object));
  g_weak_ref_clear (&ref);
}

static void
test_toggle (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();

  g_object_add_toggle_ref (G_OBJECT (object), on_toggle, NULL);
  g_assert_true (asynclit_object_has_data (object));
  g_object_remove_toggle_ref (G_OBJECT (object), on_toggle, NULL);
}

static void
test_closure (void)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();
  g_autoptr (GClosure) closure
      = g_closure_ref (g_cclosure_new_object (G_CALLBACK (on_gone), G_OBJECT (object)));

  g_closure_sink (closure);
  g_assert_true (asynclit_object_has_data (object));
}

static void
test_handlers (void)
{
  const char *signals[] = { "cancelled", "notify", "notify::name" };
  g_autoptr (GCancellable) fresh = g_cancellable_new ();

  asynclit_object_learn_handlers ();
  g_object_ref (fresh);
  g_cancellable_cancel (fresh);
  g_cancellable_reset (fresh);
  g_object_unref (fresh);
  if (asynclit_object_may_have_handlers (fresh))
    g_test_message ("This GLib does not tell whether an object has handlers");
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (GCancellable) object = g_cancellable_new ();

      g_assert_cmpint (asynclit_object_may_have_notify_handlers (object), ==,
                       asynclit_object_may_have_handlers (object));
      g_signal_connect_data (object, signals[i], G_CALLBACK (on_gone), NULL, NULL, G_CONNECT_AFTER);
      g_assert_true (asynclit_object_may_have_handlers (object));
      if (i > 0)
        g_assert_true (asynclit_object_may_have_notify_handlers (object));
      else if (asynclit_object_may_have_notify_handlers (object))
        g_test_message ("This GLib does not tell handlers of notifications from others");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/object-data/nothing", test_nothing);
  g_test_add_func ("/object-data/data", test_data);
  g_test_add_func ("/object-data/weak", test_weak);
  g_test_add_func ("/object-data/toggle", test_toggle);
  g_test_add_func ("/object-data/closure", test_closure);
  g_test_add_func ("/object-data/handlers", test_handlers);
  return g_test_run ();
}
