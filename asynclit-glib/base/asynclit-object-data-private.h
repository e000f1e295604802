/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Finds out whether GObject keeps anything beside an object by which the program could tell it from
 * a new one: data, weak references of all kinds, watching closures, or toggle references of
 * bindings.
 *
 * GLib has no function for this. All of these are in one list of data, under keys that are private
 * to GObject. g_datalist_foreach() walks such a list without its lock, while another thread may be
 * changing it. This function therefore only looks at the list's address, which GLib reads and
 * writes atomically, and does not follow it. An empty list has no address. The word may also
 * contain a flag, if there is a toggle reference, or the list's lock, if another thread is changing
 * it. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* May also return TRUE if there is nothing. */
static inline gboolean
asynclit_object_has_data (gpointer object)
{
  return g_atomic_pointer_get (&((GObject *) object)->qdata) != NULL;
}

G_END_DECLS
