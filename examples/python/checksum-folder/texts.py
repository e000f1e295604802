# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Text for people: translations, and names, amounts and times as they are printed."""

import gettext
import os
import unicodedata

from gi.repository import GLib

# The messages are those of the program in C, and so are their translations.
translations = gettext.translation('asynclit-glib-1', fallback=True)
_ = translations.gettext
ngettext = translations.ngettext


def reason_of(error):
    """Why something failed: of the system's errors only the text, which has no name in it."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)


def printable_name(path):
    """A file name, bytes, as text that is safe to print: a control character could drive the
    terminal."""
    text = path.decode('utf-8', 'backslashreplace')
    return ''.join(char if char.isprintable() else escaped(char) for char in text)


def escaped(char):
    return ''.join(f'\\x{byte:02x}' for byte in char.encode())


def printable_size(amount):
    """With a plain space: terminals and logs are not all able to show the no-break space."""
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
    """The text, cut to so many columns: a line that wraps could not be drawn over."""
    width = 0
    for position, char in enumerate(text):
        width += width_of(char)
        if width > columns:
            return text[:position]
    return text


def cut_start(text, columns):
    """The same from the other side: the end of a path tells more than its beginning."""
    if sum(map(width_of, text)) <= columns:
        return text
    return '...' + cut_end(text[::-1], max(columns - 3, 0))[::-1]


def percent_of(done, total):
    return int(min(max(done / total, 0), 1) * 100) if total > 0 else 100
