/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-object-data-private.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>

/* One for each module with process-wide state: worker, pool, wakeup sources, notifier, ids,
 * manager, schedules, clock. */
#define MAX_FORK_FUNCS 16

/* Atomic: a module registers from the first thread that uses it. */
static AsyncLitForkFunc fork_funcs[MAX_FORK_FUNCS];
static int n_fork_funcs;

/* Atomic: set by the first thread that needs it. */
static void (*shutdown_func) (void);
static AsyncLitFinishFunc finish_func;

/* Written only in a new child, which has one thread. */
static guint generation;

static void
reset_in_child (void)
{
  int n = MIN (g_atomic_int_get (&n_fork_funcs), MAX_FORK_FUNCS);

  generation++;
  for (int i = 0; i < n; i++)
    {
      AsyncLitForkFunc reset = g_atomic_pointer_get (&fork_funcs[i]);

      if (reset != NULL)
        reset ();
    }
  /* Last, because some functions release locks that were taken before the fork. */
  asynclit_lock_check_forget ();
}

static void
bind_translations (void)
{
  g_autofree char *folder = g_strdup (LOCALEDIR);

#ifdef RELATIVE_LOCALEDIR
  Dl_info library;

  if (dladdr (&generation, &library))
    {
      g_autofree char *library_dir = g_path_get_dirname (library.dli_fname);

      g_free (folder);
      folder = g_build_filename (library_dir, RELATIVE_LOCALEDIR, NULL);
    }
#endif
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

void
asynclit_init (void)
{
  static gsize initialized = 0;

  if (asynclit_once_enter (&initialized))
    {
      bind_translations ();
      pthread_atfork (NULL, NULL, reset_in_child);
      asynclit_object_learn_handlers ();
      asynclit_once_leave (&initialized, 1);
    }
}

guint
asynclit_get_generation (void)
{
  return generation;
}

void
asynclit_on_fork (AsyncLitForkFunc reset)
{
  int index;

  asynclit_init ();
  index = g_atomic_int_add (&n_fork_funcs, 1);
  g_assert (index < MAX_FORK_FUNCS);
  g_atomic_pointer_set (&fork_funcs[index], reset);
}

void
asynclit_on_shutdown (void (*stop) (void), AsyncLitFinishFunc finish)
{
  g_atomic_pointer_set (&shutdown_func, stop);
  g_atomic_pointer_set (&finish_func, finish);
}

void
asynclit_announce_shutdown (void)
{
  void (*stop) (void) = g_atomic_pointer_get (&shutdown_func);

  if (stop != NULL)
    stop ();
}

gboolean
asynclit_finish_shutdown (gint64 end_time)
{
  AsyncLitFinishFunc finish = g_atomic_pointer_get (&finish_func);

  return finish == NULL || finish (end_time);
}
