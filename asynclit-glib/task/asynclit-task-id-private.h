/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A task is identified by a serial number that is unique in the process. Its ID, the text of a
 * UUID, is an encrypted form of the serial. It is created only on request, and decrypted without a
 * table. */

/* Unique, and larger than all previous serials of this process. */
guint64 asynclit_task_serial_new (void);

/* Whether the serial was created in this process, not in one that it was forked from. */
gboolean asynclit_task_serial_is_own (guint64 serial);

/* (transfer full) */
char *asynclit_task_serial_to_id (guint64 serial);

/* FALSE if @id is not the id of a serial. */
gboolean asynclit_task_serial_from_id (const char *id, guint64 *serial);

G_END_DECLS
