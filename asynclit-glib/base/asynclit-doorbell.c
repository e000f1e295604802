/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Why not g_main_context_wakeup(): it needs a context that is alive, but whoever rings must not
 * keep the context alive, nor can know whether its owner is dropping it this very moment. And it
 * takes the context's lock, or writes what the child of a fork reads, if that iterates the context,
 * too. An event file descriptor of our own, polled by a source in the context, has none of this. It
 * goes with the context, or with the last who was about to write to it.
 *
 * If the system has no descriptor left, the source is moved in time instead: to another moment that
 * never comes. GLib wakes the context for that. It is done under the doorbell's lock, for a context
 * that goes says so first, while it is still whole, and takes that lock to do so.
 *
 * In the child of a fork the parent's doorbells are left alone: the first who iterates the context
 * takes the source out. The child makes others.
 *
 * The descriptor is written only if the context sleeps, or is about to (`armed`, set in prepare
 * when nothing is pending, and taken back by the first who rings). A busy context finds what is
 * pending by itself when it prepares its next iteration.
 *
 * Before it goes to sleep the context looks on for a moment, if the last time somebody rang right
 * after it had gone: for to sleep and be woken takes many times longer than a short job.
 *
 * Locks: `table_lock` guards `table`. Each doorbell's own lock guards its fields. Never both. The
 * context's own, of GLib, may be taken after a doorbell's.
 */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-doorbell-private.h"
#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-processor-private.h"
#include "asynclit-thread-number-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* For how long a context looks on before it goes to sleep, from when it last found nothing. */
#define LINGER_USEC 4
/* A moment that never comes. */
#define NEVER (G_MAXINT64 / 2)
/* Between two looks at the clock meanwhile. */
#define LINGER_ROUNDS 32

typedef struct {
  GSource source;
  AsyncLitDoorbell *bell;
  gpointer fd_tag; /* NULL without a descriptor */
  /* Guarded by the doorbell's lock: threads may take turns in iterating a context. */
  gboolean sit_out; /* answer() used up its budget: skip the coming iteration */
  gboolean resting; /* this iteration is being skipped */
} DoorbellSource;

static AsyncLitLock table_lock; /* guards table */
static GHashTable *table;       /* set of AsyncLitDoorbell, by class and context; no references */

static guint
doorbell_hash (gconstpointer key)
{
  const AsyncLitDoorbell *bell = key;

  return g_direct_hash (bell->context) ^ g_direct_hash (bell->klass);
}

static gboolean
doorbell_equal (gconstpointer a, gconstpointer b)
{
  const AsyncLitDoorbell *left = a, *right = b;

  return left->context == right->context && left->klass == right->klass;
}

/* The parent's threads are gone, and with them whatever its doorbells were for. */
static void
forget_table (void)
{
  table_lock = (AsyncLitLock){ 0 };
  table = NULL;
}

static void
clear_wakeup (DoorbellSource *self)
{
  guint64 count;

  if (self->fd_tag != NULL && g_source_query_unix_fd (&self->source, self->fd_tag) != 0)
    while (read (self->bell->fd, &count, sizeof count) < 0 && errno == EINTR)
      ;
}

/* Looks whether there is something to do, unless this iteration is being sat out. */
static gboolean
is_ready_locked (DoorbellSource *self)
{
  return !self->resting && self->bell->klass->is_pending_locked (self->bell);
}

static void
note_look_locked (AsyncLitDoorbell *bell)
{
  bell->looked = TRUE;
  __atomic_store_n (&bell->looked_by, asynclit_get_thread_number (), __ATOMIC_RELAXED);
}

static gboolean
doorbell_source_prepare (GSource *source, int *timeout)
{
  DoorbellSource *self = (DoorbellSource *) source;
  gboolean ready;

  asynclit_tsan_acquire (source);
  if (G_UNLIKELY (asynclit_doorbell_is_foreign (self->bell)))
    {
      g_source_destroy (source);
      return FALSE;
    }
  asynclit_lock (&self->bell->lock);
  note_look_locked (self->bell);
  self->resting = self->sit_out;
  self->sit_out = FALSE;
  *timeout = self->resting ? 0 : -1;
  ready = is_ready_locked (self);
  if (!self->resting && !ready)
    {
      asynclit_unlock (&self->bell->lock);
      asynclit_doorbell_linger (self->bell, LINGER_USEC);
      asynclit_lock (&self->bell->lock);
      ready = is_ready_locked (self);
    }
  self->bell->armed = !self->resting && !ready;
  asynclit_unlock (&self->bell->lock);
  return ready;
}

static gboolean
doorbell_source_check (GSource *source)
{
  DoorbellSource *self = (DoorbellSource *) source;
  gboolean ready;

  if (G_UNLIKELY (asynclit_doorbell_is_foreign (self->bell)))
    return FALSE;
  clear_wakeup (self);
  asynclit_lock (&self->bell->lock);
  ready = is_ready_locked (self);
  self->bell->armed = FALSE;
  asynclit_unlock (&self->bell->lock);
  return ready;
}

static gboolean
doorbell_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  DoorbellSource *self = (DoorbellSource *) source;
  gboolean stopped_early;

  if (G_UNLIKELY (asynclit_doorbell_is_foreign (self->bell)))
    return G_SOURCE_REMOVE;
  stopped_early = self->bell->klass->answer (self->bell);
  asynclit_drop_kept ();
  if (G_UNLIKELY (asynclit_doorbell_is_foreign (self->bell))) /* a handler has forked */
    return G_SOURCE_REMOVE;
  asynclit_lock (&self->bell->lock);
  self->sit_out = stopped_early;
  asynclit_unlock (&self->bell->lock);
  return G_SOURCE_CONTINUE;
}

static void
let_go_of_fd (AsyncLitDoorbell *self)
{
  if (g_atomic_ref_count_dec (&self->fd_users) && self->fd >= 0)
    close (self->fd);
}

static gboolean
never_called (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs on: the thread that destroys the context, which is still whole. When this returns nobody
 * wakes it any more. First out of the table: a new context may get this one's address soon. */
static void
context_goes (gpointer data)
{
  AsyncLitDoorbell *self = data;

  asynclit_tsan_acquire (self);
  if (asynclit_doorbell_is_foreign (self))
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

/* In the child of a fork only its copy of the descriptor goes. */
static void
doorbell_source_finalize (GSource *source)
{
  AsyncLitDoorbell *bell;

  asynclit_tsan_acquire (source);
  bell = ((DoorbellSource *) source)->bell;
  if (!asynclit_doorbell_is_foreign (bell))
    {
      bell->klass->context_gone (bell);
      let_go_of_fd (bell);
      asynclit_doorbell_unref (bell);
    }
  else if (bell->fd >= 0)
    close (bell->fd);
}

static GSourceFuncs doorbell_source_funcs = {
  .prepare = doorbell_source_prepare,
  .check = doorbell_source_check,
  .dispatch = doorbell_source_dispatch,
  .finalize = doorbell_source_finalize,
};

/* One without a context is armed from the beginning: whoever rings sees whether that is there. */
static AsyncLitDoorbell *
doorbell_new (const AsyncLitDoorbellClass *klass, GMainContext *context, int priority)
{
  AsyncLitDoorbell *self = g_malloc0 (klass->instance_size);

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
doorbell_source_new (AsyncLitDoorbell *bell)
{
  GSource *source = g_source_new (&doorbell_source_funcs, sizeof (DoorbellSource));
  DoorbellSource *self = (DoorbellSource *) source;

  self->bell = bell;
  if (bell->fd >= 0)
    self->fd_tag = g_source_add_unix_fd (source, bell->fd, G_IO_IN);
  g_source_set_name (source, bell->klass->name);
  g_source_set_priority (source, bell->priority);
  /* Handlers run nested main loops; those need their notifications, too. */
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, never_called, bell, context_goes);
  return source;
}

/* The context owns the source, and the source the reference that was taken for it. */
static void
doorbell_attach (AsyncLitDoorbell *self, GMainContext *context)
{
  GSource *source;
  gboolean is_first;

  asynclit_lock (&self->lock);
  is_first = !self->attached;
  self->attached = TRUE;
  asynclit_unlock (&self->lock);
  if (!is_first)
    return;
  source = doorbell_source_new (self);
  asynclit_lock (&self->lock);
  self->source = source;
  asynclit_unlock (&self->lock);
  asynclit_tsan_release (source);
  asynclit_tsan_release (self);
  g_source_attach (source, context);
  g_source_unref (source);
}

static AsyncLitDoorbell *
doorbell_lookup_locked (const AsyncLitDoorbellClass *klass, GMainContext *context)
{
  AsyncLitDoorbell key = { .klass = klass, .context = context };

  if (table == NULL)
    table = g_hash_table_new (doorbell_hash, doorbell_equal);
  return g_hash_table_lookup (table, &key);
}

static AsyncLitDoorbell *
doorbell_find (const AsyncLitDoorbellClass *klass, GMainContext *context)
{
  AsyncLitDoorbell *found;

  asynclit_lock (&table_lock);
  found = doorbell_lookup_locked (klass, context);
  if (found != NULL)
    asynclit_doorbell_ref (found);
  asynclit_unlock (&table_lock);
  return found;
}

/* Puts it into the table; unless another thread has just done so with one for the same context:
 * then it returns that. */
static AsyncLitDoorbell *
doorbell_publish (AsyncLitDoorbell *self)
{
  AsyncLitDoorbell *found;

  asynclit_lock (&table_lock);
  found = doorbell_lookup_locked (self->klass, self->context);
  if (found != NULL)
    asynclit_doorbell_ref (found);
  else
    g_hash_table_add (table, asynclit_doorbell_ref (self));
  asynclit_unlock (&table_lock);
  return found;
}

/* The global default context could not be made before. This time, or the next time that somebody
 * rings, it may be possible. */
static void
attach_to_default (AsyncLitDoorbell *self)
{
  GMainContext *context = asynclit_context_peek_default ();

  if (context != NULL)
    {
      doorbell_attach (self, context);
      return;
    }
  asynclit_lock (&self->lock);
  self->armed = !self->attached;
  asynclit_unlock (&self->lock);
}

/* There may be one that waits for the global default context. */
static void
attach_homeless (const AsyncLitDoorbellClass *klass)
{
  AsyncLitDoorbell *homeless = doorbell_find (klass, NULL);

  if (homeless == NULL)
    return;
  attach_to_default (homeless);
  asynclit_doorbell_unref (homeless);
}

AsyncLitDoorbell *
asynclit_doorbell_get (const AsyncLitDoorbellClass *klass, GMainContext *context, int priority)
{
  static gsize registered = 0;
  AsyncLitDoorbell *found;
  AsyncLitDoorbell *fresh;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_table);
      asynclit_once_leave (&registered, 1);
    }
  found = doorbell_find (klass, context);
  if (found != NULL)
    return found;

  fresh = doorbell_new (klass, context, priority);
  found = doorbell_publish (fresh);
  if (found != NULL)
    {
      let_go_of_fd (fresh);
      asynclit_doorbell_unref (fresh);
      return found;
    }
  if (context != NULL)
    {
      doorbell_attach (fresh, context);
      attach_homeless (klass);
    }
  return fresh;
}

AsyncLitDoorbell *
asynclit_doorbell_ref (AsyncLitDoorbell *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_doorbell_unref (AsyncLitDoorbell *self)
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
asynclit_doorbell_is_foreign (AsyncLitDoorbell *self)
{
  return self->generation != asynclit_get_generation ();
}

gboolean
asynclit_doorbell_is_closed (AsyncLitDoorbell *self)
{
  return g_atomic_int_get (&self->closed);
}

/* Whether somebody rings before @end. */
static gboolean
hears_ring (AsyncLitDoorbell *self, guint n_rings, gint64 end)
{
  do
    for (guint i = 0; i < LINGER_ROUNDS; i++)
      {
        if (__atomic_load_n (&self->n_rings, __ATOMIC_RELAXED) != n_rings)
          return TRUE;
        asynclit_processor_relax ();
      }
  while (g_get_monotonic_time () < end);
  return FALSE;
}

gboolean
asynclit_doorbell_linger (AsyncLitDoorbell *self, gint64 usec)
{
  gint64 now = g_get_monotonic_time ();
  gboolean is_pending;
  gboolean worth_it;
  gint64 end;
  guint n_rings;

  asynclit_lock (&self->lock);
  is_pending = self->klass->is_pending_locked (self);
  if (self->quiet_since == 0)
    self->quiet_since = now;
  end = self->quiet_since + usec;
  worth_it = self->last_pause <= usec && now <= end;
  n_rings = self->n_rings;
  asynclit_unlock (&self->lock);
  return is_pending
         || (worth_it && asynclit_processor_may_spin () && hears_ring (self, n_rings, end));
}

static void
note_ring_locked (AsyncLitDoorbell *self)
{
  __atomic_store_n (&self->n_rings, self->n_rings + 1, __ATOMIC_RELAXED);
  if (self->quiet_since == 0)
    return;
  self->last_pause = g_get_monotonic_time () - self->quiet_since;
  self->quiet_since = 0;
}

/* Without a descriptor. The context lives: else it would have said so, for which it needs the
 * lock. */
static void
wake_without_fd_locked (AsyncLitDoorbell *self)
{
  if (self->source != NULL)
    g_source_set_ready_time (self->source, NEVER + (gint64) (self->n_wakes++ % 2));
}

/* Writes to the descriptor, which stays open meanwhile. */
static void
ring_through_fd (AsyncLitDoorbell *self)
{
  const guint64 one = 1;

  while (write (self->fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
  let_go_of_fd (self);
}

/* Lets go of the lock. The context sleeps. As soon as the lock is free the context may see what was
 * posted, let go of what kept this alive, and go itself; so a reference is taken before. */
static void
doorbell_wake (AsyncLitDoorbell *self)
{
  gboolean is_homeless = !self->attached;

  asynclit_doorbell_ref (self);
  if (self->fd < 0)
    wake_without_fd_locked (self);
  else
    g_atomic_ref_count_inc (&self->fd_users);
  asynclit_unlock (&self->lock);
  if (is_homeless)
    attach_to_default (self);
  if (self->fd >= 0)
    ring_through_fd (self);
  asynclit_doorbell_unref (self);
}

void
asynclit_doorbell_unlock_and_ring (AsyncLitDoorbell *self)
{
  gboolean ring = self->armed;

  note_ring_locked (self);
  self->armed = FALSE;
  if (ring)
    doorbell_wake (self);
  else
    asynclit_unlock (&self->lock);
}
