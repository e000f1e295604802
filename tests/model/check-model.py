#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes spin check every state of a model, and prints TAP.

The comment at the beginning of a model lists the macros with which to check it, one set per line:

    * check LIMIT=2                 every claim holds
    * mutant LIMIT=2 MUTANT_X: why  a claim is broken, and spin finds it

A model without mutants is rejected, because a check that can't fail proves nothing.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DIRECTIVE = re.compile(r'^ \* (check|mutant)((?: \w+(?:=\w+)?)*)(?:: (.*))?$', re.MULTILINE)
# Far deeper than any model. If a model does not fit, spin reports this, and the test fails. A
# larger number would only cost memory.
MAX_DEPTH, MAX_MEGABYTES, SECONDS = 20_000, 2048, 300


class Failure(Exception):
    """The description of a failure."""


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    return done.returncode, done.stdout


def build(model, macros, folder):
    """Builds the program `pan`, which visits the states of the model.

    It is not optimized, because optimizing takes much longer than it saves.
    """
    shutil.copy(model, folder)
    for command in (['spin', *(f'-D{macro}' for macro in macros), '-a', model.name],
                    ['cc', '-O0', '-w', '-DSAFETY', f'-DMEMLIM={MAX_MEGABYTES}',
                     '-o', 'pan', 'pan.c']):
        status, output = run(command, folder)
        if status != 0:
            raise Failure(f'{command[0]} failed:\n{output}')


def trail(model, macros, folder):
    """The last steps that lead to the error."""
    output = run(['spin', *(f'-D{macro}' for macro in macros), '-p', '-g', '-t', model.name],
                 folder)[1]
    return '\n'.join(output.splitlines()[-40:])


def explore(model, macros):
    """The number of states, the number of errors, and the steps that lead to the first one."""
    with tempfile.TemporaryDirectory() as folder:
        build(model, macros, folder)
        output = run(['./pan', f'-m{MAX_DEPTH}'], folder)[1]
        errors = re.search(r'errors: (\d+)', output)
        states = re.search(r'(\d+) states, stored', output)
        if not errors or not states:
            raise Failure(output)
        if errors[1] == '0':
            if 'Search not completed' in output or 'search depth too small' in output:
                raise Failure(f'not all states were visited:\n{output}')
            return int(states[1]), 0, ''
        return int(states[1]), int(errors[1]), output + trail(model, macros, folder)


def verdict(kind, model, macros):
    states, errors, story = explore(model, macros)
    if kind == 'check' and errors:
        raise Failure(f'a claim does not hold:\n{story}')
    if kind == 'mutant' and not errors:
        raise Failure(f'nothing is wrong with this mutant, in {states} states')
    return f'{states} states'


def main():
    model = Path(sys.argv[1]).resolve()
    if shutil.which('spin') is None:
        print('1..0 # SKIP there is no spin, the model checker')
        return 0
    directives = DIRECTIVE.findall(model.read_text())
    if {kind for kind, _, _ in directives} != {'check', 'mutant'}:
        print('Bail out! a model needs lines "check" and "mutant"')
        return 1
    failed = False
    for number, (kind, macros, _) in enumerate(directives, 1):
        name = f'{number} - /{model.stem}/{"/".join([kind, *macros.split()])}'
        try:
            note = verdict(kind, model, macros.split())
            print(f'ok {name}\n# {note}', flush=True)
        except (Failure, subprocess.TimeoutExpired) as error:
            failed = True
            print(f'not ok {name}')
            print(*(f'# {line}' for line in str(error).splitlines()), sep='\n', flush=True)
    print(f'1..{len(directives)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
