/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GJS can't call a JavaScript function on any thread but the main one. Depending on its version, it
 * blocks the call, which leaves the task without an outcome, or it crashes. A closure does not tell
 * its language, but its marshaller is a function of that language's library. */

#include "config.h"

#include "asynclit-thread-bound-private.h"

#include <dlfcn.h>
#include <string.h>

/* The beginnings of the file names of these languages' libraries. */
static const char *const bound_libraries[] = { "libgjs.", "libgjs-" };

static gboolean
name_is_bound (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;

  for (guint i = 0; i < G_N_ELEMENTS (bound_libraries); i++)
    if (g_str_has_prefix (name, bound_libraries[i]))
      return TRUE;
  return FALSE;
}

gboolean
asynclit_is_thread_bound (gpointer data, GDestroyNotify destroy)
{
  GClosure *closure = data;
  Dl_info info;

  if (closure == NULL || destroy != (GDestroyNotify) g_closure_unref)
    return FALSE;
  return closure->marshal != NULL && dladdr ((gpointer) (gsize) closure->marshal, &info) != 0
         && info.dli_fname != NULL && name_is_bound (info.dli_fname);
}
