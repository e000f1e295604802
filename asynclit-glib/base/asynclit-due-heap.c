/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-due-heap-private.h"

static AsyncLitDueEntry *
heap_at (AsyncLitDueHeap *self, guint place)
{
  return g_ptr_array_index (self->entries, place);
}

static void
heap_put (AsyncLitDueHeap *self, AsyncLitDueEntry *entry, guint place)
{
  g_ptr_array_index (self->entries, place) = entry;
  entry->place = place;
}

static void
heap_rise (AsyncLitDueHeap *self, AsyncLitDueEntry *entry)
{
  guint place = entry->place;

  while (place > 1 && heap_at (self, place / 2)->due > entry->due)
    {
      heap_put (self, heap_at (self, place / 2), place);
      place /= 2;
    }
  heap_put (self, entry, place);
}

static void
heap_sink (AsyncLitDueHeap *self, AsyncLitDueEntry *entry)
{
  guint place = entry->place;
  guint child;

  for (; (child = place * 2) < self->entries->len; place = child)
    {
      if (child + 1 < self->entries->len
          && heap_at (self, child + 1)->due < heap_at (self, child)->due)
        child++;
      if (heap_at (self, child)->due >= entry->due)
        break;
      heap_put (self, heap_at (self, child), place);
    }
  heap_put (self, entry, place);
}

void
asynclit_due_heap_init (AsyncLitDueHeap *self)
{
  self->entries = g_ptr_array_new ();
  g_ptr_array_add (self->entries, NULL);
}

void
asynclit_due_heap_clear (AsyncLitDueHeap *self)
{
  g_clear_pointer (&self->entries, g_ptr_array_unref);
}

void
asynclit_due_heap_push (AsyncLitDueHeap *self, AsyncLitDueEntry *entry, gint64 due)
{
  entry->due = due;
  entry->place = self->entries->len;
  g_ptr_array_add (self->entries, entry);
  heap_rise (self, entry);
}

void
asynclit_due_heap_remove (AsyncLitDueHeap *self, AsyncLitDueEntry *entry)
{
  guint place = entry->place;
  AsyncLitDueEntry *last = heap_at (self, self->entries->len - 1);

  g_assert (place > 0 && heap_at (self, place) == entry);
  entry->place = 0;
  g_ptr_array_set_size (self->entries, (int) self->entries->len - 1);
  if (last == entry)
    return;
  heap_put (self, last, place);
  heap_rise (self, last);
  heap_sink (self, last);
}
