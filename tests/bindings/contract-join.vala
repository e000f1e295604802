/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The cases of the contract in which tasks are joined, in Vala. */

AsyncLit.Task submit_input (AsyncLit.TaskManager manager, Variant steps) {
  var attempts = new Variant.array (VariantType.VARIANT, { steps });

  return manager.submit (null, (task, cancellable) => work (attempts, task, cancellable));
}

AsyncLit.Task join (AsyncLit.Task[] tasks, Variant fields) {
  var hows = (EnumClass) typeof (AsyncLit.Join).class_ref ();
  var how = (AsyncLit.Join) hows.get_value_by_nick (
      fields.lookup_value ("how", null).get_string ()).value;
  var flags = AsyncLit.JoinFlags.DEFAULT;

  if (fields.lookup_value ("cancel-rest", null) != null)
    flags |= CANCEL_REST;
  if (fields.lookup_value ("wait", null) != null)
    flags |= WAIT;
  return AsyncLit.Task.join (tasks, how, flags);
}

void check_results (AsyncLit.Task task, Variant expected) throws Error {
  unowned var seen = (GenericArray<Value?>) task.get_result ().get_boxed ();

  assert (seen.length == expected.n_children ());
  for (var i = 0; i < seen.length; i++)
    assert (to_text (seen[i]) == expected_text (nth (expected, i)));
}

void check_join (AsyncLit.Task task, Variant expect) throws Error {
  unowned var statuses = (EnumClass) typeof (AsyncLit.TaskStatus).class_peek ();
  var results = expect.lookup_value ("results", null);

  assert (statuses.get_value (task.status).value_nick
          == expect.lookup_value ("status", null).get_string ());
  check_error (task, expect.lookup_value ("error", null));
  if (results != null)
    check_results (task, results);
  else
    check_result (task, expect.lookup_value ("result", null));
}

void run_join (Variant test) {
  var manager = new AsyncLit.TaskManager ();
  var expect = test.lookup_value ("expect", null);
  var inputs = test.lookup_value ("inputs", null);
  var ends = expect.lookup_value ("ends", null);
  unowned var statuses = (EnumClass) typeof (AsyncLit.TaskStatus).class_peek ();
  AsyncLit.Task[] tasks = {};

  for (size_t i = 0; i < inputs.n_children (); i++)
    tasks += submit_input (manager, inputs.get_child_value (i));
  var task = join (tasks, test.lookup_value ("join", null));
  try {
    if (test.lookup_value ("cancel", null) != null)
      assert (task.cancel ());
    assert (task.wait (60));
    check_join (task, expect);
    if (ends == null)
      manager.close (CANCEL);
    assert (manager.wait (60));
  } catch (GLib.Error failure) {
    error ("%s", failure.message);
  }
  for (size_t i = 0; ends != null && i < tasks.length; i++)
    assert (statuses.get_value (tasks[i].status).value_nick == nth (ends, i).get_string ());
}
