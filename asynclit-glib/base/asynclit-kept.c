/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-lock-private.h"

static void drop_at_end (gpointer object);
static GPrivate kept_at_end = G_PRIVATE_INIT (drop_at_end); /* for it to be dropped */
static __thread GObject *kept; /* the same, found faster */

/* In the child of a fork: it is the parent's. */
static void
forget_kept (void)
{
  g_private_set (&kept_at_end, NULL);
  kept = NULL;
}

/* Until nothing is kept: what is dropped may have been revived once more. */
void
asynclit_drop_kept (void)
{
  while (G_UNLIKELY (kept != NULL))
    {
      GObject *object = g_steal_pointer (&kept);

      g_private_set (&kept_at_end, NULL);
      g_object_unref (object);
    }
}

/* Runs on: a thread that ends */
static void
drop_at_end (gpointer object)
{
  kept = NULL;
  g_object_unref (object);
  asynclit_drop_kept ();
}

/* What was kept before is not in use any more: that g_object_unref() has come to its end. */
void
asynclit_keep (GObject *object)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_kept);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_drop_kept ();
  kept = g_object_ref (object);
  g_private_set (&kept_at_end, kept);
}

void
asynclit_notify_revived (GObject *object, GParamSpec *pspec)
{
  g_signal_emit (object, g_signal_lookup ("notify", G_TYPE_OBJECT),
                 g_param_spec_get_name_quark (pspec), pspec);
}
