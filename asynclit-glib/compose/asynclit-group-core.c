/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Lock order: the core's lock, then a notification queue's, since the watcher must not go in the
 * meantime; and the core's lock, then a task's, to remove a waiter that nobody wakes. References
 * are taken before the lock, or to tasks that the core holds, and are dropped after it. */

#include "config.h"

#include "asynclit-clock-private.h"
#include "asynclit-error.h"
#include "asynclit-group-core-types-private.h"
#include "asynclit-init-private.h"

#include <glib/gi18n-lib.h>

/* As many as a manager remembers. */
#define DEFAULT_MAX_COMPLETED 256
/* The maximum number of pending changes, in addition to one for each task: beyond that, the owner
 * does not come, and reads all tasks again when it does. */
#define MAX_CHANGES 4096

static GQuark
group_core_quark (void)
{
  static GQuark quark = 0; /* atomic: several threads may set it, all to the same value */
  GQuark found = __atomic_load_n (&quark, __ATOMIC_RELAXED);

  if (G_UNLIKELY (found == 0))
    {
      found = g_quark_from_static_string ("asynclit-group-core");
      __atomic_store_n (&quark, found, __ATOMIC_RELAXED);
    }
  return found;
}

/* What remains to be done without the lock. */
typedef struct {
  GPtrArray *to_cancel; /* of AsyncLitTask, with references */
  GPtrArray *to_drop;   /* of AsyncLitTask, whose references go */
  AsyncLitTask *idle;   /* has to end */
} Rest;

static gpointer
core_ref (gpointer data, gpointer unused)
{
  AsyncLitGroupCore *self = data;

  if (self != NULL)
    g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
asynclit_group_core_unref (gpointer data)
{
  AsyncLitGroupCore *self = data;

  asynclit_tsan_release (self);
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  asynclit_tsan_acquire (self);
  g_weak_ref_clear (&self->group);
  asynclit_lock_clear (&self->lock);
  g_free (self);
}

/* The tasks belong to the parent, and one of its threads may hold the lock. */
void
asynclit_group_core_reset (AsyncLitGroupCore *self)
{
  self->lock = (AsyncLitLock){ 0 };
  self->live = self->ended = (GQueue) G_QUEUE_INIT;
  self->idle = NULL;
  self->changes = (AsyncLitGroupChanges){ .is_new = TRUE };
  self->n_tasks = 0;
  __atomic_store_n (&self->generation, asynclit_get_generation (), __ATOMIC_RELEASE);
}

static void
rest_do (Rest *self)
{
  GValue value = G_VALUE_INIT;

  for (guint i = 0; self->to_cancel != NULL && i < self->to_cancel->len; i++)
    asynclit_task_cancel (g_ptr_array_index (self->to_cancel, i));
  g_clear_pointer (&self->to_cancel, g_ptr_array_unref);
  g_clear_pointer (&self->to_drop, g_ptr_array_unref);
  if (self->idle == NULL)
    return;
  g_value_init (&value, G_TYPE_BOOLEAN);
  asynclit_task_settle (self->idle, &value, NULL);
  asynclit_task_return_ref (self->idle);
}

/* Changes for the owner */

static void
core_post_locked (AsyncLitGroupCore *self)
{
  asynclit_assert_locked (&self->lock);
  if (self->watcher != NULL)
    asynclit_notification_post_changes (self->watcher);
}

/* Takes ownership of the reference. */
static void
core_record_locked (AsyncLitGroupCore *self, GPtrArray **changes, AsyncLitTask *task, Rest *rest)
{
  AsyncLitGroupChanges *all = &self->changes;
  guint n
      = (all->added != NULL ? all->added->len : 0) + (all->removed != NULL ? all->removed->len : 0);

  asynclit_assert_locked (&self->lock);
  if (all->is_new || n > MAX_CHANGES + self->live.length + self->ended.length)
    {
      all->is_new = TRUE;
      if (rest->to_drop == NULL)
        rest->to_drop = asynclit_group_tasks_new ();
      g_ptr_array_add (rest->to_drop, task);
      return;
    }
  if (*changes == NULL)
    *changes = asynclit_group_tasks_new ();
  g_ptr_array_add (*changes, task);
}

AsyncLitGroupChanges
asynclit_group_core_take_changes (AsyncLitGroupCore *self)
{
  AsyncLitGroupChanges taken, dropped = { 0 };
  GPtrArray *all = asynclit_group_tasks_new ();

  asynclit_group_core_lock (self);
  taken = self->changes;
  self->changes = (AsyncLitGroupChanges){ 0 };
  if (taken.is_new)
    {
      dropped = taken;
      asynclit_group_add_tasks_locked (self, &self->ended, all);
      asynclit_group_add_tasks_locked (self, &self->live, all);
      taken.added = g_steal_pointer (&all);
      taken.removed = NULL;
    }
  asynclit_group_core_unlock (self);
  g_clear_pointer (&all, g_ptr_array_unref);
  g_clear_pointer (&dropped.added, g_ptr_array_unref);
  g_clear_pointer (&dropped.removed, g_ptr_array_unref);
  return taken;
}

gboolean
asynclit_group_core_take_completed (AsyncLitGroupCore *self)
{
  gboolean is_due;

  asynclit_group_core_lock (self);
  is_due = self->completed_is_due;
  self->completed_is_due = FALSE;
  asynclit_group_core_unlock (self);
  return is_due;
}

/* The end of a task, and of the group */

static void
core_close_locked (AsyncLitGroupCore *self)
{
  asynclit_assert_locked (&self->lock);
  self->is_closed = TRUE;
  if (self->live.length == 0 && !self->is_completed)
    self->is_completed = self->completed_is_due = TRUE;
  core_post_locked (self);
}

static void
core_collect_live_locked (AsyncLitGroupCore *self, Rest *rest)
{
  asynclit_assert_locked (&self->lock);
  rest->to_cancel = asynclit_group_tasks_new ();
  asynclit_group_add_tasks_locked (self, &self->live, rest->to_cancel);
}

static void
core_fail_locked (AsyncLitGroupCore *self, Rest *rest)
{
  asynclit_assert_locked (&self->lock);
  if (!self->cancel_on_error || self->has_failed)
    return;
  self->has_failed = self->is_closed = TRUE;
  core_collect_live_locked (self, rest);
}

static void
core_trim_locked (AsyncLitGroupCore *self, Rest *rest)
{
  asynclit_assert_locked (&self->lock);
  while (self->ended.length > self->max_completed)
    {
      AsyncLitGroupMember *member = g_queue_pop_head_link (&self->ended)->data;

      core_record_locked (self, &self->changes.removed, member->task, rest);
      g_free (member);
    }
}

/* FALSE if the group has let go of it. */
static gboolean
core_end_locked (AsyncLitGroupCore *self, AsyncLitGroupMember *member, AsyncLitTaskStatus status,
                 Rest *rest)
{
  asynclit_assert_locked (&self->lock);
  if (self->is_abandoned)
    return FALSE;
  g_queue_unlink (&self->live, &member->link);
  g_queue_push_tail_link (&self->ended, &member->link);
  self->weight_ended += member->weight;
  if (status == ASYNCLIT_TASK_STATUS_ERROR)
    core_fail_locked (self, rest);
  if (self->live.length == 0)
    {
      rest->idle = g_steal_pointer (&self->idle);
      if (self->is_closed || self->closes_when_idle)
        core_close_locked (self);
    }
  core_trim_locked (self, rest);
  core_post_locked (self);
  return TRUE;
}

/* Runs on: the thread that ended the task */
static void
member_ended (AsyncLitWaiter *waiter)
{
  AsyncLitGroupMember *member = (AsyncLitGroupMember *) waiter;
  AsyncLitGroupCore *self = member->core;
  AsyncLitTaskStatus status = asynclit_task_get_status (member->task);
  Rest rest = { 0 };
  gboolean is_kept;

  asynclit_group_core_lock (self);
  is_kept = core_end_locked (self, member, status, &rest);
  asynclit_group_core_unlock (self);
  if (!is_kept)
    {
      asynclit_task_return_ref (member->task);
      g_free (member);
    }
  rest_do (&rest);
  asynclit_group_core_unref (self);
}

/* Adding */

static AsyncLitGroupMember *
member_new (AsyncLitGroupCore *core, AsyncLitTask *task)
{
  AsyncLitGroupMember *self = g_new0 (AsyncLitGroupMember, 1);

  self->waiter.wake = member_ended;
  self->core = core_ref (core, NULL);
  self->task = g_object_ref (task);
  self->weight = asynclit_task_get_progress_weight (task);
  self->link.data = self;
  return self;
}

static void
core_count_locked (AsyncLitGroupCore *self, AsyncLitGroupMember *member)
{
  asynclit_assert_locked (&self->lock);
  if (self->live.length == 0)
    {
      self->n_tasks = 0;
      self->weight = self->weight_ended = 0;
      self->begun = asynclit_clock_now ();
    }
  self->n_tasks++;
  self->weight += member->weight;
  g_queue_push_tail_link (&self->live, &member->link);
}

/* FALSE if the group is closed. */
static gboolean
core_enter (AsyncLitGroupCore *self, AsyncLitGroupMember *member)
{
  Rest rest = { 0 };
  gboolean is_closed;

  g_object_ref (member->task); /* for the published list */
  asynclit_group_core_lock (self);
  is_closed = self->is_closed;
  if (!is_closed)
    {
      core_count_locked (self, member);
      core_record_locked (self, &self->changes.added, member->task, &rest);
      core_post_locked (self);
    }
  asynclit_group_core_unlock (self);
  if (is_closed)
    asynclit_task_return_ref (member->task);
  rest_do (&rest);
  return !is_closed;
}

static gboolean
core_refuse_foreign (AsyncLitGroupCore *self, AsyncLitTask *task, GError **error)
{
  if (g_object_get_qdata (G_OBJECT (task), group_core_quark ()) == self)
    return TRUE;
  g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_INVALID_ARGUMENT,
                       _ ("The task is in another group already"));
  return FALSE;
}

gboolean
asynclit_group_core_add (AsyncLitGroupCore *self, AsyncLitTask *task, GError **error)
{
  AsyncLitGroupMember *member;

  if (asynclit_task_check_forked (task, error))
    return FALSE;
  if (!g_object_replace_qdata (G_OBJECT (task), group_core_quark (), NULL, core_ref (self, NULL),
                               asynclit_group_core_unref, NULL))
    {
      asynclit_group_core_unref (self);
      return core_refuse_foreign (self, task, error);
    }
  member = member_new (self, task);
  if (core_enter (self, member))
    {
      if (!asynclit_task_add_waiter (task, &member->waiter))
        member_ended (&member->waiter);
      return TRUE;
    }
  g_object_set_qdata (G_OBJECT (task), group_core_quark (), NULL);
  asynclit_task_return_ref (member->task);
  asynclit_group_core_unref (self);
  g_free (member);
  g_set_error_literal (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED,
                       _ ("The task group is closed and accepts no tasks"));
  return FALSE;
}

gboolean
asynclit_group_core_close (AsyncLitGroupCore *self)
{
  gboolean was_closed;

  asynclit_group_core_lock (self);
  was_closed = self->is_closed;
  if (!was_closed)
    core_close_locked (self);
  asynclit_group_core_unlock (self);
  return !was_closed;
}

void
asynclit_group_core_close_when_idle (AsyncLitGroupCore *self)
{
  asynclit_group_core_lock (self);
  self->closes_when_idle = TRUE;
  if (self->live.length == 0 && !self->is_closed)
    core_close_locked (self);
  asynclit_group_core_unlock (self);
}

void
asynclit_group_core_cancel (AsyncLitGroupCore *self)
{
  Rest rest = { 0 };

  asynclit_group_core_lock (self);
  core_collect_live_locked (self, &rest);
  asynclit_group_core_unlock (self);
  rest_do (&rest);
}

/* Creation and end */

AsyncLitGroupCore *
asynclit_group_core_new (GObject *group, AsyncLitNotification *watcher)
{
  AsyncLitGroupCore *self = g_new0 (AsyncLitGroupCore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_weak_ref_init (&self->group, group);
  self->generation = asynclit_get_generation ();
  self->watcher = watcher;
  self->max_completed = DEFAULT_MAX_COMPLETED;
  return self;
}

void
asynclit_group_core_set_watcher (AsyncLitGroupCore *self, AsyncLitNotification *watcher)
{
  asynclit_group_core_lock (self);
  self->watcher = watcher;
  core_post_locked (self);
  asynclit_group_core_unlock (self);
}

/* Those whose waiters are being woken stay with who wakes them. */
static void
core_keep_removable_locked (AsyncLitGroupCore *self)
{
  GList *next;

  asynclit_assert_locked (&self->lock);
  for (GList *link = self->live.head; link != NULL; link = next)
    {
      AsyncLitGroupMember *member = link->data;

      next = link->next;
      if (!asynclit_task_remove_waiter (member->task, &member->waiter))
        g_queue_unlink (&self->live, link);
    }
}

static void
let_go_of (GQueue *members, gboolean are_live)
{
  GList *link;

  while ((link = g_queue_pop_head_link (members)) != NULL)
    {
      AsyncLitGroupMember *member = link->data;

      asynclit_task_return_ref (member->task);
      if (are_live)
        asynclit_group_core_unref (member->core);
      g_free (member);
    }
}

void
asynclit_group_core_abandon (AsyncLitGroupCore *self)
{
  AsyncLitGroupChanges changes;
  GQueue live, ended;
  Rest rest = { 0 };

  asynclit_group_core_lock (self);
  self->watcher = NULL;
  self->is_abandoned = self->is_closed = TRUE;
  core_keep_removable_locked (self);
  live = self->live;
  ended = self->ended;
  self->live = self->ended = (GQueue) G_QUEUE_INIT;
  rest.idle = g_steal_pointer (&self->idle);
  changes = self->changes;
  self->changes = (AsyncLitGroupChanges){ 0 };
  asynclit_group_core_unlock (self);
  let_go_of (&live, TRUE);
  let_go_of (&ended, FALSE);
  g_clear_pointer (&changes.added, g_ptr_array_unref);
  g_clear_pointer (&changes.removed, g_ptr_array_unref);
  rest_do (&rest);
  asynclit_group_core_unref (self);
}

AsyncLitGroupCore *
asynclit_group_core_of_task (AsyncLitTask *task)
{
  return g_object_dup_qdata (G_OBJECT (task), group_core_quark (), core_ref, NULL);
}

gpointer
asynclit_group_core_dup_group (AsyncLitGroupCore *self)
{
  return g_weak_ref_get (&self->group);
}

gboolean
asynclit_group_core_set_max_completed (AsyncLitGroupCore *self, guint max_completed)
{
  Rest rest = { 0 };
  gboolean changes;

  asynclit_group_core_lock (self);
  changes = self->max_completed != max_completed;
  self->max_completed = max_completed;
  core_trim_locked (self, &rest);
  core_post_locked (self);
  asynclit_group_core_unlock (self);
  rest_do (&rest);
  return changes;
}
