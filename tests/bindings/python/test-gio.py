#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asynchronous operations of GIO in coroutines."""

import asyncio
import os
import threading

import pytest
from gi.repository import AsyncLit, Gio, GLib

from pysupport import WATCHDOG_SECONDS, finish


@pytest.fixture(name='file')
def make_file(tmp_path):
    path = tmp_path / 'file'
    path.write_text('twelve bytes')
    return Gio.File.new_for_path(str(path))


@pytest.fixture(name='pipe')
def make_pipe():
    """A stream that never has data."""
    reader, writer = os.pipe()
    yield Gio.UnixInputStream.new(reader, True)
    os.close(writer)


def run_loop(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, WATCHDOG_SECONDS))


def test_in_task(file):
    async def load():
        ok, contents, _ = await AsyncLit.gio(file.load_contents_async)
        return ok, contents

    assert finish(AsyncLit.run(load)).result == (True, b'twelve bytes')


def test_on_other_loop(file):
    async def load():
        return await AsyncLit.gio(file.load_contents_async)

    assert run_loop(load())[1] == b'twelve bytes'


def test_arguments(file):
    async def query():
        info = await AsyncLit.gio(file.query_info_async, 'standard::size',
                                  Gio.FileQueryInfoFlags.NONE, GLib.PRIORITY_DEFAULT)
        return info.get_size()

    assert run_loop(query()) == 12


@pytest.mark.parametrize('given', [(), (None,), (Gio.Cancellable(),)])
def test_cancellable_argument(pipe, given):
    async def read():
        await AsyncLit.gio(pipe.read_bytes_async, 1, GLib.PRIORITY_DEFAULT, *given)

    async def cancel():
        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run_loop(cancel())


def test_cancellable_after_length():
    async def write(*given):
        stream = Gio.MemoryOutputStream.new_resizable()
        return await AsyncLit.gio(stream.write_async, b'three', GLib.PRIORITY_DEFAULT, *given)

    for given in (), (None,), (Gio.Cancellable(),):
        assert run_loop(write(*given)) == 5


def test_steps(file):
    async def read():
        stream = await AsyncLit.gio(file.read_async, GLib.PRIORITY_DEFAULT)
        data = await AsyncLit.gio(stream.read_bytes_async, 6, GLib.PRIORITY_DEFAULT)
        await AsyncLit.gio(stream.close_async, GLib.PRIORITY_DEFAULT)
        return data.get_data()

    assert run_loop(read()) == b'twelve'


def test_program():
    async def call():
        program = Gio.Subprocess.new(['echo', 'hello'], Gio.SubprocessFlags.STDOUT_PIPE)
        return await AsyncLit.gio(program.communicate_utf8_async, None)

    assert run_loop(call()) == (True, 'hello\n', None)


def test_name_without_async():
    """Functions whose name has no suffix, and that belong to no object."""
    async def resolve():
        resolver = Gio.Resolver.get_default()
        return await AsyncLit.gio(resolver.lookup_by_name_async, '127.0.0.1')

    assert [address.to_string() for address in run_loop(resolve())] == ['127.0.0.1']


def test_function_of_namespace():
    async def get_bus():
        return await AsyncLit.gio(Gio.bus_get, Gio.BusType.SESSION)

    address = os.environ.get('DBUS_SESSION_BUS_ADDRESS')
    os.environ['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent/bus'
    try:
        with pytest.raises(GLib.Error):
            run_loop(get_bus())
    finally:
        if address is None:
            del os.environ['DBUS_SESSION_BUS_ADDRESS']
        else:
            os.environ['DBUS_SESSION_BUS_ADDRESS'] = address


def test_many(file):
    async def load_all():
        return await asyncio.gather(*[AsyncLit.gio(file.load_contents_async) for _ in range(200)])

    assert [contents for _, contents, _ in run_loop(load_all())] == [b'twelve bytes'] * 200


def test_error(file):
    async def load():
        await AsyncLit.gio(file.get_child('none').load_contents_async)

    task = finish(AsyncLit.run(load))
    assert task.error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_DIRECTORY)


def test_wrong_argument(file):
    async def load():
        await AsyncLit.gio(file.read_async, 'not a number')

    with pytest.raises(TypeError):
        run_loop(load())


@pytest.mark.parametrize('func', [print, len, None, 5, Gio.File.new_for_path])
def test_wrong_function(func):
    with pytest.raises(TypeError, match='has a callback'):
        AsyncLit.gio(func)


def test_cancel(pipe):
    async def read():
        begun.set()
        await AsyncLit.gio(pipe.read_bytes_async, 10, GLib.PRIORITY_DEFAULT)

    begun = threading.Event()
    task = AsyncLit.run(read)
    assert begun.wait(WATCHDOG_SECONDS)
    task.cancel()
    assert finish(task).status is AsyncLit.TaskStatus.CANCELLED
    assert not pipe.has_pending()  # the operation has ended, too


def test_own_cancellable(pipe):
    async def read():
        reading = asyncio.ensure_future(
            AsyncLit.gio(pipe.read_bytes_async, 10, GLib.PRIORITY_DEFAULT, cancellable=cancellable))
        await asyncio.sleep(0)
        cancellable.cancel()
        await reading

    cancellable = Gio.Cancellable()
    with pytest.raises(GLib.Error) as caught:
        run_loop(read())
    assert caught.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED)
