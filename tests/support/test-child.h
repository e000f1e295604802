/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Ends the child of a fork. A header of its own, because the tests of private modules link none of
 * the other helpers. */

#pragma once

#include <glib.h>
#include <unistd.h>

/* Replaces the process with another program, so that valgrind does not report what the library
 * could not free, because threads of the parent may have been changing it. */
static inline void
test_leave_valgrind (int status)
{
  if (status == 0 && g_getenv ("ASYNCLIT_UNDER_VALGRIND") != NULL)
    execl ("/bin/true", "true", NULL);
}

static inline void G_GNUC_NORETURN
test_end_child (int status)
{
  test_leave_valgrind (status);
  _exit (status);
}
