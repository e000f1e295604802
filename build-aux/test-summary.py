# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the results in a log that "meson test" wrote, for build-aux/test.

Usage: test-summary.py LOG.json

Prints "PASSED FAILED SKIPPED" on the standard output: the tests inside each test program, as it
reported them in TAP. A program that failed in another way (it crashed, hung, or stopped early)
counts as one more failed test. Failed tests are printed on the standard error.
"""

import json
import re
import sys

TAP_LINE = re.compile(r"(not )?ok\b[^#]*(?:# *(\w+))?")
TAIL_LINES = 40


def count_tap(stdout):
    """Passed, failed and skipped among the top-level TAP lines; indented ones are details."""
    passed = failed = skipped = 0
    for line in stdout.splitlines():
        match = TAP_LINE.match(line)
        if not match:
            continue
        directive = (match[2] or "").upper()
        if directive.startswith("SKIP"):
            skipped += 1
        elif match[1] and directive != "TODO":
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count(test):
    passed, failed, skipped = count_tap(test.get("stdout") or "")
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)
    if test["result"] == "SKIP":
        return passed, failed, skipped or 1
    return passed, failed or 1, skipped


def show(test):
    print(f"--- {test['name']}: {test['result']}", file=sys.stderr)
    print(f"    {' '.join(test.get('command') or [])}", file=sys.stderr)
    for stream in ("stdout", "stderr"):
        lines = (test.get(stream) or "").splitlines()
        # In a long log, the failing lines may be far from the end.
        early = [line for line in lines[:-TAIL_LINES] if line.startswith(("not ok", "Bail out!"))]
        for line in early + lines[-TAIL_LINES:]:
            print(f"    {line}", file=sys.stderr)


def main():
    totals = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        for line in log:
            test = json.loads(line)
            numbers = count(test)
            totals = [total + number for total, number in zip(totals, numbers)]
            if numbers[1]:
                show(test)
    print(*totals)


if __name__ == "__main__":
    main()
