/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes it possible for the child to use SQLite. */
void asynclit_schedule_prepare_fork (void);
void asynclit_schedule_go_on_after_fork (void);

G_END_DECLS
