/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-task.h"

G_BEGIN_DECLS

/* Runs on: worker. An AsyncLitTaskFunc; @settings are AsyncLitProgramSettings. */
void asynclit_subprocess_run (AsyncLitTask *task, GCancellable *cancellable, gpointer settings);

G_END_DECLS
