#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of one file with pytest and prints TAP.

Usage: tappytest.py FILE [PYTEST-ARGUMENT...]
"""

import faulthandler
import os
import sys

import pytest

WATCHDOG_SECONDS = 600


class TapReporter:
    """Prints one TAP line per test case, followed by diagnostics if it failed."""

    def __init__(self):
        # The output of pytest itself is discarded, but some of its parts need its reporter.
        self.out = os.fdopen(os.dup(1), 'w', buffering=1)
        with open(os.devnull, 'w') as nowhere:
            os.dup2(nowhere.fileno(), 1)
        self.count = 0
        self.reports = []

    def line(self, verdict, name, directive='', notes=''):
        self.count += 1
        self.out.write(f'{verdict} {self.count} - {name}{directive}\n')
        for note in notes.splitlines():
            self.out.write(f'# {note}\n')

    def pytest_collectreport(self, report):
        if report.failed:
            self.line('not ok', f'collecting {report.nodeid}', notes=report.longreprtext)

    def pytest_runtest_logstart(self):
        self.reports = []

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)

    def pytest_runtest_logfinish(self, nodeid):
        name = nodeid.partition('::')[2].replace('::', '/')
        failed = [report for report in self.reports if report.failed]
        skipped = [report for report in self.reports if report.skipped]
        if failed:
            notes = '\n'.join(part for report in failed for part in self.what_was_said(report))
            self.line('not ok', name, notes=notes)
        elif skipped:
            self.line('ok', name, f' # SKIP {skipped[0].longrepr[2]}')
        else:
            self.line('ok', name)

    @staticmethod
    def what_was_said(report):
        yield report.longreprtext
        for title, text in report.sections:
            yield f'{title}:'
            yield text

    def pytest_sessionfinish(self):
        self.out.write(f'1..{self.count}\n')
        self.out.flush()


def main():
    faulthandler.dump_traceback_later(WATCHDOG_SECONDS, exit=True)
    reporter = TapReporter()
    status = pytest.main(['-p', 'no:cacheprovider', '--import-mode=importlib', '--color=no',
                          *sys.argv[1:]], plugins=[reporter])
    faulthandler.cancel_dump_traceback_later()
    return 1 if status or not reporter.count else 0


if __name__ == '__main__':
    sys.exit(main())
