/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"

#include <glib.h>

G_BEGIN_DECLS

/* A way to get the attention of a main context from any thread, at most one wakeup an iteration.
 *
 * There is at most one wakeup source of a class for a context. Clients embed it as the first member
 * of their own struct, keep their lists in there, and guard them with the wakeup source's lock. */

typedef struct _AsyncLitWakeupSource AsyncLitWakeupSource;
typedef struct _AsyncLitWakeupSourceClass AsyncLitWakeupSourceClass;

struct _AsyncLitWakeupSourceClass {
  const char *name; /* of the GSource */
  gsize instance_size;
  /* All zero but for the wakeup source. */
  void (*init) (AsyncLitWakeupSource *wakeup);
  /* Whether there is something to do. The lock is held. */
  gboolean (*is_pending_locked) (AsyncLitWakeupSource *wakeup);
  /* Runs on: the context. Does what there is to do; TRUE if it stopped early, its budget used up:
   * then sources of lower priority, such as those that draw, get a turn first. */
  gboolean (*answer) (AsyncLitWakeupSource *wakeup);
  /* Runs on: the thread that destroyed the context. Nothing will be answered any more. */
  void (*context_gone) (AsyncLitWakeupSource *wakeup);
  /* The last reference went away. */
  void (*clear) (AsyncLitWakeupSource *wakeup);
};

struct _AsyncLitWakeupSource {
  /* Set at construction, then read-only. */
  const AsyncLitWakeupSourceClass *klass;
  GMainContext *context; /* not owned: to compare; to use only where it is known to live. NULL: the
                          * global default one, which could not be made yet */
  int priority;
  guint generation; /* of the process */
  int fd;           /* open as long as fd_users has some; -1: the system had none left */

  gatomicrefcount ref_count;
  gatomicrefcount fd_users; /* the context, and whoever is about to write */

  AsyncLitLock lock;  /* guards what follows, and what the client says */
  GSource *source;    /* the context's reference, until `closed`; NULL before it is attached */
  gboolean attached;  /* or will be in a moment */
  gboolean armed;     /* the context sleeps, or will before it looks again */
  int closed;         /* the context goes or is gone; atomic, to look without the lock */
  guint looked_by;    /* the number of the thread that looked last, 0: none has; atomic likewise */
  gboolean looked;    /* somebody has looked since this was set to FALSE */
  guint n_wakes;      /* without a descriptor */
  gint64
      quiet_since;   /* when the context last found nothing to do; 0: somebody has woken it since */
  gint64 last_pause; /* how long nobody woke it after that, the last time */
  guint n_wakeups;   /* atomic, to look without the lock */
};

/* The one of this class for @context, made with @priority if there is none yet. NULL: for the
 * global default context, once that can be made. */
AsyncLitWakeupSource *asynclit_wakeup_source_get (const AsyncLitWakeupSourceClass *klass,
                                                  GMainContext *context, int priority);
AsyncLitWakeupSource *asynclit_wakeup_source_ref (AsyncLitWakeupSource *self);
void asynclit_wakeup_source_unref (AsyncLitWakeupSource *self);

gboolean asynclit_wakeup_source_is_closed (AsyncLitWakeupSource *self);

/* Whether it belongs to the process that this one was forked from: then its threads may have had
 * the lock, and it is left alone. */
gboolean asynclit_wakeup_source_is_foreign (AsyncLitWakeupSource *self);

/* Runs on: the context, when there is nothing to do. Looks on until @usec after it first found
 * nothing, if somebody woke it within that time the last time. TRUE if somebody has woken it. */
gboolean asynclit_wakeup_source_linger (AsyncLitWakeupSource *self, gint64 usec);

/* Releases the lock and sees to it that the context answers. */
void asynclit_wakeup_source_unlock_and_wake (AsyncLitWakeupSource *self);

G_END_DECLS
