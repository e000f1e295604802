/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-version-macros.h"

G_BEGIN_DECLS

ASYNCLIT_AVAILABLE_IN_1_0
GMainContext *asynclit_get_worker_context (void);

G_END_DECLS
