/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The type of a class, for the files below the class: they check the instances that they are given,
 * but don't need the function that registers the class, and with it the class itself. The core of
 * the class owns a variable of this type, which is 0 until class_init sets it: before that there is
 * no instance.
 *
 * Atomic: what orders class_init before the first instance is a lock of GLib, which the thread
 * sanitizer does not see. */
typedef GType AsyncLitClassType;

static inline void
asynclit_class_type_set (AsyncLitClassType *self, gpointer klass)
{
  __atomic_store_n (self, G_TYPE_FROM_CLASS (klass), __ATOMIC_RELAXED);
}

static inline gboolean
asynclit_class_type_check (const AsyncLitClassType *self, gconstpointer instance)
{
  return G_TYPE_CHECK_INSTANCE_TYPE (instance, __atomic_load_n (self, __ATOMIC_RELAXED));
}

G_END_DECLS
