/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the files above the core do for each other, and for whoever drives a task: lowest first. */

#pragma once

#include "asynclit-task-core-private.h"

G_BEGIN_DECLS

/* asynclit-task-release.c: the library's reference */

/* The library has one more reference to the task, whose state was @before when a keep-alive flag
 * was set for it. All flags together stand for one reference: if one was set already, the new
 * reference is dropped together with the one that it stands for. */
void asynclit_task_count_ref (AsyncLitTask *self, AsyncLitTaskState before);
/* Drops a reference of the caller's, in the owner's context if it is the last one. */
void asynclit_task_return_ref (AsyncLitTask *self);
/* The registry forgets the task. */
void asynclit_task_unregister (AsyncLitTask *self);
/* Nothing runs on behalf of the task any more, nor will. */
void asynclit_task_let_go (AsyncLitTask *self);
/* Frees the data of the function, once it can't be called any more. */
void asynclit_task_release_work (AsyncLitTask *self);
/* The library's last references. */
void asynclit_task_drop_refs (AsyncLitTask *self, guint n);

/* asynclit-task-wait.c */

/* FALSE if the task has ended already; else the waiter is woken once, with no lock held. */
gboolean asynclit_task_add_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter);
void asynclit_task_wake_waiters (AsyncLitTask *self);
/* Runs on: the owner's context, once the task has ended. */
void asynclit_task_call_handlers (AsyncLitTask *self);
/* For a task that goes. */
void asynclit_task_free_handlers (AsyncLitTask *self);

/* asynclit-task-cancel.c */

/* Runs on: the task's executor. Calls the function with its cancellable. */
void asynclit_task_call_func (AsyncLitTask *self);
/* Runs on: the owner's context. Cancels the cancellable of a task that was asked to cancel and
 * whose function, if there is one, runs there, too. */
void asynclit_task_trip_here (AsyncLitTask *self);

/* asynclit-task-progress.c */

/* Runs on: the owner's context. FALSE if it stopped at @end and there is more. */
gboolean asynclit_task_emit_progress (AsyncLitTask *self, gint64 end);

/* asynclit-task-run.c: an attempt from its beginning to its end */

/* Makes the task a run of a schedule: @owner also owns the task, and @due is the time for which it
 * runs, in microseconds since the Unix epoch. Must be called before the task is submitted. */
void asynclit_task_set_scheduled (AsyncLitTask *self, AsyncLitNotification *owner, gint64 due);
/* Takes the task over for the driver, which has to see to it that asynclit_task_run() is called,
 * or asynclit_task_lose(); unless this answers FALSE, because the task has ended already. The
 * caller's references to the task and to the registry become the library's and the task's.
 * Touches atomics and fields of the task only: a lock may be held. */
gboolean asynclit_task_submit (AsyncLitTask *self, gpointer registry);
/* Runs on: the task's executor. */
void asynclit_task_run (AsyncLitTask *self);
/* In place of running: fails the task. */
void asynclit_task_lose (AsyncLitTask *self, const GError *reason);
/* Settles the attempt; takes *value over. FALSE if it was settled before: *value is left alone. */
gboolean asynclit_task_settle (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy);

/* asynclit-task-notify.c: what the owner hears */

extern const AsyncLitNotificationFuncs asynclit_task_notification_funcs;
/* A setter has changed a property: notifies in the owner's context, here and now if that is
 * here. */
void asynclit_task_notify_property (AsyncLitTask *self, guint property_id);

/* asynclit-task-properties.c */

/* A work function whose data is a closure, and that data. Runs on: the task's executor */
void asynclit_task_invoke_closure (AsyncLitTask *self, GCancellable *cancellable, gpointer closure);
gpointer asynclit_task_take_closure (GClosure *closure);

G_END_DECLS
