#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All functions of the override can be called with their defaults, and the stubs have the same
defaults.

The functions are found by introspection. A new function is covered automatically, or fails here
until its parameters have values.
"""

import ast
import datetime
import inspect
import logging
import os
import pathlib
import sys
import tempfile

import pytest
from gi.repository import AsyncLit, Gio

from pysupport import finish

STUB = pathlib.Path(os.environ['ASYNCLIT_SOURCE_DIR'],
                    'bindings/python/gi-stubs/repository/AsyncLit.pyi')


FOLDER = tempfile.TemporaryDirectory()
override = sys.modules['gi.overrides.AsyncLit']


def ended_task():
    return finish(AsyncLit.run(int))


def store_path():
    return pathlib.Path(tempfile.mkdtemp(dir=FOLDER.name), 'schedule.db')


def job():
    return AsyncLit.schedule_interval(int, seconds=3600)


INSTANCES = {
    'CalendarTrigger': lambda: AsyncLit.CalendarTrigger.new(
        1, AsyncLit.CalendarUnit.DAY, datetime.datetime(2026, 1, 1)),
    'CronTrigger': lambda: AsyncLit.CronTrigger('0 9 * * *'),
    'DateTrigger': lambda: AsyncLit.DateTrigger.new(datetime.datetime(2026, 1, 1)),
    'IntervalTrigger': lambda: AsyncLit.IntervalTrigger(5),
    'Limiter': lambda: AsyncLit.Limiter(1),
    'Map': lambda: AsyncLit.map(int, []),
    'ManualClock': lambda: AsyncLit.ManualClock.new(datetime.datetime(2026, 1, 1)),
    'Progress': lambda: AsyncLit.Progress(1),
    'ProgramOutput': lambda: finish(AsyncLit.submit_subprocess(['true'], capture_output=True)).result,
    'RetryPolicy': AsyncLit.RetryPolicy,
    'ScheduleStore': lambda: AsyncLit.ScheduleStore.new(store_path()),
    'ScheduledTask': job,
    'Scheduler': AsyncLit.get_default_scheduler,
    'Task': ended_task,
    # What is set before a task is submitted.
    'Task.set_retry_policy': AsyncLit.Task,
    'Task.set_timeout': AsyncLit.Task,
    'Task.set_deadline': AsyncLit.Task,
    'Task.set_stall_timeout': AsyncLit.Task,
    'TaskGroup': lambda: AsyncLit.TaskGroup(AsyncLit.TaskManager()),
    'TaskLogger': lambda: AsyncLit.TaskLogger(logging.getLogger('defaults')),
    'TaskManager': AsyncLit.TaskManager,
}

# Values by the names of the parameters.
ARGUMENTS = {
    'argv': lambda: ['true'],
    'attempt': lambda: 1,
    'attempt_index': lambda: 0,
    'callback': lambda: print,
    'cron': lambda: '0 9 * * *',
    'done': lambda: 1,
    'error': lambda: ValueError('x'),
    'every_': lambda: 1,
    'exc': lambda: ValueError('x'),
    'first': lambda: datetime.datetime(2031, 1, 1),
    'func': lambda: int,
    'gio.func': lambda: Gio.File.new_for_path('/').load_contents_async,
    'job': lambda: AsyncLit.ScheduledTask('defaults', trigger=AsyncLit.IntervalTrigger(5)),
    'job_id': lambda: job().job_id,
    'key': lambda: 'defaults',
    'kwargs': dict,
    'max_attempts': lambda: 3,
    'msg': lambda: 'text',
    'n_threads': lambda: 40,
    'name': lambda: 'defaults',
    'path': store_path,
    'policy': lambda: None,
    'program': lambda: AsyncLit.Program.new(['true']),
    'result': lambda: 1,
    'retry': lambda: None,
    'seconds': lambda: 3600,
    'session_state': dict,
    'start': lambda: datetime.datetime(2026, 1, 1),
    'started_at': AsyncLit.RetryPolicy.start_time,
    'task': AsyncLit.Task,
    'TaskGroup.add.task': ended_task,
    'task_id': lambda: ended_task().id,
    'time': lambda: datetime.datetime(2026, 1, 1),
    'trigger': lambda: AsyncLit.IntervalTrigger(3600),
    'unit': lambda: AsyncLit.CalendarUnit.DAY,
    'value': lambda: 1,
    'when': lambda: datetime.datetime(2031, 1, 1),
    '*argv': lambda: ['true'],
    '*iterables': lambda: [],
}

REQUIRED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.KEYWORD_ONLY)


def own_functions(kind):
    """The public functions that a class of the override defines, by name."""
    for name, value in vars(kind).items():
        value = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if not name.startswith('_') and inspect.isfunction(value):
            yield name, value


def entries():
    found = {}
    for name in override.__all__:
        value = getattr(AsyncLit, name)
        if inspect.isfunction(value):
            found[name] = value
        elif name in INSTANCES:
            found.update({f'{name}.{key}': func for key, func in own_functions(value)})
        else:
            assert isinstance(value, type) and issubclass(value, (Exception, AsyncLit.TaskStatus))
    return found


ENTRIES = entries()


def call_with_defaults(name, func):
    parameters = list(inspect.signature(func).parameters.values())
    owner, _dot, method = name.partition('.')
    target = getattr(AsyncLit, name) if not method else getattr(
        INSTANCES.get(name, INSTANCES[owner])(), method)
    if method:
        parameters = parameters[1:]
    args, kwargs = [], {}
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL and f'*{parameter.name}' in ARGUMENTS:
            args.append(ARGUMENTS[f'*{parameter.name}']())
        elif parameter.kind in REQUIRED and parameter.default is parameter.empty:
            value = ARGUMENTS.get(f'{name}.{parameter.name}', ARGUMENTS[parameter.name])()
            if parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
    return target(*args, **kwargs)


@pytest.mark.parametrize('name', ENTRIES)
def test_call(name):
    """In these tests, a critical message from C ends the process."""
    result = call_with_defaults(name, ENTRIES[name])
    if isinstance(result, AsyncLit.Task):
        finish(result)
    if inspect.iscoroutine(result):
        result.close()
    AsyncLit.shutdown_scheduler()


def test_shutdown_waits():
    task = AsyncLit.run(sum, [1, 2])
    assert AsyncLit.shutdown() is True
    assert task.done


@pytest.mark.parametrize('timeout', [None, -1, -0.5, float('-inf')])
def test_for_ever(timeout):
    manager = AsyncLit.TaskManager()
    task = manager.submit(int)
    assert task.wait(timeout) and manager.wait(timeout) and AsyncLit.shutdown(timeout)
    assert task.as_future().result(timeout) == 0


def test_no_number():
    for wait in (AsyncLit.Task().wait, AsyncLit.TaskManager().wait, AsyncLit.shutdown):
        with pytest.raises(ValueError):
            wait(float('nan'))


# The stubs

def stub_functions():
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield f'{node.name}.{member.name}', member


def stub_defaults(arguments):
    """The defaults by name, without those that the stub omits."""
    positional = arguments.posonlyargs + arguments.args
    pairs = list(zip(positional[len(positional) - len(arguments.defaults):], arguments.defaults))
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults)
    return {argument.arg: ast.literal_eval(default) for argument, default in pairs
            if default is not None and not is_open(default)}


def is_open(default):
    return isinstance(default, ast.Constant) and default.value is Ellipsis


STUBS = [(name, node) for name, node in stub_functions()
         if name in ENTRIES or name.endswith('.__init__') and name.split('.')[0] in INSTANCES]


def code_of(name):
    if name in ENTRIES:
        return ENTRIES[name]
    owner, _dot, method = name.partition('.')
    return getattr(getattr(AsyncLit, owner), method)


@pytest.mark.parametrize('name, node', STUBS, ids=lambda value: str(value)[:40])
def test_stub_defaults(name, node):
    parameters = inspect.signature(code_of(name)).parameters
    takes_any = any(parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
                    for parameter in parameters.values())
    for argument, default in stub_defaults(node.args).items():
        if argument in parameters:
            assert parameters[argument].default == default
        else:
            assert takes_any


def test_stub_has_all():
    names = {name for name, _node in STUBS}
    inherited = {'Task.get_status', 'TaskLogger.process'}
    assert set(ENTRIES) - names - inherited == set()
