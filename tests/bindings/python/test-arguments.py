#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hypothesis: whatever a function's parameters are, it gets what the rules say."""

import inspect
import string

from gi.repository import AsyncLit
from hypothesis import example, given
from hypothesis import strategies as st

from pysupport import finish

NAMES = ['a', 'b', 'queue', 'progress_queue', 'func', 'self', 'task']
P = inspect.Parameter
ORDER = [P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD, P.VAR_POSITIONAL, P.KEYWORD_ONLY,
         P.VAR_KEYWORD]

arguments = st.dictionaries(st.sampled_from(NAMES + list(string.ascii_lowercase[:4])),
                            st.integers(), max_size=4)


@st.composite
def parameter_lists(draw):
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    kinds = sorted((draw(st.sampled_from(ORDER)) for _ in names), key=ORDER.index)
    parameters, has_default = [], False
    for name, kind in zip(names, kinds):
        if kind in (P.VAR_POSITIONAL, P.VAR_KEYWORD):
            if kind not in [parameter.kind for parameter in parameters]:
                parameters.append(P(name, kind))
            continue
        must_have = has_default and kind is not P.KEYWORD_ONLY
        with_default = must_have or draw(st.booleans())
        has_default |= with_default
        parameters.append(P(name, kind, default='default' if with_default else P.empty))
    return parameters


def make_function(parameters, prefix=''):
    """A function with these parameters that returns them as a dictionary."""
    signature = inspect.Signature(parameters)
    body = ', '.join(f'{parameter.name!r}: {parameter.name}' for parameter in parameters)
    namespace = {}
    exec(f'{prefix}def function{signature}: return {{{body}}}', namespace)
    return namespace['function']


def shown(values):
    """The values, with a word for the queue."""
    if isinstance(values, dict):
        return {name: shown(value) for name, value in values.items()}
    if isinstance(values, tuple):
        return tuple(map(shown, values))
    return 'QUEUE' if hasattr(values, 'sync_q') else values


def outcome(func, args, kwargs):
    """The result, or the text of the TypeError, of a call."""
    try:
        return func(*args, **kwargs)
    except TypeError as error:
        return str(error)


def outcome_of(task):
    finish(task)
    return shown(task.result) if task.error is None else str(task.error)


def by_the_rules(parameters, args, kwargs):
    """The arguments that the reference documents for a coroutine function."""
    first = parameters[0] if parameters else None
    names = {parameter.name: parameter for parameter in parameters}
    if first is not None and first.name in ('queue', 'progress_queue') and first.kind in ORDER[:3]:
        return ('QUEUE', *args), {key: value for key, value in kwargs.items() if key != first.name}
    for name in ('progress_queue', 'queue'):
        if name in names and names[name].kind in (P.POSITIONAL_OR_KEYWORD, P.KEYWORD_ONLY):
            return args, {**kwargs, name: 'QUEUE'}
    return args, kwargs


@given(parameter_lists(), st.lists(st.integers(), max_size=4), arguments)
def test_coroutine_function(parameters, args, kwargs):
    kwargs = without_own_names(kwargs)
    expected_args, expected_kwargs = by_the_rules(parameters, tuple(args), kwargs)
    expected = outcome(make_function(parameters), expected_args, expected_kwargs)
    assert outcome_of(AsyncLit.run(make_function(parameters, 'async '), *args, **kwargs)) == expected


@given(parameter_lists(), st.lists(st.integers(), max_size=4), arguments)
@example([P('queue', P.POSITIONAL_ONLY), P('a', P.POSITIONAL_ONLY, default='default'),
          P('others', P.VAR_KEYWORD)], [], {'a': 0})
def test_function(parameters, args, kwargs):
    """A call that is complete without the queue is not changed."""
    kwargs = without_own_names(kwargs)
    func = make_function(parameters)
    seen = outcome_of(AsyncLit.run(func, *args, **kwargs))
    as_written = outcome(func, args, kwargs)
    rules = outcome(func, *by_the_rules(parameters, tuple(args), kwargs))
    if not isinstance(as_written, str) or isinstance(rules, str):
        assert seen == as_written
    else:
        assert seen == rules


@given(st.lists(st.integers(), max_size=5), st.dictionaries(st.text(), st.integers(), max_size=5))
def test_passed_through(args, kwargs):
    def function(*args, **kwargs):
        return args, kwargs

    for name in ('manager', 'retry'):
        kwargs.pop(name, None)
    assert outcome_of(AsyncLit.run(function, *args, **kwargs)) == (tuple(args), kwargs)


def without_own_names(kwargs):
    return {name: value for name, value in kwargs.items() if name not in ('manager', 'retry')}
