/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-private.h"

G_BEGIN_DECLS

/* Returns the tasks of @all that match the filter and, unless it is NULL, the name, in order of
 * submission, each with a reference. Sorts @all. Takes no lock. */
GPtrArray *asynclit_task_select (GPtrArray *all, AsyncLitTaskFilter filter, const char *name);

G_END_DECLS
