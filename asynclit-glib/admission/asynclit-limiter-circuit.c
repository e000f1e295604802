/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The circuit breaker of a limiter, for programs. */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-limiter-private.h"

#include <math.h>

AsyncLitClassType asynclit_limiter_type;

/**
 * asynclit_limiter_get_max_failures:
 * @self: a limiter
 *
 * Gets how many attempts in a row have to fail to open the circuit.
 *
 * May be called from any thread.
 *
 * Returns: the number of attempts, or 0 if the limiter is no circuit breaker
 * Since: 1.0
 */
guint
asynclit_limiter_get_max_failures (AsyncLitLimiter *self)
{
  guint max_failures;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  max_failures = self->places.circuit.max_failures;
  asynclit_places_unlock ();
  return max_failures;
}

/* With the lock; gives it back. */
static void
limiter_kick_and_unlock (AsyncLitLimiter *self)
{
  AsyncLitGot got = { 0 };

  asynclit_places_kick_locked (&self->places, &got);
  asynclit_places_unlock ();
  asynclit_admission_act (&got);
}

/**
 * asynclit_limiter_set_max_failures:
 * @self: a limiter
 * @max_failures: how many attempts; 0 for no circuit breaker
 *
 * Makes the limiter a circuit breaker, which opens when that many attempts in a row have failed.
 *
 * While the circuit is open, tasks that need a place fail at once with
 * %ASYNCLIT_ERROR_CIRCUIT_OPEN, and so do those that already wait. After
 * [property@Limiter:break-duration] the circuit is half-open, and one task may try: if it succeeds,
 * the circuit closes; if it fails, the circuit opens again; in the meantime, other tasks are
 * refused. Tasks that already run when the circuit opens go on.
 *
 * Each attempt counts, also if the task is retried after it. Cancelled tasks don't count. 0 closes
 * the circuit.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_set_max_failures (AsyncLitLimiter *self, guint max_failures)
{
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));

  asynclit_limiter_lock (self);
  changed = self->places.circuit.max_failures != max_failures;
  self->places.circuit.max_failures = max_failures;
  if (max_failures == 0)
    asynclit_circuit_close (&self->places.circuit);
  limiter_kick_and_unlock (self);
  if (changed)
    g_object_notify (G_OBJECT (self), "max-failures");
}

/**
 * asynclit_limiter_get_break_duration:
 * @self: a limiter
 *
 * Gets how long the circuit stays open.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds
 * Since: 1.0
 */
double
asynclit_limiter_get_break_duration (AsyncLitLimiter *self)
{
  double duration;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), 0);

  asynclit_limiter_lock (self);
  duration = self->places.circuit.duration;
  asynclit_places_unlock ();
  return duration;
}

/**
 * asynclit_limiter_set_break_duration:
 * @self: a limiter
 * @seconds: the time in seconds: 0 or more
 *
 * Sets how long the circuit stays open, from the next time that it opens.
 *
 * The time does not go on while the computer sleeps.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_set_break_duration (AsyncLitLimiter *self, double seconds)
{
  gboolean changed;

  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));
  g_return_if_fail (!isnan (seconds) && seconds >= 0);

  asynclit_limiter_lock (self);
  changed = self->places.circuit.duration != seconds;
  self->places.circuit.duration = seconds;
  asynclit_places_unlock ();
  if (changed)
    g_object_notify (G_OBJECT (self), "break-duration");
}

/**
 * asynclit_limiter_get_circuit:
 * @self: a limiter
 *
 * Gets the state of the circuit breaker.
 *
 * May be called from any thread.
 *
 * Returns: the state; always %ASYNCLIT_CIRCUIT_CLOSED if [property@Limiter:max-failures] is 0
 * Since: 1.0
 */
AsyncLitCircuit
asynclit_limiter_get_circuit (AsyncLitLimiter *self)
{
  AsyncLitCircuit circuit;

  g_return_val_if_fail (ASYNCLIT_IS_LIMITER (self), ASYNCLIT_CIRCUIT_CLOSED);

  asynclit_limiter_lock (self);
  circuit = asynclit_circuit_get_state (&self->places.circuit);
  asynclit_places_unlock ();
  return circuit;
}

/**
 * asynclit_limiter_close_circuit:
 * @self: a limiter
 *
 * Closes the circuit, and forgets the failures.
 *
 * For a program that knows that the trouble is over.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_limiter_close_circuit (AsyncLitLimiter *self)
{
  g_return_if_fail (ASYNCLIT_IS_LIMITER (self));

  asynclit_limiter_lock (self);
  asynclit_circuit_close (&self->places.circuit);
  limiter_kick_and_unlock (self);
}
