/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A scheduler with many users: threads that repeatedly add the same few jobs, each time in another
 * form, while their runs are being submitted, and others that end these runs by their names. */

#include "stress-support.h"
#include "test-support.h"

#define N_IDS 4
#define N_ACTORS 4
#define N_WAITERS 2

typedef struct {
  AsyncLitScheduler *scheduler;
  AsyncLitTaskManager *manager;
  GCancellable *waiters_stop;
  int n_steps; /* atomic: remaining steps */
  int n_made;  /* atomic: tokens */
  int n_freed; /* atomic */
  int n_ran;   /* atomic */
  int n_taken; /* atomic */
  int stop;    /* atomic */
} Crowd;

/* Runs on: the executor of the task */
static void
run (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Crowd *self = *(Crowd **) data;

  g_atomic_int_inc (&self->n_ran);
  asynclit_task_return_boolean (task, TRUE);
}

static void
free_token (gpointer data)
{
  Crowd *self = *(Crowd **) data;

  g_atomic_int_inc (&self->n_freed);
  g_free (data);
}

/* The function's data is allocated separately, so that a use after free is detected. */
static gpointer
new_token (Crowd *self)
{
  g_atomic_int_inc (&self->n_made);
  return g_memdup2 (&self, sizeof self);
}

/* With a function, with one that runs in the context of the thread that adds the job, or with
 * none. */
static void
declare (Crowd *self, GRand *chance, const char *id)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.0005);
  g_autoptr (AsyncLitScheduledTask) job = NULL;
  int kind = g_rand_int_range (chance, 0, 3);

  if (kind == 2)
    job = asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);
  else
    job = asynclit_scheduled_task_new (trigger, run, new_token (self), free_token);
  asynclit_scheduled_task_set_job_id (job, id);
  asynclit_scheduled_task_set_name (job, id);
  asynclit_scheduled_task_set_latest_task_name (job, id);
  asynclit_scheduled_task_set_manager (job, self->manager);
  if (kind == 1)
    asynclit_scheduled_task_set_executor (job, ASYNCLIT_EXECUTOR_CONTEXT);
  asynclit_scheduled_task_set_max_instances (job, (guint) g_rand_int_range (chance, 0, 4));
  asynclit_scheduled_task_set_overlap (job, g_rand_int_range (chance, 0, 3));
  g_assert_true (asynclit_scheduler_add (self->scheduler, job, TRUE, NULL));
}

static void
cancel_latest (Crowd *self, const char *id)
{
  g_autofree char *key = g_strconcat ("global:", id, NULL);
  g_autoptr (AsyncLitTask) task = asynclit_task_manager_get (self->manager, key);

  if (task != NULL)
    asynclit_task_cancel (task);
}

static void
do_something_with (Crowd *self, GRand *chance, AsyncLitScheduledTask *job)
{
  switch (g_rand_int_range (chance, 0, 5))
    {
    case 0:
      asynclit_scheduled_task_set_paused (job, g_rand_boolean (chance));
      break;
    case 1:
      asynclit_scheduled_task_set_max_instances (job, (guint) g_rand_int_range (chance, 0, 4));
      break;
    default:
      asynclit_scheduled_task_run_now (job);
      break;
    }
}

static void
take_step (Crowd *self, GRand *chance)
{
  const char id[] = { (char) ('a' + g_rand_int_range (chance, 0, N_IDS)), '\0' };
  g_autoptr (AsyncLitScheduledTask) job = asynclit_scheduler_get (self->scheduler, id);
  int choice = g_rand_int_range (chance, 0, 20);

  if (choice < 4)
    declare (self, chance, id);
  else if (choice == 4)
    asynclit_scheduler_remove (self->scheduler, id);
  else if (choice < 12)
    cancel_latest (self, id);
  else if (job != NULL)
    do_something_with (self, chance, job);
}

/* Runs on: a thread of the test, which iterates its context to the end */
static gpointer
act (gpointer data)
{
  Crowd *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GRand) chance = g_rand_new ();

  g_main_context_push_thread_default (context);
  while (g_atomic_int_add (&self->n_steps, -1) > 0)
    {
      take_step (self, chance);
      if (g_rand_int_range (chance, 0, 4) == 0)
        test_iterate_pending (context);
    }
  while (!g_atomic_int_get (&self->stop))
    test_iterate_pending (context);
  test_iterate_pending (context);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Runs on: a thread of the test */
static gpointer
take (gpointer data)
{
  Crowd *self = data;
  AsyncLitScheduledTask *job;
  AsyncLitTask *task;

  while ((task = asynclit_scheduler_take_due (self->scheduler, &job, self->waiters_stop, NULL))
         != NULL)
    {
      g_atomic_int_inc (&self->n_taken);
      if (asynclit_task_begin (task))
        asynclit_task_return_boolean (task, TRUE);
      g_object_unref (task);
      g_object_unref (job);
    }
  return NULL;
}

/* Every run that began has ended, as the jobs show. */
static gboolean
nothing_runs (gpointer data)
{
  Crowd *self = data;
  g_autoptr (GPtrArray) jobs = asynclit_scheduler_list_jobs (self->scheduler);
  g_autoptr (GPtrArray) live
      = asynclit_task_manager_list_tasks (self->manager, ASYNCLIT_TASK_FILTER_LIVE, NULL);

  for (guint i = 0; i < jobs->len; i++)
    if (asynclit_scheduled_task_get_n_running (g_ptr_array_index (jobs, i)) > 0)
      return FALSE;
  return live->len == 0;
}

static gboolean
steps_are_done (gpointer data)
{
  return g_atomic_int_get (&((Crowd *) data)->n_steps) <= 0;
}

static gboolean
all_is_freed (gpointer data)
{
  Crowd *self = data;

  asynclit_task_manager_cleanup (self->manager);
  test_iterate_pending (NULL);
  return g_atomic_int_get (&self->n_freed) == g_atomic_int_get (&self->n_made);
}

static void
crowd_pause_all (Crowd *self)
{
  g_autoptr (GPtrArray) jobs = asynclit_scheduler_list_jobs (self->scheduler);

  for (guint i = 0; i < jobs->len; i++)
    {
      AsyncLitScheduledTask *job = g_ptr_array_index (jobs, i);

      asynclit_scheduled_task_pause (job);
      /* Waiting runs get their turn. */
      asynclit_scheduled_task_set_max_instances (job, 0);
    }
}

static void
note_event (void)
{
}

static void
crowd_go (Crowd *self)
{
  GThread *actors[N_ACTORS], *waiters[N_WAITERS];

  for (guint i = 0; i < N_ACTORS; i++)
    actors[i] = g_thread_new ("actor", act, self);
  for (guint i = 0; i < N_WAITERS; i++)
    waiters[i] = g_thread_new ("waiter", take, self);
  test_poll_until (steps_are_done, self);
  /* An actor may still be in its last step. */
  while (!nothing_runs (self))
    {
      crowd_pause_all (self);
      test_iterate_pending (NULL);
    }
  g_cancellable_cancel (self->waiters_stop);
  g_atomic_int_set (&self->stop, TRUE);
  for (guint i = 0; i < N_ACTORS; i++)
    g_thread_join (actors[i]);
  for (guint i = 0; i < N_WAITERS; i++)
    g_thread_join (waiters[i]);
}

/* @watched: the scheduler's signals and its list have handlers. */
static void
test_crowd (gconstpointer watched)
{
  Crowd self = { .n_steps = (int) stress_scale (40000) };
  const char *const signals[] = { "fired", "finished", "missed", "skipped" };

  self.scheduler = asynclit_scheduler_new ();
  self.manager = asynclit_task_manager_new ();
  self.waiters_stop = g_cancellable_new ();
  g_object_set (self.manager, "max-completed", 8, NULL);
  if (watched != NULL)
    g_list_model_get_n_items (G_LIST_MODEL (self.scheduler));
  for (guint i = 0; watched != NULL && i < G_N_ELEMENTS (signals); i++)
    g_signal_connect (self.scheduler, signals[i], G_CALLBACK (note_event), NULL);
  asynclit_scheduler_start (self.scheduler);
  crowd_go (&self);
  /* An actor may have begun a run in its last step. */
  g_assert_cmpint (g_atomic_int_get (&self.n_ran), >, 0);
  g_assert_cmpint (g_atomic_int_get (&self.n_taken), >, 0);
  asynclit_scheduler_shutdown (self.scheduler, TRUE);
  g_object_unref (self.scheduler);
  test_poll_until (all_is_freed, &self);
  g_object_unref (self.manager);
  g_object_unref (self.waiters_stop);
  g_test_message ("%d ran, %d were taken", self.n_ran, self.n_taken);
}

/* The runs are not taken. Those that are being submitted when the scheduler is shut down are
 * cancelled, too, and no caller waits for them forever. */
static void
test_shut_down_untaken (void)
{
  guint n_rounds = stress_scale (300);

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (0.00002);

      for (guint j = 0; j < 4; j++)
        {
          g_autoptr (AsyncLitScheduledTask) job
              = asynclit_scheduled_task_new (trigger, NULL, NULL, NULL);

          asynclit_scheduled_task_set_max_instances (job, 0);
          g_assert_true (asynclit_scheduler_add (scheduler, job, TRUE, NULL));
        }
      asynclit_scheduler_start (scheduler);
      for (guint n = 0; n < i % 16; n++)
        g_thread_yield ();
      asynclit_scheduler_shutdown (scheduler, TRUE);
    }
  test_iterate_pending (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/schedule-ids/crowd", NULL, test_crowd);
  g_test_add_data_func ("/schedule-ids/watched-crowd", "", test_crowd);
  g_test_add_func ("/schedule-ids/shut-down-untaken", test_shut_down_untaken);
  return g_test_run ();
}
