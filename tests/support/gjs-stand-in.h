/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Stands in for GJS where it is not installed: the marshaller is in a library with a similar name,
 * and calls a C function. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A closure like that of a JavaScript function. Floating, like other closures. */
GClosure *gjs_stand_in_closure (GCallback func, gpointer user_data);

G_END_DECLS
