# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that were written for the reference, without the line that imports it as "asynclit".

Each comes with what it prints.
"""

HELPERS = '''
import asyncio, concurrent.futures, threading, time

def wait(task):
    while not task.done:
        time.sleep(0.005)
    return task

def attempt(func):
    try:
        return func()
    except BaseException as error:
        return type(error).__name__, str(error)
'''

PROGRAMS = {
    'an interval, and the latest task': ('''
async def fetch(city, *, days):
    return f'{city}: {days} days'

job = asynclit.schedule_interval(fetch, seconds=0.05, args=('Helsinki',), kwargs={'days': 3},
                                 job_id='weather', latest_task_name='weather')
print(job.job_id, job.latest_task_key, asynclit.get_default_scheduler().running)
manager = asynclit.get_default_manager()
while manager.get(job.latest_task_key) is None:
    time.sleep(0.005)
print(wait(manager.get('global:weather')).result)
asynclit.shutdown_scheduler()
''', 'weather global:weather True\nHelsinki: 3 days\n'),

    'a scheduler that is started again has no jobs': ('''
asynclit.shutdown_scheduler()
scheduler = asynclit.start_scheduler()
asynclit.schedule_cron(print, cron='0 0 * * mon-fri', job_id='a')
asynclit.schedule_cron(print, cron='0 0 * * mon-fri', job_id='a', replace_existing=True)
print(scheduler is asynclit.get_default_scheduler(), len(scheduler.get_jobs()))
print(attempt(lambda: asynclit.schedule_interval(print, seconds=1, job_id='a',
                                                 replace_existing=False))[0])
asynclit.shutdown_scheduler(wait=True)
scheduler = asynclit.start_scheduler()
print(scheduler.running, scheduler.get_jobs())
asynclit.shutdown_scheduler(scheduler)
print(scheduler.running, issubclass(asynclit.SchedulerUnavailable, RuntimeError))
''', 'True 1\nConflictingIdError\nTrue []\nFalse True\n'),

    'a rerun that polls': ('''
session_state = {}

def work(seconds):
    time.sleep(seconds)
    return 'loaded'

def rerun():
    tasks = asynclit.session_tasks(session_state)
    if 'load' not in tasks:
        tasks['load'] = asynclit.run(work, 0.02)
    task = tasks['load']
    return task.result if task.done else None

while rerun() is None:
    time.sleep(0.005)
print(rerun(), sorted(session_state))
''', "loaded ['asynclit_tasks']\n"),

    'sync and async callables': ('''
async def later(a, *, b):
    await asyncio.sleep(0)
    return a + b

print(wait(asynclit.run(pow, 2, 5)).result, wait(asynclit.run(later, 1, b=2)).result)
''', '32 3\n'),

    'statuses': ('''
started, go = threading.Event(), threading.Event()

def work():
    started.set()
    go.wait()

task = asynclit.run(work)
started.wait()
print(task.status.value, task.done, task.error)
go.set()
print(wait(task).status.value, task.status is asynclit.TaskStatus.DONE, task.result)
''', 'running False None\ndone True None\n'),

    'result too early': ('''
go = threading.Event()
task = asynclit.run(go.wait)
print(attempt(lambda: task.result))
go.set()
print(wait(task).result)
''', "('RuntimeError', 'Task is not complete')\nTrue\n"),

    'errors': ('''
class Custom(Exception):
    pass

async def fail():
    raise Custom('no')

task = wait(asynclit.run(fail))
print(task.status, repr(task.error), attempt(lambda: task.result))
''', "TaskStatus.ERROR Custom('no') ('Custom', 'no')\n"),

    'progress of a coroutine': ('''
async def work(progress_queue, n):
    for i in range(n):
        await progress_queue.async_q.put(i)
    return n

task = wait(asynclit.run(work, 3))
print(task.result, task.progress, task.progress)
''', '3 [0, 1, 2] []\n'),

    'queue by keyword': ('''
async def work(n, queue=None):
    await queue.async_q.put({'n': n})

task = wait(asynclit.run(work, 3))
print(task.progress)
''', "[{'n': 3}]\n"),

    'queue of the caller': ('''
import queue

def work(queue):
    queue.put('mine')

mine = queue.Queue()
task = wait(asynclit.run(work, mine))
other = wait(asynclit.run(work, queue=mine))
print(task.error, mine.get(), mine.get(), task.progress)
''', 'None mine mine []\n'),

    'cancel': ('''
started = threading.Event()

async def work():
    started.set()
    await asyncio.sleep(1000)

task = asynclit.run(work)
started.wait()
print(task.cancel(), wait(task).status.value, task.error, task.cancel())
try:
    task.result
except concurrent.futures.CancelledError:
    print('cancelled')
''', 'True cancelled None False\ncancelled\n'),

    'retry': ('''
attempts = []

def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise ConnectionError('again')
    return 'through'

policy = asynclit.RetryPolicy(max_attempts=5, retry_on=(ConnectionError,), base_delay=0.01)
print(wait(asynclit.run(flaky, retry=policy)).result, len(attempts))
''', 'through 3\n'),

    'retry of another error': ('''
policy = asynclit.RetryPolicy(max_attempts=5, retry_on=(ConnectionError,))
print(repr(wait(asynclit.run(int, 'x', retry=policy)).error)[:10])
''', 'ValueError\n'),

    'policy': ('''
policy = asynclit.RetryPolicy(max_attempts=3, base_delay=0.5, max_delay=2)
print([float(policy.delay_for_attempt(index)) for index in range(4)])
print(policy.should_retry(ValueError()), policy.should_retry(KeyboardInterrupt()))
print(policy.exceeded_elapsed(policy.start_time()))
print(attempt(lambda: asynclit.RetryPolicy(max_attempts=0)))
print(attempt(lambda: setattr(policy, 'jitter', 1))[0])
''', '''[0.5, 1.0, 2.0, 2.0]
True False
False
('ValueError', 'RetryPolicy.max_attempts must be >= 1')
FrozenInstanceError
'''),

    'manager': ('''
manager = asynclit.TaskManager(max_completed=2)
tasks = [wait(manager.submit(int, i)) for i in range(5)]
manager.cleanup()
print([manager.get(task.id) is task for task in tasks])
manager.register_global(tasks[-1], 'latest')
print(manager.get('global:latest').result, manager.get('nobody'))
other = asynclit.run(int, manager=manager)
print(manager.get(other.id) is other, asynclit.get_default_manager().get(other.id))
''', '[False, False, False, True, True]\n4 None\nTrue None\n'),

    'keywords of the function': ('''
def work(**kwargs):
    return sorted(kwargs.items())

manager = asynclit.TaskManager()
print(wait(manager.submit(work, func=1, self=2, manager=3)).result)
print(wait(asynclit.run(work, func=1, self=2)).result)
''', "[('func', 1), ('manager', 3), ('self', 2)]\n[('func', 1), ('self', 2)]\n"),

    'exit with work in flight': ('''
asynclit.run(asyncio.sleep, 1000)
print('end')
''', 'end\n'),
}
