/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A hand-written loop over many items: one thread per processor, each with an equal share, and an
 * idle source when the last of them is done. Nothing is faster for items of the same duration. It
 * has no cancellation, and a slow share delays the end. */

#include "bench.h"

typedef struct {
  BenchWork work;
  guint n_items;
  int n_threads; /* atomic: threads that have not ended yet */
  GMainContext *context;
} Items;

typedef struct {
  Items *items;
  guint n_items;
} Share;

static gboolean
on_completed (gpointer items)
{
  g_free (items);
  bench_completed ();
  return G_SOURCE_REMOVE;
}

static gpointer
run_share (gpointer data)
{
  g_autofree Share *share = data;
  Items *items = share->items;

  for (guint i = 0; i < share->n_items; i++)
    items->work ();
  if (g_atomic_int_dec_and_test (&items->n_threads))
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, on_completed, items, NULL);
      g_source_attach (source, items->context);
    }
  return NULL;
}

static void
submit_map (guint n_items, BenchWork work)
{
  guint n_threads = g_get_num_processors ();
  Items *items = g_new (Items, 1);

  *items = (Items){ work, n_items, (int) n_threads, bench_get_context () };
  for (guint i = 0; i < n_threads; i++)
    {
      Share *share = g_new (Share, 1);

      *share = (Share){ items, n_items / n_threads + (i < n_items % n_threads) };
      g_thread_unref (g_thread_new ("share", run_share, share));
    }
}

static void
submit (BenchWork work)
{
  submit_map (1, work);
}

static void
start (guint n_threads)
{
}

const BenchPeer bench_peer_threads = {
  .name = "threads",
  .title = "threads and a loop",
  .only_for = "map",
  .uses_main_context = TRUE,
  .start = start,
  .submit = submit,
  .submit_map = submit_map,
  .iterate = bench_iterate_context,
  .count_threads = g_get_num_processors,
  .count_blockers = g_get_num_processors,
};
