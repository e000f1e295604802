# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which function goes where, and whether it takes a progress queue.

A coroutine function with a parameter "progress_queue" or "queue" gets the queue of its task: by
position if that parameter is the first, else by keyword. Any other function gets it in the same
way, unless the call as it is written supplies that parameter.
"""

import inspect
from types import BuiltinFunctionType, FunctionType, MethodType

QUEUE_NAMES = ('progress_queue', 'queue')
ASYNC_FLAGS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
               inspect.Parameter.VAR_POSITIONAL)
BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def classify(func):
    """Whether to call a function on the event loop, and whether it may take a queue.

    The latter is a quick look, which saves most functions the slow one.
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
    if not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & inspect.CO_VARARGS):
        return bool(code.co_flags & ASYNC_FLAGS), False
    names = code.co_varnames
    return bool(code.co_flags & ASYNC_FLAGS), 'queue' in names or 'progress_queue' in names


def is_async(func):
    """Whether to call the function on the event loop: it returns something to await there."""
    if type(func) is FunctionType and func.__code__.co_flags & ASYNC_FLAGS:
        return True
    if inspect.iscoroutinefunction(func) or inspect.isasyncgenfunction(func):
        return True
    call = getattr(type(func), '__call__', None)
    return inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)


def queue_parameter(signature):
    """The name of the parameter for the queue, and whether it is given by position; or None."""
    parameters = list(signature.parameters.values())
    first = parameters[0] if parameters else None
    if first is not None and first.name in QUEUE_NAMES and first.kind in BY_POSITION:
        return first.name, True
    for name in QUEUE_NAMES:
        found = signature.parameters.get(name)
        if found is not None and found.kind in BY_KEYWORD:
            return name, False
    return None


def supplies(signature, name, args, kwargs):
    """Whether a call is complete as it is written, and gives the parameter something."""
    try:
        return name in signature.bind(*args, **kwargs).arguments
    except TypeError:
        return False


def with_queue(found, args, kwargs, queue):
    """The arguments of a call, with the queue among them."""
    name, by_position = found
    kwargs = {key: value for key, value in kwargs.items() if key != name}
    if by_position:
        return (queue, *args), kwargs
    kwargs[name] = queue
    return args, kwargs


def find_queue_parameter(func, args, kwargs):
    """Where this call takes the task's queue; None if it does not."""
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):  # not callable; or written in C, without a signature
        return None
    found = queue_parameter(signature)
    if found is None or is_async(func):
        return found
    if supplies(signature, found[0], args, kwargs):
        return None
    try:
        new_args, new_kwargs = with_queue(found, args, kwargs, None)
        signature.bind(*new_args, **new_kwargs)
    except TypeError:  # wrong either way: as it is written, so that the error says why
        return None
    return found
