// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Translations, amounts and times as text, and the location of the window's templates.

import Gettext from 'gettext';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

// Shared by the programs in the three languages.
export const DATA = Gio.File.new_for_uri(import.meta.url)
    .resolve_relative_path('../../../data/checksum-window');

// The messages and their translations are those of the program in C.
export const {gettext: _, ngettext} = Gettext.domain('asynclit-glib-1');

// Replaces %s, %u and so on with values.
export function format(text, ...values) {
    return text.replace(/%[a-z]/g, () => values.shift());
}

export function textOfAmount(done, total) {
    if (done > 0 && done < total)
        return format(_('%s of %s'), GLib.format_size(done), GLib.format_size(total));
    return GLib.format_size(total);
}

export function joinParts(...parts) {
    return parts.filter(part => part).join(' · ');
}
