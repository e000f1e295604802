#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run() and TaskManager.submit(): what can be submitted, and the outcomes."""

import asyncio
import contextvars
import functools
import threading
import types

import pytest
from gi.repository import AsyncLit

from pysupport import Gate, finish, iterate_until, poll_until, result_of

variable = contextvars.ContextVar('variable', default='unset')


def add(a, b=0):
    return a + b


async def add_later(a, b=0):
    await asyncio.sleep(0)
    return a + b


class Adder:
    def __init__(self, base):
        self.base = base

    def add(self, a):
        return self.base + a

    async def add_later(self, a):
        return self.base + a

    def __call__(self, a):
        return self.base + a


class AsyncAdder(Adder):
    async def __call__(self, a):
        return self.base + a


@types.coroutine
def old_style(a):
    yield
    return a


class Promise:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return 'kept'


@pytest.mark.parametrize('func, args, kwargs, expected', [
    (add, (1, 2), {}, 3),
    (add, (1,), {'b': 2}, 3),
    (add_later, (1, 2), {}, 3),
    (add_later, (1,), {'b': 2}, 3),
    (functools.partial(add, 1), (2,), {}, 3),
    (functools.partial(add_later, b=2), (1,), {}, 3),
    (Adder(1).add, (2,), {}, 3),
    (Adder(1).add_later, (2,), {}, 3),
    (Adder(1), (2,), {}, 3),
    (AsyncAdder(1), (2,), {}, 3),
    (lambda a: add_later(a, 2), (1,), {}, 3),
    (lambda a: Promise(), (1,), {}, 'kept'),
    (old_style, (3,), {}, 3),
    (max, (1, 3), {}, 3),
    (int, ('3',), {}, 3),
    (asyncio.sleep, (0, 'slept'), {}, 'slept'),
])
def test_callables(func, args, kwargs, expected):
    assert result_of(AsyncLit.run(func, *args, **kwargs)) == expected
    assert result_of(AsyncLit.TaskManager().submit(func, *args, **kwargs)) == expected


@pytest.mark.parametrize('value', [
    None, True, False, 0, 2 ** 31, 2 ** 40, -2 ** 63, 2 ** 64, 0.5, float('inf'), '', 'tèxt',
    'a\0b', '\ud800', 'x' * 10000, b'bytes', (1, 2), [1], {'a': 1}, {1}, object(), ValueError('x'),
    AsyncLit.TaskStatus.DONE, int, add,
])
def test_result_is_the_same_object(value):
    async def give_later():
        return value

    assert result_of(AsyncLit.run(lambda: value)) is value
    assert result_of(AsyncLit.run(give_later)) is value


@pytest.mark.parametrize('value', [None, True, 7, -2 ** 63, 0.5, 'tèxt'])
def test_result_in_c(value):
    assert finish(AsyncLit.run(lambda: value)).get_result() == value


@pytest.mark.parametrize('value', [2 ** 63, 'a\0b', '\ud800', 'x' * 10000, [1], object()])
def test_no_result_in_c(value):
    assert finish(AsyncLit.run(lambda: value)).get_result() is None


def test_a_task_is_a_result():
    other = AsyncLit.run(add, 1)
    assert result_of(AsyncLit.run(lambda: other)) is other


def test_a_generator_is_a_result():
    assert list(result_of(AsyncLit.run(lambda: (n for n in (1, 2))))) == [1, 2]


def test_async_generator_reports():
    async def count(to):
        for number in range(to):
            yield number

    task = finish(AsyncLit.run(count, 3))
    assert (task.progress, task.result) == ([0, 1, 2], None)


def test_returned_async_generator_reports():
    async def count(to):
        for number in range(to):
            yield number

    task = finish(AsyncLit.run(lambda: count(3)))
    assert (task.progress, task.result) == ([0, 1, 2], None)


def test_names_of_parameters_are_free():
    """run() only takes manager and retry for itself. submit() passes manager on to the function."""
    def give(**kwargs):
        return kwargs

    names = {'func': 1, 'self': 2, 'args': 3, 'kwargs': 4, 'task': 5}
    assert result_of(AsyncLit.run(give, **names)) == names
    names['manager'] = 6
    assert result_of(AsyncLit.TaskManager().submit(give, **names)) == names


def test_run_in_a_manager():
    manager = AsyncLit.TaskManager()
    task = finish(AsyncLit.run(add, 1, manager=manager))
    assert manager.get(task.id) is task
    assert AsyncLit.get_default_manager().get(task.id) is None


def test_run_in_the_default_manager():
    task = finish(AsyncLit.run(add, 1))
    assert AsyncLit.get_default_manager().get(task.id) is task


def test_forms_of_c():
    """For code that settles the task itself: the function gets the task and its cancellable."""
    def work(task, cancellable):
        task.return_int(5)

    manager = AsyncLit.TaskManager.new()
    task = AsyncLit.Task.new()
    task.set_func(work)
    manager.submit_task(task)
    assert result_of(task) == 5
    assert result_of(AsyncLit.run_async(work)) == 5
    assert result_of(manager.submit_async(None, work)) == 5
    task = manager.submit_in_context(None, work)
    iterate_until(lambda: task.done)
    assert task.result == 5


def test_run_does_not_wait():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through)
        assert not task.done


def test_threads():
    async def where():
        return threading.current_thread().name

    here = threading.current_thread().name
    runner = result_of(AsyncLit.run(lambda: threading.current_thread().name))
    assert runner.startswith('asynclit-runner')
    assert result_of(AsyncLit.run(where)) == 'asynclit-loop' != here


def test_coroutines_share_a_loop():
    async def loop():
        return asyncio.get_running_loop()

    assert result_of(AsyncLit.run(loop)) is result_of(AsyncLit.run(loop))


def test_coroutines_run_side_by_side():
    async def meet(event, other):
        other.set()
        await event.wait()

    async def make_events():
        return asyncio.Event(), asyncio.Event()

    one, two = result_of(AsyncLit.run(make_events))
    tasks = [AsyncLit.run(meet, one, two), AsyncLit.run(meet, two, one)]
    assert [result_of(task) for task in tasks] == [None, None]


def test_functions_run_side_by_side():
    """As many as the reference runs at the same time, even if the machine has fewer processors."""
    with Gate() as gate:
        tasks = [AsyncLit.run(gate.pass_through, number) for number in range(40)]
        gate.await_arrivals(40)
    assert [result_of(task) for task in tasks] == list(range(40))


async def get_variable():
    return variable.get()


@pytest.mark.parametrize('func', [variable.get, get_variable])
def test_context_of_the_caller(func):
    token = variable.set('set')
    try:
        assert result_of(AsyncLit.run(func)) == 'set'
    finally:
        variable.reset(token)


def test_context_is_the_task_s_own():
    async def change():
        variable.set('changed')

    finish(AsyncLit.run(variable.set, 'changed'))
    finish(AsyncLit.run(change))
    assert variable.get() == 'unset'
    assert result_of(AsyncLit.run(variable.get)) == 'unset'


def test_current_task():
    async def later():
        await asyncio.sleep(0)
        return AsyncLit.current_task()

    assert AsyncLit.current_task() is None
    for func in (AsyncLit.current_task, later, lambda: asyncio.run(later())):
        task = AsyncLit.run(func)
        assert result_of(task) is task


def test_many_threads_submit():
    totals = []

    def submit():
        tasks = [AsyncLit.run(add, 1, number) for number in range(500)]
        totals.append(sum(result_of(task) for task in tasks))

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [500 + sum(range(500))] * 6


def test_arguments_are_dropped_where_they_came_from():
    class Argument:
        def __del__(self):
            dropped.append(threading.get_ident())

    dropped = []
    task = AsyncLit.run(lambda argument: None, Argument())
    poll_until(lambda: task.done)
    assert dropped == [threading.get_ident()]


def test_dropped_handle():
    """The task runs even without a reference to it."""
    with Gate() as gate:
        seen = []
        AsyncLit.run(lambda: seen.append(gate.pass_through(1)))
        AsyncLit.run(lambda: seen.append(gate.pass_through(2)))
    poll_until(lambda: sorted(seen) == [1, 2])


def test_long_after_short():
    """A long function does not hold up the ones queued behind it."""
    with Gate() as gate:
        for _ in range(20):
            long, short = AsyncLit.run(gate.pass_through), AsyncLit.run(add, 1)
            assert result_of(short) == 1
            assert not long.done


def test_manager_of_another_sort():
    """Any object with a method submit() works, and nothing else."""
    class Manager:
        def submit(self, func, *args, retry=None, **kwargs):
            return func, args, retry, kwargs

    assert AsyncLit.run(pow, 2, manager=Manager(), retry=5, exp=3) == (pow, (2,), 5, {'exp': 3})
    with pytest.raises(AttributeError):
        AsyncLit.run(pow, 2, 3, manager=5)
    with pytest.raises(TypeError):
        AsyncLit.TaskManager.submit(5, pow, 2, 3)
