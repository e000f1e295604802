// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Text for people: translations, amounts and times; and where the window's description is.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gettext from 'gettext';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

// What the programs in the three languages share.
export const DATA = Gio.File.new_for_uri(import.meta.url)
    .resolve_relative_path('../../../data/checksum-window');

// The messages are those of the program in C, and so are their translations.
export const {gettext: _, ngettext} = Gettext.domain('asynclit-glib-1');

// Before, a guess would be far from the truth.
const MIN_SECONDS = 1;
const MIN_FRACTION = 0.01;

// Puts values in the place of %s, %u and so on.
export function format(text, ...values) {
    return text.replace(/%[a-z]/g, () => values.shift());
}

export function textOfAmount(done, total) {
    if (done > 0 && done < total)
        return format(_('%s of %s'), GLib.format_size(done), GLib.format_size(total));
    return GLib.format_size(total);
}

// How long it will take if a fraction took so many seconds; null if nobody knows yet.
export function textOfTimeLeft(seconds, fraction) {
    if (seconds < MIN_SECONDS || !(fraction >= MIN_FRACTION && fraction < 1))
        return null;
    return AsyncLit.progress_describe_remaining(seconds * (1 - fraction) / fraction);
}

export function joinParts(...parts) {
    return parts.filter(part => part).join(' · ');
}
