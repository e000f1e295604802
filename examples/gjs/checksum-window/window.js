// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A window, which lists a folder, submits a task for each file, and shows the overall progress.
//
// The list view shows the task manager itself, which is a list model of its tasks. The list
// therefore contains the tasks that the manager remembers. Here, it keeps all tasks of a run, and
// removes them before the next.

import AsyncLit from 'gi://AsyncLit?version=1';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';

import {ChecksumRow} from './row.js';
import {DATA, _, format, joinParts, ngettext, textOfAmount} from './texts.js';
import {RETRY, computeChecksum, listFiles} from './work.js';

// In each frame, some tasks are submitted. The list view creates a row for each of the first ones,
// which takes time.
const TURN_MS = 16;
const N_ROWS = 200;
const ROWS_PER_TURN = 2;
const TASKS_PER_TURN = 50;

// More would only wait for each other.
const FILES_AT_A_TIME = 4;

// The interval between updates of the overall progress.
const UPDATE_MS = 100;

// The cost of a file in addition to its bytes, expressed in bytes.
const FILE_COST = 50000;

const {TaskStatus} = AsyncLit;

if (Gtk.FileDialog) // since GTK 4.10
    Gio._promisify(Gtk.FileDialog.prototype, 'select_folder', 'select_folder_finish');

export const ChecksumWindow = GObject.registerClass({
    GTypeName: 'ChecksumWindow',
    Template: DATA.get_child('window.ui').get_uri(),
    InternalChildren: ['title_label', 'subtitle_label', 'run_stack', 'overall_revealer',
        'overall_label', 'overall_left_label', 'overall_bar', 'pages', 'folder_label',
        'failure_label', 'list_view'],
}, class ChecksumWindow extends Gtk.ApplicationWindow {
    constructor(properties) {
        super(properties);
        this._manager = new AsyncLit.TaskManager({max_running: FILES_AT_A_TIME});
        this._folder = this._listing = null;
        this._updateSource = this._submitSource = 0;
        this._forgetFiles();
        this._setUpActions();
        this._setUpList();
        this._setUpShortcuts();
        this.connect('close-request', () => this._forgetTasks());
        this._showBusy();
    }

    // Shows a folder that has not been listed yet.
    open(folder) {
        const path = folder.get_parse_name();
        this._folder = folder;
        this._forgetFiles();
        this.title = GLib.filename_display_name(folder.get_basename());
        this._title_label.label = this.title;
        this._subtitle_label.label = this._folder_label.label = path;
        this._subtitle_label.visible = true;
        this._pages.visible_child_name = 'ready';
        this._showBusy();
    }

    // --- Overall progress ----------------------------------------------------------------

    get _busy() {
        return this._listing !== null || this._nEnded < this._files.length;
    }

    get _workDone() {
        return this._bytesDone + FILE_COST * this._nEnded;
    }

    get _workTotal() {
        return this._bytesTotal + FILE_COST * this._files.length;
    }

    _showOverall() {
        this._whole.set_progress(this._workDone, this._workTotal);
        this._overall_label.label = this._overallText();
        this._overall_left_label.label = this._busy
            ? AsyncLit.progress_describe_remaining(this._whole.remaining)
            : '';
        this._overall_bar.fraction = this._whole.fraction;
    }

    _overallText() {
        const n = this._files.length, failed = this._nFailed, cancelled = this._nCancelled;
        return joinParts(
            this._busy
                ? format(ngettext('%u of %u file', '%u of %u files', n), this._nEnded, n)
                : format(ngettext('%u file', '%u files', n), n),
            textOfAmount(this._bytesDone, this._bytesTotal),
            failed && format(ngettext('%u failed', '%u failed', failed), failed),
            cancelled && format(ngettext('%u cancelled', '%u cancelled', cancelled), cancelled));
    }

    // Shows the available actions and, while there is work to do, the progress.
    _showBusy() {
        const busy = this._busy;
        this.lookup_action('open').enabled = !busy;
        this.lookup_action('compute').enabled = !busy && this._folder !== null;
        this.lookup_action('cancel').enabled = busy;
        this._run_stack.visible_child_name = busy ? 'cancel' : 'compute';
        this._overall_revealer.reveal_child = this._files.length > 0;
        if (!busy)
            this._stopUpdates();
        else
            this._startUpdates();
        if (this._files.length > 0)
            this._showOverall();
    }

    _onUpdate() {
        if (this._files.length > 0)
            this._showOverall();
        return GLib.SOURCE_CONTINUE;
    }

    _startUpdates() {
        this._updateSource ||= GLib.timeout_add(GLib.PRIORITY_DEFAULT, UPDATE_MS,
            () => this._onUpdate());
    }

    _stopUpdates() {
        if (this._updateSource)
            GLib.source_remove(this._updateSource);
        this._updateSource = 0;
    }

    // What has been done before says nothing about the time that is left.
    _beginEstimate() {
        this._whole = new AsyncLit.Task(); // runs nothing: only its amounts count
        this._whole.set_progress(this._workDone, this._workTotal);
    }

    // --- The tasks ---------------------------------------------------------------------------

    _setBytesDone(file, amount) {
        this._bytesDone += amount - file.bytesDone;
        file.bytesDone = amount;
    }

    _onProgressDone({file, progress_done: amount}) {
        this._setBytesDone(file, Math.min(amount, file.size));
    }

    _onCompleted(task) {
        this._setBytesDone(task.file, task.file.size);
        this._countOutcome(task, 1);
        if (!this._busy)
            this._showBusy();
    }

    // Counts the outcome of a task; -1 undoes this.
    _countOutcome({status}, by) {
        this._nEnded += by;
        this._nFailed += status === TaskStatus.ERROR ? by : 0;
        this._nCancelled += status === TaskStatus.CANCELLED ? by : 0;
    }

    _submitFile(file) {
        const options = {name: file.name, retry: RETRY};
        const task = this._manager.submit(options, computeChecksum, file);
        task.file = file;
        Object.assign(file, {task, bytesDone: 0});
        task.connect('notify::progress-done', this._onProgressDone.bind(this));
        task.connect('completed', this._onCompleted.bind(this));
    }

    _submitSome() {
        const n = this._nSubmitted < N_ROWS ? ROWS_PER_TURN : TASKS_PER_TURN;
        const end = Math.min(this._nSubmitted + n, this._files.length);
        while (this._nSubmitted < end)
            this._submitFile(this._files[this._nSubmitted++]);
        if (this._cancels)
            this._cancelTasks();
        if (this._nSubmitted < this._files.length)
            return GLib.SOURCE_CONTINUE;
        this._submitSource = 0;
        return GLib.SOURCE_REMOVE;
    }

    _cancelTasks() {
        this._manager.list_tasks(AsyncLit.TaskFilter.LIVE, null).forEach(task => task.cancel());
    }

    // --- A run -------------------------------------------------------------------------------

    _forgetFiles() {
        this._manager.max_completed = 0;
        this._manager.cleanup();
        this._manager.max_completed = GLib.MAXUINT32;
        this._files = [];
        this._nSubmitted = this._nEnded = this._nFailed = this._nCancelled = 0;
        this._bytesDone = this._bytesTotal = 0;
        this._cancels = false;
    }

    async _list() {
        // The list only shows the files' tasks, so this one is not in the window's manager.
        const listing = this._listing = AsyncLit.run(listFiles, this._folder);
        this._showBusy();
        let page = 'files';
        try {
            const files = await listing;
            if (files.length > 0)
                this._submitFiles(files);
            else
                page = 'no-files';
        } catch (error) {
            page = listing.status === TaskStatus.CANCELLED ? 'ready' : 'failed';
            this._failure_label.label = error.message;
        }
        this._listing = null;
        this._pages.visible_child_name = page;
        this._showBusy();
    }

    _submitFiles(files) {
        this._files = files;
        this._bytesTotal = files.reduce((sum, file) => sum + file.size, 0);
        this._beginEstimate();
        this._submitSource = GLib.timeout_add(GLib.PRIORITY_DEFAULT_IDLE, TURN_MS,
            () => this._submitSome());
    }

    // The tasks are no longer needed.
    _forgetTasks() {
        this._stopUpdates();
        if (this._submitSource)
            GLib.source_remove(this._submitSource);
        this._submitSource = 0;
        this._listing?.cancel();
        this._manager.close(AsyncLit.CloseMode.CANCEL);
        return false;
    }

    // --- Actions -----------------------------------------------------------------------------

    _setUpActions() {
        const actions = {
            open: () => this._chooseFolder(),
            compute: () => this._compute(),
            cancel: () => this._cancel(),
            retry: id => this._retry(id),
        };
        for (const [name, method] of Object.entries(actions)) {
            const action = new Gio.SimpleAction({
                name,
                parameter_type: name === 'retry' ? new GLib.VariantType('s') : null,
            });
            action.connect('activate', (_action, parameter) => method(parameter?.unpack()));
            this.add_action(action);
        }
    }

    _chooseFolder() {
        if (Gtk.FileDialog)
            this._chooseWithFileDialog();
        else
            this._chooseWithNativeDialog();
    }

    async _chooseWithFileDialog() {
        const dialog = new Gtk.FileDialog({
            title: _('Choose a Folder'),
            accept_label: _('_Open'),
            initial_folder: this._folder,
        });
        try {
            this.open(await dialog.select_folder(this, null));
        } catch (error) {
            // The user cancelled the dialog.
        }
    }

    _chooseWithNativeDialog() {
        this._dialog = new Gtk.FileChooserNative({
            title: _('Choose a Folder'),
            accept_label: _('_Open'),
            transient_for: this,
            modal: true,
            action: Gtk.FileChooserAction.SELECT_FOLDER,
        });
        if (this._folder)
            this._dialog.set_current_folder(this._folder);
        this._dialog.connect('response', (dialog, response) => {
            this._dialog = null;
            if (response === Gtk.ResponseType.ACCEPT)
                this.open(dialog.get_file());
            dialog.destroy();
        });
        this._dialog.show();
    }

    _compute() {
        this._forgetFiles();
        this._pages.visible_child_name = 'listing';
        this._list();
    }

    _cancel() {
        this._listing?.cancel();
        // Files that have yet to be submitted are cancelled when it is their turn.
        this._cancels = this._submitSource !== 0;
        this._cancelTasks();
    }

    // Replaces a failed or cancelled task, which has this ID, by a new one at the end of the list.
    _retry(id) {
        const task = this._manager.get(id);
        // GTK exports a window's actions on the session bus, so it may have any value.
        if (!task?.done || task.file.task !== task)
            return;
        const wasBusy = this._busy;
        this._countOutcome(task, -1);
        this._setBytesDone(task.file, 0);
        this._submitFile(task.file);
        if (wasBusy)
            return;
        this._beginEstimate();
        this._showBusy();
    }

    // --- The list ----------------------------------------------------------------------------

    // The manager itself is the list view's model.
    _setUpList() {
        const factory = new Gtk.SignalListItemFactory();
        factory.connect('setup', (_factory, item) => item.set_child(new ChecksumRow()));
        factory.connect('bind', (_factory, {child, item}) => child.setTask(item));
        factory.connect('unbind', (_factory, {child}) => child.setTask(null));
        this._list_view.factory = factory;
        this._list_view.model = new Gtk.NoSelection({model: this._manager});
    }

    _setUpShortcuts() {
        const builder = Gtk.Builder.new_from_file(DATA.get_child('shortcuts.ui').get_path());
        this.set_help_overlay(builder.get_object('help_overlay'));
    }
});
