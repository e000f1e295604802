/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "asynclit-clock-private.h"
#include "asynclit-notification-queue-private.h"
#include "test-child.h"

#include <sys/wait.h>
#include <unistd.h>

/* An object with pending changes, and a reference count like a task's. */
typedef struct {
  AsyncLitNotification notification;
  int refs;   /* atomic */
  int holds;  /* atomic: for the notification and for others */
  guint left; /* the number of further deliveries */
  guint n_delivered;
  guint n_released;
  gboolean awaited;
  gboolean bound;
} Item;

enum {
  KEEP_ALIVE_NOTIFICATION = 1 << 0,
  HOLD_OTHER = 1 << 1,
};

static guint n_freed;

static Item *
item_from_notification (AsyncLitNotification *notification)
{
  return (Item *) notification;
}

static void
item_unref (Item *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  /* It would be repeated if the object had been resurrected on another thread, which does not
   * happen now. */
  while (asynclit_notification_remove (&self->notification))
    ;
  asynclit_notification_clear (&self->notification);
  g_free (self);
  n_freed++;
}

static gboolean
item_keep_alive_locked (AsyncLitNotification *notification)
{
  if (g_atomic_int_get (&item_from_notification (notification)->holds) == 0)
    return FALSE;
  g_atomic_int_or ((guint *) &item_from_notification (notification)->holds,
                   KEEP_ALIVE_NOTIFICATION);
  return TRUE;
}

static void
item_resurrect (AsyncLitNotification *notification)
{
  g_atomic_int_inc (&item_from_notification (notification)->refs);
  g_atomic_int_or ((guint *) &item_from_notification (notification)->holds,
                   KEEP_ALIVE_NOTIFICATION);
}

static gboolean
item_drop_locked (AsyncLitNotification *notification)
{
  return g_atomic_int_and ((guint *) &item_from_notification (notification)->holds,
                           ~(guint) KEEP_ALIVE_NOTIFICATION)
         == KEEP_ALIVE_NOTIFICATION;
}

static void
item_notification_unref (AsyncLitNotification *notification)
{
  item_unref (item_from_notification (notification));
}

static gboolean
item_deliver (AsyncLitNotification *notification, gint64 end)
{
  Item *self = item_from_notification (notification);

  self->n_delivered++;
  if (self->left > 0)
    self->left--;
  return self->left > 0;
}

static AsyncLitPending
item_release (AsyncLitNotification *notification)
{
  Item *self = item_from_notification (notification);

  self->n_released++;
  return self->awaited ? ASYNCLIT_PENDING_AWAITED : ASYNCLIT_PENDING_UNOBSERVED;
}

static gboolean
item_is_bound (AsyncLitNotification *notification)
{
  return item_from_notification (notification)->bound;
}

static const AsyncLitNotificationFuncs item_funcs = {
  .keep_alive_locked = item_keep_alive_locked,
  .resurrect = item_resurrect,
  .drop_locked = item_drop_locked,
  .unref = item_notification_unref,
  .deliver = item_deliver,
  .release = item_release,
  .is_bound = item_is_bound,
};

static Item *
item_new (void)
{
  Item *self = g_new0 (Item, 1);

  self->refs = 1;
  asynclit_notification_init (&self->notification, &item_funcs);
  return self;
}

/* The notification takes over the one reference. */
static AsyncLitPost
decide_release_locked (AsyncLitNotification *notification)
{
  g_atomic_int_or ((guint *) &item_from_notification (notification)->holds,
                   KEEP_ALIVE_NOTIFICATION);
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
  asynclit_notification_post (&((Item *) item)->notification, decide_release_locked);
  return NULL;
}

/* Most releases are posted like this: by the thread on which a task ends. */
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
    asynclit_notification_post_changes (&item->notification);
  g_assert_cmpuint (item->n_delivered, ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 1);
  g_assert_cmpint (item->refs, ==, 1);
  asynclit_notification_post_changes (&item->notification);
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
  asynclit_notification_post_changes (&item->notification);
  while (item->left > 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpuint (item->n_delivered, ==, 5);
  item_unref (item);
  pop_context (context);
}

/* The list does not keep the object alive. */
static void
test_dropped (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  asynclit_notification_post_changes (&item->notification);
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

/* Not by the thread that posts it, even if it is the owner, because it may hold a lock. */
static void
test_never_released_at_once (void)
{
  GMainContext *context = push_new_context ();

  asynclit_notification_post (&item_new ()->notification, decide_release_locked);
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

/* Changes that a handler waits for are not discarded, but delivered when the context is iterated.
 * */
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

/* What a thread leaves behind when it ends is released by the next thread with that context,
 * whether it was posted before or after. */
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

/* A thread is about to drop the last reference, while another one delivers the notification, takes
 * a reference and changes the object. */
static void
test_posted_after_resurrection (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  g_main_context_pop_thread_default (context); /* only now may other threads iterate it */
  asynclit_notification_post_changes (&item->notification);
  g_thread_join (g_thread_new ("resurrector", iterate_elsewhere, context));
  g_assert_cmpuint (item->n_delivered, ==, 1);
  asynclit_notification_post_changes (&item->notification);
  g_assert_true (asynclit_notification_remove (&item->notification));
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  g_assert_false (asynclit_notification_remove (&item->notification));

  asynclit_notification_post_changes (&item->notification);
  g_assert_false (asynclit_notification_remove (&item->notification));
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

  asynclit_notification_post_changes (&kept->notification);
  post_release_elsewhere (released);
  pop_context (context);
  g_assert_cmpuint (n_freed, ==, 1);
  g_assert_cmpuint (kept->n_delivered, ==, 0);
  asynclit_notification_post_changes (&kept->notification);
  asynclit_notification_post (&kept->notification, decide_release_locked);
  g_assert_cmpuint (n_freed, ==, 2);
}

static void
test_lazy (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();
  int priority;

  /* The context is not asleep, so it checks by itself. */
  g_assert_false (asynclit_notification_post_changes_lazily (&item->notification));
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 1);

  g_main_context_prepare (context, &priority);
  g_assert_true (asynclit_notification_post_changes_lazily (&item->notification));
  g_assert_true (asynclit_notification_want_flush (&item->notification));
  g_assert_false (asynclit_notification_post_changes_lazily (&item->notification));
  g_assert_false (asynclit_notification_want_flush (&item->notification));
  asynclit_notifier_flush ();
  iterate_pending (context);
  g_assert_cmpuint (item->n_delivered, ==, 2);
  item_unref (item);
  pop_context (context);
}

/* Contexts that nobody iterates */

static gint64 now = 1000 * (gint64) G_USEC_PER_SEC;

static gint64
get_now (void)
{
  return now;
}

static gboolean
run_in_subprocess (void)
{
  if (g_test_subprocess ())
    return FALSE;
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  return TRUE;
}

/* A thread without a context of its own, whose owner's context is the global default one. */
static gpointer
post_and_call (gpointer data)
{
  guint *n = data;
  Item *item = item_new ();

  post_release_elsewhere (item);
  asynclit_notifier_release_own ();
  *n = n_freed;
  return NULL;
}

static guint
count_freed_by_helper (void)
{
  guint n = 0;

  g_thread_join (g_thread_new ("helper", post_and_call, &n));
  return n;
}

/* What a helper passed belongs to the main thread as soon as that has iterated its context, even if
 * it is not iterating at the moment. */
static void
test_left_to_iterator (void)
{
  if (run_in_subprocess ())
    return;
  asynclit_clock_replace (get_now);
  item_unref (item_new ()); /* makes the notification queue */
  n_freed = 0;
  g_main_context_iteration (NULL, FALSE);
  now += 3600 * (gint64) G_USEC_PER_SEC;
  g_assert_cmpuint (count_freed_by_helper (), ==, 0);
  g_assert_cmpuint (count_freed_by_helper (), ==, 0);
  iterate_pending (NULL);
  g_assert_cmpuint (n_freed, ==, 2);
}

/* If the main thread has not iterated it yet, it may be about to. */
static void
test_left_to_loop_that_comes (void)
{
  if (run_in_subprocess ())
    return;
  asynclit_clock_replace (get_now);
  g_assert_cmpuint (count_freed_by_helper (), ==, 0);
  now += G_USEC_PER_SEC;
  g_assert_cmpuint (count_freed_by_helper (), ==, 2);
}

static GThread *released_in;
static guint n_invoked;

static void
note_and_call (GFunc func, gpointer data, GDestroyNotify destroy)
{
  n_invoked++;
  released_in = g_thread_self ();
  func (data, NULL);
  if (destroy != NULL)
    destroy (data);
}

#define MAX_UNATTENDED 256

static void
post_many (Item **items, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      items[i] = item_new ();
      asynclit_notification_post (&items[i]->notification, decide_release_locked);
    }
}

/* If the program never iterates, waits or cleans up, excess objects are released where no user code
 * waits, but only after some time. */
static void
test_unattended (void)
{
  Item *items[MAX_UNATTENDED];
  GMainContext *context = push_new_context ();

  asynclit_notifier_set_invoke (note_and_call);
  asynclit_clock_replace (get_now);
  n_invoked = 0;
  post_many (items, MAX_UNATTENDED);
  now += 9 * G_USEC_PER_SEC;
  post_many (items, MAX_UNATTENDED);
  g_assert_cmpuint (n_invoked, ==, 0);
  now += 2 * G_USEC_PER_SEC;
  post_many (items, MAX_UNATTENDED - 1);
  items[MAX_UNATTENDED - 1] = item_new ();
  items[MAX_UNATTENDED - 1]->bound = TRUE;
  asynclit_notification_post (&items[MAX_UNATTENDED - 1]->notification, decide_release_locked);
  g_assert_cmpuint (n_invoked, ==, 1);
  g_assert_cmpuint (n_freed, ==, 3 * MAX_UNATTENDED - 1);

  /* From then on immediately, except for objects that their language can only free here. */
  post_many (items, MAX_UNATTENDED - 1);
  g_assert_cmpuint (n_invoked, ==, 2);
  g_assert_cmpuint (n_freed, ==, 4 * MAX_UNATTENDED - 2);
  asynclit_notifier_release_own ();
  g_assert_cmpuint (n_freed, ==, 4 * MAX_UNATTENDED - 1);
  asynclit_notifier_set_invoke (NULL);
  asynclit_clock_replace (NULL);
  pop_context (context);
}

/* The context is iterated from time to time. */
static void
test_attended (void)
{
  Item *items[MAX_UNATTENDED];
  GMainContext *context = push_new_context ();

  asynclit_notifier_set_invoke (note_and_call);
  asynclit_clock_replace (get_now);
  n_invoked = 0;
  for (guint i = 0; i < 10; i++)
    {
      post_many (items, MAX_UNATTENDED);
      now += 60 * G_USEC_PER_SEC;
      if (i % 2 == 0)
        g_main_context_iteration (context, FALSE);
      else
        asynclit_notifier_release_own ();
    }
  g_assert_cmpuint (n_invoked, ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (n_freed, ==, 10 * MAX_UNATTENDED);
  asynclit_notifier_set_invoke (NULL);
  asynclit_clock_replace (NULL);
  pop_context (context);
}

static gpointer
post_while_loop_is_busy (gpointer data)
{
  Item *items[MAX_UNATTENDED];

  for (guint i = 0; i < 3; i++)
    {
      post_many (items, MAX_UNATTENDED);
      now += 60 * G_USEC_PER_SEC;
    }
  return NULL;
}

static gboolean
let_another_post (gpointer loop)
{
  g_thread_join (g_thread_new ("poster", post_while_loop_is_busy, NULL));
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* A main loop with a handler that never returns is still a main loop. */
static void
test_loop_is_busy (void)
{
  g_autoptr (GMainLoop) loop = NULL;

  if (run_in_subprocess ())
    return;
  asynclit_notifier_set_invoke (note_and_call);
  asynclit_clock_replace (get_now);
  item_unref (item_new ());
  n_freed = n_invoked = 0;
  g_main_context_iteration (NULL, FALSE);
  loop = g_main_loop_new (NULL, FALSE);
  g_idle_add (let_another_post, loop);
  g_main_loop_run (loop);
  /* It was invoked, but the context has an owner. */
  g_assert_cmpuint (n_invoked, >, 0);
  g_assert_cmpuint (n_freed, ==, 0);
  /* A turn is limited in time; then the others are next. */
  while (n_freed < 3 * MAX_UNATTENDED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_freed, ==, 3 * MAX_UNATTENDED);
}

/* Once the context is gone, the thread that posts does not release, either. */
static void
test_context_gone_elsewhere (void)
{
  GMainContext *context = push_new_context ();
  Item *item = item_new ();

  asynclit_notifier_set_invoke (note_and_call);
  n_invoked = 0;
  pop_context (context);
  asynclit_notification_post (&item->notification, decide_release_locked);
  g_assert_cmpuint (n_invoked, ==, 1);
  g_assert_cmpuint (n_freed, ==, 1);
  asynclit_notifier_set_invoke (NULL);
}

/* Forks */

/* Returns the number of the failed check in the child, or 0. */
static int
use_in_child (GMainContext *context, Item *changed, Item *other)
{
  iterate_pending (context);
  if (changed->n_delivered != 0)
    return 1; /* the parent's notification */
  asynclit_notification_post_changes (&other->notification);
  iterate_pending (context);
  if (other->n_delivered != 1 || changed->n_delivered != 0)
    return 2;
  item_unref (other);
  item_unref (changed);
  return n_freed == 2 ? 0 : 3;
}

static void
test_fork (void)
{
  GMainContext *context = push_new_context ();
  Item *changed = item_new (), *other = item_new ();
  AsyncLitNotificationQueue *queue = asynclit_notification_queue_get (context);
  pid_t child;
  int status;

  asynclit_notification_post_changes (&changed->notification);
  /* As if another thread held it at that moment. */
  asynclit_lock (&queue->wakeup.lock);
  child = fork ();
  if (child == 0)
    {
      alarm (30);
      test_end_child (use_in_child (context, changed, other));
    }
  asynclit_unlock (&queue->wakeup.lock);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  iterate_pending (context);
  g_assert_cmpuint (changed->n_delivered, ==, 1);
  asynclit_wakeup_source_unref (&queue->wakeup);
  item_unref (changed);
  item_unref (other);
  pop_context (context);
}

typedef struct {
  Item item;
  pid_t child;
} Forking;

static gboolean
fork_in_delivery (AsyncLitNotification *notification, gint64 end)
{
  Forking *self = (Forking *) notification;

  self->child = fork ();
  if (self->child == 0)
    alarm (30);
  return FALSE;
}

/* A handler forks, and returns in the child: the remaining notifications are the parent's. */
static void
test_fork_in_delivery (void)
{
  GMainContext *context = push_new_context ();
  AsyncLitNotificationFuncs funcs = item_funcs;
  Forking *forking = g_new0 (Forking, 1);
  Item *next;
  int status;

  funcs.deliver = fork_in_delivery;
  forking->item.refs = 1;
  asynclit_notification_init (&forking->item.notification, &funcs);
  next = item_new ();
  asynclit_notification_post_changes (&forking->item.notification);
  asynclit_notification_post_changes (&next->notification);
  iterate_pending (context);
  if (forking->child == 0)
    test_end_child (next->n_delivered);
  g_assert_cmpint (waitpid (forking->child, &status, 0), ==, forking->child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (next->n_delivered, ==, 1);
  item_unref (&forking->item);
  item_unref (next);
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
  g_test_add_func ("/notifier/posted-after-resurrection", test_posted_after_resurrection);
  g_test_add_func ("/notifier/context-gone", test_context_gone);
  g_test_add_func ("/notifier/lazy", test_lazy);
  g_test_add_func ("/notifier/left-to-iterator", test_left_to_iterator);
  g_test_add_func ("/notifier/left-to-loop-that-comes", test_left_to_loop_that_comes);
  g_test_add_func ("/notifier/unattended", test_unattended);
  g_test_add_func ("/notifier/attended", test_attended);
  g_test_add_func ("/notifier/loop-is-busy", test_loop_is_busy);
  g_test_add_func ("/notifier/context-gone-elsewhere", test_context_gone_elsewhere);
  g_test_add_func ("/notifier/fork", test_fork);
  g_test_add_func ("/notifier/fork-in-delivery", test_fork_in_delivery);
  return g_test_run ();
}
