# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Limits of how many tasks run at a time, and options for single tasks."""

from typing import Any, Callable, Optional

from . import deadlines, executors, managers, programs, subclasses, values, works
from .checks import (check_cancellable, check_count, check_name, check_optional,
                     check_optional_limit, check_priority, check_rate, check_seconds, check_unique)
from .policies import finite

raw = values.raw


def as_list(value, kind, what):
    if value is None:
        return []
    found = [value] if isinstance(value, kind) else list(value)
    for item in found:
        if not isinstance(item, kind):
            raise TypeError(f'{what} expected, not {type(item).__name__}')
    return found


class Limiter(raw.Limiter, subclasses.Subclassable):
    """Limits how many tasks run at a time, and how many start in a second.

    Tasks and managers can share it. 0 stands for no limit. With max_failures, it is also a circuit
    breaker: after so many failures in a row, it refuses tasks for break_duration seconds.
    """

    def __init__(self, max_running: int = 0, *, rate: float = 0, burst: int = 1,
                 name: Optional[str] = None, max_failures: int = 0, break_duration: float = 60):
        super().__init__(max_running=check_count('max_running', max_running),
                         rate=check_rate(rate), burst=check_count('burst', burst, 1), name=name)
        if max_failures:
            self.max_failures = max_failures
        if break_duration != 60:
            self.break_duration = break_duration

    @property
    def name(self) -> Optional[str]:
        return raw.Limiter.get_name(self)

    @property
    def max_running(self) -> int:
        return raw.Limiter.get_max_running(self)

    @max_running.setter
    def max_running(self, value):
        self.set_max_running(value)

    @property
    def rate(self) -> float:
        return raw.Limiter.get_rate(self)

    @rate.setter
    def rate(self, value):
        self.set_rate(value)

    @property
    def burst(self) -> int:
        return raw.Limiter.get_burst(self)

    @burst.setter
    def burst(self, value):
        self.set_burst(value)

    def set_max_running(self, value: int) -> None:
        """Sets how many tasks may run at a time; 0 for no limit."""
        raw.Limiter.set_max_running(self, check_count('max_running', value))

    def set_rate(self, value: float) -> None:
        """Sets how many tasks may start in a second, from 0 to 1000000; 0 for no limit."""
        raw.Limiter.set_rate(self, check_rate(value))

    def set_burst(self, value: int) -> None:
        """Sets how many tasks may start at once, 1 or more."""
        raw.Limiter.set_burst(self, check_count('burst', value, 1))

    @property
    def max_failures(self) -> int:
        """How many attempts in a row have to fail to open the circuit; 0: no circuit breaker."""
        return raw.Limiter.get_max_failures(self)

    @max_failures.setter
    def max_failures(self, value):
        raw.Limiter.set_max_failures(self, check_count('max_failures', value))

    @property
    def break_duration(self) -> float:
        """For how many seconds the circuit stays open."""
        return raw.Limiter.get_break_duration(self)

    @break_duration.setter
    def break_duration(self, value):
        raw.Limiter.set_break_duration(self, finite(check_seconds('break_duration', value)))

    @property
    def circuit(self) -> str:
        """The state of the circuit breaker: 'closed', 'open' or 'half-open'."""
        return raw.Limiter.get_circuit(self).value_nick

    @property
    def n_running(self) -> int:
        return raw.Limiter.get_n_running(self)

    @property
    def n_waiting(self) -> int:
        return raw.Limiter.get_n_waiting(self)

    def __repr__(self):
        name = f' {self.name}' if self.name else ''
        return f'<AsyncLit.Limiter{name} {self.n_running} running, {self.n_waiting} waiting>'


class Options:
    """Settings for tasks. They can be used for any number of tasks."""

    def __init__(self, get_default_manager, *, manager=None, retry=None, name: Optional[str] = None,
                 priority: int = 0, delay: float = 0, limiter=(), after=(),
                 run_anyway: bool = False, abandon: bool = False, executor=None, timeout: float = 0,
                 deadline: float = 0, stall_timeout: float = 0, parent_cancellable=None,
                 unique: Optional[str] = None, unique_policy: str = 'keep', group=None):
        self._get_default_manager = get_default_manager
        self._manager = check_optional(manager, raw.TaskManager)
        self._retry = retry
        self._name = check_name(name)
        self._priority = check_priority(priority)
        self._delay = check_seconds('delay', delay)
        self._limiters = as_list(limiter, raw.Limiter, 'a Limiter was')
        self._after = as_list(after, raw.Task, 'a Task was')
        self._run_anyway = run_anyway
        self._abandon = abandon
        self._executor = executors.checked(executor)
        self._timeout = check_optional_limit('timeout', timeout)
        self._deadline = check_optional_limit('deadline', deadline)
        self._stall_timeout = check_optional_limit('stall_timeout', stall_timeout)
        self._parent = check_cancellable(parent_cancellable)
        self.unique = check_unique(unique, unique_policy)
        self._group = check_optional(group, raw.TaskGroup)
        if manager is None and group is not None:
            self._manager = group.manager

    def run(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any):
        """Runs func(*args, **kwargs) in the background and returns its Task."""
        if self._executor is not None:
            func = executors.load().Delegated(func, self._executor)
        return managers.submit(self._get_manager(), func, args, kwargs, self._retry, self,
                               self.unique)

    def submit_subprocess(self, argv, **options):
        """Runs a program as a task, and returns the Task.

        The arguments are those of AsyncLit.submit_subprocess(), except for manager and retry.
        """
        if self._executor is not None:
            raise TypeError('executor= is for functions, not for programs')
        task = raw.Program.create_task(programs.make(argv, **options))
        task.set_retry_policy(self._retry)
        self.apply(task)
        manager = self._get_manager()
        if self.unique is not None:
            kept = raw.TaskManager.claim_key(manager, task, *self.unique)
            if kept is not None:
                return kept
        self.enter_group(task)
        manager.submit_task(task)
        return task

    def _get_manager(self):
        return self._manager if self._manager is not None else self._get_default_manager()

    def apply(self, task):
        """Sets up a task that has not been submitted."""
        if self._name is not None:
            raw.Task.set_name(task, self._name)
        if self._abandon:
            raw.Task.set_abandon_on_cancel(task, True)
        if self._priority != 0:
            raw.Task.set_priority(task, self._priority)
        if self._delay > 0:
            raw.Task.set_delay(task, self._delay)
        for limiter in self._limiters:
            raw.Task.add_limiter(task, limiter)
        if self._executor == executors.PROCESS:
            raw.Task.add_limiter(task, executors.load().shared.limiter)
        for other in self._after:
            raw.Task.add_dependency(task, other)
        if self._run_anyway:
            raw.Task.set_run_anyway(task, True)
        if self._stall_timeout > 0:
            raw.Task.set_stall_timeout(task, self._stall_timeout)
        if self._timeout > 0 or self._deadline > 0 or self._parent is not None:
            self._apply_time(task)

    def enter_group(self, task):
        """The task is going to be submitted."""
        if self._group is not None:
            self._group._add_unsubmitted(task)

    def _apply_time(self, task):
        raw.Task.set_timeout(task, self._timeout)
        if self._deadline > 0:
            raw.Task.set_deadline(task, self._deadline)
            deadlines.note_used()
        if self._parent is not None:
            raw.Task.set_parent_cancellable(task, self._parent)
        if task._work is not None:
            works.watch_time(task, task._work)
