/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a fork has to know of SQLite. */

#include "config.h"

#include "asynclit-schedule-fork-private.h"

#ifdef HAVE_SQLITE

#include <sqlite3.h>

/* How often to look whether another thread has left what a fork has to wait for. */
#define MAX_TRIES 10000

/* Those that SQLite holds for moments only. Another thread may have one when the process forks; the
 * child would wait for it for ever. */
static const int moments[]
    = { SQLITE_MUTEX_STATIC_MASTER, SQLITE_MUTEX_STATIC_MEM,  SQLITE_MUTEX_STATIC_PRNG,
        SQLITE_MUTEX_STATIC_LRU,    SQLITE_MUTEX_STATIC_PMEM, SQLITE_MUTEX_STATIC_VFS1 };

static gboolean has_moments; /* by the thread that forks */

static gboolean
take_moments (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      if (sqlite3_mutex_try (sqlite3_mutex_alloc (moments[i])) == SQLITE_OK)
        continue;
      while (i > 0)
        sqlite3_mutex_leave (sqlite3_mutex_alloc (moments[--i]));
      return FALSE;
    }
  return TRUE;
}

/* In no order: whoever has one may want another. */
void
asynclit_schedule_prepare_fork (void)
{
  for (guint i = 0; !has_moments && i < MAX_TRIES; i++)
    {
      has_moments = take_moments ();
      if (!has_moments)
        g_thread_yield ();
    }
}

void
asynclit_schedule_go_on_after_fork (void)
{
  if (!has_moments)
    return;
  has_moments = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    sqlite3_mutex_leave (sqlite3_mutex_alloc (moments[i]));
}

#else /* !HAVE_SQLITE */

void
asynclit_schedule_prepare_fork (void)
{
}

void
asynclit_schedule_go_on_after_fork (void)
{
}

#endif
