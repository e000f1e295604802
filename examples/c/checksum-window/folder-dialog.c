/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The dialog for choosing a folder: GtkFileDialog or, before GTK 4.10, GtkFileChooserNative. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>

#if GTK_CHECK_VERSION(4, 10, 0)

static void
on_chosen (GObject *dialog, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ChecksumWindow) window = user_data;
  g_autoptr (GFile) folder
      = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (dialog), result, NULL);

  /* NULL if the user cancelled the dialog. */
  if (folder != NULL)
    checksum_window_open (window, folder);
}

void
choose_folder (ChecksumWindow *window)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _("Choose a Folder"));
  gtk_file_dialog_set_accept_label (dialog, _("_Open"));
  gtk_file_dialog_set_initial_folder (dialog, checksum_window_get_folder (window));
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (window), NULL, on_chosen,
                                 g_object_ref (window));
}

#else

static void
on_response (GtkNativeDialog *dialog, int response, ChecksumWindow *window)
{
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (folder != NULL)
    checksum_window_open (window, folder);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

void
choose_folder (ChecksumWindow *window)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _("Choose a Folder"), GTK_WINDOW (window), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
      _("_Open"), NULL);
  GFile *folder = checksum_window_get_folder (window);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  if (folder != NULL)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (dialog), folder, NULL);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), window);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

#endif
