/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A window, which lists a folder, submits a task for each file, and shows the overall progress.
 *
 * The list view shows the task manager itself, which is a list model of its tasks. The list
 * therefore contains the tasks that the manager remembers. Here, it keeps all tasks of a run, and
 * removes them before the next.
 *
 * All of this runs in the main thread, which also receives the tasks' signals. No locks are needed,
 * but nothing may take long. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>

/* In each frame, some tasks are submitted. The list view creates a row for each of the first ones,
 * which takes time. */
#define TURN_MS 16
#define N_ROWS 200
#define ROWS_PER_TURN 2
#define TASKS_PER_TURN 500

/* The interval between updates of the overall progress. */
#define UPDATE_MS 100

/* The cost of a file in addition to its bytes, expressed in bytes. */
#define FILE_COST 50000.0

struct _ChecksumWindow {
  GtkApplicationWindow parent_instance;

  /* from the template */
  GtkLabel *title_label;
  GtkLabel *subtitle_label;
  GtkStack *run_stack;
  GtkRevealer *overall_revealer;
  GtkLabel *overall_label;
  GtkLabel *overall_left_label;
  GtkProgressBar *overall_bar;
  GtkStack *pages;
  GtkLabel *folder_label;
  GtkLabel *failure_label;
  GtkListView *list_view;

  GFile *folder; /* nullable */
  AsyncLitTaskManager *manager;
  AsyncLitTask *listing; /* NULL when no folder is being listed */
  GPtrArray *files;      /* of ChecksumFile */
  guint n_submitted;     /* the number of submitted files; the others follow */
  guint submit_source;
  gboolean cancels; /* the files that follow are cancelled, too */

  /* Outcomes of the files' newest tasks. */
  guint n_ended, n_failed, n_cancelled;
  guint64 bytes_done, bytes_total;

  AsyncLitTask *whole; /* runs nothing: only its amounts count, of all work since it began */
  guint update_source; /* 0 if there is nothing to do */
};

G_DEFINE_FINAL_TYPE (ChecksumWindow, checksum_window, GTK_TYPE_APPLICATION_WINDOW)

/* Overall progress */

static gboolean
is_busy (ChecksumWindow *self)
{
  return self->listing != NULL || self->n_ended < self->files->len;
}

static double
work_done (ChecksumWindow *self)
{
  return self->bytes_done + FILE_COST * self->n_ended;
}

static double
work_total (ChecksumWindow *self)
{
  return self->bytes_total + FILE_COST * self->files->len;
}

static char *
overall_text (ChecksumWindow *self)
{
  GString *text = g_string_new (NULL);
  guint n_files = self->files->len;
  g_autofree char *files
      = is_busy (self) ? g_strdup_printf (ngettext ("%u of %u file", "%u of %u files", n_files),
                                          self->n_ended, n_files)
                       : g_strdup_printf (ngettext ("%u file", "%u files", n_files), n_files);
  g_autofree char *amount = text_of_amount (self->bytes_done, self->bytes_total);
  g_autofree char *failed
      = g_strdup_printf (ngettext ("%u failed", "%u failed", self->n_failed), self->n_failed);
  g_autofree char *cancelled = g_strdup_printf (
      ngettext ("%u cancelled", "%u cancelled", self->n_cancelled), self->n_cancelled);

  append_part (text, files);
  append_part (text, amount);
  append_part (text, self->n_failed > 0 ? failed : NULL);
  append_part (text, self->n_cancelled > 0 ? cancelled : NULL);
  return g_string_free (text, FALSE);
}

static void
show_overall (ChecksumWindow *self)
{
  g_autofree char *text = overall_text (self);
  g_autofree char *left = NULL;

  asynclit_task_set_progress (self->whole, work_done (self), work_total (self));
  left = asynclit_progress_describe_remaining (asynclit_task_get_remaining (self->whole));
  gtk_label_set_text (self->overall_label, text);
  gtk_label_set_text (self->overall_left_label, is_busy (self) ? left : "");
  gtk_progress_bar_set_fraction (self->overall_bar, asynclit_task_get_fraction (self->whole));
}

static gboolean
on_update (gpointer user_data)
{
  ChecksumWindow *self = user_data;

  if (self->files->len > 0)
    show_overall (self);
  return G_SOURCE_CONTINUE;
}

static void
enable_action (ChecksumWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* Shows the available actions and, while there is work to do, the progress. */
static void
show_busy (ChecksumWindow *self)
{
  gboolean busy = is_busy (self);

  enable_action (self, "open", !busy);
  enable_action (self, "compute", !busy && self->folder != NULL);
  enable_action (self, "cancel", busy);
  gtk_stack_set_visible_child_name (self->run_stack, busy ? "cancel" : "compute");
  gtk_revealer_set_reveal_child (self->overall_revealer, self->files->len > 0);
  if (!busy)
    g_clear_handle_id (&self->update_source, g_source_remove);
  else if (self->update_source == 0)
    self->update_source = g_timeout_add (UPDATE_MS, on_update, self);
  if (self->files->len > 0)
    show_overall (self);
}

/* What has been done before says nothing about the time that is left. */
static void
begin_estimate (ChecksumWindow *self)
{
  g_clear_object (&self->whole);
  self->whole = asynclit_task_new ();
  asynclit_task_set_progress (self->whole, work_done (self), work_total (self));
}

/* The tasks */

static void
set_bytes_done (ChecksumWindow *self, ChecksumFile *file, guint64 bytes)
{
  self->bytes_done = self->bytes_done - file->bytes_done + bytes;
  file->bytes_done = bytes;
}

static void
on_progress_done (AsyncLitTask *task, GParamSpec *pspec, ChecksumWindow *self)
{
  ChecksumFile *file = checksum_task_get_file (task);

  set_bytes_done (self, file, MIN (asynclit_task_get_progress_done (task), file->size));
}

/* Counts the outcome of a task; -1 undoes this. */
static void
count_outcome (ChecksumWindow *self, AsyncLitTask *task, int by)
{
  AsyncLitTaskStatus status = asynclit_task_get_status (task);

  self->n_ended += by;
  self->n_failed += status == ASYNCLIT_TASK_STATUS_ERROR ? by : 0;
  self->n_cancelled += status == ASYNCLIT_TASK_STATUS_CANCELLED ? by : 0;
}

static void
on_completed (AsyncLitTask *task, ChecksumWindow *self)
{
  ChecksumFile *file = checksum_task_get_file (task);

  set_bytes_done (self, file, file->size);
  count_outcome (self, task, 1);
  if (!is_busy (self))
    show_busy (self);
}

static void
submit_file (ChecksumWindow *self, ChecksumFile *file)
{
  g_autoptr (AsyncLitTask) task = checksum_task_new (file);

  g_signal_connect (task, "notify::progress-done", G_CALLBACK (on_progress_done), self);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), self);
  asynclit_task_manager_submit_task (self->manager, task);
}

static void
cancel_tasks (ChecksumWindow *self)
{
  g_autoptr (GPtrArray) tasks
      = asynclit_task_manager_list_tasks (self->manager, ASYNCLIT_TASK_FILTER_LIVE, NULL);

  for (guint i = 0; i < tasks->len; i++)
    asynclit_task_cancel (g_ptr_array_index (tasks, i));
}

static gboolean
submit_some (gpointer user_data)
{
  ChecksumWindow *self = user_data;

  guint n = self->n_submitted < N_ROWS ? ROWS_PER_TURN : TASKS_PER_TURN;

  for (guint i = 0; i < n && self->n_submitted < self->files->len; i++)
    submit_file (self, g_ptr_array_index (self->files, self->n_submitted++));
  if (self->cancels)
    cancel_tasks (self);
  if (self->n_submitted < self->files->len)
    return G_SOURCE_CONTINUE;
  self->submit_source = 0;
  return G_SOURCE_REMOVE;
}

/* A run */

static void
forget_files (ChecksumWindow *self)
{
  asynclit_task_manager_set_max_completed (self->manager, 0);
  asynclit_task_manager_cleanup (self->manager);
  asynclit_task_manager_set_max_completed (self->manager, G_MAXUINT);
  g_ptr_array_unref (self->files);
  self->files = g_ptr_array_new ();
  self->n_submitted = self->n_ended = self->n_failed = self->n_cancelled = 0;
  self->bytes_done = self->bytes_total = 0;
  self->cancels = FALSE;
}

static void
submit_files (ChecksumWindow *self, GPtrArray *files)
{
  g_ptr_array_unref (self->files);
  self->files = g_ptr_array_ref (files);
  for (guint i = 0; i < files->len; i++)
    self->bytes_total += ((ChecksumFile *) g_ptr_array_index (files, i))->size;
  begin_estimate (self);
  self->submit_source
      = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, TURN_MS, submit_some, self, NULL);
}

static void
on_listed (AsyncLitTask *task, ChecksumWindow *self)
{
  g_autoptr (AsyncLitTask) listing = g_steal_pointer (&self->listing);
  g_autoptr (GError) error = NULL;
  const GValue *result = asynclit_task_get_result (listing, &error);
  GPtrArray *files = result != NULL ? g_value_get_pointer (result) : NULL;
  const char *page = "files";

  if (files != NULL && files->len > 0)
    submit_files (self, files);
  else if (files != NULL)
    page = "no-files";
  else if (asynclit_task_get_status (listing) == ASYNCLIT_TASK_STATUS_CANCELLED)
    page = "ready";
  else
    {
      gtk_label_set_text (self->failure_label, error->message);
      page = "failed";
    }
  gtk_stack_set_visible_child_name (self->pages, page);
  show_busy (self);
}

/* Actions */

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  choose_folder (self);
}

static void
on_compute (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ChecksumWindow *self = user_data;

  forget_files (self);
  gtk_stack_set_visible_child_name (self->pages, "listing");
  /* The list only shows the files' tasks, so this one is not in the window's manager. */
  self->listing = asynclit_run (list_files, g_object_ref (self->folder), g_object_unref);
  g_signal_connect (self->listing, "completed", G_CALLBACK (on_listed), self);
  show_busy (self);
}

static void
on_cancel (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ChecksumWindow *self = user_data;

  if (self->listing != NULL)
    asynclit_task_cancel (self->listing);
  /* Files that have yet to be submitted are cancelled when it is their turn. */
  self->cancels = self->submit_source != 0;
  cancel_tasks (self);
}

/* Replaces a failed or cancelled task by a new one at the end of the list. */
static void
retry_task (ChecksumWindow *self, AsyncLitTask *task)
{
  ChecksumFile *file = checksum_task_get_file (task);
  gboolean was_busy = is_busy (self);

  count_outcome (self, task, -1);
  set_bytes_done (self, file, 0);
  submit_file (self, file);
  if (was_busy)
    return;
  begin_estimate (self);
  show_busy (self);
}

/* The parameter is the ID of the task. GTK exports a window's actions on the session bus, so it may
 * have any value. */
static void
on_retry (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ChecksumWindow *self = user_data;
  g_autoptr (AsyncLitTask) task
      = asynclit_task_manager_get (self->manager, g_variant_get_string (parameter, NULL));

  if (task != NULL && asynclit_task_get_done (task) && checksum_task_get_file (task)->task == task)
    retry_task (self, task);
}

static const GActionEntry actions[] = {
  { "open", on_open },
  { "compute", on_compute },
  { "cancel", on_cancel },
  { "retry", on_retry, "s" },
};

/* The list */

static void
on_setup_row (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_child (item, checksum_row_new ());
}

static void
on_bind_row (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  checksum_row_set_task (CHECKSUM_ROW (gtk_list_item_get_child (item)),
                         gtk_list_item_get_item (item));
}

static void
on_unbind_row (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  checksum_row_set_task (CHECKSUM_ROW (gtk_list_item_get_child (item)), NULL);
}

/* The manager itself is the list view's model. */
static void
set_up_list (ChecksumWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) model
      = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->manager)));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_row), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_row), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind_row), NULL);
  gtk_list_view_set_factory (self->list_view, factory);
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (model));
}

/* The widget */

static void
forget_listing (ChecksumWindow *self)
{
  if (self->listing == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->listing, self);
  asynclit_task_cancel (self->listing);
  g_clear_object (&self->listing);
}

/* The tasks are no longer needed. */
static void
forget_tasks (ChecksumWindow *self)
{
  if (self->manager == NULL)
    return;
  for (guint i = 0; i < self->n_submitted; i++)
    {
      ChecksumFile *file = g_ptr_array_index (self->files, i);
      g_signal_handlers_disconnect_by_data (file->task, self);
    }
  asynclit_task_manager_close (self->manager, ASYNCLIT_CLOSE_MODE_CANCEL);
  g_clear_object (&self->manager);
}

static void
checksum_window_dispose (GObject *object)
{
  ChecksumWindow *self = CHECKSUM_WINDOW (object);

  g_clear_handle_id (&self->submit_source, g_source_remove);
  g_clear_handle_id (&self->update_source, g_source_remove);
  forget_listing (self);
  forget_tasks (self);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_object (&self->folder);
  g_clear_object (&self->whole);
  G_OBJECT_CLASS (checksum_window_parent_class)->dispose (object);
}

static void
checksum_window_class_init (ChecksumWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = checksum_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, RESOURCES "window.ui");
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, title_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, run_stack);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, overall_revealer);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, overall_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, overall_left_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, overall_bar);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, folder_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, failure_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumWindow, list_view);
}

static void
set_up_shortcuts (ChecksumWindow *self)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (RESOURCES "shortcuts.ui");

  gtk_application_window_set_help_overlay (
      GTK_APPLICATION_WINDOW (self),
      GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "help_overlay")));
}

static void
checksum_window_init (ChecksumWindow *self)
{
  self->manager = asynclit_task_manager_new ();
  self->files = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_up_list (self);
  set_up_shortcuts (self);
  show_busy (self);
}

GtkWidget *
checksum_window_new (GtkApplication *application)
{
  return g_object_new (CHECKSUM_TYPE_WINDOW, "application", application, NULL);
}

GFile *
checksum_window_get_folder (ChecksumWindow *self)
{
  return self->folder;
}

gboolean
checksum_window_is_busy (ChecksumWindow *self)
{
  return is_busy (self);
}

/* Shows a folder that has not been listed yet. */
void
checksum_window_open (ChecksumWindow *self, GFile *folder)
{
  g_autofree char *path = g_file_get_parse_name (folder);
  g_autofree char *base = g_file_get_basename (folder);
  g_autofree char *name = g_filename_display_name (base);

  g_set_object (&self->folder, folder);
  forget_files (self);
  gtk_label_set_text (self->title_label, name);
  gtk_window_set_title (GTK_WINDOW (self), name);
  gtk_label_set_text (self->subtitle_label, path);
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle_label), TRUE);
  gtk_label_set_text (self->folder_label, path);
  gtk_stack_set_visible_child_name (self->pages, "ready");
  show_busy (self);
}
