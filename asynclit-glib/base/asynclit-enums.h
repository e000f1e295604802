/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined(ASYNCLIT_INSIDE) && !defined(ASYNCLIT_COMPILATION)
#error "Only <asynclit-glib.h> can be included directly."
#endif

#include <glib.h>

G_BEGIN_DECLS

/**
 * AsyncLitTaskStatus:
 * @ASYNCLIT_TASK_STATUS_PENDING: created or submitted; its function has not started
 * @ASYNCLIT_TASK_STATUS_RUNNING: its function has started, or it waits for a retry
 * @ASYNCLIT_TASK_STATUS_DONE: ended with a result
 * @ASYNCLIT_TASK_STATUS_ERROR: ended with an error
 * @ASYNCLIT_TASK_STATUS_CANCELLED: cancelled
 *
 * The status of a task.
 *
 * A task goes from pending to running, and from running to one of the other three, which are
 * terminal: a task never leaves them. A pending task can also go directly to cancelled.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_TASK_STATUS_PENDING,
  ASYNCLIT_TASK_STATUS_RUNNING,
  ASYNCLIT_TASK_STATUS_DONE,
  ASYNCLIT_TASK_STATUS_ERROR,
  ASYNCLIT_TASK_STATUS_CANCELLED,
} AsyncLitTaskStatus;

/**
 * AsyncLitTaskSubstate:
 * @ASYNCLIT_TASK_SUBSTATE_NONE: no further detail
 * @ASYNCLIT_TASK_SUBSTATE_QUEUED: waits for its executor, for the first attempt or a later one
 * @ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY: an attempt has failed; waits until the next one may start
 * @ASYNCLIT_TASK_SUBSTATE_CANCELLING: cancellation was requested; its function has not returned yet
 * @ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY: waits for tasks that have to end first
 * @ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY: waits until its delay is over
 * @ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER: waits for a place in a limiter, or while its manager is
 *   paused
 * @ASYNCLIT_TASK_SUBSTATE_PAUSED: paused by [method@Task.pause]: it does not start, or its function
 *   stops at its next checkpoint
 *
 * Details about a task that has not ended, in addition to its status.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_TASK_SUBSTATE_NONE,
  ASYNCLIT_TASK_SUBSTATE_QUEUED,
  ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY,
  ASYNCLIT_TASK_SUBSTATE_CANCELLING,
  ASYNCLIT_TASK_SUBSTATE_WAITING_DEPENDENCY,
  ASYNCLIT_TASK_SUBSTATE_WAITING_DELAY,
  ASYNCLIT_TASK_SUBSTATE_WAITING_LIMITER,
  ASYNCLIT_TASK_SUBSTATE_PAUSED,
} AsyncLitTaskSubstate;

/**
 * AsyncLitTaskFilter:
 * @ASYNCLIT_TASK_FILTER_PENDING: tasks whose status is pending
 * @ASYNCLIT_TASK_FILTER_RUNNING: tasks whose status is running
 * @ASYNCLIT_TASK_FILTER_DONE: tasks whose status is done
 * @ASYNCLIT_TASK_FILTER_ERROR: tasks whose status is error
 * @ASYNCLIT_TASK_FILTER_CANCELLED: tasks whose status is cancelled
 * @ASYNCLIT_TASK_FILTER_LIVE: tasks that have not ended
 * @ASYNCLIT_TASK_FILTER_ENDED: tasks that have ended, with any outcome
 * @ASYNCLIT_TASK_FILTER_ALL: all tasks
 *
 * Selects the tasks to list.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/ {
  ASYNCLIT_TASK_FILTER_PENDING = 1 << 0,
  ASYNCLIT_TASK_FILTER_RUNNING = 1 << 1,
  ASYNCLIT_TASK_FILTER_DONE = 1 << 2,
  ASYNCLIT_TASK_FILTER_ERROR = 1 << 3,
  ASYNCLIT_TASK_FILTER_CANCELLED = 1 << 4,
  ASYNCLIT_TASK_FILTER_LIVE = 0x03,
  ASYNCLIT_TASK_FILTER_ENDED = 0x1c,
  ASYNCLIT_TASK_FILTER_ALL = 0x1f,
} AsyncLitTaskFilter;

/**
 * AsyncLitMapFlags:
 * @ASYNCLIT_MAP_DEFAULT: the first item that fails stops the others, and the task fails
 * @ASYNCLIT_MAP_COLLECT_ERRORS: items that fail do not stop the others; the task's result contains
 *   the errors
 *
 * Controls how [method@TaskManager.map_full] handles items that fail.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/ {
  ASYNCLIT_MAP_DEFAULT = 0,
  ASYNCLIT_MAP_COLLECT_ERRORS = 1 << 0,
} AsyncLitMapFlags;

/**
 * AsyncLitJoin:
 * @ASYNCLIT_JOIN_ALL: all tasks have to succeed
 * @ASYNCLIT_JOIN_ANY: one task has to succeed
 * @ASYNCLIT_JOIN_RACE: the first task that ends decides
 *
 * Determines which of several tasks decide the outcome of [func@Task.join].
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_JOIN_ALL,
  ASYNCLIT_JOIN_ANY,
  ASYNCLIT_JOIN_RACE,
} AsyncLitJoin;

/**
 * AsyncLitJoinFlags:
 * @ASYNCLIT_JOIN_DEFAULT: the new task ends when its outcome is decided; the other tasks continue
 * @ASYNCLIT_JOIN_CANCEL_REST: the other tasks are cancelled when the outcome is decided, or when
 *   the new task is cancelled or runs out of time
 * @ASYNCLIT_JOIN_WAIT: the new task ends when all tasks have ended
 *
 * Flags for [func@Task.join].
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/ {
  ASYNCLIT_JOIN_DEFAULT = 0,
  ASYNCLIT_JOIN_CANCEL_REST = 1 << 0,
  ASYNCLIT_JOIN_WAIT = 1 << 1,
} AsyncLitJoinFlags;

/**
 * AsyncLitExecutor:
 * @ASYNCLIT_EXECUTOR_THREAD_POOL: a thread of the library's pool; the function may block
 * @ASYNCLIT_EXECUTOR_WORKER: the library's worker thread, which iterates a main context; the
 *   function must not block, but it may start asynchronous operations and settle the task later
 * @ASYNCLIT_EXECUTOR_CONTEXT: the thread-default main context of the thread that submits, from an
 *   idle source
 *
 * Determines where a task's function runs.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_EXECUTOR_THREAD_POOL,
  ASYNCLIT_EXECUTOR_WORKER,
  ASYNCLIT_EXECUTOR_CONTEXT,
} AsyncLitExecutor;

/**
 * AsyncLitCloseMode:
 * @ASYNCLIT_CLOSE_MODE_DRAIN: let live tasks run to their end
 * @ASYNCLIT_CLOSE_MODE_CANCEL: cancel live tasks
 *
 * Determines what happens to live tasks when a task manager is closed.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CLOSE_MODE_DRAIN,
  ASYNCLIT_CLOSE_MODE_CANCEL,
} AsyncLitCloseMode;

/**
 * AsyncLitOverflow:
 * @ASYNCLIT_OVERFLOW_REJECT: the new task fails with %ASYNCLIT_ERROR_QUEUE_FULL
 * @ASYNCLIT_OVERFLOW_DROP_OLDEST: the task that has waited the longest is cancelled
 *
 * What to do with a task that would have to wait while [property@TaskManager:max-queued] tasks wait
 * already.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_OVERFLOW_REJECT,
  ASYNCLIT_OVERFLOW_DROP_OLDEST,
} AsyncLitOverflow;

/**
 * AsyncLitUnique:
 * @ASYNCLIT_UNIQUE_KEEP: the live task stays, and the new one is cancelled
 * @ASYNCLIT_UNIQUE_REPLACE: the live task is cancelled; the new one starts when it has ended
 * @ASYNCLIT_UNIQUE_APPEND: the new task depends on the live one
 *
 * What to do with a task that is submitted with a key that a live task of the manager has already.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_UNIQUE_KEEP,
  ASYNCLIT_UNIQUE_REPLACE,
  ASYNCLIT_UNIQUE_APPEND,
} AsyncLitUnique;

/**
 * AsyncLitCircuit:
 * @ASYNCLIT_CIRCUIT_CLOSED: tasks run
 * @ASYNCLIT_CIRCUIT_OPEN: too many attempts have failed in a row; tasks are refused
 * @ASYNCLIT_CIRCUIT_HALF_OPEN: one task may try whether attempts succeed again; others are refused
 *
 * The state of a [class@Limiter] that is a circuit breaker.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CIRCUIT_CLOSED,
  ASYNCLIT_CIRCUIT_OPEN,
  ASYNCLIT_CIRCUIT_HALF_OPEN,
} AsyncLitCircuit;

/**
 * AsyncLitProgramStderr:
 * @ASYNCLIT_PROGRAM_STDERR_KEEP: if the program fails, the end of its standard error becomes part
 *   of the error message; if the output is captured, the result contains all of it
 * @ASYNCLIT_PROGRAM_STDERR_MERGE: goes to the same place as the standard output, as with `2>&1`
 * @ASYNCLIT_PROGRAM_STDERR_PROGRESS: each line becomes a progress value, and the error message
 *   contains the end
 * @ASYNCLIT_PROGRAM_STDERR_INHERIT: goes to the standard error of this process
 * @ASYNCLIT_PROGRAM_STDERR_DISCARD: discarded
 *
 * Determines where the standard error of an [class@Program] goes.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_PROGRAM_STDERR_KEEP,
  ASYNCLIT_PROGRAM_STDERR_MERGE,
  ASYNCLIT_PROGRAM_STDERR_PROGRESS,
  ASYNCLIT_PROGRAM_STDERR_INHERIT,
  ASYNCLIT_PROGRAM_STDERR_DISCARD,
} AsyncLitProgramStderr;

/**
 * AsyncLitProcessGroup:
 * @ASYNCLIT_PROCESS_GROUP_AUTO: a group of its own for a shell that does not inherit the standard
 *   input of this process; otherwise the group of this process
 * @ASYNCLIT_PROCESS_GROUP_OWN: a group of its own: cancellation ends the program and the programs
 *   that it has started
 * @ASYNCLIT_PROCESS_GROUP_SHARED: the group of this process: cancellation ends the program only
 *
 * Determines the process group of an [class@Program].
 *
 * A program counts as a shell if its name, without the directory, is `sh`, `ash`, `bash`, `csh`,
 * `dash`, `fish`, `ksh`, `mksh`, `tcsh`, `yash` or `zsh`.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_PROCESS_GROUP_AUTO,
  ASYNCLIT_PROCESS_GROUP_OWN,
  ASYNCLIT_PROCESS_GROUP_SHARED,
} AsyncLitProcessGroup;

/**
 * AsyncLitJitterKind:
 * @ASYNCLIT_JITTER_KIND_SYMMETRIC: the delay plus or minus up to `jitter` times the delay
 * @ASYNCLIT_JITTER_KIND_EQUAL: the delay minus up to half of `jitter` times the delay
 * @ASYNCLIT_JITTER_KIND_FULL: the delay minus up to `jitter` times the delay
 * @ASYNCLIT_JITTER_KIND_DECORRELATED: a random delay between the base delay and three times the
 *   previous delay
 *
 * Determines how the delays of an [class@RetryPolicy] are randomized.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_JITTER_KIND_SYMMETRIC,
  ASYNCLIT_JITTER_KIND_EQUAL,
  ASYNCLIT_JITTER_KIND_FULL,
  ASYNCLIT_JITTER_KIND_DECORRELATED,
} AsyncLitJitterKind;

/**
 * AsyncLitFirstRun:
 * @ASYNCLIT_FIRST_RUN_AFTER_INTERVAL: at the first time of the trigger: for an interval, after one
 *   interval
 * @ASYNCLIT_FIRST_RUN_NOW: immediately, and then at the times of the trigger
 * @ASYNCLIT_FIRST_RUN_ALIGNED: for an interval, at its next whole multiple since the Unix epoch:
 *   with 15 minutes, at the next quarter of an hour in UTC
 *
 * Determines when a job runs for the first time.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_FIRST_RUN_AFTER_INTERVAL,
  ASYNCLIT_FIRST_RUN_NOW,
  ASYNCLIT_FIRST_RUN_ALIGNED,
} AsyncLitFirstRun;

/**
 * AsyncLitOverlap:
 * @ASYNCLIT_OVERLAP_SKIP: skip the new run
 * @ASYNCLIT_OVERLAP_QUEUE: start the new run when one of the others has ended
 * @ASYNCLIT_OVERLAP_CANCEL_PREVIOUS: cancel the oldest of the others, and start the new run when
 *   that one has ended
 *
 * Determines what happens if a run is due while [property@ScheduledTask:max-instances] runs of the
 * job are in progress.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_OVERLAP_SKIP,
  ASYNCLIT_OVERLAP_QUEUE,
  ASYNCLIT_OVERLAP_CANCEL_PREVIOUS,
} AsyncLitOverlap;

/**
 * AsyncLitSkipReason:
 * @ASYNCLIT_SKIP_REASON_OVERLAP: the maximum number of runs was in progress
 * @ASYNCLIT_SKIP_REASON_QUEUE_FULL: too many runs were already waiting
 * @ASYNCLIT_SKIP_REASON_REPLACED: it was waiting, and a later run took its place
 * @ASYNCLIT_SKIP_REASON_INTERRUPTED: it had started, but not ended, when the program last exited;
 *   see [class@ScheduleStore]
 *
 * The reason for which a run was skipped.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_SKIP_REASON_OVERLAP,
  ASYNCLIT_SKIP_REASON_QUEUE_FULL,
  ASYNCLIT_SKIP_REASON_REPLACED,
  ASYNCLIT_SKIP_REASON_INTERRUPTED,
} AsyncLitSkipReason;

/**
 * AsyncLitCronDialect:
 * @ASYNCLIT_CRON_DIALECT_APSCHEDULER: the dialect of `CronTrigger.from_crontab` in APScheduler 3, a
 *   Python library: day of week 0 is Monday; day of month *and* day of week must match
 * @ASYNCLIT_CRON_DIALECT_CRON: the dialect of cron: days of week 0 and 7 are Sunday; if both day of
 *   month and day of week are restricted, one of them must match
 *
 * The dialect of a cron expression.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CRON_DIALECT_APSCHEDULER,
  ASYNCLIT_CRON_DIALECT_CRON,
} AsyncLitCronDialect;

/**
 * AsyncLitGapPolicy:
 * @ASYNCLIT_GAP_POLICY_AUTO: depends on the trigger: %ASYNCLIT_GAP_POLICY_RUN_AFTER for fixed
 *   times, %ASYNCLIT_GAP_POLICY_SKIP for a cron expression with a `*` at the beginning of its hours
 *   or minutes
 * @ASYNCLIT_GAP_POLICY_RUN_AFTER: fire once, at the first moment after the gap
 * @ASYNCLIT_GAP_POLICY_SKIP: do not fire
 *
 * Determines what a trigger does about a time that the local clock skips when daylight saving time
 * begins.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_GAP_POLICY_AUTO,
  ASYNCLIT_GAP_POLICY_RUN_AFTER,
  ASYNCLIT_GAP_POLICY_SKIP,
} AsyncLitGapPolicy;

/**
 * AsyncLitFoldPolicy:
 * @ASYNCLIT_FOLD_POLICY_AUTO: depends on the trigger: %ASYNCLIT_FOLD_POLICY_FIRST for fixed times,
 *   %ASYNCLIT_FOLD_POLICY_BOTH for a cron expression with a `*` at the beginning of its hours or
 *   minutes
 * @ASYNCLIT_FOLD_POLICY_FIRST: fire the first time only
 * @ASYNCLIT_FOLD_POLICY_SECOND: fire the second time only
 * @ASYNCLIT_FOLD_POLICY_BOTH: fire both times
 *
 * Determines what a trigger does about a time that the local clock shows twice when daylight saving
 * time ends.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_FOLD_POLICY_AUTO,
  ASYNCLIT_FOLD_POLICY_FIRST,
  ASYNCLIT_FOLD_POLICY_SECOND,
  ASYNCLIT_FOLD_POLICY_BOTH,
} AsyncLitFoldPolicy;

/**
 * AsyncLitCalendarUnit:
 * @ASYNCLIT_CALENDAR_UNIT_DAY: days
 * @ASYNCLIT_CALENDAR_UNIT_WEEK: weeks
 * @ASYNCLIT_CALENDAR_UNIT_MONTH: months
 * @ASYNCLIT_CALENDAR_UNIT_YEAR: years
 *
 * The unit in which a [class@CalendarTrigger] counts.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CALENDAR_UNIT_DAY,
  ASYNCLIT_CALENDAR_UNIT_WEEK,
  ASYNCLIT_CALENDAR_UNIT_MONTH,
  ASYNCLIT_CALENDAR_UNIT_YEAR,
} AsyncLitCalendarUnit;

/**
 * AsyncLitMonthEnd:
 * @ASYNCLIT_MONTH_END_LAST_DAY: fire on the last day of the month
 * @ASYNCLIT_MONTH_END_SKIP: do not fire in that month
 *
 * Determines what a [class@CalendarTrigger] does in a month that lacks the day of its first time,
 * such as day 31, or 29 February.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_MONTH_END_LAST_DAY,
  ASYNCLIT_MONTH_END_SKIP,
} AsyncLitMonthEnd;

/**
 * AsyncLitUnit:
 * @ASYNCLIT_UNIT_ITEMS: anything that can be counted, or a share of the whole
 * @ASYNCLIT_UNIT_BYTES: bytes
 * @ASYNCLIT_UNIT_FILES: files
 * @ASYNCLIT_UNIT_FOLDERS: folders
 *
 * What the progress of a task counts.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_UNIT_ITEMS,
  ASYNCLIT_UNIT_BYTES,
  ASYNCLIT_UNIT_FILES,
  ASYNCLIT_UNIT_FOLDERS,
} AsyncLitUnit;

G_END_DECLS
