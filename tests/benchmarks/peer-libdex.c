/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* libdex: a fiber on its thread pool, and a callback through dex_future_then(), which is called in
 * the main thread. (A promise and dex_scheduler_push() instead of the fiber are slower.) It has no
 * progress, and delivers only to the main thread. */

#include "bench.h"

#include <libdex.h>

static DexScheduler *scheduler;

static void
start (guint n_threads)
{
  dex_init ();
  scheduler = dex_thread_pool_scheduler_get_default ();
}

static DexFuture *
run (gpointer work)
{
  ((BenchWork) work) ();
  return dex_future_new_for_boolean (TRUE);
}

static DexFuture *
on_completed (DexFuture *future, gpointer user_data)
{
  if (bench_keeps_handles)
    dex_ref (future);
  bench_completed ();
  return NULL;
}

static void
submit (BenchWork work)
{
  DexFuture *future = dex_scheduler_spawn (scheduler, 0, run, work, NULL);

  dex_future_disown (dex_future_then (future, on_completed, NULL, NULL));
}

/* The number is not available, but there is at least one. */
static guint
count_threads (void)
{
  return 1;
}

/* Enough for each of its threads. */
static guint
count_blockers (void)
{
  return 4 * g_get_num_processors ();
}

const BenchPeer bench_peer_libdex = {
  .name = "libdex",
  .title = "libdex",
  .uses_main_context = TRUE,
  .has_handles = TRUE,
  .start = start,
  .submit = submit,
  .iterate = bench_iterate_context,
  .count_threads = count_threads,
  .count_blockers = count_blockers,
};
