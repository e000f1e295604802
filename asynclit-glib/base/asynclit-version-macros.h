/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include <glib.h>

/* The library is built with hidden visibility; what carries this macro is exported. */
#ifndef _ASYNCLIT_EXTERN
#define _ASYNCLIT_EXTERN extern
#endif

#define ASYNCLIT_AVAILABLE_IN_1_0 _ASYNCLIT_EXTERN
