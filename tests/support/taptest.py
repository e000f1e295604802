# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the unittest cases of a script and prints TAP. The last line of the script is
`taptest.main()`.

TestTask.test_cancel_while_running is printed as /task/cancel-while-running. The arguments are the
names of the tests to run (TestTask, or TestTask.test_cancel_while_running). By default, all are
run.
"""

import re
import sys
import unittest


def path_of(test):
    parts = re.sub(r'^__main__\.', '', test.id()).split('.')
    words = [re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', re.sub(r'^[Tt]est_?', '', part))
             for part in parts]
    return '/' + '/'.join(word.replace('_', '-').lower() for word in words if word)


class TapResult(unittest.TestResult):
    """Prints one TAP line per test, followed by diagnostics if it failed."""

    count, failed, current = 0, False, None

    def startTest(self, test):
        super().startTest(test)
        self.current, self.verdict, self.notes = test, 'ok', []

    def stopTest(self, test):
        super().stopTest(test)
        self.current = None
        self.line(self.verdict, path_of(test), self.notes)

    def line(self, verdict, name, notes):
        self.count += 1
        self.failed |= verdict == 'not ok'
        word, hash_mark, directive = verdict.partition(' # ')
        print(f'{word} {self.count} - {name}{hash_mark}{directive}')
        for text in '\n'.join(notes).splitlines():
            print('#', text)
        sys.stdout.flush()

    def addError(self, test, err):
        text = self._exc_info_to_string(err, test)  # without unittest's own frames
        if self.current is None:  # setUpClass or setUpModule: no test of it will run
            self.line('not ok', test.id(), [text])
            return
        self.verdict = 'not ok'
        self.notes.append(text)

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(test, err)
            self.notes.append(f'in {subtest.id()}')

    def addSkip(self, test, reason):
        if self.current is None:
            self.line(f'ok # SKIP {reason}', test.id(), [])
        elif test is not self.current:
            self.notes.append(f'skipped: {test.id()}: {reason}')
        elif self.verdict == 'ok':
            self.verdict = f'ok # SKIP {reason}'

    def addUnexpectedSuccess(self, test):
        self.verdict = 'not ok'
        self.notes.append('passed, but was expected to fail')


def main():
    load, result = unittest.defaultTestLoader, TapResult()
    module = sys.modules['__main__']
    names = sys.argv[1:]
    (load.loadTestsFromNames(names, module) if names else load.loadTestsFromModule(module)).run(result)
    print(f'1..{result.count}', flush=True)
    sys.exit(1 if result.failed or not result.count else 0)
