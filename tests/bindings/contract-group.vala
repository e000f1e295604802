/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases of the contract about groups, and functions that follow a task, in Vala. */

AsyncLit.Task submit_to_group (AsyncLit.TaskGroup group, Variant steps) {
  var attempts = new Variant.array (VariantType.VARIANT, { steps });

  return group.submit (null, (task, cancellable) => work (attempts, task, cancellable));
}

void check_group (AsyncLit.TaskGroup group, AsyncLit.Task[] tasks, Variant expect) {
  unowned var statuses = (EnumClass) typeof (AsyncLit.TaskStatus).class_peek ();
  var ends = expect.lookup_value ("ends", null);
  var error = expect.lookup_value ("error", null);

  assert (group.closed == expect.lookup_value ("closed", null).get_boolean ());
  assert (group.fraction == expect.lookup_value ("fraction", null).get_double ());
  for (var i = 0; i < tasks.length; i++)
    assert (statuses.get_value (tasks[i].status).value_nick == nth (ends, i).get_string ());
  assert (error == null || is_kind (tasks[0].get_error (), error.get_string ()));
}

void run_group (Variant test) {
  var group = new AsyncLit.TaskGroup (null);
  var fields = test.lookup_value ("group", null);
  var inputs = test.lookup_value ("inputs", null);
  var what = fields.lookup_value ("do", null) != null
             ? fields.lookup_value ("do", null).get_string () : "";
  AsyncLit.Task[] tasks = {};

  group.cancel_on_error = fields.lookup_value ("cancel-on-error", null) != null;
  if (what == "close-first")
    group.close ();
  for (size_t i = 0; i < inputs.n_children (); i++)
    tasks += submit_to_group (group, inputs.get_child_value (i));
  if (what == "cancel")
    group.cancel ();
  else if (what == "close-when-idle")
    group.close_when_idle ();
  try {
    assert (group.wait (60));
  } catch (GLib.Error failure) {
    error ("%s", failure.message);
  }
  check_group (group, tasks, test.lookup_value ("expect", null));
}

/* Runs on: pool */
void double_former (AsyncLit.Task task, Cancellable cancellable) {
  try {
    task.return_int (2 * task.get_dependency (0).get_result ().get_int64 ());
  } catch (GLib.Error failure) {
    task.return_error (failure.copy ());
  }
}

void run_then (Variant test) {
  unowned var statuses = (EnumClass) typeof (AsyncLit.TaskStatus).class_peek ();
  var expect = test.lookup_value ("expect", null);
  var first = submit_input (AsyncLit.get_default_manager (),
                            test.lookup_value ("inputs", null).get_child_value (0));
  var task = first.then ((task, cancellable) => double_former (task, cancellable));

  try {
    assert (task.wait (60));
  } catch (GLib.Error failure) {
    error ("%s", failure.message);
  }
  assert (statuses.get_value (task.status).value_nick
          == expect.lookup_value ("status", null).get_string ());
  check_error (task, expect.lookup_value ("error", null));
  check_result (task, expect.lookup_value ("result", null));
}
