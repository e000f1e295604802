/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* References that a thread drops slightly later, after it has returned from g_object_unref().
 *
 * g_object_unref() still uses an object after its dispose(): it disconnects handlers if it finds
 * that it dropped the last reference, and before GLib 2.80 it thaws notifications after giving up
 * its own reference. An object that another thread has resurrected therefore needs an extra
 * reference until then. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* For dispose(): takes a reference, which asynclit_run_deferred_unref() or the end of the thread
 * drops. */
void asynclit_defer_unref (GObject *object);

/* Called wherever a thread enters the library, and by the library's own threads after each job. */
void asynclit_run_deferred_unref (void);

/* Emits the notify signal of an object that was resurrected for delivery. While a thread drops the
 * last reference, GObject freezes the notifications of all threads, and would let that thread emit
 * them if the object stays alive. */
void asynclit_notify_resurrected (GObject *object, GParamSpec *pspec);

G_END_DECLS
