/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether it pays for a main context to nap for a fixed time instead of sleeping until it is woken.
 *
 * If jobs of a few microseconds complete one after another while all processors are busy, each
 * completion would wake the context, which takes longer than the job. After a nap, the context
 * finds several completions at once. The nap delays the other sources of the context, so it is
 * short. The context only naps after it was woken soon after it fell asleep several times in a row,
 * and in quick succession. Jobs that come one at a time, with pauses in between, would only be
 * late.
 *
 * A nap does not pay if few completions came, or if they stopped coming: then the next ones wait
 * for the context, because each completion submits the next job. After each such nap in a row, the
 * context lets twice as many chances go by. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The length of a nap. The kernel adds about half as much. */
#define NAP_USEC 100
/* The number of wakeups that a nap has to save, and the longest time since the last of them. */
#define MIN_NAP_WAKEUPS 4
#define MAX_NAP_PAUSE_USEC 25
/* A sleep that ends sooner than this is a reason to nap. This many are needed in a row, and each
 * has to end this soon after the one before. */
#define SHORT_SLEEP_USEC 50
#define MIN_SHORT_SLEEPS 8
#define MAX_SLEEP_INTERVAL_USEC (2 * SHORT_SLEEP_USEC)
/* The maximum number of opportunities to skip. */
#define MAX_NAPS_SKIPPED 1023

/* All is guarded by the lock of the wakeup source. */
typedef struct {
  guint n_short_sleeps; /* in a row */
  gint64 slept_until;   /* when the last sleep ended */
  guint n_skipped_last; /* chances, after the last nap that did not pay; 0 if the last one did */
  guint n_to_skip;
  /* During a nap; otherwise 0. */
  gboolean is_napping;
  guint n_wakeups;
  gint64 last_wakeup;
} AsyncLitNap;

/* The context is woken at @now, after it has slept for @usec. */
static inline void
asynclit_nap_note_sleep (AsyncLitNap *self, gint64 usec, gint64 now)
{
  if (now - self->slept_until > MAX_SLEEP_INTERVAL_USEC)
    self->n_short_sleeps = 0;
  self->n_short_sleeps
      = usec <= SHORT_SLEEP_USEC ? MIN (self->n_short_sleeps + 1, MIN_SHORT_SLEEPS) : 0;
  self->slept_until = now;
}

/* The context would be woken if it did not nap. */
static inline void
asynclit_nap_note_wakeup (AsyncLitNap *self, gint64 now)
{
  self->n_wakeups++;
  self->last_wakeup = now;
}

/* There is nothing to do. TRUE if the context should nap. */
static inline gboolean
asynclit_nap_begin (AsyncLitNap *self)
{
  if (self->n_short_sleeps < MIN_SHORT_SLEEPS)
    return FALSE;
  if (self->n_to_skip > 0)
    {
      self->n_to_skip--;
      return FALSE;
    }
  self->is_napping = TRUE;
  return TRUE;
}

static inline void
asynclit_nap_end (AsyncLitNap *self, gint64 now)
{
  gboolean has_paid
      = self->n_wakeups >= MIN_NAP_WAKEUPS && now - self->last_wakeup <= MAX_NAP_PAUSE_USEC;

  if (!has_paid)
    self->n_short_sleeps = 0;
  self->n_skipped_last = has_paid ? 0 : MIN (2 * self->n_skipped_last + 1, MAX_NAPS_SKIPPED);
  self->n_to_skip = self->n_skipped_last;
  self->is_napping = FALSE;
  self->n_wakeups = 0;
  self->slept_until = now;
}

G_END_DECLS
