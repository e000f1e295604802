/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A job is the soak's knowledge of a task: what it will do, and what was observed. The task's
 * function and the task itself share it, and it is freed with the later of the two. If no job is
 * left, neither a task nor any user data is. */

#include "soak.h"

/* The values of an attempt begin at its number times this. */
#define VALUES_PER_ATTEMPT 100
#define MAX_NESTED 2

typedef enum {
  BODY_RETURN,
  BODY_RETURN_TWICE,
  BODY_FAIL,
  BODY_FAIL_AT_FIRST,
  BODY_CANCEL_ITSELF,
  BODY_NESTED,  /* thread pool: submits others and waits for them */
  BODY_PATIENT, /* thread pool: waits for a while to be cancelled */
  BODY_NOTHING, /* thread pool, context: returns without a result */
  BODY_LATER,   /* worker: settles from a source */
  BODY_ELSEWHERE, /* worker: settles from a thread of the pool */
  N_BODIES,
  BODY_CREATOR, /* no function */
  BODY_SUBPROCESS,
} Body;

typedef struct {
  /* Set before the task is submitted. */
  Soak *soak;
  SoakSession *session; /* with a reference; nullable */
  GMainContext *context;
  gint64 serial;
  GList link; /* in the soak's list */
  Body body;
  AsyncLitExecutor executor;
  guint depth;
  guint n_values;
  gboolean abandon;
  gboolean steady;  /* no actor closes the manager */
  gboolean bounded; /* progress values may be dropped */
  gboolean timed;   /* an attempt may take too long */

  guint64 dice;        /* the function's */
  gint ref_count;      /* atomic, as are the following */
  gint runs;           /* how often the function began */
  gint inside;         /* whether it is running */
  gint reported;       /* how many values it reported */
  gint released;       /* whether the user data was destroyed */
  gint cancel_asked;   /* cancel() has been called */
  gint cancel_granted; /* ... and has returned TRUE */

  /* The owner's context only; final and refused are read when the job is freed. */
  gint last_value;
  guint n_progressed;
  guint last_retry;
  AsyncLitTaskStatus last_status;
  AsyncLitTaskStatus final; /* PENDING: not delivered */
  gboolean refused; /* or possibly: then the library may never have had the task */
  guint n_completed;
} Job;

static GQuark
job_quark (void)
{
  return g_quark_from_static_string ("soak-job");
}

static Job *
job_of (AsyncLitTask *task)
{
  return g_object_get_qdata (G_OBJECT (task), job_quark ());
}

/* Checks what is only known when cancel() is not called any more. */
static void
job_check_cancel (Job *job)
{
  if (job->final == ASYNCLIT_TASK_STATUS_PENDING)
    return;
  if (job->final == ASYNCLIT_TASK_STATUS_CANCELLED)
    g_assert_true (!job->steady || g_atomic_int_get (&job->cancel_granted));
  else
    g_assert_false (g_atomic_int_get (&job->cancel_granted));
}

static void
job_unref (gpointer data)
{
  Job *job = data;

  if (!g_atomic_int_dec_and_test (&job->ref_count))
    return;
  job_check_cancel (job);
  g_clear_pointer (&job->session, soak_session_unref);
  pthread_mutex_lock (&job->soak->lock);
  g_queue_unlink (&job->soak->living, &job->link);
  pthread_mutex_unlock (&job->soak->lock);
  g_atomic_int_add (&job->soak->jobs, -1);
  g_free (job);
}

/* The GDestroyNotify of the function's data. */
static void
job_release (gpointer data)
{
  Job *job = data;

  g_assert_cmpint (g_atomic_int_add (&job->released, 1), ==, 0);
  g_assert_true (job->abandon || g_atomic_int_get (&job->inside) == 0);
  job_unref (job);
}

/* Functions */

static void
settle_and_unref (gpointer task)
{
  asynclit_task_return_int (task, job_of (task)->serial);
  g_object_unref (task);
}

static void
settle_elsewhere (AsyncLitTask *task, GCancellable *cancellable, gpointer other)
{
  asynclit_task_return_int (other, job_of (other)->serial);
  asynclit_task_return_boolean (task, TRUE);
}

/* If the helper is cancelled, its data is freed nevertheless, which settles the task. The helper
 * does not belong to the default manager, because what belongs to the worker's context may be freed
 * late after asynclit_shutdown(). */
static void
settle_from_pool (AsyncLitTask *task)
{
  g_autoptr (AsyncLitTask) helper
      = asynclit_task_manager_submit (job_of (task)->soak->helpers, NULL, settle_elsewhere,
                                      g_object_ref (task), settle_and_unref);
}

static gboolean
settle_in_source (gpointer task)
{
  asynclit_task_return_int (task, job_of (task)->serial);
  return G_SOURCE_REMOVE;
}

static void
settle_from_source (AsyncLitTask *task, guint64 *dice)
{
  g_autoptr (GSource) source = soak_chance (dice, 50) ? g_idle_source_new ()
                                                      : g_timeout_source_new (soak_pick (dice, 3));

  g_source_set_static_name (source, "soak");
  g_source_set_callback (source, settle_in_source, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
wait_for_others (Job *job)
{
  AsyncLitTask *others[3];
  guint n = 1 + soak_pick (&job->dice, G_N_ELEMENTS (others));

  for (guint i = 0; i < n; i++)
    others[i] = soak_submit (job->soak, NULL, NULL, job->depth + 1, &job->dice);
  if (soak_chance (&job->dice, 20))
    soak_cancel (others[0]);
  for (guint i = 0; i < n; i++)
    {
      test_wait (others[i]);
      g_object_unref (others[i]);
    }
}

static void
wait_to_be_cancelled (GCancellable *cancellable, guint milliseconds)
{
  GPollFD poll;

  if (!g_cancellable_make_pollfd (cancellable, &poll))
    return;
  g_poll (&poll, 1, (gint) milliseconds);
  g_cancellable_release_fd (cancellable);
}

static void
job_fail (AsyncLitTask *task)
{
  asynclit_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
}

static void
job_settle (Job *job, AsyncLitTask *task, GCancellable *cancellable)
{
  switch (job->body)
    {
    case BODY_NOTHING:
      return;
    case BODY_LATER:
      settle_from_source (task, &job->dice);
      return;
    case BODY_ELSEWHERE:
      settle_from_pool (task);
      return;
    case BODY_FAIL:
      job_fail (task);
      return;
    case BODY_FAIL_AT_FIRST:
      if (asynclit_task_get_attempt (task) < SOAK_MAX_ATTEMPTS && soak_chance (&job->dice, 70))
        job_fail (task);
      break;
    case BODY_CANCEL_ITSELF:
      soak_cancel (task);
      break;
    case BODY_NESTED:
      wait_for_others (job);
      break;
    case BODY_PATIENT:
      wait_to_be_cancelled (cancellable, soak_pick (&job->dice, 5));
      break;
    default:
      break;
    }
  asynclit_task_return_int (task, job->serial);
  if (job->body == BODY_RETURN_TWICE)
    job_fail (task);
}

static void
job_work (AsyncLitTask *task, GCancellable *cancellable, gpointer data)
{
  Job *job = data;
  gint run = g_atomic_int_add (&job->runs, 1) + 1;

  g_assert_cmpint (g_atomic_int_add (&job->inside, 1), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&job->released), ==, 0);
  g_assert_cmpuint (asynclit_task_get_attempt (task), ==, (guint) run);
  g_assert_cmpint (run, <=, SOAK_MAX_ATTEMPTS);
  for (guint i = 1; i <= job->n_values; i++)
    {
      g_atomic_int_inc (&job->reported);
      test_report_int (task, run * VALUES_PER_ATTEMPT + (gint) i);
    }
  stress_spin (soak_pick (&job->dice, 4) == 0 ? soak_pick (&job->dice, 20000) : 0);
  if (job->body == BODY_LATER || job->body == BODY_ELSEWHERE)
    g_atomic_int_add (&job->inside, -1);
  job_settle (job, task, cancellable);
  if (job->body != BODY_LATER && job->body != BODY_ELSEWHERE)
    g_atomic_int_add (&job->inside, -1);
}

/* Notifications */

static void
on_status (AsyncLitTask *task, GParamSpec *pspec, gpointer data)
{
  Job *job = data;
  AsyncLitTaskStatus status = asynclit_task_get_status (task);

  g_assert_true (g_main_context_is_owner (job->context));
  g_assert_cmpuint (job->n_completed, ==, 0);
  g_assert_cmpint (status, >=, job->last_status);
  job->last_status = status;
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer data)
{
  Job *job = data;
  gint number = G_VALUE_HOLDS_STRING (value) ? atoi (g_value_get_string (value))
                                             : g_value_get_int (value);

  g_assert_true (g_main_context_is_owner (job->context));
  g_assert_cmpuint (job->n_completed, ==, 0);
  g_assert_cmpint (number, >, job->last_value);
  job->last_value = number;
  job->n_progressed++;
  soak_count (job->soak, SOAK_VALUES);
}

static gboolean
job_timed_out (Job *job, const GError *error)
{
  return job->timed && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, GError *error, gpointer data)
{
  Job *job = data;

  g_assert_true (g_main_context_is_owner (job->context));
  g_assert_cmpuint (job->n_completed, ==, 0);
  g_assert_cmpuint (attempt, ==, job->last_retry + 1);
  if (job->body != BODY_NOTHING && !job_timed_out (job, error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  job->last_retry = attempt;
  soak_count (job->soak, SOAK_RETRIES);
}

static void
check_error (Job *job, const GError *error)
{
  if (g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED))
    g_assert_true (job->refused && !job->steady);
  else if (g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_CONTEXT_GONE))
    g_assert_cmpint (job->executor, ==, ASYNCLIT_EXECUTOR_CONTEXT);
  else if (g_error_matches (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_NO_RESULT))
    g_assert_cmpint (job->body, ==, BODY_NOTHING);
  else if (job_timed_out (job, error))
    return;
  else if (job->body == BODY_SUBPROCESS)
    g_assert_true (error->domain == G_SPAWN_EXIT_ERROR && error->code == 3);
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      g_assert_true (job->body == BODY_FAIL || job->body == BODY_FAIL_AT_FIRST);
    }
}

static void
check_end (Job *job, AsyncLitTask *task)
{
  switch (asynclit_task_get_status (task))
    {
    case ASYNCLIT_TASK_STATUS_DONE:
      g_assert_true (job->body != BODY_FAIL && job->body != BODY_NOTHING);
      test_assert_int_result (task, job->body == BODY_SUBPROCESS ? 0 : job->serial);
      soak_count (job->soak, SOAK_DONE);
      break;
    case ASYNCLIT_TASK_STATUS_ERROR:
      check_error (job, asynclit_task_get_error (task));
      soak_count (job->soak, SOAK_FAILED);
      break;
    case ASYNCLIT_TASK_STATUS_CANCELLED:
      test_assert_cancelled (task);
      g_assert_true (!job->steady || g_atomic_int_get (&job->cancel_asked));
      soak_count (job->soak, SOAK_CANCELLED);
      break;
    case ASYNCLIT_TASK_STATUS_PENDING:
    case ASYNCLIT_TASK_STATUS_RUNNING:
    default:
      g_assert_not_reached ();
    }
}

static void
on_completed (AsyncLitTask *task, gpointer data)
{
  Job *job = data;

  g_assert_true (g_main_context_is_owner (job->context));
  g_assert_cmpuint (job->n_completed, ==, 0);
  g_assert_cmpint (job->last_status, ==, asynclit_task_get_status (task));
  g_assert_true (job->abandon || g_atomic_int_get (&job->inside) == 0);
  if (!job->abandon && !job->bounded && !job->timed && job->body != BODY_SUBPROCESS)
    g_assert_cmpint ((gint) job->n_progressed, ==, g_atomic_int_get (&job->reported));
  job->n_completed++;
  job->final = asynclit_task_get_status (task);
  check_end (job, task);
}

static void
on_called_back (AsyncLitTask *task, gpointer data)
{
  Job *job = data;

  g_assert_true (g_main_context_is_owner (job->context));
  g_assert_cmpuint (job->n_completed, ==, 1);
}

/* After the callback; or instead of it, if the task is not delivered, for which there has to be a
 * reason. */
static void
on_callback_gone (gpointer data)
{
  Job *job = data;
  SoakSession *session = job->session;

  if (job->n_completed == 0)
    {
      g_assert_true (job->refused
                     || (session != NULL && g_atomic_int_get (&session->abandoned)));
      soak_count (job->soak, SOAK_UNHEARD);
    }
  if (session != NULL)
    g_atomic_int_add (&session->unheard, -1);
}

/* Sessions */

SoakSession *
soak_session_new (Soak *soak)
{
  SoakSession *session = g_new0 (SoakSession, 1);

  session->soak = soak;
  session->ref_count = 1;
  return session;
}

SoakSession *
soak_session_ref (SoakSession *session)
{
  g_atomic_int_inc (&session->ref_count);
  return session;
}

void
soak_session_unref (SoakSession *session)
{
  if (g_atomic_int_dec_and_test (&session->ref_count))
    g_free (session);
}

/* Creation */

static Job *
job_new (Soak *soak, SoakSession *session, guint depth, guint64 *dice)
{
  Job *job = g_new0 (Job, 1);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  job->soak = soak;
  job->session = session != NULL ? soak_session_ref (session) : NULL;
  job->context = context;
  job->serial = __atomic_add_fetch (&soak->serial, 1, __ATOMIC_RELAXED);
  job->dice = ((guint64) soak_pick (dice, G_MAXUINT) << 32) | soak_pick (dice, G_MAXUINT) | 1;
  job->body = soak_pick (dice, N_BODIES);
  job->executor = soak_pick (dice, depth == 0 ? 3 : 2);
  job->depth = depth;
  job->n_values = soak_chance (dice, 60) ? 0 : soak_pick (dice, 20);
  job->abandon = soak_chance (dice, 10);
  job->ref_count = 1;
  job->link.data = job;
  g_atomic_int_inc (&soak->jobs);
  pthread_mutex_lock (&soak->lock);
  g_queue_push_tail_link (&soak->living, &job->link);
  pthread_mutex_unlock (&soak->lock);
  return job;
}

/* Not every function can run everywhere. */
static void
job_fit_body (Job *job, guint64 *dice)
{
  gboolean on_worker = job->executor == ASYNCLIT_EXECUTOR_WORKER;
  gboolean in_pool = job->executor == ASYNCLIT_EXECUTOR_THREAD_POOL;

  if (((job->body == BODY_NESTED || job->body == BODY_PATIENT) && !in_pool)
      || (job->body == BODY_NESTED && job->depth >= MAX_NESTED)
      || (job->body == BODY_NOTHING && on_worker)
      || ((job->body == BODY_LATER || job->body == BODY_ELSEWHERE) && !on_worker))
    job->body = BODY_RETURN;
  if (job->depth == 0 && soak_chance (dice, 8))
    job->body = BODY_CREATOR;
  if (job->body == BODY_RETURN && job->depth == 0 && soak_pick (dice, 400) == 0)
    job->body = BODY_SUBPROCESS;
}

/* What the task waits for before it runs. Only a task that an actor submits depends on others: the
 * function of another one waits for it, perhaps while it holds up what it would depend on. */
static void
job_set_gates (Job *job, AsyncLitTask *task, guint64 *dice)
{
  if (soak_chance (dice, 10))
    asynclit_task_set_priority (task, (int) soak_pick (dice, 200) - 100);
  if (soak_chance (dice, 10))
    asynclit_task_set_delay (task, soak_pick (dice, 3) * 0.0005);
  if (soak_chance (dice, 15))
    asynclit_task_add_limiter (task, job->soak->limiters[soak_pick (dice, SOAK_LIMITERS)]);
  if (soak_chance (dice, 5))
    asynclit_task_add_limiter (task, job->soak->limiters[soak_pick (dice, SOAK_LIMITERS)]);
  if (job->body != BODY_CREATOR && soak_chance (dice, 5))
    {
      asynclit_task_set_timeout (task, 0.0002 * (1 + soak_pick (dice, 10)));
      job->timed = TRUE;
    }
  if (job->depth == 0 && soak_chance (dice, 10))
    soak_depend (job->soak, task, dice);
}

static AsyncLitTask *
job_make_task (Job *job, guint64 *dice)
{
  AsyncLitTask *task = asynclit_task_new ();

  asynclit_task_set_executor (task, job->executor);
  asynclit_task_set_abandon_on_cancel (task, job->abandon);
  if (job->body != BODY_CREATOR)
    {
      g_atomic_int_inc (&job->ref_count);
      asynclit_task_set_func (task, job_work, job, job_release);
    }
  if (soak_chance (dice, 50))
    asynclit_task_set_retry_policy (task, job->soak->retry);
  job->bounded = soak_chance (dice, 20);
  if (job->bounded)
    asynclit_task_set_max_progress (task, 1 + soak_pick (dice, 10));
  if (soak_chance (dice, 20))
    asynclit_task_set_name (task, "soak");
  job_set_gates (job, task, dice);
  return task;
}

static AsyncLitTask *
submit_directly (Job *job, AsyncLitTaskManager *manager, guint64 *dice)
{
  static const char *const argv[] = { "sh", "-c", "echo 1; echo 2; exit $(($$ % 2 * 3))", NULL };
  AsyncLitRetryPolicy *retry = soak_chance (dice, 50) ? job->soak->retry : NULL;

  job->abandon = FALSE;
  if (job->body == BODY_SUBPROCESS)
    {
      job->executor = ASYNCLIT_EXECUTOR_WORKER;
      return asynclit_task_manager_submit_subprocess (manager, NULL, argv);
    }
  g_atomic_int_inc (&job->ref_count);
  if (job->executor == ASYNCLIT_EXECUTOR_THREAD_POOL)
    return asynclit_task_manager_submit (manager, retry, job_work, job, job_release);
  if (job->executor == ASYNCLIT_EXECUTOR_WORKER)
    return asynclit_task_manager_submit_async (manager, retry, job_work, job, job_release);
  return asynclit_task_manager_submit_in_context (manager, retry, job_work, job, job_release);
}

/* The creator of a task without a function completes it: before it is submitted, right after that,
 * or elsewhere. The task may be cancelled first. */
static void
submit_set_up (Job *job, AsyncLitTask *task, AsyncLitTaskManager *manager, guint64 *dice)
{
  guint when = job->body == BODY_CREATOR ? soak_pick (dice, 3) : 3;

  if (soak_chance (dice, 5))
    soak_cancel (task);
  if (when == 0)
    asynclit_task_return_int (task, job->serial);
  if (!job->steady && asynclit_task_get_done (task))
    job->refused = TRUE;
  asynclit_task_manager_submit_task (manager, task);
  if (when == 1)
    asynclit_task_return_int (task, job->serial);
  else if (when == 2)
    settle_from_pool (task);
}

static void
job_follow (Job *job, AsyncLitTask *task)
{
  g_signal_connect (task, "notify::status", G_CALLBACK (on_status), job);
  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), job);
  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), job);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), job);
  asynclit_task_add_callback (task, on_called_back, job, on_callback_gone);
  if (job->session != NULL)
    g_atomic_int_inc (&job->session->unheard);
}

static AsyncLitTaskManager *
choose_manager (Soak *soak, AsyncLitTaskManager *own, guint64 *dice)
{
  AsyncLitTaskManager *managers[]
      = { soak->steady, soak->closable, asynclit_get_default_manager (), own };

  return managers[own != NULL ? soak_pick (dice, G_N_ELEMENTS (managers)) : 0];
}

/* Whether the task has to be followed before it is submitted, because its function uses the job, or
 * because another thread iterates the context. */
static gboolean
needs_set_up (Job *job)
{
  return job->depth > 0 || job->body == BODY_CREATOR || job->body == BODY_LATER
         || job->body == BODY_ELSEWHERE || job->body == BODY_CANCEL_ITSELF;
}

static void
job_attach (Job *job, AsyncLitTask *task)
{
  g_object_set_qdata_full (G_OBJECT (task), job_quark (), job, job_unref);
  job_follow (job, task);
}

AsyncLitTask *
soak_submit (Soak *soak, SoakSession *session, AsyncLitTaskManager *own, guint depth,
             guint64 *dice)
{
  Job *job = job_new (soak, session, depth, dice);
  AsyncLitTaskManager *manager = choose_manager (soak, own, dice);
  AsyncLitTask *task;

  job->steady = manager == soak->steady;
  job_fit_body (job, dice);
  soak_count (soak, SOAK_SUBMITTED);
  if (needs_set_up (job) || (job->body != BODY_SUBPROCESS && soak_chance (dice, 40)))
    {
      task = job_make_task (job, dice);
      job_attach (job, task);
      submit_set_up (job, task, manager, dice);
    }
  else
    {
      task = submit_directly (job, manager, dice);
      job_attach (job, task);
    }
  if (g_error_matches (asynclit_task_get_error (task), ASYNCLIT_ERROR, ASYNCLIT_ERROR_CLOSED))
    job->refused = TRUE;
  return task;
}

gboolean
soak_cancel (AsyncLitTask *task)
{
  Job *job = job_of (task);

  g_atomic_int_set (&job->cancel_asked, TRUE);
  if (!asynclit_task_cancel (task))
    return FALSE;
  g_atomic_int_set (&job->cancel_granted, TRUE);
  return TRUE;
}

gboolean
soak_runs_in_context (AsyncLitTask *task)
{
  return job_of (task)->executor == ASYNCLIT_EXECUTOR_CONTEXT;
}

/* The jobs don't belong to the caller: another thread may change what is read here. */
void
soak_describe_living (Soak *soak)
{
  guint n = 0;

  pthread_mutex_lock (&soak->lock);
  for (GList *l = soak->living.head; l != NULL && n < 10; l = l->next, n++)
    {
      Job *job = l->data;

      g_test_message ("alive: job %" G_GINT64_FORMAT ": body %d, executor %d, depth %u, "
                      "steady %d, abandon %d, references %d, runs %d, inside %d, "
                      "released %d, cancelled %d, "
                      "final %d, refused %d, completed %u, session abandoned %d",
                      job->serial, job->body, job->executor, job->depth, job->steady,
                      job->abandon, g_atomic_int_get (&job->ref_count),
                      g_atomic_int_get (&job->runs), g_atomic_int_get (&job->inside),
                      g_atomic_int_get (&job->released), g_atomic_int_get (&job->cancel_granted),
                      job->final, job->refused, job->n_completed,
                      job->session != NULL ? g_atomic_int_get (&job->session->abandoned) : -1);
    }
  pthread_mutex_unlock (&soak->lock);
}
