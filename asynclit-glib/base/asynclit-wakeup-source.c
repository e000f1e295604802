/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Why not g_main_context_wakeup()? It needs a context that is alive. The thread that wakes must not
 * keep the context alive, and can't know whether its owner is dropping it at this moment. Besides,
 * g_main_context_wakeup() takes the context's lock, and writes to a descriptor that the child of a
 * fork would also read if it iterates the context. An event file descriptor of our own, polled by a
 * source in the context, has none of these problems. It is closed with the context, or by the last
 * thread that was about to write to it.
 *
 * If the system has no descriptor left, the ready time of the source is changed instead, to another
 * moment that never comes. This makes GLib wake the context. It happens under the wakeup source's
 * lock. A context that is being destroyed takes that lock first, while it is still whole, to
 * announce its end.
 *
 * The child of a fork does not use the parent's wakeup sources: the first thread that iterates the
 * context removes the source. The child creates its own.
 *
 * The descriptor is written only if the context sleeps or is about to: `armed` is set in prepare
 * when nothing is pending, and cleared by the first thread that wakes. A busy context finds pending
 * work itself when it prepares its next iteration.
 *
 * While jobs complete faster than the context can sleep and be woken, it naps for a fixed time
 * instead, during which no thread has to wake it (asynclit-nap-private.h).
 *
 * Locks: `table_lock` guards `table`. Each wakeup source's own lock guards its fields. They are
 * never held together. GLib's lock of the context may be taken while a wakeup source's lock is
 * held. */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-wakeup-source-private.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-processor-private.h"
#include "asynclit-thread-number-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A time that never comes. */
#define NEVER (G_MAXINT64 / 2)
/* The number of checks between two readings of the clock. */
#define LINGER_ROUNDS 32

typedef struct {
  GSource source;
  AsyncLitWakeupSource *wakeup;
  gpointer fd_tag; /* NULL without a descriptor */
  /* Guarded by the wakeup source's lock, because threads may take turns at iterating a context. */
  gboolean sit_out; /* answer() used up its budget: skip the next iteration */
  gboolean resting; /* this iteration is being skipped */
} ContextSource;

static AsyncLitLock table_lock; /* guards table */
static GHashTable *table; /* set of AsyncLitWakeupSource, by class and context; no references */

static guint
wakeup_source_hash (gconstpointer key)
{
  const AsyncLitWakeupSource *wakeup = key;

  return g_direct_hash (wakeup->context) ^ g_direct_hash (wakeup->klass);
}

static gboolean
wakeup_source_equal (gconstpointer a, gconstpointer b)
{
  const AsyncLitWakeupSource *left = a, *right = b;

  return left->context == right->context && left->klass == right->klass;
}

/* The parent's threads do not exist here, so its wakeup sources serve no purpose. */
static void
forget_table (void)
{
  table_lock = (AsyncLitLock){ 0 };
  table = NULL;
}

static void
clear_wakeup (ContextSource *self)
{
  guint64 count;

  if (self->fd_tag != NULL && g_source_query_unix_fd (&self->source, self->fd_tag) != 0)
    while (read (self->wakeup->fd, &count, sizeof count) < 0 && errno == EINTR)
      ;
}

/* Checks whether there is something to do, unless this iteration is being skipped. */
static gboolean
is_ready_locked (ContextSource *self)
{
  asynclit_assert_locked (&self->wakeup->lock);
  return !self->resting && self->wakeup->klass->is_pending_locked (self->wakeup);
}

static void
note_look_locked (AsyncLitWakeupSource *wakeup)
{
  asynclit_assert_locked (&wakeup->lock);
  wakeup->looked = TRUE;
  __atomic_store_n (&wakeup->looked_by, asynclit_get_thread_number (), __ATOMIC_RELAXED);
}

/* There is nothing to do. Returns whether the context should nap. */
static gboolean
note_quiet_locked (AsyncLitWakeupSource *wakeup)
{
  asynclit_assert_locked (&wakeup->lock);
  if (wakeup->quiet_since == 0)
    wakeup->quiet_since = g_get_monotonic_time ();
  return asynclit_nap_begin (&wakeup->nap);
}

/* Runs on: the context */
static void
take_nap (AsyncLitWakeupSource *wakeup)
{
  g_usleep (NAP_USEC);
  asynclit_lock (&wakeup->lock);
  asynclit_nap_end (&wakeup->nap, g_get_monotonic_time ());
  asynclit_unlock (&wakeup->lock);
}

static gboolean
context_source_prepare (GSource *source, int *timeout)
{
  ContextSource *self = (ContextSource *) source;
  gboolean ready;

  asynclit_tsan_acquire (source);
  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (self->wakeup)))
    {
      g_source_destroy (source);
      return FALSE;
    }
  asynclit_lock (&self->wakeup->lock);
  note_look_locked (self->wakeup);
  self->resting = self->sit_out;
  self->sit_out = FALSE;
  *timeout = self->resting ? 0 : -1;
  ready = is_ready_locked (self);
  if (!self->resting && !ready && note_quiet_locked (self->wakeup))
    {
      asynclit_unlock (&self->wakeup->lock);
      take_nap (self->wakeup);
      asynclit_lock (&self->wakeup->lock);
      ready = is_ready_locked (self);
    }
  self->wakeup->armed = !self->resting && !ready;
  asynclit_unlock (&self->wakeup->lock);
  return ready;
}

static gboolean
context_source_check (GSource *source)
{
  ContextSource *self = (ContextSource *) source;
  gboolean ready;

  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (self->wakeup)))
    return FALSE;
  clear_wakeup (self);
  asynclit_lock (&self->wakeup->lock);
  ready = is_ready_locked (self);
  self->wakeup->armed = FALSE;
  asynclit_unlock (&self->wakeup->lock);
  return ready;
}

static gboolean
context_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ContextSource *self = (ContextSource *) source;
  gboolean stopped_early;

  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (self->wakeup)))
    return G_SOURCE_REMOVE;
  stopped_early = self->wakeup->klass->answer (self->wakeup);
  asynclit_run_deferred_unref ();
  if (G_UNLIKELY (asynclit_wakeup_source_is_foreign (self->wakeup))) /* a handler has forked */
    return G_SOURCE_REMOVE;
  asynclit_lock (&self->wakeup->lock);
  self->sit_out = stopped_early;
  asynclit_unlock (&self->wakeup->lock);
  return G_SOURCE_CONTINUE;
}

static void
let_go_of_fd (AsyncLitWakeupSource *self)
{
  if (g_atomic_ref_count_dec (&self->fd_users) && self->fd >= 0)
    close (self->fd);
}

static gboolean
never_called (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs on: the thread that destroys the context, which is still whole. After this returns, no
 * thread wakes it any more. The entry is removed from the table first, because a new context may
 * soon have the same address. */
static void
context_goes (gpointer data)
{
  AsyncLitWakeupSource *self = data;

  asynclit_tsan_acquire (self);
  if (asynclit_wakeup_source_is_foreign (self))
    {
      g_atomic_int_set (&self->closed, TRUE);
      return;
    }
  asynclit_lock (&table_lock);
  if (table != NULL && g_hash_table_lookup (table, self) == self)
    g_hash_table_remove (table, self);
  asynclit_unlock (&table_lock);

  asynclit_lock (&self->lock);
  g_atomic_int_set (&self->closed, TRUE);
  self->armed = FALSE;
  self->source = NULL;
  asynclit_unlock (&self->lock);
}

/* In the child of a fork, this closes only the child's copy of the descriptor. */
static void
context_source_finalize (GSource *source)
{
  AsyncLitWakeupSource *wakeup;

  asynclit_tsan_acquire (source);
  wakeup = ((ContextSource *) source)->wakeup;
  if (!asynclit_wakeup_source_is_foreign (wakeup))
    {
      wakeup->klass->context_gone (wakeup);
      let_go_of_fd (wakeup);
      asynclit_wakeup_source_unref (wakeup);
    }
  else if (wakeup->fd >= 0)
    close (wakeup->fd);
}

static GSourceFuncs context_source_funcs = {
  .prepare = context_source_prepare,
  .check = context_source_check,
  .dispatch = context_source_dispatch,
  .finalize = context_source_finalize,
};

/* A wakeup source without a context is armed from the beginning: each thread that wakes it checks
 * whether the context exists. */
static AsyncLitWakeupSource *
wakeup_source_new (const AsyncLitWakeupSourceClass *klass, GMainContext *context, int priority)
{
  AsyncLitWakeupSource *self = g_malloc0 (klass->instance_size);

  self->klass = klass;
  self->context = context;
  self->priority = priority;
  self->generation = asynclit_get_generation ();
  self->last_pause = G_MAXINT64;
  self->armed = context == NULL;
  self->fd = context != NULL ? eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  g_atomic_ref_count_init (&self->ref_count);
  g_atomic_ref_count_init (&self->fd_users);
  klass->init (self);
  return self;
}

static GSource *
context_source_new (AsyncLitWakeupSource *wakeup)
{
  GSource *source = g_source_new (&context_source_funcs, sizeof (ContextSource));
  ContextSource *self = (ContextSource *) source;

  self->wakeup = wakeup;
  if (wakeup->fd >= 0)
    self->fd_tag = g_source_add_unix_fd (source, wakeup->fd, G_IO_IN);
  g_source_set_name (source, wakeup->klass->name);
  g_source_set_priority (source, wakeup->priority);
  /* Handlers may run nested main loops, which need their notifications, too. */
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, never_called, wakeup, context_goes);
  return source;
}

/* The context owns the source, and the source owns the reference that was taken for it. */
static void
wakeup_source_attach (AsyncLitWakeupSource *self, GMainContext *context)
{
  GSource *source;
  gboolean is_first;

  asynclit_lock (&self->lock);
  is_first = !self->attached;
  self->attached = TRUE;
  asynclit_unlock (&self->lock);
  if (!is_first)
    return;
  source = context_source_new (self);
  asynclit_lock (&self->lock);
  self->source = source;
  asynclit_unlock (&self->lock);
  asynclit_tsan_release (source);
  asynclit_tsan_release (self);
  g_source_attach (source, context);
  g_source_unref (source);
}

static AsyncLitWakeupSource *
wakeup_source_lookup_locked (const AsyncLitWakeupSourceClass *klass, GMainContext *context)
{
  AsyncLitWakeupSource key = { .klass = klass, .context = context };

  asynclit_assert_locked (&table_lock);
  if (table == NULL)
    table = g_hash_table_new (wakeup_source_hash, wakeup_source_equal);
  return g_hash_table_lookup (table, &key);
}

static AsyncLitWakeupSource *
wakeup_source_find (const AsyncLitWakeupSourceClass *klass, GMainContext *context)
{
  AsyncLitWakeupSource *found;

  asynclit_lock (&table_lock);
  found = wakeup_source_lookup_locked (klass, context);
  if (found != NULL)
    asynclit_wakeup_source_ref (found);
  asynclit_unlock (&table_lock);
  return found;
}

/* Adds it to the table. If another thread has just added one for the same context, returns that
 * one. */
static AsyncLitWakeupSource *
wakeup_source_publish (AsyncLitWakeupSource *self)
{
  AsyncLitWakeupSource *found;

  asynclit_lock (&table_lock);
  found = wakeup_source_lookup_locked (self->klass, self->context);
  if (found != NULL)
    asynclit_wakeup_source_ref (found);
  else
    g_hash_table_add (table, asynclit_wakeup_source_ref (self));
  asynclit_unlock (&table_lock);
  return found;
}

/* The global default context could not be created earlier. It may be possible now, or the next
 * time. */
static void
attach_to_default (AsyncLitWakeupSource *self)
{
  GMainContext *context = asynclit_context_peek_default ();

  if (context != NULL)
    {
      wakeup_source_attach (self, context);
      return;
    }
  asynclit_lock (&self->lock);
  self->armed = !self->attached;
  asynclit_unlock (&self->lock);
}

/* There may be a wakeup source that waits for the global default context. */
static void
attach_homeless (const AsyncLitWakeupSourceClass *klass)
{
  AsyncLitWakeupSource *homeless = wakeup_source_find (klass, NULL);

  if (homeless == NULL)
    return;
  attach_to_default (homeless);
  asynclit_wakeup_source_unref (homeless);
}

AsyncLitWakeupSource *
asynclit_wakeup_source_get (const AsyncLitWakeupSourceClass *klass, GMainContext *context,
                            int priority)
{
  static gsize registered = 0;
  AsyncLitWakeupSource *found;
  AsyncLitWakeupSource *fresh;

  g_assert (klass->is_pending_locked != NULL && klass->answer != NULL);
  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_table);
      asynclit_once_leave (&registered, 1);
    }
  found = wakeup_source_find (klass, context);
  if (found != NULL)
    return found;

  fresh = wakeup_source_new (klass, context, priority);
  found = wakeup_source_publish (fresh);
  if (found != NULL)
    {
      let_go_of_fd (fresh);
      asynclit_wakeup_source_unref (fresh);
      return found;
    }
  if (context != NULL)
    {
      wakeup_source_attach (fresh, context);
      attach_homeless (klass);
    }
  return fresh;
}

AsyncLitWakeupSource *
asynclit_wakeup_source_ref (AsyncLitWakeupSource *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_wakeup_source_unref (AsyncLitWakeupSource *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  self->klass->clear (self);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

gboolean
asynclit_wakeup_source_is_foreign (AsyncLitWakeupSource *self)
{
  return self->generation != asynclit_get_generation ();
}

gboolean
asynclit_wakeup_source_is_closed (AsyncLitWakeupSource *self)
{
  return g_atomic_int_get (&self->closed);
}

/* Whether another thread wakes the context before @end. */
static gboolean
hears_wakeup (AsyncLitWakeupSource *self, guint n_wakeups, gint64 end)
{
  do
    for (guint i = 0; i < LINGER_ROUNDS; i++)
      {
        if (__atomic_load_n (&self->n_wakeups, __ATOMIC_RELAXED) != n_wakeups)
          return TRUE;
        asynclit_processor_relax ();
      }
  while (g_get_monotonic_time () < end);
  return FALSE;
}

gboolean
asynclit_wakeup_source_linger (AsyncLitWakeupSource *self, gint64 usec)
{
  gint64 now = g_get_monotonic_time ();
  gboolean is_pending;
  gboolean worth_it;
  gint64 end;
  guint n_wakeups;

  asynclit_lock (&self->lock);
  is_pending = self->klass->is_pending_locked (self);
  if (self->quiet_since == 0)
    self->quiet_since = now;
  end = self->quiet_since + usec;
  worth_it = self->last_pause <= usec && now <= end;
  n_wakeups = self->n_wakeups;
  asynclit_unlock (&self->lock);
  return is_pending
         || (worth_it && asynclit_processor_may_spin () && hears_wakeup (self, n_wakeups, end));
}

static void
note_wakeup_locked (AsyncLitWakeupSource *self)
{
  gint64 now;

  asynclit_assert_locked (&self->lock);
  __atomic_store_n (&self->n_wakeups, self->n_wakeups + 1, __ATOMIC_RELAXED);
  if (self->nap.is_napping)
    asynclit_nap_note_wakeup (&self->nap, g_get_monotonic_time ());
  if (self->quiet_since == 0)
    return;
  now = g_get_monotonic_time ();
  self->last_pause = now - self->quiet_since;
  self->quiet_since = 0;
  if (self->armed)
    asynclit_nap_note_sleep (&self->nap, self->last_pause, now);
}

/* Without a descriptor. The context is alive: to announce its end, it would need the lock. */
static void
wake_without_fd_locked (AsyncLitWakeupSource *self)
{
  asynclit_assert_locked (&self->lock);
  if (self->source != NULL)
    g_source_set_ready_time (self->source, NEVER + (gint64) (self->n_wakes++ % 2));
}

/* Writes to the descriptor, which remains open during the call. */
static void
wake_through_fd (AsyncLitWakeupSource *self)
{
  const guint64 one = 1;

  while (write (self->fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
  let_go_of_fd (self);
}

/* Releases the lock. The context sleeps. As soon as the lock is free, the context may see what was
 * posted, drop what kept this object alive, and be destroyed; a reference is therefore taken
 * first. */
static void
wakeup_source_wake (AsyncLitWakeupSource *self)
{
  gboolean is_homeless = !self->attached;

  asynclit_wakeup_source_ref (self);
  if (self->fd < 0)
    wake_without_fd_locked (self);
  else
    g_atomic_ref_count_inc (&self->fd_users);
  asynclit_unlock (&self->lock);
  if (is_homeless)
    attach_to_default (self);
  if (self->fd >= 0)
    wake_through_fd (self);
  asynclit_wakeup_source_unref (self);
}

void
asynclit_wakeup_source_unlock_and_wake (AsyncLitWakeupSource *self)
{
  gboolean wake = self->armed;

  note_wakeup_locked (self);
  self->armed = FALSE;
  if (wake)
    wakeup_source_wake (self);
  else
    asynclit_unlock (&self->lock);
}
