/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"

extern const BenchPeer bench_peer_asynclit;
extern const BenchPeer bench_peer_asynclit_signal;
extern const BenchPeer bench_peer_gtask;
extern const BenchPeer bench_peer_gthreadpool;

const BenchPeer *const bench_peers[] = {
  &bench_peer_asynclit,
  &bench_peer_asynclit_signal,
  &bench_peer_gtask,
  &bench_peer_gthreadpool,
};
const guint bench_n_peers = G_N_ELEMENTS (bench_peers);

const BenchQuestion bench_questions[] = {
  { "burst", "burst of 10^5", "ns a job", 100000, 1000, bench_measure_burst },
  { "steady", "64 in flight", "ns a job", 100000, 1000, bench_measure_steady },
  { "latency", "latency p50", "ns", 5000, 100, bench_measure_latency },
  { "chain", "chain", "ns a job", 20000, 100, bench_measure_chain },
  { "memory", "memory", "bytes a job", 300000, 10000, bench_measure_memory },
};
const guint bench_n_questions = G_N_ELEMENTS (bench_questions);
