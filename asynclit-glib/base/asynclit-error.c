/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-error.h"
#include "asynclit-lock-private.h"

/**
 * asynclit_error_quark:
 *
 * Gets the error domain of the library, %ASYNCLIT_ERROR.
 *
 * Returns: the error domain
 * Since: 1.0
 */
GQuark
asynclit_error_quark (void)
{
  static gsize quark = 0;

  /* G_DEFINE_QUARK() would write a static variable from any thread. */
  if (asynclit_once_enter (&quark))
    asynclit_once_leave (&quark, g_quark_from_static_string ("asynclit-error-quark"));
  return (GQuark) quark;
}
