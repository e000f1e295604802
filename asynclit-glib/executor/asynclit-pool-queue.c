/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-pool-queue-private.h"

/* A job whose priority is not the default one. */
typedef struct {
  gint64 key;     /* the smaller, the sooner */
  guint64 number; /* jobs with equal keys run in this order */
  AsyncLitJob *job;
} Entry;

/* Consecutive jobs of the default priority with the same key. */
typedef struct {
  gint64 key;
  guint n_jobs;
} Stretch;

struct _AsyncLitMixedJobs {
  GArray *heap;     /* of Entry */
  GQueue stretches; /* of Stretch, in the order of the list */
  guint64 n_pushed; /* to the heap */
  gint64 n_taken;   /* jobs of any priority */
};

static Entry *
entry_at (const AsyncLitMixedJobs *self, guint i)
{
  return &g_array_index (self->heap, Entry, i);
}

static gboolean
is_before (const AsyncLitMixedJobs *self, guint a, guint b)
{
  const Entry *x = entry_at (self, a), *y = entry_at (self, b);

  return x->key < y->key || (x->key == y->key && x->number < y->number);
}

static void
swap (AsyncLitMixedJobs *self, guint a, guint b)
{
  Entry kept = *entry_at (self, a);

  *entry_at (self, a) = *entry_at (self, b);
  *entry_at (self, b) = kept;
}

static void
move_up (AsyncLitMixedJobs *self, guint i)
{
  for (guint parent; i > 0 && is_before (self, i, parent = (i - 1) / 2); i = parent)
    swap (self, i, parent);
}

static void
move_down (AsyncLitMixedJobs *self)
{
  guint i = 0, child;

  while ((child = 2 * i + 1) < self->heap->len)
    {
      if (child + 1 < self->heap->len && is_before (self, child + 1, child))
        child++;
      if (!is_before (self, child, i))
        return;
      swap (self, i, child);
      i = child;
    }
}

static void
push_other (AsyncLitMixedJobs *self, AsyncLitJob *job, int priority)
{
  Entry entry = { (gint64) priority * ASYNCLIT_POOL_AGEING + self->n_taken, self->n_pushed++, job };

  g_array_append_val (self->heap, entry);
  move_up (self, self->heap->len - 1);
}

static AsyncLitJob *
pop_other (AsyncLitMixedJobs *self)
{
  AsyncLitJob *job = entry_at (self, 0)->job;

  g_array_remove_index_fast (self->heap, 0);
  if (self->heap->len > 0)
    move_down (self);
  return job;
}

/* Called when jobs have been added to the list. */
static void
note_usual (AsyncLitMixedJobs *self, guint n_jobs)
{
  Stretch *last = g_queue_peek_tail (&self->stretches);

  if (last == NULL || last->key != self->n_taken)
    {
      last = g_new (Stretch, 1);
      *last = (Stretch){ self->n_taken, 0 };
      g_queue_push_tail (&self->stretches, last);
    }
  last->n_jobs += n_jobs;
}

static void
note_usual_taken (AsyncLitMixedJobs *self)
{
  Stretch *first = g_queue_peek_head (&self->stretches);

  if (--first->n_jobs == 0)
    g_free (g_queue_pop_head (&self->stretches));
}

static gboolean
is_usual_next (const AsyncLitMixedJobs *self)
{
  const Stretch *first = self->stretches.head != NULL ? self->stretches.head->data : NULL;

  return self->heap->len == 0 || (first != NULL && first->key <= entry_at (self, 0)->key);
}

static AsyncLitMixedJobs *
mixed_jobs_new (guint n_usual)
{
  AsyncLitMixedJobs *self = g_new0 (AsyncLitMixedJobs, 1);

  self->heap = g_array_new (FALSE, FALSE, sizeof (Entry));
  if (n_usual > 0)
    note_usual (self, n_usual);
  return self;
}

static void
mixed_jobs_free (AsyncLitMixedJobs *self)
{
  g_array_unref (self->heap);
  g_free (self);
}

void
asynclit_pool_queue_push_mixed (AsyncLitPoolQueue *self, AsyncLitJob *job, int priority)
{
  if (self->mixed == NULL)
    self->mixed = mixed_jobs_new (self->usual.length);
  if (priority == ASYNCLIT_POOL_PRIORITY_DEFAULT)
    {
      asynclit_job_queue_push (&self->usual, job);
      note_usual (self->mixed, 1);
      return;
    }
  push_other (self->mixed, job, priority);
  self->n_others++;
}

/* The queue is not empty, or `mixed` would be NULL. */
AsyncLitJob *
asynclit_pool_queue_pop_mixed (AsyncLitPoolQueue *self)
{
  AsyncLitJob *job;

  self->mixed->n_taken++;
  if (is_usual_next (self->mixed))
    {
      job = asynclit_job_queue_pop (&self->usual);
      note_usual_taken (self->mixed);
    }
  else
    {
      job = pop_other (self->mixed);
      self->n_others--;
    }
  if (asynclit_pool_queue_get_length (self) == 0)
    g_clear_pointer (&self->mixed, mixed_jobs_free);
  return job;
}
