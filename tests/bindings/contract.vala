/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The contract that contract.json states, in Vala: lambdas in the thread pool. */

struct Kind {
  public Quark domain;
  public int code;
}

Kind kind_of (string name) {
  switch (name) {
  case "timed-out":
    return { IOError.quark (), IOError.TIMED_OUT };
  case "busy":
    return { IOError.quark (), IOError.BUSY };
  case "cancelled":
    return { IOError.quark (), IOError.CANCELLED };
  case "not-found":
    return { IOError.quark (), IOError.NOT_FOUND };
  case "closed":
    return { AsyncLit.Error.quark (), AsyncLit.Error.CLOSED };
  case "all-failed":
    return { AsyncLit.Error.quark (), AsyncLit.Error.ALL_FAILED };
  case "dependency":
    return { AsyncLit.Error.quark (), AsyncLit.Error.DEPENDENCY };
  case "circuit-open":
    return { AsyncLit.Error.quark (), AsyncLit.Error.CIRCUIT_OPEN };
  case "exit-3":
    return { Quark.from_string ("g-spawn-exit-error-quark"), 3 };
  case "no-program":
    return { SpawnError.quark (), SpawnError.NOENT };
  case "invalid-argument":
    return { AsyncLit.Error.quark (), AsyncLit.Error.INVALID_ARGUMENT };
  case "invalid-cron":
    return { AsyncLit.Error.quark (), AsyncLit.Error.INVALID_CRON };
  case "invalid-timezone":
    return { AsyncLit.Error.quark (), AsyncLit.Error.INVALID_TIMEZONE };
  default:
    error ("contract.json names an unknown error: %s", name);
  }
}

bool is_kind (GLib.Error error, string name) {
  var kind = kind_of (name);
  return error.matches (kind.domain, kind.code);
}

Value? to_value (Variant variant) {
  if (variant.is_of_type (VariantType.INT64))
    return variant.get_int64 ();
  if (variant.is_of_type (VariantType.BOOLEAN))
    return variant.get_boolean ();
  if (variant.is_of_type (VariantType.DOUBLE))
    return variant.get_double ();
  if (variant.is_of_type (VariantType.STRING))
    return variant.get_string ();
  return null;
}

string to_text (Value? value) {
  if (value == null || value.holds (typeof (void *)))
    return "nothing";
  if (value.holds (typeof (AsyncLit.ProgramOutput)))
    return to_text (((AsyncLit.ProgramOutput) value.get_object ()).dup_text ());
  return "%s %s".printf (value.type ().name (), value.strdup_contents ());
}

string expected_text (Variant? variant) {
  return to_text (variant != null ? to_value (variant) : null);
}

Variant nth (Variant list, size_t index) {
  return list.get_child_value (index).get_variant ();
}

/* Runs on: pool */
void wait_for_cancel (Cancellable cancellable) {
  var mutex = Mutex ();
  var cond = Cond ();
  var cancelled = false;

  cancellable.connect (() => {
    mutex.lock ();
    cancelled = true;
    cond.signal ();
    mutex.unlock ();
  });
  mutex.lock ();
  while (!cancelled)
    cond.wait (mutex);
  mutex.unlock ();
}

/* Runs on: pool */
void take_step (AsyncLit.Task task, Cancellable cancellable, string what, Variant value) {
  switch (what) {
  case "report":
    task.report_progress (to_value (value));
    break;
  case "await-cancel":
    wait_for_cancel (cancellable);
    break;
  case "amount":
    task.set_progress (nth (value, 0).get_double (), nth (value, 1).get_double ());
    break;
  case "part":
    task.begin_part (value.get_double ());
    break;
  case "text":
    task.progress_text = value.get_string ();
    break;
  case "unit":
    task.progress_unit = FILES;
    break;
  case "checkpoint":
    try {
      task.checkpoint (cancellable);
    } catch (GLib.Error failure) {
      error ("%s", failure.message);
    }
    break;
  case "fail":
    var kind = kind_of (value.get_string ());
    task.return_error (new GLib.Error (kind.domain, kind.code, "As the contract says"));
    break;
  default:
    task.return_value (to_value (value));
    break;
  }
}

/* Runs on: pool */
void work (Variant attempts, AsyncLit.Task task, Cancellable cancellable) {
  var steps = nth (attempts, uint.min (task.attempt, (uint) attempts.n_children ()) - 1);

  for (size_t i = 0; i < steps.n_children (); i++) {
    var step = nth (steps, i).get_child_value (0);
    take_step (task, cancellable, step.get_child_value (0).get_string (),
               step.get_child_value (1).get_variant ());
  }
}

AsyncLit.RetryPolicy with_results (AsyncLit.RetryPolicy plain, Variant? unwanted,
                                   Variant? fallback) {
  var policy = plain;

  if (unwanted != null)
    policy = policy.with_retry_if_result ((result) => {
      return to_text (result) == expected_text (unwanted);
    });
  if (fallback != null)
    policy = policy.with_fallback ((error, out result) => {
      result = to_value (fallback);
      return true;
    });
  return policy;
}

AsyncLit.RetryPolicy? make_policy (Variant? retry) throws Error {
  if (retry == null)
    return null;
  int64 max_attempts = 1;
  double base_delay = 0;
  string? retry_on = null;
  retry.lookup ("max-attempts", "x", out max_attempts);
  retry.lookup ("base-delay", "d", out base_delay);
  var policy = new AsyncLit.RetryPolicy.full ((uint) max_attempts, base_delay, 60, 2, 0, 0);
  if (retry.lookup ("retry-on", "s", out retry_on))
    policy = policy.with_retry_if ((error) => is_kind (error, retry_on));
  return with_results (policy, retry.lookup_value ("unwanted", null),
                       retry.lookup_value ("fallback", null));
}

void set_environ (AsyncLit.Program program, Variant variables) {
  string[] environ = {};
  for (size_t i = 0; i < variables.n_children (); i++) {
    var entry = variables.get_child_value (i);
    environ += "%s=%s".printf (entry.get_child_value (0).get_string (),
                               entry.get_child_value (1).get_variant ().get_string ());
  }
  program.set_environ (environ);
}

AsyncLit.Program make_program (string[] argv, Variant fields) {
  var program = new AsyncLit.Program (argv);
  string? text = null;
  bool is_set = false;
  var variables = fields.lookup_value ("environ", null);

  if (variables != null)
    set_environ (program, variables);
  if (fields.lookup ("cwd", "s", out text))
    program.cwd = text;
  if (fields.lookup ("input", "s", out text))
    program.input = new Bytes (text.data);
  if (fields.lookup ("stderr", "s", out text)) {
    var modes = (EnumClass) typeof (AsyncLit.ProgramStderr).class_ref ();
    program.stderr = (AsyncLit.ProgramStderr) modes.get_value_by_nick (text).value;
  }
  if (fields.lookup ("capture-output", "b", out is_set))
    program.capture_output = is_set;
  if (fields.lookup ("check", "b", out is_set))
    program.check = is_set;
  return program;
}

void set_limits (AsyncLit.Task task, Variant limits) {
  var timeout = limits.lookup_value ("timeout", null);
  var deadline = limits.lookup_value ("deadline", null);
  var stall_timeout = limits.lookup_value ("stall-timeout", null);

  if (timeout != null)
    task.timeout = timeout.get_double ();
  if (deadline != null)
    task.deadline = deadline.get_double ();
  if (stall_timeout != null)
    task.stall_timeout = stall_timeout.get_double ();
  if (limits.lookup_value ("parent-cancelled", null) != null) {
    task.parent_cancellable = new Cancellable ();
    task.parent_cancellable.cancel ();
  }
}

AsyncLit.Task submit_limited (AsyncLit.TaskManager manager, Variant test, Variant limits,
                              string[]? words) throws Error {
  var attempts = test.lookup_value ("work", null);
  AsyncLit.Task task;

  if (words != null) {
    task = new AsyncLit.Program (words).create_task ();
  } else {
    task = new AsyncLit.Task ();
    task.set_func ((task, cancellable) => work (attempts, task, cancellable));
  }
  task.retry_policy = make_policy (test.lookup_value ("retry", null));
  set_limits (task, limits);
  manager.submit_task (task);
  return task;
}

AsyncLit.Task submit (AsyncLit.TaskManager manager, Variant test) throws Error {
  var policy = make_policy (test.lookup_value ("retry", null));
  var argv = test.lookup_value ("argv", null);

  var limits = test.lookup_value ("limits", null);

  if (argv == null && limits != null)
    return submit_limited (manager, test, limits, null);
  if (argv == null) {
    var attempts = test.lookup_value ("work", null);
    return manager.submit (policy, (task, cancellable) => work (attempts, task, cancellable));
  }
  string[] words = {};
  for (size_t i = 0; i < argv.n_children (); i++)
    words += nth (argv, i).get_string ();
  if (limits != null)
    return submit_limited (manager, test, limits, words);
  var fields = test.lookup_value ("program", null);
  if (fields != null)
    return manager.submit_program (policy, make_program (words, fields));
  return manager.submit_subprocess (policy, words);
}

/* Returns once something has happened to the task. */
async void signalled (AsyncLit.Task task, string when) {
  ulong id;

  if (when == "on-progress")
    id = task.progressed.connect (() => signalled.callback ());
  else
    id = task.retrying.connect (() => signalled.callback ());
  yield;
  task.disconnect (id);
}

void cancel (AsyncLit.Task task, Variant expect) {
  assert (task.cancel () == expect.lookup_value ("cancel", null).get_boolean ());
}

void check_error (AsyncLit.Task task, Variant? name) {
  unowned GLib.Error? seen = task.get_error ();

  assert ((seen == null) == (name == null));
  assert (name == null || is_kind (seen, name.get_string ()));
}

void check_result (AsyncLit.Task task, Variant? expected) {
  try {
    assert (to_text (task.get_result ()) == expected_text (expected));
  } catch (IOError.CANCELLED cancelled) {
    assert (task.status == CANCELLED || task.get_error () != null);
  } catch (GLib.Error error) {
    assert (task.status == ERROR);
  }
}

void check_progress (AsyncLit.Task task, Variant? expected) {
  var seen = task.drain_progress ();

  assert (seen.length == (expected != null ? expected.n_children () : 0));
  for (var i = 0; i < seen.length; i++)
    assert (to_text (seen[i]) == expected_text (nth (expected, i)));
}

void check_amounts (AsyncLit.Task task, Variant? description, Variant? fraction) {
  assert (AsyncLit.progress_describe (task)
          == (description != null ? description.get_string () : ""));
  assert (fraction == null || task.fraction == fraction.get_double ());
}

void check (AsyncLit.Task task, Variant expect) {
  unowned var statuses = (EnumClass) typeof (AsyncLit.TaskStatus).class_peek ();

  assert (statuses.get_value (task.status).value_nick
          == expect.lookup_value ("status", null).get_string ());
  check_error (task, expect.lookup_value ("error", null));
  check_result (task, expect.lookup_value ("result", null));
  check_progress (task, expect.lookup_value ("progress", null));
  check_amounts (task, expect.lookup_value ("describe", null),
                 expect.lookup_value ("fraction", null));
  assert (task.attempt == expect.lookup_value ("attempts", null).get_int64 ());
}

void listen_to (AsyncLit.TaskManager manager, GenericArray<string> seen) {
  manager.task_added.connect (() => seen.add ("added"));
  manager.task_started.connect (() => seen.add ("started"));
  manager.task_retrying.connect (() => seen.add ("retrying"));
  manager.task_completed.connect (() => seen.add ("completed"));
}

void check_signals (GenericArray<string> seen, Variant? expected) {
  if (expected == null)
    return;
  while (seen.length < expected.n_children ())
    MainContext.default ().iteration (true);
  assert (seen.length == expected.n_children ());
  for (var i = 0; i < seen.length; i++)
    assert (seen[i] == nth (expected, i).get_string ());
}

void resume (AsyncLit.TaskManager manager, AsyncLit.Task task) {
  assert (task.pause ());
  manager.paused = false;
  assert (task.substate == PAUSED);
  assert (task.resume ());
}

async void run_task (Variant test) throws Error {
  var manager = new AsyncLit.TaskManager ();
  var signals = new GenericArray<string> ();
  int64 max_failures = 0;
  var expect = test.lookup_value ("expect", null);
  var when = "";

  if (test.lookup_value ("closed", null) != null)
    manager.close (DRAIN);
  listen_to (manager, signals);
  if (test.lookup ("max-failures", "x", out max_failures))
    manager.limiter = new AsyncLit.Limiter (0) { max_failures = (uint) max_failures };
  test.lookup ("cancel", "s", out when);
  manager.paused = test.lookup_value ("pause", null) != null;
  var task = submit (manager, test);
  if (manager.paused)
    resume (manager, task);
  if (when != null && when.has_prefix ("on-")) {
    yield signalled (task, when);
    cancel (task, expect);
  }
  yield task.wait_async ();
  assert (yield manager.wait_async ());
  if (when == "after-end")
    cancel (task, expect);
  check (task, expect);
  check_signals (signals, expect.lookup_value ("signals", null));
}

void run (Variant test) {
  var loop = new MainLoop ();
  var steps = test.lookup_value ("steps", null);

  if (steps != null) {
    new Steps ().run (steps);
    return;
  }
  if (test.lookup_value ("join", null) != null) {
    run_join (test);
    return;
  }
  if (test.lookup_value ("group", null) != null) {
    run_group (test);
    return;
  }
  if (test.lookup_value ("then", null) != null) {
    run_then (test);
    return;
  }
  run_task.begin (test, (source, result) => {
    try {
      run_task.end (result);
    } catch (GLib.Error failure) {
      error ("%s", failure.message);
    }
    loop.quit ();
  });
  loop.run ();
}

void add_test (Variant test) {
  Test.add_data_func (test.lookup_value ("name", null).get_string (), () => run (test));
}

int main (string[] args) {
  string text;
  Variant cases;

  Intl.setlocale ();
  Test.init (ref args);
  typeof (AsyncLit.TaskStatus).class_ref ();
  try {
    FileUtils.get_contents (args[1], out text);
    cases = Variant.parse (new VariantType ("aa{sv}"), text);
  } catch (GLib.Error failure) {
    error ("%s", failure.message);
  }
  for (size_t i = 0; i < cases.n_children (); i++)
    add_test (cases.get_child_value (i));
  return Test.run ();
}
