# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands in for PyGObject when the override is used from the source tree.

Without this file, an interpreter that lacks PyGObject would mistake this folder for the package
"gi", and report that it has no "require_version". With it, the interpreter reports what is missing.
If PyGObject is available, this module replaces itself with it.
"""

import importlib.machinery
import os
import sys


def find_pygobject():
    """The specification of the next package "gi" on the path, or None."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    others = [folder for folder in sys.path if os.path.abspath(folder) != own]
    spec = importlib.machinery.PathFinder.find_spec('gi', others)
    return spec if spec is not None and spec.loader is not None and spec.origin else None


def become(spec):
    global __file__, __path__, __spec__
    __file__, __path__, __spec__ = spec.origin, list(spec.submodule_search_locations), spec
    spec.loader.exec_module(sys.modules['gi'])


_spec = find_pygobject()
if _spec is None:
    raise ModuleNotFoundError(
        f'PyGObject is not installed for {sys.executable} (Python {sys.version.split()[0]}). Use the '
        'interpreter of the system, /usr/bin/python3, with the package python3-gi of Debian; or, in '
        'a virtual environment, make it with "--system-site-packages" or run "pip install PyGObject"',
        name='gi')
become(_spec)
