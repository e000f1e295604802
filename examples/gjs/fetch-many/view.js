// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What is seen of the tasks, on the standard error output.
//
// There is a line for each download that has ended. In a terminal, a block below these lines is
// redrawn several times a second: the whole, and the downloads that are under way. Elsewhere, the
// whole is a line now and then. All amounts, rates and estimates are the library's.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

const BAR_COLUMNS = 20;
const MAX_LINES = 9;
const UPDATE_MS = 100;
const LINE_USEC = 5e6;

// Since GLib 2.80, functions for Unix have a namespace of their own, initially with a longer name.
export function findSignalAdd() {
    return import('gi://GLibUnix').then(
        ({default: unix}) => unix.signal_add ?? unix.signal_add_full,
        () => GLib.unix_signal_add);
}

export class View {
    constructor(tasks, manager, quiet) {
        Object.assign(this, {tasks, manager, quiet, live: tasks});
        this.terminal = !quiet && GLib.log_writer_supports_color(2) &&
            GLib.getenv('TERM') !== 'dumb';
        this.nDrawn = 0; // lines of the block on the screen
        this.nextLine = GLib.get_monotonic_time() + LINE_USEC;
        // Nothing runs here: this task turns the sum of all bytes into a rate, and into text.
        this.whole = new AsyncLit.Task();
        this.whole.set_progress_unit(AsyncLit.Unit.BYTES);
        this.measure();
        this.timer = GLib.timeout_add(GLib.PRIORITY_DEFAULT, UPDATE_MS, () => {
            this.update();
            return GLib.SOURCE_CONTINUE;
        });
    }

    // Also when the terminal gets another size.
    measure() {
        if (this.terminal)
            [this.rows, this.columns] = terminalSize();
        return GLib.SOURCE_CONTINUE;
    }

    update() {
        const lines = this.takeEnded();
        const block = this.terminal ? this.block() : [];
        if (!this.quiet && !this.terminal && GLib.get_monotonic_time() >= this.nextLine) {
            lines.push(this.describe());
            this.nextLine = GLib.get_monotonic_time() + LINE_USEC;
        }
        this.write([...lines, ...block], block.length);
    }

    // What has ended by now is told; the block goes.
    finish(outcome) {
        GLib.source_remove(this.timer);
        const lines = this.takeEnded();
        if (!this.quiet)
            lines.push(`${outcome}: ${this.describe()}`);
        this.write(lines);
    }

    // Adds up what there is, and returns lines about the tasks that have ended since.
    takeEnded() {
        const ended = this.live.filter(({done}) => done);
        this.live = this.live.filter(({done}) => !done);
        this.whole.set_progress(this.tasks.reduce((sum, task) => sum + task.progress_done, 0), 0);
        return ended.filter(task => task.error || !this.quiet).map(describe);
    }

    // "12 of 40 files, 1 failed · 34.0 MB · 3.1 MB/s · 9 seconds left"
    describe() {
        const {n_done: nDone, n_failed: nFailed, remaining} = this.manager;
        const count = `${nDone} of ${this.tasks.length} files`;
        this.whole.set_progress_text(nFailed > 0 ? `${count}, ${nFailed} failed` : count);
        const text = AsyncLit.progress_describe(this.whole);
        return remaining > 0
            ? `${text} · ${AsyncLit.progress_describe_remaining(remaining)}`
            : text;
    }

    block() {
        const filled = Math.floor(Math.max(this.manager.fraction, 0) * BAR_COLUMNS);
        const bar = '#'.repeat(filled).padEnd(BAR_COLUMNS, '.');
        const underWay = this.live.filter(({status}) => status === AsyncLit.TaskStatus.RUNNING);
        return [`[${bar}] ${this.describe()}`, ...underWay.map(task => `  ${describe(task)}`)]
            .slice(0, Math.min(MAX_LINES, this.rows - 1))
            .map(line => cut(line, this.columns - 1));
    }

    // Replaces the block by lines, of which the last ones are the next block.
    write(lines, nDrawn = 0) {
        const erase = this.nDrawn > 0 ? `\r\x1b[${this.nDrawn}A\x1b[J` : '';
        if (lines.length > 0)
            printerr(erase + lines.join('\n'));
        this.nDrawn = nDrawn;
    }
}

// "NAME: 1.2 MB of 40.0 MB · 3.1 MB/s · 13 seconds left", or what it waits for or failed with
function describe(task) {
    const amounts = AsyncLit.progress_describe(task);
    const waits = task.substate === AsyncLit.TaskSubstate.WAITING_RETRY;
    return `${task.name}: ${amounts && !waits && !task.error ? amounts : task.explain()}`;
}

// As much of a line as fits: one that wraps could not be redrawn.
function cut(line, columns) {
    let width = 0;
    return [...line].filter(char => (width += GLib.unichar_iswide(char) ? 2 : 1) <= columns).join('');
}

// Rows and columns; GJS can only ask another program.
function terminalSize() {
    try {
        const stty = Gio.Subprocess.new(['stty', '-F', '/dev/stderr', 'size'],
            Gio.SubprocessFlags.STDOUT_PIPE);
        const [, text] = stty.communicate_utf8(null, null);
        const [rows, columns] = text.split(' ').map(Number);
        return [rows || 24, columns || 80];
    } catch {
        return [24, 80];
    }
}
