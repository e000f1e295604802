# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks of the arguments of limits."""

import math
import sys

from gi.repository import Gio

from . import values

raw = values.raw

GUINT_MAX = 2 ** 32 - 1
PRIORITIES = range(-2 ** 31, 2 ** 31)
MAX_RATE = 1e6

UNIQUE = {'keep': raw.Unique.KEEP, 'replace': raw.Unique.REPLACE, 'append': raw.Unique.APPEND}
OVERFLOWS = {'reject': raw.Overflow.REJECT, 'drop-oldest': raw.Overflow.DROP_OLDEST}


def check_count(name, value, least=0):
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f'{name} must be an int')
    if not least <= value <= GUINT_MAX:
        raise ValueError(f'{name} must be in [{least}, {GUINT_MAX}]')
    return value


def check_priority(value):
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError('priority must be an int')
    if value not in PRIORITIES:
        raise ValueError('priority must fit into 32 bits')
    return value


def check_seconds(name, value):
    if math.isnan(value) or value < 0:
        raise ValueError(f'{name} must be a number of seconds, 0 or more')
    return value


def check_limit(name, value):
    """For C, which knows no infinite time."""
    return min(check_seconds(name, value), sys.float_info.max)


def check_optional_limit(name, value):
    """None stands for no limit."""
    return 0.0 if value is None else check_limit(name, value)


def check_optional(value, kind):
    if value is not None and not isinstance(value, kind):
        raise TypeError(f'a {kind.__name__} was expected, not {type(value).__name__}')
    return value


def check_cancellable(value):
    return check_optional(value, Gio.Cancellable)


def check_name(value):
    if value is not None and not isinstance(value, str):
        raise TypeError('name must be a str')
    if value is not None and not values.is_c_text(value):
        raise ValueError('name must have no null character')
    return value


def check_rate(value):
    if not 0 <= value <= MAX_RATE:
        raise ValueError(f'rate must be in [0, {MAX_RATE:.0f}]')
    return value


def check_overflow(value):
    if value not in OVERFLOWS:
        raise ValueError(f'overflow must be one of {", ".join(map(repr, OVERFLOWS))}')
    return OVERFLOWS[value]


def check_unique(key, policy):
    """The arguments of claim_key(), or None without a key."""
    if policy not in UNIQUE:
        raise ValueError(f'the policy must be one of {", ".join(map(repr, UNIQUE))}')
    if key is None:
        return None
    if not isinstance(key, str):
        raise TypeError('a key must be a str')
    if not key or not values.is_c_text(key):
        raise ValueError('a key must not be empty, and must have no null character')
    return key, UNIQUE[policy]


def overflow_name(value):
    return next(name for name, overflow in OVERFLOWS.items() if overflow == value)
