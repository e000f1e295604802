/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitTaskManager:
 *
 * Submits tasks and keeps track of them.
 *
 * A manager finds a task by its ID, or by a name that was registered with
 * [method@TaskManager.register_global]. It keeps every live task, and the newest
 * [property@TaskManager:max-completed] ended tasks, unless they are older than
 * [property@TaskManager:max-age]. Each submission removes some of the ended tasks beyond that
 * number, and [method@TaskManager.cleanup] removes all of them.
 *
 * Most programs need no manager of their own: [func@run] uses the default manager, which
 * [func@get_default_manager] returns.
 *
 * ```c
 * g_autoptr (AsyncLitTaskManager) manager = asynclit_task_manager_new ();
 * g_autoptr (AsyncLitRetryPolicy) retry = asynclit_retry_policy_new (3);
 * g_autoptr (AsyncLitTask) task
 *     = asynclit_task_manager_submit (manager, retry, download, g_strdup (uri), g_free);
 * ```
 *
 * The functions that submit a task differ in where the work runs: on a thread of the pool, in the
 * worker's main context, or in the main context of the caller. All of them return at once. The
 * caller becomes the *owner* of the task: the task's signals are emitted in the thread-default main
 * context of the caller, and the task's data is freed there. If the program never iterates that
 * context, the data is freed when the submitting thread calls the library again.
 *
 * A manager is a [iface@Gio.ListModel] of its tasks. The list changes only in the main context in
 * which the manager was created, and combines the changes of many tasks. You can bind it to a list
 * view there. Use the list model only on the thread of that context; all other functions may be
 * called from any thread. Properties are notified in that context, too.
 *
 * If you drop the last reference to a manager, its live tasks still run to their end.
 *
 * Since: 1.0
 */

/* AsyncLitTaskManager is a facade. The registry, which lives as long as there are live tasks, knows
 * the tasks, and the driver runs them. */

#include "config.h"

#include "asynclit-context-private.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-task-id-private.h"
#include "asynclit-task-manager-private.h"

#include <math.h>

#define DEFAULT_MAX_COMPLETED 256
#define ALIAS_PREFIX "global:"

#define PROP_MAX_COMPLETED ASYNCLIT_TASK_MANAGER_MAX_COMPLETED
#define PROP_MAX_AGE ASYNCLIT_TASK_MANAGER_MAX_AGE
#define PROP_CLOSED ASYNCLIT_TASK_MANAGER_CLOSED
#define PROP_ITEM_TYPE ASYNCLIT_TASK_MANAGER_ITEM_TYPE
#define PROP_N_ITEMS ASYNCLIT_TASK_MANAGER_N_ITEMS
#define N_PROPS ASYNCLIT_TASK_MANAGER_N_PROPS
#define properties asynclit_task_manager_properties

static void task_manager_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AsyncLitTaskManager, asynclit_task_manager, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      task_manager_list_model_init))

static GType
task_manager_get_item_type (GListModel *model)
{
  return ASYNCLIT_TYPE_TASK;
}

static guint
task_manager_get_n_items (GListModel *model)
{
  return asynclit_task_list_get_length (
      asynclit_task_manager_ensure_list (ASYNCLIT_TASK_MANAGER (model)));
}

static gpointer
task_manager_get_item (GListModel *model, guint position)
{
  AsyncLitTaskList *list = asynclit_task_manager_ensure_list (ASYNCLIT_TASK_MANAGER (model));
  AsyncLitTask *task = asynclit_task_list_get (list, position);

  return task != NULL ? g_object_ref (task) : NULL;
}

static void
task_manager_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = task_manager_get_item_type;
  iface->get_n_items = task_manager_get_n_items;
  iface->get_item = task_manager_get_item;
}

static void
asynclit_task_manager_get_property (GObject *object, guint property_id, GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitTaskManager *self = ASYNCLIT_TASK_MANAGER (object);

  switch (property_id)
    {
    case PROP_MAX_COMPLETED:
      g_value_set_uint (value, asynclit_task_manager_get_max_completed (self));
      break;
    case PROP_MAX_AGE:
      g_value_set_double (value, asynclit_task_manager_get_max_age (self));
      break;
    case PROP_CLOSED:
      g_value_set_boolean (value, asynclit_task_manager_get_closed (self));
      break;
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, task_manager_get_item_type (G_LIST_MODEL (self)));
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, task_manager_get_n_items (G_LIST_MODEL (self)));
      break;
    default:
      if (!asynclit_task_manager_get_number (self, property_id, value)
          && !asynclit_task_manager_get_limit (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_task_manager_set_property (GObject *object, guint property_id, const GValue *value,
                                    GParamSpec *pspec)
{
  AsyncLitTaskManager *self = ASYNCLIT_TASK_MANAGER (object);

  switch (property_id)
    {
    case PROP_MAX_COMPLETED:
      asynclit_task_manager_set_max_completed (self, g_value_get_uint (value));
      break;
    case PROP_MAX_AGE:
      asynclit_task_manager_set_max_age (self, g_value_get_double (value));
      break;
    default:
      if (!asynclit_task_manager_set_limit (self, property_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_task_manager_dispose (GObject *object)
{
  AsyncLitTaskManager *self = ASYNCLIT_TASK_MANAGER (object);

  if (asynclit_object_notification_dispose (&self->notification))
    G_OBJECT_CLASS (asynclit_task_manager_parent_class)->dispose (object);
}

static void
asynclit_task_manager_finalize (GObject *object)
{
  AsyncLitTaskManager *self = ASYNCLIT_TASK_MANAGER (object);

  asynclit_tsan_acquire (self);
  g_clear_pointer (&self->list, asynclit_task_list_free);
  g_clear_pointer (&self->initial, g_ptr_array_unref);
  asynclit_notification_clear (&self->notification.base);
  asynclit_task_registry_abandon (self->registry);
  asynclit_task_manager_clear_limits (self);
  asynclit_notifier_release_own ();
  G_OBJECT_CLASS (asynclit_task_manager_parent_class)->finalize (object);
}

static void
asynclit_task_manager_class_init (AsyncLitTaskManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  asynclit_init ();
  asynclit_class_type_set (&asynclit_task_manager_type, klass);

  object_class->get_property = asynclit_task_manager_get_property;
  object_class->set_property = asynclit_task_manager_set_property;
  object_class->dispose = asynclit_task_manager_dispose;
  object_class->finalize = asynclit_task_manager_finalize;

  /**
   * AsyncLitTaskManager:max-completed: (getter get_max_completed) (setter set_max_completed)
   *
   * The number of ended tasks to remember: any number, including 0. The default is 256.
   *
   * Changes are notified in the context in which the manager was created.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_COMPLETED] = g_param_spec_uint (
      "max-completed", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_COMPLETED, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitTaskManager:max-age: (getter get_max_age) (setter set_max_age)
   *
   * How long to remember ended tasks, in seconds. The default is 0, which means no limit.
   *
   * Changes are notified in the context in which the manager was created.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_AGE]
      = g_param_spec_double ("max-age", NULL, NULL, 0, G_MAXDOUBLE, 0, flags | G_PARAM_READWRITE);

  /**
   * AsyncLitTaskManager:closed: (getter get_closed)
   *
   * Whether the manager is closed, and therefore accepts no tasks. The default is %FALSE.
   *
   * Changes are notified in the context in which the manager was created.
   *
   * Since: 1.0
   */
  properties[PROP_CLOSED]
      = g_param_spec_boolean ("closed", NULL, NULL, FALSE, flags | G_PARAM_READABLE);

  /**
   * AsyncLitTaskManager:item-type:
   *
   * The type of the items of the list: [class@Task]. It never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE]
      = g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT, flags | G_PARAM_READABLE);

  /**
   * AsyncLitTaskManager:n-items:
   *
   * The number of tasks in the list.
   *
   * Like the list itself, read this in the owner's context only. Once the property or the list has
   * been read, changes are notified there, after [signal@Gio.ListModel::items-changed].
   *
   * Since: 1.0
   */
  properties[PROP_N_ITEMS]
      = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READABLE);

  asynclit_task_manager_make_numbers (properties);
  asynclit_task_manager_install_limits (asynclit_task_manager_properties);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  asynclit_task_manager_install_signals (G_TYPE_FROM_CLASS (klass));
  asynclit_task_manager_items_changed = g_signal_lookup ("items-changed", G_TYPE_LIST_MODEL);
}

static void
asynclit_task_manager_init (AsyncLitTaskManager *self)
{
  asynclit_object_notification_init (&self->notification, self,
                                     &asynclit_task_manager_notification_funcs);
  self->is_known = TRUE;
  self->registry = asynclit_task_registry_new (&self->notification.base, DEFAULT_MAX_COMPLETED);
  asynclit_task_registry_set_manager (self->registry, self);
}

AsyncLitTaskManager *
asynclit_task_manager_new_in_default_context (void)
{
  AsyncLitTaskManager *self = asynclit_task_manager_new ();

  asynclit_notification_move (&self->notification.base, asynclit_context_peek_default ());
  self->is_known = FALSE;
  return self;
}

/**
 * asynclit_task_manager_new:
 *
 * Creates a manager.
 *
 * Its list of tasks changes in the thread-default main context of the caller.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new manager
 * Since: 1.0
 */
AsyncLitTaskManager *
asynclit_task_manager_new (void)
{
  return g_object_new (ASYNCLIT_TYPE_TASK_MANAGER, NULL);
}

/**
 * asynclit_task_manager_get_max_completed:
 * @self: a manager
 *
 * Gets the number of ended tasks that the manager remembers.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks
 * Since: 1.0
 */
guint
asynclit_task_manager_get_max_completed (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), DEFAULT_MAX_COMPLETED);

  return asynclit_task_registry_get_max_completed (self->registry);
}

/**
 * asynclit_task_manager_set_max_completed:
 * @self: a manager
 * @max_completed: the number of tasks
 *
 * Sets the number of ended tasks that the manager remembers. The default is 256. `notify` is
 * emitted in the owner's context.
 *
 * If there are more, later submissions remove them, or [method@TaskManager.cleanup] does.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_max_completed (AsyncLitTaskManager *self, guint max_completed)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));

  if (asynclit_task_manager_get_max_completed (self) == max_completed)
    return;
  asynclit_task_registry_set_max_completed (self->registry, max_completed);
  asynclit_task_manager_tell (self, PROP_MAX_COMPLETED);
}

/**
 * asynclit_task_manager_get_max_age:
 * @self: a manager
 *
 * Gets how long the manager remembers ended tasks.
 *
 * May be called from any thread.
 *
 * Returns: the time in seconds, or 0 if there is no limit
 * Since: 1.0
 */
double
asynclit_task_manager_get_max_age (AsyncLitTaskManager *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  return asynclit_task_registry_get_max_age (self->registry);
}

/**
 * asynclit_task_manager_set_max_age:
 * @self: a manager
 * @max_age: the time in seconds; 0 for no limit
 *
 * Sets how long the manager remembers ended tasks.
 *
 * The manager forgets a task when this time has passed since [property@Task:finished], on the
 * clock of the system; no submission is necessary for that. A task that has a name, see
 * [method@TaskManager.register_global], can still be found by it.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_set_max_age (AsyncLitTaskManager *self, double max_age)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (!isnan (max_age) && max_age >= 0);

  asynclit_task_manager_look_for_listeners (self);
  if (asynclit_task_registry_set_max_age (self->registry, max_age))
    asynclit_task_manager_tell (self, PROP_MAX_AGE);
}

/**
 * asynclit_task_manager_get:
 * @self: a manager
 * @id: the ID of a task, or `global:` followed by a name
 *
 * Finds a task.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the task, or %NULL if it is unknown or has ended and been
 *   removed
 * Since: 1.0
 */
AsyncLitTask *
asynclit_task_manager_get (AsyncLitTaskManager *self, const char *id)
{
  guint64 serial;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  if (g_str_has_prefix (id, ALIAS_PREFIX))
    return asynclit_task_registry_get_alias (self->registry, id + strlen (ALIAS_PREFIX));
  if (!asynclit_task_serial_from_id (id, &serial))
    return NULL;
  return asynclit_task_registry_get (self->registry, serial);
}

/**
 * asynclit_task_manager_list_tasks:
 * @self: a manager
 * @filter: which tasks to list
 * @name: (nullable): only list tasks with this name; %NULL for all
 *
 * Lists tasks in the order in which they were submitted.
 *
 * May be called from any thread.
 *
 * Returns: (transfer container) (element-type AsyncLit.Task): the tasks
 * Since: 1.0
 */
GPtrArray *
asynclit_task_manager_list_tasks (AsyncLitTaskManager *self, AsyncLitTaskFilter filter,
                                  const char *name)
{
  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), NULL);
  g_return_val_if_fail ((filter & ~(guint) ASYNCLIT_TASK_FILTER_ALL) == 0, NULL);

  return asynclit_task_registry_list (self->registry, filter, name);
}

/**
 * asynclit_task_manager_register_global:
 * @self: a manager
 * @task: a task, of this manager or another
 * @name: the name
 *
 * Registers a task under a name.
 *
 * Afterwards, `asynclit_task_manager_get (self, "global:NAME")` returns the task.
 *
 * A name belongs to one task at a time. If another task has the name, it loses it. A task is
 * remembered for as long as it has a name. It loses its name when the name is given to another
 * task, when [method@TaskManager.unregister_global] or [method@TaskManager.remove] is called, when
 * the manager is closed with %ASYNCLIT_CLOSE_MODE_CANCEL, and when the manager is finalized.
 *
 * May be called from any thread.
 *
 * Since: 1.0
 */
void
asynclit_task_manager_register_global (AsyncLitTaskManager *self, AsyncLitTask *task,
                                       const char *name)
{
  g_return_if_fail (ASYNCLIT_IS_TASK_MANAGER (self));
  g_return_if_fail (ASYNCLIT_IS_TASK (task));
  g_return_if_fail (name != NULL);

  asynclit_task_registry_set_alias (self->registry, task, name);
}

/**
 * asynclit_task_manager_unregister_global:
 * @self: a manager
 * @name: a name that was registered with [method@TaskManager.register_global]
 *
 * Removes a name from its task. The task can then be forgotten like any other.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if no task has the name
 * Since: 1.0
 */
gboolean
asynclit_task_manager_unregister_global (AsyncLitTaskManager *self, const char *name)
{
  gboolean found;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  found = asynclit_task_registry_drop_alias (self->registry, name);
  asynclit_notifier_release_own ();
  return found;
}

/**
 * asynclit_task_manager_cleanup:
 * @self: a manager
 *
 * Removes the oldest ended tasks if there are more than [property@TaskManager:max-completed].
 *
 * References to these tasks remain valid; the manager just does not find them any more. Each
 * submission does part of this automatically.
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * May be called from any thread.
 *
 * Returns: the number of tasks that were removed
 * Since: 1.0
 */
guint
asynclit_task_manager_cleanup (AsyncLitTaskManager *self)
{
  guint n;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), 0);

  asynclit_task_manager_look_for_listeners (self);
  n = asynclit_task_registry_cleanup (self->registry);
  asynclit_notifier_release_own ();
  return n;
}

/**
 * asynclit_task_manager_remove:
 * @self: a manager
 * @id: the ID of a task
 *
 * Removes one ended task, for example because another one replaces it in a list view.
 *
 * References to the task remain valid; the manager just does not find it any more, neither by its
 * ID nor by names that were registered with [method@TaskManager.register_global]. Live tasks are
 * not removed: cancel the task, and remove it when it has ended. This takes time proportional to
 * the number of remembered tasks that ended before this one.
 *
 * If no thread iterates the caller's main context, this first releases the data that waits there,
 * and may therefore call the [callback@GLib.DestroyNotify] of ended tasks.
 *
 * May be called from any thread.
 *
 * Returns: %FALSE if the task is live, or if the manager has no task with this ID
 * Since: 1.0
 */
gboolean
asynclit_task_manager_remove (AsyncLitTaskManager *self, const char *id)
{
  guint64 serial;
  gboolean removed;

  g_return_val_if_fail (ASYNCLIT_IS_TASK_MANAGER (self), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  asynclit_task_manager_look_for_listeners (self);
  removed = asynclit_task_serial_from_id (id, &serial)
            && asynclit_task_registry_remove (self->registry, serial);
  asynclit_notifier_release_own ();
  return removed;
}
