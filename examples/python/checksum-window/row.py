# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A row of the list, which shows one task.

The list view has a limited number of rows, whatever the number of tasks, and reuses each row for
different tasks.
"""

import enum
import os

from gi.repository import AsyncLit, GLib, GObject, Gtk

from texts import DATA, _, join_parts, text_of_amount


def N_(text):
    """Marks a text for translation."""
    return text


class State(enum.Enum):
    """Icon, style class, word."""

    WAITING = ('document-open-recent-symbolic', 'waiting', N_('Waiting'))
    COMPUTING = ('media-playback-start-symbolic', 'computing', N_('Computing'))
    RETRYING = ('view-refresh-symbolic', 'retrying', N_('Waiting to retry'))
    CANCELLING = ('process-stop-symbolic', 'cancelling', N_('Cancelling'))
    DONE = ('object-select-symbolic', 'done', N_('Done'))
    FAILED = ('dialog-error-symbolic', 'failed', N_('Failed'))
    CANCELLED = ('process-stop-symbolic', 'cancelled', N_('Cancelled'))
    REPLACED = ('view-refresh-symbolic', 'replaced', N_('Retried below'))

    def __init__(self, icon, css_class, word):
        self.icon, self.css_class, self.word = icon, css_class, word


ENDED = (State.DONE, State.FAILED, State.CANCELLED, State.REPLACED)

BY_STATUS = {
    AsyncLit.TaskStatus.PENDING: State.WAITING,
    AsyncLit.TaskStatus.RUNNING: State.COMPUTING,
    AsyncLit.TaskStatus.DONE: State.DONE,
    AsyncLit.TaskStatus.ERROR: State.FAILED,
    AsyncLit.TaskStatus.CANCELLED: State.CANCELLED,
}

BY_SUBSTATE = {
    AsyncLit.TaskSubstate.CANCELLING: State.CANCELLING,
    AsyncLit.TaskSubstate.WAITING_RETRY: State.RETRYING,
}


def state_of(task):
    state = BY_SUBSTATE.get(task.substate) or BY_STATUS[task.status]
    if state in (State.FAILED, State.CANCELLED) and task.file.task is not task:
        return State.REPLACED
    return state


def reason_of(error):
    """The reason for a failure; for system errors only the message, without the file name."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)


@Gtk.Template(filename=str(DATA / 'row.ui'))
class ChecksumRow(Gtk.Box):
    __gtype_name__ = 'ChecksumRow'

    state_icon = Gtk.Template.Child()
    name_label = Gtk.Template.Child()
    outcome = Gtk.Template.Child()
    bar = Gtk.Template.Child()
    text_label = Gtk.Template.Child()
    state_label = Gtk.Template.Child()
    copy_button = Gtk.Template.Child()
    retry_button = Gtk.Template.Child()
    cancel_button = Gtk.Template.Child()

    def __init__(self):
        super().__init__()
        self.task, self.state, self.handlers = None, State.WAITING, []

    def set_task(self, task):
        for handler in self.handlers:
            self.task.disconnect(handler)
        self.task, self.handlers = task, []
        if task is None:
            return
        self.name_label.set_text(task.name)
        # Checked first, because the task may end on its thread at any time.
        if not task.done:
            self.watch_task()
        self.show_state()

    def watch_task(self):
        self.handlers = [
            self.task.connect('notify::status', self.show_state),
            self.task.connect('notify::substate', self.show_state),
            self.task.connect('notify::fraction', self.show_progress),
        ]

    # What is seen

    def show_state(self, *_args):
        state = state_of(self.task)
        ended = state in ENDED
        self.remove_css_class(self.state.css_class)
        self.add_css_class(state.css_class)
        self.state = state
        self.state_icon.set_from_icon_name(state.icon)
        self.outcome.set_visible_child_name('text' if ended else 'progress')
        self.copy_button.set_visible(state is State.DONE)
        self.retry_button.set_visible(state in (State.FAILED, State.CANCELLED))
        self.cancel_button.set_visible(not ended)
        self.cancel_button.set_sensitive(state is not State.CANCELLING)
        if ended:
            self.show_outcome()
        self.show_progress()

    def show_progress(self, *_args):
        amount, fraction, left = 0, 0, ''
        if self.state is State.COMPUTING:
            amount, fraction = self.task.progress_done, max(self.task.fraction, 0)
            left = AsyncLit.progress_describe_remaining(self.task.remaining)
        self.state_label.set_text(
            join_parts(_(self.state.word), text_of_amount(amount, self.task.file.size), left))
        self.bar.set_fraction(fraction)

    def show_outcome(self):
        """The checksum, or the reason for which there is none."""
        text = ''
        if self.state is State.DONE:
            text = self.task.result
        elif self.state is State.FAILED:
            text = reason_of(self.task.error)
        self.text_label.set_text(text)
        # The reason may be longer than the row.
        self.text_label.set_tooltip_text(text if self.state is State.FAILED else None)
        self.text_label.set_css_classes(['checksum'] if self.state is State.DONE else [])

    # The buttons

    @Gtk.Template.Callback()
    def on_copy_clicked(self, _button):
        self.get_clipboard().set(GObject.Value(str, self.text_label.get_text()))

    @Gtk.Template.Callback()
    def on_retry_clicked(self, _button):
        self.activate_action('win.retry', GLib.Variant('s', self.task.id))
        self.show_state()

    @Gtk.Template.Callback()
    def on_cancel_clicked(self, _button):
        self.task.cancel()
