/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-circuit-private.h"
#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-time-private.h"

#include <glib/gi18n-lib.h>

AsyncLitCircuit
asynclit_circuit_get_state (const AsyncLitCircuitBreaker *self)
{
  if (G_LIKELY (self->half_open == 0))
    return ASYNCLIT_CIRCUIT_CLOSED;
  return asynclit_clock_now () < self->half_open ? ASYNCLIT_CIRCUIT_OPEN
                                                 : ASYNCLIT_CIRCUIT_HALF_OPEN;
}

double
asynclit_circuit_get_left (const AsyncLitCircuitBreaker *self)
{
  if (self->half_open == 0)
    return 0;
  return (double) MAX (0, asynclit_time_between (asynclit_clock_now (), self->half_open))
         / G_USEC_PER_SEC;
}

gboolean
asynclit_circuit_refuses (const AsyncLitCircuitBreaker *self)
{
  switch (asynclit_circuit_get_state (self))
    {
    case ASYNCLIT_CIRCUIT_OPEN:
      return TRUE;
    case ASYNCLIT_CIRCUIT_HALF_OPEN:
      return self->trial != NULL;
    case ASYNCLIT_CIRCUIT_CLOSED:
    default:
      return FALSE;
    }
}

void
asynclit_circuit_enter (AsyncLitCircuitBreaker *self, gpointer who)
{
  if (G_UNLIKELY (self->half_open != 0))
    self->trial = who;
}

static void
circuit_open (AsyncLitCircuitBreaker *self)
{
  self->half_open = MAX (1, asynclit_time_add_seconds (asynclit_clock_now (), self->duration));
}

void
asynclit_circuit_close (AsyncLitCircuitBreaker *self)
{
  self->n_failures = 0;
  self->half_open = 0;
  self->trial = NULL;
}

/* An attempt that began before the circuit was opened has no say about whether it stays open. */
void
asynclit_circuit_leave (AsyncLitCircuitBreaker *self, gpointer who,
                               AsyncLitAttemptOutcome outcome)
{
  const gboolean was_trial = self->trial == who;

  if (was_trial)
    self->trial = NULL;
  if (outcome == ASYNCLIT_ATTEMPT_CANCELLED || (self->half_open != 0 && !was_trial))
    return;
  if (outcome == ASYNCLIT_ATTEMPT_SUCCEEDED)
    {
      asynclit_circuit_close (self);
      return;
    }
  self->n_failures += self->n_failures < G_MAXUINT;
  if (was_trial || (self->max_failures != 0 && self->n_failures >= self->max_failures))
    circuit_open (self);
}

GError *
asynclit_circuit_new_error (const char *name, guint n_failures, double left)
{
  g_autofree char *seconds = g_strdup_printf ("%.1f", left);

  if (name != NULL)
    return g_error_new (ASYNCLIT_ERROR, ASYNCLIT_ERROR_CIRCUIT_OPEN,
                        ngettext ("“%s” refuses tasks for %s more seconds, because %u has failed",
                                  "“%s” refuses tasks for %s more seconds, because %u have failed "
                                  "in a row",
                                  n_failures),
                        name, seconds, n_failures);
  return g_error_new (
      ASYNCLIT_ERROR, ASYNCLIT_ERROR_CIRCUIT_OPEN,
      ngettext ("A limiter refuses tasks for %s more seconds, because %u has failed",
                "A limiter refuses tasks for %s more seconds, because %u have "
                "failed in a row",
                n_failures),
      seconds, n_failures);
}
