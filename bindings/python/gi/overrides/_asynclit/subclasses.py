# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which classes programs can subclass. All are final in C."""

from gi.module import get_introspection_module

raw = get_introspection_module('AsyncLit')


class Subclassable:
    """A subclass exists only in Python: its GType is that of its base class."""

    __slots__ = ()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if not cls.__module__.startswith('gi.overrides.'):
            cls.__gtype__ = cls.__gtype__


def seal(kind):
    """Programs can't derive from the class, nor from those that the library derives from it."""

    def __init_subclass__(cls, **options):
        super(kind, cls).__init_subclass__(**options)
        # The classes of the library have their type when they are made; PyGObject gives one to
        # those of programs afterwards.
        if '__gtype__' not in vars(cls) and not cls.__module__.startswith('gi.overrides.'):
            raise TypeError(f"type '{kind.__name__}' is not an acceptable base type")

    kind.__init_subclass__ = classmethod(__init_subclass__)


for sealed in (raw.Clock, raw.Program, raw.ProgramOutput, raw.ScheduleStore, raw.Trigger):
    seal(sealed)
