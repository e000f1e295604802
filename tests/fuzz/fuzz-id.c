/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* IDs of tasks and names of the form global:NAME, for asynclit_task_manager_get().
 *
 * Valid IDs differ between processes. An input that begins with '@' therefore contains changes to a
 * valid ID: pairs of a position and a byte. */

#include "fuzz.h"

#include "asynclit-task-id-private.h"
#include "asynclit-task-manager.h"

#include <string.h>

#define PREFIX "global:"

static AsyncLitTaskManager *manager;
static AsyncLitTask *task;

static void
set_up (void)
{
  manager = asynclit_task_manager_new ();
  task = asynclit_task_new ();
  asynclit_task_manager_submit_task (manager, task);
}

static char *
text_of (const uint8_t *data, size_t size)
{
  char *text;
  size_t length;

  if (size == 0)
    return g_strdup ("");
  if (data[0] != '@')
    return g_strndup ((const char *) data, size);
  text = g_strdup (asynclit_task_get_id (task));
  length = strlen (text);
  for (size_t i = 1; i + 1 < size; i += 2)
    text[data[i] % length] = (char) data[i + 1];
  return text;
}

/* A valid ID has one spelling, except for the case of its digits. */
static void
check_id (const char *text)
{
  g_autoptr (AsyncLitTask) found = asynclit_task_manager_get (manager, text);
  g_autofree char *again = NULL;
  guint64 serial;

  if (!asynclit_task_serial_from_id (text, &serial))
    {
      g_assert_null (found);
      return;
    }
  again = asynclit_task_serial_to_id (serial);
  g_assert_cmpint (g_ascii_strcasecmp (text, again), ==, 0);
  g_assert_true ((found == task) == (g_ascii_strcasecmp (text, asynclit_task_get_id (task)) == 0));
}

static void
check_name (const char *name)
{
  g_autoptr (AsyncLitTaskManager) own = asynclit_task_manager_new ();
  g_autoptr (AsyncLitTask) none = NULL;
  g_autoptr (AsyncLitTask) found = NULL;
  g_autofree char *whole = g_strconcat (PREFIX, name, NULL);

  none = asynclit_task_manager_get (own, whole);
  g_assert_null (none);
  asynclit_task_manager_register_global (own, task, name);
  found = asynclit_task_manager_get (own, whole);
  g_assert_true (found == task);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = NULL;

  if (manager == NULL)
    set_up ();
  text = text_of (data, size);
  if (g_str_has_prefix (text, PREFIX))
    check_name (text + strlen (PREFIX));
  else
    check_id (text);
  return 0;
}
