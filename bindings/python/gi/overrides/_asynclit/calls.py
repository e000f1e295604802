# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where a function runs, and whether it takes a progress queue.

If a coroutine function has a parameter "progress_queue" or "queue", the task's queue is passed to
it: by position if this is the first parameter, otherwise by keyword. The same is true of any other
function, but only if the call lacks this argument: a complete call is not changed.

A callable may be a proxy for something else, such as a function on another computer. Only its type
is therefore examined, not its attributes.
"""

import functools
import inspect
from types import BuiltinFunctionType, FunctionType, MethodType

from .kinds import find_in_type

QUEUE_NAMES = ('progress_queue', 'queue')
CO_VARARGS = inspect.CO_VARARGS
ASYNC_FLAGS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
               inspect.Parameter.VAR_POSITIONAL)
BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def classify(func):
    """Whether the function runs on the event loop, and whether it may take a queue.

    The latter is a quick check, which saves most functions the slow one.
    """
    kind = type(func)
    if kind is FunctionType and not func.__dict__:
        return classify_code(func.__code__)
    if kind is BuiltinFunctionType:
        return False, False
    if kind is MethodType and type(func.__func__) is FunctionType and not func.__func__.__dict__:
        return classify_code(func.__func__.__code__)
    return is_async(func), True


def classify_code(code):
    flags = code.co_flags
    if not (code.co_argcount or code.co_kwonlyargcount or flags & CO_VARARGS):
        return flags & ASYNC_FLAGS != 0, False
    names = code.co_varnames
    return flags & ASYNC_FLAGS != 0, 'queue' in names or 'progress_queue' in names


def is_async(func):
    """Whether the function runs on the event loop: it returns an awaitable."""
    while type(func) is functools.partial:
        func = func.func
    kind = type(func)
    if kind is MethodType:
        return is_async(func.__func__)
    if kind is FunctionType:
        return bool(func.__code__.co_flags & ASYNC_FLAGS) or inspect.iscoroutinefunction(func)
    call = find_in_type(kind, '__call__')
    return type(call) is FunctionType and is_async(call)


def signature_of(func, follow_wrapped):
    """The signature of a callable; None if its type does not have one."""
    kind = type(func)
    try:
        if kind in (FunctionType, MethodType, functools.partial) or issubclass(kind, type):
            return inspect.signature(func, follow_wrapped=follow_wrapped)
        call = find_in_type(kind, '__call__')
        if type(call) is not FunctionType:
            return None
        return inspect.signature(MethodType(call, func), follow_wrapped=follow_wrapped)
    except Exception:  # an object's signature may be anything
        return None


def queue_parameter(signature):
    """The name of the parameter for the queue, and whether it is passed by position; or None."""
    parameters = list(signature.parameters.values())
    first = parameters[0] if parameters else None
    if first is not None and first.name in QUEUE_NAMES and first.kind in BY_POSITION:
        return first.name, True
    for name in QUEUE_NAMES:
        found = signature.parameters.get(name)
        if found is not None and found.kind in BY_KEYWORD:
            return name, False
    return None


def is_complete(signature, args, kwargs):
    parameters = signature.parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        # **kwargs may contain the name of a positional-only parameter; bind() of Python 3.11
        # rejects that.
        taken = [parameter.name for parameter in parameters
                 if parameter.kind is inspect.Parameter.POSITIONAL_ONLY]
        kwargs = {name: value for name, value in kwargs.items() if name not in taken}
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def with_queue(found, args, kwargs, queue):
    """The arguments of a call, including the queue."""
    name, by_position = found
    kwargs = {key: value for key, value in kwargs.items() if key != name}
    if by_position:
        return (queue, *args), kwargs
    kwargs[name] = queue
    return args, kwargs


def find_queue_parameter(func, args, kwargs):
    """Where this call takes the task's queue; None if it does not."""
    is_coroutine = is_async(func)
    # A decorator of a plain function may itself pass the argument to the function that it wraps.
    signature = signature_of(func, follow_wrapped=is_coroutine)
    found = None if signature is None else queue_parameter(signature)
    if found is None or is_coroutine:
        return found
    # A call that is wrong with and without the queue is not changed, so that the error shows the
    # reason.
    if is_complete(signature, args, kwargs) or not is_complete(
            signature, *with_queue(found, args, kwargs, None)):
        return None
    return found
