/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-error.h"

/**
 * asynclit_error_quark:
 *
 * Gets the error domain of the library, %ASYNCLIT_ERROR.
 *
 * Returns: the error domain
 * Since: 1.0
 */
G_DEFINE_QUARK (asynclit-error-quark, asynclit_error)
