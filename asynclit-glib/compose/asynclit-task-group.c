/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitTaskGroup:
 *
 * Tasks that belong together, and end together.
 *
 * A group is the scope of tasks: of a window, of a browser tab, of a request. It counts them, waits
 * for all of them, and cancels them, either on request, when one of them fails
 * ([property@TaskGroup:cancel-on-error]), or when the last reference to the group is dropped
 * ([property@TaskGroup:cancel-on-drop]).
 *
 * ```c
 * g_autoptr (AsyncLitTaskGroup) group = asynclit_task_group_new (NULL);
 *
 * asynclit_task_group_set_cancel_on_error (group, TRUE);
 * for (guint i = 0; i < n_files; i++)
 *   g_object_unref (asynclit_task_group_submit (group, NULL, download, files[i], NULL));
 * asynclit_task_group_close (group);
 * if (!asynclit_task_group_wait (group, 60, NULL, &error))
 *   return FALSE;
 * ```
 *
 * The tasks are submitted to a manager as others are. The function of a task can submit further
 * tasks to its group, which it finds with [method@Task.get_group].
 *
 * A group is a [iface@Gio.ListModel] of its tasks, which has those that are live and the newest
 * [property@TaskGroup:max-completed] that have ended. The list changes only in the thread-default
 * main context of the thread that created the group, and combines the changes of many tasks.
 * Signals are emitted there, too. Use the list model only on that thread; all other functions may
 * be called from any thread.
 *
 * Since: 1.0
 */

/* AsyncLitTaskGroup is a facade. The core, which lives as long as there are live tasks, knows the
 * tasks. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-run.h"
#include "asynclit-task-group-private.h"

#define PROP_MANAGER ASYNCLIT_TASK_GROUP_MANAGER
#define PROP_CANCEL_ON_ERROR ASYNCLIT_TASK_GROUP_CANCEL_ON_ERROR
#define PROP_CANCEL_ON_DROP ASYNCLIT_TASK_GROUP_CANCEL_ON_DROP
#define PROP_MAX_COMPLETED ASYNCLIT_TASK_GROUP_MAX_COMPLETED
#define PROP_CLOSED ASYNCLIT_TASK_GROUP_CLOSED
#define PROP_ITEM_TYPE ASYNCLIT_TASK_GROUP_ITEM_TYPE
#define PROP_N_ITEMS ASYNCLIT_TASK_GROUP_N_ITEMS
#define PROP_N_LIVE ASYNCLIT_TASK_GROUP_N_LIVE
#define PROP_FRACTION ASYNCLIT_TASK_GROUP_FRACTION
#define PROP_REMAINING ASYNCLIT_TASK_GROUP_REMAINING
#define N_PROPS ASYNCLIT_TASK_GROUP_N_PROPS
#define properties asynclit_task_group_properties

static void task_group_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AsyncLitTaskGroup, asynclit_task_group, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      task_group_list_model_init))

static GType
task_group_get_item_type (GListModel *model)
{
  return ASYNCLIT_TYPE_TASK;
}

static guint
task_group_get_n_items (GListModel *model)
{
  return asynclit_task_group_ensure_list (ASYNCLIT_TASK_GROUP (model))->len;
}

static gpointer
task_group_get_item (GListModel *model, guint position)
{
  GPtrArray *list = asynclit_task_group_ensure_list (ASYNCLIT_TASK_GROUP (model));

  return position < list->len ? g_object_ref (g_ptr_array_index (list, position)) : NULL;
}

static void
task_group_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = task_group_get_item_type;
  iface->get_n_items = task_group_get_n_items;
  iface->get_item = task_group_get_item;
}

/* FALSE if it is none of the numbers. */
static gboolean
task_group_get_number (AsyncLitTaskGroup *self, guint property_id, GValue *value)
{
  switch (property_id)
    {
    case PROP_MAX_COMPLETED:
      g_value_set_uint (value, asynclit_task_group_get_max_completed (self));
      return TRUE;
    case PROP_N_ITEMS:
      g_value_set_uint (value, task_group_get_n_items (G_LIST_MODEL (self)));
      return TRUE;
    case PROP_N_LIVE:
      g_value_set_uint (value, asynclit_task_group_get_n_live (self));
      return TRUE;
    case PROP_FRACTION:
      g_value_set_double (value, asynclit_task_group_get_fraction (self));
      return TRUE;
    case PROP_REMAINING:
      g_value_set_double (value, asynclit_task_group_get_remaining (self));
      return TRUE;
    default:
      return FALSE;
    }
}

static void
asynclit_task_group_get_property (GObject *object, guint property_id, GValue *value,
                                  GParamSpec *pspec)
{
  AsyncLitTaskGroup *self = ASYNCLIT_TASK_GROUP (object);

  switch (property_id)
    {
    case PROP_MANAGER:
      g_value_set_object (value, self->manager);
      break;
    case PROP_CANCEL_ON_ERROR:
      g_value_set_boolean (value, asynclit_task_group_get_cancel_on_error (self));
      break;
    case PROP_CANCEL_ON_DROP:
      g_value_set_boolean (value, asynclit_task_group_get_cancel_on_drop (self));
      break;
    case PROP_CLOSED:
      g_value_set_boolean (value, asynclit_task_group_get_closed (self));
      break;
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, task_group_get_item_type (G_LIST_MODEL (self)));
      break;
    default:
      if (!task_group_get_number (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_task_group_set_property (GObject *object, guint property_id, const GValue *value,
                                  GParamSpec *pspec)
{
  AsyncLitTaskGroup *self = ASYNCLIT_TASK_GROUP (object);

  switch (property_id)
    {
    case PROP_MANAGER:
      self->manager = g_value_dup_object (value);
      break;
    case PROP_CANCEL_ON_ERROR:
      asynclit_task_group_set_cancel_on_error (self, g_value_get_boolean (value));
      break;
    case PROP_CANCEL_ON_DROP:
      asynclit_task_group_set_cancel_on_drop (self, g_value_get_boolean (value));
      break;
    case PROP_MAX_COMPLETED:
      asynclit_task_group_set_max_completed (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_task_group_constructed (GObject *object)
{
  AsyncLitTaskGroup *self = ASYNCLIT_TASK_GROUP (object);

  G_OBJECT_CLASS (asynclit_task_group_parent_class)->constructed (object);
  if (self->manager == NULL)
    self->manager = g_object_ref (asynclit_get_default_manager ());
}

static void
asynclit_task_group_dispose (GObject *object)
{
  AsyncLitTaskGroup *self = ASYNCLIT_TASK_GROUP (object);

  asynclit_group_core_set_watcher (self->core, NULL);
  if (asynclit_object_notification_dispose (&self->notification))
    G_OBJECT_CLASS (asynclit_task_group_parent_class)->dispose (object);
  else
    asynclit_group_core_set_watcher (self->core, &self->notification.base);
}

static void
asynclit_task_group_finalize (GObject *object)
{
  AsyncLitTaskGroup *self = ASYNCLIT_TASK_GROUP (object);

  asynclit_tsan_acquire (self);
  if (g_atomic_int_get (&self->cancel_on_drop))
    asynclit_group_core_cancel (self->core);
  asynclit_group_core_abandon (self->core);
  g_clear_pointer (&self->list, g_ptr_array_unref);
  asynclit_notification_clear (&self->notification.base);
  g_clear_object (&self->manager);
  G_OBJECT_CLASS (asynclit_task_group_parent_class)->finalize (object);
}

static void
install_settings (GParamFlags read_write)
{
  /**
   * AsyncLitTaskGroup:manager: (getter get_manager)
   *
   * The manager to which the group submits tasks. If it is not set, or set to %NULL, the default
   * manager.
   *
   * Since: 1.0
   */
  properties[PROP_MANAGER] = g_param_spec_object ("manager", NULL, NULL, ASYNCLIT_TYPE_TASK_MANAGER,
                                                  read_write | G_PARAM_CONSTRUCT_ONLY);

  /**
   * AsyncLitTaskGroup:cancel-on-error: (getter get_cancel_on_error) (setter set_cancel_on_error)
   *
   * Whether the first task that fails closes the group and cancels its other tasks. A task that is
   * cancelled does not count as failed. The default is %FALSE.
   *
   * Since: 1.0
   */
  properties[PROP_CANCEL_ON_ERROR]
      = g_param_spec_boolean ("cancel-on-error", NULL, NULL, FALSE, read_write);

  /**
   * AsyncLitTaskGroup:cancel-on-drop: (getter get_cancel_on_drop) (setter set_cancel_on_drop)
   *
   * Whether the tasks of the group are cancelled when the last reference to the group is dropped.
   * The default is %FALSE: they continue.
   *
   * Since: 1.0
   */
  properties[PROP_CANCEL_ON_DROP]
      = g_param_spec_boolean ("cancel-on-drop", NULL, NULL, FALSE, read_write);

  /**
   * AsyncLitTaskGroup:max-completed: (getter get_max_completed) (setter set_max_completed)
   *
   * The number of ended tasks that stay in the list: any number, including 0. The default is 256.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_COMPLETED]
      = g_param_spec_uint ("max-completed", NULL, NULL, 0, G_MAXUINT, 256, read_write);
}

static void
install_numbers (GParamFlags read_only)
{
  /**
   * AsyncLitTaskGroup:n-live: (getter get_n_live)
   *
   * How many tasks of the group have not ended. Changes are not notified.
   *
   * Since: 1.0
   */
  properties[PROP_N_LIVE] = g_param_spec_uint ("n-live", NULL, NULL, 0, G_MAXUINT, 0, read_only);

  /**
   * AsyncLitTaskGroup:fraction: (getter get_fraction)
   *
   * The share of the group's tasks that is done, from 0 to 1; -1 if no task has come yet. Changes
   * are not notified.
   *
   * It is the mean of [property@Task:fraction], weighted by [property@Task:progress-weight], of the
   * tasks that have come since none was live. Tasks that have ended in whichever way count as done,
   * and those whose fraction is unknown as not begun. To read it looks at each live task.
   *
   * Since: 1.0
   */
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, read_only);

  /**
   * AsyncLitTaskGroup:remaining: (getter get_remaining)
   *
   * How long the group's tasks still take, in seconds, as far as can be told; -1 if that is
   * unknown, 0 if no task is live. Changes are not notified.
   *
   * Since: 1.0
   */
  properties[PROP_REMAINING]
      = g_param_spec_double ("remaining", NULL, NULL, -1, G_MAXDOUBLE, -1, read_only);
}

static void
asynclit_task_group_class_init (AsyncLitTaskGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  asynclit_init ();
  asynclit_class_type_set (&asynclit_task_group_type, klass);

  object_class->get_property = asynclit_task_group_get_property;
  object_class->set_property = asynclit_task_group_set_property;
  object_class->constructed = asynclit_task_group_constructed;
  object_class->dispose = asynclit_task_group_dispose;
  object_class->finalize = asynclit_task_group_finalize;

  install_settings (flags | G_PARAM_READWRITE);
  install_numbers (flags | G_PARAM_READABLE);

  /**
   * AsyncLitTaskGroup:closed: (getter get_closed)
   *
   * Whether the group is closed, and therefore accepts no tasks.
   *
   * Since: 1.0
   */
  properties[PROP_CLOSED]
      = g_param_spec_boolean ("closed", NULL, NULL, FALSE, flags | G_PARAM_READABLE);

  /**
   * AsyncLitTaskGroup:item-type:
   *
   * The type of the items of the list: [class@Task]. It never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE]
      = g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT, flags | G_PARAM_READABLE);

  /**
   * AsyncLitTaskGroup:n-items:
   *
   * The number of tasks in the list. Like the list itself, read this in the owner's context only.
   *
   * Since: 1.0
   */
  properties[PROP_N_ITEMS]
      = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * AsyncLitTaskGroup::completed:
   * @self: the group
   *
   * Emitted once, in the owner's context, when the group is closed and none of its tasks is live.
   * A handler that is connected before the context is iterated is called even if this happened
   * before.
   *
   * Since: 1.0
   */
  asynclit_task_group_completed
      = g_signal_new ("completed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
}

static void
asynclit_task_group_init (AsyncLitTaskGroup *self)
{
  asynclit_object_notification_init (&self->notification, self,
                                     &asynclit_task_group_notification_funcs);
  self->core = asynclit_group_core_new (G_OBJECT (self), &self->notification.base);
}

/**
 * asynclit_task_group_new:
 * @manager: (nullable): the manager to which the group submits tasks; %NULL for the default manager
 *
 * Creates a group.
 *
 * Its list of tasks changes in the thread-default main context of the caller.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new group
 * Since: 1.0
 */
AsyncLitTaskGroup *
asynclit_task_group_new (AsyncLitTaskManager *manager)
{
  g_return_val_if_fail (manager == NULL || ASYNCLIT_IS_TASK_MANAGER (manager), NULL);

  return g_object_new (ASYNCLIT_TYPE_TASK_GROUP, "manager", manager, NULL);
}

/**
 * asynclit_task_group_get_manager:
 * @self: a group
 *
 * Gets the manager to which the group submits tasks.
 *
 * Returns: (transfer none): the manager
 * Since: 1.0
 */
AsyncLitTaskManager *
asynclit_task_group_get_manager (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), NULL);

  return self->manager;
}

/**
 * asynclit_task_group_get_cancel_on_error:
 * @self: a group
 *
 * Gets whether the first task that fails closes the group and cancels the others.
 *
 * Returns: %TRUE if it does
 * Since: 1.0
 */
gboolean
asynclit_task_group_get_cancel_on_error (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), FALSE);

  return asynclit_group_core_get_cancel_on_error (self->core);
}

/**
 * asynclit_task_group_set_cancel_on_error:
 * @self: a group
 * @cancel_on_error: whether to cancel the others
 *
 * Sets whether the first task that fails closes the group and cancels the others. Tasks that have
 * failed before don't count.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_group_set_cancel_on_error (AsyncLitTaskGroup *self, gboolean cancel_on_error)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  if (asynclit_group_core_set_cancel_on_error (self->core, !!cancel_on_error))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CANCEL_ON_ERROR]);
}

/**
 * asynclit_task_group_get_cancel_on_drop:
 * @self: a group
 *
 * Gets whether the tasks are cancelled when the last reference to the group is dropped.
 *
 * Returns: %TRUE if they are
 * Since: 1.0
 */
gboolean
asynclit_task_group_get_cancel_on_drop (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), FALSE);

  return g_atomic_int_get (&self->cancel_on_drop);
}

/**
 * asynclit_task_group_set_cancel_on_drop:
 * @self: a group
 * @cancel_on_drop: whether to cancel the tasks
 *
 * Sets whether the tasks are cancelled when the last reference to the group is dropped.
 *
 * Since: 1.0
 */
void
asynclit_task_group_set_cancel_on_drop (AsyncLitTaskGroup *self, gboolean cancel_on_drop)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  if (__atomic_exchange_n (&self->cancel_on_drop, !!cancel_on_drop, __ATOMIC_ACQ_REL)
      != !!cancel_on_drop)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CANCEL_ON_DROP]);
}

/**
 * asynclit_task_group_get_max_completed:
 * @self: a group
 *
 * Gets the number of ended tasks that stay in the list.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_task_group_get_max_completed (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), 0);

  return asynclit_group_core_get_max_completed (self->core);
}

/**
 * asynclit_task_group_set_max_completed:
 * @self: a group
 * @max_completed: the number of tasks
 *
 * Sets the number of ended tasks that stay in the list. The oldest of those that are too many go.
 *
 * Since: 1.0
 */
void
asynclit_task_group_set_max_completed (AsyncLitTaskGroup *self, guint max_completed)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_GROUP (self));

  if (asynclit_group_core_set_max_completed (self->core, max_completed))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_COMPLETED]);
}

/**
 * asynclit_task_group_get_closed:
 * @self: a group
 *
 * Gets whether the group is closed.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if it accepts no tasks
 * Since: 1.0
 */
gboolean
asynclit_task_group_get_closed (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), TRUE);

  return asynclit_group_core_get_closed (self->core);
}

/**
 * asynclit_task_group_get_n_live:
 * @self: a group
 *
 * Gets the number of tasks that have not ended.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_task_group_get_n_live (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), 0);

  return asynclit_group_core_get_n_live (self->core);
}

/**
 * asynclit_task_group_get_fraction:
 * @self: a group
 *
 * Gets the share of the group's tasks that is done; see [property@TaskGroup:fraction].
 *
 * May be called from any thread.
 *
 * Returns: from 0 to 1; -1 if no task has come yet
 * Since: 1.0
 */
double
asynclit_task_group_get_fraction (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), -1);

  return asynclit_group_core_get_fraction (self->core);
}

/**
 * asynclit_task_group_get_remaining:
 * @self: a group
 *
 * Gets how long the group's tasks still take; see [property@TaskGroup:remaining].
 *
 * May be called from any thread.
 *
 * Returns: seconds; -1 if that is unknown
 * Since: 1.0
 */
double
asynclit_task_group_get_remaining (AsyncLitTaskGroup *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_GROUP (self), -1);

  return asynclit_group_core_get_remaining (self->core);
}
