#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tasks among asyncio and concurrent.futures."""

import asyncio
import concurrent.futures
import threading

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import Gate, WATCHDOG_SECONDS, finish, iterate_until

Status = AsyncLit.TaskStatus


async def give(value):
    await asyncio.sleep(0)
    return value


def fail():
    raise ValueError('no')


def run_loop(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, WATCHDOG_SECONDS))


@pytest.mark.parametrize('func', [int, give])
def test_await(func):
    async def main():
        return await AsyncLit.run(func, 5)

    assert run_loop(main()) == 5


def test_await_ended():
    async def main(task):
        return await task, await task

    assert run_loop(main(finish(AsyncLit.run(int, 5)))) == (5, 5)


def test_await_error():
    async def main():
        with pytest.raises(ValueError) as caught:
            await task
        assert caught.value is task.error

    task = AsyncLit.run(fail)
    run_loop(main())


def test_await_cancelled():
    async def main():
        with Gate() as gate:
            task = AsyncLit.run(gate.pass_through)
            waiting = asyncio.ensure_future(wait_for(task))
            await asyncio.sleep(0)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async def wait_for(task):
        return await task

    run_loop(main())


def test_await_cancelled_pending():
    async def main():
        with Gate() as gate:
            for _ in range(40):
                AsyncLit.run(gate.pass_through)
            gate.await_arrivals(40)
            task = AsyncLit.run(int)
            future = asyncio.ensure_future(asyncio.wait([asyncio.ensure_future(wait_for(task))]))
            await asyncio.sleep(0)
            task.cancel()
            await future

    async def wait_for(task):
        return await task

    run_loop(main())


def test_to_stop_waiting_is_not_to_cancel():
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(wait_for(task), 0.01)
        assert not task.done

    async def wait_for(task):
        return await task

    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through, 5)
        run_loop(main())
    assert finish(task).result == 5


def test_gather():
    async def main():
        return await asyncio.gather(*[wrap(AsyncLit.run(give, number)) for number in range(100)])

    async def wrap(task):
        return await task

    assert run_loop(main()) == list(range(100))


def test_await_in_a_task():
    async def outer():
        return await AsyncLit.run(give, 5), await AsyncLit.run(int, 6)

    assert finish(AsyncLit.run(outer)).result == (5, 6)


def test_await_itself():
    async def wait():
        await AsyncLit.current_task()

    assert isinstance(finish(AsyncLit.run(wait)).error, RuntimeError)


def test_await_from_two_loops():
    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through, 5)
        seen = []

        async def main():
            seen.append(await task)

        threads = [threading.Thread(target=run_loop, args=(main(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert seen == [5, 5]


def test_await_what_its_creator_completes():
    async def main():
        task = AsyncLit.Task()
        asyncio.get_running_loop().call_later(0.01, task.return_int, 5)
        return await task

    assert run_loop(main()) == 5


def test_future_of_what_its_creator_completes():
    task = AsyncLit.Task()
    future = task.as_future()
    assert not future.done() and not future.running()
    task.return_int(5)
    assert future.result(WATCHDOG_SECONDS) == 5
    assert (task.done, task.status, task.result, task.error) == (True, Status.DONE, 5, None)


def test_await_subprocess():
    async def main():
        return await AsyncLit.get_default_manager().submit_subprocess(None, ['true'])

    assert run_loop(main()) == 0


def test_abandoned_wait():
    """The loop that waited is closed by the time that the task ends."""
    async def main():
        asyncio.ensure_future(wait())
        await asyncio.sleep(0)

    async def wait():
        await task

    with Gate() as gate:
        task = AsyncLit.run(gate.pass_through, 5)
        asyncio.run(main())
    assert finish(task).result == 5


def test_future():
    future = AsyncLit.run(give, 5).as_future()
    assert isinstance(future, concurrent.futures.Future)
    assert future.result(WATCHDOG_SECONDS) == 5
    assert future.exception() is None
    assert future.done() and not future.cancelled()


def test_future_is_one():
    task = AsyncLit.run(int)
    assert task.as_future() is task.as_future()


def test_future_error():
    task = AsyncLit.run(fail)
    assert task.as_future().exception(WATCHDOG_SECONDS) is task.error
    with pytest.raises(ValueError):
        task.as_future().result()


def test_future_timeout():
    with Gate() as gate:
        future = AsyncLit.run(gate.pass_through).as_future()
        with pytest.raises(concurrent.futures.TimeoutError):
            future.result(0.01)


def test_future_cancel():
    task = AsyncLit.run(asyncio.sleep, 1000)
    future = task.as_future()
    assert future.cancel() is True
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(WATCHDOG_SECONDS)
    assert future.cancelled() and future.done()
    assert task.status is Status.CANCELLED
    assert future.cancel() is False


def test_future_callback():
    called = concurrent.futures.Future()
    AsyncLit.run(int, 5).as_future().add_done_callback(called.set_result)
    assert called.result(WATCHDOG_SECONDS).result() == 5


def test_futures_together():
    tasks = [AsyncLit.run(give, number) for number in range(50)]
    futures = [task.as_future() for task in tasks]
    assert not concurrent.futures.wait(futures, WATCHDOG_SECONDS).not_done
    ended = concurrent.futures.as_completed(futures, WATCHDOG_SECONDS)
    assert sorted(future.result() for future in ended) == list(range(50))


def test_future_in_asyncio():
    async def main():
        return await asyncio.wrap_future(AsyncLit.run(int, 5).as_future())

    assert run_loop(main()) == 5


def test_wait_async():
    """What C offers, from a main loop."""
    seen = []
    task = AsyncLit.run(int)
    task.wait_async(None, lambda task, result: seen.append(task.wait_finish(result)))
    iterate_until(lambda: seen)
    assert seen == [True]
