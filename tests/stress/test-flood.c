/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A flood of progress or of completions, with a frame timer in the same context: the timer
 * continues, the order is kept, and the completion comes last. */

#include "stress-support.h"

#define FRAME_MSEC 16

/* The minimum number of timer calls, as a fraction of the frames in that time. This is not a
 * measurement: only a context that does nothing but dispatch the flood falls below it. */
#define FRAMES_DIVISOR 16
#define FRAMES_DIVISOR_SLOW 160

typedef struct {
  guint frames;
  gint64 begun;
  gint64 last;
  gint64 longest; /* between two frames, in microseconds */
  GSource *source;
} FrameClock;

static gboolean
on_frame (gpointer user_data)
{
  FrameClock *frame_clock = user_data;
  gint64 now = g_get_monotonic_time ();

  frame_clock->frames++;
  frame_clock->longest = MAX (frame_clock->longest, now - frame_clock->last);
  frame_clock->last = now;
  return G_SOURCE_CONTINUE;
}

static void
frame_clock_start (FrameClock *frame_clock)
{
  *frame_clock = (FrameClock){ .begun = g_get_monotonic_time () };
  frame_clock->last = frame_clock->begun;
  frame_clock->source = g_timeout_source_new (FRAME_MSEC);
  g_source_set_static_name (frame_clock->source, "frame clock");
  g_source_set_callback (frame_clock->source, on_frame, frame_clock, NULL);
  g_source_attach (frame_clock->source, NULL);
}

static void
frame_clock_stop (FrameClock *frame_clock)
{
  gint64 lasted = g_get_monotonic_time () - frame_clock->begun;
  guint divisor = stress_is_slow () ? FRAMES_DIVISOR_SLOW : FRAMES_DIVISOR;
  guint expected = (guint) (lasted / 1000 / FRAME_MSEC) / divisor;

  g_test_message ("%u frames in %d ms, the longest gap %d ms", frame_clock->frames,
                  (int) (lasted / 1000), (int) (frame_clock->longest / 1000));
  g_assert_cmpuint (frame_clock->frames, >=, expected);
  g_source_destroy (frame_clock->source);
  g_clear_pointer (&frame_clock->source, g_source_unref);
}

typedef struct {
  guint n;   /* values that the work reports */
  gint next; /* the next value, or a later one if some may be missing */
  guint seen;
  guint handlers; /* that saw the completion */
  gboolean gaps;  /* whether values may be missing */
} Flood;

static void
work_flood (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  Flood *flood = user_data;

  for (guint i = 0; i < flood->n; i++)
    test_report_int (task, (int) i);
  asynclit_task_return_int (task, 1);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer user_data)
{
  Flood *flood = user_data;
  gint number = g_value_get_int (value);

  g_assert_cmpuint (flood->handlers, ==, 0);
  g_assert_cmpint (number, >=, flood->next);
  if (!flood->gaps)
    g_assert_cmpint (number, ==, flood->next);
  flood->next = number + 1;
  flood->seen++;
}

static void
on_completed (AsyncLitTask *task, gpointer user_data)
{
  Flood *flood = user_data;

  g_assert_cmpint (flood->next, ==, (gint) flood->n);
  flood->handlers++;
}

static gboolean
flood_is_over (gpointer user_data)
{
  return ((Flood *) user_data)->handlers == 2;
}

static AsyncLitTask *
start_flood (AsyncLitTaskManager *manager, Flood *flood, AsyncLitExecutor executor,
             guint max_progress)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_executor (task, executor);
  asynclit_task_set_max_progress (task, max_progress);
  asynclit_task_set_func (task, work_flood, flood, NULL);
  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), flood);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), flood);
  asynclit_task_add_callback (task, on_completed, flood, NULL);
  asynclit_task_manager_submit_task (manager, task);
  return task;
}

static void
flood_once (AsyncLitExecutor executor, guint max_progress)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Flood flood = { .n = stress_scale (1000000), .gaps = max_progress > 0 };
  g_autoptr (AsyncLitTask) task = NULL;
  FrameClock frame_clock;

  frame_clock_start (&frame_clock);
  task = start_flood (manager, &flood, executor, max_progress);
  test_iterate_until (NULL, flood_is_over, &flood);
  frame_clock_stop (&frame_clock);

  g_test_message ("%u of %u values seen, %u dropped", flood.seen, flood.n,
                  (guint) asynclit_task_get_progress_dropped (task));
  if (!flood.gaps)
    g_assert_cmpuint (flood.seen, ==, flood.n);
}

static void
test_progress_unbounded (void)
{
  flood_once (ASYNCLIT_EXECUTOR_THREAD_POOL, 0);
}

/* Values may be dropped, the oldest first. The last one arrives, and the order is kept. */
static void
test_progress_bounded (void)
{
  flood_once (ASYNCLIT_EXECUTOR_THREAD_POOL, 1000);
}

static void
test_progress_from_worker (void)
{
  flood_once (ASYNCLIT_EXECUTOR_WORKER, 0);
}

/* Several floods share the context. */
static void
test_progress_of_many (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  Flood floods[20] = { 0 };
  FrameClock frame_clock;

  frame_clock_start (&frame_clock);
  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      floods[i].n = stress_scale (50000);
      g_ptr_array_add (tasks, start_flood (manager, &floods[i], ASYNCLIT_EXECUTOR_THREAD_POOL, 0));
    }
  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    test_iterate_until (NULL, flood_is_over, &floods[i]);
  frame_clock_stop (&frame_clock);
}

/* A task whose completion submits the next one, many times: each dispatch ends in between. */

typedef struct {
  AsyncLitTaskManager *manager;
  guint left;
} Chain;

static void
on_chain_completed (AsyncLitTask *task, gpointer user_data)
{
  Chain *chain = user_data;

  g_object_unref (task);
  if (--chain->left == 0)
    return;
  task = asynclit_task_manager_submit (chain->manager, NULL, test_work_return_int, NULL, NULL);
  asynclit_task_add_callback (task, on_chain_completed, chain, NULL);
}

static gboolean
chain_is_over (gpointer user_data)
{
  return ((Chain *) user_data)->left == 0;
}

static void
test_chain (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  Chain chain = { manager, stress_scale (100000) };
  FrameClock frame_clock;
  AsyncLitTask *task;

  frame_clock_start (&frame_clock);
  task = asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL);
  asynclit_task_add_callback (task, on_chain_completed, &chain, NULL);
  test_iterate_until (NULL, chain_is_over, &chain);
  frame_clock_stop (&frame_clock);
}

/* A burst of completions. */

static void
on_burst_completed (AsyncLitTask *task, gpointer left)
{
  g_object_unref (task);
  --*(guint *) left;
}

static gboolean
none_left (gpointer left)
{
  return *(guint *) left == 0;
}

static void
test_completions (void)
{
  g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
  guint n = stress_scale (300000);
  guint left = n;
  FrameClock frame_clock;

  for (guint i = 0; i < n; i++)
    asynclit_task_add_callback (
        asynclit_task_manager_submit (manager, NULL, test_work_return_int, NULL, NULL),
        on_burst_completed, &left, NULL);

  frame_clock_start (&frame_clock);
  test_iterate_until (NULL, none_left, &left);
  frame_clock_stop (&frame_clock);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flood/progress/unbounded", test_progress_unbounded);
  g_test_add_func ("/flood/progress/bounded", test_progress_bounded);
  g_test_add_func ("/flood/progress/from-worker", test_progress_from_worker);
  g_test_add_func ("/flood/progress/of-many", test_progress_of_many);
  g_test_add_func ("/flood/completions/chain", test_chain);
  g_test_add_func ("/flood/completions/burst", test_completions);
  return g_test_run ();
}
