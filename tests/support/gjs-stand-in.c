/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gjs-stand-in.h"

static void
marshal (GClosure *closure, GValue *result, guint n_params, const GValue *params, gpointer hint,
         gpointer data)
{
  g_cclosure_marshal_generic (closure, result, n_params, params, hint, data);
}

GClosure *
gjs_stand_in_closure (GCallback func, gpointer user_data)
{
  GClosure *closure = g_cclosure_new (func, user_data, NULL);

  g_closure_set_marshal (closure, marshal);
  return closure;
}
