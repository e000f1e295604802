/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Why not g_main_context_wakeup(): it needs a context that is alive, but whoever rings must not
 * keep the context alive, nor can know whether its owner is dropping it this very moment. An
 * event file descriptor of our own, polled by a source in the context, has no such race: it lives
 * as long as the doorbell.
 *
 * The descriptor is written only if the context sleeps, or is about to (`armed`, set in prepare
 * when nothing is pending, and taken back by the first who rings). A busy context finds what is
 * pending by itself when it prepares its next iteration.
 *
 * Before it goes to sleep the context looks on for a moment, if the last time somebody rang right
 * after it had gone: for to sleep and be woken takes many times longer than a short job.
 *
 * Locks: `table_lock` guards `table`. Each doorbell's own lock guards its fields. Never both.
 */

#include "config.h"

#include "asynclit-doorbell-private.h"
#include "asynclit-init-private.h"
#include "asynclit-kept-private.h"
#include "asynclit-processor-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* For how long a context looks on before it goes to sleep, from when it last found nothing. */
#define LINGER_USEC 4
/* Between two looks at the clock meanwhile. */
#define LINGER_ROUNDS 32

typedef struct {
  GSource source;
  AsyncLitDoorbell *bell;
  gpointer fd_tag;
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

  if (g_source_query_unix_fd (&self->source, self->fd_tag) != 0)
    while (read (self->bell->fd, &count, sizeof count) < 0 && errno == EINTR)
      ;
}

/* Looks whether there is something to do, unless this iteration is being sat out. */
static gboolean
is_ready_locked (DoorbellSource *self)
{
  return !self->resting && self->bell->klass->is_pending_locked (self->bell);
}

static gboolean
doorbell_source_prepare (GSource *source, int *timeout)
{
  DoorbellSource *self = (DoorbellSource *) source;
  gboolean ready;

  asynclit_tsan_acquire (source);
  asynclit_lock (&self->bell->lock);
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
  gboolean stopped_early = self->bell->klass->answer (self->bell);

  asynclit_drop_kept ();
  asynclit_lock (&self->bell->lock);
  self->sit_out = stopped_early;
  asynclit_unlock (&self->bell->lock);
  return G_SOURCE_CONTINUE;
}

static void
doorbell_source_finalize (GSource *source)
{
  DoorbellSource *self = (DoorbellSource *) source;
  AsyncLitDoorbell *bell;

  asynclit_tsan_acquire (source);
  bell = self->bell;
  /* First out of the table: a new context may get this one's address at once. */
  asynclit_lock (&table_lock);
  if (table != NULL && g_hash_table_lookup (table, bell) == bell)
    g_hash_table_remove (table, bell);
  asynclit_unlock (&table_lock);

  asynclit_lock (&bell->lock);
  g_atomic_int_set (&bell->closed, TRUE);
  bell->armed = FALSE;
  asynclit_unlock (&bell->lock);
  bell->klass->context_gone (bell);
  asynclit_doorbell_unref (bell);
}

static GSourceFuncs doorbell_source_funcs = {
  .prepare = doorbell_source_prepare,
  .check = doorbell_source_check,
  .dispatch = doorbell_source_dispatch,
  .finalize = doorbell_source_finalize,
};

static AsyncLitDoorbell *
doorbell_new (const AsyncLitDoorbellClass *klass, GMainContext *context)
{
  AsyncLitDoorbell *self = g_malloc0 (klass->instance_size);

  self->klass = klass;
  self->context = context;
  self->last_pause = G_MAXINT64;
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->fd < 0)
    g_error ("Could not make an event file descriptor: %s", g_strerror (errno));
  g_atomic_ref_count_init (&self->ref_count);
  klass->init (self);
  return self;
}

/* The context owns the source, and the source a reference to the doorbell. */
static void
doorbell_attach (AsyncLitDoorbell *self, int priority)
{
  GSource *source = g_source_new (&doorbell_source_funcs, sizeof (DoorbellSource));
  DoorbellSource *doorbell_source = (DoorbellSource *) source;

  doorbell_source->bell = asynclit_doorbell_ref (self);
  doorbell_source->fd_tag = g_source_add_unix_fd (source, self->fd, G_IO_IN);
  g_source_set_name (source, self->klass->name);
  g_source_set_priority (source, priority);
  /* Handlers run nested main loops; those need their notifications, too. */
  g_source_set_can_recurse (source, TRUE);
  asynclit_tsan_release (source);
  g_source_attach (source, self->context);
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

  asynclit_lock (&table_lock);
  found = doorbell_lookup_locked (klass, context);
  if (found != NULL)
    asynclit_doorbell_ref (found);
  asynclit_unlock (&table_lock);
  if (found != NULL)
    return found;

  fresh = doorbell_new (klass, context);
  asynclit_lock (&table_lock);
  found = doorbell_lookup_locked (klass, context);
  if (found != NULL)
    asynclit_doorbell_ref (found);
  else
    g_hash_table_add (table, fresh);
  asynclit_unlock (&table_lock);

  if (found == NULL)
    {
      doorbell_attach (fresh, priority);
      return fresh;
    }
  asynclit_doorbell_unref (fresh);
  return found;
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
  close (self->fd);
  asynclit_lock_clear (&self->lock);
  g_free (self);
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

void
asynclit_doorbell_unlock_and_ring (AsyncLitDoorbell *self)
{
  const guint64 one = 1;
  gboolean ring = self->armed;

  note_ring_locked (self);
  self->armed = FALSE;
  asynclit_unlock (&self->lock);
  if (ring)
    while (write (self->fd, &one, sizeof one) < 0 && errno == EINTR)
      ;
}
