/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The list of what to download, and the names that the files get. */

#include "config.h"

#include "fetch-many.h"

/* Adds the lines of a file, but for empty ones and comments. */
gboolean
read_list (const char *path, GPtrArray *urls, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (g_str_equal (path, "-"))
    path = "/dev/stdin";
  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (*g_strstrip (*line) != '\0' && **line != '#')
      g_ptr_array_add (urls, g_strdup (*line));
  return TRUE;
}

/* The last part of the path, which must not lead out of the folder. */
static char *
name_of (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  const char *slash = strrchr (path, '/');
  const char *last = slash != NULL ? slash + 1 : path;
  g_autofree char *plain = g_uri_unescape_string (last, NULL);
  g_autofree char *name = g_utf8_make_valid (plain != NULL ? plain : last, -1);
  const char *visible = name;

  while (*visible == '.')
    visible++;
  for (char *p = name; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || *p == '/' || *p == '\\')
      *p = '_';
  return g_strdup (*visible != '\0' ? visible : "index.html");
}

static char *
make_unique (const char *name, GHashTable *names)
{
  char *unique = g_strdup (name);

  for (guint i = 1; g_hash_table_contains (names, unique); i++)
    {
      g_free (unique);
      unique = g_strdup_printf ("%s.%u", name, i);
    }
  return unique;
}

static void
download_free (gpointer data)
{
  Download *self = data;

  g_free (self->url);
  g_free (self->name);
  g_free (self->folder);
  g_object_unref (self->session);
  g_free (self);
}

static Download *
download_new (const char *url, const char *folder, SoupSession *session, GHashTable *names,
              GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  g_autofree char *name = NULL;
  Download *self;

  if ((g_strcmp0 (scheme, "http") != 0 && g_strcmp0 (scheme, "https") != 0)
      || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not a URL of the Web",
                   url);
      return NULL;
    }
  name = name_of (uri);
  self = g_new0 (Download, 1);
  self->url = g_strdup (url);
  self->name = make_unique (name, names);
  self->folder = g_strdup (folder);
  self->session = g_object_ref (session);
  return self;
}

/* A download for each URL, once. */
GPtrArray *
list_downloads (GPtrArray *urls, const char *folder, SoupSession *session, GError **error)
{
  g_autoptr (GPtrArray) downloads = g_ptr_array_new_with_free_func (download_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_add (names, (gpointer) SUMS_NAME);
  for (guint i = 0; i < urls->len; i++)
    {
      Download *download;

      if (!g_hash_table_add (seen, urls->pdata[i]))
        continue;
      download = download_new (urls->pdata[i], folder, session, names, error);
      if (download == NULL)
        return NULL;
      g_hash_table_add (names, download->name);
      g_ptr_array_add (downloads, download);
    }
  return g_steal_pointer (&downloads);
}
