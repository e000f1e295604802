# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which function goes where, and whether it takes a progress queue.

A coroutine function with a parameter "progress_queue" or "queue" gets the queue of its task: by
position if that parameter is the first, else by keyword. Any other function gets it in the same
way, but only if the call as it is written lacks it: one that is complete goes through as it is.

What can be called may be an object that stands for something else, such as a function on another
computer: only its type is looked at, and not its attributes.
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
    flags = code.co_flags
    if not (code.co_argcount or code.co_kwonlyargcount or flags & CO_VARARGS):
        return flags & ASYNC_FLAGS != 0, False
    names = code.co_varnames
    return flags & ASYNC_FLAGS != 0, 'queue' in names or 'progress_queue' in names


def is_async(func):
    """Whether to call the function on the event loop: it returns something to await there."""
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
    """The parameters of what can be called; None if its type does not tell."""
    kind = type(func)
    try:
        if kind in (FunctionType, MethodType, functools.partial) or issubclass(kind, type):
            return inspect.signature(func, follow_wrapped=follow_wrapped)
        call = find_in_type(kind, '__call__')
        if type(call) is not FunctionType:
            return None
        return inspect.signature(MethodType(call, func), follow_wrapped=follow_wrapped)
    except Exception:  # what stands for a signature may be anything
        return None


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


def is_complete(signature, args, kwargs):
    parameters = signature.parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        # It may have what is called like a positional-only one; bind() of Python 3.11 refuses that.
        taken = [parameter.name for parameter in parameters
                 if parameter.kind is inspect.Parameter.POSITIONAL_ONLY]
        kwargs = {name: value for name, value in kwargs.items() if name not in taken}
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


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
    is_coroutine = is_async(func)
    # A decorator of a plain function may itself give what the function below it wants.
    signature = signature_of(func, follow_wrapped=is_coroutine)
    found = None if signature is None else queue_parameter(signature)
    if found is None or is_coroutine:
        return found
    # One that is wrong either way goes through as it is written, so that the error says why.
    if is_complete(signature, args, kwargs) or not is_complete(
            signature, *with_queue(found, args, kwargs, None)):
        return None
    return found
