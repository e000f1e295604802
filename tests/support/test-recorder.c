/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-support.h"

#include <pthread.h>

typedef struct
{
  char *text;
  GThread *thread; /* compared only */
} Event;

struct _TestRecorder
{
  pthread_mutex_t lock; /* guards the rest; ThreadSanitizer can't see GLib's */
  GArray *events;
};

static void
event_clear (gpointer event)
{
  g_free (((Event *) event)->text);
}

TestRecorder *
test_recorder_new (void)
{
  TestRecorder *recorder = g_new0 (TestRecorder, 1);

  pthread_mutex_init (&recorder->lock, NULL);
  recorder->events = g_array_new (FALSE, FALSE, sizeof (Event));
  g_array_set_clear_func (recorder->events, event_clear);
  return recorder;
}

void
test_recorder_free (TestRecorder *recorder)
{
  g_array_unref (recorder->events);
  pthread_mutex_destroy (&recorder->lock);
  g_free (recorder);
}

void
test_recorder_add (TestRecorder *recorder, const char *format, ...)
{
  Event event = { NULL, g_thread_self () };
  va_list args;

  va_start (args, format);
  event.text = g_strdup_vprintf (format, args);
  va_end (args);

  pthread_mutex_lock (&recorder->lock);
  g_array_append_val (recorder->events, event);
  pthread_mutex_unlock (&recorder->lock);
}

guint
test_recorder_get_length (TestRecorder *recorder)
{
  guint length;

  pthread_mutex_lock (&recorder->lock);
  length = recorder->events->len;
  pthread_mutex_unlock (&recorder->lock);
  return length;
}

guint
test_recorder_count (TestRecorder *recorder, const char *event)
{
  guint count = 0;

  pthread_mutex_lock (&recorder->lock);
  for (guint i = 0; i < recorder->events->len; i++)
    if (g_str_equal (g_array_index (recorder->events, Event, i).text, event))
      count++;
  pthread_mutex_unlock (&recorder->lock);
  return count;
}

char *
test_recorder_join (TestRecorder *recorder)
{
  g_autoptr (GString) joined = g_string_new (NULL);

  pthread_mutex_lock (&recorder->lock);
  for (guint i = 0; i < recorder->events->len; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? " " : "",
                            g_array_index (recorder->events, Event, i).text);
  pthread_mutex_unlock (&recorder->lock);
  return g_string_free (g_steal_pointer (&joined), FALSE);
}

gboolean
test_recorder_all_on_thread (TestRecorder *recorder, GThread *thread)
{
  gboolean all = TRUE;

  pthread_mutex_lock (&recorder->lock);
  for (guint i = 0; i < recorder->events->len; i++)
    all = all && g_array_index (recorder->events, Event, i).thread == thread;
  pthread_mutex_unlock (&recorder->lock);
  return all;
}

static char *
value_to_text (const GValue *value)
{
  g_auto (GValue) text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  g_assert_true (g_value_transform (value, &text));
  return g_value_dup_string (&text);
}

static void
on_notify_status (AsyncLitTask *task, GParamSpec *pspec, gpointer recorder)
{
  g_autoptr (GEnumClass) nicks = g_type_class_ref (ASYNCLIT_TYPE_TASK_STATUS);
  int status = (int) asynclit_task_get_status (task);

  test_recorder_add (recorder, "status:%s", g_enum_get_value (nicks, status)->value_nick);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer recorder)
{
  g_autofree char *text = value_to_text (value);

  test_recorder_add (recorder, "progressed:%s", text);
}

static void
on_retrying (AsyncLitTask *task, guint attempt, double delay, const GError *error,
             gpointer recorder)
{
  g_assert_nonnull (error);
  g_assert_cmpfloat (delay, >=, 0);
  test_recorder_add (recorder, "retrying:%u", attempt);
}

static void
on_completed (AsyncLitTask *task, gpointer recorder)
{
  g_assert_true (asynclit_task_get_done (task));
  test_recorder_add (recorder, "completed");
}

void
test_recorder_watch (TestRecorder *recorder, AsyncLitTask *task)
{
  g_signal_connect (task, "notify::status", G_CALLBACK (on_notify_status), recorder);
  g_signal_connect (task, "progressed", G_CALLBACK (on_progressed), recorder);
  g_signal_connect (task, "retrying", G_CALLBACK (on_retrying), recorder);
  g_signal_connect (task, "completed", G_CALLBACK (on_completed), recorder);
}

char *
test_values_join (GPtrArray *values)
{
  g_autoptr (GString) joined = g_string_new (NULL);

  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *text = value_to_text (g_ptr_array_index (values, i));

      g_string_append_printf (joined, "%s%s", i > 0 ? " " : "", text);
    }
  return g_string_free (g_steal_pointer (&joined), FALSE);
}
