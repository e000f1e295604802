/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The functions of the tasks, which run on threads of the library's pool. */

#include "config.h"

#include "checksum-window.h"

#include <sys/resource.h>

/* Short enough for a cancelled task to end soon. */
#define CHUNK_BYTES (128 * 1024)

#define MAX_ATTEMPTS 3

/* For the threads that compute: the window has priority if there are too few processors. */
#define NICENESS 10

#define ATTRIBUTES                                                                                 \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE                                \
                                 "," G_FILE_ATTRIBUTE_STANDARD_SIZE

/* Files */

static void
checksum_file_clear (gpointer data)
{
  ChecksumFile *self = data;

  g_object_unref (self->location);
  g_free (self->name);
  g_free (self->sort_key);
  g_clear_error (&self->error);
}

static void
checksum_file_unref (gpointer file)
{
  g_atomic_rc_box_release_full (file, checksum_file_clear);
}

static ChecksumFile *
checksum_file_new (GFile *top, GFile *location, guint64 size)
{
  ChecksumFile *self = g_atomic_rc_box_new0 (ChecksumFile);
  g_autofree char *path = g_file_get_relative_path (top, location);

  self->location = g_object_ref (location);
  self->name = g_filename_display_name (path);
  self->sort_key = g_utf8_collate_key_for_filename (self->name, -1);
  self->size = size;
  return self;
}

/* Listing */

/* Adds the files of a folder to @files, and its folders to @folders. */
static gboolean
list_folder (GFile *top, GFile *folder, GPtrArray *files, GQueue *folders,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (GFileEnumerator) children = g_file_enumerate_children (
      folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, cancellable, error);
  GFileInfo *info;
  GFile *child;

  if (children == NULL)
    return FALSE;
  while (g_file_enumerator_iterate (children, &info, &child, cancellable, error))
    {
      if (info == NULL)
        return TRUE;
      if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
        g_queue_push_tail (folders, g_object_ref (child));
      else if (g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR)
        g_ptr_array_add (files, checksum_file_new (top, child, g_file_info_get_size (info)));
    }
  return FALSE;
}

/* A folder below @top that can't be listed is also in @files; its task will fail. */
static gboolean
list_all (GFile *top, GPtrArray *files, GCancellable *cancellable, GError **error)
{
  g_autoptr (GQueue) folders = g_queue_new ();
  GFile *folder;

  if (!list_folder (top, top, files, folders, cancellable, error))
    return FALSE;
  while ((folder = g_queue_pop_head (folders)) != NULL)
    {
      GError *failure = NULL;

      if (!list_folder (top, folder, files, folders, cancellable, &failure))
        {
          ChecksumFile *file = checksum_file_new (top, folder, 0);

          file->error = failure;
          g_ptr_array_add (files, file);
        }
      g_object_unref (folder);
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const ChecksumFile *const *) a)->sort_key,
                 (*(const ChecksumFile *const *) b)->sort_key);
}

static void
pointer_array_unref (gpointer array)
{
  g_ptr_array_unref (array);
}

/* The function of a task: its result is a GPtrArray of ChecksumFile.
 *
 * Runs on: pool */
void
list_files (AsyncLitTask *task, GCancellable *cancellable, gpointer folder)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (checksum_file_unref);
  GError *error = NULL;

  if (!list_all (folder, files, cancellable, &error))
    {
      asynclit_task_return_error (task, error);
      return;
    }
  g_ptr_array_sort (files, compare_files);
  asynclit_task_return_pointer (task, g_steal_pointer (&files), pointer_array_unref);
}

/* Computing */

static gboolean
read_all (AsyncLitTask *task, GInputStream *stream, guint64 size, GChecksum *checksum,
          GCancellable *cancellable, GError **error)
{
  g_autofree guchar *buffer = g_malloc (CHUNK_BYTES);
  guint64 done = 0;
  gssize n;

  asynclit_task_set_progress (task, 0, size);
  while ((n = g_input_stream_read (stream, buffer, CHUNK_BYTES, cancellable, error)) > 0)
    {
      g_checksum_update (checksum, buffer, n);
      done += n;
      asynclit_task_set_progress (task, done, size);
    }
  return n == 0;
}

/* The function of a file's task. Its progress is the number of bytes read, and its result is the
 * SHA-256 in hexadecimal.
 *
 * Runs on: pool */
void
compute_checksum (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  ChecksumFile *file = user_data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GError *error = file->error != NULL ? g_error_copy (file->error) : NULL;
  g_autoptr (GFileInputStream) stream = NULL;

  /* On Linux, this applies to the thread, not to the process. */
  setpriority (PRIO_PROCESS, 0, NICENESS);
  if (error == NULL)
    stream = g_file_read (file->location, cancellable, &error);
  if (stream != NULL
      && read_all (task, G_INPUT_STREAM (stream), file->size, checksum, cancellable, &error))
    asynclit_task_return_string (task, g_checksum_get_string (checksum));
  else
    asynclit_task_return_error (task, error);
}

/* Tasks */

static GQuark
file_quark (void)
{
  return g_quark_from_static_string ("checksum-file");
}

ChecksumFile *
checksum_task_get_file (AsyncLitTask *task)
{
  return g_object_get_qdata (G_OBJECT (task), file_quark ());
}

/* What may succeed later is tried again. */
static AsyncLitRetryPolicy *
retry_policy_new (void)
{
  static const int codes[] = { G_IO_ERROR_BUSY, G_IO_ERROR_TIMED_OUT,
                               G_IO_ERROR_TOO_MANY_OPEN_FILES, G_IO_ERROR_HOST_UNREACHABLE,
                               G_IO_ERROR_CONNECTION_CLOSED };
  AsyncLitRetryPolicy *policy = asynclit_retry_policy_new (MAX_ATTEMPTS);

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      AsyncLitRetryPolicy *before = policy;
      policy = asynclit_retry_policy_with_retry_on (before, G_IO_ERROR, codes[i]);
      g_object_unref (before);
    }
  return policy;
}

/* Creates a task for a file, which replaces the file's previous task. It is not submitted yet. */
AsyncLitTask *
checksum_task_new (ChecksumFile *file)
{
  static AsyncLitRetryPolicy *retry;
  AsyncLitTask *task = asynclit_task_new ();

  if (retry == NULL)
    retry = retry_policy_new ();
  file->task = task;
  file->bytes_done = 0;
  asynclit_task_set_name (task, file->name);
  asynclit_task_set_retry_policy (task, retry);
  asynclit_task_set_func (task, compute_checksum, g_atomic_rc_box_acquire (file),
                          checksum_file_unref);
  g_object_set_qdata_full (G_OBJECT (task), file_quark (), g_atomic_rc_box_acquire (file),
                           checksum_file_unref);
  return task;
}
