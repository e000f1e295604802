/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The lock belongs to the open file description (F_OFD_SETLK). POSIX locks, which SQLite uses,
 * belong to the process: if any part of the process opens and closes the file, they are released.
 * This lock covers the bytes that SQLite itself locks, so it also keeps out programs that don't
 * know this library. SQLite is told not to lock this file.
 *
 * After a fork, the child has a copy of the descriptor, and thereby the lock, until it closes the
 * copy. It therefore does so immediately. */

#include "config.h"

#include "asynclit-init-private.h"
#include "asynclit-lock-private.h"
#include "asynclit-schedule-file-private.h"
#include "asynclit-schedule-fork-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The range that SQLite locks: see its os.h. */
#define LOCK_START 0x40000000
#define LOCK_LENGTH 512

/* The names and times of jobs are private. */
#define MODE 0600

/* The maximum number of files that were renamed. */
#define MAX_ASIDE 1000

static const char *const companions[] = { "-wal", "-journal", "-shm" };

typedef struct {
  dev_t device;
  ino_t number; /* 0: none */
} Identity;

struct _AsyncLitScheduleFile {
  char *path;
  char *name;
  char *log_path;
  int fd; /* guarded by files_lock, because the child of a fork closes it; -1: none */
  Identity identity;
  Identity log;
  gboolean is_closing; /* guarded by files_lock */
};

/* Guards the variables below; held for short moments, and during a fork. It may be taken while
 * asynclit_schedule_lock is held, but never the other way round. */
static AsyncLitLock files_lock;
static GPtrArray *open_files;
static GCond file_closed;

static void
prepare_fork (void)
{
  asynclit_lock (&files_lock);
  asynclit_schedule_prepare_fork ();
}

static void
go_on_after_fork (void)
{
  asynclit_schedule_go_on_after_fork ();
  asynclit_unlock (&files_lock);
}

/* The locks remain the parent's. */
static void
forget_files (void)
{
  for (guint i = 0; open_files != NULL && i < open_files->len; i++)
    close (((AsyncLitScheduleFile *) g_ptr_array_index (open_files, i))->fd);
  open_files = NULL;
  file_closed = (GCond){ 0 };
  go_on_after_fork ();
}

/* Identities */

static Identity
identity_of (const struct stat *info)
{
  return (Identity){ info->st_dev, info->st_ino };
}

static Identity
identity_at (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 ? identity_of (&info) : (Identity){ 0 };
}

static gboolean
identity_equal (Identity a, Identity b)
{
  return a.device == b.device && a.number == b.number;
}

/* Errors */

static void
set_error (GError **error, const char *name, int code)
{
  g_set_error (error, G_IO_ERROR,
               code == EISDIR ? G_IO_ERROR_NOT_FOUND
               : code == EROFS || code == EACCES || code == EPERM
                   ? G_IO_ERROR_PERMISSION_DENIED
                   : (int) g_io_error_from_errno (code),
               _ ("The schedule file “%s”: %s"), name, g_strerror (code));
}

/* Opening */

/* Other kinds of files are not even opened: opening a pipe would block, and opening a device may
 * have side effects. */
static gboolean
check_kind (const char *path, const char *name, GError **error)
{
  struct stat info;

  if (stat (path, &info) != 0 || S_ISREG (info.st_mode))
    return TRUE;
  if (S_ISDIR (info.st_mode))
    set_error (error, name, EISDIR);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 _ ("“%s” can't store a schedule: it is not a regular file"), name);
  return FALSE;
}

static gboolean
check_path (const char *path, GError **error)
{
  if (path[0] != '\0' && strcmp (path, ":memory:") != 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
               _ ("“%s” is not the path of a file, which a schedule needs"), path);
  return FALSE;
}

/* FALSE, with errno, if another process has locked it. */
static gboolean
lock_file (int fd)
{
#ifdef F_OFD_SETLK
  struct flock lock
      = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_START, .l_len = LOCK_LENGTH };

  return fcntl (fd, F_OFD_SETLK, &lock) == 0;
#else
  return TRUE; /* SQLite does it */
#endif
}

static AsyncLitScheduleFile *
files_find_locked (Identity identity)
{
  asynclit_assert_locked (&files_lock);
  for (guint i = 0; open_files != NULL && i < open_files->len; i++)
    {
      AsyncLitScheduleFile *file = g_ptr_array_index (open_files, i);

      if (identity_equal (file->identity, identity))
        return file;
    }
  return NULL;
}

/* Another store of this process may be about to close the file. */
static void
await_close (Identity identity)
{
  AsyncLitScheduleFile *file;

  asynclit_lock (&files_lock);
  while ((file = files_find_locked (identity)) != NULL && file->is_closing)
    asynclit_cond_wait (&file_closed, &files_lock);
  asynclit_unlock (&files_lock);
}

static gboolean
is_open_here (Identity identity)
{
  gboolean found;

  asynclit_lock (&files_lock);
  found = files_find_locked (identity) != NULL;
  asynclit_unlock (&files_lock);
  return found;
}

static gboolean
file_lock (int fd, Identity identity, const char *name, GError **error)
{
  int code = 0;

  await_close (identity);
  if (!is_open_here (identity) && lock_file (fd))
    return TRUE;
  code = errno;
  if (is_open_here (identity) || code == EAGAIN || code == EACCES)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 _ ("The schedule file “%s” is locked by another process or another store"), name);
  else
    set_error (error, name, code);
  return FALSE;
}

/* Opens and locks the file, and records its identity; -1 on failure. The file may be replaced at
 * the same time. */
static int
open_and_lock (const char *path, const char *name, Identity *identity, GError **error)
{
  for (;;)
    {
      int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
      struct stat info;

      if (fd < 0 || fstat (fd, &info) != 0)
        {
          set_error (error, name, errno);
          if (fd >= 0)
            close (fd);
          return -1;
        }
      *identity = identity_of (&info);
      if (!file_lock (fd, *identity, name, error))
        {
          close (fd);
          return -1;
        }
      if (identity_equal (identity_at (path), *identity))
        return fd;
      close (fd);
    }
}

static void
register_file (AsyncLitScheduleFile *self, int fd)
{
  static gsize registered = 0;

  if (asynclit_once_enter (&registered))
    {
      pthread_atfork (prepare_fork, go_on_after_fork, NULL);
      asynclit_on_fork (forget_files);
      asynclit_once_leave (&registered, 1);
    }
  asynclit_lock (&files_lock);
  self->fd = fd;
  if (open_files == NULL)
    open_files = g_ptr_array_new ();
  g_ptr_array_add (open_files, self);
  asynclit_unlock (&files_lock);
}

static void
unregister_file (AsyncLitScheduleFile *self)
{
  asynclit_lock (&files_lock);
  g_ptr_array_remove (open_files, self);
  close (self->fd);
  self->fd = -1;
  g_cond_broadcast (&file_closed);
  asynclit_unlock (&files_lock);
}

AsyncLitScheduleFile *
asynclit_schedule_file_open (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  AsyncLitScheduleFile *self;
  Identity identity;
  int fd;

  g_assert (path != NULL);
  if (!check_path (path, error) || !check_kind (path, name, error))
    return NULL;
  fd = open_and_lock (path, name, &identity, error);
  if (fd < 0)
    return NULL;
  self = g_new0 (AsyncLitScheduleFile, 1);
  self->path = realpath (path, NULL);
  if (self->path == NULL)
    self->path = g_canonicalize_filename (path, NULL);
  self->log_path = g_strconcat (self->path, "-wal", NULL);
  self->name = g_steal_pointer (&name);
  self->identity = identity;
  register_file (self, fd);
  return self;
}

void
asynclit_schedule_file_close (AsyncLitScheduleFile *self)
{
  if (self->fd >= 0)
    unregister_file (self);
  g_free (self->path);
  g_free (self->log_path);
  g_free (self->name);
  g_free (self);
}

void
asynclit_schedule_file_announce_close (AsyncLitScheduleFile *self)
{
  asynclit_lock (&files_lock);
  self->is_closing = TRUE;
  asynclit_unlock (&files_lock);
}

const char *
asynclit_schedule_file_get_path (AsyncLitScheduleFile *self)
{
  return self->path;
}

const char *
asynclit_schedule_file_get_name (AsyncLitScheduleFile *self)
{
  return self->name;
}

gsize
asynclit_schedule_file_read_head (AsyncLitScheduleFile *self, guint8 *head, gsize size)
{
  ssize_t length = pread (self->fd, head, size, 0);

  g_assert (size > 0);
  return length > 0 ? (gsize) length : 0;
}

gboolean
asynclit_schedule_file_has_log (AsyncLitScheduleFile *self)
{
  struct stat info;

  return stat (self->log_path, &info) == 0 && info.st_size > 0;
}

/* The place of the file */

void
asynclit_schedule_file_note_log (AsyncLitScheduleFile *self)
{
  self->log = identity_at (self->log_path);
}

gboolean
asynclit_schedule_file_is_in_place (AsyncLitScheduleFile *self)
{
  return self->fd >= 0 && identity_equal (identity_at (self->path), self->identity)
         && identity_equal (identity_at (self->log_path), self->log);
}

static char *
find_free_name (const char *path)
{
  for (guint i = 1; i <= MAX_ASIDE; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.replaced-%u", path, i);

      if (!g_file_test (name, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
  return NULL;
}

/* Renames another file in this place, together with its log. A file that is in use stays. */
static gboolean
file_move_aside (AsyncLitScheduleFile *self, char **aside, GError **error)
{
  g_autofree char *free_name = find_free_name (self->path);
  Identity identity;
  int fd = open_and_lock (self->path, self->name, &identity, error);
  gboolean moved;

  if (fd < 0)
    return FALSE;
  moved = free_name != NULL && g_rename (self->path, free_name) == 0;
  if (!moved)
    set_error (error, self->name, free_name != NULL ? errno : EEXIST);
  for (guint i = 0; moved && i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *from = g_strconcat (self->path, companions[i], NULL);
      g_autofree char *to = g_strconcat (free_name, companions[i], NULL);

      g_rename (from, to);
    }
  close (fd);
  if (moved)
    *aside = g_steal_pointer (&free_name);
  return moved;
}

/* The log belongs to the previous file, and must not be mistaken for a part of the new one. */
static void
file_drop_log (AsyncLitScheduleFile *self)
{
  if (self->log.number != 0 && identity_equal (identity_at (self->log_path), self->log))
    g_unlink (self->log_path);
  self->log = (Identity){ 0 };
}

gboolean
asynclit_schedule_file_renew (AsyncLitScheduleFile *self, char **aside, GError **error)
{
  g_assert (aside != NULL);
  struct stat info = { .st_mode = MODE };
  Identity here;
  int fd;

  file_drop_log (self);
  here = identity_at (self->path);
  if (self->fd >= 0 && identity_equal (here, self->identity))
    return TRUE; /* only the log was at fault */
  if (self->fd >= 0)
    {
      fstat (self->fd, &info);
      unregister_file (self);
    }
  if (here.number != 0 && !file_move_aside (self, aside, error))
    return FALSE;
  fd = open_and_lock (self->path, self->name, &self->identity, error);
  if (fd < 0)
    return FALSE;
  fchmod (fd, info.st_mode & 0777);
  register_file (self, fd);
  return TRUE;
}
