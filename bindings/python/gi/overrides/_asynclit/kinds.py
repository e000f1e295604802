# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Determines what a value is by its type alone.

A value may be a proxy that forwards all attribute accesses, including __class__, and its type may
have a metaclass that raises an exception in comparisons. Neither must look like a failure of the
function that returned the value.
"""

from inspect import CO_ITERABLE_COROUTINE
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType

get_mro = type.__dict__['__mro__'].__get__


def find_in_type(kind, name):
    """The attribute that instances inherit from their type under a name; None if there is none."""
    for base in get_mro(kind):
        found = type.__dict__['__dict__'].__get__(base).get(name)
        if found is not None:
            return found
    return None


def is_asyncgen(value):
    return type(value) is AsyncGeneratorType


def is_awaitable(value):
    kind = type(value)
    if kind is CoroutineType:
        return True
    if kind is GeneratorType:
        return bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    found = find_in_type(kind, '__await__')
    if found is None or type(found) is FunctionType:
        return found is not None
    try:  # a proxy has all of these methods, whatever it represents
        return callable(value.__await__)
    except Exception:
        return False
