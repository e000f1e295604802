/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Decides which waits could never end. A thread that is about to block until something has ended
 * calls this first. The wait is refused with G_IO_ERROR_WOULD_BLOCK
 *
 *   - on the worker thread, which all timers and asynchronous tasks need;
 *   - on the thread in whose main context some of the work has to run;
 *   - in a call of a task's function that is waited for, directly or indirectly: a function that
 *     waits for a task that waits, without a limit, for the first one's, or depends on it. */

#pragma once

#include "asynclit-task.h"

G_BEGIN_DECLS

typedef struct _AsyncLitCall AsyncLitCall;
typedef struct _AsyncLitWait AsyncLitWait;

/* A call that has to return before a task ends; on the stack of the thread that makes it. */
struct _AsyncLitCall {
  AsyncLitTask *task;
  AsyncLitCall *outer; /* the outer call, around a nested main loop */
};

void asynclit_call_begin (AsyncLitCall *self, AsyncLitTask *task);
void asynclit_call_end (AsyncLitCall *self);
/* The task whose function the calling thread is in, or NULL. */
AsyncLitTask *asynclit_call_get_task (void);

/* A wait; on the stack of the thread that blocks. */
struct _AsyncLitWait {
  AsyncLitTask *task; /* the task waited for; NULL: all live tasks of the registry, if there is
                       * one */
  gpointer registry;

  const AsyncLitCall *calls; /* the calls of the thread */
  AsyncLitWait *next;        /* guarded by the lock, like the fields below */
  AsyncLitWait *previous;
  gboolean is_listed;
  gboolean is_visited;
};

/* What the admission of tasks knows about their dependencies. */
typedef struct {
  void (*lock) (void);
  void (*unlock) (void);
  /* NULL: there are not so many. The task that is returned stays until unlock(). */
  AsyncLitTask *(*get_dependency_locked) (AsyncLitTask *task, guint index);
  /* Whether it waits for its dependencies. If it does, it stays until unlock(). */
  gboolean (*is_waiting_locked) (AsyncLitTask *task);
} AsyncLitWaitEdges;

/* Once there are dependencies. */
void asynclit_wait_set_edges (const AsyncLitWaitEdges *edges);

/* Whether the end of @task has to wait for that of @other. */
gboolean asynclit_wait_leads_to (AsyncLitTask *task, AsyncLitTask *other);

/* FALSE, with @error, if the wait could never end. @is_endless: neither a timeout nor a cancellable
 * ends it. If this returns TRUE, asynclit_wait_end() has to be called after the wait. */
gboolean asynclit_wait_begin (AsyncLitWait *self, gboolean is_endless, GError **error);
void asynclit_wait_end (AsyncLitWait *self);

G_END_DECLS
