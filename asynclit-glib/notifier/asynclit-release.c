/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A notice that has nothing to say, and one thing to release. */

#include "config.h"

#include "asynclit-notifier-private.h"

typedef struct {
  AsyncLitNotice notice;
  gpointer data;
  GDestroyNotify destroy; /* atomic: once the context is gone, several threads may come */
  gboolean bound;         /* set at construction, then read-only */
} Release;

static void
release_run (AsyncLitNotice *notice)
{
  Release *self = (Release *) notice;
  GDestroyNotify destroy = __atomic_exchange_n (&self->destroy, NULL, __ATOMIC_ACQ_REL);

  if (destroy != NULL)
    destroy (self->data);
}

static gboolean
release_hold_locked (AsyncLitNotice *notice)
{
  return TRUE;
}

static void
release_revive (AsyncLitNotice *notice)
{
}

static gboolean
release_drop_locked (AsyncLitNotice *notice)
{
  return TRUE;
}

static void
release_unref (AsyncLitNotice *notice)
{
  release_run (notice);
  asynclit_notice_clear (notice);
  g_free (notice);
}

/* Runs on: the owner's context */
static gboolean
release_deliver (AsyncLitNotice *notice, gint64 end)
{
  release_run (notice);
  return FALSE;
}

static AsyncLitNews
release_release (AsyncLitNotice *notice)
{
  release_run (notice);
  return ASYNCLIT_NEWS_NONE;
}

static gboolean
release_is_bound (AsyncLitNotice *notice)
{
  Release *self = (Release *) notice;

  return self->bound;
}

static const AsyncLitNoticeFuncs release_funcs = {
  .hold_locked = release_hold_locked,
  .revive = release_revive,
  .drop_locked = release_drop_locked,
  .unref = release_unref,
  .deliver = release_deliver,
  .release = release_release,
  .is_bound = release_is_bound,
};

static AsyncLitPost
decide_release_locked (AsyncLitNotice *notice)
{
  return ASYNCLIT_POST_RELEASE;
}

void
asynclit_notifier_release_later (AsyncLitNotice *other, gpointer data, GDestroyNotify destroy,
                                 gboolean bound)
{
  Release *self = g_new0 (Release, 1);

  self->data = data;
  self->destroy = destroy;
  self->bound = bound;
  asynclit_notice_init (&self->notice, &release_funcs);
  asynclit_notice_follow (&self->notice, other);
  asynclit_notice_post (&self->notice, decide_release_locked);
}
