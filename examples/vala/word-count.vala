/* SPDX-FileCopyrightText: The asynclit-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Counts the words of files, with a task for each file: lambdas run in the thread pool, and a
 * function yields until each task has ended. A file that can't be read is an error, but the others
 * are counted nevertheless.
 *
 * The examples print plain text; a real program would translate its messages. */

errordomain CountError {
  BINARY
}

/* Runs on: pool */
int64 count_words (string path, AsyncLit.Task task, Cancellable cancellable) throws Error {
  var stream = new DataInputStream (File.new_for_path (path).read (cancellable));
  int64 n_words = 0, n_lines = 0;
  string? line;

  while ((line = stream.read_line (null, cancellable)) != null) {
    if (!line.validate ())
      throw new CountError.BINARY ("line %lld is not text", n_lines + 1);
    foreach (unowned var word in line.split_set (" \t"))
      n_words += word != "" ? 1 : 0;
    if (++n_lines % 1000 == 0)
      task.report_progress (n_lines);
  }
  return n_words;
}

AsyncLit.Task submit (AsyncLit.TaskManager manager, string path) {
  return manager.submit (null, (task, cancellable) => {
    try {
      task.return_int (count_words (path, task, cancellable));
    } catch (Error error) {
      task.return_error (error);
    }
  });
}

/* Prints the count of one file; how many could not be counted. */
async int report (string path, AsyncLit.Task task) {
  try {
    yield task.wait_async ();
    stdout.printf ("%7lld %s\n", task.get_result ().get_int64 (), path);
    return 0;
  } catch (IOError.NOT_FOUND error) {
    printerr ("%s: there is no such file\n", path);
  } catch (CountError.BINARY error) {
    printerr ("%s: %s\n", path, error.message);
  } catch (Error error) {
    printerr ("%s: cannot be read: %s\n", path, error.message);
  }
  return 1;
}

async int count_all (string[] paths) {
  var manager = new AsyncLit.TaskManager ();
  AsyncLit.Task[] tasks = {};
  var n_failed = 0;

  foreach (unowned var path in paths)
    tasks += submit (manager, path);
  for (var i = 0; i < paths.length; i++)
    n_failed += yield report (paths[i], tasks[i]);
  return n_failed;
}

int main (string[] args) {
  var loop = new MainLoop ();
  var n_failed = 0;

  if (args.length < 2) {
    printerr ("Usage: %s FILE...\n", args[0]);
    return 2;
  }
  count_all.begin (args[1:args.length], (source, result) => {
    n_failed = count_all.end (result);
    loop.quit ();
  });
  loop.run ();
  return n_failed > 0 ? 1 : 0;
}
