/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-time-private.h"

G_BEGIN_DECLS

/* A binary heap (Williams 1964) of entries, ordered by the time at which they are due. Each entry
 * knows its place, so any entry can be removed without a search. The owner of the heap guards
 * it. */

/* Embedded in the object that is due. All zero is an entry that is in no heap. */
typedef struct {
  gint64 due;
  guint place; /* in the heap, from 1; 0 if the entry is in none */
} AsyncLitDueEntry;

typedef struct {
  GPtrArray *entries; /* of AsyncLitDueEntry; index 0 is unused */
} AsyncLitDueHeap;

void asynclit_due_heap_init (AsyncLitDueHeap *self);
void asynclit_due_heap_clear (AsyncLitDueHeap *self);

/* Both O(log n). */
void asynclit_due_heap_push (AsyncLitDueHeap *self, AsyncLitDueEntry *entry, gint64 due);
void asynclit_due_heap_remove (AsyncLitDueHeap *self, AsyncLitDueEntry *entry);

/* The entry that is due first, or NULL. */
static inline AsyncLitDueEntry *
asynclit_due_heap_peek (const AsyncLitDueHeap *self)
{
  return self->entries->len > 1 ? g_ptr_array_index (self->entries, 1) : NULL;
}

/* The time of the entry that is due first, or ASYNCLIT_NEVER. */
static inline gint64
asynclit_due_heap_get_due (const AsyncLitDueHeap *self)
{
  const AsyncLitDueEntry *first = asynclit_due_heap_peek (self);

  return first != NULL ? first->due : ASYNCLIT_NEVER;
}

G_END_DECLS
