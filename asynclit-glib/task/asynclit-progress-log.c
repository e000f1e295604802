/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-lock-private.h"
#include "asynclit-progress-log-private.h"

#include <string.h>

#define INITIAL_CAPACITY 8
/* The maximum total size of the values, in addition to their maximum number: more than any reader
 * could catch up with. */
#define MAX_BYTES (16 * 1024 * 1024)

/* Only for types that can be large. The size of a variant has to be known already. */
static gsize
value_get_size (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL)
    return strlen (g_value_get_string (value));
  if (G_VALUE_HOLDS_VARIANT (value) && g_value_get_variant (value) != NULL)
    return g_variant_get_size (g_value_get_variant (value));
  if (G_VALUE_HOLDS (value, G_TYPE_BYTES) && g_value_get_boxed (value) != NULL)
    return g_bytes_get_size (g_value_get_boxed (value));
  return 0;
}

GValue *
asynclit_progress_value_new (const GValue *value)
{
  GValue *box = g_atomic_rc_box_new0 (GValue);

  g_assert (G_IS_VALUE (value));
  g_value_init (box, G_VALUE_TYPE (value));
  g_value_copy (value, box);
  value_get_size (box); /* without the lock: asks a variant for its size for the first time */
  return box;
}

void
asynclit_progress_value_unref (GValue *value)
{
  asynclit_tsan_release (value);
  g_atomic_rc_box_release_full (value, (GDestroyNotify) g_value_unset);
}

static GValue **
log_at (AsyncLitProgressLog *self, guint index)
{
  return &self->values[(self->first + index) & (self->capacity - 1)];
}

static void
log_grow (AsyncLitProgressLog *self)
{
  guint capacity = self->capacity == 0 ? INITIAL_CAPACITY : self->capacity * 2;
  GValue **values = g_new0 (GValue *, capacity);

  for (guint i = 0; i < self->length; i++)
    values[i] = *log_at (self, i);
  g_free (self->values);
  self->values = values;
  self->capacity = capacity;
  self->first = 0;
}

static GValue *
log_take_oldest (AsyncLitProgressLog *self)
{
  GValue *oldest = g_steal_pointer (log_at (self, 0));

  self->first = (self->first + 1) & (self->capacity - 1);
  self->length--;
  self->first_number++;
  self->n_bytes -= value_get_size (oldest);
  return oldest;
}

static GValue *
log_drop_oldest (AsyncLitProgressLog *self)
{
  GValue *dropped;

  if (self->first_number >= self->drained)
    self->n_dropped++;
  dropped = log_take_oldest (self);
  self->drained = MAX (self->drained, self->first_number);
  self->emitted = MAX (self->emitted, self->first_number);
  return dropped;
}

GValue *
asynclit_progress_log_take_excess (AsyncLitProgressLog *self, guint bound)
{
  if (bound == 0 || self->n_bytes <= MAX_BYTES || self->length <= 1)
    return NULL;
  return log_drop_oldest (self);
}

GValue *
asynclit_progress_log_add (AsyncLitProgressLog *self, GValue *value, guint bound)
{
  GValue *dropped = NULL;

  g_assert (value != NULL);
  if (bound != 0 && self->length >= bound)
    dropped = log_drop_oldest (self);
  if (self->length == self->capacity)
    log_grow (self);
  self->length++;
  *log_at (self, self->length - 1) = value;
  self->n_bytes += value_get_size (value);
  return dropped != NULL ? dropped : asynclit_progress_log_take_excess (self, bound);
}

GValue *
asynclit_progress_log_ref (AsyncLitProgressLog *self, guint64 number)
{
  if (number < self->first_number || number >= asynclit_progress_log_get_end (self))
    return NULL;
  return g_atomic_rc_box_acquire (*log_at (self, (guint) (number - self->first_number)));
}

guint64
asynclit_progress_log_get_end (AsyncLitProgressLog *self)
{
  return self->first_number + self->length;
}

GValue *
asynclit_progress_log_take_unneeded (AsyncLitProgressLog *self)
{
  if (self->keep || self->length == 0 || self->first_number >= MIN (self->drained, self->emitted))
    return NULL;
  return log_take_oldest (self);
}

void
asynclit_progress_log_clear (AsyncLitProgressLog *self)
{
  for (guint i = 0; i < self->length; i++)
    asynclit_progress_value_unref (*log_at (self, i));
  g_clear_pointer (&self->values, g_free);
  self->capacity = self->length = 0;
  self->n_bytes = 0;
}
