/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* checksum-window: the SHA-256 of every file below a folder, each computed by a task, in a window.
 *
 *   checksum-window [FOLDER...]
 *
 * For the same program in Python and in JavaScript, see examples/python and examples/gjs. */

#include "config.h"

#include "checksum-window.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdlib.h>

#define APPLICATION_ID "org.example.ChecksumWindow"

static gboolean report;

static const GOptionEntry options[] = {
  { "report-frames", 0, 0, G_OPTION_ARG_NONE, &report,
    N_ ("Start immediately, report missed frames, and quit"), NULL },
  { NULL },
};

static void
on_activate (GtkApplication *application)
{
  GtkWidget *window = checksum_window_new (application);

  gtk_window_present (GTK_WINDOW (window));
}

static void
on_open (GtkApplication *application, GFile **folders, int n_folders, const char *hint)
{
  for (int i = 0; i < n_folders; i++)
    {
      GtkWidget *window = checksum_window_new (application);

      checksum_window_open (CHECKSUM_WINDOW (window), folders[i]);
      gtk_window_present (GTK_WINDOW (window));
      if (report)
        report_frames (CHECKSUM_WINDOW (window));
    }
}

/* Actions and keys */

static void
on_new_window (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  on_activate (application);
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  g_application_quit (application);
}

static const GActionEntry actions[] = {
  { "new-window", on_new_window },
  { "quit", on_quit },
};

static const struct {
  const char *action;
  const char *keys[2];
} shortcuts[] = {
  { "win.open", { "<Control>o" } },
  { "win.compute", { "<Control>Return" } },
  { "win.cancel", { "Escape" } },
  { "win.show-help-overlay", { "<Control>question" } },
  { "window.close", { "<Control>w" } },
  { "app.new-window", { "<Control>n" } },
  { "app.quit", { "<Control>q" } },
};

static void
set_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, RESOURCES "style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
on_startup (GtkApplication *application)
{
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (application, shortcuts[i].action, shortcuts[i].keys);
  set_style ();
  gtk_window_set_default_icon_name (APPLICATION_ID);
  follow_color_scheme ();
}

/* The program's own messages; the library takes care of its own. */
static void
set_language (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) application = NULL;

  set_language ();
  application = gtk_application_new (APPLICATION_ID, G_APPLICATION_HANDLES_OPEN);
  g_application_add_main_option_entries (G_APPLICATION (application), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (application),
                                                     _("[FOLDER…]"));
  g_signal_connect (application, "startup", G_CALLBACK (on_startup), NULL);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), NULL);
  g_signal_connect (application, "open", G_CALLBACK (on_open), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
