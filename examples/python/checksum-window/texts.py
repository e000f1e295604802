# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Translations, amounts and times as text, and the location of the window's templates."""

import gettext
from pathlib import Path

from gi.repository import GLib

# Shared by the programs in the three languages.
DATA = Path(__file__).resolve().parents[2] / 'data/checksum-window'

# The messages and their translations are those of the program in C.
translations = gettext.translation('asynclit-glib-1', fallback=True)
_ = translations.gettext
ngettext = translations.ngettext


def text_of_amount(done, total):
    if 0 < done < total:
        return _('%s of %s') % (GLib.format_size(done), GLib.format_size(total))
    return GLib.format_size(total)


def join_parts(*parts):
    return ' · '.join(filter(None, parts))
