/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* libuv: uv_queue_work(), with a loop for each submitting thread. It has no progress, which needs a
 * list and a uv_async_t, which may coalesce. */

#include "bench.h"

#include <stdlib.h>
#include <uv.h>

#define THREADS_VARIABLE "UV_THREADPOOL_SIZE"
#define DEFAULT_THREADS 4

typedef struct {
  uv_work_t request;
  BenchWork work; /* NULL for a reporter */
  guint n_values;
} Job;

typedef struct _Value Value;
struct _Value {
  guint number;
  Value *next;
};

static __thread uv_loop_t *loop;

static struct {
  uv_async_t async; /* also keeps the loop waiting while there is nothing else */
  uv_mutex_t lock;
  Value *first;
  Value **end;
} values;

static Value *
take_values (void)
{
  Value *taken;

  uv_mutex_lock (&values.lock);
  taken = values.first;
  values.first = NULL;
  values.end = &values.first;
  uv_mutex_unlock (&values.lock);
  return taken;
}

static void
on_values (uv_async_t *async)
{
  Value *value = take_values ();

  while (value != NULL)
    {
      Value *next = value->next;

      bench_arrived ();
      free (value);
      value = next;
    }
}

static void
report (guint number)
{
  Value *value = malloc (sizeof *value);

  *value = (Value){ number, NULL };
  uv_mutex_lock (&values.lock);
  *values.end = value;
  values.end = &value->next;
  uv_mutex_unlock (&values.lock);
  uv_async_send (&values.async);
}

static void
start (guint n_threads)
{
  g_autofree char *text = g_strdup_printf ("%u", n_threads);

  if (n_threads > 0)
    g_setenv (THREADS_VARIABLE, text, TRUE);
  loop = uv_default_loop ();
  values.end = &values.first;
  uv_mutex_init (&values.lock);
  uv_async_init (loop, &values.async, on_values);
}

static void
start_producer (void)
{
  loop = malloc (sizeof *loop);
  uv_loop_init (loop);
}

static void
stop_producer (void)
{
  uv_loop_close (loop);
  free (loop);
}

static void
run (uv_work_t *request)
{
  Job *job = (Job *) request;

  if (job->work != NULL)
    job->work ();
  for (guint i = 0; i < job->n_values; i++)
    report (i);
}

static void
on_completed (uv_work_t *request, int status)
{
  free (request);
  bench_completed ();
}

static void
queue (BenchWork work, guint n_values)
{
  Job *job = malloc (sizeof *job);

  job->work = work;
  job->n_values = n_values;
  uv_queue_work (loop, &job->request, run, on_completed);
}

static void
submit (BenchWork work)
{
  queue (work, 0);
}

static void
submit_reporter (guint n_values)
{
  queue (NULL, n_values);
}

static void
iterate (void)
{
  uv_run (loop, UV_RUN_ONCE);
}

static guint
count_threads (void)
{
  const char *chosen = g_getenv (THREADS_VARIABLE);

  return chosen != NULL ? (guint) atoi (chosen) : DEFAULT_THREADS;
}

const BenchPeer bench_peer_libuv = {
  .name = "libuv",
  .title = "libuv",
  .can_set_threads = TRUE,
  .start = start,
  .start_producer = start_producer,
  .stop_producer = stop_producer,
  .submit = submit,
  .submit_reporter = submit_reporter,
  .iterate = iterate,
  .count_threads = count_threads,
  .count_blockers = count_threads,
};
