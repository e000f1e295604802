/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The rate is an exponentially weighted moving average for samples at irregular times (Andreas
 * Eckner, "Algorithms for Unevenly Spaced Time Series: Moving Averages and Other Rolling
 * Operators", 2019, EMA_last): a sample that covers dt seconds has the weight
 * 1 - exp (-dt / TIME_CONSTANT). The average is divided by the sum of the weights, so that the
 * first samples are not biased towards 0 (Kingma and Ba, "Adam", 2015, section 3). */

#include "config.h"

#include "asynclit-amounts-private.h"
#include "asynclit-time-private.h"

/* In seconds: the time after which a sample has 37 % of its weight left. Long enough to smooth out
 * a burst, and short enough to follow a connection that becomes slow. */
#define TIME_CONSTANT 5.0
/* In seconds: the shortest time that a sample covers. Reports may come every microsecond. */
#define MIN_SAMPLE 0.01
/* In seconds: the time without a report after which the rate begins to fall. */
#define GRACE 2.0
/* The least fraction and time for an estimate; earlier ones would be too inaccurate. */
#define MIN_SECONDS 1.0
#define MIN_FRACTION 0.01

static double
seconds_between (gint64 from, gint64 to)
{
  return (double) asynclit_time_between (from, to) / G_USEC_PER_SEC;
}

static void
speed_begin (AsyncLitSpeed *self, double done, gint64 now)
{
  *self = (AsyncLitSpeed){ .begun = now, .sampled = now, .done = done };
}

static void
speed_add_sample (AsyncLitSpeed *self, double done, gint64 now)
{
  double seconds = seconds_between (self->sampled, now);
  double gain;

  if (self->begun == 0 || done < self->done)
    {
      speed_begin (self, done, now);
      return;
    }
  if (seconds < MIN_SAMPLE)
    return;
  gain = -expm1 (-seconds / TIME_CONSTANT);
  self->mean += gain * ((done - self->done) / seconds - self->mean);
  self->weight += gain * (1 - self->weight);
  self->sampled = now;
  self->done = done;
}

/* A long time without a report counts as a time in which nothing was done. */
static double
speed_get (const AsyncLitSpeed *self, gint64 now)
{
  double idle = seconds_between (self->sampled, now) - GRACE;
  double fade = idle > 0 ? exp (-idle / TIME_CONSTANT) : 1;
  double weight = 1 - (1 - self->weight) * fade;
  double speed;

  if (self->begun == 0 || weight <= 0)
    return 0;
  speed = self->mean * fade / weight;
  return isfinite (speed) ? speed : 0;
}

gboolean
asynclit_amounts_set (AsyncLitAmounts *self, double done, double total, gint64 now)
{
  gboolean changed
      = done > self->done || done < self->done || total > self->total || total < self->total;

  if (self->begun == 0)
    self->begun = now;
  if (self->part_is_new)
    self->speed.begun = 0;
  changed = changed || self->part_is_new;
  self->part_is_new = FALSE;
  self->done = done;
  self->total = total;
  speed_add_sample (&self->speed, done, now);
  return changed;
}

void
asynclit_amounts_begin_part (AsyncLitAmounts *self, double weight, gint64 now)
{
  g_assert (weight >= 0);
  if (self->begun == 0)
    self->begun = now;
  if (self->has_parts)
    self->part_begin = MIN (self->part_begin + self->part_weight, 1);
  self->has_parts = self->part_is_new = TRUE;
  self->part_weight = MIN (weight, 1 - self->part_begin);
}

void
asynclit_amounts_begin_again (AsyncLitAmounts *self)
{
  *self = (AsyncLitAmounts){ .done = self->done, .total = self->total, .unit = self->unit };
}

double
asynclit_amounts_get_fraction (const AsyncLitAmounts *self)
{
  double of_part = self->total > 0 ? MIN (self->done / self->total, 1) : -1;

  if (!self->has_parts)
    return of_part;
  if (self->part_is_new || of_part < 0)
    return self->part_begin;
  return MIN (self->part_begin + self->part_weight * of_part, 1);
}

double
asynclit_amounts_get_rate (const AsyncLitAmounts *self, gint64 now)
{
  return self->part_is_new ? 0 : speed_get (&self->speed, now);
}

double
asynclit_amounts_extrapolate (double fraction, double seconds)
{
  if (fraction >= 1)
    return 0;
  if (fraction < MIN_FRACTION || seconds < MIN_SECONDS)
    return -1;
  return seconds * (1 - fraction) / fraction;
}

/* Parts may count different things, at different speeds. Their weights say how long they take. */
double
asynclit_amounts_get_remaining (const AsyncLitAmounts *self, gint64 now)
{
  double fraction = asynclit_amounts_get_fraction (self);
  double rate, remaining;

  if (fraction < 0 || self->begun == 0)
    return -1;
  if (self->has_parts)
    return asynclit_amounts_extrapolate (fraction, seconds_between (self->begun, now));
  if (fraction >= 1)
    return 0;
  if (seconds_between (self->speed.begun, now) < MIN_SECONDS)
    return -1;
  rate = asynclit_amounts_get_rate (self, now);
  remaining = rate > 0 ? (self->total - self->done) / rate : -1;
  return isfinite (remaining) ? remaining : -1;
}
