# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets programs subclass the classes, which are final in C."""


class Subclassable:
    """A subclass exists only in Python: its GType is that of its base class."""

    __slots__ = ()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if not cls.__module__.startswith('gi.overrides.'):
            cls.__gtype__ = cls.__gtype__
