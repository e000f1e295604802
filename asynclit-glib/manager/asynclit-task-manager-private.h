/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task-manager.h"

G_BEGIN_DECLS

/* A manager whose list changes in the global default main context, whoever makes it. */
AsyncLitTaskManager *asynclit_task_manager_new_in_default_context (void);

G_END_DECLS
