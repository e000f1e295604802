# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does a window miss frames while 10,000 tasks report and end?

    benchmark-window.py PROGRAM [--files N] [--json FILE]

PROGRAM is the example checksum-window; the display is Xvfb, which draws without a graphics card, on
the processors that the tasks want, too. So that the window does not wait for it, it goes before all
others if that is allowed, as display servers of desktops do. The window's own frame clock tells
which frames it missed: in two seconds in which nothing happens, and while the checksums are
computed. Figures, no verdict: they depend on what else the machine does. If it is a virtual one, so
do others: "stolen" are the seconds for which its host withheld a processor, and the last column
leaves them out.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = 10000
# Four reports each.
BYTES = 512 * 1024
COLUMNS = ('seconds', 'stolen', 'frames', 'missed', 'missed-one', 'missed-two-in-a-row',
           'missed-more-in-a-row', 'worst-in-a-row', 'worst-in-a-row-but-stolen')
# What a meson benchmark says when it can't run here.
SKIPPED = 77


def make_files(folder, count):
    for number in range(count):
        path = Path(folder, f'{number // 100:03}', f'{number:05}')
        path.parent.mkdir(exist_ok=True)
        with path.open('wb') as stream:
            stream.truncate(BYTES)


def put_first(process):
    """Gives a process the lowest priority of those that go before all usual ones."""
    try:
        os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        print('This user may not give Xvfb a real-time priority: it takes its turn with the tasks',
              file=sys.stderr)


def run(program, folder):
    """The report of the program, on a display that goes with it."""
    with subprocess.Popen(['Xvfb', '-displayfd', '1', '-screen', '0', '760x600x24', '-nolisten',
                           'tcp', '-noreset'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as server:
        put_first(server)
        env = {**os.environ, 'DISPLAY': f':{server.stdout.readline().strip()}',
               'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo', 'GTK_A11Y': 'none',
               'DBUS_SESSION_BUS_ADDRESS': 'disabled:'}
        try:
            done = subprocess.run([program, '--report-frames', folder], env=env, check=True,
                                  stdout=subprocess.PIPE, text=True)
        finally:
            server.terminate()
    return json.loads(done.stdout)


def table(report):
    rows = [('', *(column.replace('-', ' ') for column in COLUMNS)),
            *((phase, *(str(figures[column]) for column in COLUMNS))
              for phase, figures in report.items())]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return '\n'.join('  '.join(cell.rjust(width) for cell, width in zip(row, widths))
                     for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--files', type=int, default=FILES)
    parser.add_argument('--json', type=Path)
    options = parser.parse_args()
    if shutil.which('Xvfb') is None or not Path(options.program).exists():
        print('There is no Xvfb, or no window to open in it')
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix='asynclit-window-') as folder:
        make_files(folder, options.files)
        report = run(options.program, folder)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + '\n')
    print(table(report))
    return 0


if __name__ == '__main__':
    sys.exit(main())
