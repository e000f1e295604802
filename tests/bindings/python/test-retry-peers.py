#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The delays that the documentation of tenacity and Polly gives, from policies of this library."""

import pytest
from gi.repository import AsyncLit

ERROR = OSError('As the test says')


def delays(count, **fields):
    policy = AsyncLit.RetryPolicy(max_attempts=count + 1, **fields)
    start = policy.start_time()
    assert policy.next_delay(ERROR, count + 1, start) is None
    return [policy.next_delay(ERROR, attempt, start) for attempt in range(1, count + 1)]


# https://tenacity.readthedocs.io, of version 9
TENACITY = {
    'wait_fixed(2)':
        ({'base_delay': 2, 'multiplier': 1}, [2, 2, 2, 2]),
    'wait_exponential(multiplier=1, max=60)':
        ({'base_delay': 1}, [1, 2, 4, 8, 16, 32, 60, 60]),
    'wait_exponential(multiplier=1, min=4, max=10)':
        ({'base_delay': 1, 'max_delay': 10, 'delay': lambda error, index, computed: max(4, computed)},
         [4, 4, 4, 8, 10, 10]),
    'wait_chain(*[wait_fixed(3)] * 3 + [wait_fixed(7)] * 2 + [wait_fixed(9)])':
        ({'delay': lambda error, index, computed: [3, 3, 3, 7, 7, 9][min(index, 5)]},
         [3, 3, 3, 7, 7, 9, 9]),
}

# https://www.pollydocs.org/strategies/retry, of version 8
POLLY = {
    'Constant': ({'base_delay': 1, 'multiplier': 1}, [1, 1, 1, 1, 1]),
    'Linear': ({'delay': lambda error, index, computed: index + 1}, [1, 2, 3, 4, 5]),
    'Exponential': ({'base_delay': 1}, [1, 2, 4, 8, 16]),
}


@pytest.mark.parametrize('name', [*TENACITY, *POLLY])
def test_delays(name):
    fields, expected = {**TENACITY, **POLLY}[name]
    assert delays(len(expected), **fields) == expected


def test_polly_jitter():
    """UseJitter: a quarter more or less."""
    drawn = delays(400, base_delay=1, multiplier=1, jitter=0.25)
    assert all(0.75 <= delay <= 1.25 for delay in drawn)
    assert min(drawn) < 0.85 and max(drawn) > 1.15


def test_tenacity_jitter():
    """wait_random_exponential(multiplier=1, max=60): from 0 on."""
    drawn = [delays(8, base_delay=1, jitter=1, jitter_kind='full') for _ in range(200)]
    for index, limit in enumerate([1, 2, 4, 8, 16, 32, 60, 60]):
        column = [row[index] for row in drawn]
        assert 0 <= min(column) < limit / 4
        assert limit * 3 / 4 < max(column) <= limit


@pytest.mark.parametrize('kind, least, most', [
    ('symmetric', 5, 15), ('equal', 7.5, 10), ('full', 5, 10), ('decorrelated', 10, 30)])
def test_jitter_kinds(kind, least, most):
    policy = AsyncLit.RetryPolicy(base_delay=10, jitter=0.5, jitter_kind=kind)
    drawn = [policy.delay_for_attempt(0) for _ in range(400)]
    assert policy.jitter_kind == kind
    assert least <= min(drawn) < least + (most - least) / 8
    assert most - (most - least) / 8 < max(drawn) <= most


def test_unknown_kind():
    with pytest.raises(ValueError, match='jitter_kind'):
        AsyncLit.RetryPolicy(jitter_kind='other')
