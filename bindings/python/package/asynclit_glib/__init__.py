# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Background tasks that any user interface can poll.

    import asynclit_glib as asynclit

    task = asynclit.run(fetch, url)
    if task.done:
        print(task.result)

This package has the names of gi.repository.AsyncLit, and brings the library along.
"""

from ._load import load

AsyncLit, __all__ = load()


def __getattr__(name):
    value = getattr(AsyncLit, name)
    if not name.startswith('__'):
        globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *dir(AsyncLit)})
