/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A notification that reports nothing, but releases one object. */

#include "config.h"

#include "asynclit-notifier-private.h"

typedef struct {
  AsyncLitNotification notification;
  gpointer data;
  GDestroyNotify destroy; /* atomic: once the context is gone, several threads may release */
  gboolean bound;         /* set at construction, then read-only */
} Release;

static void
release_run (AsyncLitNotification *notification)
{
  Release *self = (Release *) notification;
  GDestroyNotify destroy = __atomic_exchange_n (&self->destroy, NULL, __ATOMIC_ACQ_REL);

  if (destroy != NULL)
    destroy (self->data);
}

static gboolean
release_keep_alive_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return TRUE;
}

static void
release_resurrect (AsyncLitNotification *notification)
{
}

static gboolean
release_drop_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return TRUE;
}

static void
release_unref (AsyncLitNotification *notification)
{
  release_run (notification);
  asynclit_notification_clear (notification);
  g_free (notification);
}

/* Runs on: the owner's context */
static gboolean
release_deliver (AsyncLitNotification *notification, gint64 end)
{
  release_run (notification);
  return FALSE;
}

static AsyncLitPending
release_release (AsyncLitNotification *notification)
{
  release_run (notification);
  return ASYNCLIT_PENDING_NONE;
}

static gboolean
release_is_bound (AsyncLitNotification *notification)
{
  Release *self = (Release *) notification;

  return self->bound;
}

static const AsyncLitNotificationFuncs release_funcs = {
  .keep_alive_locked = release_keep_alive_locked,
  .resurrect = release_resurrect,
  .drop_locked = release_drop_locked,
  .unref = release_unref,
  .deliver = release_deliver,
  .release = release_release,
  .is_bound = release_is_bound,
};

static AsyncLitPost
decide_release_locked (AsyncLitNotification *notification)
{
  asynclit_notification_assert_locked (notification);
  return ASYNCLIT_POST_RELEASE;
}

void
asynclit_notifier_release_later (AsyncLitNotification *other, gpointer data, GDestroyNotify destroy,
                                 gboolean bound)
{
  Release *self = g_new0 (Release, 1);

  g_assert (destroy != NULL);
  self->data = data;
  self->destroy = destroy;
  self->bound = bound;
  asynclit_notification_init (&self->notification, &release_funcs);
  asynclit_notification_follow (&self->notification, other);
  asynclit_notification_post (&self->notification, decide_release_locked);
}
