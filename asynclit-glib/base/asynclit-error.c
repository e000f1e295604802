/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-error.h"

G_DEFINE_QUARK (asynclit-error-quark, asynclit_error)
