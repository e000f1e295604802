# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs as tasks, under the names of the module subprocess."""

import os

from gi.repository import Gio, GLib

from . import values

raw = values.raw

# As in the module subprocess, which most programs then need not import.
PIPE, STDOUT, DEVNULL = -1, -2, -3

GUINT64_MAX = 2 ** 64 - 1

STDERR = {
    PIPE: raw.ProgramStderr.KEEP,
    STDOUT: raw.ProgramStderr.MERGE,
    DEVNULL: raw.ProgramStderr.DISCARD,
    None: raw.ProgramStderr.INHERIT,
}


def to_argv(argv):
    if isinstance(argv, (str, bytes, os.PathLike)):
        raise TypeError('argv must be a sequence: the program, and its arguments')
    return [to_text(word, 'argv') for word in argv]


def to_text(word, what):
    word = os.fsdecode(word)
    if '\0' in word:
        raise ValueError(f'{what} must not contain null characters')
    return word


def to_variables(env):
    variables = [(to_text(name, 'env'), to_text(value, 'env')) for name, value in env.items()]
    if any('=' in name or not name for name, _ in variables):
        raise ValueError('a name in env must not be empty, nor contain "="')
    return [f'{name}={value}' for name, value in variables]


def set_input(program, stdin, input):
    if input is not None:
        if stdin not in (PIPE, DEVNULL):
            raise ValueError("stdin and input can't both be given")
        input = input.encode() if isinstance(input, str) else bytes(input)
        raw.Program.set_input(program, GLib.Bytes.new(input))
    elif stdin is None:
        raw.Program.set_inherit_input(program, True)
    elif isinstance(stdin, Gio.File):
        raw.Program.set_input_file(program, stdin)
    elif isinstance(stdin, (str, bytes, os.PathLike)):
        file = Gio.File.new_for_path(os.path.abspath(to_text(stdin, 'stdin')))
        raw.Program.set_input_file(program, file)
    elif stdin != DEVNULL or isinstance(stdin, bool):
        raise TypeError('stdin must be a Gio.File, a path, subprocess.DEVNULL, or None to inherit it')


def to_stderr(stderr):
    if isinstance(stderr, raw.ProgramStderr):
        return stderr
    if stderr is not None and (isinstance(stderr, bool) or not isinstance(stderr, int)
                               or stderr not in STDERR):
        raise TypeError('stderr must be a ProgramStderr, subprocess.PIPE, STDOUT, DEVNULL, '
                        'or None to inherit it')
    return STDERR[stderr]


def to_group(group):
    """In the module subprocess, 0 means a group of its own."""
    if isinstance(group, raw.ProcessGroup):
        return group
    if group is None:
        return raw.ProcessGroup.AUTO
    if group is True or group is not False and group == 0:
        return raw.ProcessGroup.OWN
    if group is False:
        return raw.ProcessGroup.SHARED
    raise ValueError('process_group must be True, False, 0 as in subprocess, or None')


def make(argv, env=None, cwd=None, stdin=DEVNULL, input=None, stderr=PIPE, capture_output=False,
         max_output=None, check=True, process_group=None):
    program = raw.Program.new(to_argv(argv))
    if env is not None:
        raw.Program.set_environ(program, to_variables(env))
    if cwd is not None:
        raw.Program.set_cwd(program, to_text(cwd, 'cwd'))
    set_input(program, stdin, input)
    raw.Program.set_stderr(program, to_stderr(stderr))
    raw.Program.set_capture_output(program, bool(capture_output))
    if max_output is not None:
        if not 0 <= max_output <= GUINT64_MAX:
            raise ValueError(f'max_output must be in [0, {GUINT64_MAX}]')
        raw.Program.set_max_output(program, max_output)
    raw.Program.set_check(program, bool(check))
    raw.Program.set_process_group(program, to_group(process_group))
    return program


def submit(manager, words, retry=None, argv=None, **options):
    """words is argv or, as in C, the retry policy and argv."""
    if len(words) > 2:
        raise TypeError(f'submit_subprocess() takes argv, not {len(words)} arguments')
    if len(words) == 2:
        retry, argv = words
    elif words:
        argv = words[0]
    if argv is None:
        raise TypeError('argv is missing')
    return manager.submit_program(retry, make(argv, **options))


class ProgramOutput(raw.ProgramOutput):
    """The output of a program: the result of a task with capture_output."""

    @property
    def stdout(self) -> bytes:
        return raw.ProgramOutput.get_stdout(self).get_data() or b''

    @property
    def stderr(self) -> bytes:
        return raw.ProgramOutput.get_stderr(self).get_data() or b''

    @property
    def returncode(self) -> int:
        return raw.ProgramOutput.get_status(self)

    def __repr__(self):
        return (f'<AsyncLit.ProgramOutput returncode={self.returncode} '
                f'stdout={len(self.stdout)} bytes, stderr={len(self.stderr)} bytes>')
