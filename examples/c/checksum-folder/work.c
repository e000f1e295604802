/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The functions of the tasks, which run on threads of the library's pool: listing a folder and
 * hashing a file.
 *
 * Both use system calls instead of GFile. They need the exact errno, to recognize transient errors.
 * If a file was replaced after it was listed, they must neither follow a symbolic link nor wait for
 * the other end of a pipe. */

#include "config.h"

#include "checksum-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

/* Large enough for a disk to stream, small enough for a cancelled task to end soon. */
#define CHUNK_BYTES (1024 * 1024)

/* Several reports per second, at no noticeable cost. */
#define ENTRIES_PER_REPORT 2000

/* Four attempts within about ten seconds: long enough for a network drive to recover, and short
 * enough not to delay a run with a broken disk. */
#define MAX_ATTEMPTS 4
#define BASE_DELAY 0.5
#define MAX_DELAY 5.0
#define MULTIPLIER 2.5
#define JITTER 0.3
#define MAX_ELAPSED 30.0

#define FILE_ERROR (g_quark_from_static_string ("checksum-folder-file-error"))

enum {
  FILE_ERROR_FAILED,
  FILE_ERROR_TRANSIENT, /* may succeed later */
};

static gboolean
is_transient (int code)
{
  switch (code)
    {
    case EAGAIN:
    case EBUSY:
    case EINTR:
    case EIO:
    case ENOMEM:
    case ESTALE:
    case ETIMEDOUT:
    case EMFILE: /* too many open files, here or in the whole system */
    case ENFILE:
    case ECONNABORTED: /* the others concern files on another machine */
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETRESET:
    case ENETUNREACH:
    case EREMOTEIO:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
set_error_from_errno (GError **error, int code)
{
  g_set_error_literal (error, FILE_ERROR,
                       is_transient (code) ? FILE_ERROR_TRANSIENT : FILE_ERROR_FAILED,
                       g_strerror (code));
}

/* One line of the summary. */
char *
failure_text (const char *path, const char *reason)
{
  g_autofree char *name = printable_name (path);
  return g_strdup_printf ("%s: %s", name, reason);
}

/* Only transient errors: a missing or forbidden file stays so. */
AsyncLitRetryPolicy *
retry_policy_for_files (void)
{
  g_autoptr (AsyncLitRetryPolicy) policy = asynclit_retry_policy_new_full (
      MAX_ATTEMPTS, BASE_DELAY, MAX_DELAY, MULTIPLIER, JITTER, MAX_ELAPSED, NULL);
  return asynclit_retry_policy_with_retry_on (policy, FILE_ERROR, FILE_ERROR_TRANSIENT);
}

/* Listing */

/* The state of one listing; it lives on the stack of its task. */
typedef struct {
  AsyncLitTask *task;
  GCancellable *cancellable;
  const ListRequest *request;
  Listing *listing;
  GPtrArray *folders; /* of char *, yet to be read */
} Walk;

static void
listing_free (gpointer data)
{
  Listing *self = data;

  g_string_chunk_free (self->paths);
  g_array_unref (self->files);
  g_ptr_array_unref (self->failures);
  g_free (self);
}

static Listing *
listing_new (void)
{
  Listing *self = g_new0 (Listing, 1);

  self->paths = g_string_chunk_new (64 * 1024);
  self->files = g_array_new (FALSE, TRUE, sizeof (FileEntry));
  self->failures = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
add_failure (Walk *walk, const char *path, int code)
{
  g_ptr_array_add (walk->listing->failures, failure_text (path, g_strerror (code)));
}

static void
add_file (Walk *walk, const char *path, const struct stat *status)
{
  FileEntry file = { .size = status->st_size };

  file.path = g_string_chunk_insert (walk->listing->paths, path);
  g_array_append_val (walk->listing->files, file);
  walk->listing->bytes += file.size;
  if (walk->listing->files->len % ENTRIES_PER_REPORT == 0)
    asynclit_task_set_progress (walk->task, walk->listing->files->len, 0);
}

/* Not g_build_filename(), which would normalize the user's spelling of the folder. */
static char *
join_path (const char *folder, const char *name)
{
  return g_strconcat (folder, g_str_has_suffix (folder, "/") ? "" : "/", name, NULL);
}

static void
add_entry (Walk *walk, int folder_fd, const struct stat *folder_status, const char *folder,
           const char *name)
{
  struct stat status;
  g_autofree char *path = join_path (folder, name);

  if (fstatat (folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    add_failure (walk, path, errno);
  else if (S_ISDIR (status.st_mode))
    g_ptr_array_add (walk->folders, g_steal_pointer (&path));
  else if (S_ISREG (status.st_mode)
           && !sums_file_is_entry (walk->request->sums_file, folder_status->st_dev,
                                   folder_status->st_ino, name))
    add_file (walk, path, &status);
}

static int
read_entries (Walk *walk, DIR *stream, const char *path)
{
  struct stat status;
  const struct dirent *entry;

  if (fstat (dirfd (stream), &status) != 0)
    return errno;
  while (!g_cancellable_is_cancelled (walk->cancellable))
    {
      errno = 0;
      entry = readdir (stream);
      if (entry == NULL)
        return errno;
      if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
        add_entry (walk, dirfd (stream), &status, path, entry->d_name);
    }
  return 0;
}

/* Returns 0 or the errno. */
static int
read_folder (Walk *walk, const char *path, int extra_flags)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | extra_flags);
  DIR *stream = fd < 0 ? NULL : fdopendir (fd);
  int code;

  if (stream == NULL)
    {
      code = errno;
      if (fd >= 0)
        close (fd);
      return code;
    }
  code = read_entries (walk, stream, path);
  closedir (stream);
  return code;
}

/* The user's folder may be a symbolic link; links below it are not followed. A folder below it that
 * can't be read counts as a failure. */
static gboolean
walk_folders (Walk *walk, GError **error)
{
  int code = read_folder (walk, walk->request->folder, 0);

  if (code != 0)
    {
      set_error_from_errno (error, code);
      return FALSE;
    }
  while (walk->folders->len > 0 && !g_cancellable_is_cancelled (walk->cancellable))
    {
      g_autofree char *path = g_ptr_array_steal_index_fast (walk->folders, walk->folders->len - 1);
      code = read_folder (walk, path, O_NOFOLLOW);
      if (code != 0)
        add_failure (walk, path, code);
    }
  return !g_cancellable_set_error_if_cancelled (walk->cancellable, error);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp (((const FileEntry *) a)->path, ((const FileEntry *) b)->path);
}

/* The function of the listing task; its result is a Listing.
 *
 * Runs on: pool */
void
list_folder (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { task, cancellable, user_data, listing_new (), folders };
  GError *error = NULL;

  if (!walk_folders (&walk, &error))
    {
      listing_free (walk.listing);
      asynclit_task_return_error (task, error);
      return;
    }
  g_array_sort (walk.listing->files, compare_files);
  asynclit_task_return_pointer (task, walk.listing, listing_free);
}

/* Hashing */

/* O_NONBLOCK: opening a pipe would otherwise wait for its writer. */
static int
open_regular_file (const char *path, struct stat *status, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  int code = errno;

  if (fd >= 0 && fstat (fd, status) == 0 && S_ISREG (status->st_mode))
    return fd;
  if (fd < 0 && code != ELOOP)
    set_error_from_errno (error, code);
  else
    g_set_error_literal (error, FILE_ERROR, FILE_ERROR_FAILED, _("No longer a regular file"));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Whether the file is still the same as when it was opened. Otherwise, the digest would be that of
 * a mixture of old and new content. Only the result of fstat() counts: the size of files that the
 * kernel generates on reading, as in /proc, says nothing about their content. */
static gboolean
check_unchanged (int fd, const struct stat *before, GError **error)
{
  struct stat after;

  if (fstat (fd, &after) != 0)
    {
      set_error_from_errno (error, errno);
      return FALSE;
    }
  if (after.st_size != before->st_size)
    {
      g_set_error (error, FILE_ERROR, FILE_ERROR_FAILED,
                   _("Changed its size during reading, from %ju to %ju bytes"),
                   (uintmax_t) before->st_size, (uintmax_t) after.st_size);
      return FALSE;
    }
  if (after.st_mtim.tv_sec != before->st_mtim.tv_sec
      || after.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
    {
      g_set_error_literal (error, FILE_ERROR, FILE_ERROR_FAILED, _("Changed during reading"));
      return FALSE;
    }
  return TRUE;
}

/* Adds the content of the file to @checksum, in chunks. */
static gboolean
read_chunks (AsyncLitTask *task, int fd, const struct stat *status, GChecksum *checksum,
             GCancellable *cancellable, GError **error)
{
  guint64 size = status->st_size, done = 0;
  gsize capacity = CLAMP (size + 1, 4096, CHUNK_BYTES);
  g_autofree guchar *buffer = g_malloc (capacity);
  gssize n;

  for (;;)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      n = TEMP_FAILURE_RETRY (read (fd, buffer, capacity));
      if (n < 0)
        set_error_from_errno (error, errno);
      if (n <= 0)
        return n == 0;
      g_checksum_update (checksum, buffer, n);
      done += n;
      if (done < size)
        asynclit_task_set_progress (task, done, size);
      /* A file that grows while it is read may never end. */
      if (done > size && !check_unchanged (fd, status, error))
        return FALSE;
    }
}

/* The function of a file's task. Its result is the digest in hexadecimal, and its progress is the
 * number of bytes read so far. It runs once for each attempt.
 *
 * Runs on: pool */
void
hash_file (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  const FileEntry *file = user_data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GError *error = NULL;
  struct stat status;
  int fd = open_regular_file (file->path, &status, &error);

  if (fd >= 0 && read_chunks (task, fd, &status, checksum, cancellable, &error))
    check_unchanged (fd, &status, &error);
  if (fd >= 0)
    close (fd);

  if (error != NULL)
    asynclit_task_return_error (task, error);
  else
    asynclit_task_return_string (task, g_checksum_get_string (checksum));
}
