/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The progress values of a task, in order, numbered from 0. Not thread-safe: the user of the log
 * locks. Values are reference-counted boxes that never change (g_atomic_rc_box). They can therefore
 * be handed out under the lock, and copied and freed, which may call other code, without it.
 *
 * The log has two readers of its own, each with a position: the caller that drains, and the signal.
 * A value is removed when both have passed it, or when there are too many. Other readers pass a
 * number that they keep. Once there is such a reader, values stay until there are too many. */

typedef struct {
  GValue **values; /* ring buffer of `capacity`, a power of two */
  guint capacity;
  guint first; /* index of the oldest value in the ring */
  guint length;
  gsize n_bytes;        /* of the values */
  guint64 first_number; /* number of the oldest value */
  guint64 drained;      /* number of the first value that has not been drained */
  guint64 emitted;      /* number of the first value that has not been emitted */
  guint64 n_dropped;    /* values removed before they were drained */
  gboolean keep;        /* for readers by number */
} AsyncLitProgressLog;

/* A box with a copy of @value. */
GValue *asynclit_progress_value_new (const GValue *value);
void asynclit_progress_value_unref (GValue *value);

/* Takes ownership of the box. If @bound is not 0 and this many values exist, or all of them
 * together are too large, the oldest is removed and returned for the caller to unref. */
GValue *asynclit_progress_log_add (AsyncLitProgressLog *self, GValue *value, guint bound);

/* Removes and returns the oldest value if the log is still too large, otherwise returns NULL. The
 * newest value always stays. */
GValue *asynclit_progress_log_take_excess (AsyncLitProgressLog *self, guint bound);

/* The value with this number, with a reference, or NULL. */
GValue *asynclit_progress_log_ref (AsyncLitProgressLog *self, guint64 number);

/* The number after the newest. */
guint64 asynclit_progress_log_get_end (AsyncLitProgressLog *self);

/* Removes and returns the oldest value if it is not needed any more, otherwise returns NULL. */
GValue *asynclit_progress_log_take_unneeded (AsyncLitProgressLog *self);

/* Frees all values. Called without the lock, when no other thread uses the log. */
void asynclit_progress_log_clear (AsyncLitProgressLog *self);

G_END_DECLS
