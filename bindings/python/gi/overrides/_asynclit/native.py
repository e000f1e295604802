# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The few C functions that are called for each task, without releasing the GIL.

PyGObject releases the GIL around every call. While a runner and a submitting thread are both busy,
each of these calls would pass the GIL on, which takes several times as long as the call. These
functions take only as long as reading a word, and none of them waits for a thread that may be
waiting for the GIL, because the library calls no foreign code while it holds a lock.

Each takes the result of pointer() for an object. Without ctypes, these are the functions of
PyGObject, and pointer() returns the object itself.
"""

try:
    import ctypes
except ImportError:
    ctypes = None

from gi.module import get_introspection_module
from gi.repository import GObject

raw = get_introspection_module('AsyncLit')

LIBRARY = 'libasynclit-glib-1.so.0'  # already loaded, for the typelib


def capsule_pointer(wrapper):
    """The C object of a wrapper."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    return get(wrapper.__gpointer__, None)


def itself(wrapper):
    return wrapper


def load():
    sample = GObject.Object()
    if hash(sample) != capsule_pointer(sample):
        raise OSError('the hash of a wrapper is not the pointer to its object')
    library = ctypes.PyDLL(LIBRARY)

    def function(name, result, *arguments):
        found = getattr(library, 'asynclit_' + name)
        found.restype, found.argtypes = result, (ctypes.c_void_p, *arguments)
        return found

    return {
        'pointer': hash,
        'queue_task': function('task_manager_queue_task', ctypes.c_int, ctypes.c_void_p),
        'begin': function('task_begin', ctypes.c_int),
        'get_done': function('task_get_done', ctypes.c_int),
        'depends_on': function('task_depends_on', ctypes.c_int, ctypes.c_void_p),
        'get_status': function('task_get_status', ctypes.c_int),
        'return_none': function('task_return_value', None, ctypes.c_void_p),
        'return_boolean': function('task_return_boolean', None, ctypes.c_int),
        'return_int64': function('task_return_int', None, ctypes.c_int64),
    }


def fall_back():
    return {
        'pointer': itself,
        'queue_task': raw.TaskManager.queue_task,
        'begin': raw.Task.begin,
        'get_done': raw.Task.get_done,
        'depends_on': raw.Task.depends_on,
        'get_status': raw.Task.get_status,
        'return_none': raw.Task.return_value,
        'return_boolean': raw.Task.return_boolean,
        'return_int64': raw.Task.return_int,
    }


try:
    functions = load() if ctypes else fall_back()
except (OSError, AttributeError):
    functions = fall_back()

pointer = functions['pointer']
queue_task = functions['queue_task']
begin = functions['begin']
get_done = functions['get_done']
depends_on = functions['depends_on']
get_status = functions['get_status']
return_none = functions['return_none']
return_boolean = functions['return_boolean']
return_int64 = functions['return_int64']
