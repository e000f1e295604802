/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A GFileMonitor would start a thread of GIO, and read the environment there. The folder is
 * watched, not the file, because the file is usually a link that is replaced by another. */

#include "config.h"

#include "asynclit-local-zone-private.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The relevant events in the folder. */
#define CHANGES (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)

/* Enough for many events, or for one with the longest name. */
#define BUFFER_SIZE 4096

typedef struct {
  GSource source;
  int fd;
  char *name; /* the file's name in the folder */
  void (*changed) (gpointer data);
  gpointer data;
} ZoneWatch;

/* Whether one of the events is about the file. An event without a name means that events were
 * lost. */
static gboolean
is_about_file (ZoneWatch *self, const char *events, gsize length)
{
  for (gsize at = 0; at + sizeof (struct inotify_event) <= length;)
    {
      struct inotify_event event;
      const char *name = events + at + offsetof (struct inotify_event, name);

      memcpy (&event, events + at, sizeof event);
      if (event.len == 0 || strcmp (name, self->name) == 0)
        return TRUE;
      at += sizeof event + event.len;
    }
  return FALSE;
}

/* Runs on: worker */
static gboolean
zone_watch_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ZoneWatch *self = (ZoneWatch *) source;
  char events[BUFFER_SIZE];
  gboolean is_about = FALSE;
  gssize length;

  while ((length = read (self->fd, events, sizeof events)) > 0 || errno == EINTR)
    if (length > 0 && is_about_file (self, events, (gsize) length))
      is_about = TRUE;
  if (is_about && asynclit_local_zone_look_again ())
    self->changed (self->data);
  return G_SOURCE_CONTINUE;
}

static void
zone_watch_finalize (GSource *source)
{
  ZoneWatch *self = (ZoneWatch *) source;

  close (self->fd);
  g_free (self->name);
}

static GSourceFuncs zone_watch_funcs = {
  .dispatch = zone_watch_dispatch,
  .finalize = zone_watch_finalize,
};

/* Creates a descriptor that watches the folder of @path; -1 if that fails. */
static int
watch_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (fd >= 0 && inotify_add_watch (fd, folder, CHANGES) < 0)
    {
      close (fd);
      return -1;
    }
  return fd;
}

GSource *
asynclit_zone_watch_new (void (*changed) (gpointer data), gpointer data)
{
  const char *path = asynclit_local_zone_get_path ();
  int fd = watch_folder (path);
  GSource *source;
  ZoneWatch *self;

  g_assert (changed != NULL);
  if (fd < 0)
    return NULL;
  source = g_source_new (&zone_watch_funcs, sizeof (ZoneWatch));
  g_source_set_static_name (source, "[asynclit] time zone");
  self = (ZoneWatch *) source;
  self->fd = fd;
  self->name = g_path_get_basename (path);
  self->changed = changed;
  self->data = data;
  g_source_add_unix_fd (source, fd, G_IO_IN);
  return source;
}
