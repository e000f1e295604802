/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A task is identified by a serial number, unique in the process. Its id, the text of a UUID, is
 * a scrambled form of the serial: made only when somebody asks, and turned back without a table. */

/* Unique, and larger than any given out before in this process. */
guint64 asynclit_task_serial_new (void);

/* Whether the serial was given out in this process, not in one that it was forked from. */
gboolean asynclit_task_serial_is_own (guint64 serial);

/* (transfer full) */
char *asynclit_task_serial_to_id (guint64 serial);

/* FALSE if @id is not the id of a serial. */
gboolean asynclit_task_serial_from_id (const char *id, guint64 *serial);

G_END_DECLS
