/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A disk that takes as long as the test wants: which calls wait for it, and which do not. Calls
 * that must return immediately would hang here otherwise. */

#include "store-fixture.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_VARIABLE "ASYNCLIT_TEST_STORE"

/* Threads that write to a file wait here. SQLite calls this function instead of that of the
 * system. */
static pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER; /* the thread sanitizer sees these */
static pthread_cond_t disk_changed = PTHREAD_COND_INITIALIZER;
static gboolean disk_is_stuck;
static guint n_stuck;

ssize_t pwrite64 (int fd, const void *bytes, size_t size, off_t offset);

__attribute__ ((visibility ("default"))) ssize_t
pwrite64 (int fd, const void *bytes, size_t size, off_t offset)
{
  static ssize_t (*next) (int, const void *, size_t, off_t);

  pthread_mutex_lock (&disk_lock);
  if (next == NULL)
    next = (ssize_t (*) (int, const void *, size_t, off_t)) dlsym (RTLD_NEXT, "pwrite64");
  n_stuck++;
  pthread_cond_broadcast (&disk_changed);
  while (disk_is_stuck)
    pthread_cond_wait (&disk_changed, &disk_lock);
  n_stuck--;
  pthread_mutex_unlock (&disk_lock);
  return next (fd, bytes, size, offset);
}

static void
disk_stop (void)
{
  pthread_mutex_lock (&disk_lock);
  disk_is_stuck = TRUE;
  pthread_mutex_unlock (&disk_lock);
}

static void
disk_go_on (void)
{
  pthread_mutex_lock (&disk_lock);
  disk_is_stuck = FALSE;
  pthread_cond_broadcast (&disk_changed);
  pthread_mutex_unlock (&disk_lock);
}

/* A write is blocked. */
static void
disk_await_writer (void)
{
  pthread_mutex_lock (&disk_lock);
  while (n_stuck == 0)
    pthread_cond_wait (&disk_changed, &disk_lock);
  pthread_mutex_unlock (&disk_lock);
}

static AsyncLitScheduleStore *
get_store (Memory *memory)
{
  return asynclit_scheduler_get_store (memory->fixture.scheduler);
}

static void
flush (Memory *memory)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (asynclit_schedule_store_flush (get_store (memory), -1, NULL, &error));
  g_assert_no_error (error);
}

static void
test_setters (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job, *other;

  memory_set_up (&memory);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  other = fixture_add_interval (&memory.fixture, "other", 200);
  asynclit_scheduler_start (memory.fixture.scheduler);
  flush (&memory);
  disk_stop ();
  asynclit_scheduled_task_pause (job);
  disk_await_writer ();
  asynclit_scheduled_task_set_max_runs (job, 7);
  asynclit_scheduled_task_set_jitter (job, 1);
  asynclit_scheduled_task_run_now (job);
  g_assert_true (asynclit_scheduled_task_remove (other));
  asynclit_schedule_store_forget (get_store (&memory), "unknown");
  fixture_add_interval (&memory.fixture, "third", 300);
  asynclit_scheduler_shutdown (memory.fixture.scheduler, FALSE);
  disk_go_on ();

  memory_restart (&memory, 10);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
  other = fixture_add_interval (&memory.fixture, "other", 200);
  fixture_assert_next (other, "2026-01-01 00:03:30"); /* it begins anew */
}

/* A function is not called before its start has been written. */
static void
test_start_waits (void)
{
  g_autoptr (TestGate) gate = test_gate_new ();
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;
  g_autoptr (GError) error = NULL;

  memory_set_up (&memory);
  test_gate_open (gate);
  job = fixture_add (&memory.fixture,
                     fixture_new_job_with (&memory.fixture, asynclit_interval_trigger_new (100),
                                           "job", test_work_gate, gate));
  asynclit_scheduler_start (memory.fixture.scheduler);
  flush (&memory);
  disk_stop ();
  asynclit_scheduled_task_run_now (job);
  disk_await_writer ();
  g_assert_false (asynclit_schedule_store_flush (get_store (&memory), 0.02, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (test_gate_get_arrivals (gate), ==, 0);
  disk_go_on ();
  test_gate_await_arrivals (gate, 1);
}

/* A job whose function shares its thread with others. */
static AsyncLitScheduledTask *
add_on (Memory *memory, AsyncLitExecutor executor, AsyncLitTaskFunc func, gpointer data)
{
  AsyncLitScheduledTask *job = fixture_new_job_with (
      &memory->fixture, asynclit_interval_trigger_new (100), "job", func, data);

  asynclit_scheduled_task_set_executor (job, executor);
  asynclit_scheduled_task_set_latest_task_name (job, "latest");
  fixture_add (&memory->fixture, job);
  asynclit_scheduler_start (memory->fixture.scheduler);
  flush (memory);
  return job;
}

static AsyncLitTask *
get_latest (Memory *memory)
{
  AsyncLitTask *task = asynclit_task_manager_get (memory->fixture.manager, "global:latest");

  g_assert_nonnull (task);
  return task;
}

static void
call_and_count (AsyncLitTask *task, GCancellable *cancellable, gpointer n_calls)
{
  g_atomic_int_inc ((int *) n_calls);
  asynclit_task_return_boolean (task, TRUE);
}

static gboolean
raise_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* The main context continues while the start of a function that runs there is written. */
static void
test_context (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job;
  gboolean has_passed = FALSE;
  int n_calls = 0;

  memory_set_up (&memory);
  job = add_on (&memory, ASYNCLIT_EXECUTOR_CONTEXT, call_and_count, &n_calls);
  disk_stop ();
  asynclit_scheduled_task_run_now (job);
  g_timeout_add (20, raise_flag, &has_passed);
  test_iterate_until_true (NULL, &has_passed);
  task = get_latest (&memory);
  g_assert_cmpint (asynclit_task_get_status (task), ==, ASYNCLIT_TASK_STATUS_PENDING);
  g_assert_cmpint (n_calls, ==, 0);
  disk_go_on ();
  test_iterate_until_completed (task);
  g_assert_cmpint (n_calls, ==, 1);
}

/* Until its start has been written, the task is pending, and can be cancelled immediately. */
static void
test_context_cancelled (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job;
  gboolean has_passed = FALSE;
  int n_calls = 0;

  memory_set_up (&memory);
  job = add_on (&memory, ASYNCLIT_EXECUTOR_CONTEXT, call_and_count, &n_calls);
  disk_stop ();
  asynclit_scheduled_task_run_now (job);
  g_timeout_add (20, raise_flag, &has_passed);
  test_iterate_until_true (NULL, &has_passed);
  task = get_latest (&memory);
  g_assert_true (asynclit_task_cancel (task));
  g_assert_true (asynclit_task_get_done (task));
  disk_go_on ();
  flush (&memory);
  test_iterate_pending (NULL);
  g_assert_cmpint (n_calls, ==, 0);
}

static void
test_worker (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitTask) task = NULL;
  g_autoptr (AsyncLitTask) other = NULL;
  AsyncLitScheduledTask *job;
  int n_calls = 0, n_other_calls = 0;

  memory_set_up (&memory);
  job = add_on (&memory, ASYNCLIT_EXECUTOR_WORKER, call_and_count, &n_calls);
  disk_stop ();
  asynclit_scheduled_task_run_now (job);
  task = get_latest (&memory);
  disk_await_writer ();
  other = asynclit_run_async (call_and_count, &n_other_calls, NULL);
  test_wait (other);
  g_assert_cmpint (n_other_calls, ==, 1);
  g_assert_cmpint (n_calls, ==, 0);
  disk_go_on ();
  test_wait (task);
  g_assert_cmpint (n_calls, ==, 1);
}

static void
on_taken (GObject *scheduler, GAsyncResult *result, gpointer taken)
{
  g_autoptr (GError) error = NULL;

  *(AsyncLitTask **) taken
      = asynclit_scheduler_take_due_finish (ASYNCLIT_SCHEDULER (scheduler), result, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
is_set (gpointer pointer)
{
  return *(gpointer *) pointer != NULL;
}

/* A run for another executor is passed to it after that; no thread waits for it. */
static void
test_taken (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitTask) task = NULL;
  AsyncLitScheduledTask *job;
  gboolean has_passed = FALSE;

  memory_set_up (&memory);
  job = add_on (&memory, ASYNCLIT_EXECUTOR_THREAD_POOL, NULL, NULL);
  asynclit_scheduler_take_due_async (memory.fixture.scheduler, NULL, on_taken, &task);
  disk_stop ();
  asynclit_scheduled_task_run_now (job);
  g_timeout_add (20, raise_flag, &has_passed);
  test_iterate_until_true (NULL, &has_passed);
  g_assert_null (task);
  disk_go_on ();
  test_iterate_until (NULL, is_set, &task);
  g_assert_true (asynclit_task_begin (task));
  disk_stop (); /* settling does not wait for the disk, either */
  asynclit_task_return_boolean (task, TRUE);
  g_assert_true (asynclit_task_get_done (task));
  disk_go_on ();
}

static void
on_flushed (GObject *store, GAsyncResult *result, gpointer outcome)
{
  g_autoptr (GError) error = NULL;

  if (asynclit_schedule_store_flush_finish (ASYNCLIT_SCHEDULE_STORE (store), result, &error))
    *(const char **) outcome = "written";
  else
    *(const char **) outcome
        = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "cancelled" : "failed";
}

static void
test_flush_async (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const char *first = NULL, *second = NULL;

  memory_set_up (&memory);
  disk_stop ();
  fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_schedule_store_flush_async (get_store (&memory), cancellable, on_flushed, &first);
  asynclit_schedule_store_flush_async (get_store (&memory), NULL, on_flushed, &second);
  disk_await_writer ();
  g_cancellable_cancel (cancellable);
  test_iterate_until (NULL, is_set, &first);
  g_assert_cmpstr (first, ==, "cancelled");
  g_assert_false (asynclit_schedule_store_flush (get_store (&memory), -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (second);
  disk_go_on ();
  test_iterate_until (NULL, is_set, &second);
  g_assert_cmpstr (second, ==, "written");
}

/* A wait for the disk ends while its cancellable is being cancelled: it does not wait for the other
 * handlers. */

typedef struct {
  AsyncLitScheduleStore *store;
  GCancellable *cancellable;
  TestGate *gate;
  const char *outcome;
  gboolean (*wait) (AsyncLitScheduleStore *, double, GCancellable *, GError **);
} CancelledWait;

static gpointer
wait_for_disk (gpointer data)
{
  CancelledWait *self = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (self->wait (self->store, -1, self->cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return NULL;
}

static gpointer
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
on_cancelled_pass (GCancellable *cancellable, gpointer gate)
{
  test_gate_pass (gate);
}

static gboolean
is_connected (gpointer cancellable)
{
  return g_signal_handler_find (cancellable, G_SIGNAL_MATCH_ID,
                                g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE), 0, NULL, NULL,
                                NULL)
         != 0;
}

/* Handlers of another thread take long. */
static void
test_cancelled_elsewhere (gconstpointer wait)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CancelledWait data = { .cancellable = cancellable, .gate = test_gate_new () };
  GThread *waiting, *cancelling;

  memory_set_up (&memory);
  data.store = get_store (&memory);
  data.wait = (gboolean (*) (AsyncLitScheduleStore *, double, GCancellable *, GError **)) wait;
  disk_stop ();
  fixture_add_interval (&memory.fixture, "job", 100);
  waiting = g_thread_new ("waiting", wait_for_disk, &data);
  test_poll_until (is_connected, cancellable);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled_pass), data.gate);
  cancelling = g_thread_new ("cancelling", cancel, cancellable);
  test_gate_await_arrivals (data.gate, 1);

  g_thread_join (waiting);
  test_gate_open (data.gate);
  g_thread_join (cancelling);
  disk_go_on ();
  test_gate_free (data.gate);
}

static void
on_cancelled_wait (GCancellable *cancellable, gpointer data)
{
  CancelledWait *self = data;

  self->wait = asynclit_schedule_store_flush;
  wait_for_disk (self);
  disk_go_on ();
  test_iterate_until (NULL, is_set, &self->outcome);
}

/* A handler further up on the same stack waits, and iterates. */
static void
test_cancelled_further_up (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CancelledWait data = { .cancellable = cancellable };

  memory_set_up (&memory);
  data.store = get_store (&memory);
  disk_stop ();
  fixture_add_interval (&memory.fixture, "job", 100);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled_wait), &data);
  asynclit_schedule_store_flush_async (data.store, cancellable, on_flushed, &data.outcome);
  g_cancellable_cancel (cancellable);
  g_assert_cmpstr (data.outcome, ==, "written");
}

/* After cancelling a wait, the cancellable may be used again immediately. */
static void
test_cancelled_and_reset (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const char *outcome = NULL;

  memory_set_up (&memory);
  disk_stop ();
  fixture_add_interval (&memory.fixture, "job", 100);
  asynclit_schedule_store_flush_async (get_store (&memory), cancellable, on_flushed, &outcome);
  g_cancellable_cancel (cancellable);
  g_cancellable_reset (cancellable);
  test_iterate_until (NULL, is_set, &outcome);
  g_assert_cmpstr (outcome, ==, "cancelled");
  disk_go_on ();
}

/* Closing a store waits for the disk only as long as requested; it is then closed later. */
static void
test_close (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitScheduleStore) store = NULL;
  g_autoptr (GError) error = NULL;

  memory_set_up (&memory);
  store = g_object_ref (get_store (&memory));
  disk_stop ();
  fixture_add_interval (&memory.fixture, "job", 100);
  disk_await_writer ();
  g_assert_false (asynclit_schedule_store_close (store, 0.02, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  disk_go_on ();
  g_assert_true (asynclit_schedule_store_close (store, -1, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (asynclit_schedule_store_close (store, -1, NULL, NULL));
  g_assert_true (asynclit_schedule_store_flush (store, -1, NULL, NULL));
  g_clear_object (&store);
  store = asynclit_schedule_store_new (memory.path, &error); /* although the scheduler has its
                                                              * own */
  g_assert_no_error (error);
}

/* A scheduler that continues without its store logs a warning, once, and accepts no more jobs. */
static void
test_used_after_close (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (100);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);
  g_autoptr (GError) error = NULL;

  memory_set_up (&memory);
  fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_schedule_store_close (get_store (&memory), -1, NULL, NULL));
  g_assert_false (asynclit_scheduler_add (memory.fixture.scheduler, job, TRUE, &error));
  g_assert_error (error, ASYNCLIT_ERROR, ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "is closed"));
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (memory.fixture.scheduler), ==, 1);
  asynclit_scheduler_shutdown (memory.fixture.scheduler, TRUE);
  g_test_expect_message ("AsyncLit", G_LOG_LEVEL_WARNING, "*is closed*not remembered*");
  asynclit_scheduler_start (memory.fixture.scheduler);
  g_test_assert_expected_messages ();
  asynclit_scheduler_shutdown (memory.fixture.scheduler, TRUE);
  asynclit_scheduler_start (memory.fixture.scheduler);
  fixture_advance (&memory.fixture, 110);
  fixture_assert_runs (&memory.fixture, "00:01:40");
}

static void
test_shutdown (void)
{
  g_auto (Memory) memory = { 0 };
  g_autoptr (AsyncLitScheduleStore) other = NULL;
  g_autoptr (GError) error = NULL;

  memory_set_up (&memory);
  fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_shutdown (10));
  other = asynclit_schedule_store_new (memory.path, &error);
  g_assert_no_error (error);
}

/* A program that exits immediately after a change. */
static void
test_exit (void)
{
  g_auto (Memory) memory = { 0 };
  AsyncLitScheduledTask *job;

  if (g_test_subprocess ())
    {
      memory.path = g_strdup (g_getenv (PATH_VARIABLE));
      memory_open (&memory);
      asynclit_scheduled_task_pause (fixture_add_interval (&memory.fixture, "job", 100));
      exit (0);
    }
  memory_make_folder (&memory);
  g_setenv (PATH_VARIABLE, memory.path, TRUE);
  g_test_trap_subprocess (NULL, TEST_WATCHDOG_SECONDS * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  memory_open (&memory);
  job = fixture_add_interval (&memory.fixture, "job", 100);
  g_assert_true (asynclit_scheduled_task_get_paused (job));
}

/* The file is released when the program has dropped the store and the scheduler, although the
 * context in which user data is freed is not iterated. */
static void
test_free_without_main_loop (void)
{
  g_auto (Memory) memory = { 0 };

  memory_make_folder (&memory);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (3600);
      AsyncLitScheduleStore *store = asynclit_schedule_store_new (memory.path, &error);
      AsyncLitScheduler *scheduler;
      AsyncLitScheduledTask *job;
      static int n_calls;

      g_assert_no_error (error);
      scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "store", store, NULL);
      job = asynclit_scheduled_task_new (trigger, call_and_count, &n_calls, NULL);
      asynclit_scheduler_add (scheduler, job, TRUE, NULL);
      asynclit_scheduler_start (scheduler);
      asynclit_scheduled_task_run_now (job);
      asynclit_scheduler_shutdown (scheduler, TRUE);
      g_object_unref (job);
      g_object_unref (store);
      g_object_unref (scheduler);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  if (!memory_is_supported ())
    return g_test_run ();
  g_test_add_func ("/store-writes/setters", test_setters);
  g_test_add_func ("/store-writes/start-waits", test_start_waits);
  g_test_add_func ("/store-writes/context", test_context);
  g_test_add_func ("/store-writes/context/cancelled", test_context_cancelled);
  g_test_add_func ("/store-writes/worker", test_worker);
  g_test_add_func ("/store-writes/taken", test_taken);
  g_test_add_func ("/store-writes/flush-async", test_flush_async);
  g_test_add_data_func ("/store-writes/cancelled/elsewhere/flush",
                        (gconstpointer) asynclit_schedule_store_flush, test_cancelled_elsewhere);
  g_test_add_data_func ("/store-writes/cancelled/elsewhere/close",
                        (gconstpointer) asynclit_schedule_store_close, test_cancelled_elsewhere);
  g_test_add_func ("/store-writes/cancelled/further-up", test_cancelled_further_up);
  g_test_add_func ("/store-writes/cancelled/reset", test_cancelled_and_reset);
  g_test_add_func ("/store-writes/close", test_close);
  g_test_add_func ("/store-writes/used-after-close", test_used_after_close);
  g_test_add_func ("/store-writes/shutdown", test_shutdown);
  g_test_add_func ("/store-writes/exit", test_exit);
  g_test_add_func ("/store-writes/free-without-main-loop", test_free_without_main_loop);
  return g_test_run ();
}
