/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A plug-in that uses the library is unloaded while the library's threads exist. This program
 * itself does not link the library. */

#include <dlfcn.h>
#include <gio/gio.h>
#include <gmodule.h>
#include <sys/wait.h>
#include <unistd.h>

#define SONAME "libasynclit-glib-1.so.0"

typedef gboolean (*Use) (void);
typedef void (*LeaveRunning) (gint *n_ended);

static void
assert_stays (void)
{
  void *library = dlopen (SONAME, RTLD_NOW | RTLD_NOLOAD);

  g_assert_nonnull (library);
  dlclose (library);
}

/* Handlers of the library that the process calls. */
static void
fork_and_iterate (void)
{
  pid_t child = fork ();
  int status;

  if (child == 0)
    _exit (0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_dlclose (void)
{
  for (guint i = 0; i < 3; i++)
    {
      void *plugin = dlopen (ASYNCLIT_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL);
      Use use;

      g_assert_nonnull (plugin);
      use = (Use) dlsym (plugin, "plugin_use");
      g_assert_true (use ());
      dlclose (plugin);
      assert_stays ();
      fork_and_iterate ();
    }
}

/* The way in which GLib programs load plug-ins, and language bindings load the library. */
static void
test_module (void)
{
  for (guint i = 0; i < 3; i++)
    {
      GModule *plugin = g_module_open (ASYNCLIT_TEST_PLUGIN, G_MODULE_BIND_LOCAL);
      GModule *library = g_module_open (SONAME, G_MODULE_BIND_LAZY);
      gpointer use;

      g_assert_nonnull (plugin);
      g_assert_nonnull (library);
      g_assert_true (g_module_symbol (plugin, "plugin_use", &use));
      g_assert_true (((Use) use) ());
      g_assert_true (g_module_close (plugin));
      g_assert_true (g_module_close (library));
      assert_stays ();
      fork_and_iterate ();
    }
}

/* The code of the plug-in has to stay loaded, too. */
static void
test_task_runs (void)
{
  gint n_ended = 0;

  for (guint i = 0; i < 3; i++)
    {
      void *plugin = dlopen (ASYNCLIT_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL);
      LeaveRunning leave_running;

      g_assert_nonnull (plugin);
      leave_running = (LeaveRunning) dlsym (plugin, "plugin_leave_running");
      leave_running (&n_ended);
      dlclose (plugin);
    }
  while (g_atomic_int_get (&n_ended) < 3)
    g_thread_yield ();
  fork_and_iterate ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unload/dlclose", test_dlclose);
  g_test_add_func ("/unload/module", test_module);
  g_test_add_func ("/unload/task-runs", test_task_runs);
  return g_test_run ();
}
