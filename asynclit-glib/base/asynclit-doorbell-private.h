/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"

#include <glib.h>

G_BEGIN_DECLS

/* A way to get the attention of a main context from any thread, at most one wakeup an iteration.
 *
 * There is at most one doorbell of a class for a context. Clients embed it as the first member of
 * their own struct, keep their lists in there, and guard them with the doorbell's lock. */

typedef struct _AsyncLitDoorbell AsyncLitDoorbell;
typedef struct _AsyncLitDoorbellClass AsyncLitDoorbellClass;

struct _AsyncLitDoorbellClass {
  const char *name; /* of the GSource */
  gsize instance_size;
  /* All zero but for the doorbell. */
  void (*init) (AsyncLitDoorbell *bell);
  /* Whether there is something to do. The lock is held. */
  gboolean (*is_pending_locked) (AsyncLitDoorbell *bell);
  /* Runs on: the context. Does what there is to do; TRUE if it stopped early, its budget used up:
   * then sources of lower priority, such as those that draw, get a turn first. */
  gboolean (*answer) (AsyncLitDoorbell *bell);
  /* Runs on: the thread that destroyed the context. Nothing will be answered any more. */
  void (*context_gone) (AsyncLitDoorbell *bell);
  /* The last reference went away. */
  void (*clear) (AsyncLitDoorbell *bell);
};

struct _AsyncLitDoorbell {
  /* Set at construction, then read-only. */
  const AsyncLitDoorbellClass *klass;
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
  gint64 quiet_since; /* when the context last found nothing to do; 0: somebody has rung since */
  gint64 last_pause;  /* how long nobody rang after that, the last time */
  guint n_rings;      /* atomic, to look without the lock */
};

/* The one of this class for @context, made with @priority if there is none yet. NULL: for the
 * global default context, once that can be made. */
AsyncLitDoorbell *asynclit_doorbell_get (const AsyncLitDoorbellClass *klass, GMainContext *context,
                                         int priority);
AsyncLitDoorbell *asynclit_doorbell_ref (AsyncLitDoorbell *self);
void asynclit_doorbell_unref (AsyncLitDoorbell *self);

gboolean asynclit_doorbell_is_closed (AsyncLitDoorbell *self);

/* Whether it belongs to the process that this one was forked from: then its threads may have had
 * the lock, and it is left alone. */
gboolean asynclit_doorbell_is_foreign (AsyncLitDoorbell *self);

/* Runs on: the context, when there is nothing to do. Looks on until @usec after it first found
 * nothing, if somebody rang within that time the last time. TRUE if somebody has rung. */
gboolean asynclit_doorbell_linger (AsyncLitDoorbell *self, gint64 usec);

/* Releases the lock and sees to it that the context answers. */
void asynclit_doorbell_unlock_and_ring (AsyncLitDoorbell *self);

G_END_DECLS
