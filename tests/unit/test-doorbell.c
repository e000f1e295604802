/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-doorbell-private.h"

#include <poll.h>

typedef struct {
  AsyncLitDoorbell bell; /* its lock guards n_pending */
  guint n_pending;
  guint n_answers;
  guint n_per_answer; /* more than this is left for the next time */
  gboolean gone;
} Counter;

static guint n_cleared;

static void
counter_init (AsyncLitDoorbell *bell)
{
  ((Counter *) bell)->n_per_answer = G_MAXUINT;
}

static gboolean
counter_is_pending_locked (AsyncLitDoorbell *bell)
{
  return ((Counter *) bell)->n_pending > 0;
}

static gboolean
counter_answer (AsyncLitDoorbell *bell)
{
  Counter *self = (Counter *) bell;
  gboolean more;

  asynclit_lock (&bell->lock);
  self->n_pending -= MIN (self->n_pending, self->n_per_answer);
  more = self->n_pending > 0;
  asynclit_unlock (&bell->lock);
  self->n_answers++;
  return more;
}

static void
counter_context_gone (AsyncLitDoorbell *bell)
{
  ((Counter *) bell)->gone = TRUE;
}

static void
counter_clear (AsyncLitDoorbell *bell)
{
  n_cleared++;
}

static const AsyncLitDoorbellClass counter_class = {
  .name = "[test] counter",
  .instance_size = sizeof (Counter),
  .init = counter_init,
  .is_pending_locked = counter_is_pending_locked,
  .answer = counter_answer,
  .context_gone = counter_context_gone,
  .clear = counter_clear,
};

static Counter *
counter_get (GMainContext *context)
{
  return (Counter *) asynclit_doorbell_get (&counter_class, context, G_PRIORITY_DEFAULT);
}

static void
counter_ring (Counter *self)
{
  asynclit_lock (&self->bell.lock);
  self->n_pending++;
  asynclit_doorbell_unlock_and_ring (&self->bell);
}

/* Whether the descriptor was written and not read yet. */
static gboolean
counter_is_written (Counter *self)
{
  struct pollfd fd = { .fd = self->bell.fd, .events = POLLIN };

  return poll (&fd, 1, 0) == 1;
}

static void
test_busy_context_is_not_woken (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Counter *counter = counter_get (context);

  /* It has not looked yet, so it will. */
  counter_ring (counter);
  g_assert_false (counter_is_written (counter));
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (counter->n_answers, ==, 1);
  asynclit_doorbell_unref (&counter->bell);
}

static void
test_sleeping_context_is_woken_once (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Counter *counter = counter_get (context);
  int priority;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  g_assert_true (counter->bell.armed);
  counter_ring (counter);
  g_assert_true (counter_is_written (counter));
  g_assert_false (counter->bell.armed);
  counter_ring (counter);
  g_main_context_release (context);

  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (counter->n_pending, ==, 0);
  /* The descriptor does not keep the context awake. */
  g_main_context_iteration (context, FALSE);
  g_assert_false (counter_is_written (counter));
  asynclit_doorbell_unref (&counter->bell);
}

static gboolean
count (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

/* Between two answers that stopped early, a source of lower priority gets its turn. */
static void
test_sits_out (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) idle = g_idle_source_new ();
  Counter *counter = counter_get (context);
  guint n_idle = 0;

  g_source_set_callback (idle, count, &n_idle, NULL);
  g_source_attach (idle, context);
  counter->n_per_answer = 1;
  for (guint i = 0; i < 10; i++)
    counter_ring (counter);
  while (counter->n_pending > 0)
    g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (counter->n_answers, ==, 10);
  g_assert_cmpuint (n_idle, >=, 9);
  asynclit_doorbell_unref (&counter->bell);
}

static void
test_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  Counter *counter = counter_get (context);
  guint n_before = n_cleared;

  g_assert_false (asynclit_doorbell_is_closed (&counter->bell));
  g_main_context_unref (context);
  g_assert_true (asynclit_doorbell_is_closed (&counter->bell));
  g_assert_true (counter->gone);
  counter_ring (counter);
  g_assert_cmpuint (n_cleared, ==, n_before);
  asynclit_doorbell_unref (&counter->bell);
  g_assert_cmpuint (n_cleared, ==, n_before + 1);
}

/* A context that comes to stand where another stood has a doorbell of its own. */
static void
test_address_used_again (void)
{
  Counter *before = NULL;

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      Counter *counter = counter_get (context);

      g_assert_true (counter != before);
      g_assert_false (asynclit_doorbell_is_closed (&counter->bell));
      g_assert_cmpuint (counter->n_answers, ==, 0);
      counter_ring (counter);
      g_main_context_iteration (context, FALSE);
      if (before != NULL)
        asynclit_doorbell_unref (&before->bell);
      before = counter;
    }
  asynclit_doorbell_unref (&before->bell);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doorbell/busy-context-is-not-woken", test_busy_context_is_not_woken);
  g_test_add_func ("/doorbell/sleeping-context-is-woken-once", test_sleeping_context_is_woken_once);
  g_test_add_func ("/doorbell/sits-out", test_sits_out);
  g_test_add_func ("/doorbell/context-gone", test_context_gone);
  g_test_add_func ("/doorbell/address-used-again", test_address_used_again);
  return g_test_run ();
}
