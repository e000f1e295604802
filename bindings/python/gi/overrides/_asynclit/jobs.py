# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ScheduledTask: a job; and Scheduler, which has jobs."""

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
    """Nothing can be scheduled: the interpreter is about to end, or no thread can be started."""


class ConflictingIdError(KeyError):
    """There is a job with this id, and it was not to be replaced."""

    def __str__(self):
        return self.args[0]


class translated_errors:
    """Raises what Python raises in such a case instead of the errors of C."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, GLib.Error):
            return
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.EXISTS):
            raise ConflictingIdError(error.message) from None
        raise ValueError(error.message) from None


# What the attributes of a job hold, as C takes it

def text(value):
    if value is not None and not (isinstance(value, str) and values.is_c_text(value)):
        raise ValueError(f'not a text that C can hold: {reprlib.repr(value)}')
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
    """None, for any, is a negative number in C; an endless grace is the same."""
    seconds = float('inf') if value is None else max(dates.to_seconds(value), 0.0)
    return seconds if math.isfinite(seconds) else -1.0


def grace_from_c(seconds):
    return None if seconds < 0 else seconds


def itself(value):
    return value


def choice(name):
    """Takes what is chosen from an enumeration as its member, or by its name in lower case."""
    def choose(value):
        kind = getattr(raw, name)
        if isinstance(value, kind):
            return value
        found = getattr(kind, str(value).replace('-', '_').upper(), None)
        if not isinstance(found, kind):
            raise ValueError(f'{reprlib.repr(value)} is none of AsyncLit.{name}')
        return found

    return choose


class Field:
    """An attribute of a job; one that is fixed is given before the job is scheduled."""

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
            raise AttributeError(f'{self._name} of a job is given when it is scheduled')
        self.give(job, value)

    def give(self, job, value):
        self._set(job, self._to_c(value))


class ScheduledTask(raw.ScheduledTask, subclasses.Subclassable):
    """A job: a function that is run as a task again and again.

    schedule_interval(), schedule_cron() and the like make one. Two that have the same job_id and
    latest_task_key are equal.
    """

    __match_args__ = ('job_id', 'latest_task_key')

    _call = None

    name = Field('What the job and its tasks are called.', text, fixed=True)
    first_run = Field('When the job runs first.', choice('FirstRun'), fixed=True)
    start_time = Field('Before this the job does not run.', dates.start_to_gdatetime, dates.to_datetime,
                       fixed=True)
    trigger = Field('When the job is due.', itself)
    misfire_grace = Field('How late a run may begin, in seconds; None: any time.', grace,
                          grace_from_c)
    coalesce = Field('Whether runs that are late are made up for by a single one.', bool)
    max_instances = Field('How many runs there may be at a time; 0: any number.', count)
    overlap = Field('What happens to a run that would be one too many.', choice('Overlap'))
    end_time = Field('After this the job does not run.', dates.end_to_gdatetime, dates.to_datetime)
    max_runs = Field('After so many runs the job is over; 0: never.', count)
    jitter = Field('By how many seconds at most a run is put off, by chance.', jitter)
    paused = Field('Whether what is due is left out.', bool)

    def __init__(self, job_id: str, latest_task_key: Optional[str] = None, *, trigger=None):
        super().__init__(**({} if trigger is None else {'trigger': trigger}))
        if job_id is not None:
            raw.ScheduledTask.set_job_id(self, text(job_id))
        if latest_task_key is not None:
            name = text(latest_task_key).removeprefix(ALIAS_PREFIX)
            raw.ScheduledTask.set_latest_task_name(self, name)

    @property
    def job_id(self) -> str:
        """What the job is known by in its scheduler."""
        return raw.ScheduledTask.get_job_id(self)

    id = job_id

    @property
    def latest_task_key(self) -> Optional[str]:
        """What to give TaskManager.get() for the latest task, if latest_task_name was given."""
        return raw.ScheduledTask.get_latest_task_key(self)

    @property
    def latest_task(self):
        """The latest task, if latest_task_name was given and there is one; or None."""
        key = self.latest_task_key
        manager = raw.ScheduledTask.get_manager(self)
        if manager is None:
            manager = raw.get_default_manager()
        return None if key is None else manager.get(key)

    @property
    def func(self):
        """The function; None if the job is not one of Python."""
        return self._call.func if self._call else None

    @property
    def retry(self):
        """The RetryPolicy of each run, or None."""
        return self._call.retry if self._call else None

    @property
    def next_run_time(self) -> Optional[datetime.datetime]:
        """When the job runs next; None if it is paused, over, or in no scheduler."""
        return dates.to_datetime(raw.ScheduledTask.get_next_run_time(self))

    @property
    def last_run_time(self) -> Optional[datetime.datetime]:
        """When the job ran last; None if it never did."""
        return dates.to_datetime(raw.ScheduledTask.get_last_run_time(self))

    @property
    def n_runs(self) -> int:
        """How many runs there were."""
        return raw.ScheduledTask.get_n_runs(self)

    @property
    def n_missed(self) -> int:
        """How many times passed without a run, since it was too late for them."""
        return raw.ScheduledTask.get_n_missed(self)

    @property
    def n_skipped(self) -> int:
        """How many runs were left out, since there were too many at the time."""
        return raw.ScheduledTask.get_n_skipped(self)

    @property
    def n_running(self) -> int:
        """How many runs are under way."""
        return raw.ScheduledTask.get_n_running(self)

    def pause(self) -> None:
        """Leaves out what is due from now on."""
        raw.ScheduledTask.pause(self)

    def resume(self) -> None:
        """Takes a pause back."""
        raw.ScheduledTask.resume(self)

    def run_now(self) -> bool:
        """Runs the job now, as well as when it is due; False if it is in no scheduler."""
        return raw.ScheduledTask.run_now(self)

    def remove(self) -> bool:
        """Takes the job out of its scheduler; False if it is in none. Runs of it go on."""
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
    """Has jobs, and runs them when they are due. Most programs need no other than the default one.

    One that was started runs until it is shut down, even if nothing refers to it any more.
    """

    def __init__(self, *, clock=None, store=None):
        super().__init__(**({} if clock is None else {'clock': clock}))
        if store is not None:
            self.set_store(store)

    @property
    def clock(self):
        """What the scheduler knows the time from."""
        return raw.Scheduler.get_clock(self)

    @property
    def running(self) -> bool:
        """Whether the scheduler was started, and not shut down since."""
        return raw.Scheduler.get_running(self)

    def start(self) -> None:
        """Runs jobs from now on. One that was shut down makes up for what was due meanwhile."""
        raw.Scheduler.start(self)

    def shutdown(self, wait: bool = True) -> None:
        """Runs no job any more, but keeps all; waits for runs that are under way, if asked to.

        In a task it never waits, since that could be such a run itself.
        """
        raw.Scheduler.shutdown(self, False)
        if wait:
            waits.wait_for_scheduler(self)

    def add(self, job, replace_existing: bool = True) -> None:
        """Adds a job that was made before, or removed."""
        with translated_errors():
            raw.Scheduler.add(self, job, replace_existing)

    def get_jobs(self) -> list:
        """All jobs, the next to run first; those that will not run at the end."""
        jobs = [(job.next_run_time, job) for job in raw.Scheduler.list_jobs(self)]
        jobs.sort(key=lambda pair: (pair[0] is None, pair[0] or dates.EPOCH, pair[1].job_id))
        return [job for unused, job in jobs]

    def get_job(self, job_id: str) -> Optional[ScheduledTask]:
        """The job with an id, or None."""
        return raw.Scheduler.get(self, text(job_id))

    def remove_job(self, job_id: str) -> None:
        """Removes a job. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.remove)

    def pause_job(self, job_id: str) -> None:
        """Pauses a job. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.pause)

    def resume_job(self, job_id: str) -> None:
        """Takes the pause of a job back. Raises KeyError if there is none."""
        self._change(job_id, ScheduledTask.resume)

    def remove_all_jobs(self) -> None:
        """Removes all jobs."""
        for job in raw.Scheduler.list_jobs(self):
            job.remove()

    def _change(self, job_id, change):
        """Changes whichever job has the id, also if another takes its place just then."""
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
