/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* g_time_zone_new_local() reads the environment, a link and perhaps a file each time it is called.
 * A scheduler would do that at every tick; and to read the environment on a thread of its own is
 * wrong in any case: setenv() on another one may move it meanwhile.
 *
 * So TZ is read on the main thread only, when something there asks for the zone; other threads know
 * what was read last. (Before the main thread has asked for the first time, whoever comes first
 * reads it.) The file is looked at when a watch says that it has changed. While nobody watches, for
 * no scheduler has waited for a wall time with the clock of the system, it is looked at for each
 * answer. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-local-zone-private.h"
#include "asynclit-lock-private.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOCALTIME_PATH "/etc/localtime"

static const char *localtime_path = LOCALTIME_PATH;

/* Guards what follows. It may be taken while asynclit_schedule_lock is held, and nothing is taken
 * while it is. */
static AsyncLitLock zone_lock;
static gboolean environment_was_read;
static char *name;      /* what TZ says; NULL: the file counts */
static char *file;      /* tells one file from another */
static GTimeZone *zone; /* NULL: not looked up yet */
static gboolean watched;
static guint serial;

/* Of each thread. */
static __thread enum { UNKNOWN, MAIN, OTHER } thread_kind;

static gboolean
is_main_thread (void)
{
  if (thread_kind == UNKNOWN)
    thread_kind = syscall (SYS_gettid) == getpid () ? MAIN : OTHER;
  return thread_kind == MAIN;
}

/* In the child of a fork nobody watches. Another thread may have been in the middle of a change. */
static void
forget_zone (void)
{
  zone_lock = (AsyncLitLock){ 0 };
  environment_was_read = watched = FALSE;
  name = file = NULL;
  zone = NULL;
  thread_kind = UNKNOWN;
}

static void
ensure_forgetting (void)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      asynclit_on_fork (forget_zone);
      asynclit_once_leave (&registered, 1);
    }
}

/* The zone may be given by a link to a file, or by a copy of one. */
static char *
identify_file (void)
{
  g_autofree char *target = g_file_read_link (localtime_path, NULL);
  struct stat status = { 0 };

  stat (localtime_path, &status);
  return g_strdup_printf ("%s|%" G_GUINT64_FORMAT "|%" G_GINT64_FORMAT ".%09ld",
                          target != NULL ? target : "", (guint64) status.st_ino,
                          (gint64) status.st_mtim.tv_sec, (long) status.st_mtim.tv_nsec);
}

/* Takes *@value, and gives back what there was. */
static void
exchange_locked (char **field, char **value)
{
  char *before = *field;

  *field = *value;
  *value = before;
  g_clear_pointer (&zone, g_time_zone_unref);
  serial++;
}

static gboolean
look_at_file_locked (void)
{
  g_autofree char *found = NULL;

  if (name != NULL)
    return FALSE;
  found = identify_file ();
  if (g_strcmp0 (found, file) == 0)
    return FALSE;
  exchange_locked (&file, &found);
  return TRUE;
}

static void
look_locked (void)
{
  if (is_main_thread () || !environment_was_read)
    {
      g_autofree char *found = g_strdup (g_getenv ("TZ"));

      environment_was_read = TRUE;
      if (g_strcmp0 (found, name) != 0)
        exchange_locked (&name, &found);
    }
  if (!watched)
    look_at_file_locked ();
}

/* For the usual file GLib is not told its name: then the zone has the name that the link says. */
static GTimeZone *
find_zone (void)
{
  const char *path = g_str_equal (localtime_path, LOCALTIME_PATH) ? NULL : localtime_path;
  GTimeZone *found = g_time_zone_new_identifier (name != NULL ? name : path);

  return found != NULL ? found : g_time_zone_new_utc ();
}

GTimeZone *
asynclit_local_zone_get (void)
{
  GTimeZone *found;

  ensure_forgetting ();
  asynclit_lock (&zone_lock);
  look_locked ();
  if (zone == NULL)
    zone = find_zone ();
  found = g_time_zone_ref (zone);
  asynclit_unlock (&zone_lock);
  return found;
}

guint
asynclit_local_zone_get_serial (void)
{
  guint found;

  asynclit_lock (&zone_lock);
  look_locked ();
  found = serial;
  asynclit_unlock (&zone_lock);
  return found;
}

guint
asynclit_local_zone_peek_serial (void)
{
  guint found;

  asynclit_lock (&zone_lock);
  found = serial;
  asynclit_unlock (&zone_lock);
  return found;
}

gboolean
asynclit_local_zone_look_again (void)
{
  gboolean changed;

  asynclit_lock (&zone_lock);
  changed = look_at_file_locked ();
  asynclit_unlock (&zone_lock);
  return changed;
}

void
asynclit_local_zone_set_watched (gboolean now_watched)
{
  asynclit_lock (&zone_lock);
  watched = now_watched;
  look_at_file_locked ();
  asynclit_unlock (&zone_lock);
}

const char *
asynclit_local_zone_get_path (void)
{
  return localtime_path;
}

void
asynclit_local_zone_set_path (const char *path)
{
  asynclit_lock (&zone_lock);
  localtime_path = path != NULL ? path : LOCALTIME_PATH;
  look_at_file_locked ();
  asynclit_unlock (&zone_lock);
}
