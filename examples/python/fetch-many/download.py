# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of the tasks: one attempt of a download, and the last step, which lists the sums."""

import hashlib
import http.client
import os
import re
import sys
from itertools import chain, count
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from gi.repository import AsyncLit

SUMS = 'SHA256SUMS'
CHUNK_BYTES = 64 * 1024

TEMPORARY_STATUS = {408, 425, 429, 500, 502, 503, 504}
TEMPORARY_ERRORS = (URLError, TimeoutError, ConnectionError, http.client.HTTPException)


class Stopped(Exception):
    """The task was cancelled, so nobody sees this."""


# The list

def read_list(name):
    with sys.stdin if name == '-' else open(name, encoding='utf-8') as lines:
        stripped = (line.strip() for line in lines)
        return [line for line in stripped if line and not line.startswith('#')]


def name_urls(urls, folder):
    """The paths of the files and their URLs: the names are the last parts of the URLs."""
    names = {SUMS: None}
    for url in dict.fromkeys(urls):
        parts = urlsplit(url)
        if parts.scheme not in ('http', 'https') or not parts.hostname:
            raise ValueError(f'“{url}” is not a URL of the Web')
        name = unquote(parts.path.rpartition('/')[2]).lstrip('.')
        name = re.sub(r'[\x00-\x1f\x7f/\\]', '_', name) or 'index.html'
        candidates = chain([name], (f'{name}.{number}' for number in count(1)))
        names[next(candidate for candidate in candidates if candidate not in names)] = url
    del names[SUMS]
    return {os.path.join(folder, name): url for name, url in names.items()}


# What to try again, and when

def is_temporary(error):
    if isinstance(error, HTTPError):
        return error.code in TEMPORARY_STATUS
    return isinstance(error, TEMPORARY_ERRORS)


def delay_of(error, _attempt_index, _computed):
    """The delay that the server asks for; None for the computed one."""
    value = error.headers.get('Retry-After') if isinstance(error, HTTPError) else None
    valid, seconds = AsyncLit.parse_retry_after(value, None) if value else (False, 0)
    return seconds if valid else None


# The work

def fetch(url, path, parts, timeout):
    """One attempt to download a file. Its progress is in bytes, and its result the SHA-256."""
    task = AsyncLit.current_task()
    part = os.path.join(parts, f'{os.path.basename(path)}.{task.attempt}')
    task.set_progress_unit(AsyncLit.Unit.BYTES)
    try:
        with open(part, 'xb') as file, open_url(url, timeout) as response:
            digest = copy(response, file, task)
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)
    return digest


def open_url(url, timeout):
    try:
        return urlopen(url, timeout=timeout or None)
    except HTTPError as error:
        error.close()  # it is also the response, whose text is of no interest
        raise


def copy(response, file, task):
    done, total = 0, int(response.headers.get('Content-Length', 0))
    digest = hashlib.sha256()
    while chunk := response.read1(CHUNK_BYTES):
        if task.cancel_requested:
            raise Stopped
        file.write(chunk)
        digest.update(chunk)
        done += len(chunk)
        task.set_progress(done, total)
    if done < total:
        raise ConnectionError(f'The connection ended after {done} of {total} bytes')
    return digest.hexdigest()


def write_sums(folder, tasks):
    """The last step: lists the files that have come."""
    came = [task for task in tasks if task.error is None]
    lines = sorted(f'{task.result}  {task.name}\n' for task in came)
    with open(os.path.join(folder, SUMS), 'w', encoding='utf-8') as file:
        file.writelines(lines)
