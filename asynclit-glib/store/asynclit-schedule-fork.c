/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Prepares SQLite for a fork. */

#include "config.h"

#include "asynclit-schedule-fork-private.h"

#ifdef HAVE_SQLITE

#include <sqlite3.h>

/* The maximum number of checks whether another thread has released the mutexes. */
#define MAX_TRIES 10000

/* The mutexes that SQLite holds for short moments only. If another thread held one while the
 * process forks, the child would wait for it forever. */
static const int moments[]
    = { SQLITE_MUTEX_STATIC_MASTER, SQLITE_MUTEX_STATIC_MEM,  SQLITE_MUTEX_STATIC_PRNG,
        SQLITE_MUTEX_STATIC_LRU,    SQLITE_MUTEX_STATIC_PMEM, SQLITE_MUTEX_STATIC_VFS1 };

static gboolean has_moments; /* used by the thread that forks */

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

/* In no particular order: a thread that holds one of them may be waiting for another. */
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
