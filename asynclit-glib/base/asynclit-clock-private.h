/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The time, as the library sees it. Tests replace it by a clock that they move. */

typedef gint64 (*AsyncLitClockFunc) (void);

/* Microseconds of a clock that never jumps, as g_get_monotonic_time(). */
gint64 asynclit_clock_now (void);

/* Microseconds since the Unix epoch, as g_get_real_time(): for people to read, since it jumps when
 * somebody sets the clock. */
gint64 asynclit_clock_unix_now (void);

/* TRUE if a timer may sleep until a time comes; FALSE if time only moves when a test moves it. */
gboolean asynclit_clock_is_real (void);

/* For tests; NULL restores the real clock. Whoever moves the clock wakes the timers' context. */
void asynclit_clock_replace (AsyncLitClockFunc now);

G_END_DECLS
