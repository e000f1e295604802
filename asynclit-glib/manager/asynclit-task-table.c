/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Open addressing with linear probing. Serials are consecutive numbers; multiplicative hashing
 * spreads them evenly (Knuth, The Art of Computer Programming, volume 3, section 6.4). */

#include "config.h"

#include "asynclit-task-table-private.h"

/* 2^64 divided by the golden ratio. */
#define MULTIPLIER G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)
#define MIN_BITS 4
/* How far ahead of its use a task is fetched into the processor's cache. */
#define PREFETCH 16

/* The mark of a removed task: the search for others goes on. */
#define REMOVED ((AsyncLitTask *) &removed)
static const char removed;

static gsize
table_get_size (const AsyncLitTaskTable *self)
{
  return self->slots != NULL ? (gsize) 1 << self->n_bits : 0;
}

static gsize
table_get_first (const AsyncLitTaskTable *self, guint64 serial)
{
  return (gsize) ((serial * MULTIPLIER) >> (64 - self->n_bits));
}

static gsize
table_get_next (const AsyncLitTaskTable *self, gsize i)
{
  return (i + 1) & (((gsize) 1 << self->n_bits) - 1);
}

static gboolean
slot_is_task (AsyncLitTask *slot)
{
  return slot != NULL && slot != REMOVED;
}

/* There is a free slot. */
static void
table_insert (AsyncLitTaskTable *self, AsyncLitTask *task)
{
  gsize i = table_get_first (self, task->serial);

  while (slot_is_task (self->slots[i]))
    i = table_get_next (self, i);
  self->n_used += self->slots[i] == NULL;
  self->slots[i] = task;
}

/* Removes the marks, and makes the table twice as large as needed, so that many more tasks can be
 * added before the next time. With a million tasks, to wait for each one's serial would take long
 * enough to be seen. */
static void
table_rebuild (AsyncLitTaskTable *self)
{
  AsyncLitTaskTable old = *self;
  gsize n_old = table_get_size (&old);

  self->n_bits = MIN_BITS;
  while ((gsize) 1 << self->n_bits < 2 * ((gsize) self->n_tasks + 1))
    self->n_bits++;
  self->slots = g_new0 (AsyncLitTask *, (gsize) 1 << self->n_bits);
  self->n_used = 0;
  for (gsize i = 0; i < n_old; i++)
    {
      if (i + PREFETCH < n_old && slot_is_task (old.slots[i + PREFETCH]))
        __builtin_prefetch (&old.slots[i + PREFETCH]->serial);
      if (slot_is_task (old.slots[i]))
        table_insert (self, old.slots[i]);
    }
  g_free (old.slots);
}

void
asynclit_task_table_add (AsyncLitTaskTable *self, AsyncLitTask *task)
{
  /* At most seven of eight slots are used, so that searches are short. */
  if (self->n_used >= table_get_size (self) / 8 * 7)
    table_rebuild (self);
  table_insert (self, task);
  self->n_tasks++;
}

void
asynclit_task_table_remove (AsyncLitTaskTable *self, AsyncLitTask *task)
{
  gsize i = table_get_first (self, task->serial);

  while (self->slots[i] != task)
    i = table_get_next (self, i);
  self->n_tasks--;
  if (self->slots[table_get_next (self, i)] != NULL)
    {
      self->slots[i] = REMOVED;
      return;
    }
  /* No search goes past this slot, nor past marks before it. */
  do
    {
      self->slots[i] = NULL;
      self->n_used--;
      i = (i - 1) & (table_get_size (self) - 1);
    }
  while (self->slots[i] == REMOVED);
}

AsyncLitTask *
asynclit_task_table_lookup (const AsyncLitTaskTable *self, guint64 serial)
{
  gsize i;

  if (self->slots == NULL)
    return NULL;
  for (i = table_get_first (self, serial); self->slots[i] != NULL; i = table_get_next (self, i))
    if (self->slots[i] != REMOVED && self->slots[i]->serial == serial)
      return self->slots[i];
  return NULL;
}

AsyncLitTask *
asynclit_task_table_next (const AsyncLitTaskTable *self, gsize *position)
{
  while (*position < table_get_size (self))
    {
      AsyncLitTask *slot = self->slots[(*position)++];

      if (slot_is_task (slot))
        return slot;
    }
  return NULL;
}

void
asynclit_task_table_clear (AsyncLitTaskTable *self)
{
  g_clear_pointer (&self->slots, g_free);
  *self = (AsyncLitTaskTable){ 0 };
}
