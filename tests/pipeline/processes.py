"""The steps of a job, each a process that can be killed at one of its requests."""

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

from github.faults import Effect, Faults, LostAfter, LostBefore
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.workflow import WorkflowStep

_FAULT: Final = 70
"""The exit status of a step that ended with an exception, which none may."""


Crossing = Literal["answered", "lost before", "lost after"]
"""What happens to a request; it is lost before or after it is executed."""


@dataclass
class Crash:
    """The process of the step that runs, and the request at which it is killed.

    ``at`` counts from 1, and is 0 for a step that lives. ``performed``: the server still executes that request.
    """

    at: int = 0
    performed: bool = False
    crossed: int = 0
    happened: bool = False
    _pid: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cross(self) -> Crossing:
        """Count a request, and kill its process if it is due."""
        with self._lock:
            if self.happened:
                return "lost before"
            self.crossed += 1
            if self.crossed != self.at:
                return "answered"
            self.happened = True
            os.kill(self._pid, signal.SIGKILL)
            return "lost after" if self.performed else "lost before"

    def run(self, work: Callable[[], int], log: Path) -> int | None:
        """Run ``work``, in a process of its own if that is to be killed; return its status, or None after a kill."""
        self.crossed, self.happened = 0, False
        if not self.at:
            return work()
        # No request of the process may be counted before its number is known here.
        with self._lock:
            self._pid = os.fork()
            if not self._pid:
                _end(work, log)
        _, status = os.waitpid(self._pid, 0)
        if self.happened:
            return None
        code = os.waitstatus_to_exitcode(status)
        assert code != _FAULT, log.read_text()
        return code


@dataclass
class Dying(Faults):
    """The faults of GitHub that come from the death of the process that asks."""

    crash: Crash = field(default_factory=Crash)

    def due(self, method: str, target: str) -> Effect | None:
        """Count a request, and return the effect on it."""
        match self.crash.cross():
            case "answered":
                return super().due(method, target)
            case "lost before":
                return LostBefore()
            case "lost after":
                return LostAfter()


def run_step(name: str, env: Mapping[str, str], cwd: Path, crash: Crash, log: Path) -> int | None:
    """Run a step of the action as its own process; return its status, or None if it was killed."""

    def work() -> int:
        given = {**env, **(StepFolder.of(env).read_inputs() if env.get(VARIABLE) else {})}
        with log.open("a") as out, _entered(cwd, env):
            step = WorkflowStep(env=given, cwd=cwd, out=out, sleep=lambda _: None)
            status: int = import_module(f"trueup.cli.github.{name}").perform(step)
        return status

    return crash.run(work, log)


@contextmanager
def _entered(cwd: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Enter a folder and set an environment, as the runner does for a step of a job."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        with chdir(cwd):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _end(work: Callable[[], int], log: Path) -> None:
    """Work, and end this process without anything that the test would still do in it."""
    status = _FAULT
    try:
        status = int(work())
    except BaseException:  # noqa: BLE001 - the parent shows it
        with log.open("a") as file:
            traceback.print_exc(file=file)
    finally:
        os._exit(status)
