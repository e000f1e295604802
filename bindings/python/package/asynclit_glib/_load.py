# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads the library through PyGObject, or says what is missing and how to install it."""

import ctypes
import os
import re
import sys

import _asynclit_glib as paths

# How a system installs packages, and its packages. The key is an ID in /etc/os-release. To build
# PyGObject, pip needs the older library of GObject Introspection up to Python 3.11, and the newer one
# since: see the dependencies in pyproject.toml.
SYSTEMS = {
    'debian': {
        'install': 'apt-get install',
        'PyGObject': 'python3-gi',
        'build': 'gcc pkg-config python3-dev libcairo2-dev',
        'older': 'libgirepository1.0-dev',
        'newer': 'libgirepository-2.0-dev',
        'GLib': 'libglib2.0-0',
        'SQLite': 'libsqlite3-0',
    },
    'fedora': {
        'install': 'dnf install',
        'PyGObject': 'python3-gobject',
        'build': 'gcc pkgconf python3-devel cairo-gobject-devel',
        'older': 'gobject-introspection-devel',
        'newer': 'glib2-devel',
        'GLib': 'glib2',
        'SQLite': 'sqlite-libs',
    },
    'suse': {
        'install': 'zypper install',
        'PyGObject': 'python3-gobject',
        'build': 'gcc pkg-config python3-devel cairo-devel',
        'older': 'gobject-introspection-devel',
        'newer': 'glib2-devel',
        'GLib': 'libglib-2_0-0 libgio-2_0-0',
        'SQLite': 'libsqlite3-0',
    },
    'arch': {
        'install': 'pacman -S',
        'PyGObject': 'python-gobject',
        'build': 'gcc pkgconf cairo',
        'older': 'gobject-introspection',
        'newer': 'glib2-devel',
        'GLib': 'glib2',
        'SQLite': 'sqlite',
    },
    'alpine': {
        'install': 'apk add',
        'PyGObject': 'py3-gobject3',
        'build': 'build-base python3-dev cairo-dev',
        'older': 'gobject-introspection-dev',
        'newer': 'glib-dev',
        'GLib': 'glib',
        'SQLite': 'sqlite-libs',
    },
}
RELEASE_FILES = '/etc/os-release', '/usr/lib/os-release'


def load():
    """The module gi.repository.AsyncLit, and the names that it adds to those of C."""
    import_gi()
    load_library()
    import gi
    gi.require_version('AsyncLit', '1')
    from gi.repository import AsyncLit
    from gi.overrides import AsyncLit as override  # loaded with the former
    return AsyncLit, list(override.__all__)


def import_gi():
    try:
        import gi
        gi.require_version
    except (ImportError, AttributeError) as error:
        raise ImportError(explain_gi(error), name='gi') from error
    paths.prepare()


def load_library():
    """PyGObject would report an error of the linker as a warning only."""
    if not os.path.exists(paths.LIBRARY):
        raise ImportError(f'{paths.LIBRARY} is not there. Install the package with "pip install ."; '
                          'an editable installation does not work', path=paths.LIBRARY)
    try:
        ctypes.CDLL(paths.LIBRARY)
    except OSError as error:
        raise ImportError(explain_library(str(error)), path=paths.LIBRARY) from error


# What is missing

def system():
    """The key in SYSTEMS of the system on which this runs, or None."""
    for path in RELEASE_FILES:
        if os.path.exists(path):
            with open(path, encoding='utf-8') as stream:
                lines = [line for line in stream if line.startswith(('ID=', 'ID_LIKE='))]
            words = re.findall(r'[a-z]+', ' '.join(line.partition('=')[2] for line in lines))
            return next((word for word in words if word in SYSTEMS), None)
    return None


def command(*what):
    """What installs the packages; on an unknown system, the commands of the others."""
    own = system()
    known = [SYSTEMS[own]] if own else SYSTEMS.values()
    return ' or '.join(f'"{row["install"]} {" ".join(row[key] for key in what)}"' for row in known)


def explain_gi(error):
    missing = re.search(r'lib[\w.+-]+\.so[\d.]*', str(error))
    if missing:
        return (f"PyGObject can't be loaded, because {missing[0]} is missing ({error}). Install "
                f'GLib and PyGObject with {command("GLib", "PyGObject")}')
    library, requirement = 'newer', 'PyGObject'
    if sys.version_info < (3, 12):
        library, requirement = 'older', "'PyGObject<3.51'"
    return (f'PyGObject is not installed for {sys.executable} (Python '
            f'{sys.version.split()[0]}). For the interpreter of the system, install it with '
            f'{command("PyGObject")}, and create virtual environments with "/usr/bin/python3 -m '
            'venv --system-site-packages". For any other interpreter, run '
            f'{command("build", library)}, and then "pip install {requirement}"')


def explain_library(message):
    if 'sqlite' in message:
        name, version = 'SQLite', '3.31'
    else:
        name, version = 'GLib', '2.74'
    return (f"{name} {version} or newer can't be loaded: {message}. Install it with "
            f'{command(name)}')
