#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TaskManager, session_tasks() and the default manager."""

import threading
import time

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import Gate, finish, poll_until

Status = AsyncLit.TaskStatus


def test_true_without_tasks():
    manager = AsyncLit.TaskManager()
    assert len(manager) == 0
    assert manager
    assert (manager or None) is manager


def test_default_manager():
    assert isinstance(AsyncLit.get_default_manager(), AsyncLit.TaskManager)
    assert AsyncLit.get_default_manager() is AsyncLit.get_default_manager()


def test_default_manager_from_threads():
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(AsyncLit.get_default_manager()))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1


def test_max_completed():
    assert AsyncLit.TaskManager().max_completed == 256
    assert AsyncLit.TaskManager(max_completed=2).max_completed == 2
    with pytest.raises(TypeError):
        AsyncLit.TaskManager(2)


@pytest.mark.parametrize('value', [-1, 2 ** 32])
def test_max_completed_invalid(value):
    with pytest.raises(ValueError):
        AsyncLit.TaskManager(max_completed=value)


def test_get():
    manager = AsyncLit.TaskManager()
    task = manager.submit(int)
    assert manager.get(task.id) is task
    assert manager.get(task_id=task.id) is task


@pytest.mark.parametrize('task_id', ['', 'nobody', 'global:nobody', 'a\0b', '\ud800', None, 5])
def test_get_nobody(task_id):
    assert AsyncLit.TaskManager().get(task_id) is None


def test_get_of_another_manager():
    assert AsyncLit.TaskManager().get(AsyncLit.TaskManager().submit(int).id) is None


def test_unregister_global():
    manager = AsyncLit.TaskManager()
    task = finish(manager.submit(int))
    manager.register_global(task, 'latest')
    assert manager.unregister_global('latest') is True
    assert manager.unregister_global(name='latest') is False
    assert manager.get('global:latest') is None
    manager.register_global(task, 'latest')
    assert manager.remove(task.id)
    assert manager.get('global:latest') is None


def test_register_global():
    manager = AsyncLit.TaskManager()
    one, two = manager.submit(int), manager.submit(int)
    assert manager.register_global(one, 'latest') is None
    assert manager.get('global:latest') is one
    manager.register_global(task=two, name='latest')
    assert manager.get('global:latest') is two
    assert manager.get(one.id) is one


def test_global_is_not_forgotten():
    manager = AsyncLit.TaskManager(max_completed=1)
    kept = finish(manager.submit(int))
    manager.register_global(kept, 'kept')
    for _ in range(5):
        finish(manager.submit(int))
    manager.cleanup()
    assert manager.get('global:kept') is kept


def test_cleanup():
    manager = AsyncLit.TaskManager(max_completed=2)
    tasks = [finish(manager.submit(int)) for _ in range(6)]
    manager.cleanup()
    assert manager.cleanup() == 0
    assert [manager.get(task.id) is task for task in tasks] == [False] * 4 + [True] * 2


def test_cleanup_says_how_many():
    """No more tasks are submitted. Live tasks are never removed."""
    manager = AsyncLit.TaskManager(max_completed=2)
    with Gate() as gate:
        live = manager.submit(gate.pass_through)
        with Gate() as other:
            tasks = [manager.submit(other.pass_through) for _ in range(6)]
        for task in tasks:
            finish(task)
        assert manager.cleanup() == 4
        assert manager.get(live.id) is live


def test_remove():
    manager = AsyncLit.TaskManager()
    first, second = [finish(manager.submit(int)) for _ in range(2)]
    assert manager.remove(first.id) is True
    assert manager.get(first.id) is None and manager.get(second.id) is second
    assert first.result == 0  # forgotten, and not harmed
    assert manager.remove(first.id) is False
    assert manager.remove('global:no') is False and manager.remove(None) is False


def test_remove_refuses_live_tasks():
    manager = AsyncLit.TaskManager()
    with Gate() as gate:
        live = manager.submit(gate.pass_through)
        assert manager.remove(live.id) is False
        assert manager.get(live.id) is live
    finish(live)
    assert manager.remove(live.id) is True


def test_remove_by_an_id_of_its_own():
    manager = AsyncLit.TaskManager()
    task = AsyncLit.Task('mine')
    manager.submit_task(task)
    assert manager.remove('mine') is False
    task.return_value(1)
    assert manager.get('mine') is task
    assert manager.remove('mine') is True
    assert manager.get('mine') is None


def test_trims_by_itself():
    manager = AsyncLit.TaskManager(max_completed=10)
    first = finish(manager.submit(int))
    for _ in range(30):
        finish(manager.submit(int))
    assert manager.get(first.id) is None
    assert first.result == 0  # forgotten, and not harmed


def test_list_tasks():
    manager = AsyncLit.TaskManager()
    with Gate() as gate:
        ended = finish(manager.submit(int))
        live = manager.submit(gate.pass_through)
        assert manager.list_tasks(AsyncLit.TaskFilter.ENDED, None) == [ended]
        assert manager.list_tasks(AsyncLit.TaskFilter.LIVE, None) == [live]
        assert list(manager) == [ended, live]


def test_context_manager_waits():
    with AsyncLit.TaskManager() as manager:
        tasks = [manager.submit(time.sleep, 0.01) for _ in range(5)]
    assert [task.status for task in tasks] == [Status.DONE] * 5
    assert manager.closed
    assert manager.submit(int).error.matches(AsyncLit.error_quark(), AsyncLit.Error.CLOSED)


def test_context_manager_keeps_names():
    with AsyncLit.TaskManager() as manager:
        manager.register_global(manager.submit(time.sleep, 0.01), 'report')
    assert manager.get('global:report').status is Status.DONE
    manager.close(AsyncLit.CloseMode.CANCEL)
    assert manager.get('global:report') is None


def test_context_manager_cancels():
    def work():
        while not AsyncLit.current_task().cancel_requested:
            time.sleep(0.001)

    with pytest.raises(KeyError):
        with AsyncLit.TaskManager() as manager:
            task = manager.submit(work)
            manager.register_global(task, 'work')
            poll_until(lambda: task.status is Status.RUNNING)
            raise KeyError
    assert task.status is Status.CANCELLED
    assert manager.get('global:work') is None


def test_wait():
    manager = AsyncLit.TaskManager()
    with Gate() as gate:
        task = manager.submit(gate.pass_through)
        assert manager.wait(0.01) is False
    assert manager.wait() is True
    assert task.done


def test_close_and_reopen():
    manager = AsyncLit.TaskManager()
    with Gate() as gate:
        task = manager.submit(gate.pass_through)
        manager.close()
        assert manager.closed and not task.done
    assert finish(task).status is Status.DONE
    manager.reopen()
    assert finish(manager.submit(int)).result == 0


def test_dropped_manager():
    """Its tasks continue until they end."""
    with Gate() as gate:
        task = AsyncLit.TaskManager().submit(gate.pass_through, 5)
    assert finish(task).result == 5


def test_repr():
    manager = AsyncLit.TaskManager()
    finish(manager.submit(int))
    assert repr(manager) == '<AsyncLit.TaskManager 0 live, 1 ended>'
    manager.close()
    assert repr(manager) == '<AsyncLit.TaskManager 0 live, 1 ended, closed>'


def test_shutdown_and_again():
    assert AsyncLit.shutdown(60)
    assert finish(AsyncLit.run(int)).result == 0


def test_session_tasks():
    state = {}
    tasks = AsyncLit.session_tasks(state)
    assert tasks == {} and state['asynclit_tasks'] is tasks
    tasks['mine'] = 1
    assert AsyncLit.session_tasks(state) is tasks
    assert AsyncLit.session_tasks(state, key='other') is state['other'] == {}


def test_session_tasks_of_a_mapping():
    class State:
        """An object with only the methods of st.session_state."""

        def __init__(self):
            self.values = {}

        def __contains__(self, key):
            return key in self.values

        def __getitem__(self, key):
            return self.values[key]

        def __setitem__(self, key, value):
            self.values[key] = value

    state = State()
    AsyncLit.session_tasks(state)['mine'] = 1
    assert AsyncLit.session_tasks(state) == {'mine': 1}


def test_counters():
    manager = AsyncLit.TaskManager()
    finish(manager.submit(int))
    assert finish(manager.submit(int, 'no')).error
    with Gate() as gate:
        running = manager.submit(gate.pass_through)
        gate.await_arrivals(1)
        assert (manager.n_live, manager.n_running, manager.n_waiting) == (1, 1, 0)
    finish(running)
    assert (manager.n_live, manager.n_done, manager.n_failed) == (0, 2, 1)
    assert (manager.n_cancelled, manager.n_retried) == (0, 0)


def test_signals():
    manager = AsyncLit.TaskManager(max_completed=0)
    seen = []
    manager.connect('task-added', lambda _manager, task: seen.append(('added', task)))
    manager.connect('task-started', lambda _manager, task: seen.append(('started', task)))
    manager.connect('task-completed', lambda _manager, task: seen.append(
        ('completed', task, task.result)))
    task = manager.submit(lambda: {'any': 'object'})
    assert not seen  # never in the call
    assert task.wait(60)
    while len(seen) < 3:
        GLib.MainContext.default().iteration(True)
    assert seen == [('added', task), ('started', task), ('completed', task, {'any': 'object'})]


def test_signal_of_a_retry():
    manager = AsyncLit.TaskManager()
    seen = []

    def fail():
        raise ValueError('again')

    manager.connect('task-retrying', lambda _manager, task, *args: seen.append((task, *args)))
    task = manager.submit(fail, retry=AsyncLit.RetryPolicy(max_attempts=2))
    while not seen:
        GLib.MainContext.default().iteration(True)
    ((told, attempt, delay, error),) = seen
    assert (told, attempt, delay) == (task, 1, 0)
    assert 'again' in error.message


def test_signals_from_many_threads():
    """Handlers run in the context of the manager, whoever submits."""
    manager = AsyncLit.TaskManager(max_completed=0)
    seen = []
    manager.connect('task-completed', lambda *args: seen.append(threading.get_ident()))
    submitters = [threading.Thread(target=lambda: [manager.submit(len, 'four') for _ in range(200)])
                  for _ in range(4)]
    for thread in submitters:
        thread.start()
    while len(seen) < 800:
        GLib.MainContext.default().iteration(True)
    for thread in submitters:
        thread.join()
    assert set(seen) == {threading.get_ident()}


def test_max_age():
    manager = AsyncLit.TaskManager(max_age=0.01)
    assert manager.max_age == 0.01
    assert AsyncLit.TaskManager().max_age == 0
    task = manager.submit(len, 'four')
    assert task.wait(60)
    poll_until(lambda: manager.get(task.id) is None)
    for bad in (-1, float('nan')):
        with pytest.raises(ValueError, match='max_age'):
            AsyncLit.TaskManager(max_age=bad)


def test_wait_async():
    manager = AsyncLit.TaskManager()
    seen = []
    task = manager.submit(len, 'four')
    manager.wait_async(None, lambda manager, result: seen.append(manager.wait_finish(result)))
    while not seen:
        GLib.MainContext.default().iteration(True)
    assert seen == [True]
    assert task.done
