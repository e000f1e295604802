/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-lock-private.h"

static void drop_at_end (gpointer object);
static GPrivate deferred_at_end = G_PRIVATE_INIT (drop_at_end); /* so that the reference is
                                                                 * dropped */
static __thread GObject *deferred;                              /* a faster way to the same
                                                                 * pointer */

/* In the child of a fork: the reference belongs to the parent. */
static void
forget_deferred (void)
{
  g_private_set (&deferred_at_end, NULL);
  deferred = NULL;
}

/* Loops because dropping a reference may resurrect the object once more. */
void
asynclit_run_deferred_unref (void)
{
  while (G_UNLIKELY (deferred != NULL))
    {
      GObject *object = g_steal_pointer (&deferred);

      g_private_set (&deferred_at_end, NULL);
      g_object_unref (object);
    }
}

/* Runs on: a thread that ends */
static void
drop_at_end (gpointer object)
{
  deferred = NULL;
  g_object_unref (object);
  asynclit_run_deferred_unref ();
}

/* The previous object is no longer in use, because its g_object_unref() has returned. */
void
asynclit_defer_unref (GObject *object)
{
  static gsize registered = 0;

  g_assert (G_IS_OBJECT (object));
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_deferred);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_run_deferred_unref ();
  deferred = g_object_ref (object);
  g_private_set (&deferred_at_end, deferred);
}

void
asynclit_notify_resurrected (GObject *object, GParamSpec *pspec)
{
  g_assert (pspec != NULL);
  g_signal_emit (object, g_signal_lookup ("notify", G_TYPE_OBJECT),
                 g_param_spec_get_name_quark (pspec), pspec);
}
