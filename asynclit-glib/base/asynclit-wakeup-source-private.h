/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-lock-private.h"
#include "asynclit-nap-private.h"

#include <glib.h>

G_BEGIN_DECLS

/* Notifies a main context from any thread, with at most one wakeup per iteration.
 *
 * Each context has at most one wakeup source of a class. Clients embed the wakeup source as the
 * first member of their own structure, keep their lists there, and guard them with the wakeup
 * source's lock. */

typedef struct _AsyncLitWakeupSource AsyncLitWakeupSource;
typedef struct _AsyncLitWakeupSourceClass AsyncLitWakeupSourceClass;

struct _AsyncLitWakeupSourceClass {
  const char *name; /* of the GSource */
  gsize instance_size;
  /* All other fields are zero. */
  void (*init) (AsyncLitWakeupSource *wakeup);
  /* Whether there is something to do. The lock is held. */
  gboolean (*is_pending_locked) (AsyncLitWakeupSource *wakeup);
  /* Runs on: the context. Does the pending work. Returns TRUE if it stopped early because its
   * budget is used up; sources of lower priority, such as drawing, then run first. */
  gboolean (*answer) (AsyncLitWakeupSource *wakeup);
  /* Runs on: the thread that destroyed the context. Nothing will be answered any more. */
  void (*context_gone) (AsyncLitWakeupSource *wakeup);
  /* Called when the last reference is dropped. */
  void (*clear) (AsyncLitWakeupSource *wakeup);
};

struct _AsyncLitWakeupSource {
  /* Set at construction, then read-only. */
  const AsyncLitWakeupSourceClass *klass;
  GMainContext *context; /* not owned: only for comparison, and for use where it is known to be
                          * alive. NULL: the global default context, which could not be created
                          * yet */
  int priority;
  guint generation; /* of the process */
  int fd;           /* open while fd_users is not 0; -1: the system had no descriptor left */

  gatomicrefcount ref_count;
  gatomicrefcount fd_users; /* the context, and threads that are about to write */

  AsyncLitLock lock;  /* guards the fields below, and those of the client */
  GSource *source;    /* the context's reference, until `closed`; NULL before it is attached */
  gboolean attached;  /* attached, or about to be */
  gboolean armed;     /* the context sleeps, or will sleep before it checks again */
  int closed;         /* the context is being destroyed, or is gone; atomic, to read without the
                       * lock */
  guint looked_by;    /* the number of the thread that last checked, 0: none; atomic for the same
                       * reason */
  gboolean looked;    /* a thread has checked since this was set to FALSE */
  guint n_wakes;      /* without a descriptor */
  gint64 quiet_since; /* when the context last found nothing to do; 0: it has been woken since */
  gint64 last_pause;  /* how long after that it was woken, the last time */
  guint n_wakeups;    /* atomic, to read without the lock */
  AsyncLitNap nap;
};

/* The wakeup source of this class for @context; creates it with @priority if there is none yet.
 * NULL: for the global default context, once that can be created. */
AsyncLitWakeupSource *asynclit_wakeup_source_get (const AsyncLitWakeupSourceClass *klass,
                                                  GMainContext *context, int priority);
AsyncLitWakeupSource *asynclit_wakeup_source_ref (AsyncLitWakeupSource *self);
void asynclit_wakeup_source_unref (AsyncLitWakeupSource *self);

gboolean asynclit_wakeup_source_is_closed (AsyncLitWakeupSource *self);

/* Whether the wakeup source belongs to the process that this one was forked from. The parent's
 * threads may have held its lock, so it must not be used. */
gboolean asynclit_wakeup_source_is_foreign (AsyncLitWakeupSource *self);

/* Runs on: the context, when there is nothing to do. Keeps checking until @usec after it first
 * found nothing, if it was woken within that time the last time. TRUE if it was woken. */
gboolean asynclit_wakeup_source_linger (AsyncLitWakeupSource *self, gint64 usec);

/* Releases the lock, and wakes the context if necessary. */
void asynclit_wakeup_source_unlock_and_wake (AsyncLitWakeupSource *self);

G_END_DECLS
