/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Forks while the thread of a store is writing: the child does not touch the parent's file, and has
 * stores of its own. The parent's file is complete. */

#include "stress-support.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that takes longer is killed by SIGALRM, and the test fails. */
#define CHILD_SECONDS 30

#define N_JOBS 50

#if defined(__SANITIZE_THREAD__)

static void
test_skipped (void)
{
  g_test_skip ("the child of a fork cannot start threads under ThreadSanitizer");
}

#else

typedef struct {
  char *folder;
  char *path;
  AsyncLitScheduleStore *store;
  AsyncLitScheduler *scheduler;
} Memory;

static gboolean
memory_open (Memory *self, const char *name)
{
  self->path = g_build_filename (self->folder, name, NULL);
  self->store = asynclit_schedule_store_new (self->path, NULL);
  if (self->store == NULL)
    return FALSE;
  self->scheduler = g_object_new (ASYNCLIT_TYPE_SCHEDULER, "store", self->store, NULL);
  return TRUE;
}

/* FALSE if the file lacks something. Removes the file. */
static gboolean
memory_close (Memory *self)
{
  gboolean is_whole = asynclit_schedule_store_close (self->store, CHILD_SECONDS, NULL, NULL);

  g_clear_object (&self->scheduler);
  g_clear_object (&self->store);
  g_unlink (self->path);
  g_clear_pointer (&self->path, g_free);
  return is_whole;
}

static AsyncLitScheduledTask *
memory_add_job (Memory *self, guint number)
{
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (1000);
  g_autofree char *id = g_strdup_printf ("job-%u", number);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);

  asynclit_scheduled_task_set_name (job, id);
  return asynclit_scheduler_add (self->scheduler, job, TRUE, NULL) ? g_steal_pointer (&job) : NULL;
}

/* Returns the number of the step that failed, or 0. */
static int
write_in_child (Memory *of_parent)
{
  g_autofree char *name = g_strdup_printf ("child-%d.db", (int) getpid ());
  g_autoptr (GError) error = NULL;
  g_autoptr (AsyncLitScheduledTask) job = NULL;
  Memory own = { .folder = of_parent->folder };

  /* There is nothing to wait for. */
  if (!asynclit_schedule_store_flush (of_parent->store, -1, NULL, NULL)
      || !asynclit_schedule_store_close (of_parent->store, -1, NULL, NULL))
    return 1;
  if (asynclit_schedule_store_new (of_parent->path, &error) != NULL
      || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return 2;
  if (!memory_open (&own, name) || (job = memory_add_job (&own, 0)) == NULL)
    return 3;
  if (!asynclit_schedule_store_flush (own.store, CHILD_SECONDS, NULL, NULL))
    return 4;
  return memory_close (&own) ? 0 : 5;
}

static void
assert_child_ended_well (pid_t pid)
{
  int status;

  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  if (WIFSIGNALED (status))
    g_error ("the child was ended by signal %d", WTERMSIG (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static gboolean
is_supported (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (asynclit_schedule_store_new ("", &error)); /* no file has this name */
  return !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_beside_writer (void)
{
  Memory memory = { .folder = g_dir_make_tmp ("asynclit-fork-XXXXXX", NULL) };
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);

  g_assert_true (memory_open (&memory, "parent.db"));
  for (guint i = 0; i < N_JOBS; i++)
    g_ptr_array_add (jobs, memory_add_job (&memory, i));
  for (guint i = 0; i < stress_scale (100); i++)
    {
      pid_t pid;

      /* Writing begins with the first change, and the others follow in the meantime. */
      for (guint k = 0; k <= i % N_JOBS; k++)
        asynclit_scheduled_task_set_paused (jobs->pdata[k], i % 2 == 0);
      pid = fork ();
      g_assert_cmpint (pid, >=, 0);
      if (pid == 0)
        {
          alarm (CHILD_SECONDS);
          stress_end_child (write_in_child (&memory));
        }
      assert_child_ended_well (pid);
    }
  g_assert_true (asynclit_schedule_store_flush (memory.store, -1, NULL, NULL));
  g_assert_true (memory_close (&memory));
  g_assert_cmpint (g_rmdir (memory.folder), ==, 0);
  g_free (memory.folder);
}

#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#if defined(__SANITIZE_THREAD__)
  g_test_add_func ("/fork-store/skipped", test_skipped);
#else
  if (is_supported ())
    g_test_add_func ("/fork-store/beside-writer", test_beside_writer);
#endif
  return g_test_run ();
}
