/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-version.h"

#include <glib.h>

/* The library is built with hidden visibility. Symbols with this macro are exported. */
#ifndef _ASYNCLIT_EXTERN
#define _ASYNCLIT_EXTERN extern
#endif

/**
 * ASYNCLIT_VERSION_1_0:
 *
 * Version 1.0 of the library, for [const@VERSION_MIN_REQUIRED] and [const@VERSION_MAX_ALLOWED].
 *
 * Since: 1.0
 */
#define ASYNCLIT_VERSION_1_0 (G_ENCODE_VERSION (1, 0))

/* The current stable series, or the one that the current development series leads to: an even
 * number. */
#define _ASYNCLIT_VERSION_CUR_STABLE                                                              \
  (G_ENCODE_VERSION (ASYNCLIT_MAJOR_VERSION, ASYNCLIT_MINOR_VERSION + ASYNCLIT_MINOR_VERSION % 2))

/**
 * ASYNCLIT_VERSION_MIN_REQUIRED:
 *
 * The oldest version that the program supports, such as `ASYNCLIT_VERSION_1_0`.
 *
 * Define it before you include `<asynclit-glib.h>`. The compiler then warns of functions that
 * were deprecated in this version or an older one. The default is the version that the program is
 * compiled against.
 *
 * To compile without any of these warnings, define `ASYNCLIT_DISABLE_DEPRECATION_WARNINGS`.
 *
 * Since: 1.0
 */
#ifndef ASYNCLIT_VERSION_MIN_REQUIRED
#define ASYNCLIT_VERSION_MIN_REQUIRED _ASYNCLIT_VERSION_CUR_STABLE
#endif

/**
 * ASYNCLIT_VERSION_MAX_ALLOWED:
 *
 * The newest version whose functions the program may use, such as `ASYNCLIT_VERSION_1_0`.
 *
 * Define it before you include `<asynclit-glib.h>`. The compiler then warns of functions that
 * are newer. It must not be older than [const@VERSION_MIN_REQUIRED]. The default is the version
 * that the program is compiled against, or [const@VERSION_MIN_REQUIRED] if that is newer.
 *
 * Since: 1.0
 */
#ifndef ASYNCLIT_VERSION_MAX_ALLOWED
#if ASYNCLIT_VERSION_MIN_REQUIRED > _ASYNCLIT_VERSION_CUR_STABLE
#define ASYNCLIT_VERSION_MAX_ALLOWED ASYNCLIT_VERSION_MIN_REQUIRED
#else
#define ASYNCLIT_VERSION_MAX_ALLOWED _ASYNCLIT_VERSION_CUR_STABLE
#endif
#endif

#if ASYNCLIT_VERSION_MAX_ALLOWED < ASYNCLIT_VERSION_MIN_REQUIRED
#error "ASYNCLIT_VERSION_MAX_ALLOWED must be >= ASYNCLIT_VERSION_MIN_REQUIRED"
#endif

#ifdef ASYNCLIT_DISABLE_DEPRECATION_WARNINGS
#define _ASYNCLIT_DEPRECATED _ASYNCLIT_EXTERN
#define _ASYNCLIT_DEPRECATED_FOR(f) _ASYNCLIT_EXTERN
#define _ASYNCLIT_UNAVAILABLE(major, minor) _ASYNCLIT_EXTERN
#else
#define _ASYNCLIT_DEPRECATED G_DEPRECATED _ASYNCLIT_EXTERN
#define _ASYNCLIT_DEPRECATED_FOR(f) G_DEPRECATED_FOR (f) _ASYNCLIT_EXTERN
#define _ASYNCLIT_UNAVAILABLE(major, minor) G_UNAVAILABLE (major, minor) _ASYNCLIT_EXTERN
#endif

/* Each version that adds functions has such a block. Introspection ignores the macros. */

#ifndef __GI_SCANNER__
#if ASYNCLIT_VERSION_MIN_REQUIRED >= ASYNCLIT_VERSION_1_0
#define ASYNCLIT_DEPRECATED_IN_1_0 _ASYNCLIT_DEPRECATED
#define ASYNCLIT_DEPRECATED_IN_1_0_FOR(f) _ASYNCLIT_DEPRECATED_FOR (f)
#else
#define ASYNCLIT_DEPRECATED_IN_1_0 _ASYNCLIT_EXTERN
#define ASYNCLIT_DEPRECATED_IN_1_0_FOR(f) _ASYNCLIT_EXTERN
#endif
#endif

#if ASYNCLIT_VERSION_MAX_ALLOWED < ASYNCLIT_VERSION_1_0
#define ASYNCLIT_AVAILABLE_IN_1_0 _ASYNCLIT_UNAVAILABLE (1, 0)
#else
#define ASYNCLIT_AVAILABLE_IN_1_0 _ASYNCLIT_EXTERN
#endif
