# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a value is, by its type alone.

A value may be a proxy that asks somebody else for each of its attributes, also for its __class__;
and its type may have a metaclass that raises where others compare. None of that is to be taken for
a failure of the function that returned it.
"""

from inspect import CO_ITERABLE_COROUTINE
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType

get_mro = type.__dict__['__mro__'].__get__


def find_in_type(kind, name):
    """What instances of a type inherit under a name; None if nothing."""
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
    try:  # a proxy has all such methods, whatever it stands for
        return callable(value.__await__)
    except Exception:
        return False
