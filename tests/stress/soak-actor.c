/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* An actor is a thread that goes through one session after another. A session is a main context
 * with its own manager, and some hundred actions. At its end, the actor either waits until
 * everything that it submitted has been delivered, or leaves, and destroys the context with
 * everything in it. */

#include "soak.h"

#define MAX_ACTIONS 600
/* Above this number of tasks, notifications are delivered first. */
#define MAX_UNHEARD 300
#define MAX_HANDLES 100
/* The interval between checks for what another thread may have done. */
#define TICK_MSEC 5

typedef struct {
  Soak *soak;
  guint64 dice;
  SoakSession *session;
  GMainContext *context;
  AsyncLitTaskManager *own;
  GPtrArray *handles; /* of AsyncLitTask */
  guint n_waits;      /* of wait_async, not finished */
} Actor;

/* The list model of a manager */

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  guint *length = data;

  g_assert_cmpuint (position + removed, <=, *length);
  *length = *length - removed + added;
  g_assert_cmpuint (*length, ==, g_list_model_get_n_items (model));
}

static void
free_length (gpointer length, GClosure *closure)
{
  g_free (length);
}

static void
actor_renew_manager (Actor *self)
{
  guint *length = g_new0 (guint, 1);

  g_clear_object (&self->own);
  self->own = asynclit_task_manager_new ();
  asynclit_task_manager_set_max_completed (self->own, soak_pick (&self->dice, 50));
  *length = g_list_model_get_n_items (G_LIST_MODEL (self->own));
  g_signal_connect_data (self->own, "items-changed", G_CALLBACK (on_items_changed), length,
                         free_length, 0);
}

/* Handles */

static AsyncLitTask *
actor_choose (Actor *self)
{
  if (self->handles->len == 0)
    return NULL;
  return g_ptr_array_index (self->handles, soak_pick (&self->dice, self->handles->len));
}

static AsyncLitTask *
actor_take_handle (Actor *self)
{
  if (self->handles->len == 0)
    return NULL;
  return g_ptr_array_steal_index_fast (self->handles,
                                       soak_pick (&self->dice, self->handles->len));
}

/* Puts a task, or nothing, into a slot, and takes what was there. */
static AsyncLitTask *
actor_swap (Actor *self, AsyncLitTask *task)
{
  guint slot = soak_pick (&self->dice, SOAK_SLOTS);
  AsyncLitTask *before;

  pthread_mutex_lock (&self->soak->lock);
  before = self->soak->slots[slot];
  self->soak->slots[slot] = task;
  pthread_mutex_unlock (&self->soak->lock);
  return before;
}

void
soak_depend (Soak *soak, AsyncLitTask *task, guint64 *dice)
{
  guint slot = soak_pick (dice, SOAK_SLOTS);
  g_autoptr (AsyncLitTask) other = NULL;

  pthread_mutex_lock (&soak->lock);
  if (soak->slots[slot] != NULL)
    other = g_object_ref (soak->slots[slot]);
  pthread_mutex_unlock (&soak->lock);
  if (other == NULL)
    return;
  asynclit_task_add_dependency (task, other);
  asynclit_task_set_run_anyway (task, TRUE);
}

/* Actions */

static void
act_submit (Actor *self)
{
  AsyncLitTask *task = soak_submit (self->soak, self->session, self->own, 0, &self->dice);

  if (soak_chance (&self->dice, 30))
    g_object_unref (task);
  else
    g_ptr_array_add (self->handles, task);
  if (self->handles->len > MAX_HANDLES)
    g_ptr_array_remove_range (self->handles, 0, MAX_HANDLES / 2);
}

static void
act_drop (Actor *self)
{
  g_autoptr (AsyncLitTask) task = actor_take_handle (self);
}

static void
act_cancel (Actor *self)
{
  AsyncLitTask *task = actor_choose (self);

  if (task != NULL)
    soak_cancel (task);
}

static void
wait_briefly (AsyncLitTask *task, guint64 *dice)
{
  g_autoptr (GCancellable) cancellable = soak_chance (dice, 30) ? g_cancellable_new () : NULL;
  g_autoptr (GError) error = NULL;

  if (cancellable != NULL && soak_chance (dice, 30))
    g_cancellable_cancel (cancellable);
  if (asynclit_task_wait (task, soak_pick (dice, 4) * 0.001, cancellable, &error))
    g_assert_true (asynclit_task_get_done (task));
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    g_assert_true (soak_runs_in_context (task));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (g_cancellable_is_cancelled (cancellable));
    }
}

static void
act_wait (Actor *self)
{
  AsyncLitTask *task = actor_choose (self);

  if (task != NULL)
    wait_briefly (task, &self->dice);
}

static void
on_wait_over (GObject *source, GAsyncResult *result, gpointer data)
{
  AsyncLitTask *task = ASYNCLIT_TASK (source);
  Actor *self = data;
  g_autoptr (GError) error = NULL;

  if (asynclit_task_wait_finish (task, result, &error))
    g_assert_true (asynclit_task_get_done (task));
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  self->n_waits--;
}

static void
act_wait_async (Actor *self)
{
  AsyncLitTask *task = actor_choose (self);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  if (task == NULL)
    return;
  self->n_waits++;
  asynclit_task_wait_async (task, cancellable, on_wait_over, self);
  if (soak_chance (&self->dice, 50))
    g_cancellable_cancel (cancellable);
}

static void
read_progress (AsyncLitTask *task, guint64 *dice)
{
  guint64 cursor = 0;
  g_autoptr (GPtrArray) values = soak_chance (dice, 50)
                                     ? asynclit_task_drain_progress (task)
                                     : asynclit_task_read_progress (task, &cursor);

  asynclit_task_get_progress_dropped (task);
  for (guint i = 0; i < values->len; i++)
    g_assert_true (G_IS_VALUE (g_ptr_array_index (values, i)));
}

/* A later state is never older, and an end is final. */
static void
inspect (AsyncLitTask *task, guint64 *dice)
{
  AsyncLitTaskStatus before = asynclit_task_get_status (task);
  guint attempt = asynclit_task_get_attempt (task);
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (task, &error);
  AsyncLitTaskStatus after = asynclit_task_get_status (task);

  g_assert_true ((result == NULL) == (error != NULL));
  g_assert_cmpint (after, >=, before);
  g_assert_cmpuint (asynclit_task_get_attempt (task), >=, attempt);
  if (before < ASYNCLIT_TASK_STATUS_DONE)
    return;
  g_assert_cmpint (after, ==, before);
  g_assert_true ((result != NULL) == (before == ASYNCLIT_TASK_STATUS_DONE));
  g_assert_cmpint (asynclit_task_get_substate (task), ==, ASYNCLIT_TASK_SUBSTATE_NONE);
  g_assert_cmpfloat (asynclit_task_get_finished (task), >=, asynclit_task_get_created (task));
  if (soak_chance (dice, 30))
    read_progress (task, dice);
}

static void
act_inspect (Actor *self)
{
  AsyncLitTask *task = actor_choose (self);

  if (task == NULL)
    return;
  inspect (task, &self->dice);
  if (soak_chance (&self->dice, 30))
    read_progress (task, &self->dice);
}

/* Leaves a task to another thread, or uses one that another thread has left. */
static void
act_exchange (Actor *self)
{
  AsyncLitTask *mine = soak_chance (&self->dice, 50) ? actor_take_handle (self) : NULL;
  g_autoptr (AsyncLitTask) other = actor_swap (self, mine);

  if (other == NULL)
    return;
  switch (soak_pick (&self->dice, 4))
    {
    case 0:
      soak_cancel (other);
      break;
    case 1:
      wait_briefly (other, &self->dice);
      break;
    case 2:
      inspect (other, &self->dice);
      read_progress (other, &self->dice);
      break;
    default:
      break;
    }
}

static void
act_find (Actor *self)
{
  static const char *const names[] = { "global:a", "global:b", "global:c" };
  AsyncLitTaskManager *managers[] = { self->own, self->soak->steady, self->soak->closable };
  AsyncLitTaskManager *manager = managers[soak_pick (&self->dice, G_N_ELEMENTS (managers))];
  const char *name = names[soak_pick (&self->dice, G_N_ELEMENTS (names))];
  AsyncLitTask *task = actor_choose (self);
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, name);

  if (task == NULL)
    return;
  if (soak_chance (&self->dice, 40))
    asynclit_task_manager_register_global (manager, task, name + strlen ("global:"));
  g_clear_object (&found);
  found = asynclit_task_manager_get (manager, asynclit_task_get_id (task));
  g_assert_true (found == NULL || found == task);
}

static void
act_list (Actor *self)
{
  AsyncLitTaskManager *manager = soak_chance (&self->dice, 90) ? self->own : self->soak->closable;
  g_autoptr (GPtrArray) tasks = asynclit_task_manager_list_tasks (
      manager, soak_pick (&self->dice, ASYNCLIT_TASK_FILTER_ALL + 1),
      soak_chance (&self->dice, 20) ? "soak" : NULL);

  if (tasks->len > 0)
    inspect (g_ptr_array_index (tasks, soak_pick (&self->dice, tasks->len)), &self->dice);
}

static void
act_manage (Actor *self)
{
  AsyncLitTaskManager *manager = soak_chance (&self->dice, 70) ? self->own : self->soak->closable;

  switch (soak_pick (&self->dice, 6))
    {
    case 0:
      asynclit_task_manager_close (manager, soak_chance (&self->dice, 50)
                                                ? ASYNCLIT_CLOSE_MODE_CANCEL
                                                : ASYNCLIT_CLOSE_MODE_DRAIN);
      if (soak_chance (&self->dice, 50))
        asynclit_task_manager_wait (manager, soak_pick (&self->dice, 3) * 0.001, NULL, NULL);
      asynclit_task_manager_reopen (manager);
      break;
    case 1:
      asynclit_task_manager_cleanup (manager);
      break;
    case 2:
      asynclit_task_manager_set_max_completed (self->own, soak_pick (&self->dice, 100));
      break;
    case 3:
      asynclit_task_manager_wait (manager, soak_pick (&self->dice, 3) * 0.001, NULL, NULL);
      break;
    case 4:
      actor_renew_manager (self);
      break;
    default:
      if (soak_chance (&self->dice, 10))
        asynclit_shutdown (soak_pick (&self->dice, 3) * 0.002);
      break;
    }
}

static void
act_iterate (Actor *self)
{
  guint n = soak_pick (&self->dice, 10);

  for (guint i = 0; i < n && g_main_context_iteration (self->context, FALSE); i++)
    ;
}

typedef struct {
  guint weight;
  void (*act) (Actor *self);
} Action;

static const Action actions[] = {
  { 40, act_submit },    { 10, act_drop },   { 8, act_cancel },    { 6, act_wait },
  { 2, act_wait_async }, { 8, act_inspect }, { 10, act_exchange }, { 4, act_find },
  { 2, act_list },       { 2, act_manage },  { 8, act_iterate },
};

static void
actor_act (Actor *self)
{
  guint total = 0;
  guint chosen;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (actions); i++)
    total += actions[i].weight;
  chosen = soak_pick (&self->dice, total);
  for (i = 0; chosen >= actions[i].weight; i++)
    chosen -= actions[i].weight;
  actions[i].act (self);
}

/* Sessions */

static gboolean
few_unheard (gpointer data)
{
  return g_atomic_int_get (&((Actor *) data)->session->unheard) < MAX_UNHEARD / 2;
}

static gboolean
all_heard (gpointer data)
{
  Actor *self = data;

  return g_atomic_int_get (&self->session->unheard) == 0 && self->n_waits == 0;
}

static gboolean
no_waits (gpointer data)
{
  return ((Actor *) data)->n_waits == 0;
}

/* A task that is not delivered on another thread does not wake this one. */
static void
actor_iterate_until (Actor *self, TestCondition condition)
{
  g_autoptr (GSource) tick = g_timeout_source_new (TICK_MSEC);

  g_source_set_callback (tick, G_SOURCE_FUNC (g_source_is_destroyed), tick, NULL);
  g_source_set_static_name (tick, "soak tick");
  g_source_attach (tick, self->context);
  test_iterate_until (self->context, condition, self);
  g_source_destroy (tick);
}

static void
actor_begin_session (Actor *self)
{
  self->context = stress_context_push ();
  self->session = soak_session_new (self->soak);
  self->handles = g_ptr_array_new_with_free_func (g_object_unref);
  actor_renew_manager (self);
}

/* A wait that is not over would keep the context alive. */
static void
actor_end_session (Actor *self)
{
  gboolean abandon = soak_chance (&self->dice, 30);

  if (soak_chance (&self->dice, 50))
    g_clear_object (&self->own);
  if (soak_chance (&self->dice, 50))
    g_clear_pointer (&self->handles, g_ptr_array_unref);
  actor_iterate_until (self, abandon ? no_waits : all_heard);
  g_atomic_int_set (&self->session->abandoned, abandon);
  if (soak_chance (&self->dice, 50))
    g_clear_object (&self->own);
  stress_context_pop (g_steal_pointer (&self->context));
  g_clear_pointer (&self->handles, g_ptr_array_unref);
  g_clear_object (&self->own);
  g_clear_pointer (&self->session, soak_session_unref);
}

static void
actor_do_session (Actor *self)
{
  guint n = soak_pick (&self->dice, MAX_ACTIONS);

  actor_begin_session (self);
  for (guint i = 0; i < n && !g_atomic_int_get (&self->soak->stopping); i++)
    {
      actor_act (self);
      if (g_atomic_int_get (&self->session->unheard) >= MAX_UNHEARD)
        actor_iterate_until (self, few_unheard);
    }
  actor_end_session (self);
}

void
soak_act (guint index, gpointer user_data)
{
  Soak *soak = user_data;
  Actor self = { .soak = soak };

  /* A different start for each thread and round, far from that of the others. */
  self.dice = soak->seed + soak->round * 1000 + index + 1;
  self.dice = (self.dice * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) | 1;
  while (!g_atomic_int_get (&soak->stopping))
    actor_do_session (&self);
  g_atomic_int_add (&soak->actors, -1);
  g_main_context_wakeup (NULL);
}
