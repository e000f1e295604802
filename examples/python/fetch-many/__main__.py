# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fetch-many: downloads many URLs into a folder, a few at a time.

    python3 fetch-many [OPTION...] [URL...]

Whatever fails temporarily is tried again: as often as --attempts says, after a delay that grows, or
when the server's Retry-After says so. A file gets its name once it is complete. When all downloads
have ended, SHA256SUMS lists the files that came, for "sha256sum -c".

Exit status: 0 all came; 1 some did not; 2 wrong usage, or a folder or file that can't be used; 130
interrupted by Ctrl-C, which stops all downloads at once.

    __main__.py    the command line, and the tasks with their limits
    download.py    the functions of the tasks: one attempt of a download, and the last step
    view.py        what is seen of the tasks: lines, or a block in the terminal

The examples print plain text; a real program would translate its messages.
"""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack

import gi

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

from download import delay_of, fetch, is_temporary, name_urls, read_list, write_sums
from view import View

STATUS_FAILED = 1
STATUS_TROUBLE = 2
STATUS_SIGNAL = 128


MAX_JOBS = 1024  # each needs a thread, and the library has no more


def number(kind, least, most=float('inf')):
    def parse(text):
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f'must be from {least} to {most}, not {text}')
        return value
    return parse


def parse_options():
    parser = argparse.ArgumentParser(
        prog='fetch-many', allow_abbrev=False, description='Downloads many URLs into a folder.')
    add = parser.add_argument
    add('-i', '--input', metavar='FILE', help='read URLs from FILE, one a line; “-” is the '
        'standard input; lines that begin with “#” are comments')
    add('-o', '--output', metavar='FOLDER', default='.', help='where the files go (.)')
    add('-j', '--jobs', metavar='N', type=number(int, 1, MAX_JOBS), default=4,
        help='how many downloads run at a time (4)')
    add('-r', '--rate', metavar='N', type=number(float, 0), default=0,
        help='how many downloads start in a second, at most (0: no limit)')
    add('-t', '--timeout', metavar='SECONDS', type=number(float, 0), default=30,
        help='the longest time that an attempt may take (30; 0: no limit)')
    add('-a', '--attempts', metavar='N', type=number(int, 1), default=5,
        help='how often a download is tried (5)')
    add('-d', '--delay', metavar='SECONDS', type=number(float, 0), default=1,
        help='how long to wait before the second attempt (1); doubles with each attempt')
    add('-q', '--quiet', action='store_true', help='print nothing but failures')
    add('urls', metavar='URL', nargs='*')
    options = parser.parse_args()
    try:
        options.urls += read_list(options.input) if options.input else []
        options.files = name_urls(options.urls, options.output)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not options.urls:
        parser.error('at least one URL is needed')
    return options


def submit_all(manager, options, parts):
    """A task for each URL. How many of them run at a time is up to the manager."""
    retry = AsyncLit.RetryPolicy(
        max_attempts=options.attempts, base_delay=options.delay, max_delay=60, jitter=0.2,
        retry_if=is_temporary, delay=delay_of)
    tasks = []
    for path, url in options.files.items():
        each = AsyncLit.options(manager=manager, retry=retry, timeout=options.timeout,
                                name=os.path.basename(path))
        tasks.append(each.run(fetch, url, path, parts, options.timeout))
    return tasks


def run(options, cleanup):
    os.makedirs(options.output, exist_ok=True)
    # What is under way is in a folder of its own, which is removed in any case.
    parts = cleanup.enter_context(
        tempfile.TemporaryDirectory(prefix='.fetch-many-', dir=options.output,
                                    ignore_cleanup_errors=True))
    AsyncLit.set_max_threads(max(AsyncLit.get_max_threads(), options.jobs))
    limiter = AsyncLit.Limiter(options.jobs, rate=options.rate, name='downloads')
    manager = AsyncLit.TaskManager(max_completed=0, limiter=limiter)
    # Without waiting: nothing can stop a thread that waits for a server, but the exit abandons it.
    cleanup.callback(manager.close, AsyncLit.CloseMode.CANCEL)
    tasks = submit_all(manager, options, parts)
    view = cleanup.enter_context(View(tasks, manager, options.quiet))
    all_came = AsyncLit.all(tasks, wait=True)  # waits also for the others, when one has failed
    last = AsyncLit.options(after=all_came, run_anyway=True).run(write_sums, options.output, tasks)
    while not last.wait(view.interval):
        view.update()
    if last.error is not None:
        raise last.error
    return 0 if all_came.status is AsyncLit.TaskStatus.DONE else STATUS_FAILED


def stop(number, _frame):
    """The first signal ends run(), which cancels its tasks; the second kills."""
    signal.signal(number, signal.SIG_DFL)
    sys.exit(STATUS_SIGNAL + number)


def main():
    options = parse_options()
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, stop)
    try:
        with ExitStack() as cleanup:
            return run(options, cleanup)
    except OSError as error:
        print(f'fetch-many: {error}', file=sys.stderr)
        return STATUS_TROUBLE


if __name__ == '__main__':
    sys.exit(main())
