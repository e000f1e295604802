# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets PyGObject find the library that is installed with the Python package asynclit_glib.

Python runs watch() when it starts, through asynclit_glib.pth, so that "from gi.repository import
AsyncLit" works without anything else. It has to be short, because most programs do not need it. The
work is done when the program imports PyGObject.

The typelib, the shared library and the overrides of the package come before those of any other
installation. They are of one version, and a mixture would not work.
"""

import contextlib
import os
import sys

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'asynclit_glib')
LIBRARY_DIR = os.path.join(PACKAGE, 'lib')
LIBRARY = os.path.join(LIBRARY_DIR, 'libasynclit-glib-1.so.0')
OVERRIDES = os.path.join(PACKAGE, 'overrides')

# The library in which PyGObject up to 3.50 looks for typelibs.
REPOSITORY = 'libgirepository-1.0.so.1'


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
        # Other programs that use PyGObject must not fail here; those that need the package do.
        with contextlib.suppress(Exception):
            prepare()

    loader.exec_module = exec_module


def prepare():
    """Adds the package's folders to the search paths of PyGObject."""
    if not os.path.isdir(LIBRARY_DIR):  # half removed
        return
    import gi
    add_typelib(gi.Repository.get_default())
    import gi.overrides
    if OVERRIDES not in gi.overrides.__path__:
        gi.overrides.__path__.insert(0, OVERRIDES)


def add_typelib(repository):
    if hasattr(repository, 'prepend_search_path'):
        repository.prepend_search_path(LIBRARY_DIR)
        repository.prepend_library_path(LIBRARY_DIR)
        return
    # Older versions of PyGObject have no such functions, and the typelib that has them is in a
    # package of its own.
    import ctypes
    library = ctypes.CDLL(REPOSITORY)
    folder = ctypes.c_char_p(os.fsencode(LIBRARY_DIR))
    library.g_irepository_prepend_search_path(folder)
    library.g_irepository_prepend_library_path(folder)
