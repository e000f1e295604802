/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-enums.h"

G_BEGIN_DECLS

/* How much of a task is done, and what follows from that: fraction, rate and remaining time. Pure
 * arithmetic: its user locks, and passes the time, in microseconds of a clock that never jumps. */

/* An exponentially weighted moving average of a speed. All zero: nothing was measured yet. */
typedef struct {
  gint64 begun;   /* when it began to measure; 0: not yet */
  gint64 sampled; /* when the last sample was taken */
  double done;    /* the amount at that time */
  double mean;    /* weighted sum of the speeds so far, a second */
  double weight;  /* sum of the weights so far: below 1 */
} AsyncLitSpeed;

/* All zero: nothing was reported yet. */
typedef struct {
  double done;
  double total; /* 0: unknown */
  AsyncLitUnit unit;

  gboolean has_parts;
  gboolean part_is_new; /* done and total are still those of the part before */
  double part_begin;    /* the share of the whole that comes before this part */
  double part_weight;   /* the share of this part */

  AsyncLitSpeed speed; /* of done */
  gint64 begun;        /* the first report; 0: none */
} AsyncLitAmounts;

/* TRUE if done or total has changed. */
gboolean asynclit_amounts_set (AsyncLitAmounts *self, double done, double total, gint64 now);
/* @weight: the share of the whole, from 0 to 1. The part before counts as done. */
void asynclit_amounts_begin_part (AsyncLitAmounts *self, double weight, gint64 now);
/* The work begins anew. Done and total stay until they are set. */
void asynclit_amounts_begin_again (AsyncLitAmounts *self);

/* From 0 to 1; -1: unknown. */
double asynclit_amounts_get_fraction (const AsyncLitAmounts *self);
/* A second; 0: unknown. */
double asynclit_amounts_get_rate (const AsyncLitAmounts *self, gint64 now);
/* Seconds; -1: unknown. */
double asynclit_amounts_get_remaining (const AsyncLitAmounts *self, gint64 now);

/* How long the rest takes if a fraction took so many seconds; -1: too early to tell. */
double asynclit_amounts_extrapolate (double fraction, double seconds);

G_END_DECLS
