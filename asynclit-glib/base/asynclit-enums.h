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
 * @ASYNCLIT_TASK_STATUS_PENDING: submitted (or just made); its function has not begun
 * @ASYNCLIT_TASK_STATUS_RUNNING: its function has begun, or it waits for a retry
 * @ASYNCLIT_TASK_STATUS_DONE: ended with a result
 * @ASYNCLIT_TASK_STATUS_ERROR: ended with an error
 * @ASYNCLIT_TASK_STATUS_CANCELLED: cancelled
 *
 * Where a task stands.
 *
 * A task moves from pending to running, and from there to one of the last three, which are
 * terminal: entered once and never left. A pending task may also become cancelled directly.
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
 * @ASYNCLIT_TASK_SUBSTATE_NONE: the status says it all
 * @ASYNCLIT_TASK_SUBSTATE_QUEUED: waits for its executor; for the first attempt or for another
 * @ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY: an attempt failed; waits for the delay before the next
 * @ASYNCLIT_TASK_SUBSTATE_CANCELLING: was asked to cancel; its function has not returned yet
 *
 * What a task that has not ended is doing, in more detail than its status says.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_TASK_SUBSTATE_NONE,
  ASYNCLIT_TASK_SUBSTATE_QUEUED,
  ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY,
  ASYNCLIT_TASK_SUBSTATE_CANCELLING,
} AsyncLitTaskSubstate;

/**
 * AsyncLitTaskFilter:
 * @ASYNCLIT_TASK_FILTER_PENDING: tasks whose status is pending
 * @ASYNCLIT_TASK_FILTER_RUNNING: tasks whose status is running
 * @ASYNCLIT_TASK_FILTER_DONE: tasks whose status is done
 * @ASYNCLIT_TASK_FILTER_ERROR: tasks whose status is error
 * @ASYNCLIT_TASK_FILTER_CANCELLED: tasks whose status is cancelled
 * @ASYNCLIT_TASK_FILTER_LIVE: tasks that have not ended
 * @ASYNCLIT_TASK_FILTER_ENDED: tasks that have ended, in whichever way
 * @ASYNCLIT_TASK_FILTER_ALL: all tasks
 *
 * Which tasks to list.
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
 * @ASYNCLIT_MAP_DEFAULT: the first item that fails stops the rest, and fails the task
 * @ASYNCLIT_MAP_COLLECT_ERRORS: items that fail don't stop the others; the result of the task says
 *   which ones failed, and why
 *
 * What [method@TaskManager.map_full] does about items that fail.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/ {
  ASYNCLIT_MAP_DEFAULT = 0,
  ASYNCLIT_MAP_COLLECT_ERRORS = 1 << 0,
} AsyncLitMapFlags;

/**
 * AsyncLitExecutor:
 * @ASYNCLIT_EXECUTOR_THREAD_POOL: a thread of the library's pool; the function may block
 * @ASYNCLIT_EXECUTOR_WORKER: the library's worker thread, which iterates a main context; the
 *   function starts asynchronous operations, must not block, and may settle the task later
 * @ASYNCLIT_EXECUTOR_CONTEXT: the main context of whoever submits, from an idle source
 *
 * Where a task's function runs.
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
 * @ASYNCLIT_CLOSE_MODE_DRAIN: let what was submitted run to its end
 * @ASYNCLIT_CLOSE_MODE_CANCEL: cancel what has not ended
 *
 * What closing a task manager does to its live tasks.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CLOSE_MODE_DRAIN,
  ASYNCLIT_CLOSE_MODE_CANCEL,
} AsyncLitCloseMode;

/**
 * AsyncLitProgramStderr:
 * @ASYNCLIT_PROGRAM_STDERR_KEEP: the end of it goes into the message of the error, if the program
 *   fails; if the output is captured, all of it is in the result
 * @ASYNCLIT_PROGRAM_STDERR_MERGE: it goes where the standard output goes, as with `2>&1`
 * @ASYNCLIT_PROGRAM_STDERR_PROGRESS: its lines are progress values; and its end is in the message
 * @ASYNCLIT_PROGRAM_STDERR_INHERIT: it goes to the standard error of this process
 * @ASYNCLIT_PROGRAM_STDERR_DISCARD: nobody reads it
 *
 * What becomes of the standard error of an [class@Program].
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
 * @ASYNCLIT_PROCESS_GROUP_AUTO: a group of its own for a shell, unless it has the standard input of
 *   this process; otherwise the group of this process
 * @ASYNCLIT_PROCESS_GROUP_OWN: a group of its own: cancelling ends the program and the programs
 *   that it has started
 * @ASYNCLIT_PROCESS_GROUP_SHARED: the group of this process: cancelling ends the program only
 *
 * The process group of an [class@Program].
 *
 * A shell is a program whose name, without folders, is `sh`, `ash`, `bash`, `csh`, `dash`, `fish`,
 * `ksh`, `mksh`, `tcsh`, `yash` or `zsh`.
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
 * @ASYNCLIT_JITTER_KIND_SYMMETRIC: the delay plus or minus up to `jitter` times itself
 * @ASYNCLIT_JITTER_KIND_EQUAL: the delay less up to half of `jitter` times itself
 * @ASYNCLIT_JITTER_KIND_FULL: the delay less up to `jitter` times itself
 * @ASYNCLIT_JITTER_KIND_DECORRELATED: each delay drawn between the base delay and three times
 *   the delay before
 *
 * How chance is mixed into the delays of an [class@RetryPolicy].
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
 * @ASYNCLIT_FIRST_RUN_AFTER_INTERVAL: when the trigger says so: for an interval, after it has
 *   passed once
 * @ASYNCLIT_FIRST_RUN_NOW: at once, and then as the trigger says
 * @ASYNCLIT_FIRST_RUN_ALIGNED: for an interval, at the next whole multiple of it since the Unix
 *   epoch: every 15 minutes, at the quarters of an hour in UTC
 *
 * When a job runs for the first time.
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
 * @ASYNCLIT_OVERLAP_SKIP: leave it out
 * @ASYNCLIT_OVERLAP_QUEUE: start it when one of the others has ended
 * @ASYNCLIT_OVERLAP_CANCEL_PREVIOUS: cancel the oldest of the others, and start it when that has
 *   ended
 *
 * What to do with a run that is due while as many as may run at a time are still running.
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
 * @ASYNCLIT_SKIP_REASON_OVERLAP: as many as may run at a time were still running
 * @ASYNCLIT_SKIP_REASON_QUEUE_FULL: too many runs waited already
 * @ASYNCLIT_SKIP_REASON_REPLACED: it waited, and a later one took its place
 * @ASYNCLIT_SKIP_REASON_INTERRUPTED: it was started, and had not ended, when the program was ended
 *   the last time; see [class@ScheduleStore]
 *
 * Why a run that was due was left out.
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
 * @ASYNCLIT_CRON_DIALECT_APSCHEDULER: that of `CronTrigger.from_crontab` of APScheduler 3, a
 *   library for Python: day of week 0 is Monday; day of month *and* day of week have to match
 * @ASYNCLIT_CRON_DIALECT_CRON: that of cron: day of week 0 and 7 are Sunday; if both day of month
 *   and day of week are restricted, one of them has to match
 *
 * How to read a cron expression.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_CRON_DIALECT_APSCHEDULER,
  ASYNCLIT_CRON_DIALECT_CRON,
} AsyncLitCronDialect;

/**
 * AsyncLitGapPolicy:
 * @ASYNCLIT_GAP_POLICY_AUTO: as the kind of trigger suggests: %ASYNCLIT_GAP_POLICY_RUN_AFTER
 *   for fixed times, %ASYNCLIT_GAP_POLICY_SKIP for a cron expression with a `*` at the beginning
 *   of its hours or minutes
 * @ASYNCLIT_GAP_POLICY_RUN_AFTER: fire once, at the first moment after the gap
 * @ASYNCLIT_GAP_POLICY_SKIP: don't fire for it
 *
 * What to do about a time that the local clock skips, when summer time begins.
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
 * @ASYNCLIT_FOLD_POLICY_AUTO: as the kind of trigger suggests: %ASYNCLIT_FOLD_POLICY_FIRST
 *   for fixed times, %ASYNCLIT_FOLD_POLICY_BOTH for a cron expression with a `*` at the beginning
 *   of its hours or minutes
 * @ASYNCLIT_FOLD_POLICY_FIRST: fire the first time only
 * @ASYNCLIT_FOLD_POLICY_SECOND: fire the second time only
 * @ASYNCLIT_FOLD_POLICY_BOTH: fire both times
 *
 * What to do about a time that the local clock shows twice, when summer time ends.
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
 * What a [class@CalendarTrigger] counts.
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
 * @ASYNCLIT_MONTH_END_LAST_DAY: the last day of the month instead
 * @ASYNCLIT_MONTH_END_SKIP: no day of that month
 *
 * What to do in a month that is too short: on the 31st of a month with 30 days, or on 29 February.
 *
 * Since: 1.0
 */
typedef enum {
  ASYNCLIT_MONTH_END_LAST_DAY,
  ASYNCLIT_MONTH_END_SKIP,
} AsyncLitMonthEnd;

G_END_DECLS
