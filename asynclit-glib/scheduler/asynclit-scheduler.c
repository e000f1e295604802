/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * AsyncLitScheduler:
 *
 * Submits tasks at scheduled times.
 *
 * A scheduler has a clock ([class@Clock]) and jobs ([class@ScheduledTask]). Each job has a trigger
 * ([class@Trigger]), which determines when it is due. Once the scheduler is started, it submits a
 * task for each job that is due. Most programs only use the default scheduler:
 *
 * ```c
 * g_autoptr (AsyncLitScheduledTask) job
 *     = asynclit_schedule_interval (60, fetch_weather, NULL, NULL);
 *
 * asynclit_start_scheduler (NULL);
 * ```
 *
 * All jobs share one timer on the library's worker thread, which sleeps until the first job is due.
 * If the clock or the time zone changes, or the system is suspended, the scheduler
 * notices, and recomputes the times that depend on it. No run takes place twice because of this.
 * Runs that became due in the meantime are late, and [property@ScheduledTask:misfire-grace] and
 * [property@ScheduledTask:coalesce] apply.
 *
 * The *owner* of a scheduler is the thread-default main context in which it was created; for the
 * default scheduler, it is the global default main context. The scheduler emits its signals in the
 * owner's context. Connect handlers before you start the scheduler: events that happen before a
 * handler is connected are not reported to it later.
 *
 * A scheduler is a [iface@Gio.ListModel] of its jobs. The list changes only in the owner's context,
 * and must only be used there. All other methods may be called from any thread.
 *
 * When the last reference to a scheduler is dropped, it shuts down without waiting. In the child of
 * a fork, a scheduler is not running and has no jobs.
 *
 * Since: 1.0
 */

/* AsyncLitScheduler is a facade. The work is done by its core, which stays alive as long as the
 * tasks. */

#include "config.h"

#include "asynclit-schedule-core-private.h"
#include "asynclit-context-private.h"
#include "asynclit-enum-types.h"
#include "asynclit-init-private.h"
#include "asynclit-deferred-unref-private.h"
#include "asynclit-job-list-private.h"
#include "asynclit-scheduler-private.h"
#include "asynclit-system-clock.h"

struct _AsyncLitScheduler {
  GObject parent_instance;

  AsyncLitClock *clock; /* set at construction, then read-only */

  AsyncLitScheduleCore *core; /* atomic: the first call in the child of a fork replaces it */
  AsyncLitObjectNotification notification; /* posted by the core when there are changes */
  AsyncLitJobList *list;                   /* owner's context only; NULL before the list is used */
};

enum {
  PROP_0,
  PROP_CLOCK,
  PROP_STORE,
  PROP_RUNNING,
  PROP_N_JOBS,
  PROP_ITEM_TYPE,
  PROP_N_ITEMS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void scheduler_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AsyncLitScheduler, asynclit_scheduler, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, scheduler_list_model_init))

/* The child of a fork does not touch the parent's core. */
AsyncLitScheduleCore *
asynclit_scheduler_get_core (AsyncLitScheduler *self)
{
  AsyncLitScheduleCore *core = g_atomic_pointer_get (&self->core);
  AsyncLitScheduleCore *fresh;

  if (G_LIKELY (asynclit_schedule_core_is_own (core)))
    return core;
  fresh = asynclit_schedule_core_new (self->clock, self, &self->notification.base);
  if (g_atomic_pointer_compare_and_exchange (&self->core, core, fresh))
    return fresh;
  asynclit_schedule_core_unref (fresh);
  return g_atomic_pointer_get (&self->core);
}

/* Notifications */

static void
scheduler_emit (AsyncLitScheduler *self, AsyncLitScheduleEvent *event)
{
  guint signal = asynclit_schedule_signals[event->kind];
  g_autoptr (GDateTime) due = NULL;

  switch (event->kind)
    {
    case ASYNCLIT_EVENT_FIRED:
    case ASYNCLIT_EVENT_FINISHED:
      g_signal_emit (self, signal, 0, event->job, event->task);
      break;
    case ASYNCLIT_EVENT_MISSED:
      due = asynclit_schedule_time_to_date (event->due);
      g_signal_emit (self, signal, 0, event->job, event->n, due);
      break;
    case ASYNCLIT_EVENT_SKIPPED:
    case ASYNCLIT_N_EVENTS:
    default:
      g_signal_emit (self, signal, 0, event->job, event->reason);
      break;
    }
}

static AsyncLitJobList *
scheduler_ensure_list (AsyncLitScheduler *self)
{
  if (self->list == NULL)
    self->list = asynclit_job_list_new (asynclit_scheduler_get_core (self));
  return self->list;
}

/* Runs on: the owner's context */
static void
scheduler_update_list (AsyncLitScheduler *self)
{
  guint before;

  if (self->list == NULL)
    return;
  before = asynclit_job_list_get_length (self->list);
  if (!asynclit_job_list_update (self->list, G_LIST_MODEL (self)))
    return;
  if (asynclit_job_list_get_length (self->list) != before)
    asynclit_notify_resurrected (G_OBJECT (self), properties[PROP_N_ITEMS]);
  asynclit_notify_resurrected (G_OBJECT (self), properties[PROP_N_JOBS]);
}

/* Runs on: the owner's context */
static gboolean
scheduler_notification_deliver (AsyncLitNotification *notification, gint64 end)
{
  AsyncLitScheduler *self = asynclit_object_notification_get_object (notification);
  AsyncLitScheduleCore *core = asynclit_scheduler_get_core (self);
  AsyncLitScheduleEvent *event;
  guint n = 0;

  if (asynclit_schedule_core_take_running_change (core))
    asynclit_notify_resurrected (G_OBJECT (self), properties[PROP_RUNNING]);
  if (asynclit_schedule_core_is_watched (core))
    scheduler_ensure_list (self);
  scheduler_update_list (self);
  while ((event = asynclit_schedule_core_take_event (core)) != NULL)
    {
      scheduler_emit (self, event);
      asynclit_schedule_event_free (event);
      if (++n % 16 == 0 && g_get_monotonic_time () >= end)
        return TRUE;
    }
  return FALSE;
}

static const AsyncLitNotificationFuncs scheduler_notification_funcs = {
  ASYNCLIT_OBJECT_NOTIFICATION_FUNCS,
  .deliver = scheduler_notification_deliver,
};

/* The list */

static GType
scheduler_get_item_type (GListModel *model)
{
  return ASYNCLIT_TYPE_SCHEDULED_TASK;
}

static guint
scheduler_get_n_items (GListModel *model)
{
  return asynclit_job_list_get_length (scheduler_ensure_list (ASYNCLIT_SCHEDULER (model)));
}

static gpointer
scheduler_get_item (GListModel *model, guint position)
{
  AsyncLitScheduledTask *job
      = asynclit_job_list_get (scheduler_ensure_list (ASYNCLIT_SCHEDULER (model)), position);

  return job != NULL ? g_object_ref (job) : NULL;
}

static void
scheduler_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = scheduler_get_item_type;
  iface->get_n_items = scheduler_get_n_items;
  iface->get_item = scheduler_get_item;
}

/* The class */

static void
asynclit_scheduler_get_property (GObject *object, guint property_id, GValue *value,
                                 GParamSpec *pspec)
{
  AsyncLitScheduler *self = ASYNCLIT_SCHEDULER (object);

  switch (property_id)
    {
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_STORE:
      g_value_set_object (value, asynclit_scheduler_get_core (self)->store);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value,
                           asynclit_schedule_core_is_running (asynclit_scheduler_get_core (self)));
      break;
    case PROP_N_JOBS:
      g_value_set_uint (value,
                        asynclit_schedule_core_count_jobs (asynclit_scheduler_get_core (self)));
      break;
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, scheduler_get_item_type (G_LIST_MODEL (self)));
      break;
    case PROP_N_ITEMS:
      g_value_set_uint (value, scheduler_get_n_items (G_LIST_MODEL (self)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_scheduler_set_property (GObject *object, guint property_id, const GValue *value,
                                 GParamSpec *pspec)
{
  AsyncLitScheduler *self = ASYNCLIT_SCHEDULER (object);

  switch (property_id)
    {
    case PROP_CLOCK:
      self->clock = g_value_dup_object (value);
      break;
    case PROP_STORE:
      if (g_value_get_object (value) != NULL)
        asynclit_scheduler_set_store (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
asynclit_scheduler_constructed (GObject *object)
{
  AsyncLitScheduler *self = ASYNCLIT_SCHEDULER (object);

  G_OBJECT_CLASS (asynclit_scheduler_parent_class)->constructed (object);
  if (self->clock == NULL)
    self->clock = g_object_ref (asynclit_get_system_clock ());
  self->core = asynclit_schedule_core_new (self->clock, self, &self->notification.base);
}

/* The core does not need a reference to report changes, so it has to be silenced first. */
static void
asynclit_scheduler_dispose (GObject *object)
{
  AsyncLitScheduler *self = ASYNCLIT_SCHEDULER (object);
  AsyncLitScheduleCore *core = asynclit_scheduler_get_core (self);

  asynclit_schedule_core_set_quiet (core, TRUE);
  if (!asynclit_object_notification_dispose (&self->notification))
    {
      asynclit_schedule_core_set_quiet (core, FALSE);
      return;
    }
  asynclit_schedule_core_abandon (core);
  G_OBJECT_CLASS (asynclit_scheduler_parent_class)->dispose (object);
}

static void
asynclit_scheduler_finalize (GObject *object)
{
  AsyncLitScheduler *self = ASYNCLIT_SCHEDULER (object);
  AsyncLitScheduleEvent *event;

  asynclit_tsan_acquire (self);
  while ((event = asynclit_schedule_core_take_event (self->core)) != NULL)
    asynclit_schedule_event_free (event);
  asynclit_job_list_unwatch (self->core);
  g_clear_pointer (&self->list, asynclit_job_list_free);
  asynclit_notification_clear (&self->notification.base);
  asynclit_schedule_core_unref (self->core);
  g_object_unref (self->clock);
  G_OBJECT_CLASS (asynclit_scheduler_parent_class)->finalize (object);
}

static void
asynclit_scheduler_class_init (AsyncLitSchedulerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GType type = G_TYPE_FROM_CLASS (klass);

  asynclit_init ();
  asynclit_schedule_list_signals[0] = g_signal_lookup ("items-changed", G_TYPE_LIST_MODEL);
  asynclit_schedule_list_signals[1] = g_signal_lookup ("notify", G_TYPE_OBJECT);

  object_class->get_property = asynclit_scheduler_get_property;
  object_class->set_property = asynclit_scheduler_set_property;
  object_class->constructed = asynclit_scheduler_constructed;
  object_class->dispose = asynclit_scheduler_dispose;
  object_class->finalize = asynclit_scheduler_finalize;

  /**
   * AsyncLitScheduler:clock: (getter get_clock)
   *
   * The clock of the scheduler. The default is the system clock. Construct-only, so changes are
   * never notified.
   *
   * Since: 1.0
   */
  properties[PROP_CLOCK] = g_param_spec_object ("clock", NULL, NULL, ASYNCLIT_TYPE_CLOCK,
                                                flags | G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY);

  /**
   * AsyncLitScheduler:store: (getter get_store) (setter set_store)
   *
   * The store in which the scheduler keeps the state of its jobs between runs of the program. The
   * default is %NULL, which means that it keeps none.
   *
   * Since: 1.0
   */
  properties[PROP_STORE] = g_param_spec_object ("store", NULL, NULL, ASYNCLIT_TYPE_SCHEDULE_STORE,
                                                flags | G_PARAM_READWRITE);

  /**
   * AsyncLitScheduler:running: (getter get_running)
   *
   * Whether the scheduler is running. Changes are notified in the owner's context.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING]
      = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduler:n-jobs: (getter get_n_jobs)
   *
   * The number of jobs in the scheduler. Changes are notified in the owner's context, when the list
   * of jobs changes.
   *
   * Since: 1.0
   */
  properties[PROP_N_JOBS]
      = g_param_spec_uint ("n-jobs", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduler:item-type:
   *
   * The type of the items of the list: [class@ScheduledTask]. It never changes.
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE]
      = g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT, flags | G_PARAM_READABLE);

  /**
   * AsyncLitScheduler:n-items:
   *
   * The number of jobs in the list.
   *
   * Like the list itself, read this in the owner's context only. It may lag behind
   * [property@Scheduler:n-jobs], which may be read from any thread. Changes are notified in the
   * owner's context, after [signal@Gio.ListModel::items-changed].
   *
   * Since: 1.0
   */
  properties[PROP_N_ITEMS]
      = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags | G_PARAM_READABLE);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * AsyncLitScheduler::fired:
   * @self: the scheduler
   * @job: the job
   * @task: the task of the run
   *
   * Emitted in the owner's context when a job was due and its task has been submitted.
   *
   * Since: 1.0
   */
  asynclit_schedule_signals[ASYNCLIT_EVENT_FIRED]
      = g_signal_new ("fired", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                      ASYNCLIT_TYPE_SCHEDULED_TASK, ASYNCLIT_TYPE_TASK);

  /**
   * AsyncLitScheduler::finished:
   * @self: the scheduler
   * @job: the job
   * @task: the task of the run
   *
   * Emitted in the owner's context when a task of a job has ended, with any outcome.
   *
   * Since: 1.0
   */
  asynclit_schedule_signals[ASYNCLIT_EVENT_FINISHED]
      = g_signal_new ("finished", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                      ASYNCLIT_TYPE_SCHEDULED_TASK, ASYNCLIT_TYPE_TASK);

  /**
   * AsyncLitScheduler::missed:
   * @self: the scheduler
   * @job: the job
   * @n: the number of missed times
   * @last: the last missed time
   *
   * Emitted in the owner's context when times have passed without a run of the job, because it was
   * too late for them or because one run stands for several of them.
   *
   * Since: 1.0
   */
  asynclit_schedule_signals[ASYNCLIT_EVENT_MISSED]
      = g_signal_new ("missed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                      ASYNCLIT_TYPE_SCHEDULED_TASK, G_TYPE_UINT64, G_TYPE_DATE_TIME);

  /**
   * AsyncLitScheduler::skipped:
   * @self: the scheduler
   * @job: the job
   * @reason: the reason
   *
   * Emitted in the owner's context when a run of the job was skipped.
   *
   * Since: 1.0
   */
  asynclit_schedule_signals[ASYNCLIT_EVENT_SKIPPED]
      = g_signal_new ("skipped", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                      ASYNCLIT_TYPE_SCHEDULED_TASK, ASYNCLIT_TYPE_SKIP_REASON);
}

static void
asynclit_scheduler_init (AsyncLitScheduler *self)
{
  asynclit_object_notification_init (&self->notification, self, &scheduler_notification_funcs);
}

AsyncLitScheduler *
asynclit_scheduler_new_in_default_context (void)
{
  AsyncLitScheduler *self = asynclit_scheduler_new ();

  asynclit_notification_move (&self->notification.base, asynclit_context_peek_default ());
  return self;
}

/**
 * asynclit_scheduler_new:
 *
 * Creates a scheduler that uses the system clock. To run its jobs, call [method@Scheduler.start].
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): a new scheduler
 * Since: 1.0
 */
AsyncLitScheduler *
asynclit_scheduler_new (void)
{
  return g_object_new (ASYNCLIT_TYPE_SCHEDULER, NULL);
}

/**
 * asynclit_scheduler_get_clock:
 * @self: a scheduler
 *
 * Gets the clock of the scheduler.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none): the clock
 * Since: 1.0
 */
AsyncLitClock *
asynclit_scheduler_get_clock (AsyncLitScheduler *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);

  return self->clock;
}

/**
 * asynclit_scheduler_get_store:
 * @self: a scheduler
 *
 * Gets the store in which the scheduler keeps the state of its jobs.
 *
 * May be called from any thread.
 *
 * Returns: (transfer none) (nullable): the store; %NULL if there is none
 * Since: 1.0
 */
AsyncLitScheduleStore *
asynclit_scheduler_get_store (AsyncLitScheduler *self)
{
  g_return_val_if_fail (ASYNCLIT_IS_SCHEDULER (self), NULL);

  return asynclit_scheduler_get_core (self)->store;
}

/**
 * asynclit_scheduler_set_store:
 * @self: a scheduler that has neither jobs nor a store
 * @store: a store that no other scheduler uses
 *
 * Sets the store in which the scheduler keeps the state of its jobs between runs of the program.
 * The default is %NULL. `notify` is emitted on the calling thread.
 *
 * Call this before you add jobs, and before other threads use the scheduler.
 *
 * Since: 1.0
 */
void
asynclit_scheduler_set_store (AsyncLitScheduler *self, AsyncLitScheduleStore *store)
{
  AsyncLitScheduleCore *core;

  g_return_if_fail (ASYNCLIT_IS_SCHEDULER (self));
  g_return_if_fail (ASYNCLIT_IS_SCHEDULE_STORE (store));
  g_return_if_fail (asynclit_schedule_core_count_jobs (asynclit_scheduler_get_core (self)) == 0);
  core = asynclit_scheduler_get_core (self);
  g_return_if_fail (core->store == NULL);
  g_return_if_fail (asynclit_schedule_store_claim (store));

  core->store = g_object_ref (store);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STORE]);
}
