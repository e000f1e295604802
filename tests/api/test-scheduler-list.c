/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The scheduler as a list model of its jobs. A mirror replays each announced change, and compares
 * itself with the model, as a list view would. */

#include "scheduler-fixture.h"

#define N_STEPS 400
#define N_MANY 20
#define N_NESTED 3

typedef struct {
  GListModel *model;
  GPtrArray *items; /* AsyncLitScheduledTask, without a reference: only for comparison */
  guint changes;
  guint n_jobs_notified;
} Mirror;

static void
mirror_compare (Mirror *mirror)
{
  g_assert_cmpuint (g_list_model_get_n_items (mirror->model), ==, mirror->items->len);
  for (guint i = 0; i < mirror->items->len; i++)
    {
      g_autoptr (AsyncLitScheduledTask) job = g_list_model_get_item (mirror->model, i);

      g_assert_true (job == g_ptr_array_index (mirror->items, i));
    }
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Mirror *mirror)
{
  g_assert_cmpuint (removed + added, >, 0);
  g_assert_cmpuint (position + removed, <=, mirror->items->len);
  if (removed > 0)
    g_ptr_array_remove_range (mirror->items, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (AsyncLitScheduledTask) job = g_list_model_get_item (model, position + i);

      g_assert_nonnull (job);
      g_ptr_array_insert (mirror->items, (int) (position + i), job);
    }
  mirror->changes++;
  mirror_compare (mirror);
}

static void
on_notify_n_jobs (AsyncLitScheduler *scheduler, GParamSpec *pspec, Mirror *mirror)
{
  mirror->n_jobs_notified++;
}

static Mirror
mirror_new (Fixture *fixture)
{
  return (Mirror){ .model = G_LIST_MODEL (fixture->scheduler), .items = g_ptr_array_new () };
}

static void
mirror_watch (Mirror *mirror)
{
  for (guint i = 0; i < g_list_model_get_n_items (mirror->model); i++)
    {
      g_autoptr (AsyncLitScheduledTask) job = g_list_model_get_item (mirror->model, i);

      g_ptr_array_add (mirror->items, job);
    }
  g_signal_connect (mirror->model, "items-changed", G_CALLBACK (on_items_changed), mirror);
  g_signal_connect (mirror->model, "notify::n-jobs", G_CALLBACK (on_notify_n_jobs), mirror);
}

static void
mirror_clear (Mirror *mirror)
{
  g_signal_handlers_disconnect_by_data (mirror->model, mirror);
  g_ptr_array_unref (mirror->items);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mirror, mirror_clear)

/* The names of the jobs, in their order. */
static void
mirror_assert (Mirror *mirror, const char *expected)
{
  g_autoptr (GString) names = g_string_new (NULL);

  mirror_compare (mirror);
  for (guint i = 0; i < mirror->items->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            asynclit_scheduled_task_get_name (mirror->items->pdata[i]));
  g_assert_cmpstr (names->str, ==, expected);
}

static void
test_is_model (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  GListModel *model = G_LIST_MODEL (fixture.scheduler);

  g_assert_true (g_list_model_get_item_type (model) == ASYNCLIT_TYPE_SCHEDULED_TASK);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  g_assert_null (g_list_model_get_item (model, 0));
  g_assert_null (g_list_model_get_item (model, G_MAXUINT));
}

static void
on_notify_n_items (AsyncLitScheduler *scheduler, GParamSpec *pspec, guint *n_items)
{
  g_object_get (scheduler, "n-items", n_items, NULL);
}

static void
test_list_properties (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  guint n_items = 1;
  GType type = 0;

  g_object_get (fixture.scheduler, "item-type", &type, "n-items", &n_items, NULL);
  g_assert_true (type == ASYNCLIT_TYPE_SCHEDULED_TASK);
  g_assert_cmpuint (n_items, ==, 0);

  g_signal_connect (fixture.scheduler, "notify::n-items", G_CALLBACK (on_notify_n_items), &n_items);
  fixture_add_interval (&fixture, "one", 10);
  fixture_add_interval (&fixture, "two", 20);
  g_assert_cmpuint (n_items, ==, 0);
  test_iterate_pending (NULL);
  g_assert_cmpuint (n_items, ==, 2);
}

/* Jobs from before the first use are in the list immediately, in the order in which they were
 * added. */
static void
test_asked_late (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  static const char *const names[] = { "one", "two", "three", "four", "five", "six", "seven" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    fixture_add_interval (&fixture, names[i], 10);
  mirror_watch (&mirror);
  mirror_assert (&mirror, "one two three four five six seven");
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.changes, ==, 0);
}

/* Never while the list is being read; and everything that has happened in between is one change. */
static void
test_changes_in_context (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);

  mirror_watch (&mirror);
  for (guint i = 0; i < N_MANY; i++)
    fixture_add_interval (&fixture, "job", 10 + i);
  g_assert_cmpuint (asynclit_scheduler_get_n_jobs (fixture.scheduler), ==, N_MANY);
  mirror_assert (&mirror, "");
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.items->len, ==, N_MANY);
  g_assert_cmpuint (mirror.changes, ==, 1);
  g_assert_cmpuint (mirror.n_jobs_notified, ==, 1);
}

/* A job that comes and goes between two iterations never appears. */
static void
test_came_and_went (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);

  fixture_add_interval (&fixture, "stays", 10);
  mirror_watch (&mirror);
  asynclit_scheduled_task_remove (fixture_add_interval (&fixture, "short", 10));
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.changes, ==, 0);
  mirror_assert (&mirror, "stays");
}

/* A job that was removed and added again is where it was. */
static void
test_went_and_came (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  AsyncLitScheduledTask *job = fixture_add_interval (&fixture, "back", 10);

  fixture_add_interval (&fixture, "stays", 10);
  mirror_watch (&mirror);
  asynclit_scheduled_task_remove (job);
  g_assert_true (asynclit_scheduler_add (fixture.scheduler, job, FALSE, NULL));
  test_iterate_pending (NULL);
  g_assert_cmpuint (mirror.changes, ==, 0);
  mirror_assert (&mirror, "back stays");
}

/* The old job is removed and the new one is added, although they have the same ID. */
static void
test_replaced (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  AsyncLitScheduledTask *old = fixture_add_interval (&fixture, "same", 10);
  AsyncLitScheduledTask *new;

  fixture_add_interval (&fixture, "other", 10);
  mirror_watch (&mirror);
  new = fixture_add_interval (&fixture, "same", 10);
  test_iterate_pending (NULL);
  mirror_assert (&mirror, "other same");
  g_assert_true (g_ptr_array_index (mirror.items, 1) == new);
  g_assert_true (old != new);
  g_assert_cmpuint (mirror.changes, ==, 2);
  g_assert_cmpuint (mirror.n_jobs_notified, ==, 1);
}

static void
count_freed (gpointer counter)
{
  (*(guint *) counter)++;
}

/* A replaced job is freed although the list is not updated, because its context is not iterated. */
static void
test_replaced_unheard (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  guint n_freed = 0;

  fixture_add_interval (&fixture, "other", 10);
  mirror_watch (&mirror);
  for (guint i = 0; i < N_STEPS; i++)
    {
      g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
      g_autoptr (AsyncLitScheduledTask) job
          = asynclit_scheduled_task_new (trigger, test_work_return_int, &n_freed, count_freed);

      asynclit_scheduled_task_set_name (job, "same");
      g_assert_true (asynclit_scheduler_add (fixture.scheduler, job, TRUE, NULL));
    }
  g_assert_cmpuint (n_freed, ==, N_STEPS - 1);
  mirror_assert (&mirror, "other");
  test_iterate_pending (NULL);
  mirror_assert (&mirror, "other same");
  g_assert_cmpuint (mirror.changes, ==, 1);
}

static void
count_added (GListModel *model, guint position, guint removed, guint added, int *n_items)
{
  *n_items += (int) added - (int) removed;
}

/* A listener that has used no item is notified of changes from then on. */
static void
test_heard_unasked (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  AsyncLitScheduledTask *before = fixture_add_interval (&fixture, "before", 10);
  int n_items = 1;

  g_signal_connect (fixture.scheduler, "items-changed", G_CALLBACK (count_added), &n_items);
  fixture_add_interval (&fixture, "after", 10);
  /* Notified first, then used. */
  mirror_watch (&mirror);
  mirror_assert (&mirror, "before");
  asynclit_scheduled_task_remove (before);
  test_iterate_pending (NULL);
  mirror_assert (&mirror, "after");
  g_assert_cmpint (n_items, ==, 1);
  fixture_add_interval (&fixture, "later", 10);
  test_iterate_pending (NULL);
  g_assert_cmpint (n_items, ==, 2);
  g_signal_handlers_disconnect_by_data (fixture.scheduler, &n_items);
}

/* A listener that never iterates its context leaks nothing. */
static void
test_dropped_untold (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  int n_items = 0;

  g_signal_connect (fixture.scheduler, "items-changed", G_CALLBACK (count_added), &n_items);
  fixture_add_interval (&fixture, "untold", 10);
}

static void
count_notified (AsyncLitScheduler *scheduler, GParamSpec *pspec, TestRecorder *recorder)
{
  test_recorder_add (recorder, "%d", asynclit_scheduler_get_running (scheduler));
}

/* Runs on: a thread of the test */
static gpointer
shut_down (gpointer scheduler)
{
  asynclit_scheduler_shutdown (scheduler, FALSE);
  return NULL;
}

/* Once for each change, and here, whichever thread makes it. */
static void
test_running_notified (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_autoptr (TestRecorder) recorder = test_recorder_new ();

  g_signal_connect (fixture.scheduler, "notify::running", G_CALLBACK (count_notified), recorder);
  asynclit_scheduler_start (fixture.scheduler);
  asynclit_scheduler_start (fixture.scheduler);
  test_iterate_pending (NULL);
  g_thread_join (g_thread_new ("stopper", shut_down, fixture.scheduler));
  test_recorder_assert (recorder, "1");
  test_iterate_pending (NULL);
  asynclit_scheduler_shutdown (fixture.scheduler, FALSE);
  test_iterate_pending (NULL);
  test_recorder_assert (recorder, "1 0");
  g_assert_true (test_recorder_all_on_thread (recorder, g_thread_self ()));
  g_signal_handlers_disconnect_by_data (fixture.scheduler, recorder);
}

/* A job that has ended is removed automatically. */
static void
test_over (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  AsyncLitScheduledTask *once
      = fixture_new_job (&fixture, asynclit_interval_trigger_new (10), "once");

  asynclit_scheduled_task_set_max_runs (once, 1);
  fixture_add (&fixture, once);
  fixture_add_interval (&fixture, "often", 10);
  mirror_watch (&mirror);
  asynclit_scheduler_start (fixture.scheduler);
  fixture_advance (&fixture, 10);
  test_iterate_pending (NULL);
  mirror_assert (&mirror, "often");
}

/* Nested loops */

typedef struct {
  Fixture *fixture;
  Mirror *mirror;
  guint countdown;
} Nested;

/* Changes the list, and runs a main loop, within a change. */
static void
change_and_iterate (GListModel *model, guint position, guint removed, guint added, Nested *nested)
{
  guint changes = nested->mirror->changes;

  if (nested->countdown == 0)
    return;
  nested->countdown--;
  fixture_add_interval (nested->fixture, "nested", 10 + nested->countdown);
  asynclit_scheduled_task_remove (g_ptr_array_index (nested->fixture->jobs, nested->countdown));
  test_iterate_pending (NULL);
  /* It is announced when the handler has returned: until then, the list stays as this change left
   * it. */
  g_assert_cmpuint (nested->mirror->changes, ==, changes);
  mirror_compare (nested->mirror);
}

static void
test_nested_loop (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  Nested nested = { &fixture, &mirror, N_NESTED };

  mirror_watch (&mirror);
  g_signal_connect (mirror.model, "items-changed", G_CALLBACK (change_and_iterate), &nested);
  for (guint i = 0; i < N_NESTED + 1; i++)
    fixture_add_interval (&fixture, "first", 100 + i);
  test_iterate_pending (NULL);
  g_assert_cmpuint (nested.countdown, ==, 0);
  mirror_assert (&mirror, "first nested nested nested");
}

/* The handler of one removal undoes another one, which was to be announced next. */
static void
add_again (GListModel *model, guint position, guint removed, guint added, Nested *nested)
{
  if (removed == 0 || nested->countdown == 0)
    return;
  nested->countdown--;
  g_assert_true (asynclit_scheduler_add (ASYNCLIT_SCHEDULER (model),
                                         g_ptr_array_index (nested->fixture->jobs, 1), FALSE,
                                         NULL));
}

static void
test_removal_taken_back (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  Nested nested = { &fixture, &mirror, 1 };
  AsyncLitScheduledTask *first = fixture_add_interval (&fixture, "first", 10);
  AsyncLitScheduledTask *second = fixture_add_interval (&fixture, "second", 10);

  mirror_watch (&mirror);
  g_signal_connect (mirror.model, "items-changed", G_CALLBACK (add_again), &nested);
  asynclit_scheduled_task_remove (first);
  asynclit_scheduled_task_remove (second);
  test_iterate_pending (NULL);
  g_assert_cmpuint (nested.countdown, ==, 0);
  mirror_assert (&mirror, "second");
}

/* Drops the scheduler while it announces a change: the rest of the change is still announced. */
static void
drop_scheduler (GListModel *model, guint position, guint removed, guint added,
                AsyncLitScheduler **scheduler)
{
  g_clear_object (scheduler);
}

static void
test_dropped_in_handler (void)
{
  g_autoptr (AsyncLitScheduler) scheduler = asynclit_scheduler_new ();
  g_autoptr (AsyncLitTrigger) trigger = asynclit_interval_trigger_new (10);
  g_autoptr (AsyncLitScheduledTask) job
      = asynclit_scheduled_task_new (trigger, test_work_return_int, NULL, NULL);
  gpointer gone = scheduler;

  g_object_add_weak_pointer (G_OBJECT (scheduler), &gone);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (scheduler)), ==, 0);
  g_signal_connect (scheduler, "items-changed", G_CALLBACK (drop_scheduler), &scheduler);
  g_assert_true (asynclit_scheduler_add (scheduler, job, FALSE, NULL));
  test_iterate_pending (NULL);
  g_assert_null (scheduler);
  g_assert_null (gone);
  /* The job is in no scheduler now. */
  g_assert_false (asynclit_scheduled_task_remove (job));
}

/* Random changes */

static void
take_step (Fixture *fixture, guint step)
{
  int choice = g_test_rand_int_range (0, 10);
  g_autofree char *name = g_strdup_printf ("%u", step % 16); /* often the same */

  if (choice < 4)
    fixture_add_interval (fixture, name, 10);
  else if (choice < 7 && fixture->jobs->len > 0)
    asynclit_scheduled_task_remove (g_ptr_array_index (
        fixture->jobs, (guint) g_test_rand_int_range (0, (gint32) fixture->jobs->len)));
  else
    test_iterate_pending (NULL);
}

static void
test_replayed (void)
{
  g_auto (Fixture) fixture = fixture_new ();
  g_auto (Mirror) mirror = mirror_new (&fixture);
  g_autoptr (GPtrArray) jobs = NULL;

  mirror_watch (&mirror);
  for (guint i = 0; i < N_STEPS; i++)
    {
      take_step (&fixture, i);
      mirror_compare (&mirror);
    }
  test_iterate_pending (NULL);
  jobs = asynclit_scheduler_list_jobs (fixture.scheduler);
  g_assert_cmpuint (mirror.items->len, ==, jobs->len);
  for (guint i = 0; i < jobs->len; i++)
    g_assert_true (g_ptr_array_find (mirror.items, g_ptr_array_index (jobs, i), NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/scheduler-list/is-model", test_is_model);
  g_test_add_func ("/scheduler-list/properties", test_list_properties);
  g_test_add_func ("/scheduler-list/asked-late", test_asked_late);
  g_test_add_func ("/scheduler-list/changes-in-context", test_changes_in_context);
  g_test_add_func ("/scheduler-list/came-and-went", test_came_and_went);
  g_test_add_func ("/scheduler-list/went-and-came", test_went_and_came);
  g_test_add_func ("/scheduler-list/replaced", test_replaced);
  g_test_add_func ("/scheduler-list/replaced-unheard", test_replaced_unheard);
  g_test_add_func ("/scheduler-list/heard-unasked", test_heard_unasked);
  g_test_add_func ("/scheduler-list/dropped-untold", test_dropped_untold);
  g_test_add_func ("/scheduler-list/running-notified", test_running_notified);
  g_test_add_func ("/scheduler-list/over", test_over);
  g_test_add_func ("/scheduler-list/nested-loop", test_nested_loop);
  g_test_add_func ("/scheduler-list/removal-taken-back", test_removal_taken_back);
  g_test_add_func ("/scheduler-list/dropped-in-handler", test_dropped_in_handler);
  g_test_add_func ("/scheduler-list/replayed", test_replayed);
  return g_test_run ();
}
