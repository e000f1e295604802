#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The threads that run plain functions, without the rest of the override."""

import threading

import pytest
from gi.overrides._asynclit import runners

from pysupport import Gate, poll_until


@pytest.fixture
def pool():
    """Runs functions; four at a time."""
    pool = runners.Runners(lambda item: item(), 4)
    yield pool
    pool.close()


def test_all_are_run(pool):
    seen = []
    for number in range(10000):
        pool.post(lambda number=number: seen.append(number))
    poll_until(lambda: len(seen) == 10000)
    assert sorted(seen) == list(range(10000))


def test_limit(pool):
    with Gate() as gate:
        seen = []
        for _ in range(10):
            pool.post(lambda: seen.append(gate.pass_through()))
        gate.await_arrivals(4)
        assert not gate.arrived.acquire(timeout=0.05)
    poll_until(lambda: len(seen) == 10)


def test_blocked_ones_are_made_up_for(pool):
    with Gate() as gate, Gate() as other:
        def block():
            with runners.blocking():
                gate.pass_through()

        for _ in range(4):
            pool.post(block)
        gate.await_arrivals(4)
        pool.post(other.pass_through)
        other.await_arrivals()


def test_threads_are_used_again(pool):
    seen = set()
    for _ in range(200):
        ended = threading.Event()
        pool.post(lambda: (seen.add(threading.get_ident()), ended.set()))
        assert ended.wait(60)
    assert len(seen) <= 4


def test_one_long_one_short(pool):
    for _ in range(100):
        with Gate() as gate:
            ended = threading.Event()
            pool.post(gate.pass_through)
            pool.post(ended.set)
            assert ended.wait(60)


def test_is_current(pool):
    seen = []
    pool.post(lambda: seen.append(pool.is_current()))
    poll_until(lambda: seen)
    assert (seen, pool.is_current()) == ([True], False)


def test_closed():
    pool = runners.Runners(lambda item: item(), 4)
    ended = threading.Event()
    pool.post(ended.set)
    assert ended.wait(60)
    pool.close()
    with pytest.raises(RuntimeError):
        pool.post(ended.set)
    poll_until(lambda: not any(thread.name.startswith('asynclit-runner')
                               for thread in threading.enumerate()))


def test_no_thread_to_be_had(monkeypatch):
    """The first failure is raised. Later ones don't matter, because other threads exist."""
    def refuse(self):
        raise RuntimeError("can't start new thread")

    pool = runners.Runners(lambda item: item(), 4)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, 'start', refuse)
        with pytest.raises(RuntimeError):
            pool.post(lambda: None)
    seen = []
    pool.post(lambda: seen.append(1))
    poll_until(lambda: seen)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, 'start', refuse)
        for _ in range(100):
            pool.post(lambda: seen.append(2))
        poll_until(lambda: len(seen) == 101)
    pool.close()


def test_posted_by_many(pool):
    seen = []

    def post():
        for number in range(2000):
            pool.post(lambda: seen.append(number))

    threads = [threading.Thread(target=post) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    poll_until(lambda: len(seen) == 10000)
