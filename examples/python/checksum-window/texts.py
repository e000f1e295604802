# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Text for people: translations, amounts and times; and where the window's description is."""

import gettext
from pathlib import Path

from gi.repository import AsyncLit, GLib

# What the programs in the three languages share.
DATA = Path(__file__).resolve().parents[2] / 'data/checksum-window'

# The messages are those of the program in C, and so are their translations.
translations = gettext.translation('asynclit-glib-1', fallback=True)
_ = translations.gettext
ngettext = translations.ngettext

# Before, a guess would be far from the truth.
MIN_SECONDS = 1
MIN_FRACTION = 0.01


def text_of_amount(done, total):
    if 0 < done < total:
        return _('%s of %s') % (GLib.format_size(done), GLib.format_size(total))
    return GLib.format_size(total)


def text_of_time_left(seconds, fraction):
    """How long it will take if a fraction took so many seconds; None if nobody knows yet."""
    if seconds < MIN_SECONDS or not MIN_FRACTION <= fraction < 1:
        return None
    return AsyncLit.progress_describe_remaining(seconds * (1 - fraction) / fraction)


def join_parts(*parts):
    return ' · '.join(filter(None, parts))
