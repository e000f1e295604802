/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* Those of @all that are in a state of the filter, and have the name unless it is NULL; in order of
 * submission, each with a reference. Sorts @all. Without any lock. */
GPtrArray *asynclit_task_select (GPtrArray *all, AsyncLitTaskFilter filter, const char *name);

G_END_DECLS
