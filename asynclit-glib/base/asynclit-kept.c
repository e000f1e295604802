/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-lock-private.h"

static GPrivate kept_at_end = G_PRIVATE_INIT (g_object_unref); /* for it to be dropped */
static __thread GObject *kept; /* the same, found faster */

/* In the child of a fork: it is the parent's. */
static void
forget_kept (void)
{
  g_private_set (&kept_at_end, NULL);
  kept = NULL;
}

void
asynclit_drop_kept (void)
{
  GObject *object;

  if (G_LIKELY (kept == NULL))
    return;
  object = g_steal_pointer (&kept);
  g_private_set (&kept_at_end, NULL);
  g_object_unref (object);
}

/* What was kept before is not in use any more: between dispose() and the end of g_object_unref()
 * nothing is called that could come here. */
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
