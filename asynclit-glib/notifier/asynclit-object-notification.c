/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-deferred-unref-private.h"
#include "asynclit-object-notification-private.h"

gpointer
asynclit_object_notification_get_object (AsyncLitNotification *notification)
{
  return (char *) notification - ((AsyncLitObjectNotification *) notification)->offset;
}

gboolean
asynclit_object_notification_keep_alive_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return g_atomic_int_get (&((AsyncLitObjectNotification *) notification)->is_kept_alive);
}

void
asynclit_object_notification_resurrect (AsyncLitNotification *notification)
{
  g_object_ref (asynclit_object_notification_get_object (notification));
  g_atomic_int_set (&((AsyncLitObjectNotification *) notification)->is_kept_alive, TRUE);
}

gboolean
asynclit_object_notification_drop_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return g_atomic_int_compare_and_exchange (
      &((AsyncLitObjectNotification *) notification)->is_kept_alive, TRUE, FALSE);
}

void
asynclit_object_notification_unref (AsyncLitNotification *notification)
{
  g_object_unref (asynclit_object_notification_get_object (notification));
}

void
asynclit_object_notification_init (AsyncLitObjectNotification *self, gpointer object,
                                   const AsyncLitNotificationFuncs *funcs)
{
  g_assert ((char *) self > (char *) object);

  self->offset = (guint) ((char *) self - (char *) object);
  asynclit_notification_init (&self->base, funcs);
}

gboolean
asynclit_object_notification_dispose (AsyncLitObjectNotification *self)
{
  if (asynclit_notification_remove (&self->base))
    {
      asynclit_defer_unref (asynclit_object_notification_get_object (&self->base));
      return FALSE;
    }
  return !g_atomic_int_get (&self->is_kept_alive);
}
