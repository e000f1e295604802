# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Background tasks in a Streamlit app: progress, cancelling, retries, and a shared task.

    streamlit run streamlit_app.py

Streamlit runs this script again, from top to bottom, after every click, so nothing here waits. The
script starts tasks, keeps them in the session, and shows their current status. While a task of the
page is running, Streamlit runs show_page() again several times per second.
"""

import asyncio
import math
import time

import gi
import streamlit as st

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

# The interval between updates of the page, in seconds.
LOOK_SECONDS = 0.25

BLOCK = 20000
COLOURS = {'pending': 'gray', 'running': 'blue', 'done': 'green', 'error': 'red',
           'cancelled': 'orange'}
SHARED = 'prime-report'


# The functions of the tasks

def count_primes(limit):
    """A plain function runs in a thread. It reports progress, and stops when it is cancelled."""
    task = AsyncLit.current_task()
    found = 0
    for start in range(0, limit, BLOCK):
        if task.cancel_requested:
            return None
        end = min(start + BLOCK, limit)
        found += sum(map(is_prime, range(start, end)))
        task.set_progress(end, limit)
        task.set_progress_text(f'{found:,} primes')
    return f'There are {found:,} primes below {limit:,}.'


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


async def ask_service(failures):
    """A coroutine runs on the library's event loop."""
    task = AsyncLit.current_task()
    attempt = task.attempt
    task.set_progress_text(f'Attempt {attempt}')
    for step in range(1, 6):
        await asyncio.sleep(0.2)
        task.set_progress(step, 5)
        if step == 3 and attempt <= failures:
            raise ConnectionError(f'The service was busy {attempt} times.')
    return f'The service has answered at attempt {attempt}.'


def write_report():
    """One task for all sessions, which find it by its name."""
    task = AsyncLit.current_task()
    task.set_progress_text('Chapters')
    for chapter in range(1, 31):
        if task.cancel_requested:
            return None
        time.sleep(0.1)
        task.set_progress(chapter, 30)
    return f'The report was written at {time.strftime("%H:%M:%S")}.'


# Starting tasks: Streamlit calls these before it runs the script again

def start_primes():
    tasks['primes'] = AsyncLit.run(count_primes, st.session_state.limit)


def start_service():
    state = st.session_state
    patient = AsyncLit.RetryPolicy(max_attempts=4, base_delay=state.delay,
                                   retry_on=(ConnectionError,))
    tasks['service'] = AsyncLit.run(ask_service, failures=state.failures, retry=patient)


def start_report():
    manager = AsyncLit.get_default_manager()
    manager.register_global(manager.submit(write_report), SHARED)


# Showing it

def describe(task, status):
    if task.cancel_requested:
        text = 'stopping'
    elif task.substate == AsyncLit.TaskSubstate.WAITING_RETRY:
        text = f'attempt {task.attempt} failed, trying again'
    else:
        text = status.value
    return f':{COLOURS[status.value]}-badge[{text}]'


def show_task(name, task):
    """Shows a task, which may still be running."""
    # First: whatever is reported before the end is there when the task is done.
    status = task.status
    st.markdown(describe(task, status))
    if task.progress_total:
        st.progress(max(task.fraction, 0.0), text=AsyncLit.progress_describe(task))
    if status in (AsyncLit.TaskStatus.PENDING, AsyncLit.TaskStatus.RUNNING):
        st.button('Cancel', key=f'cancel-{name}', on_click=task.cancel)
    elif status is AsyncLit.TaskStatus.DONE:
        st.success(task.result)
    elif status is AsyncLit.TaskStatus.ERROR:
        st.error(f'{type(task.error).__name__}: {task.error}')


def show_section(name, task, start):
    running = task is not None and not task.done
    label = 'Start' if task is None else 'Start again'
    st.button(label, key=f'start-{name}', on_click=start, disabled=running, type='primary')
    if task is not None:
        show_task(name, task)
    return running


def show_page(live):
    """Shows all tasks. live tells whether Streamlit calls this again automatically."""
    running = []
    for column, (name, title, start, show_settings) in zip(st.columns(len(SECTIONS)), SECTIONS):
        with column:
            st.subheader(title)
            show_settings()
            running.append(show_section(name, find_task(name), start))
    if any(running) != live:
        st.rerun()


def find_task(name):
    """The session's task with this name, or the one that all sessions share."""
    return tasks.get(name) or AsyncLit.get_default_manager().get(f'global:{name}')


def is_running(name):
    task = find_task(name)
    return task is not None and not task.done


def ask_limit():
    st.number_input('Count the primes below', 1000, 10**8, 2 * 10**6, step=1000, key='limit')


def ask_failures():
    often, delay = st.columns(2)
    often.number_input('Failures at first', 0, 9, 2, key='failures')
    delay.number_input('Seconds until a retry', 0.0, 3600.0, 0.5, key='delay')


def explain_report():
    st.write('Open this page twice: both show the same task.')


SECTIONS = [
    ('primes', 'In a thread', start_primes, ask_limit),
    ('service', 'With retries', start_service, ask_failures),
    (SHARED, 'For all sessions', start_report, explain_report),
]

st.set_page_config(page_title='Background tasks', layout='wide')
st.title('Background tasks')
tasks = AsyncLit.session_tasks(st.session_state)
live = any(is_running(name) for name, *_ in SECTIONS)
st.fragment(show_page, run_every=LOOK_SECONDS if live else None)(live)
