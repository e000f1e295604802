/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The functions of the tasks, which run on threads of the library's pool. */

#include "config.h"

#include "fetch-many.h"

#include <glib/gstdio.h>

#define CHUNK_BYTES (64 * 1024)
#define MAX_DELAY 60.0
#define JITTER 0.2

/* In messages of HTTP_ERROR, whose codes are those of HTTP. */
#define RETRY_AFTER "Retry-After: "
#define HTTP_ERROR (http_error_quark ())

static G_DEFINE_QUARK (http - error - quark, http_error)

    /* What to try again, and when */

    static gboolean is_temporary_status (int status)
{
  static const int temporary[] = { 408, 425, 429, 500, 502, 503, 504 };

  for (guint i = 0; i < G_N_ELEMENTS (temporary); i++)
    if (temporary[i] == status)
      return TRUE;
  return FALSE;
}

static gboolean
is_temporary (const GError *error, gpointer user_data)
{
  static const int temporary[] = {
    G_IO_ERROR_TIMED_OUT,          G_IO_ERROR_PARTIAL_INPUT,    G_IO_ERROR_CONNECTION_CLOSED,
    G_IO_ERROR_CONNECTION_REFUSED, G_IO_ERROR_HOST_UNREACHABLE, G_IO_ERROR_NETWORK_UNREACHABLE,
    G_IO_ERROR_HOST_NOT_FOUND,
  };

  if (error->domain == HTTP_ERROR)
    return is_temporary_status (error->code);
  for (guint i = 0; i < G_N_ELEMENTS (temporary); i++)
    if (g_error_matches (error, G_IO_ERROR, temporary[i]))
      return TRUE;
  return error->domain == G_RESOLVER_ERROR;
}

/* The delay that the server asks for; negative for the computed one. */
static double
delay_of (const GError *error, guint attempt_index, double computed, gpointer user_data)
{
  const char *value = error->domain == HTTP_ERROR ? strstr (error->message, RETRY_AFTER) : NULL;
  double seconds = -1;

  if (value != NULL && !asynclit_parse_retry_after (value + strlen (RETRY_AFTER), NULL, &seconds))
    return -1;
  return seconds;
}

AsyncLitRetryPolicy *
fetch_retry_policy (guint max_attempts, double delay)
{
  g_autoptr (AsyncLitRetryPolicy) plain = asynclit_retry_policy_new_full (
      max_attempts, delay, MAX (delay, MAX_DELAY), 2, JITTER, 0, NULL);
  g_autoptr (AsyncLitRetryPolicy) choosy
      = asynclit_retry_policy_with_retry_if (plain, is_temporary, NULL, NULL);

  return asynclit_retry_policy_with_delay_func (choosy, delay_of, NULL, NULL);
}

/* One attempt */

static GInputStream *
open_url (SoupSession *session, SoupMessage *message, GCancellable *cancellable, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  g_autoptr (GInputStream) body = soup_session_send (session, message, cancellable, error);
  guint status = soup_message_get_status (message);
  const char *retry_after = soup_message_headers_get_one (headers, "Retry-After");

  if (body == NULL)
    return NULL;
  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    return g_steal_pointer (&body);
  g_set_error (error, HTTP_ERROR, (int) status, "%u %s%s%s", status,
               soup_message_get_reason_phrase (message), retry_after ? "; " RETRY_AFTER : "",
               retry_after ? retry_after : "");
  return NULL;
}

/* Returns the SHA-256 of everything. */
static char *
copy (AsyncLitTask *task, GInputStream *from, GOutputStream *to, double total,
      GCancellable *cancellable, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *chunk = g_malloc (CHUNK_BYTES);
  double done = 0;
  gssize size;

  while ((size = g_input_stream_read (from, chunk, CHUNK_BYTES, cancellable, error)) > 0)
    {
      if (!g_output_stream_write_all (to, chunk, (gsize) size, NULL, cancellable, error))
        return NULL;
      g_checksum_update (sum, chunk, size);
      done += (double) size;
      asynclit_task_set_progress (task, done, total);
    }
  if (size < 0)
    return NULL;
  if (done >= total)
    return g_strdup (g_checksum_get_string (sum));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
               "The connection ended after %.0f of %.0f bytes", done, total);
  return NULL;
}

static char *
fetch_to (AsyncLitTask *task, const Download *download, GFile *part, GCancellable *cancellable,
          GError **error)
{
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, download->url);
  g_autoptr (GInputStream) body = open_url (download->session, message, cancellable, error);
  g_autoptr (GFileOutputStream) file = NULL;
  g_autofree char *sum = NULL;

  if (body == NULL)
    return NULL;
  file = g_file_replace (part, NULL, FALSE, G_FILE_CREATE_NONE, cancellable, error);
  if (file == NULL)
    return NULL;
  sum = copy (task, body, G_OUTPUT_STREAM (file),
              (double) soup_message_headers_get_content_length (
                  soup_message_get_response_headers (message)),
              cancellable, error);
  if (sum == NULL || !g_output_stream_close (G_OUTPUT_STREAM (file), cancellable, error))
    return NULL;
  return g_steal_pointer (&sum);
}

/* The function of a download's task. Its result is the SHA-256. The file gets its name once it is
 * complete. */
void
fetch (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  const Download *download = user_data;
  g_autofree char *part_name = g_strdup_printf (".%s.part", download->name);
  g_autoptr (GFile) part = g_file_new_build_filename (download->folder, part_name, NULL);
  g_autoptr (GFile) file = g_file_new_build_filename (download->folder, download->name, NULL);
  g_autofree char *sum = NULL;
  GError *error = NULL;

  asynclit_task_set_progress_unit (task, ASYNCLIT_UNIT_BYTES);
  sum = fetch_to (task, download, part, cancellable, &error);
  if (sum != NULL
      && g_file_move (part, file, G_FILE_COPY_OVERWRITE, cancellable, NULL, NULL, &error))
    {
      asynclit_task_return_string (task, sum);
      return;
    }
  g_file_delete (part, NULL, NULL);
  asynclit_task_return_error (task, error);
}

/* The last step */

static int
compare_lines (gconstpointer left, gconstpointer right)
{
  return strcmp (*(const char *const *) left, *(const char *const *) right);
}

/* Lists the files that have come. */
void
write_sums (AsyncLitTask *task, GCancellable *cancellable, gpointer user_data)
{
  const SumsFile *self = user_data;
  g_autofree char *path = g_build_filename (self->folder, SUMS_NAME, NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  GError *error = NULL;

  for (guint i = 0; i < self->tasks->len; i++)
    {
      const GValue *sum = asynclit_task_get_result (self->tasks->pdata[i], NULL);

      if (sum != NULL)
        g_ptr_array_add (lines, g_strdup_printf ("%s  %s\n", g_value_get_string (sum),
                                                 asynclit_task_get_name (self->tasks->pdata[i])));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  text = g_strjoinv ("", (char **) lines->pdata);
  if (g_file_set_contents (path, text, -1, &error))
    asynclit_task_return_boolean (task, TRUE);
  else
    asynclit_task_return_error (task, error);
}
