/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Stands in for GJS where the tests have none: its marshaller is in a library of such a name, and
 * calls a function of C. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A closure as a function of JavaScript would come. Floating, as others are. */
GClosure *gjs_stand_in_closure (GCallback func, gpointer user_data);

G_END_DECLS
