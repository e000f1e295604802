/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether somebody could tell an object from a new one by what GObject keeps beside it: data, weak
 * references of all kinds, watching closures, toggle references of bindings.
 *
 * GLib has no function to ask that. All of these are in one list of data, by keys that are
 * GObject's own, and g_datalist_foreach() goes through such a list without its lock, while another
 * thread may be changing it. So this looks at the list's address, which GLib only reads and writes
 * atomically, and does not follow it. An empty list has none. What else the word may hold is a
 * flag, if there is a toggle reference, or the list's lock, if somebody is just changing it. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* TRUE also if there might be something. */
static inline gboolean
asynclit_object_has_data (gpointer object)
{
  return g_atomic_pointer_get (&((GObject *) object)->qdata) != NULL;
}

G_END_DECLS
