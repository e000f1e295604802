/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tasks that wait for several others: all, any, race.
 *
 * A join is a task without a function. It has a waiter in each of its inputs, and one for its own
 * end, since it may be cancelled. Its inputs are also recorded as its dependencies, so that
 * asynclit_task_explain() and the search for circles find them.
 *
 * Waiters only count. What follows from that is done by join_act(), one join after the other: if
 * joins wait for each other in a long row, each would otherwise end in the call that ends the one
 * before. */

#include "config.h"

#include "asynclit-admission-private.h"
#include "asynclit-error.h"
#include "asynclit-join.h"
#include "asynclit-task-private.h"

#include <glib/gi18n-lib.h>

typedef struct _Join Join;

typedef struct {
  AsyncLitWaiter waiter;
  Join *join;
  AsyncLitTask *task; /* with a reference */
} JoinInput;

/* What remains to be done for a join, as bits. */
enum {
  JOIN_SETTLE = 1 << 0,
  JOIN_CANCEL_REST = 1 << 1,
  JOIN_DETACH = 1 << 2, /* the join has ended */
};

struct _Join {
  gatomicrefcount ref_count; /* one for each waiter, one for each time it is due */
  AsyncLitTask *task;        /* with a reference */
  AsyncLitWaiter own;        /* of the end of the task */

  /* Set before the waiters are added, then read-only. */
  AsyncLitJoin how;
  AsyncLitJoinFlags flags;
  gsize n_inputs;

  /* Atomic: inputs end on any thread. */
  gsize n_left;   /* inputs that have not ended */
  gsize decisive; /* the input that decides the outcome, counted from 1; 0: none so far */
  guint due;

  JoinInput inputs[];
};

/* The joins that are due on this thread; NULL if none is being acted on. */
static GPrivate own_due;

static void
join_unref (Join *self)
{
  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  for (gsize i = 0; i < self->n_inputs; i++)
    asynclit_task_return_ref (self->inputs[i].task);
  asynclit_task_return_ref (self->task);
  g_free (self);
}

static GQuark
decisive_task_quark (void)
{
  static GQuark quark = 0; /* atomic: several threads may set it, all to the same value */
  GQuark found = __atomic_load_n (&quark, __ATOMIC_RELAXED);

  if (G_UNLIKELY (found == 0))
    {
      found = g_quark_from_static_string ("asynclit-decisive-task");
      __atomic_store_n (&quark, found, __ATOMIC_RELAXED);
    }
  return found;
}

/* The outcome */

static void
value_free (gpointer data)
{
  g_value_unset (data);
  g_free (data);
}

/* NULL: the task has failed. */
static void
copy_value (const GValue *from, GValue *to)
{
  if (from == NULL)
    return;
  g_value_init (to, G_VALUE_TYPE (from));
  g_value_copy (from, to);
}

static void
join_collect (Join *self, GValue *value)
{
  GPtrArray *results = g_ptr_array_new_full ((guint) self->n_inputs, value_free);

  for (gsize i = 0; i < self->n_inputs; i++)
    {
      GValue *result = g_new0 (GValue, 1);

      copy_value (asynclit_task_get_result (self->inputs[i].task, NULL), result);
      g_ptr_array_add (results, result);
    }
  g_value_init (value, G_TYPE_PTR_ARRAY);
  g_value_take_boxed (value, results);
}

static GError *
join_new_all_failed_error (Join *self)
{
  g_autoptr (GError) error = NULL;

  asynclit_task_get_result (self->inputs[0].task, &error);
  return g_error_new (ASYNCLIT_ERROR, ASYNCLIT_ERROR_ALL_FAILED,
                      ngettext ("%zu task failed: %s", "All of %zu tasks failed; the first: %s",
                                (gulong) self->n_inputs),
                      self->n_inputs, error->message);
}

/* The value, or the error. */
static GError *
join_get_outcome (Join *self, GValue *value)
{
  gsize decisive = __atomic_load_n (&self->decisive, __ATOMIC_ACQUIRE);
  GError *error = NULL;

  if (decisive > 0)
    {
      AsyncLitTask *input = self->inputs[decisive - 1].task;

      g_object_set_qdata_full (G_OBJECT (self->task), decisive_task_quark (), g_object_ref (input),
                               (GDestroyNotify) asynclit_task_return_ref);
      copy_value (asynclit_task_get_result (input, &error), value);
    }
  else if (self->how == ASYNCLIT_JOIN_ALL)
    join_collect (self, value);
  else
    error = join_new_all_failed_error (self);
  return error;
}

static void
join_settle (Join *self)
{
  GValue value = G_VALUE_INIT;
  GError *error = join_get_outcome (self, &value);

  if (error != NULL)
    {
      g_value_init (&value, G_TYPE_ERROR);
      g_value_take_boxed (&value, error);
    }
  if (!asynclit_task_settle (self->task, &value, NULL) && G_IS_VALUE (&value))
    g_value_unset (&value);
}

static void
join_cancel_inputs (Join *self)
{
  for (gsize i = 0; i < self->n_inputs; i++)
    asynclit_task_cancel (self->inputs[i].task);
}

static void
join_detach (Join *self)
{
  for (gsize i = 0; i < self->n_inputs; i++)
    if (asynclit_task_remove_waiter (self->inputs[i].task, &self->inputs[i].waiter))
      join_unref (self);
  asynclit_admission_forget_dependencies (asynclit_admission_peek (self->task));
  /* The join may also have been cancelled, or have run out of time. */
  if ((self->flags & ASYNCLIT_JOIN_CANCEL_REST)
      && __atomic_load_n (&self->n_left, __ATOMIC_ACQUIRE) > 0)
    join_cancel_inputs (self);
}

/* Acting on what has been counted */

static void
join_act (Join *self)
{
  guint due = __atomic_exchange_n (&self->due, 0, __ATOMIC_ACQ_REL);

  if (due & JOIN_SETTLE)
    join_settle (self);
  if (due & JOIN_CANCEL_REST)
    join_cancel_inputs (self);
  if (due & JOIN_DETACH)
    join_detach (self);
  join_unref (self);
}

/* FALSE if an outer call on this thread acts on them. */
static gboolean
begin_due (GQueue *due)
{
  if (g_private_get (&own_due) != NULL)
    return FALSE;
  g_private_set (&own_due, due);
  return TRUE;
}

static void
end_due (GQueue *due)
{
  Join *join;

  while ((join = g_queue_pop_head (due)) != NULL)
    join_act (join);
  g_private_set (&own_due, NULL);
}

static void
join_make_due (Join *self, guint what)
{
  GQueue due = G_QUEUE_INIT;
  gboolean is_outer = begin_due (&due);

  g_atomic_ref_count_inc (&self->ref_count);
  __atomic_fetch_or (&self->due, what, __ATOMIC_ACQ_REL);
  g_queue_push_tail (g_private_get (&own_due), self);
  if (is_outer)
    end_due (&due);
}

/* Counting */

static gboolean
join_is_decided_by (Join *self, AsyncLitTask *input)
{
  gboolean has_succeeded = asynclit_task_get_status (input) == ASYNCLIT_TASK_STATUS_DONE;

  if (self->how == ASYNCLIT_JOIN_RACE)
    return TRUE;
  return has_succeeded == (self->how == ASYNCLIT_JOIN_ANY);
}

/* TRUE for the one input that is the first to decide. */
static gboolean
join_decide (Join *self, JoinInput *input)
{
  gsize none = 0;

  return join_is_decided_by (self, input->task)
         && __atomic_compare_exchange_n (&self->decisive, &none, (gsize) (input - self->inputs) + 1,
                                         FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void
join_count (Join *self, JoinInput *input)
{
  gboolean decides = join_decide (self, input);
  gsize n_left = __atomic_sub_fetch (&self->n_left, 1, __ATOMIC_ACQ_REL);
  guint due = 0;

  if (n_left == 0 || (decides && !(self->flags & ASYNCLIT_JOIN_WAIT)))
    due |= JOIN_SETTLE;
  if (decides && n_left > 0 && (self->flags & ASYNCLIT_JOIN_CANCEL_REST))
    due |= JOIN_CANCEL_REST;
  if (due != 0)
    join_make_due (self, due);
  join_unref (self);
}

/* Runs on: the thread that ended the input */
static void
input_ended (AsyncLitWaiter *waiter)
{
  JoinInput *input = (JoinInput *) waiter;

  join_count (input->join, input);
}

/* Runs on: the thread that ended the join */
static void
join_ended (AsyncLitWaiter *waiter)
{
  Join *self = (Join *) ((char *) waiter - G_STRUCT_OFFSET (Join, own));

  join_make_due (self, JOIN_DETACH);
  join_unref (self);
}

/* Creation */

static Join *
join_new (AsyncLitTask *task, AsyncLitTask *const *tasks, gsize n_tasks, AsyncLitJoin how,
          AsyncLitJoinFlags flags)
{
  Join *self = g_malloc0 (sizeof (Join) + n_tasks * sizeof (JoinInput));

  g_atomic_ref_count_init (&self->ref_count);
  self->task = g_object_ref (task);
  self->own.wake = join_ended;
  self->how = how;
  self->flags = flags;
  self->n_inputs = self->n_left = n_tasks;
  asynclit_admission_set_join (task, how != ASYNCLIT_JOIN_ALL && n_tasks > 1);
  for (gsize i = 0; i < n_tasks; i++)
    {
      self->inputs[i] = (JoinInput){ { .wake = input_ended }, self, g_object_ref (tasks[i]) };
      if (how == ASYNCLIT_JOIN_ALL || n_tasks == 1)
        self->inputs[i].waiter.dependent = task;
      asynclit_admission_add_dependency (task, tasks[i]);
    }
  return self;
}

/* What is due is done when all waiters have been added. */
static void
join_start (Join *self)
{
  GQueue due = G_QUEUE_INIT;
  gboolean is_outer = begin_due (&due);

  asynclit_task_state_set_flags (&self->task->state, ASYNCLIT_STATE_ABANDON); /* nothing runs */
  asynclit_task_state_set_gate (&self->task->state, ASYNCLIT_GATE_DEPENDENCY);
  g_atomic_ref_count_inc (&self->ref_count);
  asynclit_task_add_waiter (self->task, &self->own);
  for (gsize i = 0; i < self->n_inputs; i++)
    {
      g_atomic_ref_count_inc (&self->ref_count);
      if (!asynclit_task_add_waiter (self->inputs[i].task, &self->inputs[i].waiter))
        join_count (self, &self->inputs[i]);
    }
  if (is_outer)
    end_due (&due);
  join_unref (self);
}

static void
task_settle_without_inputs (AsyncLitTask *task, AsyncLitJoin how)
{
  GValue value = G_VALUE_INIT;

  if (how != ASYNCLIT_JOIN_ALL)
    {
      asynclit_task_return_new_error (task, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT, "%s",
                                      _ ("There is no task to wait for"));
      return;
    }
  g_value_init (&value, G_TYPE_PTR_ARRAY);
  g_value_take_boxed (&value, g_ptr_array_new_with_free_func (value_free));
  asynclit_task_settle (task, &value, NULL);
}

static gboolean
find_forked (AsyncLitTask *const *tasks, gsize n_tasks, GError **error)
{
  for (gsize i = 0; i < n_tasks; i++)
    if (asynclit_task_check_forked (tasks[i], error))
      return TRUE;
  return FALSE;
}

static gboolean
are_tasks (AsyncLitTask *const *tasks, gsize n_tasks)
{
  for (gsize i = 0; i < n_tasks; i++)
    if (!ASYNCLIT_IS_TASK (tasks[i]))
      return FALSE;
  return TRUE;
}

/**
 * asynclit_task_all:
 * @tasks: (array length=n_tasks) (nullable): the tasks to wait for
 * @n_tasks: the number of tasks
 *
 * Creates a task that succeeds when all of the given tasks have succeeded.
 *
 * The result is a [struct@GLib.PtrArray] of [struct@GObject.Value], which contains the results of
 * the tasks in the order of @tasks. A task that has returned nothing counts as a
 * %NULL pointer. Pointers still belong to their tasks.
 *
 * The first task that fails or is cancelled fails the new task with its error, immediately. The
 * other tasks continue. [func@Task.join] has flags for other behaviour.
 *
 * If @n_tasks is 0, the new task is done immediately, and its result is an empty array.
 *
 * ```c
 * AsyncLitTask *parts[] = { download_first, download_second };
 * g_autoptr (AsyncLitTask) both = asynclit_task_all (parts, G_N_ELEMENTS (parts));
 * ```
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_all (AsyncLitTask *const *tasks, gsize n_tasks)
{
  return asynclit_task_join (tasks, n_tasks, ASYNCLIT_JOIN_ALL, ASYNCLIT_JOIN_DEFAULT);
}

/**
 * asynclit_task_any:
 * @tasks: (array length=n_tasks) (nullable): the tasks to wait for
 * @n_tasks: the number of tasks
 *
 * Creates a task that succeeds with the result of the first of the given tasks that succeeds.
 *
 * If all tasks fail or are cancelled, the new task fails with %ASYNCLIT_ERROR_ALL_FAILED. If
 * @n_tasks is 0, it fails with %ASYNCLIT_ERROR_INVALID_ARGUMENT.
 *
 * The other tasks continue. [func@Task.join] has flags for other behaviour.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_any (AsyncLitTask *const *tasks, gsize n_tasks)
{
  return asynclit_task_join (tasks, n_tasks, ASYNCLIT_JOIN_ANY, ASYNCLIT_JOIN_DEFAULT);
}

/**
 * asynclit_task_race:
 * @tasks: (array length=n_tasks) (nullable): the tasks to wait for
 * @n_tasks: the number of tasks
 *
 * Creates a task that ends as soon as one of the given tasks ends, with the result or the error of
 * that task. If that task is cancelled, the error is %G_IO_ERROR_CANCELLED.
 *
 * If @n_tasks is 0, the new task fails with %ASYNCLIT_ERROR_INVALID_ARGUMENT.
 *
 * The other tasks continue. To cancel them, call [func@Task.join] with
 * %ASYNCLIT_JOIN_CANCEL_REST.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_race (AsyncLitTask *const *tasks, gsize n_tasks)
{
  return asynclit_task_join (tasks, n_tasks, ASYNCLIT_JOIN_RACE, ASYNCLIT_JOIN_DEFAULT);
}

/**
 * asynclit_task_join:
 * @tasks: (array length=n_tasks) (nullable): the tasks to wait for
 * @n_tasks: the number of tasks
 * @how: which of them decide the outcome
 * @flags: what happens to the others
 *
 * Creates a task that waits for several others, like [func@Task.all], [func@Task.any] or
 * [func@Task.race].
 *
 * The owner of the new task is the thread that calls this function. The task occupies no thread.
 * While it waits, it is pending, its substate is %ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY, and
 * [method@Task.get_dependency] returns the tasks for which it waits. It belongs to no manager,
 * unless it is passed to [method@TaskManager.submit_task]; then it is running while it waits.
 *
 * The tasks may be tasks of any managers, and may have been submitted or not. The library keeps
 * them, and the new task, until the new task has ended.
 *
 * If the new task is cancelled, it ends immediately. The tasks for which it waited continue, unless
 * %ASYNCLIT_JOIN_CANCEL_REST is set.
 *
 * If one of the tasks belongs to the process from which this one was forked, the new task fails
 * with %ASYNCLIT_ERROR_FORKED.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the new task
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_join (AsyncLitTask *const *tasks, gsize n_tasks, AsyncLitJoin how,
                    AsyncLitJoinFlags flags)
{
  AsyncLitTask *task;
  GError *error = NULL;

  g_return_val_if_fail (tasks != NULL || n_tasks == 0, NULL);
  g_return_val_if_fail (how <= ASYNCLIT_JOIN_RACE, NULL);
  g_return_val_if_fail ((flags & ~(ASYNCLIT_JOIN_CANCEL_REST | ASYNCLIT_JOIN_WAIT)) == 0, NULL);
  g_return_val_if_fail (are_tasks (tasks, n_tasks), NULL);

  task = asynclit_task_new ();
  if (n_tasks == 0)
    task_settle_without_inputs (task, how);
  else if (find_forked (tasks, n_tasks, &error))
    asynclit_task_return_error (task, error);
  else
    join_start (join_new (task, tasks, n_tasks, how, flags));
  return task;
}

/**
 * asynclit_task_get_decisive:
 * @self: a task
 *
 * Gets the task that has decided the outcome of a task that was created with [func@Task.join] or a
 * similar function: the one that was the first to fail, to succeed or to end.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the other task; %NULL if the task has not ended, if all of
 *   the others have decided together, or if it waits for no others
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_get_decisive (AsyncLitTask *self)
{
  AsyncLitTaskStatus status;
  AsyncLitTask *decisive = NULL;

  g_return_val_if_fail (ASYNCLIT_IS_TASK (self), NULL);

  status = asynclit_task_get_status (self);
  if (status == ASYNCLIT_TASK_STATUS_DONE || status == ASYNCLIT_TASK_STATUS_ERROR)
    decisive = g_object_get_qdata (G_OBJECT (self), decisive_task_quark ());
  return decisive != NULL ? g_object_ref (decisive) : NULL;
}
