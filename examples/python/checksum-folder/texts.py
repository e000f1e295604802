# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Translations, and names, amounts and times as text."""

import gettext
import os
import unicodedata

from gi.repository import GLib

# The messages and their translations are those of the program in C.
translations = gettext.translation('asynclit-glib-1', fallback=True)
_ = translations.gettext
ngettext = translations.ngettext


def reason_of(error):
    """The reason for a failure; for system errors only the message, without the file name."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)


def printable_name(path):
    """A file name (bytes) as text that is safe to print, without control characters."""
    text = path.decode('utf-8', 'backslashreplace')
    return ''.join(char if char.isprintable() else escaped(char) for char in text)


def escaped(char):
    return ''.join(f'\\x{byte:02x}' for byte in char.encode())


def printable_size(amount):
    """With a plain space, because not all terminals and logs can show a no-break space."""
    return GLib.format_size(int(amount)).replace('\N{NO-BREAK SPACE}', ' ')


def printable_duration(seconds):
    minutes, seconds = divmod(int(min(max(seconds + 0.5, 0), 3600000)), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{seconds:02}' if hours else f'{minutes}:{seconds:02}'


def width_of(char):
    """The columns that a character takes in a terminal."""
    if unicodedata.category(char) in ('Mn', 'Me', 'Cf'):
        return 0
    return 2 if unicodedata.east_asian_width(char) in 'WF' else 1


def cut_end(text, columns):
    """Shortens the text to so many columns: a line that wraps could not be redrawn."""
    width = 0
    for position, char in enumerate(text):
        width += width_of(char)
        if width > columns:
            return text[:position]
    return text


def cut_start(text, columns):
    """The same from the other side: the end of a path is more informative."""
    if sum(map(width_of, text)) <= columns:
        return text
    return '...' + cut_end(text[::-1], max(columns - 3, 0))[::-1]


def percent_of(task):
    return int(max(task.fraction, 0) * 100)
