/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The result file, in the format of sha256sum from the GNU coreutils.
 *
 * A regular file is written under a temporary name in the same folder, flushed to the disk, and
 * then renamed. Nobody ever sees an incomplete file, even if the program is killed or the machine
 * crashes. Anything else (a terminal, a pipe, /dev/null) can't be replaced, and is written to
 * directly, like the standard output. */

#include "config.h"

#include "checksum-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_NAME ".checksum-folder-XXXXXX"

struct _SumsFile {
  char *path; /* with symbolic links resolved; NULL for the standard output */
  char *name; /* the last part of the path; NULL unless the file is to be replaced */
  struct stat folder;
  mode_t mode; /* of the file that is replaced; 0 if there is none */
};

/* The file to remove if the program ends immediately. Set by the main thread; read in a signal
 * handler, on any thread. */
static char *volatile temporary_path;

static void
set_error_from_errno (GError **error, const char *path, int code)
{
  g_autofree char *name = printable_name (path);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _("Cannot write “%s”: %s"), name,
               g_strerror (code));
}

/* Follows symbolic links, because the file that they lead to is the one to replace. */
static gboolean
find_existing_file (SumsFile *self, const char *path, gboolean *replace, GError **error)
{
  struct stat status;
  char *resolved;

  *replace = TRUE;
  if (stat (path, &status) != 0)
    return TRUE;
  if (S_ISDIR (status.st_mode) || faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
    {
      set_error_from_errno (error, path, S_ISDIR (status.st_mode) ? EISDIR : errno);
      return FALSE;
    }
  *replace = S_ISREG (status.st_mode);
  self->mode = status.st_mode & 07777;
  resolved = realpath (path, NULL);
  if (resolved != NULL)
    {
      g_free (self->path);
      self->path = g_strdup (resolved);
      free (resolved);
    }
  return TRUE;
}

/* Checks now, not when hours of work have to be written. */
static gboolean
check_folder (SumsFile *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  int code = 0;

  if (stat (folder, &self->folder) != 0)
    code = errno;
  else if (!S_ISDIR (self->folder.st_mode))
    code = ENOTDIR;
  else if (faccessat (AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
    code = errno;
  if (code != 0)
    {
      set_error_from_errno (error, self->path, code);
      return FALSE;
    }
  self->name = g_path_get_basename (self->path);
  return TRUE;
}

SumsFile *
sums_file_new (const char *path, GError **error)
{
  SumsFile *self = g_new0 (SumsFile, 1);
  gboolean replace = FALSE;

  if (strcmp (path, "-") == 0)
    return self;

  self->path = g_strdup (path);
  if (!find_existing_file (self, path, &replace, error) || (replace && !check_folder (self, error)))
    g_clear_pointer (&self, sums_file_free);
  return self;
}

void
sums_file_free (SumsFile *self)
{
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

/* NULL for the standard output */
const char *
sums_file_get_path (SumsFile *self)
{
  return self->path;
}

gboolean
sums_file_is_stdout (SumsFile *self)
{
  return self->path == NULL;
}

/* Whether the result goes to @name in the folder with this identity. Compares names, not inodes,
 * because the file may not exist yet, and will be replaced. */
gboolean
sums_file_is_entry (SumsFile *self, guint64 device, guint64 inode, const char *name)
{
  return self->name != NULL && self->folder.st_ino == inode && self->folder.st_dev == device
         && strcmp (self->name, name) == 0;
}

static void
put_escaped (FILE *stream, const char *path)
{
  for (const char *p = path; *p != '\0'; p++)
    {
      switch (*p)
        {
        case '\n':
          fputs ("\\n", stream);
          break;
        case '\r':
          fputs ("\\r", stream);
          break;
        case '\\':
          fputs ("\\\\", stream);
          break;
        default:
          fputc (*p, stream);
        }
    }
}

/* A backslash at the start of a line means that its file name is escaped. */
static void
put_line (FILE *stream, const FileEntry *file)
{
  gboolean escape = file->path[strcspn (file->path, "\\\n\r")] != '\0';

  if (escape)
    fputc ('\\', stream);
  fputs (file->digest, stream);
  fputs ("  ", stream);
  if (escape)
    put_escaped (stream, file->path);
  else
    fputs (file->path, stream);
  fputc ('\n', stream);
}

static gboolean
put_lines (FILE *stream, GArray *files)
{
  for (guint i = 0; i < files->len && !ferror (stream); i++)
    {
      const FileEntry *file = &g_array_index (files, FileEntry, i);
      if (file->digest[0] != '\0')
        put_line (stream, file);
    }
  return fflush (stream) == 0 && !ferror (stream);
}

static gboolean
write_directly (SumsFile *self, GArray *files)
{
  FILE *stream = self->path == NULL ? stdout : fopen (self->path, "we");
  gboolean written = stream != NULL && put_lines (stream, files);
  int saved = errno;

  if (stream != NULL && stream != stdout)
    fclose (stream);
  errno = saved;
  return written;
}

/* Closes @fd. */
static gboolean
write_durably (int fd, GArray *files)
{
  FILE *stream = fdopen (fd, "w");
  gboolean written = stream != NULL && put_lines (stream, files) && fsync (fd) == 0;
  int saved = errno;

  if ((stream != NULL ? fclose (stream) : close (fd)) != 0 && written)
    return FALSE;
  errno = saved;
  return written;
}

static gboolean
replace (SumsFile *self, GArray *files)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *path = g_build_filename (folder, TEMPORARY_NAME, NULL);
  gboolean replaced;
  int fd, saved;

  /* Set before the file exists, so that the file is always removed. */
  temporary_path = path;
  fd = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, 0666);
  replaced = fd >= 0 && (self->mode == 0 || fchmod (fd, self->mode) == 0);
  replaced = fd >= 0 && write_durably (fd, files) && replaced && rename (path, self->path) == 0;
  saved = errno;
  temporary_path = NULL;
  if (!replaced && fd >= 0)
    unlink (path);
  errno = saved;
  return replaced;
}

/* Writes a line for every file that has a digest. */
gboolean
sums_file_write (SumsFile *self, GArray *files, GError **error)
{
  if (self->name != NULL ? replace (self, files) : write_directly (self, files))
    return TRUE;
  set_error_from_errno (error, self->path == NULL ? "-" : self->path, errno);
  return FALSE;
}

/* Runs on: a signal handler */
void
sums_file_remove_temporary (void)
{
  if (temporary_path != NULL)
    unlink (temporary_path);
}
