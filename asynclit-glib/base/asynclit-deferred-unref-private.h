/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* References that a thread drops a little later, when it has come out of g_object_unref().
 *
 * That still uses an object after its dispose(): it disconnects handlers if it finds itself to be
 * the last, and in GLib before 2.80 lets notifications out after it has given its own reference up.
 * So an object that another thread has resurrected meanwhile needs a reference more until then. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* In dispose(): takes a reference, which asynclit_run_deferred_unref() drops, or the end of the
 * thread. */
void asynclit_defer_unref (GObject *object);

/* Wherever a thread calls the library, or the library's own threads have done something. */
void asynclit_run_deferred_unref (void);

/* Emits the signal notify of an object that was resurrected to be delivered. While one thread drops
 * the last reference, GObject keeps back the notifications of all threads, and would let that
 * thread emit them if the object stays alive after all. */
void asynclit_notify_resurrected (GObject *object, GParamSpec *pspec);

G_END_DECLS
