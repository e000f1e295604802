/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A soak test: threads use all operations of tasks and managers in a random mix, for the requested
 * time, in rounds. At the end of each round, no object may be alive, and the memory in use must be
 * the same as before.
 *
 *     soak --seconds 3600 --threads 8 --seed 42
 *
 * The seed determines what each thread does, and in which order, but not when. */

#include "soak.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define DEFAULT_SECONDS 30
#define DEFAULT_SECONDS_SLOW 5
#define DEFAULT_THREADS 4
/* A round takes a tenth of the whole, within these limits. */
#define MIN_ROUND_SECONDS 1
#define MAX_ROUND_SECONDS 20
/* Rounds in which threads, caches and types are created. */
#define WARM_UP_ROUNDS 3
/* The tolerance for the memory in use and the resident memory after a round, compared with the
 * first rounds. The former is exact except for caches of threads, and for tasks that wait for
 * release in a context that is not iterated, up to 256 per thread. The latter depends on
 * fragmentation. */
#define IN_USE_SLACK (1024 * 1024)
#define RESIDENT_SLACK (24 * 1024 * 1024)

static int option_seconds = 0;
static int option_threads = DEFAULT_THREADS;
static gint64 option_seed = 0;

static const GOptionEntry options[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &option_seconds, "How long to run, in seconds", "N" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &option_threads, "How many threads act", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &option_seed, "Repeats a run of this seed", "N" },
  { NULL },
};

typedef struct {
  gsize in_use; /* of the heap; 0 where it is not known */
  gsize resident;
} Memory;

void
soak_count (Soak *soak, SoakCount count)
{
  __atomic_add_fetch (&soak->counts[count], 1, __ATOMIC_RELAXED);
}

gint64
soak_get_count (Soak *soak, SoakCount count)
{
  return __atomic_load_n (&soak->counts[count], __ATOMIC_RELAXED);
}

guint
soak_pick (guint64 *dice, guint n)
{
  *dice ^= *dice >> 12;
  *dice ^= *dice << 25;
  *dice ^= *dice >> 27;
  return (guint) (((*dice * G_GUINT64_CONSTANT (0x2545f4914f6cdd1d)) >> 32) % n);
}

gboolean
soak_chance (guint64 *dice, guint percent)
{
  return soak_pick (dice, 100) < percent;
}

static Memory
look_at_memory (void)
{
  Memory memory = { 0, 0 };

#ifdef __GLIBC__
  if (stress_memory_counts ())
    {
      malloc_trim (0);
      memory.in_use = mallinfo2 ().uordblks;
    }
#endif
  memory.resident = stress_get_resident ();
  return memory;
}

static void
say_what_happened (Soak *soak, gint64 start, Memory memory)
{
  g_test_message ("%5" G_GINT64_FORMAT " s: %" G_GINT64_FORMAT " tasks: %" G_GINT64_FORMAT
                  " done, %" G_GINT64_FORMAT " failed, %" G_GINT64_FORMAT
                  " cancelled, %" G_GINT64_FORMAT " unheard; %" G_GINT64_FORMAT
                  " retries, %" G_GINT64_FORMAT " values; %" G_GSIZE_FORMAT
                  " KiB in use, %" G_GSIZE_FORMAT " KiB resident",
                  (g_get_monotonic_time () - start) / G_USEC_PER_SEC,
                  soak_get_count (soak, SOAK_SUBMITTED), soak_get_count (soak, SOAK_DONE),
                  soak_get_count (soak, SOAK_FAILED), soak_get_count (soak, SOAK_CANCELLED),
                  soak_get_count (soak, SOAK_UNHEARD), soak_get_count (soak, SOAK_RETRIES),
                  soak_get_count (soak, SOAK_VALUES), memory.in_use / 1024,
                  memory.resident / 1024);
}

static gboolean
stop_round (gpointer soak)
{
  g_atomic_int_set (&((Soak *) soak)->stopping, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
all_actors_gone (gpointer soak)
{
  return g_atomic_int_get (&((Soak *) soak)->actors) == 0;
}

/* Jobs are freed on any thread, which wakes nobody. */
static gboolean
all_jobs_gone (gpointer soak)
{
  return g_atomic_int_get (&((Soak *) soak)->jobs) == 0;
}

static gboolean
go_on (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

/* Before the watchdog ends the test. */
static gboolean
describe_living (gpointer soak)
{
  soak_describe_living (soak);
  return G_SOURCE_CONTINUE;
}

static void
empty_slots (Soak *soak)
{
  for (guint i = 0; i < SOAK_SLOTS; i++)
    g_clear_object (&soak->slots[i]);
}

static void
end_round (Soak *soak)
{
  AsyncLitTaskManager *manager = asynclit_get_default_manager ();
  guint tick = g_timeout_add (5, go_on, NULL);
  guint describe = g_timeout_add_seconds (TEST_WATCHDOG_SECONDS / 2, describe_living, soak);
  gint64 ended;

  stress_wait_for_manager (soak->steady);
  stress_wait_for_manager (soak->closable);
  stress_wait_for_manager (manager);
  empty_slots (soak);
  g_clear_object (&soak->steady);
  g_clear_object (&soak->closable);
  asynclit_task_manager_set_max_completed (manager, 0);
  asynclit_task_manager_cleanup (manager);
  asynclit_task_manager_cleanup (soak->helpers);
  /* An actor may have shut down the library; what belongs to the worker's context then waits. */
  asynclit_get_worker_context ();
  test_iterate_until (NULL, all_jobs_gone, soak);
  g_source_remove (tick);
  g_source_remove (describe);

  ended = soak_get_count (soak, SOAK_DONE) + soak_get_count (soak, SOAK_FAILED)
          + soak_get_count (soak, SOAK_CANCELLED) + soak_get_count (soak, SOAK_UNHEARD);
  g_assert_cmpint (ended, ==, soak_get_count (soak, SOAK_SUBMITTED));
}

static void
do_round (Soak *soak, gint64 usec)
{
  StressThreads *threads;
  guint timer;

  soak->steady = asynclit_task_manager_new ();
  soak->closable = asynclit_task_manager_new ();
  g_atomic_int_set (&soak->stopping, FALSE);
  g_atomic_int_set (&soak->actors, option_threads);
  timer = g_timeout_add ((guint) (usec / 1000), stop_round, soak);
  g_source_set_name_by_id (timer, "soak round");
  threads = stress_threads_start ((guint) option_threads, soak_act, soak);
  test_iterate_until (NULL, all_actors_gone, soak);
  stress_threads_join (threads);
  end_round (soak);
  soak->round++;
}

static void
check_memory (Soak *soak, Memory *first)
{
  Memory now = look_at_memory ();

  if (soak->round <= WARM_UP_ROUNDS)
    {
      first->in_use = MAX (first->in_use, now.in_use);
      first->resident = MAX (first->resident, now.resident);
    }
  else if (stress_memory_counts ())
    {
      g_assert_cmpuint (now.in_use, <=, first->in_use + IN_USE_SLACK);
      g_assert_cmpuint (now.resident, <=, first->resident + RESIDENT_SLACK);
    }
}

static void
test_mix (void)
{
  Soak soak = { .seed = (guint64) option_seed };
  gint64 start = g_get_monotonic_time ();
  gint64 end = start + option_seconds * G_USEC_PER_SEC;
  gint64 round = CLAMP (option_seconds / 10, MIN_ROUND_SECONDS, MAX_ROUND_SECONDS)
                 * G_USEC_PER_SEC;
  Memory first = { 0, 0 };

  g_test_message ("seed %" G_GINT64_FORMAT ", %d threads, %d seconds", option_seed,
                  option_threads, option_seconds);
  pthread_mutex_init (&soak.lock, NULL);
  soak.retry = asynclit_retry_policy_new_full (SOAK_MAX_ATTEMPTS, 0.0005, 0.002, 2.0, 0.5, 0.0,
                                               NULL);
  for (guint i = 0; i < SOAK_LIMITERS; i++)
    soak.limiters[i] = asynclit_limiter_new (i + 1);
  asynclit_limiter_set_rate (soak.limiters[SOAK_LIMITERS - 1], 5000);
  soak.helpers = asynclit_task_manager_new ();
  asynclit_task_manager_set_max_completed (soak.helpers, 0);
  do
    {
      do_round (&soak, round);
      check_memory (&soak, &first);
      say_what_happened (&soak, start, look_at_memory ());
    }
  while (g_get_monotonic_time () < end);
  g_assert_true (asynclit_shutdown (TEST_WATCHDOG_SECONDS));
  g_object_unref (soak.helpers);
  for (guint i = 0; i < SOAK_LIMITERS; i++)
    g_object_unref (soak.limiters[i]);
  g_object_unref (soak.retry);
  pthread_mutex_destroy (&soak.lock);
}

/* Some tasks are settled twice on purpose. */
static void
ignore_log (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
}

static void
parse_options (int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- does everything, at random");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_ignore_unknown_options (context, TRUE);
  if (!g_option_context_parse (context, argc, argv, &error))
    g_error ("%s", error->message);
  if (option_seconds <= 0)
    option_seconds = stress_is_slow () ? DEFAULT_SECONDS_SLOW : DEFAULT_SECONDS;
  option_threads = CLAMP (option_threads, 1, 1000);
  if (option_seed == 0)
    option_seed = g_get_real_time () % G_MAXINT32;
}

int
main (int argc, char *argv[])
{
  parse_options (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("AsyncLit", G_LOG_LEVEL_INFO, ignore_log, NULL);
  g_test_add_func ("/soak/mix", test_mix);
  return g_test_run ();
}
