"""Child processes forked from one that has imported everything and computed nothing.

A child costs milliseconds instead of the seconds of an import, and its end undoes whatever a
mutant did. The parent must not run an operation of the backend: its threads would not survive.
What a child had to import beside its work, the parent imports before it starts the next one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Ending = Literal["done", "crash", "timeout"]
Tell = Callable[[Any], None]

MEMORY = 12 * 2**30


class Task(Protocol):
    """Work for a child."""

    def work(self, tell: Tell) -> None:
        """What the child does; it tells its parent what it found, in JSON-like messages."""
        ...

    def allowance(self, told: list[Any]) -> float:
        """How many seconds the child may take until its next message."""
        ...


@dataclass
class Child:
    """A running child."""

    task: Task
    pid: int
    pipe: int
    deadline: float = 0.0
    told: list[Any] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    rest: bytes = b""

    def read(self) -> bool:
        """Take what the child has sent; false once it has closed its end."""
        data = os.read(self.pipe, 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for kind, message in map(json.loads, lines):
            (self.imported if kind == "imported" else self.told).append(message)
        self.extend()
        return bool(data)

    def extend(self) -> None:
        """Give the child its time until the next message."""
        self.deadline = time.monotonic() + self.task.allowance(self.told)

    def end(self, kill: bool) -> Ending:
        """Wait for the child, after killing it if asked; say how it ended."""
        if kill:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        if kill:
            return "timeout"
        return "done" if os.waitstatus_to_exitcode(status) == 0 else "crash"


def conduct(tasks: Iterable[Task], jobs: int) -> Iterator[tuple[Task, list[Any], Ending]]:
    """Run tasks in children, `jobs` at a time, at least one; yield each when it ends."""
    jobs = max(1, jobs)
    _settle()
    waiting = iter(tasks)
    running: list[Child] = []
    try:
        while True:
            while len(running) < jobs and (task := next(waiting, None)) is not None:
                running.append(_start(task))
            if not running:
                return
            for child, ending in _step(running):
                running.remove(child)
                _import(child.imported)
                yield child.task, child.told, ending
    finally:
        for child in running:
            child.end(kill=True)


def _step(running: list[Child]) -> list[tuple[Child, Ending]]:
    """Wait for news; the children that ended."""
    patience = max(0.0, min(child.deadline for child in running) - time.monotonic())
    ready, _, _ = select.select([child.pipe for child in running], [], [], patience)
    ended: list[tuple[Child, Ending]] = []
    for child in running:
        if child.pipe in ready:
            if not child.read():
                ended.append((child, child.end(kill=False)))
        elif time.monotonic() > child.deadline:
            ended.append((child, child.end(kill=True)))
    return ended


def _import(names: list[str]) -> None:
    """Import what a child imported, as far as it can be imported by name."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    if names:
        _settle()


def _settle() -> None:
    """Keep the garbage collectors of the children off the memory that they share."""
    gc.collect()
    gc.freeze()


def _start(task: Task) -> Child:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_child(task, writing)
    os.close(writing)
    child = Child(task, pid, reading)
    child.extend()
    return child


def _be_child(task: Task, pipe: int) -> None:
    """Do the work and leave without running anything of the parent's."""
    status = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        before = set(sys.modules)
        task.work(lambda message: _send(pipe, ["told", message]))
        for name in [name for name in sys.modules if name not in before]:
            _send(pipe, ["imported", name])
        status = 0
    finally:
        os._exit(status)


def _send(pipe: int, message: Any) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]
