# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recognizes the same call in a script and in its rerun.

Values that can be written down, such as names and numbers, are compared by value. Other objects are
compared by type, because a rerun of the script creates them again; within one run, they are
compared by identity.
"""

import datetime
import decimal
import enum
import functools
import hashlib
import pathlib
import sys
import uuid
from types import BuiltinFunctionType, FunctionType, MethodType

PLAIN_TYPES = (type(None), bool, int, float, complex, str, bytes, enum.Enum, type(Ellipsis),
               datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
               decimal.Decimal, pathlib.PurePath, uuid.UUID)

# A longer identity is shortened, and ends with a digest of the whole.
MAX_LENGTH = 160


RUN_VARIABLE = '__asynclit_run__'


class Run:
    """One run of a script."""


class Identity:
    """The identity of a function call."""

    def __init__(self, func, args, kwargs):
        self.objects = []
        self.run = current_run()
        parts = [self._describe(value) for value in args]
        parts += [f'{name}={self._describe(kwargs[name])}' for name in sorted(kwargs)]
        text = self._describe_function(func) + (f'({", ".join(parts)})' if parts else '')
        self.text = shortened(text).replace('\0', '\N{REPLACEMENT CHARACTER}')

    def is_another(self, other):
        """Whether two calls with the same text, in the same run, have different objects."""
        if self.run is not other.run or len(self.objects) != len(other.objects):
            return False
        return any(own is not others for own, others in zip(self.objects, other.objects))

    def _describe(self, value):
        if isinstance(value, PLAIN_TYPES):
            return repr(value)
        if type(value) is tuple:
            return f'({", ".join(map(self._describe, value))})'
        if isinstance(value, (FunctionType, BuiltinFunctionType, MethodType, functools.partial)):
            return self._describe_function(value)
        self.objects.append(value)
        return qualified_name(type(value))

    def _describe_function(self, func):
        if isinstance(func, functools.partial):
            inner = Identity(func.func, func.args, func.keywords)
            self.objects += inner.objects
            return inner.text
        if isinstance(func, MethodType):
            return f'{qualified_name(func.__func__)}[{self._describe(func.__self__)}]'
        if isinstance(func, FunctionType) and '<' in func.__qualname__:
            return self._describe_local_function(func)
        if not hasattr(func, '__qualname__'):
            self.objects.append(func)
            return qualified_name(type(func))
        return qualified_name(func)

    def _describe_local_function(self, func):
        """The name of a nested or anonymous function is not enough to identify it."""
        held = [*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).values()]
        for cell in func.__closure__ or ():
            try:
                held.append(cell.cell_contents)
            except ValueError:  # not assigned yet
                continue
        held = [value for value in held if value is not func]
        place = f'{qualified_name(func)}:{func.__code__.co_firstlineno}'
        return f'{place}[{", ".join(map(self._describe_held, held))}]' if held else place

    def _describe_held(self, value):
        if isinstance(value, (FunctionType, MethodType)):  # which may refer to this function
            self.objects.append(value)
            return qualified_name(value)
        return self._describe(value)


def qualified_name(thing):
    return f'{getattr(thing, "__module__", None) or "builtins"}.{thing.__qualname__}'


def shortened(text):
    if len(text) <= MAX_LENGTH:
        return text
    digest = hashlib.sha256(text.encode(errors='replace')).hexdigest()
    return f'{text[:MAX_LENGTH - 17]} {digest[:16]}'


def short_name(func):
    """The name of a function in messages."""
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, '__qualname__', None) or type(func).__qualname__


def current_run():
    """An object that represents the variables of the running script, which are new in each rerun.

    It is stored among these variables, and does not keep them alive.
    """
    frame = sys._getframe()
    variables = None
    while frame is not None:
        if frame.f_code.co_name == '<module>' or frame.f_back is None and variables is None:
            variables = frame.f_globals
        frame = frame.f_back
    return variables.setdefault(RUN_VARIABLE, Run())
