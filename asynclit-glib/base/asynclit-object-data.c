/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-object-data-private.h"

#include <gio/gio.h>

/* The word in which GObject notes handlers. Only where pointers take eight bytes is there one. */
#define NOTES_OFFSET (G_STRUCT_OFFSET (GObject, ref_count) + sizeof (guint))

/* Set once, then read-only. */
static gboolean learned;  /* handlers change the notes ... */
static guint fresh;       /* ... of an object, which are these before */
static guint notify_bits; /* only handlers of property notifications change these; 0: not known */

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

/* The bits that a handler changes in the notes of a new object. */
static guint
learn_bits (const char *signal)
{
  g_autoptr (GCancellable) object = g_cancellable_new ();
  gulong id;
  guint notes;

  fresh = get_notes (object);
  id = g_signal_connect (object, signal, do_nothing, NULL);
  notes = get_notes (object);
  g_signal_handler_disconnect (object, id);
  return notes ^ fresh;
}

void
asynclit_object_learn_handlers (void)
{
  guint bits = learn_bits ("cancelled");

  notify_bits = learn_bits ("notify");
  learned = bits != 0 && notify_bits != 0;
  notify_bits &= ~bits;
}

gboolean
asynclit_object_may_have_handlers (gpointer object)
{
  return !learned || get_notes (object) != fresh;
}

gboolean
asynclit_object_may_have_notify_handlers (gpointer object)
{
  if (!learned || notify_bits == 0)
    return asynclit_object_may_have_handlers (object);
  return ((get_notes (object) ^ fresh) & notify_bits) != 0;
}
