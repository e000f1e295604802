/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The resources that the process has used. */

#include "bench.h"

#include <linux/perf_event.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's number for the event that a system call begins; reading it needs permissions and a
 * tracefs. */
#define TRACEPOINT "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id"

static int system_calls_fd = -1;

/* Counting slows down each system call, so it is never done in runs that measure time. */
void
bench_usage_count_system_calls (void)
{
  struct perf_event_attr attr;
  g_autofree char *id = NULL;

  if (!g_file_get_contents (TRACEPOINT, &id, NULL, NULL))
    return;
  memset (&attr, 0, sizeof attr);
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof attr;
  attr.config = g_ascii_strtoull (id, NULL, 10);
  attr.inherit = 1; /* includes threads that are started later */
  system_calls_fd = (int) syscall (SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static double
read_system_calls (void)
{
  guint64 count;

  if (system_calls_fd < 0 || read (system_calls_fd, &count, sizeof count) != sizeof count)
    return -1;
  return (double) count;
}

BenchUsage
bench_usage_now (void)
{
  struct rusage usage;
  struct timespec cpu;

  getrusage (RUSAGE_SELF, &usage);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return (BenchUsage){
    .wall = bench_now (),
    .cpu = cpu.tv_sec * 1e9 + cpu.tv_nsec,
    .sleeps = (double) usage.ru_nvcsw,
    .system_calls = read_system_calls (),
  };
}

void
bench_yield_usage (const BenchUsage *since, guint jobs)
{
  BenchUsage now = bench_usage_now ();

  bench_yield ("wall", (now.wall - since->wall) / jobs);
  bench_yield ("cpu", (now.cpu - since->cpu) / jobs);
  bench_yield ("sleeps", (now.sleeps - since->sleeps) / jobs);
  if (now.system_calls >= 0)
    bench_yield ("system-calls", (now.system_calls - since->system_calls) / jobs);
}

double
bench_get_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  malloc_trim (0);
  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  if (text == NULL || sscanf (text, "%lu %lu", &size, &resident) != 2)
    g_error ("cannot read /proc/self/statm");
  return (double) resident * (double) sysconf (_SC_PAGESIZE);
}
