#!/usr/bin/python3
# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random programs, compared with a model of what may happen in them.

A program submits up to 50 tasks with dependencies, limits, delays and priorities; some fail, some
are cancelled, and the manager is paused now and then. What happens is recorded, and has to be one
of the outcomes that the model allows. Each program follows from a number, which a failure tells.

With ASYNCLIT_TEST_SLOW in the environment, there are 10000 programs.
"""

import asyncio
import os
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Optional

from gi.repository import AsyncLit, GLib

N_PROGRAMS = 10000 if os.environ.get('ASYNCLIT_TEST_SLOW') else 400
FIRST = int(os.environ.get('ASYNCLIT_TEST_PROGRAM', 0))

# So far apart that ageing does not matter while a program runs.
PRIORITIES = [-200, 0, 0, 0, 200]

Status = AsyncLit.TaskStatus


@dataclass
class Plan:
    """One task of a program."""
    number: int
    after: list
    run_anyway: bool
    limiters: list
    priority: int
    delay: float
    is_coroutine: bool
    n_failures: int  # attempts that fail
    max_attempts: int
    n_steps: int
    victim: Optional[int]  # a task that this one cancels


@dataclass
class Program:
    """Of a serial program, all tasks need the same limiter, which has one place."""
    is_serial: bool
    max_running: int
    sizes: list  # of the limiters
    plans: list
    actions: dict = field(default_factory=dict)  # number of a plan → what follows its submission


def make_plan(rand, number, is_serial, n_limiters):
    others = range(number)
    n_failures = rand.choice([0, 0, 0, 0, 1, 2])
    return Plan(
        number=number,
        after=rand.sample(others, min(number, rand.choice([0, 0, 0, 1, 1, 2, 4]))),
        run_anyway=rand.random() < 0.3,
        limiters=[0] if is_serial else [i for i in range(n_limiters) if rand.random() < 0.4],
        priority=rand.choice(PRIORITIES),
        delay=0 if is_serial or rand.random() < 0.9 else rand.random() / 200,
        is_coroutine=rand.random() < 0.5,
        n_failures=n_failures,
        max_attempts=1 if is_serial else rand.choice([1, 1, 2]),
        n_steps=rand.choice([0, 0, 1, 3]),
        victim=rand.choice(others) if number and rand.random() < 0.05 else None)


def make_program(seed):
    rand = random.Random(seed)
    is_serial = rand.random() < 0.4
    sizes = [1] if is_serial else [rand.randint(1, 3) for _ in range(rand.randint(0, 3))]
    program = Program(is_serial, 0 if is_serial else rand.choice([0, 0, 1, 2, 4]), sizes,
                      [make_plan(rand, number, is_serial, len(sizes))
                       for number in range(rand.randint(1, 50))])
    for plan in program.plans:
        kind = rand.choice(['pause', 'go on', 'cancel', *[None] * 12])
        if kind:
            program.actions[plan.number] = kind, rand.randint(0, plan.number)
    return program


class Failure(Exception):
    """What a task raises that is to fail."""


class Run:
    """Runs a program, and records what happens, in the order in which it happens."""

    def __init__(self, program):
        self.program = program
        self.lock = threading.Lock()
        self.log = []
        self.tasks = []
        self.attempts = [0] * len(program.plans)
        self.limiters = [AsyncLit.Limiter(size) for size in program.sizes]
        self.manager = AsyncLit.TaskManager(max_running=program.max_running, paused=True)
        self.manager.paused = False  # what is submitted to a manager without limits has none later

    def note(self, *event):
        with self.lock:
            self.log.append((*event, time.monotonic()))

    def begin(self, plan):
        with self.lock:
            self.attempts[plan.number] += 1
            self.log.append(('begin', plan.number, time.monotonic()))

    def end(self, plan):
        """Before the end of the attempt."""
        if plan.victim is not None:
            self.cancel(plan.victim)
        self.note('end', plan.number)
        if self.attempts[plan.number] <= plan.n_failures:
            raise Failure(plan.number)
        return plan.number

    def function(self, plan):
        def run():
            self.begin(plan)
            for _ in range(plan.n_steps):
                time.sleep(0)
            return self.end(plan)

        async def run_coroutine():
            self.begin(plan)
            try:
                for _ in range(plan.n_steps):
                    await asyncio.sleep(0)
            except asyncio.CancelledError:
                self.note('end', plan.number)
                raise
            return self.end(plan)

        return run_coroutine if plan.is_coroutine else run

    def cancel(self, number):
        if number < len(self.tasks):
            self.note('cancelling', number)
            self.note('cancelled', number, self.tasks[number].cancel())

    def submit(self, plan):
        retry = AsyncLit.RetryPolicy(max_attempts=2, base_delay=0) if plan.max_attempts > 1 else None
        options = AsyncLit.options(
            manager=self.manager, retry=retry, priority=plan.priority, delay=plan.delay,
            limiter=[self.limiters[i] for i in plan.limiters],
            after=[self.tasks[number] for number in plan.after], run_anyway=plan.run_anyway)
        self.note('submitting', plan.number)
        self.tasks.append(options.run(self.function(plan)))
        self.note('submitted', plan.number)

    def act(self, kind, number):
        if kind == 'cancel':
            self.cancel(number)
        elif kind == 'pause':
            self.manager.paused = True
            self.note(kind)
        else:
            self.note(kind)
            self.manager.paused = False

    def run(self):
        for plan in self.program.plans:
            self.submit(plan)
            if plan.number in self.program.actions:
                self.act(*self.program.actions[plan.number])
        self.act('go on', None)
        assert self.manager.wait(120), [task.explain() for task in self.tasks if not task.done]
        self.errors = [task.error for task in self.tasks]  # read, so that nobody complains


class Model:
    """What may happen. Reads what did."""

    def __init__(self, run):
        self.plans, self.program, self.run = run.program.plans, run.program, run
        self.running = set()
        self.n_begun = [0] * len(self.plans)
        self.ended = set()  # functions that have returned for good
        self.arrived = set()
        self.submitted, self.cancelling, self.cancelled = {}, set(), set()
        self.paused = self.paused_at_last_end = False
        self.waiting_at_last_end = None  # None: no function has ended since another one began

    def check(self):
        for *event, at in self.run.log:
            getattr(self, 'on_' + event[0].replace(' ', '_'))(*event[1:], at)
        self.check_outcomes()
        assert not self.running
        for limiter in self.run.limiters:
            assert limiter.n_waiting == 0

    def on_submitting(self, number, at):
        self.submitted[number] = at

    def on_submitted(self, number, at):
        self.arrived.add(number)

    def on_cancelling(self, number, at):
        self.cancelling.add(number)

    def on_cancelled(self, number, accepted, at):
        if accepted:
            self.cancelled.add(number)

    def on_pause(self, at):
        self.paused = True

    def on_go_on(self, at):
        self.paused = self.paused_at_last_end = False

    def on_begin(self, number, at):
        plan = self.plans[number]
        assert self.n_begun[number] < plan.max_attempts and number not in self.running
        assert at >= self.submitted[number] + plan.delay - 1e-3
        for other in plan.after:
            assert other not in self.running
            assert other in self.ended or self.can_end_unrun(other), (number, other)
        self.running.add(number)
        self.n_begun[number] += 1
        self.check_limits()
        if self.program.is_serial:
            self.check_order(plan)

    def can_end_unrun(self, number):
        """Because it is cancelled, or what it depends on has failed."""
        plan = self.plans[number]
        return number in self.cancelling or not plan.run_anyway and any(
            self.may_fail(other) for other in plan.after)

    def may_fail(self, number):
        plan = self.plans[number]
        return (number in self.cancelling or plan.n_failures >= plan.max_attempts
                or self.can_end_unrun(number))

    def check_limits(self):
        assert not 0 < self.program.max_running < len(self.running)
        for index, size in enumerate(self.program.sizes):
            assert sum(index in self.plans[number].limiters for number in self.running) <= size

    def key(self, plan):
        return plan.priority, plan.number

    def check_order(self, plan):
        """Whoever gets the place of a function that has ended is the first of those that waited."""
        before, self.waiting_at_last_end = self.waiting_at_last_end, None
        if before is None:
            return
        assert not self.paused_at_last_end, f'{plan.number} begins although the manager is paused'
        for other in before - self.cancelling - {plan.number}:
            first = self.plans[other]
            if plan.after:
                assert first.priority >= plan.priority, f'{plan.number} before {other}'
            else:
                assert self.key(first) > self.key(plan), f'{plan.number} before {other}'

    def on_end(self, number, at):
        plan = self.plans[number]
        self.running.remove(number)
        if self.n_begun[number] > plan.n_failures or self.n_begun[number] == plan.max_attempts:
            self.ended.add(number)
        elif number in self.cancelling:
            self.ended.add(number)
        self.paused_at_last_end = self.paused
        self.waiting_at_last_end = {
            other for other in self.arrived
            if not self.n_begun[other] and not self.plans[other].after}

    # How each ended: which cancellations were accepted decides all of it.

    def check_outcomes(self):
        for plan, task in zip(self.plans, self.run.tasks):
            expected = self.expected(plan)
            assert (task.status, self.reason(task)) == expected, (plan, task.explain(), expected)
            self.check_runs(plan, task)

    def expected(self, plan):
        if plan.number in self.cancelled:
            return Status.CANCELLED, None
        failed = any(self.run.tasks[other].status is not Status.DONE for other in plan.after)
        if failed and not plan.run_anyway:
            return Status.ERROR, 'dependency'
        if plan.n_failures >= plan.max_attempts:
            return Status.ERROR, 'failure'
        return Status.DONE, None

    def reason(self, task):
        error = task.error if task.status is Status.ERROR else None
        if isinstance(error, Failure):
            return 'failure'
        if isinstance(error, GLib.Error):
            return 'dependency' if error.code == AsyncLit.Error.DEPENDENCY else error.message
        return error

    def check_runs(self, plan, task):
        n_begun, reason = self.n_begun[plan.number], self.reason(task)
        if reason == 'dependency':
            assert n_begun == 0
        elif task.status is not Status.CANCELLED:
            assert n_begun == min(plan.n_failures + 1, plan.max_attempts)
        if task.status is Status.DONE:
            assert task.result == plan.number


def check_program(seed):
    run = Run(make_program(seed))
    run.run()
    try:
        Model(run).check()
    except AssertionError:
        print(f'program {seed}: {run.program}', *run.log, sep='\n')
        raise


def test_random_programs():
    for seed in range(FIRST, FIRST + N_PROGRAMS):
        try:
            check_program(seed)
        except AssertionError as error:
            raise AssertionError(f'program {seed} (ASYNCLIT_TEST_PROGRAM={seed})') from error


def test_model_notices_faults():
    """A record that is tampered with is refused; otherwise the test above proves nothing."""
    n_noticed = n_tampered = 0
    for seed in range(60):
        run = Run(make_program(seed))
        run.run()
        begun = [i for i, event in enumerate(run.log) if event[0] == 'begin']
        if len(begun) < 2:
            continue
        first, last = begun[0], begun[-1]
        run.log[first], run.log[last] = run.log[last], run.log[first]
        n_tampered += 1
        try:
            Model(run).check()
        except (AssertionError, KeyError):
            n_noticed += 1
    assert n_noticed > n_tampered * 0.8 > 10
