// SPDX-FileCopyrightText: The asynclit-glib authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A row of the list, which shows one task. The list view has a limited number of rows, whatever the
// number of tasks, and reuses each row for different tasks.

import AsyncLit from 'gi://AsyncLit?version=1';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';

import {DATA, _, joinParts, textOfAmount} from './texts.js';

const {TaskStatus, TaskSubstate} = AsyncLit;

const N_ = text => text;

// The appearance of each state.
const State = {
    WAITING: ['document-open-recent-symbolic', 'waiting', N_('Waiting')],
    COMPUTING: ['media-playback-start-symbolic', 'computing', N_('Computing')],
    RETRYING: ['view-refresh-symbolic', 'retrying', N_('Waiting to retry')],
    CANCELLING: ['process-stop-symbolic', 'cancelling', N_('Cancelling')],
    DONE: ['object-select-symbolic', 'done', N_('Done')],
    FAILED: ['dialog-error-symbolic', 'failed', N_('Failed')],
    CANCELLED: ['process-stop-symbolic', 'cancelled', N_('Cancelled')],
    REPLACED: ['view-refresh-symbolic', 'replaced', N_('Retried below')],
};
for (const [name, [icon, cssClass, word]] of Object.entries(State))
    State[name] = {icon, cssClass, word};

const ENDED = [State.DONE, State.FAILED, State.CANCELLED, State.REPLACED];

function stateOf(task) {
    if (task.substate === TaskSubstate.CANCELLING)
        return State.CANCELLING;
    if (task.substate === TaskSubstate.WAITING_RETRY)
        return State.RETRYING;
    switch (task.status) {
    case TaskStatus.DONE:
        return State.DONE;
    case TaskStatus.ERROR:
        return task.file.task === task ? State.FAILED : State.REPLACED;
    case TaskStatus.CANCELLED:
        return task.file.task === task ? State.CANCELLED : State.REPLACED;
    case TaskStatus.RUNNING:
        return State.COMPUTING;
    default:
        return State.WAITING;
    }
}

export const ChecksumRow = GObject.registerClass({
    GTypeName: 'ChecksumRow',
    Template: DATA.get_child('row.ui').get_uri(),
    InternalChildren: ['state_icon', 'name_label', 'outcome', 'bar', 'text_label', 'state_label',
        'copy_button', 'retry_button', 'cancel_button'],
}, class ChecksumRow extends Gtk.Box {
    setTask(task) {
        this._handlers?.forEach(handler => this._task.disconnect(handler));
        this._task = task;
        this._handlers = [];
        if (task === null)
            return;
        this._name_label.label = task.name;
        if (!task.done)
            this._watchTask();
        this._showState();
    }

    _watchTask() {
        this._handlers = ['notify::status', 'notify::substate', 'notify::fraction'].map(signal =>
            this._task.connect(signal, () => this._showState()));
    }

    // --- What is seen ------------------------------------------------------------------------

    _showState() {
        const state = stateOf(this._task);
        if (state !== this._state || ENDED.includes(state))
            this._changeState(state, ENDED.includes(state));
        this._showProgress();
    }

    _changeState(state, ended) {
        if (this._state)
            this.remove_css_class(this._state.cssClass);
        this.add_css_class(state.cssClass);
        this._state = state;
        this._state_icon.icon_name = state.icon;
        this._outcome.visible_child_name = ended ? 'text' : 'progress';
        this._copy_button.visible = state === State.DONE;
        this._retry_button.visible = state === State.FAILED || state === State.CANCELLED;
        this._cancel_button.visible = !ended;
        this._cancel_button.sensitive = state !== State.CANCELLING;
        if (ended)
            this._showOutcome();
    }

    _showProgress() {
        const {file} = this._task;
        let amount = 0, fraction = 0, left = null;
        if (this._state === State.COMPUTING) {
            amount = this._task.progress_done;
            fraction = Math.max(this._task.fraction, 0);
            left = AsyncLit.progress_describe_remaining(this._task.remaining);
        }
        this._state_label.label =
            joinParts(_(this._state.word), textOfAmount(amount, file.size), left);
        this._bar.fraction = fraction;
    }

    // The checksum, or the reason for which there is none.
    _showOutcome() {
        let text = '';
        if (this._state === State.DONE)
            text = this._task.result;
        else if (this._state === State.FAILED)
            text = this._task.error.message;
        this._text_label.label = text;
        // The reason may be longer than the row.
        this._text_label.tooltip_text = this._state === State.FAILED ? text : null;
        this._text_label.css_classes = this._state === State.DONE ? ['checksum'] : [];
    }

    // --- The buttons -------------------------------------------------------------------------

    on_copy_clicked() {
        this.get_clipboard().set(this._text_label.label);
    }

    on_retry_clicked() {
        this.activate_action('win.retry', new GLib.Variant('s', this._task.get_id()));
        this._showState();
    }

    on_cancel_clicked() {
        this._task.cancel();
    }
});
