/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A row of the list, which shows one task. The list view has a limited number of rows, whatever the
 * number of tasks, and reuses each row for different tasks. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>

typedef enum {
  STATE_WAITING,
  STATE_COMPUTING,
  STATE_RETRYING,
  STATE_CANCELLING,
  STATE_DONE,
  STATE_FAILED,
  STATE_CANCELLED,
  STATE_REPLACED,
  N_STATES,
} State;

/* The appearance of each state. */
static const struct {
  const char *icon;
  const char *css_class;
  const char *word;
} looks[N_STATES] = {
  [STATE_WAITING] = { "document-open-recent-symbolic", "waiting", N_ ("Waiting") },
  [STATE_COMPUTING] = { "media-playback-start-symbolic", "computing", N_ ("Computing") },
  [STATE_RETRYING] = { "view-refresh-symbolic", "waiting", N_ ("Waiting to retry") },
  [STATE_CANCELLING] = { "process-stop-symbolic", "waiting", N_ ("Cancelling") },
  [STATE_DONE] = { "object-select-symbolic", "done", N_ ("Done") },
  [STATE_FAILED] = { "dialog-error-symbolic", "failed", N_ ("Failed") },
  [STATE_CANCELLED] = { "process-stop-symbolic", "cancelled", N_ ("Cancelled") },
  [STATE_REPLACED] = { "view-refresh-symbolic", "replaced", N_ ("Retried below") },
};

struct _ChecksumRow {
  GtkBox parent_instance;

  /* from the template */
  GtkImage *state_icon;
  GtkLabel *name_label;
  GtkStack *outcome;
  GtkProgressBar *bar;
  GtkLabel *text_label;
  GtkLabel *state_label;
  GtkWidget *copy_button;
  GtkWidget *retry_button;
  GtkWidget *cancel_button;

  AsyncLitTask *task;
  State state;
};

G_DEFINE_FINAL_TYPE (ChecksumRow, checksum_row, GTK_TYPE_BOX)

/* What is seen */

static State
state_of (AsyncLitTask *task)
{
  if (asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_CANCELLING)
    return STATE_CANCELLING;
  if (asynclit_task_get_substate (task) == ASYNCLIT_TASK_SUBSTATE_WAITING_RETRY)
    return STATE_RETRYING;
  switch (asynclit_task_get_status (task))
    {
    case ASYNCLIT_TASK_STATUS_PENDING:
      return STATE_WAITING;
    case ASYNCLIT_TASK_STATUS_DONE:
      return STATE_DONE;
    case ASYNCLIT_TASK_STATUS_ERROR:
      return checksum_task_get_file (task)->task == task ? STATE_FAILED : STATE_REPLACED;
    case ASYNCLIT_TASK_STATUS_CANCELLED:
      return checksum_task_get_file (task)->task == task ? STATE_CANCELLED : STATE_REPLACED;
    case ASYNCLIT_TASK_STATUS_RUNNING:
    default:
      return STATE_COMPUTING;
    }
}

static void
show_progress (ChecksumRow *self)
{
  const ChecksumFile *file = checksum_task_get_file (self->task);
  gboolean computes = self->state == STATE_COMPUTING;
  double done = computes ? asynclit_task_get_progress_done (self->task) : 0;
  double fraction = computes ? MAX (asynclit_task_get_fraction (self->task), 0) : 0;
  double remaining = computes ? asynclit_task_get_remaining (self->task) : -1;
  g_autofree char *amount = text_of_amount (done, file->size);
  g_autofree char *left = asynclit_progress_describe_remaining (remaining);
  g_autoptr (GString) text = g_string_new (_(looks[self->state].word));

  append_part (text, amount);
  append_part (text, left);
  gtk_label_set_text (self->state_label, text->str);
  gtk_progress_bar_set_fraction (self->bar, fraction);
}

/* The checksum, or the reason for which there is none. */
static void
show_outcome (ChecksumRow *self)
{
  const char *text = "";

  if (self->state == STATE_DONE)
    text = g_value_get_string (asynclit_task_get_result (self->task, NULL));
  else if (self->state == STATE_FAILED)
    text = asynclit_task_get_error (self->task)->message;
  gtk_label_set_text (self->text_label, text);
  /* The reason may be longer than the row. */
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->text_label),
                               self->state == STATE_FAILED ? text : NULL);
  if (self->state == STATE_DONE)
    gtk_widget_add_css_class (GTK_WIDGET (self->text_label), "checksum");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->text_label), "checksum");
}

static void
show_state (ChecksumRow *self)
{
  State state = state_of (self->task);
  gboolean ended = state >= STATE_DONE;

  gtk_widget_remove_css_class (GTK_WIDGET (self), looks[self->state].css_class);
  gtk_widget_add_css_class (GTK_WIDGET (self), looks[state].css_class);
  self->state = state;
  gtk_image_set_from_icon_name (self->state_icon, looks[state].icon);
  gtk_stack_set_visible_child_name (self->outcome, ended ? "text" : "progress");
  gtk_widget_set_visible (self->copy_button, state == STATE_DONE);
  gtk_widget_set_visible (self->retry_button, state == STATE_FAILED || state == STATE_CANCELLED);
  gtk_widget_set_visible (self->cancel_button, !ended);
  gtk_widget_set_sensitive (self->cancel_button, state != STATE_CANCELLING);
  if (ended)
    show_outcome (self);
  show_progress (self);
}

/* The buttons */

static void
on_copy_clicked (GtkButton *button, ChecksumRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          gtk_label_get_text (self->text_label));
}

static void
on_retry_clicked (GtkButton *button, ChecksumRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.retry", "s",
                              asynclit_task_get_id (self->task));
  show_state (self);
}

static void
on_cancel_clicked (GtkButton *button, ChecksumRow *self)
{
  asynclit_task_cancel (self->task);
}

/* The widget */

static void
watch_task (ChecksumRow *self)
{
  g_signal_connect_swapped (self->task, "notify::status", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->task, "notify::substate", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->task, "notify::fraction", G_CALLBACK (show_progress), self);
}

/* @task: nullable */
void
checksum_row_set_task (ChecksumRow *self, AsyncLitTask *task)
{
  if (self->task != NULL)
    g_signal_handlers_disconnect_by_data (self->task, self);
  g_set_object (&self->task, task);
  if (task == NULL)
    return;
  gtk_label_set_text (self->name_label, asynclit_task_get_name (task));
  /* Checked first, because the task may end on its thread at any time. */
  if (!asynclit_task_get_done (task))
    watch_task (self);
  show_state (self);
}

static void
checksum_row_dispose (GObject *object)
{
  checksum_row_set_task (CHECKSUM_ROW (object), NULL);
  G_OBJECT_CLASS (checksum_row_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, state_icon);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, outcome);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, bar);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, text_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, state_label);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, retry_button);
  gtk_widget_class_bind_template_child (widget_class, ChecksumRow, cancel_button);
}

static void
checksum_row_class_init (ChecksumRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = checksum_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, RESOURCES "row.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_retry_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked);
}

static void
checksum_row_init (ChecksumRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
checksum_row_new (void)
{
  return g_object_new (CHECKSUM_TYPE_ROW, NULL);
}
