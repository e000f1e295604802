/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"

extern const BenchPeer bench_peer_asynclit;
extern const BenchPeer bench_peer_asynclit_signal;
extern const BenchPeer bench_peer_gtask;
extern const BenchPeer bench_peer_gthreadpool;
extern const BenchPeer bench_peer_gthreadpool_low;
extern const BenchPeer bench_peer_threads;
#ifdef HAVE_LIBUV
extern const BenchPeer bench_peer_libuv;
#endif
#ifdef HAVE_LIBDEX
extern const BenchPeer bench_peer_libdex;
#endif

const BenchPeer *const bench_peers[] = {
  &bench_peer_asynclit,    &bench_peer_asynclit_signal, &bench_peer_gtask,
  &bench_peer_gthreadpool, &bench_peer_gthreadpool_low, &bench_peer_threads,
#ifdef HAVE_LIBUV
  &bench_peer_libuv,
#endif
#ifdef HAVE_LIBDEX
  &bench_peer_libdex,
#endif
};
const guint bench_n_peers = G_N_ELEMENTS (bench_peers);
