# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server on this machine that behaves as badly as servers on the Web do.

The first part of a path says how; the rest of it is a name:

    /file/NAME      what was asked for, at once
    /meet/NAME      not before as many requests as `meeting` are there at the same time
    /broken/NAME    half of it, then the connection ends; the second time all of it
    /busy/NAME      429, with the header Retry-After; the second time all of it
    /failing/NAME   503; the second time all of it
    /silent/NAME    no answer; the second time all of it
    /deaf/NAME      never an answer
    /trickle/NAME   a byte now and then, without end
    /half/NAME      half of it, and the rest when the server is closed
    /gone/NAME      404

As a program, it serves the program that its arguments name, which gets some URLs as arguments.
"""

import contextlib
import http.server
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from http import HTTPStatus

TIMEOUT = 60
# For programs that are to reach the server, whatever else they have to ask for the Web.
WITHOUT_PROXY = {'no_proxy': '127.0.0.1'}
TRICKLE_SECONDS = 0.05


def content_of(name, size=20000):
    """Some bytes that are different for each name."""
    line = f'{name}\n'.encode()
    return (line * (size // len(line) + 1))[:size]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, _, name = self.path.lstrip('/').partition('/')
        count = self.server.note(self.path)
        self.close_connection = True
        try:
            getattr(self, f'answer_{kind}', self.answer_gone)(name, count)
        except ConnectionError:
            pass  # the program was interrupted, or did not want to wait

    def answer_file(self, name, count):
        self.send_all(content_of(name, self.server.size))

    def answer_meet(self, name, count):
        self.server.meet()
        self.answer_file(name, count)

    def answer_broken(self, name, count):
        if count > 1:
            self.answer_file(name, count)
        else:
            self.send_half(name)

    def answer_busy(self, name, count):
        self.fail_first(HTTPStatus.TOO_MANY_REQUESTS, name, count)

    def answer_failing(self, name, count):
        self.fail_first(HTTPStatus.SERVICE_UNAVAILABLE, name, count)

    def answer_silent(self, name, count):
        if count > 1:
            self.answer_file(name, count)
        else:
            self.answer_deaf(name, count)

    def answer_deaf(self, name, count):
        self.server.closing.wait(TIMEOUT)

    def answer_trickle(self, name, count):
        self.send_head(HTTPStatus.OK)
        while not self.server.closing.wait(TRICKLE_SECONDS):
            self.wfile.write(b'.')

    def answer_half(self, name, count):
        self.send_half(name)
        self.server.tell_half_sent()
        self.server.closing.wait(TIMEOUT)

    def answer_gone(self, name, count):
        self.send_head(HTTPStatus.NOT_FOUND)

    def fail_first(self, status, name, count):
        if count > 1:
            self.answer_file(name, count)
        elif status is HTTPStatus.TOO_MANY_REQUESTS:
            self.send_head(status, {'Retry-After': str(self.server.retry_after)})
        else:
            self.send_head(status)

    def send_head(self, status, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()

    def send_all(self, content):
        self.send_head(HTTPStatus.OK, {'Content-Length': str(len(content))})
        step = max(len(content) // self.server.n_steps, 1)
        for start in range(0, len(content), step):
            self.wfile.write(content[start:start + step])
            if self.server.closing.wait(self.server.step_seconds):
                return

    def send_half(self, name):
        content = content_of(name, self.server.size)
        self.send_head(HTTPStatus.OK, {'Content-Length': str(len(content))})
        self.wfile.write(content[:len(content) // 2])
        self.wfile.flush()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    """n_most is how many requests were there at a time, without an answer; times has when requests
    came, by path."""

    request_queue_size = 128

    def __init__(self, meeting=1, retry_after=0, size=20000, n_steps=1, step_seconds=0):
        super().__init__(('127.0.0.1', 0), Handler)
        self.meeting = threading.Barrier(meeting)
        self.retry_after, self.size = retry_after, size
        self.n_steps, self.step_seconds = n_steps, step_seconds
        self.times, self.n_now, self.n_most, self.n_half = defaultdict(list), 0, 0, 0
        self.changed, self.closing = threading.Condition(), threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    def note(self, path):
        """Returns how often the path was asked for."""
        with self.changed:
            self.times[path].append(time.monotonic())
            return len(self.times[path])

    def meet(self):
        with self.changed:
            self.n_now += 1
            self.n_most = max(self.n_most, self.n_now)
        self.meeting.wait(TIMEOUT)
        with self.changed:
            self.n_now -= 1

    def url(self, path):
        return f'http://127.0.0.1:{self.server_port}/{path}'

    def tell_half_sent(self):
        with self.changed:
            self.n_half += 1
            self.changed.notify_all()

    def wait_for_halves(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.n_half >= count, TIMEOUT)

    def close(self):
        """May be called twice."""
        self.closing.set()
        self.meeting.abort()
        self.shutdown()
        self.thread.join()
        self.server_close()


SOME_PATHS = ['busy/report.pdf', 'broken/film.webm', 'silent/song.ogg', 'gone/old.txt',
              'failing/map.svg', *(f'file/photo-{number}.jpeg' for number in range(1, 36))]


def main():
    server = Server(size=2_000_000, n_steps=40, step_seconds=0.05, retry_after=2)
    program = subprocess.Popen([*sys.argv[1:], *map(server.url, SOME_PATHS)],
                               env={**os.environ, **WITHOUT_PROXY})
    try:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # the program has got it, too
                return program.wait()
    finally:
        server.close()


if __name__ == '__main__':
    sys.exit(main())
