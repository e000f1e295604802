/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

G_BEGIN_DECLS

/* The amounts of a task, and what follows from them: fraction, rate and remaining time. This is
 * pure arithmetic: the caller holds a lock, and passes the time, in microseconds of a monotonic
 * clock. */

/* An exponentially weighted moving average of a speed. All zero: no measurement yet. */
typedef struct {
  gint64 begun;   /* when the measurement began; 0: not yet */
  gint64 sampled; /* when the last sample was taken */
  double done;    /* the amount at that time */
  double mean;    /* weighted sum of the speeds so far, per second */
  double weight;  /* sum of the weights so far; less than 1 */
} AsyncLitSpeed;

/* All zero: no report yet. */
typedef struct {
  double done;
  double total; /* 0: unknown */
  AsyncLitUnit unit;

  gboolean has_parts;
  gboolean part_is_new; /* done and total still belong to the previous part */
  double part_begin;    /* the share of the previous parts */
  double part_weight;   /* the share of this part */

  AsyncLitSpeed speed; /* of done */
  gint64 begun;        /* time of the first report; 0: none yet */
} AsyncLitAmounts;

/* Returns whether done or total changed. */
gboolean asynclit_amounts_set (AsyncLitAmounts *self, double done, double total, gint64 now);
/* @weight: the share of the new part, from 0 to 1. The previous part counts as done. */
void asynclit_amounts_begin_part (AsyncLitAmounts *self, double weight, gint64 now);
/* For another attempt. Done and total stay until they are set. */
void asynclit_amounts_begin_again (AsyncLitAmounts *self);

/* From 0 to 1; -1: unknown. */
double asynclit_amounts_get_fraction (const AsyncLitAmounts *self);
/* Per second; 0: unknown. */
double asynclit_amounts_get_rate (const AsyncLitAmounts *self, gint64 now);
/* In seconds; -1: unknown. */
double asynclit_amounts_get_remaining (const AsyncLitAmounts *self, gint64 now);

/* How long the rest takes if @fraction took @seconds; -1: too early to tell. */
double asynclit_amounts_extrapolate (double fraction, double seconds);

G_END_DECLS
