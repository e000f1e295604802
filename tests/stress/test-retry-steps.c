/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A task that fails twice and then succeeds. At each step, another thread cancels it, closes its
 * manager, or drops what can be dropped. In all cases, the task ends correctly, its owner is
 * notified once, and its data is freed. */

#include "stress-support.h"

#define ATTEMPTS 3

typedef enum {
  STEP_QUEUED,
  STEP_BEGUN,     /* each attempt: the function has begun */
  STEP_SETTLED,   /* ... and has settled */
  STEP_PREDICATE, /* the policy is deciding about another attempt */
  STEP_DELAY,
  STEP_WAITING,
  STEP_RETRYING, /* the signal */
  STEP_COMPLETED,
  N_STEPS,
} Step;

static const char *const step_names[N_STEPS] = {
  "queued", "begun", "settled", "predicate", "delay", "waiting", "retrying", "completed",
};

typedef enum {
  ACTION_CANCEL,
  ACTION_ABANDON, /* cancels a task that was set up so */
  ACTION_CLOSE_CANCEL,
  ACTION_CLOSE_DRAIN,
  ACTION_DROP, /* cancels a task with abandon-on-cancel */
  N_ACTIONS,
} Action;

static const char *const action_names[N_ACTIONS] = {
  "cancel", "abandon", "close-cancel", "close-drain", "drop",
};

typedef struct {
  Step step;
  guint attempt; /* the attempt in which to act */
  Action action;
  AsyncLitTaskManager *manager;
  AsyncLitTask *handle;
  AsyncLitTask *task; /* not owned */
  gint acted;         /* atomic */
  gint granted;       /* atomic: whether the task accepted the cancellation */
  gint n_runs;        /* atomic */
  gint n_released;    /* atomic */
  AsyncLitTaskStatus final;
  guint n_completed;
} Play;

static gboolean
is_cancelled_or_will_be (AsyncLitTask *task)
{
  return asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_CANCELLING
         || asynclit_task_get_status (task) == ASYNCLIT_TASK_STATUS_CANCELLED;
}

static void
act (Play *play)
{
  switch (play->action)
    {
    case ACTION_CANCEL:
    case ACTION_ABANDON:
      g_atomic_int_set (&play->granted, asynclit_task_cancel (play->task));
      break;
    case ACTION_CLOSE_CANCEL:
      /* Another thread may have continued in the meantime, so the outcome is checked afterwards. */
      asynclit_task_manager_close (play->manager, ASYNCLIT_CLOSE_MODE_CANCEL);
      g_atomic_int_set (&play->granted, is_cancelled_or_will_be (play->task));
      break;
    case ACTION_CLOSE_DRAIN:
      asynclit_task_manager_close (play->manager, ASYNCLIT_CLOSE_MODE_DRAIN);
      break;
    case ACTION_DROP:
      g_clear_object (&play->handle);
      g_clear_object (&play->manager);
      break;
    case N_ACTIONS:
    default:
      g_assert_not_reached ();
    }
}

static void
at_step (Play *play, Step step)
{
  if (play->step == step && asynclit_task_get_attempt (play->task) >= play->attempt
      && g_atomic_int_add (&play->acted, 1) == 0)
    act (play);
}

static void
work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Play *play = data;

  g_atomic_int_inc (&play->n_runs);
  at_step (play, STEP_BEGUN);
  if (asynclit_task_get_attempt (task) < ATTEMPTS)
    asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  else
    asynclit_task_return_int (task, 42);
  at_step (play, STEP_SETTLED);
}

static gboolean
should_retry (const GError *error, gpointer play)
{
  at_step (play, STEP_PREDICATE);
  return TRUE;
}

static double
choose_delay (const GError *error, guint index, double computed, gpointer data)
{
  Play *play = data;

  at_step (play, STEP_DELAY);
  /* Long enough to be observed. */
  return play->step == STEP_WAITING && index + 1 == play->attempt ? 0.05 : 0;
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, GError *error, gpointer play)
{
  at_step (play, STEP_RETRYING);
}

static void
on_completed (AsyncLitTask *task, gpointer data)
{
  Play *play = data;

  play->n_completed++;
  play->final = asynclit_task_get_status (task);
  if (play->final == ASYNCLIT_TASK_STATUS_DONE)
    test_assert_int_result (task, 42);
  else
    test_assert_cancelled (task);
  at_step (play, STEP_COMPLETED);
}

static void
on_released (gpointer data)
{
  g_atomic_int_inc (&((Play *) data)->n_released);
}

static gboolean
is_waiting_or_heard (gpointer data)
{
  Play *play = data;

  return play->n_completed > 0
         || (asynclit_task_get_attempt (play->task) >= play->attempt
             && test_condition_waiting_retry (play->task));
}

static gboolean
is_over (gpointer data)
{
  Play *play = data;

  return play->n_completed > 0 && g_atomic_int_get (&play->n_released) > 0;
}

static gboolean
go_on (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static void
start (Play *play, AsyncLitExecutor executor)
{
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new (ATTEMPTS);
  g_autoptr (AsyncLitRetryPolicy) choosy
      = asynclit_retry_policy_with_retry_if (plain, should_retry, play, NULL);
  g_autoptr (AsyncLitRetryPolicy) retry
      = asynclit_retry_policy_with_delay_func (choosy, choose_delay, play, NULL);

  play->manager = asynclit_task_manager_new ();
  play->task = play->handle = asynclit_task_new ();
  asynclit_task_set_executor (play->task, executor);
  asynclit_task_set_retry_policy (play->task, retry);
  asynclit_task_set_abandon_on_cancel (play->task, play->action == ACTION_ABANDON);
  asynclit_task_set_func (play->task, work, play, on_released);
  g_signal_connect (play->task, "retrying", G_CALLBACK (on_retrying), play);
  asynclit_task_add_callback (play->task, on_completed, play, NULL);
}

/* An action from the main thread drops what the others use, so it only takes place at the end of a
 * step. */
static void
play_through (Play *play, AsyncLitExecutor executor)
{
  guint tick = g_timeout_add (1, go_on, NULL); /* a task that starts to wait does not wake this
                                                * loop */
  g_autoptr (AsyncLitTask) kept = NULL;

  start (play, executor);
  /* What the steps use stays alive as long as they do. */
  kept = g_object_ref (play->task);
  asynclit_task_manager_submit_task (play->manager, play->task);
  at_step (play, STEP_QUEUED);
  if (play->step == STEP_WAITING)
    {
      test_iterate_until (NULL, is_waiting_or_heard, play);
      if (play->n_completed == 0)
        at_step (play, STEP_WAITING);
    }
  test_iterate_until (NULL, is_over, play);
  g_source_remove (tick);
}

static void
check (Play *play)
{
  g_assert_cmpuint (play->n_completed, ==, 1);
  g_assert_cmpint (g_atomic_int_get (&play->n_released), ==, 1);
  if (g_atomic_int_get (&play->granted))
    g_assert_cmpint (play->final, ==, ASYNCLIT_TASK_STATUS_CANCELLED);
  else
    {
      g_assert_cmpint (play->final, ==, ASYNCLIT_TASK_STATUS_DONE);
      g_assert_cmpint (g_atomic_int_get (&play->n_runs), ==, ATTEMPTS);
    }
}

static void
test_step (gconstpointer data)
{
  guint number = GPOINTER_TO_UINT (data);
  AsyncLitExecutor executor = (AsyncLitExecutor) (number / N_STEPS / N_ACTIONS);

  for (guint attempt = 0; attempt <= ATTEMPTS; attempt++)
    for (guint i = 0; i < stress_scale (10); i++)
      {
        Play play = {
          .step = number % N_STEPS,
          .action = number / N_STEPS % N_ACTIONS,
          .attempt = attempt,
        };

        play_through (&play, executor);
        check (&play);
        g_clear_object (&play.handle);
        g_clear_object (&play.manager);
        test_iterate_pending (NULL);
      }
}

int
main (int argc, char *argv[])
{
  static const char *const executors[] = { "pool", "worker", "context" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < N_STEPS * N_ACTIONS * G_N_ELEMENTS (executors); i++)
    {
      g_autofree char *path = g_strdup_printf (
          "/retry-steps/%s/%s/%s", executors[i / N_STEPS / N_ACTIONS],
          action_names[i / N_STEPS % N_ACTIONS], step_names[i % N_STEPS]);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_step);
    }
  return g_test_run ();
}
