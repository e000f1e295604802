# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints where, below a prefix, PyGObject looks for overrides.

Usage: overrides-dir.py PREFIX
"""

import sys
import sysconfig

import gi


def modules_dir(prefix):
    for folder in sys.path:
        if folder.startswith(f'{prefix}/') and folder.endswith('-packages'):
            return folder
    return f'{prefix}/lib/python{sysconfig.get_python_version()}/site-packages'


def overrides_dir(prefix):
    own = gi._overridesdir
    below_another = own.startswith('/usr/local/') and prefix == '/usr'
    if own.startswith(f'{prefix}/') and not below_another:
        return own
    return f'{modules_dir(prefix)}/gi/overrides'


print(overrides_dir(sys.argv[1]))
