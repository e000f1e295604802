# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets PyGObject find the library that is installed with the Python package asynclit_glib.

Python runs watch() when it starts, through asynclit_glib.pth, so that "from gi.repository import
AsyncLit" works without anything else. It has to be short, because most programs do not need it. The
work is done when the program imports PyGObject.

The typelib, the shared library and the overrides of the package come before those of any other
installation. They are of one version, and a mixture would not work.
"""

import os
import sys

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'asynclit_glib')
LIBRARY_DIR = os.path.join(PACKAGE, 'lib')
LIBRARY = os.path.join(LIBRARY_DIR, 'libasynclit-glib-1.so.0')
OVERRIDES = os.path.join(PACKAGE, 'overrides')

# The library that PyGObject uses to find typelibs, up to version 3.50 and since, with the prefix of
# its functions, and the one that returns the repository, which the older library does not need.
REPOSITORIES = (
    ('libgirepository-1.0.so.1', 'g_irepository', None),
    ('libgirepository-2.0.so.0', 'gi_repository', 'gi_repository_dup_default'),
)


def watch():
    """Calls prepare() once the program has imported PyGObject."""
    if 'gi' in sys.modules:
        prepare()
    else:
        sys.meta_path.insert(0, Finder())


class Finder:
    """Finds PyGObject, as others do, and calls prepare() when it has been loaded."""

    def find_spec(self, name, path=None, target=None):
        if name != 'gi' or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and hasattr(spec.loader, 'exec_module'):
            follow(spec.loader)
        return spec


def find_spec(name):
    for finder in sys.meta_path:
        spec = finder.find_spec(name, None) if hasattr(finder, 'find_spec') else None
        if spec is not None:
            return spec
    return None


def follow(loader):
    load = loader.exec_module

    def exec_module(module):
        load(module)
        prepare()

    loader.exec_module = exec_module


def prepare():
    """Adds the package's folders to the search paths of PyGObject."""
    if not os.path.isdir(LIBRARY_DIR):  # half removed
        return
    add_typelib()
    import gi.overrides
    if OVERRIDES not in gi.overrides.__path__:
        gi.overrides.__path__.insert(0, OVERRIDES)


def add_typelib():
    # PyGObject has no function for this, and the typelib that has one is in a package of its own.
    import ctypes
    folder = os.fsencode(LIBRARY_DIR)
    for file, prefix, getter in REPOSITORIES:
        try:
            library = ctypes.CDLL(file, mode=os.RTLD_NOLOAD)
        except OSError:  # not the one that PyGObject uses
            continue
        arguments = ctypes.c_char_p(folder),
        if getter is not None:
            library[getter].restype = ctypes.c_void_p
            arguments = (ctypes.c_void_p(library[getter]()), *arguments)
        for what in 'search', 'library':
            function = library[f'{prefix}_prepend_{what}_path']
            function.restype = None
            function(*arguments)
