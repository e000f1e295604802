/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include "asynclit-enums.h"
#include "asynclit-version-macros.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define ASYNCLIT_TYPE_LIMITER (asynclit_limiter_get_type ())

ASYNCLIT_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (AsyncLitLimiter, asynclit_limiter, ASYNCLIT, LIMITER, GObject)

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitLimiter *asynclit_limiter_new (guint max_running);

ASYNCLIT_AVAILABLE_IN_1_0
const char *asynclit_limiter_get_name (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_limiter_get_max_running (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_set_max_running (AsyncLitLimiter *self, guint max_running);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_limiter_get_rate (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_set_rate (AsyncLitLimiter *self, double rate);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_limiter_get_burst (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_set_burst (AsyncLitLimiter *self, guint burst);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_limiter_get_max_failures (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_set_max_failures (AsyncLitLimiter *self, guint max_failures);

ASYNCLIT_AVAILABLE_IN_1_0
double asynclit_limiter_get_break_duration (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_set_break_duration (AsyncLitLimiter *self, double seconds);

ASYNCLIT_AVAILABLE_IN_1_0
AsyncLitCircuit asynclit_limiter_get_circuit (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
void asynclit_limiter_close_circuit (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_limiter_get_n_running (AsyncLitLimiter *self);

ASYNCLIT_AVAILABLE_IN_1_0
guint asynclit_limiter_get_n_waiting (AsyncLitLimiter *self);

G_END_DECLS
