# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A window, which lists a folder, submits a task for each file, and shows the overall progress.

The list view shows the task manager itself, which is a list model of its tasks. The list therefore
contains the tasks that the manager remembers. Here, it keeps all tasks of a run, and removes them
before the next.

All of this runs in the main thread, which also receives the tasks' signals. No locks are needed,
but nothing may take long.
"""

import os

from gi.repository import AsyncLit, Gio, GLib, Gtk

from row import ChecksumRow, reason_of
from texts import DATA, _, join_parts, ngettext, text_of_amount
from work import RETRY, compute_checksum, list_files

# In each frame, some tasks are submitted. The list view creates a row for each of the first ones,
# which takes time.
TURN_MS = 16
N_ROWS = 200
ROWS_PER_TURN = 2
TASKS_PER_TURN = 100

# The interval between updates of the overall progress.
UPDATE_MS = 100

# The cost of a file in addition to its bytes, expressed in bytes.
FILE_COST = 50000

REMEMBER_ALL = 2 ** 32 - 1

Status = AsyncLit.TaskStatus


@Gtk.Template(filename=str(DATA / 'window.ui'))
class ChecksumWindow(Gtk.ApplicationWindow):
    __gtype_name__ = 'ChecksumWindow'

    title_label = Gtk.Template.Child()
    subtitle_label = Gtk.Template.Child()
    run_stack = Gtk.Template.Child()
    overall_revealer = Gtk.Template.Child()
    overall_label = Gtk.Template.Child()
    overall_left_label = Gtk.Template.Child()
    overall_bar = Gtk.Template.Child()
    pages = Gtk.Template.Child()
    folder_label = Gtk.Template.Child()
    failure_label = Gtk.Template.Child()
    list_view = Gtk.Template.Child()

    def __init__(self, **properties):
        super().__init__(**properties)
        self.folder = self.listing = self.dialog = None
        self.update_source = self.submit_source = 0
        self.manager = AsyncLit.TaskManager()
        self.forget_files()
        self.set_up_actions()
        self.set_up_list()
        self.set_up_shortcuts()
        self.connect('close-request', self.on_close_request)
        self.show_busy()

    def open(self, folder):
        """Shows a folder that has not been listed yet."""
        path = folder.get_parse_name()
        name = GLib.filename_display_name(folder.get_basename())
        self.folder = folder
        self.forget_files()
        self.title_label.set_text(name)
        self.set_title(name)
        self.subtitle_label.set_text(path)
        self.subtitle_label.set_visible(True)
        self.folder_label.set_text(path)
        self.pages.set_visible_child_name('ready')
        self.show_busy()

    # Overall progress

    @property
    def busy(self):
        return self.listing is not None or self.n_ended < len(self.files)

    @property
    def work_done(self):
        return self.bytes_done + FILE_COST * self.n_ended

    @property
    def work_total(self):
        return self.bytes_total + FILE_COST * len(self.files)

    def show_overall(self):
        self.whole.set_progress(self.work_done, self.work_total)
        left = AsyncLit.progress_describe_remaining(self.whole.remaining) if self.busy else ''
        self.overall_label.set_text(self.overall_text())
        self.overall_left_label.set_text(left)
        self.overall_bar.set_fraction(self.whole.fraction)

    def overall_text(self):
        n_files = len(self.files)
        if self.busy:
            text = ngettext('%u of %u file', '%u of %u files', n_files) % (self.n_ended, n_files)
        else:
            text = ngettext('%u file', '%u files', n_files) % n_files
        failed = ngettext('%u failed', '%u failed', self.n_failed) % self.n_failed
        cancelled = ngettext('%u cancelled', '%u cancelled', self.n_cancelled) % self.n_cancelled
        return join_parts(text, text_of_amount(self.bytes_done, self.bytes_total),
                          self.n_failed and failed, self.n_cancelled and cancelled)

    def show_busy(self):
        """Shows the available actions and, while there is work to do, the progress."""
        busy = self.busy
        self.lookup_action('open').set_enabled(not busy)
        self.lookup_action('compute').set_enabled(not busy and self.folder is not None)
        self.lookup_action('cancel').set_enabled(busy)
        self.run_stack.set_visible_child_name('cancel' if busy else 'compute')
        self.overall_revealer.set_reveal_child(bool(self.files))
        if not busy and self.update_source:
            GLib.source_remove(self.update_source)
            self.update_source = 0
        elif busy and not self.update_source:
            self.update_source = GLib.timeout_add(UPDATE_MS, self.on_update)
        if self.files:
            self.show_overall()

    def on_update(self):
        if self.files:
            self.show_overall()
        return GLib.SOURCE_CONTINUE

    def begin_estimate(self):
        """What has been done before says nothing about the time that is left."""
        self.whole = AsyncLit.Task()  # runs nothing: only its amounts count
        self.whole.set_progress(self.work_done, self.work_total)

    # The tasks

    def set_bytes_done(self, file, amount):
        self.bytes_done += amount - file.bytes_done
        file.bytes_done = amount

    def on_progress_done(self, task, _pspec):
        self.set_bytes_done(task.file, min(task.progress_done, task.file.size))

    def on_completed(self, task):
        self.set_bytes_done(task.file, task.file.size)
        self.count_outcome(task, 1)
        if not self.busy:
            self.show_busy()

    def count_outcome(self, task, by):
        """Counts the outcome of a task; -1 undoes this."""
        self.n_ended += by
        self.n_failed += by if task.status is Status.ERROR else 0
        self.n_cancelled += by if task.status is Status.CANCELLED else 0

    def submit_file(self, file):
        task = self.manager.submit(compute_checksum, file, retry=RETRY)
        task.name = file.name
        # A task keeps its Python attributes.
        task.file, file.task, file.bytes_done = file, task, 0
        task.connect('notify::progress-done', self.on_progress_done)
        task.connect('completed', self.on_completed)

    def submit_some(self):
        n = ROWS_PER_TURN if self.n_submitted < N_ROWS else TASKS_PER_TURN
        for file in self.files[self.n_submitted:self.n_submitted + n]:
            self.submit_file(file)
            self.n_submitted += 1
        if self.cancels:
            self.cancel_tasks()
        if self.n_submitted < len(self.files):
            return GLib.SOURCE_CONTINUE
        self.submit_source = 0
        return GLib.SOURCE_REMOVE

    def cancel_tasks(self):
        for task in self.manager.list_tasks(AsyncLit.TaskFilter.LIVE, None):
            task.cancel()

    # A run

    def forget_files(self):
        self.manager.max_completed = 0
        self.manager.cleanup()
        self.manager.max_completed = REMEMBER_ALL
        self.files = []
        self.n_submitted = self.n_ended = self.n_failed = self.n_cancelled = 0
        self.bytes_done = self.bytes_total = 0
        self.cancels = False

    def on_listed(self, listing):
        self.listing, page = None, 'files'
        if listing.status is Status.CANCELLED:
            page = 'ready'
        elif listing.error is not None:
            self.failure_label.set_text(reason_of(listing.error))
            page = 'failed'
        elif not listing.result:
            page = 'no-files'
        else:
            self.submit_files(listing.result)
        self.pages.set_visible_child_name(page)
        self.show_busy()

    def submit_files(self, files):
        self.files = files
        self.bytes_total = sum(file.size for file in files)
        self.begin_estimate()
        self.submit_source = GLib.timeout_add(TURN_MS, self.submit_some,
                                                priority=GLib.PRIORITY_DEFAULT_IDLE)

    # Actions

    def set_up_actions(self):
        for name, parameter_type in (('open', None), ('compute', None), ('cancel', None),
                                     ('retry', 's')):
            action = Gio.SimpleAction(
                name=name, parameter_type=parameter_type and GLib.VariantType(parameter_type))
            action.connect('activate', getattr(self, f'on_{name}'))
            self.add_action(action)

    def on_open(self, _action, _parameter):
        # GtkFileDialog was added in GTK 4.10.
        if hasattr(Gtk, 'FileDialog'):
            dialog = Gtk.FileDialog(title=_('Choose a Folder'), accept_label=_('_Open'),
                                    initial_folder=self.folder)
            dialog.select_folder(self, None, self.on_folder_selected)
            return
        self.dialog = Gtk.FileChooserNative(
            title=_('Choose a Folder'), accept_label=_('_Open'), transient_for=self, modal=True,
            action=Gtk.FileChooserAction.SELECT_FOLDER)
        if self.folder is not None:
            self.dialog.set_current_folder(self.folder)
        self.dialog.connect('response', self.on_response)
        self.dialog.show()

    def on_folder_selected(self, dialog, result):
        try:
            self.open(dialog.select_folder_finish(result))
        except GLib.Error:  # the user cancelled the dialog
            pass

    def on_response(self, dialog, response):
        self.dialog = None
        if response == Gtk.ResponseType.ACCEPT:
            self.open(dialog.get_file())
        dialog.destroy()

    def on_compute(self, _action, _parameter):
        self.forget_files()
        self.pages.set_visible_child_name('listing')
        # The list only shows the files' tasks, so this one is not in the window's manager.
        self.listing = AsyncLit.run(list_files, os.fsencode(self.folder.get_path() or ''))
        self.listing.connect('completed', self.on_listed)
        self.show_busy()

    def on_cancel(self, _action, _parameter):
        if self.listing is not None:
            self.listing.cancel()
        # Files that have yet to be submitted are cancelled when it is their turn.
        self.cancels = self.submit_source != 0
        self.cancel_tasks()

    def on_retry(self, _action, parameter):
        """Replaces a failed or cancelled task by a new one at the end of the list. The parameter is
        its ID."""
        task = self.manager.get(parameter.get_string())
        # GTK exports a window's actions on the session bus, so it may have any value.
        if task is None or not task.done or task.file.task is not task:
            return
        was_busy = self.busy
        self.count_outcome(task, -1)
        self.set_bytes_done(task.file, 0)
        self.submit_file(task.file)
        if not was_busy:
            self.begin_estimate()
            self.show_busy()

    # The list

    def set_up_list(self):
        """The manager itself is the list view's model."""
        factory = Gtk.SignalListItemFactory()
        factory.connect('setup', lambda _factory, item: item.set_child(ChecksumRow()))
        factory.connect('bind', lambda _factory, item: item.get_child().set_task(item.get_item()))
        factory.connect('unbind', lambda _factory, item: item.get_child().set_task(None))
        self.list_view.set_factory(factory)
        self.list_view.set_model(Gtk.NoSelection(model=self.manager))

    def set_up_shortcuts(self):
        builder = Gtk.Builder.new_from_file(str(DATA / 'shortcuts.ui'))
        self.set_help_overlay(builder.get_object('help_overlay'))

    def on_close_request(self, _window):
        """The tasks are no longer needed."""
        for source in filter(None, (self.submit_source, self.update_source)):
            GLib.source_remove(source)
        self.submit_source = self.update_source = 0
        if self.listing is not None:
            self.listing.cancel()
        self.manager.close(AsyncLit.CloseMode.CANCEL)
        return False
