/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which waits could never end: the one place that decides. Whoever is about to block a thread until
 * something has ended asks here first, and is refused with G_IO_ERROR_WOULD_BLOCK
 *
 *   - on the worker's thread, which all timers and asynchronous tasks need;
 *   - on the thread in whose main context something of it has to run;
 *   - in a call of a task's function that the wait is for, be it by way of others: a function that
 *     waits for a task that waits, for ever, for the first one's.
 */

#pragma once

#include "asynclit-task.h"

G_BEGIN_DECLS

typedef struct _AsyncLitCall AsyncLitCall;
typedef struct _AsyncLitWait AsyncLitWait;

/* A call that a task does not end before it returns; on the stack of the thread that makes it. */
struct _AsyncLitCall {
  AsyncLitTask *task;
  AsyncLitCall *outer; /* where a main loop is nested */
};

void asynclit_call_begin (AsyncLitCall *self, AsyncLitTask *task);
void asynclit_call_end (AsyncLitCall *self);

/* A wait; on the stack of the thread that blocks. */
struct _AsyncLitWait {
  AsyncLitTask *task; /* what it is for; NULL: all live tasks of the registry, if there is one */
  gpointer registry;

  const AsyncLitCall *calls; /* of the thread */
  AsyncLitWait *next;        /* guarded by the lock, as what follows */
  AsyncLitWait *previous;
  gboolean is_listed;
  gboolean is_visited;
};

/* FALSE if it could never end; sets @error. @is_endless: nothing else ends it, no time-out and no
 * cancellable. If TRUE, asynclit_wait_end() is called when it is over. */
gboolean asynclit_wait_begin (AsyncLitWait *self, gboolean is_endless, GError **error);
void asynclit_wait_end (AsyncLitWait *self);

G_END_DECLS
