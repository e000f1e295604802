/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The progress values of a task, in order, each with a number that counts from 0. Not locked:
 * its user locks. Values are counted boxes that never change (g_atomic_rc_box), so that what is
 * in the log can be handed out under the lock, while what copying or freeing a value may call
 * happens without.
 *
 * There are two readers of its own, each with a position: the one who drains, and the signal.
 * A value goes when both have passed it, or when there are too many. Others read by a number that
 * they keep; once somebody does, values stay until there are too many. */

typedef struct {
  GValue **values; /* ring of `capacity`, a power of two */
  guint capacity;
  guint first; /* place of the oldest in the ring */
  guint length;
  gsize n_bytes;        /* of the values */
  guint64 first_number; /* number of the oldest */
  guint64 drained;      /* number of the first that was not drained yet */
  guint64 emitted;      /* number of the first that was not emitted yet */
  guint64 n_dropped;    /* went before they were drained */
  gboolean keep;        /* for those who read by number */
} AsyncLitProgressLog;

/* A box with a copy of @value. */
GValue *asynclit_progress_value_new (const GValue *value);
void asynclit_progress_value_unref (GValue *value);

/* Takes the box over. If @bound is not 0, and there were as many, or all of them together are too
 * large, the oldest goes: it is returned for the caller to unref. */
GValue *asynclit_progress_log_add (AsyncLitProgressLog *self, GValue *value, guint bound);

/* Takes the oldest if they are still too large then; else NULL. The newest stays, however large. */
GValue *asynclit_progress_log_take_excess (AsyncLitProgressLog *self, guint bound);

/* The value of this number with a reference, or NULL. */
GValue *asynclit_progress_log_ref (AsyncLitProgressLog *self, guint64 number);

/* The number after the newest. */
guint64 asynclit_progress_log_get_end (AsyncLitProgressLog *self);

/* Takes the oldest value out if nobody needs it any more, else NULL. */
GValue *asynclit_progress_log_take_unneeded (AsyncLitProgressLog *self);

/* Frees all; without the lock, when nobody else has the log. */
void asynclit_progress_log_clear (AsyncLitProgressLog *self);

G_END_DECLS
