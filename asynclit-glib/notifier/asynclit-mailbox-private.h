/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A mailbox: the list of what a main context has to be told, and of what is to be released there.
 *
 * Its users are the functions of asynclit-notifier-private.h. */

#pragma once

#include "asynclit-doorbell-private.h"
#include "asynclit-notifier-private.h"

G_BEGIN_DECLS

/* How many notices to take at a time: each time, the lock has to come over from the processor on
 * which tasks end. */
#define ASYNCLIT_BATCH_SIZE 16

/* Notices on their way, first in, first out. */
typedef struct {
  AsyncLitNotice *notices[ASYNCLIT_BATCH_SIZE];
  guint first;
  guint length; /* atomic: to look from another thread */
} AsyncLitBatch;

typedef struct {
  AsyncLitDoorbell bell; /* its lock guards what follows */
  AsyncLitNotice news;   /* head of a ring */
  GQueue lanes;          /* of AsyncLitLane, those with releases */
  guint n_releases;      /* in all of them */
  gint64 unlooked_since; /* how long it is known that nobody looks; 0: it is not */
  int n_orphaned;        /* atomic: releases in lanes of threads that have ended */
  gboolean release_is_next;
  AsyncLitNotice *reviving;
  guint n_awaiting_revival; /* threads that wait until `reviving` is another */
  GCond revived;
  gboolean lazy; /* among the lazy mailboxes */

  AsyncLitBatch taken; /* not delivered yet; for whoever iterates the context */

  gint64 made; /* of asynclit_clock_now(); set at construction, then read-only */
} AsyncLitMailbox;

struct _AsyncLitLane {
  AsyncLitMailbox *mailbox;
  guint generation; /* of the process; the mailbox's own is too close to its lock to look at */
  gatomicrefcount ref_count;
  int n_waiting; /* atomic: what clients counted */
  /* Guarded by the mailbox's lock. */
  AsyncLitNotice releases; /* head of a ring */
  GList link;              /* in the mailbox's lanes */
  gboolean orphaned;       /* its thread has ended */
  int n_releases;          /* atomic, to look without the lock */
};

/* The one of @context, with a reference, that of its doorbell. */
AsyncLitMailbox *asynclit_mailbox_get (GMainContext *context);

/* Before a lane is used (takes the reference to @self), and when its thread has ended. */
void asynclit_mailbox_add_lane (AsyncLitMailbox *self, AsyncLitLane *lane);
void asynclit_mailbox_orphan_lane (AsyncLitMailbox *self, AsyncLitLane *lane);

/* With the lock. */
gboolean asynclit_mailbox_is_pending_locked (AsyncLitDoorbell *bell);
/* Whether so much waits to be released, and nobody iterates the context. */
gboolean asynclit_mailbox_is_unattended_locked (AsyncLitMailbox *self);
void asynclit_mailbox_link_locked (AsyncLitNotice *notice, AsyncLitPost post);

/* For the last reference to what @notice belongs to; TRUE if it may have been taken meanwhile. */
gboolean asynclit_mailbox_remove (AsyncLitMailbox *self, AsyncLitNotice *notice);

/* Whether the calling thread is the only one that iterates the context, or will. */
gboolean asynclit_mailbox_is_left_to_caller (AsyncLitMailbox *self);

/* Takes something to release, of @own or of a lane that no thread owns any more. */
AsyncLitNotice *asynclit_mailbox_take_release (AsyncLitMailbox *self, AsyncLitLane *own);
/* Takes something to release, of any lane, if still nobody iterates the context. */
AsyncLitNotice *asynclit_mailbox_take_unattended (AsyncLitMailbox *self);
guint asynclit_mailbox_count_releases (AsyncLitMailbox *self);
/* Puts a notice that was taken back, behind the others. */
void asynclit_mailbox_return_release (AsyncLitMailbox *self, AsyncLitNotice *notice);
/* Releases a notice that was taken. */
void asynclit_mailbox_release (AsyncLitMailbox *self, AsyncLitNotice *notice);

G_END_DECLS
