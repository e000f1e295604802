/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-pool-queue-private.h"

#define N_JOBS 1000

static void
test_first_in_first_out (void)
{
  AsyncLitPoolQueue queue = { 0 };
  AsyncLitJob jobs[3] = { 0 };

  g_assert_null (asynclit_pool_queue_pop (&queue));
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    asynclit_pool_queue_push (&queue, &jobs[i], ASYNCLIT_POOL_PRIORITY_DEFAULT);
  /* The default priority needs nothing else. */
  g_assert_null (queue.mixed);
  g_assert_cmpuint (asynclit_pool_queue_get_length (&queue), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_assert_true (asynclit_pool_queue_pop (&queue) == &jobs[i]);
  g_assert_null (asynclit_pool_queue_pop (&queue));
}

static void
test_priorities (void)
{
  AsyncLitPoolQueue queue = { 0 };
  AsyncLitJob jobs[6] = { 0 };
  static const int priorities[] = { 10, 0, -10, 0, -20, -10 };
  static const guint order[] = { 4, 2, 5, 1, 3, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    asynclit_pool_queue_push (&queue, &jobs[i], priorities[i]);
  g_assert_cmpuint (asynclit_pool_queue_get_length (&queue), ==, 6);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_assert_true (asynclit_pool_queue_pop (&queue) == &jobs[order[i]]);
  g_assert_null (asynclit_pool_queue_pop (&queue));
  g_assert_null (queue.mixed);
}

/* Jobs of one priority stay in order, however many there are. */
static void
test_many (void)
{
  AsyncLitPoolQueue queue = { 0 };
  g_autofree AsyncLitJob *jobs = g_new0 (AsyncLitJob, N_JOBS);
  g_autofree int *priorities = g_new (int, N_JOBS);
  int last = G_MININT;
  AsyncLitJob *before = NULL, *job;
  guint n = 0;

  for (guint i = 0; i < N_JOBS; i++)
    {
      priorities[i] = g_test_rand_int_range (-4, 5);
      asynclit_pool_queue_push (&queue, &jobs[i], priorities[i]);
    }
  while ((job = asynclit_pool_queue_pop (&queue)) != NULL)
    {
      g_assert_cmpint (priorities[job - jobs], >=, last);
      if (priorities[job - jobs] == last)
        g_assert_true (job > before);
      last = priorities[job - jobs];
      before = job;
      n++;
    }
  g_assert_cmpuint (n, ==, N_JOBS);
}

/* How many jobs of the priority @stream are taken, each queued when the one before has been, until
 * one of the priority @waiting is. */
static guint
count_passing (int waiting, int stream)
{
  AsyncLitPoolQueue queue = { 0 };
  AsyncLitJob job = { 0 }, passing[2] = { 0 };
  guint n = 0;

  asynclit_pool_queue_push (&queue, &passing[0], stream);
  asynclit_pool_queue_push (&queue, &job, waiting);
  while (asynclit_pool_queue_pop (&queue) != &job)
    asynclit_pool_queue_push (&queue, &passing[++n % 2], stream);
  g_assert_true (asynclit_pool_queue_pop (&queue) == &passing[n % 2]);
  g_assert_null (queue.mixed);
  return n;
}

/* No job starves, and how many others pass it follows from the two priorities. */
static void
test_ageing (void)
{
  g_assert_cmpuint (count_passing (300, 0), ==, 3001);
  g_assert_cmpuint (count_passing (0, -100), ==, 1000);
  g_assert_cmpuint (count_passing (50, 40), ==, 100);
  g_assert_cmpuint (count_passing (-1, -3), ==, 20);
}

/* Jobs of the default priority age also while they are not the first. */
static void
test_ageing_of_usual (void)
{
  AsyncLitPoolQueue queue = { 0 };
  AsyncLitJob usual[20] = { 0 }, late = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    asynclit_pool_queue_push (&queue, &usual[i], ASYNCLIT_POOL_PRIORITY_DEFAULT);
  asynclit_pool_queue_push (&queue, &late, 1);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    g_assert_true (asynclit_pool_queue_pop (&queue) == &usual[i]);
  g_assert_true (asynclit_pool_queue_pop (&queue) == &late);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool-queue/first-in-first-out", test_first_in_first_out);
  g_test_add_func ("/pool-queue/priorities", test_priorities);
  g_test_add_func ("/pool-queue/many", test_many);
  g_test_add_func ("/pool-queue/ageing", test_ageing);
  g_test_add_func ("/pool-queue/ageing-of-usual", test_ageing_of_usual);
  return g_test_run ();
}
