/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A process that exits at a random moment, with work in every state, neither hangs nor crashes. The
 * test starts itself repeatedly, with `--child WAY SEED`; only the children use the library. */

#include "stress-support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a child: neither success, which a sanitizer or an early return might produce,
 * nor a status that a shell or a sanitizer uses. */
#define EXIT_CODE 77

/* Longer than any child takes on a busy machine, but shorter than the waits of the tasks. */
#define HANG_SECONDS 30
#define FOREVER_SECONDS 1000

#if defined(__SANITIZE_THREAD__)
/* ThreadSanitizer would make each child sleep for a second before it exits. */
const char *__tsan_default_options (void);

const char *
__tsan_default_options (void)
{
  return "atexit_sleep_ms=10";
}
#endif

/* How a child exits. */
typedef enum {
  WAY_EXIT,      /* exit() in the main thread */
  WAY_RETURN,    /* main() returns after having dropped what it can */
  WAY_CALLBACK,  /* exit() in a completion callback */
  WAY_POOL,      /* exit() in a work function in the pool */
  WAY_WORKER,    /* exit() in a work function on the worker */
  WAY_SHUTDOWN,  /* exit() after asynclit_shutdown() has given up waiting */
  WAY_CLOSED,    /* exit() after the manager was closed, cancelling */
  WAY_RESTARTED, /* exit() after a successful shutdown and a new start */
} Way;

/* In the child: work that never ends, waits, fails, reports or settles later. */

static void
work_for_ever (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  g_usleep (FOREVER_SECONDS * G_USEC_PER_SEC);
}

static void
work_short (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  stress_spin (2000);
  test_report_string (task, "on the way");
  asynclit_task_return_string (task, "there");
}

static gboolean
settle_later (gpointer user_data)
{
  g_autoptr (AsyncLitTask) task = user_data;

  asynclit_task_return_int (task, 1);
  return G_SOURCE_REMOVE;
}

static void
work_later (AsyncLitTask *task, GCancellable *cancellable, gpointer msec)
{
  g_autoptr (GSource) source = g_timeout_source_new (GPOINTER_TO_UINT (msec));

  g_source_set_callback (source, settle_later, g_object_ref (task), NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
work_exit (AsyncLitTask *task, GCancellable *cancellable, gpointer unused)
{
  exit (EXIT_CODE);
}

static void
on_completed_exit (AsyncLitTask *task, gpointer unused)
{
  exit (EXIT_CODE);
}

static void
on_progressed (AsyncLitTask *task, const GValue *value, gpointer unused)
{
}

static void
submit_work (AsyncLitTaskManager *manager, guint i)
{
  g_autoptr (AsyncLitRetryPolicy) hasty
      = asynclit_retry_policy_new_full (G_MAXUINT, 0.0005, 1.0, 1.0, 0.5, 0.0, NULL);
  g_autoptr (AsyncLitRetryPolicy) patient
      = asynclit_retry_policy_new_full (G_MAXUINT, 500.0, 500.0, 1.0, 0.0, 0.0, NULL);
  g_autoptr (AsyncLitTask) shortly
      = asynclit_task_manager_submit (manager, NULL, work_short, NULL, NULL);
  g_autoptr (AsyncLitTask) hastily
      = asynclit_task_manager_submit (manager, hasty, test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) patiently
      = asynclit_task_manager_submit_async (manager, patient, test_work_fail, NULL, NULL);
  g_autoptr (AsyncLitTask) soon
      = asynclit_task_manager_submit_async (manager, NULL, work_later, GUINT_TO_POINTER (1), NULL);
  g_autoptr (AsyncLitTask) never = asynclit_task_manager_submit_async (
      manager, NULL, work_later, GUINT_TO_POINTER (FOREVER_SECONDS * 1000), NULL);
  g_autoptr (AsyncLitTask) in_context
      = asynclit_task_manager_submit_in_context (manager, NULL, work_short, NULL, NULL);

  g_signal_connect (shortly, "progressed", G_CALLBACK (on_progressed), NULL);
  if (i % 5 == 0)
    asynclit_task_cancel (patiently);
}

/* Blocked threads of the pool, fewer than there are. */
static void
submit_blockers (AsyncLitTaskManager *manager)
{
  for (guint i = 0; i < 3; i++)
    g_object_unref (asynclit_task_manager_submit (manager, NULL, work_for_ever, NULL, NULL));
}

static void
submit_subprocess (AsyncLitTaskManager *manager)
{
#if defined(__SANITIZE_THREAD__)
  /* ThreadSanitizer itself sometimes deadlocks if one thread forks while another exits. */
#else
  const char *const argv[] = { "sh", "-c", "echo one; sleep 0.05; echo two", NULL };

  g_object_unref (asynclit_task_manager_submit_subprocess (manager, NULL, argv));
#endif
}

static void
submit_all (AsyncLitTaskManager *manager, GRand *random)
{
  guint n = (guint) g_rand_int_range (random, 1, 20);

  if (g_rand_boolean (random))
    submit_blockers (manager);
  if (g_rand_int_range (random, 0, 4) == 0)
    submit_subprocess (manager);
  for (guint i = 0; i < n; i++)
    submit_work (manager, i);
}

static void
end_of_callback (AsyncLitTaskManager *manager)
{
  asynclit_task_add_callback (asynclit_task_manager_submit (manager, NULL, work_short, NULL, NULL),
                              on_completed_exit, NULL, NULL);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_the_end (void)
{
  g_usleep (FOREVER_SECONDS * G_USEC_PER_SEC);
}

static void
restart (AsyncLitTaskManager *manager, GRand *random)
{
  /* If there are blocked threads, it fails: that is a restart, too. */
  asynclit_shutdown (0.01);
  submit_all (manager, random);
}

static void
end_child (Way way, AsyncLitTaskManager *manager, GRand *random)
{
  switch (way)
    {
    case WAY_CALLBACK:
      end_of_callback (manager);
      break;
    case WAY_POOL:
      g_object_unref (asynclit_task_manager_submit (manager, NULL, work_exit, NULL, NULL));
      wait_for_the_end ();
      break;
    case WAY_WORKER:
      g_object_unref (asynclit_task_manager_submit_async (manager, NULL, work_exit, NULL, NULL));
      wait_for_the_end ();
      break;
    case WAY_SHUTDOWN:
      asynclit_shutdown (0.005);
      break;
    case WAY_CLOSED:
      asynclit_task_manager_close (manager, ASYNCLIT_CLOSE_MODE_CANCEL);
      break;
    case WAY_RESTARTED:
      restart (manager, random);
      break;
    case WAY_EXIT:
    case WAY_RETURN:
    default:
      break;
    }
}

static int
run_child (Way way, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (AsyncLitTaskManager) manager = g_rand_boolean (random)
                                                ? asynclit_task_manager_new ()
                                                : g_object_ref (asynclit_get_default_manager ());

  submit_all (manager, random);
  if (g_rand_boolean (random))
    test_iterate_pending (NULL);
  stress_spin ((guint) g_rand_int_range (random, 0, 3)
               * (guint) g_rand_int_range (random, 0, 500000));

  end_child (way, manager, random);
  if (way != WAY_RETURN)
    exit (EXIT_CODE);
  return EXIT_CODE;
}

/* In the parent */

static GPid
spawn_child (Way way, guint32 seed)
{
  g_autofree char *way_text = g_strdup_printf ("%d", (int) way);
  g_autofree char *seed_text = g_strdup_printf ("%u", seed);
  const char *argv[] = { "/proc/self/exe", "--child", way_text, seed_text, NULL };
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  GPid pid;

  argv[0] = self;
  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

static void
assert_child_ends (GPid pid, Way way, guint32 seed)
{
  gint64 deadline = g_get_monotonic_time () + HANG_SECONDS * G_USEC_PER_SEC;
  int status;

  while (waitpid (pid, &status, WNOHANG) == 0)
    {
      if (g_get_monotonic_time () > deadline)
        {
          kill (pid, SIGABRT);
          g_error ("the child hangs: --child %d %u", (int) way, seed);
        }
      g_usleep (1000);
    }

  if (!WIFEXITED (status) || WEXITSTATUS (status) != EXIT_CODE)
    g_error ("the child ended with wait status 0x%x: --child %d %u", (guint) status, (int) way,
             seed);
}

static void
test_exit (gconstpointer data)
{
  Way way = (Way) GPOINTER_TO_INT (data);

  for (guint i = 0; i < stress_scale (40); i++)
    {
      guint32 seed = (guint32) g_test_rand_int ();
      guint32 other_seed = (guint32) g_test_rand_int ();
      GPid pid = spawn_child (way, seed);
      GPid other_pid = spawn_child (way, other_seed);

      assert_child_ends (pid, way, seed);
      assert_child_ends (other_pid, way, other_seed);
    }
}

int
main (int argc, char *argv[])
{
  const char *const names[]
      = { "exit", "return", "callback", "pool", "worker", "shutdown", "closed", "restarted" };

  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return run_child ((Way) atoi (argv[2]), (guint32) strtoul (argv[3], NULL, 10));

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/exit/by/", names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_exit);
    }
  return g_test_run ();
}
