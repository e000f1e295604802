/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-clock-private.h"
#include "asynclit-timer-queue-private.h"

#define N_TIMERS 500

typedef struct {
  AsyncLitTimer timer;
  guint number;
} NumberedTimer;

static gint64 manual_now;
static GArray *fired; /* of guint: the numbers, in order */

/* Queues live as long as the process. */
static AsyncLitTimerQueue *
queue_new (GMainContext *context)
{
  static GSList *queues;

  queues = g_slist_prepend (queues, asynclit_timer_queue_new (context));
  return queues->data;
}

static gint64
get_manual_now (void)
{
  return manual_now;
}

static void
note_fired (AsyncLitTimer *timer)
{
  g_array_append_val (fired, ((NumberedTimer *) timer)->number);
}

static void
timers_init (NumberedTimer *timers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      asynclit_timer_init (&timers[i].timer, note_fired);
      timers[i].number = i;
    }
}

static GMainContext *
set_up (void)
{
  fired = g_array_new (FALSE, FALSE, sizeof (guint));
  manual_now = 0;
  asynclit_clock_replace (get_manual_now);
  return g_main_context_new ();
}

static void
tear_down (GMainContext *context)
{
  asynclit_clock_replace (NULL);
  g_main_context_unref (context);
  g_clear_pointer (&fired, g_array_unref);
}

static void
advance_to (GMainContext *context, gint64 now)
{
  manual_now = now;
  while (g_main_context_iteration (context, FALSE))
    ;
}

/* A permutation of 0 to N_TIMERS - 1, which is the same each time. */
static gint64
scrambled (guint i)
{
  return (gint64) ((i * 211u) % N_TIMERS);
}

static void
test_order (void)
{
  GMainContext *context = set_up ();
  AsyncLitTimerQueue *queue = queue_new (context);
  NumberedTimer timers[N_TIMERS];

  timers_init (timers, N_TIMERS);
  for (guint i = 0; i < N_TIMERS; i++)
    g_assert_true (asynclit_timer_queue_start (queue, &timers[i].timer, 1 + scrambled (i)));
  g_assert_true (asynclit_timer_queue_is_running (queue));
  advance_to (context, 0);
  g_assert_cmpuint (fired->len, ==, 0);
  advance_to (context, 100);
  g_assert_cmpuint (fired->len, ==, 100);
  advance_to (context, N_TIMERS);
  g_assert_cmpuint (fired->len, ==, N_TIMERS);
  for (guint i = 0; i < N_TIMERS; i++)
    g_assert_cmpint (scrambled (g_array_index (fired, guint, i)), ==, i);
  g_assert_false (asynclit_timer_queue_is_running (queue));
  tear_down (context);
}

static void
test_stop (void)
{
  GMainContext *context = set_up ();
  AsyncLitTimerQueue *queue = queue_new (context);
  NumberedTimer timers[N_TIMERS];

  timers_init (timers, N_TIMERS);
  for (guint i = 0; i < N_TIMERS; i++)
    asynclit_timer_queue_start (queue, &timers[i].timer, 1 + scrambled (i));
  for (guint i = 0; i < N_TIMERS; i += 3)
    g_assert_true (asynclit_timer_queue_stop (queue, &timers[i].timer));
  g_assert_false (asynclit_timer_queue_stop (queue, &timers[0].timer));
  advance_to (context, N_TIMERS);
  for (guint i = 0; i < fired->len; i++)
    {
      guint number = g_array_index (fired, guint, i);

      g_assert_cmpuint (number % 3, !=, 0);
      if (i > 0)
        g_assert_cmpint (scrambled (g_array_index (fired, guint, i - 1)), <, scrambled (number));
    }
  g_assert_cmpuint (fired->len, ==, N_TIMERS - (N_TIMERS + 2) / 3);
  g_assert_false (asynclit_timer_queue_stop (queue, &timers[1].timer));
  tear_down (context);
}

/* A thread that is about to start a timer learns if another thread has stopped it. */
static void
test_stop_before_start (void)
{
  GMainContext *context = set_up ();
  AsyncLitTimerQueue *queue = queue_new (context);
  NumberedTimer timer;

  timers_init (&timer, 1);
  g_assert_false (asynclit_timer_queue_stop (queue, &timer.timer));
  g_assert_false (asynclit_timer_queue_start (queue, &timer.timer, 1));
  advance_to (context, 10);
  g_assert_cmpuint (fired->len, ==, 0);
  tear_down (context);
}

static void
quit (AsyncLitTimer *timer)
{
  manual_now = 1;
}

/* With the real clock, the context sleeps exactly as long as necessary. */
static void
test_real_clock (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AsyncLitTimerQueue *queue = queue_new (context);
  gint64 due = asynclit_clock_now () + 20000;
  AsyncLitTimer timer;

  manual_now = 0;
  asynclit_timer_init (&timer, quit);
  asynclit_timer_queue_start (queue, &timer, due);
  while (manual_now == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (asynclit_clock_now (), >=, due);
}

/* The two clocks have heaps of their own; each timer is due on its clock. */
static void
test_slept (void)
{
  GMainContext *context = set_up ();
  AsyncLitTimerQueue *queue = queue_new (context);
  NumberedTimer timers[3];

  timers_init (timers, G_N_ELEMENTS (timers));
  asynclit_timer_init_boot (&timers[1].timer, note_fired);
  asynclit_timer_init_boot (&timers[2].timer, note_fired);
  for (guint i = 0; i < G_N_ELEMENTS (timers); i++)
    g_assert_true (asynclit_timer_queue_start (queue, &timers[i].timer, 100));
  g_assert_true (asynclit_timer_queue_stop (queue, &timers[2].timer));
  asynclit_clock_set_slept (90);
  advance_to (context, 9);
  g_assert_cmpuint (fired->len, ==, 0);
  advance_to (context, 10);
  g_assert_cmpuint (fired->len, ==, 1);
  g_assert_cmpuint (g_array_index (fired, guint, 0), ==, 1);
  advance_to (context, 99);
  g_assert_cmpuint (fired->len, ==, 1);
  advance_to (context, 100);
  g_assert_cmpuint (fired->len, ==, 2);
  g_assert_false (asynclit_timer_queue_is_running (queue));
  asynclit_clock_set_slept (0);
  tear_down (context);
}

/* The file descriptor wakes the context in time, and never for a timer that was stopped. */
static void
test_real_boot_clock (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AsyncLitTimerQueue *queue = queue_new (context);
  gint64 due = asynclit_clock_boot_now () + 50000;
  AsyncLitTimer timer, stopped;
  guint n_iterations = 0;

  manual_now = 0;
  asynclit_timer_init_boot (&timer, quit);
  asynclit_timer_init_boot (&stopped, quit);
  asynclit_timer_queue_start (queue, &stopped, asynclit_clock_boot_now () + 5000);
  g_main_context_iteration (context, FALSE);
  asynclit_timer_queue_stop (queue, &stopped);
  asynclit_timer_queue_start (queue, &timer, due);
  for (; manual_now == 0; n_iterations++)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (asynclit_clock_boot_now (), >=, due);
  g_assert_cmpuint (n_iterations, <, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timer-queue/order", test_order);
  g_test_add_func ("/timer-queue/stop", test_stop);
  g_test_add_func ("/timer-queue/stop-before-start", test_stop_before_start);
  g_test_add_func ("/timer-queue/real-clock", test_real_clock);
  g_test_add_func ("/timer-queue/slept", test_slept);
  g_test_add_func ("/timer-queue/real-boot-clock", test_real_boot_clock);
  return g_test_run ();
}
