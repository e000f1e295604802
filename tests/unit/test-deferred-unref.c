/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-deferred-unref-private.h"

/* An object that is resurrected whenever its last reference is about to be dropped. */
typedef struct {
  GObject parent_instance;
  guint left;
} Undead;

typedef GObjectClass UndeadClass;

static guint n_finalized;

static GType undead_get_type (void);
G_DEFINE_TYPE (Undead, undead, G_TYPE_OBJECT)

static void
undead_dispose (GObject *object)
{
  Undead *self = (Undead *) object;

  if (self->left == 0)
    return;
  self->left--;
  asynclit_defer_unref (object);
}

static void
undead_finalize (GObject *object)
{
  n_finalized++;
  G_OBJECT_CLASS (undead_parent_class)->finalize (object);
}

static void
undead_class_init (UndeadClass *klass)
{
  klass->dispose = undead_dispose;
  klass->finalize = undead_finalize;
}

static void
undead_init (Undead *self)
{
}

static void
drop_undead (guint resurrections)
{
  Undead *self = g_object_new (undead_get_type (), NULL);

  self->left = resurrections;
  g_object_unref (self);
}

static void
test_dropped_later (void)
{
  n_finalized = 0;
  drop_undead (2);
  g_assert_cmpuint (n_finalized, ==, 0);
  asynclit_run_deferred_unref ();
  g_assert_cmpuint (n_finalized, ==, 1);
  asynclit_run_deferred_unref ();
  g_assert_cmpuint (n_finalized, ==, 1);
}

/* The first object is deferred again just before the second one is. */
static void
test_two (void)
{
  n_finalized = 0;
  drop_undead (3);
  drop_undead (1);
  g_assert_cmpuint (n_finalized, ==, 1);
  asynclit_run_deferred_unref ();
  g_assert_cmpuint (n_finalized, ==, 2);
}

static gpointer
drop_and_end (gpointer resurrections)
{
  drop_undead (GPOINTER_TO_UINT (resurrections));
  return NULL;
}

static void
test_end_of_thread (void)
{
  for (guint resurrections = 1; resurrections < 10; resurrections++)
    {
      n_finalized = 0;
      g_thread_join (g_thread_new ("dropper", drop_and_end, GUINT_TO_POINTER (resurrections)));
      g_assert_cmpuint (n_finalized, ==, 1);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deferred-unref/dropped-later", test_dropped_later);
  g_test_add_func ("/deferred-unref/two", test_two);
  g_test_add_func ("/deferred-unref/end-of-thread", test_end_of_thread);
  return g_test_run ();
}
