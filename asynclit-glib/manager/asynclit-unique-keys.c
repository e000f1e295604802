/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A task has its key from before it is submitted until it ends. Several live tasks can have the
 * same key: all but the newest of them run before it, or are on the point of ending.
 *
 * What is done about it is decided under the lock, in one step, and done without it. The task that
 * is to be replaced may end at any moment, or not have been submitted by the thread that is about
 * to; both is fine for what is done.
 */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-init-private.h"
#include "asynclit-unique-keys-private.h"

struct _AsyncLitUniqueKeys {
  gatomicrefcount ref_count;
  AsyncLitLock lock; /* guards the fields below */
  guint generation;  /* of the process */
  GHashTable *keys;  /* text → GQueue of Claim, the oldest first; none is empty */
};

/* Of a live task. */
typedef struct {
  AsyncLitWaiter waiter; /* of the end of the task */
  AsyncLitUniqueKeys *keys;
  AsyncLitTask *task; /* with a reference */
  guint generation;   /* of the process */
  char *key;
  GList link; /* in the queue of its key */
  gboolean is_replaced;
} Claim;

AsyncLitUniqueKeys *
asynclit_unique_keys_new (void)
{
  AsyncLitUniqueKeys *self = g_new0 (AsyncLitUniqueKeys, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->generation = asynclit_get_generation ();
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
asynclit_unique_keys_unref (AsyncLitUniqueKeys *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_hash_table_unref (self->keys);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

/* The first call in the child of a fork: the tasks are the parent's, whose threads may have held
 * the lock. What there was is left where it is. */
static void
unique_keys_lock (AsyncLitUniqueKeys *self)
{
  if (G_UNLIKELY (self->generation != asynclit_get_generation ()))
    {
      self->generation = asynclit_get_generation ();
      self->lock = (AsyncLitLock){ 0 };
      self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    }
  asynclit_lock (&self->lock);
}

static void
claim_free (Claim *self)
{
  asynclit_task_return_ref (self->task);
  asynclit_unique_keys_unref (self->keys);
  g_free (self->key);
  g_free (self);
}

/* Runs on: the thread that ended the task */
static void
claim_end (AsyncLitWaiter *waiter)
{
  Claim *self = (Claim *) waiter;
  AsyncLitUniqueKeys *keys = self->keys;
  GQueue *claims;

  if (self->generation != asynclit_get_generation ())
    return; /* in the child of a fork, it is the parent's */
  asynclit_lock (&keys->lock);
  claims = g_hash_table_lookup (keys->keys, self->key);
  g_queue_unlink (claims, &self->link);
  if (claims->length == 0)
    g_hash_table_remove (keys->keys, self->key);
  asynclit_unlock (&keys->lock);
  claim_free (self);
}

static Claim *
claim_new (AsyncLitUniqueKeys *keys, AsyncLitTask *task, const char *key)
{
  Claim *self = g_new0 (Claim, 1);

  g_atomic_ref_count_inc (&keys->ref_count);
  self->waiter.wake = claim_end;
  self->keys = keys;
  self->generation = asynclit_get_generation ();
  self->task = g_object_ref (task);
  self->key = g_strdup (key);
  self->link.data = self;
  return self;
}

/* What a task that has got the key still has to do. */
typedef struct {
  GPtrArray *ending; /* AsyncLitTask, with references: they have to end first, in whichever way */
  GPtrArray *to_cancel; /* the same of those that it replaces */
  AsyncLitTask *before; /* with a reference: has to succeed first; or NULL */
} Duties;

/* The newest that counts, or NULL. */
static Claim *
claims_get_newest_locked (AsyncLitUniqueKeys *self, GQueue *claims)
{
  asynclit_assert_locked (&self->lock);
  for (GList *l = claims->tail; l != NULL; l = l->prev)
    {
      Claim *claim = l->data;

      if (!claim->is_replaced && !asynclit_task_has_ended (claim->task))
        return claim;
    }
  return NULL;
}

static void
claims_replace_locked (AsyncLitUniqueKeys *self, GQueue *claims, Duties *duties)
{
  asynclit_assert_locked (&self->lock);
  for (GList *l = claims->head; l != NULL; l = l->next)
    {
      Claim *claim = l->data;

      g_ptr_array_add (duties->ending, asynclit_ref_owned_locked (claim->task));
      if (!claim->is_replaced)
        g_ptr_array_add (duties->to_cancel, asynclit_ref_owned_locked (claim->task));
      claim->is_replaced = TRUE;
    }
}

/* Those that were replaced, and have not ended. */
static void
claims_await_replaced_locked (AsyncLitUniqueKeys *self, GQueue *claims, Duties *duties)
{
  asynclit_assert_locked (&self->lock);
  for (GList *l = claims->head; l != NULL; l = l->next)
    {
      Claim *claim = l->data;

      if (claim->is_replaced)
        g_ptr_array_add (duties->ending, asynclit_ref_owned_locked (claim->task));
    }
}

static GQueue *
unique_keys_get_claims_locked (AsyncLitUniqueKeys *self, const char *key)
{
  GQueue *claims = g_hash_table_lookup (self->keys, key);

  asynclit_assert_locked (&self->lock);
  if (claims != NULL)
    return claims;
  claims = g_new0 (GQueue, 1);
  g_hash_table_insert (self->keys, g_strdup (key), claims);
  return claims;
}

/* Returns the task that keeps the key, or NULL. */
static AsyncLitTask *
unique_keys_decide_locked (AsyncLitUniqueKeys *self, GQueue *claims, AsyncLitUnique unique,
                           Duties *duties)
{
  Claim *newest = claims_get_newest_locked (self, claims);

  asynclit_assert_locked (&self->lock);
  if (newest != NULL && unique == ASYNCLIT_UNIQUE_KEEP)
    return asynclit_ref_owned_locked (newest->task);
  if (newest != NULL && unique == ASYNCLIT_UNIQUE_REPLACE)
    claims_replace_locked (self, claims, duties);
  else if (newest != NULL)
    duties->before = asynclit_ref_owned_locked (newest->task);
  else
    claims_await_replaced_locked (self, claims, duties);
  return NULL;
}

static void
duties_fulfil (Duties *self, AsyncLitTask *task)
{
  for (guint i = 0; i < self->ending->len; i++)
    asynclit_admission_add_end (task, g_ptr_array_index (self->ending, i));
  if (self->before != NULL || self->ending->len > 0)
    asynclit_admission_follow_waits ();
  if (self->before != NULL)
    asynclit_admission_add_dependency (task, self->before);
  for (guint i = 0; i < self->to_cancel->len; i++)
    asynclit_task_cancel (g_ptr_array_index (self->to_cancel, i));
  g_ptr_array_unref (self->ending);
  g_ptr_array_unref (self->to_cancel);
  g_clear_pointer (&self->before, asynclit_task_return_ref);
}

AsyncLitTask *
asynclit_unique_keys_claim (AsyncLitUniqueKeys *self, AsyncLitTask *task, const char *key,
                            AsyncLitUnique unique)
{
  GDestroyNotify return_ref = (GDestroyNotify) asynclit_task_return_ref;
  Claim *claim = claim_new (self, task, key);
  Duties duties = { g_ptr_array_new_with_free_func (return_ref),
                    g_ptr_array_new_with_free_func (return_ref), NULL };
  AsyncLitTask *kept;
  GQueue *claims;

  unique_keys_lock (self);
  claims = unique_keys_get_claims_locked (self, key);
  kept = unique_keys_decide_locked (self, claims, unique, &duties);
  if (kept == NULL)
    g_queue_push_tail_link (claims, &claim->link);
  asynclit_unlock (&self->lock);
  duties_fulfil (&duties, task);
  if (kept != NULL)
    {
      claim_free (claim);
      asynclit_task_cancel (task);
    }
  else if (!asynclit_task_add_waiter (task, &claim->waiter))
    claim_end (&claim->waiter);
  return kept;
}
