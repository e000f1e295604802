#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that were written for the reference run when its import is replaced.

Each program is run unchanged, except for that line. If the reference itself is installed, each
program is also run with it, and has to print the same.
"""

import importlib.util

import pytest

from pysupport import assert_quiet, run_script
from referenceprograms import HELPERS, PROGRAMS

IMPORT = 'import asynclit\n'
REPLACED = 'from gi.repository import AsyncLit as asynclit\n'


@pytest.mark.parametrize('name', PROGRAMS)
def test_program(name):
    text, expected = PROGRAMS[name]
    assert_quiet(run_script(REPLACED + HELPERS + text), expected)


@pytest.mark.parametrize('name', PROGRAMS)
@pytest.mark.skipif(importlib.util.find_spec('asynclit') is None,
                    reason='the reference is not installed')
def test_program_of_the_reference(name):
    text, expected = PROGRAMS[name]
    process = run_script(IMPORT + HELPERS + text)
    assert process.stdout == expected, process.stderr
