# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs in a Streamlit app: a live view of the next runs, with buttons to pause, resume and run.

    streamlit run streamlit_schedule.py

The jobs belong to the process, not to a session, so all users of the page see the same. Streamlit
runs this script again after every click, and the script schedules the jobs again each time. That
changes nothing, because scheduling a function twice in the same way results in one job.
"""

import asyncio
import datetime
import random
import time

import gi
import streamlit as st

gi.require_version('AsyncLit', '1')
from gi.repository import AsyncLit

# The interval between updates of the page, in seconds.
LOOK_SECONDS = 0.5


# The functions of the jobs

async def measure(place):
    """A coroutine runs on the library's event loop."""
    await asyncio.sleep(0.2)
    return f'{random.gauss(7, 3):.1f} °C in {place}'


def tidy_up():
    """A plain function runs in a thread. If it fails, it is retried."""
    time.sleep(0.5)
    if random.random() < 0.3:
        raise OSError('The disk was busy.')
    return f'{random.randrange(100)} files removed'


def write_report():
    return f'Report of {datetime.datetime.now():%A, %H:%M}'


def schedule_all():
    patient = AsyncLit.RetryPolicy(max_attempts=5, base_delay=0.2)
    return [
        AsyncLit.schedule_interval(measure, seconds=5, args=('Helsinki',), first_run='now',
                                   latest_task_name='measure'),
        AsyncLit.schedule_interval(tidy_up, seconds=20, retry=patient,
                                   latest_task_name='tidy_up'),
        AsyncLit.schedule_cron(write_report, cron='0 9 * * mon-fri', dialect='cron',
                               latest_task_name='write_report'),
    ]


# Showing it

def describe_next(job):
    if job.paused:
        return ':orange-badge[paused]'
    if job.n_running:
        return ':blue-badge[running]'
    next_run = job.next_run_time
    if next_run is None:  # another session has just paused it
        return '–'
    rest = next_run - datetime.datetime.now(datetime.timezone.utc)
    if rest > datetime.timedelta(hours=1):
        return f'{next_run:%A, %H:%M}'
    return f'in {max(rest.total_seconds(), 0):.0f} s'


def describe_outcome(task):
    if task is None or not task.done:
        return '–'
    if task.status == AsyncLit.TaskStatus.CANCELLED:
        return ':orange[cancelled]'
    return f':red[{task.error}]' if task.error else task.result


def row():
    return st.columns([2, 3, 2, 3, 1.4, 1.4], vertical_alignment='center')


def show_head():
    for column, title in zip(row(), ('Job', 'Runs', 'Next run', 'Last outcome')):
        column.caption(title)


def show_job(job):
    name, when, then, last, pause, now = row()
    name.markdown(f'**{job.name}**')
    when.write(job.trigger.describe())
    then.markdown(describe_next(job))
    last.markdown(describe_outcome(job.latest_task))
    toggle = ('Resume', scheduler.resume_job) if job.paused else ('Pause', scheduler.pause_job)
    pause.button(toggle[0], key=f'pause-{job.name}', on_click=toggle[1], args=(job.job_id,),
                 width='stretch')
    now.button('Run now', key=f'now-{job.name}', on_click=run_now, args=(job.job_id,),
               width='stretch')


def run_now(job_id):
    scheduler.get_job(job_id).run_now()


@st.fragment(run_every=LOOK_SECONDS)
def show_jobs(job_ids):
    """Finds the jobs by their IDs, because another session may have scheduled them again."""
    jobs = [scheduler.get_job(job_id) for job_id in job_ids]
    show_head()
    for job in jobs:
        show_job(job)
    total = sum(job.n_runs for job in jobs)
    st.caption(f'{len(jobs)} jobs, {total} runs since the server was started')


st.set_page_config(page_title='Jobs', layout='wide')
st.title('Jobs')
scheduler = AsyncLit.get_default_scheduler()
show_jobs([job.job_id for job in schedule_all()])
