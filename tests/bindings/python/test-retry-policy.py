#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RetryPolicy as a value, and what it decides."""

import copy
import dataclasses
import math
import pickle
import sys
import time

import pytest
from gi.repository import AsyncLit, Gio, GLib
from hypothesis import given
from hypothesis import strategies as st

import pysupport  # noqa: F401  (settings for hypothesis)

RetryPolicy = AsyncLit.RetryPolicy

policies = st.builds(
    RetryPolicy, max_attempts=st.integers(1, 2 ** 40), base_delay=st.floats(0, 1e6),
    max_delay=st.floats(0, 1e6) | st.just(math.inf), multiplier=st.floats(1, 1e6),
    jitter=st.floats(0, 1), max_elapsed=st.none() | st.floats(0, 1e6, exclude_min=True))


def test_defaults():
    policy = RetryPolicy()
    assert policy.max_attempts == 1
    assert policy.retry_on == (Exception,)
    assert policy.base_delay == 0.0
    assert policy.max_delay == 60.0
    assert policy.multiplier == 2.0
    assert policy.jitter == 0.0
    assert policy.max_elapsed is None
    assert policy.retry_if is None


def test_positional():
    policy = RetryPolicy(2, (ValueError,), 1.0, 2.0, 3.0, 0.5, 4.0, bool)
    assert dataclasses.astuple(policy)[:8] == (2, (ValueError,), 1.0, 2.0, 3.0, 0.5, 4.0, bool)


def test_repr():
    assert repr(RetryPolicy()) == (
        "RetryPolicy(max_attempts=1, retry_on=(<class 'Exception'>,), base_delay=0.0, "
        'max_delay=60.0, multiplier=2.0, jitter=0.0, max_elapsed=None, retry_if=None)')


@pytest.mark.parametrize('name, value, message', [
    ('max_attempts', 0, 'RetryPolicy.max_attempts must be >= 1'),
    ('max_attempts', -1, 'RetryPolicy.max_attempts must be >= 1'),
    ('base_delay', -0.1, 'RetryPolicy.base_delay must be >= 0'),
    ('base_delay', math.nan, 'RetryPolicy.base_delay must be >= 0'),
    ('max_delay', -1, 'RetryPolicy.max_delay must be >= 0'),
    ('multiplier', 0.5, 'RetryPolicy.multiplier must be >= 1'),
    ('multiplier', math.nan, 'RetryPolicy.multiplier must be >= 1'),
    ('jitter', -0.1, r'RetryPolicy.jitter must be in [0, 1]'),
    ('jitter', 1.1, r'RetryPolicy.jitter must be in [0, 1]'),
    ('max_elapsed', 0, 'RetryPolicy.max_elapsed must be > 0 when set'),
    ('max_elapsed', -1, 'RetryPolicy.max_elapsed must be > 0 when set'),
])
def test_invalid(name, value, message):
    with pytest.raises(ValueError) as caught:
        RetryPolicy(**{name: value})
    assert str(caught.value) == message


def test_invalid_type():
    with pytest.raises(TypeError):
        RetryPolicy(max_attempts='x')


def test_frozen():
    policy = RetryPolicy()
    for name in ('jitter', 'max_attempts', 'unknown'):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to .*'{name}'"):
            setattr(policy, name, 0.5)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'jitter'"):
        del policy.jitter
    assert policy == RetryPolicy()


def test_replace():
    policy = RetryPolicy(max_attempts=3)
    assert dataclasses.replace(policy, jitter=0.5) == RetryPolicy(max_attempts=3, jitter=0.5)
    assert dataclasses.is_dataclass(policy)
    assert dataclasses.asdict(policy)['max_attempts'] == 3


def test_matched():
    match RetryPolicy(3, base_delay=1.0):
        case RetryPolicy(max_attempts=attempts, base_delay=delay):
            assert (attempts, delay) == (3, 1.0)


def test_not_equal():
    assert RetryPolicy() != RetryPolicy(2)
    assert RetryPolicy() != 'another thing'


@given(policies)
def test_value(policy):
    for other in (copy.copy(policy), copy.deepcopy(policy), pickle.loads(pickle.dumps(policy)),
                  dataclasses.replace(policy)):
        assert other == policy
        assert hash(other) == hash(policy)


@given(policies)
def test_kept_in_c(policy):
    assert policy.props.max_attempts == min(policy.max_attempts, 2 ** 32 - 1)
    assert policy.props.base_delay == policy.base_delay
    assert policy.props.max_elapsed == (policy.max_elapsed or 0)


def test_delays():
    policy = RetryPolicy(max_attempts=5, base_delay=1, max_delay=10, multiplier=2)
    assert [policy.delay_for_attempt(index) for index in range(6)] == [1, 2, 4, 8, 10, 10]


def test_delay_negative_index():
    with pytest.raises(ValueError, match='^attempt_index must be >= 0$'):
        RetryPolicy().delay_for_attempt(-1)


@given(policies, st.integers(0, 2 ** 70))
def test_delay_in_bounds(policy, index):
    """The maximum also applies after jitter, and no index is too large."""
    delay = policy.delay_for_attempt(index)
    assert isinstance(delay, float)
    assert 0 <= delay <= policy.max_delay


@given(policies, st.integers(0, 100))
def test_delay_without_jitter(policy, index):
    policy = dataclasses.replace(policy, jitter=0.0)
    try:
        expected = policy.base_delay * policy.multiplier ** index
    except OverflowError:
        expected = math.inf if policy.base_delay else 0.0
    expected = min(expected, policy.max_delay, sys.float_info.max)
    assert policy.delay_for_attempt(index) == pytest.approx(expected)
    assert policy.delay_for_attempt(index) == policy.delay_for_attempt(index)


@given(st.floats(0, 1))
def test_jitter(jitter):
    policy = RetryPolicy(base_delay=10, jitter=jitter)
    assert 10 * (1 - jitter) - 1e-9 <= policy.delay_for_attempt(0) <= 10 * (1 + jitter) + 1e-9


def test_jitter_varies():
    policy = RetryPolicy(base_delay=10, jitter=1)
    assert len({policy.delay_for_attempt(0) for _ in range(20)}) > 1


def test_should_retry():
    assert RetryPolicy().should_retry(ValueError()) is True
    assert RetryPolicy().should_retry(KeyboardInterrupt()) is False
    policy = RetryPolicy(retry_on=(ValueError, KeyError))
    assert policy.should_retry(KeyError()) is True
    assert policy.should_retry(UnicodeError()) is True  # a subclass of ValueError
    assert policy.should_retry(TypeError()) is False
    assert RetryPolicy(retry_on=()).should_retry(ValueError()) is False
    assert RetryPolicy(retry_on=ValueError).should_retry(ValueError()) is True


def test_retry_if():
    policy = RetryPolicy(retry_on=(ValueError,), retry_if=lambda error: str(error) == 'again')
    assert policy.should_retry(ValueError('again')) is True
    assert policy.should_retry(ValueError('never')) is False
    assert policy.should_retry(TypeError('again')) is False


def test_retry_if_raises():
    with pytest.raises(ZeroDivisionError):
        RetryPolicy(retry_if=lambda error: 1 / 0).should_retry(ValueError())


def test_elapsed():
    policy = RetryPolicy(max_elapsed=5)
    start = policy.start_time()
    assert abs(start - time.monotonic()) < 60
    assert policy.exceeded_elapsed(start) is False
    assert policy.exceeded_elapsed(start - 4) is False
    assert policy.exceeded_elapsed(start - 6) is True
    assert RetryPolicy().exceeded_elapsed(start - 1e6) is False


def test_made_in_c():
    policy = RetryPolicy.new(5)
    assert policy == RetryPolicy(5)
    busy = GLib.Error.new_literal(Gio.io_error_quark(), 'busy', Gio.IOErrorEnum.BUSY)
    policy = policy.with_retry_on(Gio.io_error_quark(), Gio.IOErrorEnum.PENDING)
    assert policy.should_retry(busy) is False


def test_defaults_of_the_class():
    assert AsyncLit.RetryPolicy.max_attempts == 1
    assert AsyncLit.RetryPolicy.retry_on == (Exception,)
    assert AsyncLit.RetryPolicy.max_elapsed is None


def test_no_order():
    with pytest.raises(TypeError):
        AsyncLit.RetryPolicy() < AsyncLit.RetryPolicy(2)


# The decision, which C makes

def test_next_delay():
    policy = RetryPolicy(3, base_delay=1, max_elapsed=100)
    now = policy.start_time()
    assert [policy.next_delay(ValueError(), attempt, now) for attempt in (1, 2, 3)] == [1, 2, None]
    assert policy.next_delay(ValueError(), 1, now - 99.5) is None
    assert policy.next_delay(ValueError(), 1, now - 101) is None
    assert RetryPolicy(math.inf).next_delay(ValueError(), 2 ** 40, now) is None
    with pytest.raises(ValueError):
        policy.next_delay(ValueError(), 0, now)


def test_next_delay_asks_the_rules():
    asked = []
    policy = RetryPolicy(3, retry_on=(ValueError,), retry_if=lambda exc: not asked.append(exc))
    error = ValueError()
    assert policy.next_delay(error, 1, policy.start_time()) == 0 and asked == [error]
    assert policy.next_delay(KeyError(), 1, policy.start_time()) is None
    assert policy.next_delay(error, 3, policy.start_time()) is None and asked == [error]


def test_next_delay_raises_what_a_rule_raises():
    error = ValueError()
    with pytest.raises(ZeroDivisionError):
        RetryPolicy(3, retry_if=lambda exc: 1 / 0).next_delay(error, 1, 0)
    with pytest.raises(ZeroDivisionError):
        RetryPolicy(3, delay=lambda *args: 1 / 0).next_delay(error, 1, 0)


def test_next_delay_of_subclasses():
    class Own(RetryPolicy):
        def should_retry(self, exc):
            return isinstance(exc, KeyError)

        def delay_for_attempt(self, attempt_index):
            return attempt_index + 0.5

    policy = Own(5)
    assert policy.next_delay(KeyError(), 2, policy.start_time()) == 1.5
    assert policy.next_delay(ValueError(), 2, policy.start_time()) is None


@pytest.mark.parametrize('answer, delay', [
    (7, 7), (0, 0), (None, 2), (-1, 2), (math.nan, 2), (math.inf, 2)])
def test_delay(answer, delay):
    asked = []

    def choose(*args):
        asked.append(args)
        return answer

    policy = RetryPolicy(5, base_delay=1, max_delay=3, delay=choose)
    error = ValueError()
    assert policy.next_delay(error, 2, policy.start_time()) == delay
    assert asked == [(error, 1, 2.0)]
    assert policy.delay is choose and policy != RetryPolicy(5, base_delay=1, max_delay=3)


def test_delay_of_a_task():
    error = ValueError('again')
    seen = []
    policy = RetryPolicy(3, base_delay=60, delay=lambda *args: seen.append(args) or 0.001)

    def work():
        raise error

    task = AsyncLit.run(work, retry=policy)
    assert task.wait(60) and task.error is error and task.attempt == 3
    assert seen == [(error, 0, 60.0), (error, 1, 60.0)]


def test_delay_of_a_program():
    """C runs the function, and asks with its error."""
    seen = []
    policy = RetryPolicy(2, base_delay=60, delay=lambda *args: seen.append(args) or 0.001)
    task = AsyncLit.submit_subprocess(['false'], retry=policy)
    assert task.wait(60) and task.attempt == 2
    assert [(type(error), *rest) for error, *rest in seen] == [(GLib.Error, 0, 60.0)]


def test_delay_is_a_function():
    with pytest.raises(TypeError):
        RetryPolicy(delay=3)


def test_delay_needs_no_memory():
    policy = RetryPolicy(3, delay=lambda *args: 0)
    references = sys.getrefcount(policy)
    for _ in range(100):
        assert policy.next_delay(ValueError(), 1, 0) == 0
    assert sys.getrefcount(policy) == references


def test_parse_retry_after():
    now = GLib.DateTime.new_utc(1999, 12, 31, 23, 59, 58)
    assert AsyncLit.parse_retry_after('120', None) == (True, 120)
    assert AsyncLit.parse_retry_after('Fri, 31 Dec 1999 23:59:59 GMT', now) == (True, 1)
    assert AsyncLit.parse_retry_after('soon', None) == (False, -1)


def test_delay_is_pickled():
    policy = RetryPolicy(3, delay=max)
    assert pickle.loads(pickle.dumps(policy)) == policy != RetryPolicy(3)
