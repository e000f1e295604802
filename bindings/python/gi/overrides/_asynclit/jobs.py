# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ScheduledTask, which is a job, and Scheduler, which has jobs."""

import datetime
import math
import reprlib
from typing import Optional

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

from . import dates, subclasses, values, waits

raw = get_introspection_module('AsyncLit')

GUINT_MAX = 2 ** 32 - 1
MAX_JITTER = 366 * 86400
ALIAS_PREFIX = 'global:'


class SchedulerUnavailable(RuntimeError):
    """Raised if nothing can be scheduled: the interpreter exits, no thread can be started, or the
    scheduler's store is closed."""


class ConflictingIdError(KeyError):
    """Raised if a job with this ID exists and was not to be replaced."""

    def __str__(self):
        return self.args[0]


class translated_errors:
    """Converts errors of C to the corresponding Python exceptions."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, GLib.Error):
            return
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.EXISTS):
            raise ConflictingIdError(error.message) from None
        if error.matches(raw.error_quark(), raw.Error.SCHEDULER_UNAVAILABLE):
            raise SchedulerUnavailable(error.message) from None
        raise ValueError(error.message) from None


# Conversions of attributes to C

def text(value):
    if value is not None and not (isinstance(value, str) and values.is_c_text(value)):
        raise ValueError(f'a string that C can\'t represent: {reprlib.repr(value)}')
    return value


def count(value):
    if not isinstance(value, int):
        raise TypeError(f'a whole number was expected, not {value!r}')
    if not 0 <= value <= GUINT_MAX:
        raise ValueError(f'a number must be in [0, {GUINT_MAX}], not {value}')
    return value


def jitter(value):
    seconds = dates.to_seconds(value)
    if not 0 <= seconds <= MAX_JITTER:
        raise ValueError(f'jitter must be in [0, {MAX_JITTER}] seconds')
    return seconds


def grace(value):
    """None means no limit, which is a negative number in C. Infinity means the same."""
    seconds = float('inf') if value is None else max(dates.to_seconds(value), 0.0)
    return seconds if math.isfinite(seconds) else -1.0


def grace_from_c(seconds):
    return None if seconds < 0 else seconds


def itself(value):
    return value


def choice(name):
    """Accepts a member of an enumeration, or its name in lower case."""
    def choose(value):
        kind = getattr(raw, name)
        if isinstance(value, kind):
            return value
        found = getattr(kind, str(value).replace('-', '_').upper(), None)
        if not isinstance(found, kind):
            raise ValueError(f'{reprlib.repr(value)} is not a member of AsyncLit.{name}')
        return found

    return choose


class Field:
    """An attribute of a job. A fixed one can't be changed after the job has been scheduled."""

    def __init__(self, doc, to_c, from_c=itself, fixed=False):
        self.__doc__ = doc
        self._to_c, self._from_c, self._fixed = to_c, from_c, fixed

    def __set_name__(self, owner, name):
        self._name = name
        self._get = getattr(raw.ScheduledTask, f'get_{name}')
        self._set = getattr(raw.ScheduledTask, f'set_{name}')

    def __get__(self, job, owner=None):
        return self if job is None else self._from_c(self._get(job))

    def __set__(self, job, value):
        if self._fixed:
            raise AttributeError(f'{self._name} can\'t be changed after the job has been scheduled')
        self.give(job, value)

    def give(self, job, value):
        self._set(job, self._to_c(value))


class ScheduledTask(raw.ScheduledTask, subclasses.Subclassable):
    """A job: a function that runs as a task at the times of a trigger.

    schedule_interval(), schedule_cron() and similar functions create one. Two jobs are equal if
    they have the same job_id and latest_task_key.
    """

    __match_args__ = ('job_id', 'latest_task_key')

    _call = None

    name = Field('The name of the job and of its tasks.', text, fixed=True)
    first_run = Field('When the job runs for the first time.', choice('FirstRun'), fixed=True)
    start_time = Field('The time before which the job does not run.', dates.start_to_gdatetime,
                       dates.to_datetime, fixed=True)
    trigger = Field('The trigger, which determines when the job is due.', itself)
    misfire_grace = Field('The maximum lateness of a run, in seconds; None: no limit.', grace,
                          grace_from_c)
    coalesce = Field('Whether the job runs only once if several of its times have passed.', bool)
    max_instances = Field('The maximum number of runs at the same time; 0: no limit.', count)
    overlap = Field('What happens to a run that is due while max_instances runs are in progress.',
                    choice('Overlap'))
    end_time = Field('The time after which no run begins.', dates.end_to_gdatetime,
                     dates.to_datetime)
    max_runs = Field('The number of runs after which the job ends; 0: no limit.', count)
    jitter = Field('The maximum random delay of each run, in seconds.', jitter)
    paused = Field('Whether the job is paused, and skips its times.', bool)

    def __init__(self, job_id: str, latest_task_key: Optional[str] = None, *, trigger=None):
        super().__init__(**({} if trigger is None else {'trigger': trigger}))
        if job_id is not None:
            raw.ScheduledTask.set_job_id(self, text(job_id))
        if latest_task_key is not None:
            name = text(latest_task_key).removeprefix(ALIAS_PREFIX)
            raw.ScheduledTask.set_latest_task_name(self, name)

    @property
    def job_id(self) -> str:
        """The ID of the job in its scheduler."""
        return raw.ScheduledTask.get_job_id(self)

    id = job_id

    @property
    def latest_task_key(self) -> Optional[str]:
        """The key of the latest task for TaskManager.get(), if latest_task_name was set."""
        return raw.ScheduledTask.get_latest_task_key(self)

    @property
    def latest_task(self):
        """The latest task, if latest_task_name was set and there is a task; otherwise None."""
        key = self.latest_task_key
        manager = raw.ScheduledTask.get_manager(self)
        if manager is None:
            manager = raw.get_default_manager()
        return None if key is None else manager.get(key)

    @property
    def func(self):
        """The function; None if the job was not created in Python."""
        return self._call.func if self._call else None

    @property
    def retry(self):
        """The RetryPolicy for each run, or None."""
        return self._call.retry if self._call else None

    @property
    def next_run_time(self) -> Optional[datetime.datetime]:
        """The time of the next run; None if the job is paused, has ended or is in no scheduler."""
        return dates.to_datetime(raw.ScheduledTask.get_next_run_time(self))

    @property
    def last_run_time(self) -> Optional[datetime.datetime]:
        """The time of the last run; None if the job has never run."""
        return dates.to_datetime(raw.ScheduledTask.get_last_run_time(self))

    @property
    def n_runs(self) -> int:
        """The number of runs."""
        return raw.ScheduledTask.get_n_runs(self)

    @property
    def n_missed(self) -> int:
        """The number of times that have passed without a run because it was too late."""
        return raw.ScheduledTask.get_n_missed(self)

    @property
    def n_skipped(self) -> int:
        """The number of runs that were skipped because too many were in progress."""
        return raw.ScheduledTask.get_n_skipped(self)

    @property
    def n_running(self) -> int:
        """The number of runs in progress."""
        return raw.ScheduledTask.get_n_running(self)

    def pause(self) -> None:
        """Pauses the job: it skips its times until it is resumed."""
        raw.ScheduledTask.pause(self)

    def resume(self) -> None:
        """Resumes the job."""
        raw.ScheduledTask.resume(self)

    def run_now(self) -> bool:
        """Runs the job now, in addition to its scheduled times.

        Returns False if the job is in no scheduler.
        """
        return raw.ScheduledTask.run_now(self)

    def remove(self) -> bool:
        """Removes the job from its scheduler. Its runs in progress continue.

        Returns False if the job is in no scheduler.
        """
        return raw.ScheduledTask.remove(self)

    def __eq__(self, other):
        if not isinstance(other, ScheduledTask):
            return NotImplemented
        return (self.job_id, self.latest_task_key) == (other.job_id, other.latest_task_key)

    def __hash__(self):
        return hash((self.job_id, self.latest_task_key))

    def __repr__(self):
        key = f', latest_task_key={self.latest_task_key!r}' if self.latest_task_key else ''
        return f'ScheduledTask(job_id={self.job_id!r}{key}{self._when()})'

    def _when(self):
        if self.paused:
            return ', paused'
        next_run = self.next_run_time
        return f', next run {next_run:%Y-%m-%d %H:%M:%S}' if next_run else ''

    def __reduce__(self):
        return ScheduledTask, (self.job_id, self.latest_task_key)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class Scheduler(raw.Scheduler, subclasses.Subclassable):
    """Runs jobs when they are due. Most programs only need the default scheduler.

    A started scheduler runs until it is shut down, even if nothing refers to it any more.
    """

    def __init__(self, *, clock=None, store=None):
        super().__init__(**({} if clock is None else {'clock': clock}))
        if store is not None:
            self.set_store(store)

    @property
    def clock(self):
        """The clock of the scheduler."""
        return raw.Scheduler.get_clock(self)

    @property
    def running(self) -> bool:
        """Whether the scheduler is running."""
        return raw.Scheduler.get_running(self)

    def start(self) -> None:
        """Starts the scheduler.

        If it was shut down before, runs that became due in the meantime are late.
        """
        raw.Scheduler.start(self)

    def shutdown(self, wait: bool = True) -> None:
        """Stops the scheduler, which keeps its jobs. With wait, waits for the runs in progress.

        In a task this never waits, because the task could be such a run itself.
        """
        raw.Scheduler.shutdown(self, False)
        if wait:
            waits.wait_for_scheduler(self)

    def add(self, job, replace_existing: bool = True) -> None:
        """Adds a job that was created or removed before."""
        with translated_errors():
            raw.Scheduler.add(self, job, replace_existing)

    def get_jobs(self) -> list:
        """All jobs in the order of their next runs. Jobs without a next run are at the end."""
        jobs = [(job.next_run_time, job) for job in raw.Scheduler.list_jobs(self)]
        jobs.sort(key=lambda pair: (pair[0] is None, pair[0] or dates.EPOCH, pair[1].job_id))
        return [job for unused, job in jobs]

    def get_job(self, job_id: str) -> Optional[ScheduledTask]:
        """The job with this ID, or None."""
        return raw.Scheduler.get(self, text(job_id))

    def remove_job(self, job_id: str) -> None:
        """Removes a job. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.remove)

    def pause_job(self, job_id: str) -> None:
        """Pauses a job. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.pause)

    def resume_job(self, job_id: str) -> None:
        """Resumes a job. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.resume)

    def remove_all_jobs(self) -> None:
        """Removes all jobs."""
        for job in raw.Scheduler.list_jobs(self):
            job.remove()

    def _change(self, job_id, change):
        """Changes the job with this ID, even if another job replaces it at the same time."""
        job, found = None, self.get_job(job_id)
        if found is None:
            raise KeyError(job_id)
        while found is not None and found is not job:
            job = found
            change(job)
            found = self.get_job(job_id)

    def __bool__(self):
        return True  # also without jobs

    def __repr__(self):
        state = 'running' if self.running else 'stopped'
        return f'<AsyncLit.Scheduler {state}, {raw.Scheduler.get_n_jobs(self)} jobs>'


SchedulerUnavailable.__module__ = ConflictingIdError.__module__ = 'gi.repository.AsyncLit'
