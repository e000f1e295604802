/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-notifier-private.h"

/* Something with news, and references of its own like a task's. */
typedef struct {
  AsyncLitNotice notice;
  int refs;     /* atomic */
  int holds;    /* atomic: of the notice and of others */
  guint left;   /* how many more deliveries there are */
  guint n_delivered;
  guint n_released;
  gboolean awaited;
} Item;

enum {
  HOLD_NOTICE = 1 << 0,
  HOLD_OTHER = 1 << 1,
};

static guint n_freed;

static Item *
item_from_notice (AsyncLitNotice *notice)
{
  return (Item *) notice;
}

static void
item_unref (Item *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  /* Another time if it was once revived on another thread; nobody does that now. */
  while (asynclit_notice_remove (&self->notice))
    ;
  asynclit_notice_clear (&self->notice);
  g_free (self);
  n_freed++;
}

static gboolean
item_hold_locked (AsyncLitNotice *notice)
{
  if (g_atomic_int_get (&item_from_notice (notice)->holds) == 0)
    return FALSE;
  g_atomic_int_or ((guint *) &item_from_notice (notice)->holds, HOLD_NOTICE);
  return TRUE;
}

static void
item_revive (AsyncLitNotice *notice)
{
  g_atomic_int_inc (&item_from_notice (notice)->refs);
  g_atomic_int_or ((guint *) &item_from_notice (notice)->holds, HOLD_NOTICE);
}

static gboolean
item_drop_locked (AsyncLitNotice *notice)
{
  return g_atomic_int_and ((guint *) &item_from_notice (notice)->holds, ~(guint) HOLD_NOTICE)
         == HOLD_NOTICE;
}

static void
item_notice_unref (AsyncLitNotice *notice)
{
  item_unref (item_from_notice (notice));
}

static gboolean
item_deliver (AsyncLitNotice *notice, gint64 end)
{
  Item *self = item_from_notice (notice);

  self->n_delivered++;
  if (self->left > 0)
    self->left--;
  return self->left > 0;
}

static AsyncLitNews
item_release (AsyncLitNotice *notice)
{
  Item *self = item_from_notice (notice);

  self->n_released++;
  return self->awaited ? ASYNCLIT_NEWS_AWAITED : ASYNCLIT_NEWS_UNHEARD;
}

static const AsyncLitNoticeFuncs item_funcs = {
  .hold_locked = item_hold_locked,
  .revive = item_revive,
  .drop_locked = item_drop_locked,
  .unref = item_notice_unref,
  .deliver = item_deliver,
  .release = item_release,
};

static Item *
item_new (void)
{
  Item *self = g_new0 (Item, 1);

  self->refs = 1;
  asynclit_notice_init (&self->notice, &item_funcs);
  return self;
}

/* The one reference becomes the notice's own. */
static AsyncLitPost
decide_release_locked (AsyncLitNotice *notice)
{
  g_atomic_int_or ((guint *) &item_from_notice (notice)->holds, HOLD_NOTICE);
  return ASYNCLIT_POST_RELEASE;
}

static GMainContext *
push_new_context (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  n_freed = 0;
  return context;
}

static void
pop_context (GMainContext *context)
{
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

static void
iterate_pending (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    ;
}

static gpointer
post_release (gpointer item)
{
  asynclit_notice_post (&((Item *) item)->notice, decide_release_locked);
  return NULL;
}

/* As most releases are posted: by the thread on which a task has ended. */
static void
post_release_elsewhere (Item *item)
{
  g_thread_join (g_thread_new ("poster", post_release, item));
}

static void
test_coalesced (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  for (guint i = 0; i < 100; i++)
    asynclit_notice_post_news (&item->notice);
  g_assert_cmpuint (item->n_delivered, ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 1);
  g_assert_cmpint (item->refs, ==, 1);
  asynclit_notice_post_news (&item->notice);
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  item_unref (item);
  pop_context (context);
}

static void
test_delivered_until_done (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  item->left = 5;
  asynclit_notice_post_news (&item->notice);
  while (item->left > 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpuint (item->n_delivered, ==, 5);
  item_unref (item);
  pop_context (context);
}

/* The list keeps nothing alive. */
static void
test_dropped (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  asynclit_notice_post_news (&item->notice);
  item_unref (item);
  g_assert_cmpuint (n_freed, ==, 1);
  iterate_pending (context);
  pop_context (context);
}

static void
test_released_by_loop (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  post_release_elsewhere (item);
  g_assert_cmpuint (n_freed, ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (n_freed, ==, 1);
  pop_context (context);
}

/* Not by the thread that posts it, even if it is the owner: it may have a lock. */
static void
test_never_released_at_once (void)
{
  GMainContext *context = push_new_context ();

  asynclit_notice_post (&item_new ()->notice, decide_release_locked);
  g_assert_cmpuint (n_freed, ==, 0);
  asynclit_notifier_release_own ();
  g_assert_cmpuint (n_freed, ==, 1);
  pop_context (context);
}

static void
test_released_without_loop (void)
{
  GMainContext *context = push_new_context ();
  guint n_calls = 0;

  for (guint i = 0; i < 1000; i++)
    {
      Item *item = item_new ();

      post_release_elsewhere (item);
      asynclit_notifier_release_own ();
      n_calls++;
      g_assert_cmpuint (n_freed, ==, n_calls);
    }
  pop_context (context);
}

/* What somebody waits for is not thrown away, but delivered when the context is iterated. */
static void
test_awaited_without_loop (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  item->awaited = TRUE;
  post_release_elsewhere (item);
  asynclit_notifier_release_own ();
  asynclit_notifier_release_own ();
  g_assert_cmpuint (item->n_released, ==, 1);
  g_assert_cmpuint (n_freed, ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (n_freed, ==, 1);
  pop_context (context);
}

static gpointer
post_releases_and_end (gpointer posted_here)
{
  if (posted_here)
    post_release_elsewhere (item_new ());
  return item_new ();
}

/* What a thread left behind when it ended is released by the next one with that context, whether
 * it was posted before or after. */
static void
test_orphaned (void)
{
  guint before = n_freed;
  Item *left;

  left = g_thread_join (g_thread_new ("leaver", post_releases_and_end, GINT_TO_POINTER (TRUE)));
  g_assert_cmpuint (n_freed, ==, before);
  item_unref (item_new ()); /* makes this thread an owner */
  asynclit_notifier_release_own ();
  g_assert_cmpuint (n_freed, ==, before + 2);
  post_release_elsewhere (left);
  g_assert_cmpuint (n_freed, ==, before + 2);
  asynclit_notifier_release_own ();
  g_assert_cmpuint (n_freed, ==, before + 3);
}

static gpointer
iterate_elsewhere (gpointer context)
{
  iterate_pending (context);
  return NULL;
}

/* As when a thread is about to drop the last reference and another one delivers meanwhile, where
 * somebody takes a reference and makes news. */
static void
test_posted_after_revival (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  g_main_context_pop_thread_default (context); /* only now may others iterate it */
  asynclit_notice_post_news (&item->notice);
  g_thread_join (g_thread_new ("reviver", iterate_elsewhere, context));
  g_assert_cmpuint (item->n_delivered, ==, 1);
  asynclit_notice_post_news (&item->notice);
  g_assert_true (asynclit_notice_remove (&item->notice));
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  g_assert_false (asynclit_notice_remove (&item->notice));

  asynclit_notice_post_news (&item->notice);
  g_assert_false (asynclit_notice_remove (&item->notice));
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  item_unref (item);
  g_main_context_unref (context);
}

static void
test_context_gone (void)
{
  GMainContext *context = push_new_context ();
  Item *kept = item_new ();
  Item *released = item_new ();

  asynclit_notice_post_news (&kept->notice);
  post_release_elsewhere (released);
  pop_context (context);
  g_assert_cmpuint (n_freed, ==, 1);
  g_assert_cmpuint (kept->n_delivered, ==, 0);
  asynclit_notice_post_news (&kept->notice);
  asynclit_notice_post (&kept->notice, decide_release_locked);
  g_assert_cmpuint (n_freed, ==, 2);
}

static void
test_lazy (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();
  int priority;

  /* Not asleep: it looks by itself. */
  g_assert_false (asynclit_notice_post_lazy_news (&item->notice));
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 1);

  g_main_context_prepare (context, &priority);
  g_assert_true (asynclit_notice_post_lazy_news (&item->notice));
  g_assert_true (asynclit_notice_want_flush (&item->notice));
  g_assert_false (asynclit_notice_post_lazy_news (&item->notice));
  g_assert_false (asynclit_notice_want_flush (&item->notice));
  asynclit_notifier_flush ();
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  item_unref (item);
  pop_context (context);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notifier/coalesced", test_coalesced);
  g_test_add_func ("/notifier/delivered-until-done", test_delivered_until_done);
  g_test_add_func ("/notifier/dropped", test_dropped);
  g_test_add_func ("/notifier/released-by-loop", test_released_by_loop);
  g_test_add_func ("/notifier/never-released-at-once", test_never_released_at_once);
  g_test_add_func ("/notifier/released-without-loop", test_released_without_loop);
  g_test_add_func ("/notifier/awaited-without-loop", test_awaited_without_loop);
  g_test_add_func ("/notifier/orphaned", test_orphaned);
  g_test_add_func ("/notifier/posted-after-revival", test_posted_after_revival);
  g_test_add_func ("/notifier/context-gone", test_context_gone);
  g_test_add_func ("/notifier/lazy", test_lazy);
  return g_test_run ();
}
