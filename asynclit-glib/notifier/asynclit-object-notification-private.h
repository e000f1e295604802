/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A notification that is a field of a GObject, with a keep-alive flag that is set only while
 * changes are being delivered. A task has more such flags, which share one reference, and therefore
 * has functions of its own. */

#pragma once

#include "asynclit-notifier-private.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct {
  AsyncLitNotification base;
  int is_kept_alive; /* atomic: changes are being delivered, with a reference */
  guint offset;      /* in the object; set at construction, then read-only */
} AsyncLitObjectNotification;

/* For the `funcs` of a class: the class adds `deliver`. */
#define ASYNCLIT_OBJECT_NOTIFICATION_FUNCS                                                         \
  .keep_alive_locked = asynclit_object_notification_keep_alive_locked,                             \
  .resurrect = asynclit_object_notification_resurrect,                                             \
  .drop_locked = asynclit_object_notification_drop_locked,                                         \
  .unref = asynclit_object_notification_unref

gboolean asynclit_object_notification_keep_alive_locked (AsyncLitNotification *notification);
void asynclit_object_notification_resurrect (AsyncLitNotification *notification);
gboolean asynclit_object_notification_drop_locked (AsyncLitNotification *notification);
void asynclit_object_notification_unref (AsyncLitNotification *notification);

/* @self is a field of @object. */
void asynclit_object_notification_init (AsyncLitObjectNotification *self, gpointer object,
                                        const AsyncLitNotificationFuncs *funcs);
gpointer asynclit_object_notification_get_object (AsyncLitNotification *notification);

/* For dispose(), which must not chain up if this returns FALSE: another thread has taken a
 * reference in order to deliver, and needs the handlers that the parent class would disconnect. In
 * that case, dispose() runs again later. */
gboolean asynclit_object_notification_dispose (AsyncLitObjectNotification *self);

G_END_DECLS
