/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cost of the parts of which a task, or a job of a peer, consists: a lower bound for any design
 * that uses them. One thread, except for the last part, in which two wake each other. */

#include "bench.h"

#include <asynclit-glib.h>

static const BenchFigure figures[] = {
  { "wall", "wall, ns" },
  { "cpu", "CPU, ns" },
  { NULL },
};

/* A minimal GObject with properties. */
typedef struct {
  GObject parent;
  int number;
} Object;

typedef GObjectClass ObjectClass;

static GType object_get_type (void);
G_DEFINE_TYPE (Object, object, G_TYPE_OBJECT)

static void
object_init (Object *self)
{
}

static void
object_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, ((Object *) object)->number);
}

static void
object_class_init (ObjectClass *klass)
{
  klass->get_property = object_get_property;
  g_object_class_install_property (
      klass, 1,
      g_param_spec_int ("number", NULL, NULL, 0, 1, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
do_object (void)
{
  g_object_unref (g_object_new (object_get_type (), NULL));
}

static void
do_task (void)
{
  g_object_unref (asynclit_task_new ());
}

static void
do_gtask (void)
{
  g_object_unref (g_task_new (NULL, NULL, NULL, NULL));
}

static void
do_cancellable (void)
{
  g_object_unref (g_cancellable_new ());
}

static void
do_malloc (void)
{
  static gpointer volatile block;

  block = g_malloc (sizeof (gpointer) * 16);
  g_free (block);
}

static void
do_mutex (void)
{
  static GMutex mutex;

  g_mutex_lock (&mutex);
  g_mutex_unlock (&mutex);
}

static gboolean
on_source (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static void
do_source (void)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_source, NULL, NULL);
  g_source_attach (source, NULL);
  g_source_unref (source);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Two threads that take turns, each asleep while the other has it. */
static GMutex turn_mutex;
static GCond turn_changed;
static int turn; /* guarded by turn_mutex; negative at the end */

static void
turn_pass (int from)
{
  g_mutex_lock (&turn_mutex);
  while (turn == 1 - from)
    g_cond_wait (&turn_changed, &turn_mutex);
  if (turn >= 0)
    turn = 1 - from;
  g_cond_signal (&turn_changed);
  g_mutex_unlock (&turn_mutex);
}

static gpointer
run_partner (gpointer user_data)
{
  gboolean more = TRUE;

  while (more)
    {
      turn_pass (1);
      g_mutex_lock (&turn_mutex);
      more = turn >= 0;
      g_mutex_unlock (&turn_mutex);
    }
  return NULL;
}

static void
do_turn (void)
{
  turn_pass (0);
}

static void
end_turns (GThread *partner)
{
  g_mutex_lock (&turn_mutex);
  turn = -1;
  g_cond_signal (&turn_changed);
  g_mutex_unlock (&turn_mutex);
  g_thread_join (partner);
}

static void (*const parts[]) (void) = {
  do_malloc, do_mutex, do_object, do_task, do_gtask, do_cancellable, do_source, do_turn,
};

#define TURN (G_N_ELEMENTS (parts) - 1)

static const BenchCase cases[] = {
  { "malloc", "allocate and free 128 bytes", 1000000, 1000, 0 },
  { "mutex", "lock and unlock a mutex", 1000000, 1000, 1 },
  { "object", "make and free a GObject with a property", 200000, 1000, 2 },
  { "task", "the same, an AsyncLitTask", 200000, 1000, 3 },
  { "gtask", "the same, a GTask", 200000, 1000, 4 },
  { "cancellable", "the same, a GCancellable", 200000, 1000, 5 },
  { "source", "attach and dispatch a GSource", 200000, 1000, 6 },
  { "turn", "wake a thread, and be woken", 20000, 200, TURN },
  { NULL },
};

static void
measure (const BenchPeer *peer, const BenchCase *asked, guint jobs)
{
  void (*part) (void) = parts[asked->number];
  GThread *partner = asked->number == TURN ? g_thread_new ("partner", run_partner, NULL) : NULL;
  BenchUsage begun;

  for (guint i = 0; i < jobs / 10; i++)
    part ();
  begun = bench_usage_now ();
  for (guint i = 0; i < jobs; i++)
    part ();
  bench_yield_usage (&begun, jobs);
  if (partner != NULL)
    end_turns (partner);
}

static const BenchQuestion question = {
  .name = "parts",
  .title = "What the parts of a job cost",
  .case_title = "part",
  .figures = figures,
  .cases = cases,
  .has_no_peers = TRUE,
  .measure = measure,
};

int
main (int argc, char *argv[])
{
  return bench_main (argc, argv, &question);
}
