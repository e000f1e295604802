/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The end of a child of a fork. A header of its own, since the tests of the private modules link
 * nothing of the other helpers. */

#pragma once

#include <glib.h>
#include <unistd.h>

/* With another program in place of this one, valgrind does not report what the library has left as
 * it was: threads of the parent may have been in the middle of changing it. */
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
