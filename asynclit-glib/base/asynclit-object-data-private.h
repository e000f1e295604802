/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Finds out whether GObject keeps anything beside an object by which the program could tell it from
 * a new one: data, weak references of all kinds, watching closures, or toggle references of
 * bindings; and handlers of its signals.
 *
 * GLib has no function for the first four. All of these are in one list of data, under keys that
 * are private to GObject. g_datalist_foreach() walks such a list without its lock, while another
 * thread may be changing it. This function therefore only looks at the list's address, which GLib
 * reads and writes atomically, and does not follow it. An empty list has no address. The word may
 * also contain a flag, if there is a toggle reference, or the list's lock, if another thread is
 * changing it.
 *
 * g_signal_handler_find() finds handlers, but takes one lock for all signals of the process, which
 * a thread that connects many handlers holds most of the time. GObject also notes in the object
 * that it has had a handler, in a word between the reference count and the data, so that an
 * emission without handlers does not need the lock. That word is private to GObject. This function
 * therefore first tries out that handlers change it; then it compares the word with that of a new
 * object, and takes any difference for a handler. Handlers of property notifications change bits
 * that others don't, in GLibs that note them. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* May also return TRUE if there is nothing. */
static inline gboolean
asynclit_object_has_data (gpointer object)
{
  return g_atomic_pointer_get (&((GObject *) object)->qdata) != NULL;
}

/* Once, on a thread of the program's: GLib may read the environment. */
void asynclit_object_learn_handlers (void);

/* For objects whose class implements no interface: GObject does not note handlers of the signals of
 * interfaces. May also return TRUE if there is no handler, as after the last one was disconnected.
 * Takes no lock. */
gboolean asynclit_object_may_have_handlers (gpointer object);
/* The same for handlers of property notifications. */
gboolean asynclit_object_may_have_notify_handlers (gpointer object);

G_END_DECLS
