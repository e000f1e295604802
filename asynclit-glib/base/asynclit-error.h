/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "asynclit-version-macros.h"

G_BEGIN_DECLS

/**
 * ASYNCLIT_ERROR:
 *
 * The error domain of the library. Its codes are in [error@Error].
 *
 * Since: 1.0
 */
#define ASYNCLIT_ERROR (asynclit_error_quark ())

/**
 * AsyncLitError:
 * @ASYNCLIT_ERROR_NOT_DONE: the task has not ended yet
 * @ASYNCLIT_ERROR_NO_RESULT: the task's function returned without settling the task
 * @ASYNCLIT_ERROR_CLOSED: the task manager was closed before the task was submitted
 * @ASYNCLIT_ERROR_QUEUE_FULL: the task manager's queue is full
 * @ASYNCLIT_ERROR_INVALID_ARGUMENT: an argument is invalid; the message names it and the reason
 * @ASYNCLIT_ERROR_INVALID_CRON: a cron expression is malformed
 * @ASYNCLIT_ERROR_INVALID_TIMEZONE: a time zone is unknown
 * @ASYNCLIT_ERROR_CALLBACK_RAISED: a callback in another language raised an exception
 * @ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE: the scheduler accepts no jobs, because its store is closed
 * @ASYNCLIT_ERROR_CONTEXT_GONE: the main context in which the task's function should have run was
 *   destroyed first
 * @ASYNCLIT_ERROR_FORKED: the task belongs to the process from which this one was forked
 * @ASYNCLIT_ERROR_WRONG_THREAD: the task's function, or the predicate of its retry policy, is in a
 *   language that can't run it on the executor to which it was submitted: JavaScript runs only in
 *   its main context
 * @ASYNCLIT_ERROR_DEPENDENCY: a task that had to succeed first has failed, or was cancelled
 * @ASYNCLIT_ERROR_ALL_FAILED: all tasks have failed, of which one had to succeed
 * @ASYNCLIT_ERROR_UNWANTED_RESULT: the retry policy does not accept a result, and the task is
 *   retried; see [method@RetryPolicy.with_retry_if_result]
 * @ASYNCLIT_ERROR_CIRCUIT_OPEN: a limiter of the task refuses tasks, because too many have failed;
 *   see [property@Limiter:max-failures]
 *
 * Errors of the library.
 *
 * A time-out is reported as %G_IO_ERROR_TIMED_OUT, and a cancellation as %G_IO_ERROR_CANCELLED.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_ERROR_NOT_DONE,
  ASYNCLIT_ERROR_NO_RESULT,
  ASYNCLIT_ERROR_CLOSED,
  ASYNCLIT_ERROR_QUEUE_FULL,
  ASYNCLIT_ERROR_INVALID_ARGUMENT,
  ASYNCLIT_ERROR_INVALID_CRON,
  ASYNCLIT_ERROR_INVALID_TIMEZONE,
  ASYNCLIT_ERROR_CALLBACK_RAISED,
  ASYNCLIT_ERROR_SCHEDULER_UNAVAILABLE,
  ASYNCLIT_ERROR_CONTEXT_GONE,
  ASYNCLIT_ERROR_FORKED,
  ASYNCLIT_ERROR_WRONG_THREAD,
  ASYNCLIT_ERROR_DEPENDENCY,
  ASYNCLIT_ERROR_ALL_FAILED,
  ASYNCLIT_ERROR_UNWANTED_RESULT,
  ASYNCLIT_ERROR_CIRCUIT_OPEN,
} AsyncLitError;

ASYNCLIT_AVAILABLE_IN_1_0
GQuark asynclit_error_quark (void);

G_END_DECLS
