# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checksum-folder: the SHA-256 of every regular file below a folder, each computed by a task.

    python3 checksum-folder [--output FILE] [--jobs N] [--quiet] FOLDER

The same as the program of this name in examples/c, in Python: the same result, messages and exit
status. For a description, see there.

    __main__.py    the command line
    job.py         the asyncio loop: submits the tasks and collects their results
    work.py        the functions of the tasks: listing a folder, hashing a file
    view.py        progress in the terminal, or as lines
    sums_file.py   the file that "sha256sum -c" reads
    texts.py       shared messages
"""

import argparse
import os
import sys

import gi

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

from job import STATUS_TROUBLE, Job
from sums_file import SumsFile
from texts import _

DEFAULT_OUTPUT = 'SHA256SUMS'

# Enough that no thread of the library has to wait for the next submission.
IN_FLIGHT_PER_PROCESSOR = 16
MIN_IN_FLIGHT = 64
MAX_IN_FLIGHT = 256


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f'checksum-folder: {message}', file=sys.stderr)
        print(_('Try “checksum-folder --help”.'), file=sys.stderr)
        sys.exit(STATUS_TROUBLE)


def make_parser():
    version = (AsyncLit.MAJOR_VERSION, AsyncLit.MINOR_VERSION, AsyncLit.MICRO_VERSION)
    parser = Parser(prog='checksum-folder', allow_abbrev=False, description=_(
        'Computes the SHA-256 of every file below FOLDER, for “sha256sum -c”.'))
    parser.add_argument('-o', '--output', metavar=_('FILE'), default=DEFAULT_OUTPUT, help=_(
        'Write the checksums to FILE, or to the standard output if it is “-” (SHA256SUMS)'))
    parser.add_argument('-j', '--jobs', metavar=_('N'), type=int,
                        help=_('Read at most N files at a time'))
    parser.add_argument('-q', '--quiet', action='store_true',
                        help=_('Print nothing but failures'))
    parser.add_argument('--version', action='version', help=_('Print the version and exit'),
                        version='%(prog)s {}.{}.{}'.format(*version))
    parser.add_argument('folders', metavar=_('FOLDER'), nargs='*')
    return parser


def parse_options():
    parser = make_parser()
    options = parser.parse_args()
    if len(options.folders) != 1:
        parser.error(_('Exactly one folder is needed'))
    if options.jobs is not None and options.jobs < 1:
        parser.error(_('The number of jobs must be at least 1'))
    return options


def default_jobs():
    """Each submitted task reads a file as soon as there is a thread."""
    wanted = (os.cpu_count() or 1) * IN_FLIGHT_PER_PROCESSOR
    return min(max(wanted, MIN_IN_FLIGHT), MAX_IN_FLIGHT)


def main():
    options = parse_options()
    try:
        sums_file = SumsFile(options.output)
    except OSError as error:
        print(f'checksum-folder: {error}', file=sys.stderr)
        return STATUS_TROUBLE
    folder = os.fsencode(options.folders[0])
    return Job(folder, sums_file, options.jobs or default_jobs(), options.quiet).run()


if __name__ == '__main__':
    sys.exit(main())
