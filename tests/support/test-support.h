/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Helpers for the tests in C. None of them sleeps for synchronization: each waits for a condition,
 * and a watchdog ends the test with a message if the condition never becomes true. */

#pragma once

#include <asynclit-glib.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* The time after which a test counts as hanging. Generous, because valgrind is slow on a busy
 * machine, and only failing tests wait this long. */
#define TEST_WATCHDOG_SECONDS 60

/* Waiting for conditions */

typedef gboolean (*TestCondition) (gpointer user_data);

/* Iterates a context (NULL: the thread-default one), blocking, until the condition is true. Fails
 * if nothing wakes the context, so this checks that the library does. */
void test_iterate_until (GMainContext *context, TestCondition condition, gpointer user_data);

/* The same for a flag that a callback in this thread sets. */
void test_iterate_until_true (GMainContext *context, const gboolean *flag);

/* The same for an integer that callbacks in this thread increment. */
void test_iterate_until_count (GMainContext *context, const guint *count, guint wanted);

/* Dispatches everything that is ready, and returns the number of dispatches. */
guint test_iterate_pending (GMainContext *context);

/* Checks a condition repeatedly, without iterating any context: for events on other threads that
 * nothing announces. */
void test_poll_until (TestCondition condition, gpointer user_data);

/* The condition that g_atomic_int_get() of a gint is not 0. */
gboolean test_condition_flag (gpointer flag);

/* The condition that a task has ended, by its status. */
gboolean test_condition_done (gpointer task);

/* The condition that a task's function has begun, or that the task has ended. */
gboolean test_condition_started (gpointer task);

/* The condition that a task waits for a retry. */
gboolean test_condition_waiting_retry (gpointer task);

/* Waits until a task has ended, without iterating a context. */
void test_wait (AsyncLitTask *task);

/* Iterates the thread-default context until the task's callbacks have been called. */
void test_iterate_until_completed (AsyncLitTask *task);

/* Gates: work functions wait at one until the test opens it */

typedef struct _TestGate TestGate;

TestGate *test_gate_new (void);
void test_gate_free (TestGate *gate);
void test_gate_open (TestGate *gate);

/* Arrives at the gate, and waits until it is open. */
void test_gate_pass (TestGate *gate);

/* Waits until this many threads have arrived at the gate. */
void test_gate_await_arrivals (TestGate *gate, guint arrivals);
guint test_gate_get_arrivals (TestGate *gate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestGate, test_gate_free)

/* Tokens: user data that remembers where it was destroyed */

typedef struct _TestToken TestToken;

TestToken *test_token_new (void);
TestToken *test_token_ref (TestToken *token);
void test_token_unref (TestToken *token);

/* The GDestroyNotify to pass to the library; takes one reference. */
void test_token_destroy (gpointer token);

/* The number of times that it was destroyed, and the last thread that did so. */
guint test_token_get_destroyed (TestToken *token);
GThread *test_token_get_thread (TestToken *token);

/* The condition that a token was destroyed. */
gboolean test_condition_token_destroyed (gpointer token);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestToken, test_token_unref)

/* Recorders: events, their order and their threads */

typedef struct _TestRecorder TestRecorder;

TestRecorder *test_recorder_new (void);
void test_recorder_free (TestRecorder *recorder);
void test_recorder_add (TestRecorder *recorder, const char *format, ...) G_GNUC_PRINTF (2, 3);
guint test_recorder_get_length (TestRecorder *recorder);

/* The number of times that exactly this event was recorded. */
guint test_recorder_count (TestRecorder *recorder, const char *event);

/* All events, separated by spaces. */
char *test_recorder_join (TestRecorder *recorder);

/* Whether every event was recorded on this thread. */
gboolean test_recorder_all_on_thread (TestRecorder *recorder, GThread *thread);

/* Records "status:NICK", "progressed:VALUE", "retrying:ATTEMPT" and "completed". */
void test_recorder_watch (TestRecorder *recorder, AsyncLitTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestRecorder, test_recorder_free)

#define test_recorder_assert(recorder, expected)                                                  \
  G_STMT_START                                                                                    \
  {                                                                                               \
    g_autofree char *joined_ = test_recorder_join (recorder);                                     \
    g_assert_cmpstr (joined_, ==, expected);                                                      \
  }                                                                                               \
  G_STMT_END

/* Work functions */

/* Returns the user data as an integer. */
void test_work_return_int (AsyncLitTask *task, GCancellable *cancellable, gpointer number);

/* Passes the gate, then returns 1. */
void test_work_gate (AsyncLitTask *task, GCancellable *cancellable, gpointer gate);

/* Arrives at the gate (which may be NULL), waits until cancelled, and returns the cancellable's
 * error. */
void test_work_until_cancelled (AsyncLitTask *task, GCancellable *cancellable, gpointer gate);

/* Fails with G_IO_ERROR_FAILED "went wrong". */
void test_work_fail (AsyncLitTask *task, GCancellable *cancellable, gpointer unused);

/* Returns without settling. */
void test_work_nothing (AsyncLitTask *task, GCancellable *cancellable, gpointer unused);

/* Fails as often as the countdown says, and then returns the number of the attempt. */
void test_work_fail_n_times (AsyncLitTask *task, GCancellable *cancellable, gpointer countdown);

/* Tasks that ended */

void test_assert_int_result (AsyncLitTask *task, gint64 expected);
void test_assert_failed (AsyncLitTask *task, GQuark domain, int code);
void test_assert_cancelled (AsyncLitTask *task);

/* Reports one progress value. */
void test_report_int (AsyncLitTask *task, int value);
void test_report_string (AsyncLitTask *task, const char *value);

/* The values, integers or strings, separated by spaces. */
char *test_values_join (GPtrArray *values);

/* Derives a class as language bindings do, which need no header for it. */
GType test_derive_type (GType parent, const char *name);

/* The process's threads, from /proc */

guint test_count_threads (void);
guint test_count_threads_named (const char *name);

/* Whether slow tests are enabled: -m slow, or ASYNCLIT_TEST_SLOW=1. */
gboolean test_slow (void);

G_END_DECLS
