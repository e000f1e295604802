/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Functions that the files above the core provide for each other and for the driver, the lowest
 * first. */

#pragma once

#include "asynclit-task-core-private.h"

G_BEGIN_DECLS

/* asynclit-task-release.c: the library's reference */

/* The library has taken another reference to the task, whose state was @before when a keep-alive
 * flag was set for it. All flags together stand for one reference. If one was already set, the new
 * reference is dropped together with that one. */
void asynclit_task_count_ref (AsyncLitTask *self, AsyncLitTaskState before);
/* Drops a reference of the caller, in the owner's context if it is the last one. */
void asynclit_task_return_ref (AsyncLitTask *self);
/* The registry has forgotten the task. */
void asynclit_task_unregister (AsyncLitTask *self);
/* Nothing runs for the task any more, or will. */
void asynclit_task_let_go (AsyncLitTask *self);
void asynclit_task_wait_until_let_go (AsyncLitTask *self);
/* Frees the data of the function, once it can't be called any more. */
void asynclit_task_release_work (AsyncLitTask *self);
/* Drops the library's last references. */
void asynclit_task_drop_refs (AsyncLitTask *self, guint n);

/* asynclit-task-wait.c */

/* FALSE if the task has already ended; otherwise the waiter will be woken once, with no lock
 * held. */
gboolean asynclit_task_add_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter);
/* FALSE if it is being woken, or was, or was not added. */
gboolean asynclit_task_remove_waiter (AsyncLitTask *self, AsyncLitWaiter *waiter);
void asynclit_task_wake_waiters (AsyncLitTask *self);
/* Runs on: the owner's context, once the task has ended. */
void asynclit_task_call_handlers (AsyncLitTask *self);
/* For a task that is being finalized. */
void asynclit_task_free_handlers (AsyncLitTask *self);

/* asynclit-task-hold.c */

void asynclit_checkpoints_wake (void);
/* Calls what asynclit_task_when_resumed() was given. */
void asynclit_task_call_resumed (AsyncLitTask *self);
/* Blocks until the task is resumed, is to stop, or has ended. @own is the cancellable of the task;
 * that of the function, which may be another or NULL, also ends the wait. */
void asynclit_task_wait_until_resumed (AsyncLitTask *self, GCancellable *own,
                                       GCancellable *cancellable);

/* A task that was paused has ended. */
void asynclit_task_unpause (AsyncLitTask *self);
/* Before a submitted task starts. TRUE if it must not, because it is paused: the driver will be
 * asked to start it, or it will be let go. */
gboolean asynclit_task_hold (AsyncLitTask *self);

/* asynclit-task-cancel.c */

/* Runs on: the task's executor. Calls the function with its cancellable. */
void asynclit_task_call_func (AsyncLitTask *self);
/* Runs on: the owner's context. Cancels the cancellable of a task whose cancellation was requested
 * and whose function, if it has one, also runs there. */
void asynclit_task_trip_here (AsyncLitTask *self);
/* The function is to end: has the cancellable cancelled where its handlers may run. */
void asynclit_task_trip_later (AsyncLitTask *self);
/* The task was ended while its function did not run, or was abandoned. */
void asynclit_task_after_stop (AsyncLitTask *self);

/* asynclit-task-progress.c */

/* Runs on: the owner's context. FALSE if it stopped at @end and there is more. */
gboolean asynclit_task_emit_progress (AsyncLitTask *self, gint64 end);

/* asynclit-task-run.c: an attempt, from its start to its end */

/* Makes the task a run of a schedule: @owner also owns the task, and @due is the time for which it
 * runs, in microseconds since the Unix epoch. Must be called before the task is submitted. */
void asynclit_task_set_scheduled (AsyncLitTask *self, AsyncLitNotification *owner, gint64 due);
/* Passes the task to the driver, which has to call asynclit_task_run() or asynclit_task_lose(),
 * unless this returns FALSE because the task has already ended. Takes ownership of the caller's
 * references to the task and to the registry. Only accesses atomics and fields of the task, so a
 * lock may be held. */
gboolean asynclit_task_submit (AsyncLitTask *self, gpointer registry);
/* Runs on: the task's executor. */
void asynclit_task_run (AsyncLitTask *self);
/* Instead of running the task: fails it. */
void asynclit_task_lose (AsyncLitTask *self, const GError *reason);
/* Settles the attempt, and takes ownership of *@value. FALSE if it has already been settled;
 * *@value is then not changed. */
gboolean asynclit_task_settle (AsyncLitTask *self, GValue *value, GDestroyNotify pointer_destroy);

/* asynclit-task-notify.c: notifies the owner */

extern const AsyncLitNotificationFuncs asynclit_task_notification_funcs;
/* A setter has changed a property: notifies in the owner's context, immediately if that is the
 * calling thread's. */
void asynclit_task_notify_property (AsyncLitTask *self, guint property_id);

/* asynclit-task-properties.c */

/* Runs on: the task's executor. A work function whose data is a closure. */
void asynclit_task_invoke_closure (AsyncLitTask *self, GCancellable *cancellable, gpointer closure);

G_END_DECLS
