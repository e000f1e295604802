/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases with steps, in Vala: jobs whose lambdas run in the thread pool. */

class Steps {
  DateTime start;
  AsyncLit.ManualClock clock;
  AsyncLit.Scheduler scheduler;
  AsyncLit.TaskManager manager = new AsyncLit.TaskManager ();
  AsyncLit.ScheduledTask? job = null;

  public Steps () {
    start = new DateTime.utc (2026, 1, 1, 0, 0, 0);
    clock = new AsyncLit.ManualClock (start);
    scheduler = (AsyncLit.Scheduler) Object.new (typeof (AsyncLit.Scheduler), "clock", clock);
  }

  public void run (Variant steps) {
    AsyncLit.start_scheduler (scheduler);
    for (size_t i = 0; i < steps.n_children (); i++) {
      var step = nth (steps, i).get_child_value (0);
      take_step (step.get_child_value (0).get_string (), step.get_child_value (1).get_variant ());
    }
    AsyncLit.shutdown_scheduler (scheduler, true);
  }

  void take_step (string what, Variant value) {
    switch (what) {
    case "schedule":
      schedule (value);
      break;
    case "see":
      check (value);
      break;
    case "advance":
      clock.advance (value.get_int64 ());
      break;
    case "pause":
      job.pause ();
      break;
    case "resume":
      job.resume ();
      break;
    default:
      assert (answer (what) == value.get_boolean ());
      break;
    }
  }

  bool answer (string what) {
    switch (what) {
    case "run-now":
      return job.run_now ();
    case "remove":
      return job.remove ();
    case "cancel":
      return get_latest ().cancel ();
    default:
      error ("contract.json has an unknown step: %s", what);
    }
  }

  void schedule (Variant fields) {
    var refusal = fields.lookup_value ("error", null);
    try {
      var added = make_job (make_trigger (fields), fields);
      scheduler.add (added, true);
      job = added;
      assert (refusal == null);
    } catch (GLib.Error failure) {
      assert (refusal != null && is_kind (failure, refusal.get_string ()));
      assert (fields.lookup_value ("says", null).get_string () in failure.message);
    }
  }

  AsyncLit.Trigger make_trigger (Variant fields) throws GLib.Error {
    var seconds = fields.lookup_value ("interval", null);
    if (seconds != null)
      return new AsyncLit.IntervalTrigger (seconds.get_int64 ());
    var dialect = AsyncLit.CronDialect.APSCHEDULER;
    if (fields.lookup_value ("dialect", null) != null)
      dialect = CRON;
    return new AsyncLit.CronTrigger (fields.lookup_value ("cron", null).get_string (), dialect,
                                     fields.lookup_value ("zone", null)?.get_string ());
  }

  AsyncLit.ScheduledTask make_job (AsyncLit.Trigger trigger, Variant fields) throws GLib.Error {
    var n_calls = 0;
    int64 n_fails = 0, n = 0;
    var awaits_cancel = fields.lookup_value ("awaits-cancel", null) != null;
    fields.lookup ("fails", "x", out n_fails);

    var made = new AsyncLit.ScheduledTask (trigger, (task, cancellable) => {
      var call = AtomicInt.add (ref n_calls, 1) + 1;
      if (awaits_cancel)
        wait_for_cancel (cancellable);
      if (call <= n_fails)
        task.return_error (new IOError.BUSY ("As the contract says"));
      else
        task.return_int (call);
    });
    made.job_id = "job";
    made.manager = manager;
    made.latest_task_name = "latest";
    made.retry_policy = make_policy (fields.lookup_value ("retry", null));
    if (fields.lookup_value ("first-run", null) != null)
      made.first_run = NOW;
    if (fields.lookup ("max-instances", "x", out n))
      made.max_instances = (uint) n;
    if (fields.lookup ("max-runs", "x", out n))
      made.max_runs = (uint) n;
    return made;
  }

  AsyncLit.Task? get_latest () {
    return manager.get (job.latest_task_key);
  }

  void check (Variant expected) {
    while (job != null && job.n_running > 0)
      Thread.usleep (1000);
    for (size_t i = 0; i < expected.n_children (); i++) {
      var field = expected.get_child_value (i);
      var what = field.get_child_value (0).get_string ();
      var wanted = expected_text (field.get_child_value (1).get_variant ());
      var seen = to_text (see (what));
      if (seen != wanted)
        error ("%s: %s, not %s", what, seen, wanted);
    }
  }

  Value? see (string what) {
    switch (what) {
    case "jobs":
      return (int64) scheduler.n_jobs;
    case "runs":
      return (int64) job.n_runs;
    case "missed":
      return (int64) job.n_missed;
    case "skipped":
      return (int64) job.n_skipped;
    case "paused":
      return job.paused;
    case "next":
      return see_next ();
    case "latest":
      return see_latest ();
    default:
      error ("contract.json asks for something unknown: %s", what);
    }
  }

  Value? see_next () {
    var next = job.next_run_time;
    if (next == null)
      return null;
    return next.to_unix () - start.to_unix ();
  }

  /* The result of the latest task, or the name of its error. */
  Value? see_latest () {
    var task = get_latest ();
    if (task == null)
      return null;
    try {
      return task.get_result ();
    } catch (IOError.CANCELLED cancelled) {
      return "cancelled";
    } catch (GLib.Error failure) {
      assert (is_kind (failure, "busy"));
      return "busy";
    }
  }
}
