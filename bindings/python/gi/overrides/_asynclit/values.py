# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Conversions of Python values and exceptions to C.

Python programs receive their own objects: results and exceptions are kept on the task's wrapper. C
receives the result if it can represent it, and otherwise none; and an error with the type and the
text of the exception. Progress values pass through C, because signals deliver them, as the objects
themselves.
"""

from gi.module import get_introspection_module
from gi.repository import GLib, GObject

from .kinds import find_in_type
from .native import pointer, return_boolean, return_int64, return_none

raw = get_introspection_module('AsyncLit')

ERROR_QUARK = raw.error_quark()
CALLBACK_RAISED = int(raw.Error.CALLBACK_RAISED)

# Copying a longer text, which may never be read, is not worthwhile.
MAX_TEXT = 4096
PLAIN_TYPES = (int, float, str, bytes)


def return_nothing(task, value):
    return_none(pointer(task), None)


def return_bool(task, value):
    return_boolean(pointer(task), value)


def return_int(task, value):
    if -2 ** 63 <= value < 2 ** 63:
        return_int64(pointer(task), value)
    else:
        return_nothing(task, value)


def return_text(task, value):
    if len(value) <= MAX_TEXT and is_c_text(value):
        raw.Task.return_string(task, value)
    else:
        return_nothing(task, value)


def is_c_text(text):
    if '\0' in text:
        return False
    return text.isascii() or not any('\ud800' <= char <= '\udfff' for char in text)


# By the address of the type, because a metaclass may redefine "==".
RETURN = {
    id(type(None)): return_nothing,
    id(bool): return_bool,
    id(int): return_int,
    id(str): return_text,
    id(float): raw.Task.return_value,
}


def return_value(task, value):
    """Settles a task with the part of a result that C can represent: usually none."""
    try:
        RETURN.get(id(type(value)), return_other)(task, value)
    except Exception:  # raised by an object that is not what it seems: the task ends nevertheless
        return_nothing(task, value)


def return_other(task, value):
    if issubclass(type(value), GObject.Object):
        raw.Task.return_object(task, value)
    elif issubclass(type(value), GLib.Variant):
        raw.Task.return_variant(task, value)
    else:
        return_nothing(task, value)


def to_gerror(exception):
    """A GError with the type and the text of an exception."""
    if isinstance(exception, GLib.Error) and is_whole(exception):
        return GLib.Error(exception.message, exception.domain, exception.code)
    text = describe(exception).replace('\0', '\N{REPLACEMENT CHARACTER}')
    text = text.encode(errors='replace').decode()
    return GLib.Error.new_literal(ERROR_QUARK, text, CALLBACK_RAISED)


def describe(exception):
    """The type and the text of an exception, which may itself raise exceptions."""
    name = type.__dict__['__qualname__'].__get__(type(exception))
    try:
        text = str(exception)
    except BaseException:
        text = ''
    return f'{name}: {text}' if text else name


def is_whole(error):
    """Whether C can represent it: Python allows any value in the attributes of a GLib.Error."""
    return (isinstance(error.message, str) and is_c_text(error.message)
            and isinstance(error.domain, str) and is_c_text(error.domain)
            and isinstance(error.code, int) and -2 ** 31 <= error.code < 2 ** 31)


def unwanted_result():
    """What takes the place of the exception of an attempt whose result is retried."""
    return GLib.Error.new_literal(ERROR_QUARK, 'The retry policy does not accept the result',
                                  int(raw.Error.UNWANTED_RESULT))


def boxed(value):
    return GObject.Value(GObject.TYPE_PYOBJECT, value)


def report(task, value):
    """Reports a progress value that is returned unchanged."""
    raw.Task.report_progress(task, value if is_kept(value) else boxed(value))


def is_kept(value):
    """Whether PyGObject, which chooses a C type for the value, will return an equal value."""
    kind = type(value)
    if kind is int:
        return -2 ** 31 <= value < 2 ** 31
    if kind is str:
        return is_c_text(value)
    if kind is float or kind is bool:
        return True
    return value is not None and is_kept_kind(kind)


def is_kept_kind(kind):
    if issubclass(kind, GObject.Object):
        return True
    return not issubclass(kind, PLAIN_TYPES) and find_in_type(kind, '__gtype__') is None
