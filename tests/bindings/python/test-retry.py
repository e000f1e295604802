#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tasks that are tried again."""

import asyncio
import contextvars
import time

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import finish, iterate_until, poll_until

RetryPolicy = AsyncLit.RetryPolicy
Status = AsyncLit.TaskStatus

variable = contextvars.ContextVar('variable', default='unset')


class Flaky:
    """Fails a number of times before it succeeds."""

    def __init__(self, failures, make_error=lambda number: ValueError(number)):
        self.failures = failures
        self.make_error = make_error
        self.attempts = 0

    def work(self):
        self.attempts += 1
        if self.attempts <= self.failures:
            raise self.make_error(self.attempts)
        return 'worked'

    async def work_later(self):
        await asyncio.sleep(0)
        return self.work()

    def work_promised(self):
        return self.work_later()


@pytest.fixture(params=['work', 'work_later', 'work_promised'])
def attempt(request):
    """Returns a function that runs a flaky job with a policy, and returns its task and the job."""
    def run(failures, retry, **kwargs):
        flaky = Flaky(failures, **kwargs)
        return AsyncLit.run(getattr(flaky, request.param), retry=retry), flaky
    return run


def test_works_in_the_end(attempt):
    task, flaky = attempt(2, RetryPolicy(max_attempts=5))
    assert finish(task).result == 'worked'
    assert (task.attempt, flaky.attempts) == (3, 3)


def test_many_at_once(attempt):
    """Attempts of one task follow each other on several threads, without a pause."""
    tasks = [attempt(3, RetryPolicy(max_attempts=5))[0] for _ in range(200)]
    assert {finish(task).result for task in tasks} == {'worked'}


def test_context_of_the_caller(attempt):
    """Each attempt finds it unchanged."""
    def look(number):
        seen.append(variable.get())
        variable.set('changed')
        return ValueError(number)

    seen = []
    token = variable.set('set')
    task, _flaky = attempt(3, RetryPolicy(max_attempts=4), make_error=look)
    variable.reset(token)
    assert finish(task).result == 'worked'
    assert seen == ['set'] * 3


def test_last_error_counts(attempt):
    task, flaky = attempt(9, RetryPolicy(max_attempts=3, base_delay=0.001))
    assert finish(task).status is Status.ERROR
    assert (str(task.error), flaky.attempts, task.attempt) == ('3', 3, 3)


def test_no_policy_no_retry(attempt):
    task, flaky = attempt(9, None)
    assert (finish(task).status, flaky.attempts) == (Status.ERROR, 1)


def test_default_policy_no_retry(attempt):
    task, flaky = attempt(9, RetryPolicy())
    assert (finish(task).status, flaky.attempts) == (Status.ERROR, 1)


def test_retry_on(attempt):
    task, flaky = attempt(9, RetryPolicy(max_attempts=3, retry_on=(KeyError,)))
    assert (finish(task).status, flaky.attempts) == (Status.ERROR, 1)


def test_retry_if(attempt):
    asked = []
    policy = RetryPolicy(max_attempts=9, retry_if=lambda error: asked.append(error) or len(asked) < 3)
    task, flaky = attempt(9, policy)
    assert finish(task).error is asked[-1]
    assert flaky.attempts == 3


def test_retry_if_raises(attempt):
    task, flaky = attempt(9, RetryPolicy(max_attempts=9, retry_if=lambda error: 1 / 0))
    assert isinstance(finish(task).error, ZeroDivisionError)
    assert isinstance(task.error.__context__, ValueError)
    assert flaky.attempts == 1


@pytest.mark.parametrize('make_error', [
    lambda number: asyncio.CancelledError(),
    lambda number: GLib.Error.new_literal(Gio.io_error_quark(), 'x', Gio.IOErrorEnum.CANCELLED),
])
def test_cancellation_is_never_retried(attempt, make_error):
    policy = RetryPolicy(max_attempts=9, retry_on=(BaseException,))
    task, flaky = attempt(9, policy, make_error=make_error)
    assert (finish(task).status, flaky.attempts) == (Status.ERROR, 1)


def test_every_base_exception(attempt):
    policy = RetryPolicy(max_attempts=3, retry_on=(BaseException,))
    task, flaky = attempt(2, policy, make_error=lambda number: SystemExit(number))
    assert finish(task).result == 'worked'


def test_waits_between(attempt):
    before = time.monotonic()
    task, _flaky = attempt(2, RetryPolicy(max_attempts=3, base_delay=0.02, multiplier=2))
    finish(task)
    assert time.monotonic() - before >= 0.06


def test_says_that_it_waits(attempt):
    task, _flaky = attempt(9, RetryPolicy(max_attempts=2, base_delay=1000, max_delay=1000))
    poll_until(lambda: task.substate == AsyncLit.TaskSubstate.WAITING_RETRY)
    assert (task.status, task.done, task.attempt) == (Status.RUNNING, False, 1)
    assert task.get_next_retry() == pytest.approx(time.time() + 1000, abs=60)
    task.cancel()


def test_waiting_takes_no_thread():
    """More of them than there are threads, while other tasks continue."""
    policy = RetryPolicy(max_attempts=2, base_delay=1000, max_delay=1000)
    tasks = [AsyncLit.run(Flaky(9).work, retry=policy) for _ in range(100)]
    for task in tasks:
        poll_until(lambda: task.substate == AsyncLit.TaskSubstate.WAITING_RETRY)
    assert finish(AsyncLit.run(int)).result == 0
    for task in tasks:
        assert task.cancel()


def test_no_sleep_past_max_elapsed(attempt):
    before = time.monotonic()
    policy = RetryPolicy(max_attempts=9, base_delay=500, max_delay=500, max_elapsed=100)
    task, flaky = attempt(9, policy)
    assert finish(task).status is Status.ERROR
    assert flaky.attempts == 1
    assert time.monotonic() - before < 100


def test_max_elapsed(attempt):
    task, flaky = attempt(10 ** 9, RetryPolicy(max_attempts=10 ** 9, base_delay=0.01, multiplier=1,
                                               max_elapsed=0.1))
    assert finish(task).status is Status.ERROR
    assert 1 <= flaky.attempts <= 11


def test_signal(attempt):
    seen = []
    task, _flaky = attempt(2, RetryPolicy(max_attempts=3, base_delay=0.001))
    task.connect('retrying', lambda task, attempt, delay, error: seen.append(
        (attempt, delay, error.message)))
    task.connect('completed', lambda task: seen.append('completed'))
    iterate_until(lambda: 'completed' in seen)
    assert seen == [(1, 0.001, 'ValueError: 1'), (2, 0.002, 'ValueError: 2'), 'completed']


def test_not_a_policy():
    """The caller gets the error immediately, so that it does not hide the function's own error."""
    manager = AsyncLit.TaskManager()
    for use in (lambda: AsyncLit.run(int, 'x', retry=5), lambda: manager.submit(int, retry=True),
                lambda: manager.submit_subprocess('policy', ['true']),
                lambda: AsyncLit.Task().set_retry_policy(5),
                lambda: AsyncLit.schedule_interval(int, seconds=3600, retry=3),
                lambda: AsyncLit.schedule_interval(int, seconds=3600, kwargs={'retry': 3})):
        with pytest.raises(TypeError):
            use()
    assert len(manager) == 0


@pytest.mark.parametrize('kind', ['plain', 'coroutine'])
def test_retry_if_result(kind):
    answers = [{'ready': False}, {'ready': False}, {'ready': True}]

    def ask():
        return answers.pop(0)

    async def ask_later():
        return answers.pop(0)

    policy = AsyncLit.RetryPolicy(max_attempts=5, retry_if_result=lambda answer: not answer['ready'])
    task = AsyncLit.run(ask if kind == 'plain' else ask_later, retry=policy)
    assert task.wait(60)
    assert task.result == {'ready': True}
    assert task.attempt == 3


def test_retry_if_result_gives_up():
    policy = AsyncLit.RetryPolicy(max_attempts=2, retry_if_result=lambda result: True)
    task = AsyncLit.run(lambda: 'no', retry=policy)
    assert task.wait(60)
    assert (task.result, task.attempt) == ('no', 2)


def test_retry_if_result_raises():
    def judge(result):
        raise LookupError(result)

    task = AsyncLit.run(lambda: 'x', retry=AsyncLit.RetryPolicy(2, retry_if_result=judge))
    assert task.wait(60)
    assert isinstance(task.error, LookupError)


def test_delay_for_unwanted_result():
    seen = []

    def delay(error, index, computed):
        seen.append((error, index, computed))
        return 0

    policy = AsyncLit.RetryPolicy(max_attempts=3, base_delay=7, delay=delay,
                                  retry_if_result=lambda result: result < 3)
    numbers = iter([1, 2, 3])
    task = AsyncLit.run(lambda: next(numbers), retry=policy)
    assert task.wait(60)
    assert task.result == 3
    assert [entry[1:] for entry in seen] == [(0, 7), (1, 14)]
    assert seen[0][0].matches(AsyncLit.error_quark(), AsyncLit.Error.UNWANTED_RESULT)
    assert policy.next_delay_for_result(9, 1, policy.start_time()) is None


@pytest.mark.parametrize('kind', ['plain', 'coroutine'])
def test_fallback(kind):
    def fail():
        raise ValueError('no')

    async def fail_later():
        raise ValueError('no')

    seen, instead = [], object()
    policy = AsyncLit.RetryPolicy(max_attempts=2,
                                  fallback=lambda error: seen.append(error) or instead)
    task = AsyncLit.run(fail if kind == 'plain' else fail_later, retry=policy)
    assert task.wait(60)
    assert task.result is instead
    assert task.error is None
    assert [type(error) for error in seen] == [ValueError]
    assert task.attempt == 2


def test_fallback_raises():
    def fall_back(error):
        raise KeyError('other') from error

    task = AsyncLit.run(int, 'x', retry=AsyncLit.RetryPolicy(fallback=fall_back))
    assert task.wait(60)
    assert isinstance(task.error, KeyError)


def test_results_of_programs():
    """C asks the rules of a policy in Python."""
    policy = AsyncLit.RetryPolicy(max_attempts=3, fallback=lambda error: ['any', 'object'])
    task = AsyncLit.submit_subprocess(['sh', '-c', 'exit 3'], retry=policy)
    assert task.wait(60)
    assert (task.result, task.attempt) == (['any', 'object'], 3)
    policy = AsyncLit.RetryPolicy(max_attempts=3, retry_if_result=lambda status: status == 0)
    task = AsyncLit.submit_subprocess(['true'], retry=policy)
    assert task.wait(60)
    assert (task.result, task.attempt) == (0, 3)
