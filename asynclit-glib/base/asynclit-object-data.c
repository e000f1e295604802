/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-object-data-private.h"

#include <gio/gio.h>

/* The word in which GObject notes handlers. Only where pointers take eight bytes is there one. */
#define NOTES_OFFSET (G_STRUCT_OFFSET (GObject, ref_count) + sizeof (guint))

/* Set once, then read-only. */
static gboolean learned; /* handlers change the notes ... */
static guint fresh;      /* ... of an object, which are these before */

static guint
get_notes (gpointer object)
{
  if (NOTES_OFFSET + sizeof (guint) > G_STRUCT_OFFSET (GObject, qdata))
    return 0;
  return __atomic_load_n ((guint *) ((char *) object + NOTES_OFFSET), __ATOMIC_ACQUIRE);
}

static void
do_nothing (void)
{
}

/* Whether a handler changes the notes of a new object. */
static gboolean
learn_notes (const char *signal)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();
  gulong id;
  guint notes;

  fresh = get_notes (object);
  id = g_signal_connect (object, signal, do_nothing, NULL);
  notes = get_notes (object);
  g_signal_handler_disconnect (object, id);
  return notes != fresh;
}

void
asynclit_object_learn_handlers (void)
{
  learned = learn_notes ("cancelled") && learn_notes ("notify");
}

gboolean
asynclit_object_may_have_handlers (gpointer object)
{
  return !learned || get_notes (object) != fresh;
}
