# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RetryPolicy: the reference's frozen value, which is also an object of the C library."""

import dataclasses
import functools
import math
import sys
from dataclasses import FrozenInstanceError, dataclass
from typing import Any, Callable, Optional, Tuple, Type

from gi.module import get_introspection_module

from . import subclasses, values

raw = get_introspection_module('AsyncLit')

GUINT_MAX = 2 ** 32 - 1

JITTER_KINDS = {kind.value_nick: kind for kind in (
    raw.JitterKind.SYMMETRIC, raw.JitterKind.EQUAL, raw.JitterKind.FULL,
    raw.JitterKind.DECORRELATED)}
KIND_NAMES = ', '.join(map(repr, JITTER_KINDS))


@dataclass(frozen=True)
class Fields:
    """The fields, with the defaults and rules of the reference."""

    max_attempts: int = 1
    retry_on: Tuple[Type[BaseException], ...] = (Exception,)
    base_delay: float = 0.0
    max_delay: float = 60.0
    multiplier: float = 2.0
    jitter: float = 0.0
    max_elapsed: Optional[float] = None
    retry_if: Optional[Callable[[BaseException], bool]] = None
    delay: Optional[Callable[[BaseException, int, float], Optional[float]]] = dataclasses.field(
        default=None, repr=False, kw_only=True)
    retry_if_result: Optional[Callable[[Any], bool]] = dataclasses.field(
        default=None, repr=False, kw_only=True)
    fallback: Optional[Callable[[BaseException], Any]] = dataclasses.field(
        default=None, repr=False, kw_only=True)
    jitter_kind: str = dataclasses.field(default='symmetric', repr=False, kw_only=True)

    # Each rule is written such that NaN breaks it, too.
    def __post_init__(self):
        check(self.max_attempts >= 1, 'max_attempts must be >= 1')
        check(self.base_delay >= 0, 'base_delay must be >= 0')
        check(self.max_delay >= 0, 'max_delay must be >= 0')
        check(self.multiplier >= 1, 'multiplier must be >= 1')
        check(0 <= self.jitter <= 1, 'jitter must be in [0, 1]')
        check(self.max_elapsed is None or self.max_elapsed > 0, 'max_elapsed must be > 0 when set')
        check(self.jitter_kind in JITTER_KINDS, f'jitter_kind must be one of {KIND_NAMES}')
        check_rules(self.retry_on, retry_if=self.retry_if, delay=self.delay,
                    retry_if_result=self.retry_if_result, fallback=self.fallback)


def check_rules(retry_on, **functions):
    """Checks for mistakes that would otherwise hide the error of a failing function, much later."""
    classes = (retry_on,) if isinstance(retry_on, type) else tuple(retry_on)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in classes):
        raise TypeError('RetryPolicy.retry_on must be a tuple of exception classes')
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f'RetryPolicy.{name} must be callable')


def check(holds, rule):
    if not holds:
        raise ValueError(f'RetryPolicy.{rule}')


def finite(number):
    return min(float(number), sys.float_info.max)


def for_c(fields):
    """The construct-only properties of the C object, with the nearest values that C has."""
    return {
        'max_attempts': math.ceil(min(fields.max_attempts, GUINT_MAX)),
        'base_delay': finite(fields.base_delay),
        'max_delay': finite(fields.max_delay),
        'multiplier': finite(fields.multiplier),
        'jitter': float(fields.jitter),
        'max_elapsed': finite(fields.max_elapsed or 0),
        'jitter_kind': JITTER_KINDS[fields.jitter_kind],
    }


class RetryPolicy(raw.RetryPolicy, subclasses.Subclassable):
    """Decides whether and when a failed task is retried.

    A policy is a frozen value: two policies with equal fields are equal, and any number of tasks
    may share a policy. Only exceptions are retried. Without jitter, the delays are the same each
    time.

    delay(exception, attempt_index, computed) returns the delay in seconds, for example from a
    Retry-After header; None means the computed delay. retry_if_result(result) tells whether to
    retry although there is a result. fallback(exception) returns the result of a task whose last
    attempt has failed; it may raise an exception instead.
    """

    __dataclass_fields__ = Fields.__dataclass_fields__
    __dataclass_params__ = Fields.__dataclass_params__
    __match_args__ = Fields.__match_args__

    def __init__(self, max_attempts: int = 1,
                 retry_on: Tuple[Type[BaseException], ...] = (Exception,),
                 base_delay: float = 0.0, max_delay: float = 60.0, multiplier: float = 2.0,
                 jitter: float = 0.0, max_elapsed: Optional[float] = None,
                 retry_if: Optional[Callable[[BaseException], bool]] = None, *,
                 delay: Optional[Callable[[BaseException, int, float], Optional[float]]] = None,
                 retry_if_result: Optional[Callable[[Any], bool]] = None,
                 fallback: Optional[Callable[[BaseException], Any]] = None,
                 jitter_kind: str = 'symmetric'):
        fields = Fields(max_attempts, retry_on, base_delay, max_delay, multiplier, jitter,
                        max_elapsed, retry_if, delay=delay, retry_if_result=retry_if_result,
                        fallback=fallback, jitter_kind=jitter_kind)
        super().__init__(**for_c(fields))
        raw.RetryPolicy.__setattr__(self, '_fields', fields)

    @classmethod
    def new(cls, max_attempts):
        """Creates a policy in C, whose decisions about errors are made in C."""
        check(max_attempts >= 1, 'max_attempts must be >= 1')
        return raw.RetryPolicy.new(min(max_attempts, GUINT_MAX))

    def _get_fields(self):
        """The fields, also of a policy that was created in C."""
        try:
            return self.__dict__['_fields']
        except KeyError:
            props = self.props
            return Fields(props.max_attempts, (Exception,), props.base_delay, props.max_delay,
                          props.multiplier, props.jitter, props.max_elapsed or None,
                          jitter_kind=props.jitter_kind.value_nick)

    def delay_for_attempt(self, attempt_index: int) -> float:
        """The delay before the next attempt, in seconds. The index is 0 after the first failure.

        The result is at least 0 and at most max_delay, including jitter.
        """
        if attempt_index < 0:
            raise ValueError('attempt_index must be >= 0')
        return raw.RetryPolicy.delay_for_attempt(self, min(attempt_index, GUINT_MAX))

    def should_retry(self, exc: BaseException) -> bool:
        """Whether an exception matches retry_on and, if it is set, retry_if.

        A policy that was created in C (RetryPolicy.new()) decides in C, by the GLib.Error of the
        task.
        """
        fields = self.__dict__.get('_fields')
        if fields is None:
            return raw.RetryPolicy.should_retry(self, values.to_gerror(exc))
        return matches(fields, exc)

    def next_delay(self, exc: BaseException, attempt: int, started_at: float) -> Optional[float]:
        """The delay before the next attempt after an exception, in seconds; None if there is none.

        attempt is the number of the attempt that failed; the first is 1. started_at is the value
        of start_time() when the first attempt began.
        """
        if attempt < 1:
            raise ValueError('attempt must be >= 1')
        delay = Question(self, exc).ask(min(attempt, GUINT_MAX), started_at)
        return delay if delay >= 0 else None

    def next_delay_for_result(self, result: Any, attempt: int,
                              started_at: float) -> Optional[float]:
        """The same after a result: None if retry_if_result accepts it, or no attempt is left."""
        if attempt < 1:
            raise ValueError('attempt must be >= 1')
        delay = Question(self, result).ask_about_result(min(attempt, GUINT_MAX), started_at)
        return delay if delay >= 0 else None

    def exceeded_elapsed(self, started_at: float) -> bool:
        """Whether more than max_elapsed has passed since started_at, a value of start_time()."""
        return raw.RetryPolicy.exceeded_elapsed(self, started_at)

    def start_time(self=None) -> float:
        """The current time, to pass to exceeded_elapsed() later."""
        return raw.RetryPolicy.start_time()

    def __setattr__(self, name, value):
        raise FrozenInstanceError(f'cannot assign to field {name!r}')

    def __delattr__(self, name):
        raise FrozenInstanceError(f'cannot delete field {name!r}')

    def __eq__(self, other):
        if not isinstance(other, RetryPolicy):
            return NotImplemented
        return self._get_fields() == other._get_fields()

    def __hash__(self):
        return hash(self._get_fields())

    def _compare(self, other):
        """Policies have no order; PyGObject would compare addresses."""
        return NotImplemented

    __lt__ = __le__ = __gt__ = __ge__ = _compare

    def __repr__(self):
        return repr(self._get_fields()).replace('Fields', 'RetryPolicy', 1)

    def __reduce__(self):
        fields = dataclasses.fields(Fields)
        keywords = {field.name: getattr(self, field.name) for field in fields
                    if field.kw_only and getattr(self, field.name) != field.default}
        make = functools.partial(RetryPolicy, **keywords) if keywords else RetryPolicy
        return make, tuple(getattr(self, field.name) for field in fields if not field.kw_only)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class Question:
    """Asks C whether there is another attempt. C in turn asks the rules in Python."""

    def __init__(self, retry, exc):
        self._retry = retry
        self._exc = exc
        self._raised = None

    def ask(self, attempt, started_at):
        retry, kind = self._retry, type(self._retry)
        policy, fields = retry, retry.__dict__.get('_fields')
        if fields is not None and (has_rules(fields) or kind.should_retry is not SHOULD_RETRY):
            policy = raw.RetryPolicy.with_retry_if(policy, self._should_retry)
        if fields is not None and (
                fields.delay is not None or kind.delay_for_attempt is not DELAY_FOR_ATTEMPT):
            policy = raw.RetryPolicy.with_delay_func(policy, self._choose_delay)
        delay = raw.RetryPolicy.next_delay(policy, values.to_gerror(self._exc), attempt, started_at)
        if self._raised is not None:
            raise self._raised
        return delay

    def ask_about_result(self, attempt, started_at):
        """Like ask(), for a result in place of an exception."""
        policy, fields = self._retry, self._retry.__dict__.get('_fields')
        if fields is None or fields.retry_if_result is None:
            return -1.0
        policy = raw.RetryPolicy.with_retry_if_result(policy, self._is_unwanted)
        self._result, self._exc = self._exc, values.unwanted_result()
        if fields.delay is not None or type(policy).delay_for_attempt is not DELAY_FOR_ATTEMPT:
            policy = raw.RetryPolicy.with_delay_func(policy, self._choose_delay)
        delay = raw.RetryPolicy.next_delay_for_result(policy, None, attempt, started_at)
        if self._raised is not None:
            raise self._raised
        return delay

    def _is_unwanted(self, _value):
        try:
            return bool(self._retry._get_fields().retry_if_result(self._result))
        except BaseException as raised:
            self._raised = raised
            return False

    def _should_retry(self, _error):
        try:
            return bool(self._retry.should_retry(self._exc))
        except BaseException as raised:
            self._raised = raised
            return False

    def _choose_delay(self, _error, index, computed):
        try:
            if type(self._retry).delay_for_attempt is not DELAY_FOR_ATTEMPT:
                computed = float(self._retry.delay_for_attempt(index))
            return choose_delay(self._retry._get_fields(), self._exc, index, computed)
        except BaseException as raised:
            self._raised = raised
            return -1.0


def find_fallback(retry, exc):
    """The function that provides a result in place of an exception, or None."""
    fields = retry.__dict__.get('_fields')
    return fields.fallback if fields is not None and isinstance(exc, Exception) else None


def choose_delay(fields, exc, index, computed):
    if fields.delay is None:
        return computed
    delay = fields.delay(exc, index, computed)
    return computed if delay is None else float(delay)


def has_rules(fields):
    return fields.retry_on not in (Exception, (Exception,)) or fields.retry_if is not None


def checked(retry):
    """A policy, or None. Raises TypeError for anything else."""
    if retry is not None and not isinstance(retry, raw.RetryPolicy):
        raise TypeError(f'retry must be a RetryPolicy, not {type(retry).__name__}')
    return retry


def with_rules_for_c(retry):
    """The same policy for a task that C runs, which calls the rules in Python."""
    fields = None if checked(retry) is None else retry.__dict__.get('_fields')
    if fields is None:
        return retry

    # The functions refer to the fields, so that the policy can be freed.
    def should_retry(error):
        try:
            return matches(fields, error)
        except Exception:
            sys.excepthook(*sys.exc_info())
            return False

    def get_delay(error, index, computed):
        try:
            return choose_delay(fields, error, index, computed)
        except Exception:
            sys.excepthook(*sys.exc_info())
            return -1.0

    policy = retry
    if has_rules(fields):
        policy = raw.RetryPolicy.with_retry_if(policy, should_retry)
    if fields.delay is not None:
        policy = raw.RetryPolicy.with_delay_func(policy, get_delay)
    return with_results_for_c(policy, fields)


def with_results_for_c(policy, fields):
    """The same for what concerns results."""

    def is_unwanted(result):
        try:
            return bool(fields.retry_if_result(result))
        except Exception:
            sys.excepthook(*sys.exc_info())
            return False

    def fall_back(error):
        try:
            result = fields.fallback(error)
            # PyGObject puts only these into a value of any type.
            is_plain = type(result) in (bool, int, float, str) and values.is_kept(result)
            return result if is_plain else values.boxed(result)
        except Exception:
            sys.excepthook(*sys.exc_info())
            return None

    if fields.retry_if_result is not None:
        policy = raw.RetryPolicy.with_retry_if_result(policy, is_unwanted)
    if fields.fallback is not None:
        policy = raw.RetryPolicy.with_fallback(policy, fall_back)
    return policy


def matches(fields, exc):
    classes = fields.retry_on
    if not isinstance(exc, classes if isinstance(classes, type) else tuple(classes)):
        return False
    return fields.retry_if is None or bool(fields.retry_if(exc))


SHOULD_RETRY, DELAY_FOR_ATTEMPT = RetryPolicy.should_retry, RetryPolicy.delay_for_attempt


class Field:
    """The value of a field of a policy; for the class itself, the default."""

    def __init__(self, name):
        self._name = name

    def __get__(self, policy, owner=None):
        return getattr(Fields if policy is None else policy._get_fields(), self._name)

    def __set__(self, policy, value):
        raise FrozenInstanceError(f'cannot assign to field {self._name!r}')


for _name in Fields.__dataclass_fields__:
    setattr(RetryPolicy, _name, Field(_name))
