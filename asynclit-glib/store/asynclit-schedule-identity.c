/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A file that is not a schedule belongs to another program, and must not be changed. It is
 * therefore examined in a way in which SQLite writes neither to it nor beside it. */

#include "config.h"

#include "asynclit-schedule-identity-private.h"

#ifdef HAVE_SQLITE

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sqlite3.h>
#include <string.h>

#define MAGIC "SQLite format 3" /* with the terminating zero */
#define HEAD_SIZE 100
#define APPLICATION_ID_OFFSET 68

/* The library locks the file itself: see asynclit-schedule-file.c. */
#ifdef F_OFD_SETLK
const char *const asynclit_schedule_vfs = "unix-none";
#else
const char *const asynclit_schedule_vfs = NULL;
#endif

typedef struct {
  int application_id;
  int format;
  guint n_objects; /* tables, indices and the like */
  guint n_ours;
} Findings;

/* SQLite may quote the content of the file. */
static void
refuse (AsyncLitScheduleFile *file, const char *reason, GError **error)
{
  g_autofree char *text = g_utf8_make_valid (reason, -1);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("“%s” is not a schedule file and was left unchanged: %s"),
               asynclit_schedule_file_get_name (file), text);
}

/* If another program was about to change the file, there may be a log. If there is none, SQLite is
 * told that the file is immutable, and creates none. */
static int
open_to_look (AsyncLitScheduleFile *file, sqlite3 **db)
{
  g_autofree char *escaped
      = g_uri_escape_string (asynclit_schedule_file_get_path (file), "/", FALSE);
  gboolean has_log = asynclit_schedule_file_has_log (file);
  g_autofree char *uri = g_strconcat ("file:", escaped, has_log ? "" : "?immutable=1", NULL);
  int result
      = sqlite3_open_v2 (uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, asynclit_schedule_vfs);

  if (result == SQLITE_OK)
    result = sqlite3_db_config (*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_exec (*db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
  return result;
}

static int
note_number (void *number, int n_columns, char **values, char **names)
{
  *(int *) number = values[0] != NULL ? atoi (values[0]) : 0;
  return 0;
}

static gboolean
is_ours (const char *sql)
{
  return g_strcmp0 (sql, "CREATE TABLE " ASYNCLIT_SCHEDULE_JOBS) == 0
         || g_strcmp0 (sql, "CREATE TABLE " ASYNCLIT_SCHEDULE_RUNS) == 0
         || g_strcmp0 (sql, "CREATE INDEX " ASYNCLIT_SCHEDULE_INDEX) == 0;
}

static int
note_object (void *data, int n_columns, char **values, char **names)
{
  Findings *findings = data;

  findings->n_objects++;
  findings->n_ours += is_ours (values[0]);
  return 0;
}

static int
look (sqlite3 *db, Findings *findings)
{
  int result
      = sqlite3_exec (db, "PRAGMA application_id", note_number, &findings->application_id, NULL);

  if (result == SQLITE_OK)
    result = sqlite3_exec (db, "PRAGMA user_version", note_number, &findings->format, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_exec (db, "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
                           note_object, findings, NULL);
  return result;
}

/* A schedule may contain additional objects, such as an index that the user has created, but only
 * if it has the application ID. */
static gboolean
judge (AsyncLitScheduleFile *file, const Findings *findings, GError **error)
{
  gboolean is_marked = findings->application_id == ASYNCLIT_SCHEDULE_APPLICATION_ID;

  if (findings->application_id != 0 && !is_marked)
    refuse (file, _ ("it belongs to another application"), error);
  else if (is_marked && findings->format > ASYNCLIT_SCHEDULE_FORMAT)
    refuse (file, _ ("it was written by a newer version of this library"), error);
  else if (!is_marked && findings->n_objects == 0 && findings->format == 0)
    return TRUE;
  else if (findings->n_ours != 3 || findings->format != ASYNCLIT_SCHEDULE_FORMAT
           || (!is_marked && findings->n_objects != 3))
    refuse (file, _ ("it has different tables"), error);
  else
    return TRUE;
  return FALSE;
}

static gboolean
identify_database (AsyncLitScheduleFile *file, GError **error)
{
  sqlite3 *db = NULL;
  Findings findings = { 0 };
  int result = open_to_look (file, &db);
  gboolean is_schedule = FALSE;

  if (result == SQLITE_OK)
    result = look (db, &findings);
  if (result == SQLITE_OK)
    is_schedule = judge (file, &findings, error);
  else
    refuse (file, db != NULL ? sqlite3_errmsg (db) : sqlite3_errstr (result), error);
  sqlite3_close (db);
  return is_schedule;
}

/* Judges only by the first bytes; a log may contain something else. */
static gboolean
is_marked_otherwise (const guint8 *head)
{
  const guint8 *id = head + APPLICATION_ID_OFFSET;
  guint32 mark = (guint32) id[0] << 24 | (guint32) id[1] << 16 | (guint32) id[2] << 8 | id[3];

  return mark != 0 && mark != ASYNCLIT_SCHEDULE_APPLICATION_ID;
}

gboolean
asynclit_schedule_file_identify (AsyncLitScheduleFile *file, GError **error)
{
  guint8 head[HEAD_SIZE];
  gsize size = asynclit_schedule_file_read_head (file, head, sizeof head);

  if (size == 0)
    return TRUE;
  if (size < HEAD_SIZE || memcmp (head, MAGIC, sizeof MAGIC) != 0)
    refuse (file, _ ("it is not an SQLite database"), error);
  else if (is_marked_otherwise (head))
    refuse (file, _ ("it belongs to another application"), error);
  else
    return identify_database (file, error);
  return FALSE;
}

#endif
