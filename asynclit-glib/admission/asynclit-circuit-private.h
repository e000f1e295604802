/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The circuit breaker of a limiter: Nygard, "Release It!", 2007. The lock of the places guards all
 * of it. Time alone takes a circuit from open to half-open, and whoever looks next finds it there.
 * No timer is needed: nobody waits for it, because it refuses. */

#pragma once

#include "asynclit-enums.h"

G_BEGIN_DECLS

typedef enum {
  ASYNCLIT_ATTEMPT_CANCELLED, /* says nothing about whether another would succeed */
  ASYNCLIT_ATTEMPT_SUCCEEDED,
  ASYNCLIT_ATTEMPT_FAILED,
} AsyncLitAttemptOutcome;

typedef struct {
  guint max_failures; /* in a row, that open it; 0: it is always closed */
  double duration;    /* seconds for which it is open */
  guint n_failures;   /* in a row */
  gint64 half_open;   /* on asynclit_clock_now(): when it is not open any more; 0: it is closed */
  gpointer trial;     /* the one that may try while it is half-open; NULL */
} AsyncLitCircuitBreaker;

AsyncLitCircuit asynclit_circuit_get_state (const AsyncLitCircuitBreaker *self);
/* How long it is still open, in seconds. */
double asynclit_circuit_get_left (const AsyncLitCircuitBreaker *self);
/* Whether it refuses whoever comes now. */
gboolean asynclit_circuit_refuses (const AsyncLitCircuitBreaker *self);
/* @who begins an attempt, which it has not refused. */
void asynclit_circuit_enter (AsyncLitCircuitBreaker *self, gpointer who);
void asynclit_circuit_leave (AsyncLitCircuitBreaker *self, gpointer who,
                                    AsyncLitAttemptOutcome outcome);
void asynclit_circuit_close (AsyncLitCircuitBreaker *self);
/* Without the lock: what a task that it refuses fails with. @name may be NULL. */
GError *asynclit_circuit_new_error (const char *name, guint n_failures, double left);

G_END_DECLS
