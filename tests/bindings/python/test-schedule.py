#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scheduling from Python, as in the reference and beyond it, with a manual clock."""

import asyncio
import copy
import datetime
import functools
import gc
import inspect
import pickle
import threading
from zoneinfo import ZoneInfo

import pytest
from gi.repository import AsyncLit, GLib

from pysupport import Gate, finish, iterate_until, poll_until, resident_bytes, run_script

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)  # a Thursday
MINUTE, HOUR = 60, 3600
BYTES_EACH = 100


def minutes(count):
    return START + datetime.timedelta(minutes=count)


@pytest.fixture
def clock():
    return AsyncLit.ManualClock.new(GLib.DateTime.new_utc(2026, 1, 1, 0, 0, 0))


@pytest.fixture
def scheduler(clock):
    scheduler = AsyncLit.Scheduler(clock=clock)
    yield scheduler
    AsyncLit.shutdown_scheduler(scheduler, wait=True)


@pytest.fixture
def default_scheduler():
    yield AsyncLit.get_default_scheduler()
    AsyncLit.shutdown_scheduler(wait=True)


@pytest.fixture
def calls():
    """Lets a test wait for calls."""
    return Calls()


class Calls(list):
    def note(self, *args, **kwargs):
        self.append((*args, kwargs) if kwargs else args)

    async def note_later(self, *args):
        await asyncio.sleep(0)
        self.append(args)

    def await_(self, count):
        poll_until(lambda: len(self) >= count)
        assert len(self) == count


def run_out(scheduler):
    """Waits until all due jobs have run, and no others are going to run."""
    poll_until(lambda: not any(job.n_running for job in scheduler.get_jobs()))


def ignore(*unused, **also_unused):
    pass


# What the reference says

REFERENCE = {
    'schedule_interval': "(func, *, seconds, args=(), kwargs=None, manager=None, scheduler=None, "
                         "job_id=None, replace_existing=True, latest_task_name=None",
    'schedule_cron': "(func, *, cron, args=(), kwargs=None, manager=None, scheduler=None, "
                     "job_id=None, replace_existing=True, latest_task_name=None",
    'get_default_scheduler': '(',
    'start_scheduler': '(scheduler=None',
    'shutdown_scheduler': '(scheduler=None, *, wait: bool = False',
}


@pytest.mark.parametrize('name', REFERENCE)
def test_signature(name):
    signature = inspect.signature(getattr(AsyncLit, name))
    assert str(signature).startswith(REFERENCE[name])
    added = list(signature.parameters.values())[REFERENCE[name].count(','):]
    assert all(parameter.kind is not parameter.POSITIONAL_OR_KEYWORD for parameter in added[1:])


def test_interval(scheduler, clock, calls):
    """Schedule periodic execution of func using an interval trigger."""
    AsyncLit.schedule_interval(calls.note, seconds=90, args=(1, 2), kwargs={'c': 3},
                               scheduler=scheduler)
    clock.advance(89)
    run_out(scheduler)
    assert calls == []
    clock.advance(1)
    calls.await_(1)
    clock.advance(90)
    calls.await_(2)
    assert calls == [(1, 2, {'c': 3})] * 2


def test_cron(scheduler, clock, calls):
    """Schedule periodic execution of func using a cron expression."""
    job = AsyncLit.schedule_cron(calls.note, cron='*/20 * * * *', scheduler=scheduler)
    for tick in range(1, 4):
        assert job.next_run_time == minutes(20 * tick)
        clock.advance(20 * MINUTE)
        calls.await_(tick)


def test_cron_is_that_of_apscheduler(scheduler):
    """The cron expression uses APScheduler's CronTrigger.from_crontab format: 0 is Monday."""
    job = AsyncLit.schedule_cron(ignore, cron='0 0 * * 0', time_zone='UTC', scheduler=scheduler)
    assert job.next_run_time == START + datetime.timedelta(days=4)
    other = AsyncLit.schedule_cron(ignore, cron='0 0 * * 0', time_zone='UTC', dialect='cron',
                                   scheduler=scheduler)
    assert other.next_run_time == START + datetime.timedelta(days=3)


def test_each_tick_submits_a_task(scheduler, clock):
    """Each tick submits an asynclit Task via the provided manager."""
    manager = AsyncLit.TaskManager()
    job = AsyncLit.schedule_interval(pow, seconds=1, args=(2, 5), manager=manager,
                                     scheduler=scheduler)
    for tick in range(1, 4):
        clock.advance(1)
        poll_until(lambda: len(manager.list_tasks(AsyncLit.TaskFilter.DONE, None)) == tick)
    assert {task.result for task in manager} == {32}
    assert {task.name for task in manager} == {'pow'} == {job.name}


def test_latest_task(scheduler, clock):
    """The latest Task is stored as a manager global alias under key global:{latest_task_name}."""
    numbers = iter(range(10))
    manager = AsyncLit.TaskManager()
    job = AsyncLit.schedule_interval(lambda: next(numbers), seconds=1, latest_task_name='number',
                                     manager=manager, scheduler=scheduler)
    assert (job.latest_task_key, job.latest_task) == ('global:number', None)
    for tick in range(3):
        clock.advance(1)
        poll_until(lambda: job.n_runs == tick + 1 and job.latest_task is not None)
        assert finish(manager.get('global:number')).result == tick
        assert job.latest_task is manager.get(job.latest_task_key)
        run_out(scheduler)


def test_no_latest_task_name(scheduler):
    job = AsyncLit.schedule_interval(ignore, seconds=1, scheduler=scheduler)
    assert job.latest_task_key is job.latest_task is None


def test_scheduled_task():
    """Metadata returned by scheduling helpers: job_id, latest_task_key=None."""
    job = AsyncLit.ScheduledTask('weather')
    assert (job.job_id, job.id, job.latest_task_key) == ('weather', 'weather', None)
    job = AsyncLit.ScheduledTask('weather', 'global:latest')
    assert (job.job_id, job.latest_task_key) == ('weather', 'global:latest')
    assert job == AsyncLit.ScheduledTask(job_id='weather', latest_task_key='global:latest')
    assert job != AsyncLit.ScheduledTask('weather') and job != 'weather'
    assert len({job, copy.copy(job), pickle.loads(pickle.dumps(job))}) == 1
    with pytest.raises(AttributeError):
        job.job_id = 'other'
    assert repr(job) == "ScheduledTask(job_id='weather', latest_task_key='global:latest')"
    assert not (job.run_now() or job.remove())


def test_scheduler_unavailable():
    """A RuntimeError. Here, the end of the interpreter makes the scheduler unavailable."""
    assert issubclass(AsyncLit.SchedulerUnavailable, RuntimeError)
    said = run_script('''
import atexit
from gi.repository import AsyncLit
def late():
    try: AsyncLit.schedule_interval(print, seconds=1)
    except AsyncLit.SchedulerUnavailable as error: print(error)
atexit._run_exitfuncs()
late()
''')
    assert (said.returncode, said.stderr) == (0, '')
    assert said.stdout == 'the interpreter is shutting down\n'


def test_default_scheduler(default_scheduler, calls):
    """A process-wide scheduler. Scheduling something starts it, as in the reference."""
    assert default_scheduler is AsyncLit.get_default_scheduler()
    assert not default_scheduler.running
    job = AsyncLit.schedule_interval(calls.note, seconds=0.01)
    assert default_scheduler.running and default_scheduler.get_job(job.job_id) is job
    poll_until(lambda: len(calls) >= 3)


def test_start_scheduler(scheduler, default_scheduler):
    """Start the scheduler and return it (defaults to the singleton)."""
    assert AsyncLit.start_scheduler(scheduler) is scheduler and scheduler.running
    assert AsyncLit.start_scheduler() is default_scheduler and default_scheduler.running
    assert AsyncLit.start_scheduler() is default_scheduler


def test_shutdown_scheduler(default_scheduler, calls):
    """Shutdown the scheduler (defaults to the singleton if created): as there, it has no jobs then."""
    AsyncLit.shutdown_scheduler()
    job = AsyncLit.schedule_interval(calls.note, seconds=0.01)
    poll_until(lambda: calls)
    AsyncLit.shutdown_scheduler(wait=True)
    seen = len(calls)
    assert not default_scheduler.running and default_scheduler.get_jobs() == []
    assert AsyncLit.start_scheduler() is default_scheduler
    AsyncLit.schedule_interval(calls.note, seconds=1000)
    assert len(calls) == seen and job.next_run_time is None


def test_shutdown_waits(scheduler, clock):
    """wait: Whether to wait for running jobs."""
    ended = []
    with Gate() as gate:
        def work():
            gate.pass_through()
            ended.append(True)

        AsyncLit.schedule_interval(work, seconds=1, scheduler=scheduler)
        clock.advance(1)
        gate.await_arrivals()
        AsyncLit.shutdown_scheduler(scheduler, wait=False)
        assert not ended
        AsyncLit.schedule_interval(work, seconds=1, scheduler=scheduler)
        clock.advance(1)
        gate.await_arrivals()
        threading.Thread(target=gate.open).start()
        AsyncLit.shutdown_scheduler(scheduler, wait=True)
    assert ended


# What runs, and how

def test_kinds_of_functions(scheduler, clock, calls):
    class Callable:
        def __call__(self):
            calls.note('object')

    async def generate():
        yield calls.note('generator')

    functions = [functools.partial(calls.note, 'partial'), lambda: calls.note('lambda'),
                 functools.partial(calls.note_later, 'coroutine'), Callable(), generate]
    for func in functions:
        AsyncLit.schedule_interval(func, seconds=1, scheduler=scheduler)
    clock.advance(1)
    calls.await_(len(functions))
    assert {call[0] for call in calls} == {'partial', 'lambda', 'coroutine', 'object', 'generator'}


def test_progress_queue(scheduler, clock):
    async def report(queue, count):
        for number in range(count):
            await queue.async_q.put(number)

    job = AsyncLit.schedule_interval(report, seconds=1, args=(3,), latest_task_name='reporting',
                                     scheduler=scheduler)
    clock.advance(1)
    poll_until(lambda: job.latest_task is not None)
    assert finish(job.latest_task).progress == [0, 1, 2]


@pytest.mark.parametrize('how', ['option', 'as the reference hands it over'])
def test_retry(scheduler, clock, calls, how):
    def fail():
        calls.note()
        raise ValueError('no')

    policy = AsyncLit.RetryPolicy(3)
    given = {'retry': policy} if how == 'option' else {'kwargs': {'retry': policy}}
    job = AsyncLit.schedule_interval(fail, seconds=1, latest_task_name=how, scheduler=scheduler,
                                     **given)
    clock.advance(1)
    calls.await_(3)
    error = finish(job.latest_task).error
    assert isinstance(error, ValueError) and job.retry == policy and job.n_runs == 1


def test_not_callable(scheduler):
    with pytest.raises(TypeError, match='not callable'):
        AsyncLit.schedule_interval('print', seconds=1, scheduler=scheduler)


def test_a_job_without_a_function(scheduler, clock):
    job = AsyncLit.ScheduledTask('empty', 'global:empty', trigger=AsyncLit.IntervalTrigger.new(1))
    AsyncLit.start_scheduler(scheduler).add(job)
    clock.advance(1)
    poll_until(lambda: job.latest_task is not None)
    assert 'no function' in finish(job.latest_task).error.message
    job.remove()
    with pytest.raises(ValueError, match='trigger'):
        scheduler.add(AsyncLit.ScheduledTask('nothing'))


# Which job is which

def test_job_id_replaces(scheduler, clock, calls):
    first = AsyncLit.schedule_interval(calls.note, seconds=1, job_id='job', scheduler=scheduler)
    second = AsyncLit.schedule_interval(calls.note, seconds=2, job_id='job', scheduler=scheduler)
    assert first == second and first is not second
    assert scheduler.get_jobs() == [second] and scheduler.get_job('job') is second
    with pytest.raises(AsyncLit.ConflictingIdError, match='“job”') as raised:
        AsyncLit.schedule_interval(ignore, seconds=3, job_id='job', replace_existing=False,
                                   scheduler=scheduler)
    assert isinstance(raised.value, KeyError)
    assert scheduler.get_job('job') is second


def rerun(scheduler, text):
    """Runs a script like Streamlit: each time in a thread, and with variables of its own."""
    code = compile(text, 'script', 'exec')
    thread = threading.Thread(target=exec, args=(code, {'AsyncLit': AsyncLit,
                                                        'scheduler': scheduler}))
    thread.start()
    thread.join()


@pytest.mark.parametrize('text', [
    'def tick(): pass\nAsyncLit.schedule_interval(tick, seconds=5, scheduler=scheduler)',
    'async def tick(): pass\nAsyncLit.schedule_cron(tick, cron="* * * * *", scheduler=scheduler)',
    'AsyncLit.schedule_interval(lambda: 1, seconds=5, scheduler=scheduler)',
    'AsyncLit.schedule_interval(print, seconds=5, args=(object(),), scheduler=scheduler)',
    'class A:\n  def f(self): pass\nAsyncLit.schedule_interval(A().f, seconds=5, scheduler=scheduler)',
    'class A:\n  def __call__(self): pass\n'
    'AsyncLit.schedule_interval(A(), seconds=5, scheduler=scheduler)',
], ids=['function', 'coroutine', 'lambda', 'object', 'method', 'callable'])
def test_rerun_adds_nothing(scheduler, text):
    for _ in range(3):
        rerun(scheduler, text)
    assert len(scheduler.get_jobs()) == 1


@pytest.mark.parametrize('text', [
    'for x in "abc": AsyncLit.schedule_interval(print, seconds=5, args=(x,), scheduler=scheduler)',
    'for x in "abc": AsyncLit.schedule_interval(print, seconds=5, kwargs={"end": x}, '
    'scheduler=scheduler)',
    'for x in "abc": AsyncLit.schedule_interval(lambda x=x: x, seconds=5, scheduler=scheduler)',
    'def make(x): return lambda: x\n'
    'for x in [[], [], []]: AsyncLit.schedule_interval(make(x), seconds=5, scheduler=scheduler)',
    'class A:\n  def f(self): pass\n'
    'for x in range(3): AsyncLit.schedule_interval(A().f, seconds=5, scheduler=scheduler)',
    'for x in 5, 6, 7: AsyncLit.schedule_interval(print, seconds=x, scheduler=scheduler)',
    'for x in "abc": AsyncLit.schedule_interval(print, seconds=5, name=x, scheduler=scheduler)',
    'import functools\nfor x in "abc": AsyncLit.schedule_interval(functools.partial(print, x), '
    'seconds=5, scheduler=scheduler)',
], ids=['arguments', 'keywords', 'defaults', 'closures', 'methods', 'triggers', 'names', 'partials'])
def test_different_calls_are_different_jobs(scheduler, text):
    for _ in range(3):
        rerun(scheduler, text)
    assert len(scheduler.get_jobs()) == 3


def test_same_call_again_is_the_same_job(scheduler):
    thing = object()
    for _ in range(3):
        job = AsyncLit.schedule_interval(ignore, seconds=5, args=(thing, 1), scheduler=scheduler)
    assert scheduler.get_jobs() == [job]
    kept = AsyncLit.schedule_interval(ignore, seconds=5, args=(thing, 1), replace_existing=False,
                                      scheduler=scheduler)
    assert kept is scheduler.get_jobs()[0] is job


def test_rerun_keeps_the_pace_and_the_pause(scheduler, clock, calls):
    for tick in range(1, 7):
        AsyncLit.schedule_interval(calls.note, seconds=60, scheduler=scheduler)
        clock.advance(30)
        run_out(scheduler)
    calls.await_(3)
    scheduler.get_jobs()[0].pause()
    assert AsyncLit.schedule_interval(calls.note, seconds=60, scheduler=scheduler).paused


def test_long_identity_is_cut(scheduler):
    jobs = [AsyncLit.schedule_interval(ignore, seconds=5, args=('x' * 10 ** 6, tail),
                                       scheduler=scheduler) for tail in (1, 2, 1)]
    assert len(scheduler.get_jobs()) == 2 and len(jobs[0].job_id) < 250
    assert jobs[0] == jobs[2] != jobs[1]


# Errors

@pytest.mark.parametrize('cron, column', [
    ('* * * * mux', 9), ('* * *', 6), ('61 * * * *', 1), ('* * * * 7', 9), ('*/0 * * * *', 3)])
def test_bad_cron(scheduler, cron, column):
    with pytest.raises(ValueError, match=f'column {column}'):
        AsyncLit.schedule_cron(ignore, cron=cron, scheduler=scheduler)
    assert scheduler.get_jobs() == []


@pytest.mark.parametrize('options', [
    {'seconds': 0}, {'seconds': -1}, {'seconds': float('nan')}, {'seconds': float('inf')},
    {'seconds': 1, 'jitter': -1}, {'seconds': 1, 'max_runs': -1}, {'seconds': 1, 'overlap': 'no'},
    {'seconds': 1, 'max_instances': 2 ** 32}, {'seconds': 1, 'job_id': 'a\0b'},
    {'seconds': 1, 'latest_task_name': '\0'}, {'seconds': 1, 'first_run': 'later'},
    {'seconds': 1, 'end_time': datetime.datetime(2025, 1, 1)}])
def test_values_out_of_range(scheduler, options):
    with pytest.raises(ValueError):
        AsyncLit.schedule_interval(ignore, scheduler=scheduler, **options)
    assert scheduler.get_jobs() == []


@pytest.mark.parametrize('options', [
    {'seconds': None}, {'seconds': 1, 'retries': 3}, {'seconds': 1, 'trigger': None},
    {'seconds': 1, 'start_time': '2026-01-01'}, {'seconds': 1, 'max_runs': 1.5}])
def test_wrong_types(scheduler, options):
    with pytest.raises(TypeError):
        AsyncLit.schedule_interval(ignore, scheduler=scheduler, **options)


def test_never(scheduler):
    with pytest.raises(ValueError, match='never run'):
        AsyncLit.schedule_cron(ignore, cron='0 0 31 2 *', scheduler=scheduler)
    with pytest.raises(ValueError, match='Mars'):
        AsyncLit.schedule_cron(ignore, cron='* * * * *', time_zone='Mars/City', scheduler=scheduler)
    with pytest.raises(ValueError, match='Mars'):
        AsyncLit.schedule_calendar(ignore, first=datetime.time(9), time_zone='Mars/City',
                                   scheduler=scheduler)
    with pytest.raises(TypeError, match='string'):
        AsyncLit.schedule_cron(ignore, cron=5, scheduler=scheduler)


# Beyond the reference

def test_timedelta(scheduler):
    job = AsyncLit.schedule_interval(ignore, seconds=datetime.timedelta(minutes=5),
                                     misfire_grace=datetime.timedelta(seconds=7),
                                     scheduler=scheduler)
    assert (job.next_run_time, job.misfire_grace) == (minutes(5), 7)
    job.misfire_grace = None
    assert job.misfire_grace is None


def test_date(scheduler, clock, calls):
    zone = ZoneInfo('Europe/Helsinki')
    job = AsyncLit.schedule_date(calls.note, when=datetime.datetime(2026, 1, 1, 3, tzinfo=zone),
                                 scheduler=scheduler)
    assert job.next_run_time == minutes(60)
    clock.advance(HOUR)
    calls.await_(1)
    poll_until(lambda: scheduler.get_jobs() == [])


def test_naive_datetimes_are_local(scheduler):
    when = datetime.datetime(2030, 6, 1, 12, 0, 0, 250)
    job = AsyncLit.schedule_date(ignore, when=when, scheduler=scheduler)
    assert job.next_run_time == when.astimezone()


@pytest.mark.parametrize('unit, month, day', [
    ('day', 1, 1), ('week', 1, 5), ('month', 1, 1), ('year', 1, 1)])
def test_calendar(scheduler, unit, month, day):
    zone = ZoneInfo('Europe/Helsinki')
    job = AsyncLit.schedule_calendar(ignore, first=datetime.time(9), unit=unit, time_zone=zone,
                                     scheduler=scheduler)
    assert job.next_run_time == datetime.datetime(2026, month, day, 9, tzinfo=zone)


def test_month_end(scheduler, clock):
    first = datetime.datetime(2026, 1, 31, 9)
    jobs = [AsyncLit.schedule_calendar(ignore, first=first, unit='month', time_zone='+00:00',
                                       month_end=end, scheduler=scheduler)
            for end in ('last-day', 'skip')]
    clock.advance(31 * 24 * HOUR)
    run_out(scheduler)
    assert [(job.next_run_time.month, job.next_run_time.astimezone(START.tzinfo).day)
            for job in jobs] == [(2, 28), (3, 31)]


def test_fixed_offset(scheduler):
    zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
    job = AsyncLit.schedule_cron(ignore, cron='0 21 * * *', time_zone=zone, scheduler=scheduler)
    assert job.next_run_time == minutes(30)


def test_first_run_and_max_runs(scheduler, clock, calls):
    AsyncLit.schedule_interval(calls.note, seconds=60, first_run='now', max_runs=2,
                               scheduler=scheduler)
    clock.advance(0)
    calls.await_(1)
    clock.advance(600)
    calls.await_(2)
    assert scheduler.get_jobs() == []


def test_start_and_end(scheduler, clock, calls):
    job = AsyncLit.schedule_interval(calls.note, seconds=60, start_time=minutes(10),
                                     end_time=minutes(11), scheduler=scheduler)
    assert (job.next_run_time, job.start_time, job.end_time) == (minutes(10), minutes(10),
                                                               minutes(11))
    with pytest.raises(AttributeError, match='after the job has been scheduled'):
        job.start_time = minutes(5)
    clock.advance(600)
    calls.await_(1)


def test_overlap_is_counted_on_the_task(scheduler, clock):
    with Gate() as gate:
        job = AsyncLit.schedule_interval(gate.pass_through, seconds=1, scheduler=scheduler)
        clock.advance(1)
        gate.await_arrivals()
        clock.advance(1)
        poll_until(lambda: job.n_skipped == 1)
        assert (job.n_runs, job.n_running) == (1, 1)


def test_cancel_previous(scheduler, clock, calls):
    async def work():
        calls.note('begun')
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            calls.note('cancelled')
            raise

    job = AsyncLit.schedule_interval(work, seconds=1, overlap='cancel-previous',
                                     scheduler=scheduler)
    clock.advance(1)
    calls.await_(1)
    clock.advance(1)
    calls.await_(3)
    assert calls == [('begun',), ('cancelled',), ('begun',)]
    job.remove()
    AsyncLit.shutdown(60)


def test_fixed_delay(scheduler, clock):
    with Gate() as gate:
        job = AsyncLit.schedule_interval(gate.pass_through, seconds=60, fixed_delay=True,
                                         scheduler=scheduler)
        clock.advance(60)
        gate.await_arrivals()
        assert job.next_run_time is None
        clock.advance(600)
        gate.open()
        poll_until(lambda: job.next_run_time == minutes(12))


def test_late_runs_are_made_up_for_once(scheduler, clock, calls):
    job = AsyncLit.schedule_interval(calls.note, seconds=60, scheduler=scheduler)
    scheduler.shutdown()
    clock.advance(HOUR)
    AsyncLit.start_scheduler(scheduler)
    clock.advance(0)
    calls.await_(1)
    assert (job.n_missed, job.last_run_time) == (59, minutes(60))


def test_pause_resume_run_now_remove(scheduler, clock, calls):
    job = AsyncLit.schedule_interval(calls.note, seconds=60, job_id='job', scheduler=scheduler)
    assert 'next run 2026' in repr(job) or 'next run 2025' in repr(job)
    scheduler.pause_job('job')
    assert (job.paused, job.next_run_time) == (True, None) and ', paused' in repr(job)
    clock.advance(600)
    run_out(scheduler)
    assert job.run_now()
    calls.await_(1)
    scheduler.resume_job('job')
    clock.advance(60)
    calls.await_(2)
    scheduler.remove_job('job')
    assert scheduler.get_job('job') is None and not job.remove()
    with pytest.raises(KeyError):
        scheduler.remove_job('job')


def test_changes_of_a_job_that_is_scheduled_anew_just_then(scheduler, monkeypatch):
    """Like another session of a Streamlit app: the same ID, but a different object."""
    def schedule():
        return AsyncLit.schedule_interval(ignore, seconds=60, scheduler=scheduler).job_id

    def get_job_late(self, job_id, get_job=AsyncLit.Scheduler.get_job):
        found = get_job(self, job_id)
        if late:
            late.pop()
            schedule()
        return found

    late, job_id = [], schedule()
    monkeypatch.setattr(AsyncLit.Scheduler, 'get_job', get_job_late)
    for change, paused in ((scheduler.pause_job, True), (scheduler.resume_job, False)):
        late.append(True)
        change(job_id)
        assert not late and scheduler.get_job(job_id).paused is paused
    late.append(True)
    scheduler.remove_job(job_id)
    assert not late and scheduler.get_job(job_id) is None


def test_changes(scheduler):
    job = AsyncLit.schedule_interval(ignore, seconds=60, scheduler=scheduler)
    job.trigger = AsyncLit.IntervalTrigger.new(120)
    assert job.next_run_time == minutes(2)
    job.overlap, job.max_instances, job.coalesce = 'queue', 3, False
    assert (job.overlap, job.max_instances, job.coalesce) == (AsyncLit.Overlap.QUEUE, 3, False)


def test_scheduler_lists_jobs_in_order(scheduler):
    for seconds in (30, 10, 20):
        AsyncLit.schedule_interval(ignore, seconds=seconds, job_id=f'{seconds}',
                                   scheduler=scheduler)
    AsyncLit.schedule_interval(ignore, seconds=1, job_id='paused', paused=True,
                               scheduler=scheduler)
    assert [job.id for job in scheduler.get_jobs()] == ['10', '20', '30', 'paused']
    assert repr(scheduler) == '<AsyncLit.Scheduler running, 4 jobs>'
    scheduler.remove_all_jobs()
    assert scheduler.get_jobs() == [] and scheduler


def test_signals(scheduler, clock):
    fired, finished = [], []
    scheduler.connect('fired', lambda *args: fired.append(args))
    scheduler.connect('finished', lambda *args: finished.append(args))
    job = AsyncLit.schedule_interval(pow, seconds=1, args=(2, 3), scheduler=scheduler)
    clock.advance(1)
    iterate_until(lambda: finished)
    assert fired == finished == [(scheduler, job, finished[0][2])]
    assert finished[0][2].result == 8


def test_shutdown_in_a_job(scheduler, clock, calls):
    def stop():
        AsyncLit.shutdown_scheduler(scheduler, wait=True)
        calls.note()

    AsyncLit.schedule_interval(stop, seconds=1, scheduler=scheduler)
    clock.advance(1)
    calls.await_(1)


def test_shutdown_of_the_library(default_scheduler):
    async def sleep():
        started.release()
        await asyncio.sleep(1000)

    started = threading.Semaphore(0)
    job = AsyncLit.schedule_interval(sleep, seconds=1000, first_run='now', latest_task_name='x')
    assert started.acquire(timeout=60)
    assert AsyncLit.shutdown(60)
    assert job.latest_task.status is AsyncLit.TaskStatus.CANCELLED
    assert not default_scheduler.running


# Memory

def grows(run):
    """Whether memory grows each time. An allocator may take more once, but a leak continues."""
    count = 10 ** 4
    run(count)
    for _ in range(3):
        before = resident_bytes()
        run(count)
        gc.collect()
        if resident_bytes() - before < count * BYTES_EACH:
            return False
    return True


@pytest.mark.parametrize('overlap', ['skip', 'cancel-previous'])
@pytest.mark.parametrize('kind', ['function', 'coroutine'])
def test_memory_of_ticks(scheduler, clock, kind, overlap):
    async def later():
        return 'x' * 20

    job = AsyncLit.schedule_interval(later if kind == 'coroutine' else functools.partial(list, 'x'),
                                     seconds=1, scheduler=scheduler, overlap=overlap,
                                     latest_task_name='ticking', max_instances=0)

    def tick(count):
        for number in range(count):
            clock.advance(1)
            if number % 100 == 99:
                run_out(scheduler)

    before = job.n_runs
    assert not grows(tick)
    assert job.n_runs - before >= 2 * 10 ** 4


def test_memory_of_reruns(scheduler):
    def reschedule(count):
        for _ in range(count):
            AsyncLit.schedule_interval(functools.partial(list, 'x'), seconds=1000,
                                       scheduler=scheduler)

    assert not grows(reschedule)
    assert len(scheduler.get_jobs()) == 1
