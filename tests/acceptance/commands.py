"""Run the command line as people do: as a process of its own."""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

REPOSITORY = Path(__file__).parents[2]
QUICKSTART = REPOSITORY / "examples" / "quickstart"
SECONDS = 60
"""How long a command may take before a test gives up on it."""


@dataclass(frozen=True)
class Done:
    """Hold how a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return standard output as the one JSON document that it is."""
        return json.loads(self.out)


def trueup(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
    """Run one command in a folder, with nothing of the caller's credentials or colours.

    It is a process of its own, forked from one that has imported everything: see :mod:`acceptance.forks`.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CTP_", "ORIGIN_"))}
    environment = {**clean, "NO_COLOR": "1", "COLUMNS": "100", **(env or {})}
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        with forked(*arguments, cwd=cwd, env=environment, streams=(given, out, err)) as process:
            status = process.wait()
        return Done(status, _text(out), _text(err))


@dataclass(frozen=True)
class Forked:
    """A command that runs: its process id, and where its status is read from once it has ended."""

    process: int
    answer: IO[str]

    def wait(self) -> int:
        """Return the status, negative for a signal; raises TimeoutError, and ends the command, after ``SECONDS``."""
        try:
            return int(self.answer.readline())
        except TimeoutError:
            os.kill(self.process, signal.SIGKILL)
            raise


@contextmanager
def forked(*arguments: str, cwd: Path, env: Mapping[str, str], streams: Sequence[IO[bytes]]) -> Iterator[Forked]:
    """Begin a command with standard input, output and error as given; see :mod:`acceptance.forks`."""
    with socket.socket(socket.AF_UNIX) as call:
        call.settimeout(SECONDS)
        call.connect(_server())
        socket.send_fds(call, [b" "], [stream.fileno() for stream in streams])
        call.sendall(f"{json.dumps({'arguments': arguments, 'cwd': str(cwd), 'env': dict(env)})}\n".encode())
        with call.makefile() as answer:
            yield Forked(int(answer.readline()), answer)


def _text(stream: IO[bytes]) -> str:
    """Return what was written, with line ends as a process's text has them."""
    stream.seek(0)
    with TextIOWrapper(stream) as text:
        return text.read()


@cache
def _server() -> str:
    """Start what commands are forked from, once; return its address."""
    folder = TemporaryDirectory(prefix="trueup-forks-")
    address = str(Path(folder.name) / "socket")
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forks.py")), address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"

    def end() -> None:
        server.communicate(timeout=SECONDS)
        folder.cleanup()

    atexit.register(end)
    return address


def quickstart(folder: Path) -> Path:
    """Copy the quickstart example into a folder and return its place."""
    place = folder / "quickstart"
    shutil.copytree(QUICKSTART, place, ignore=shutil.ignore_patterns(".trueup"))
    return place


@contextmanager
def served(*arguments: str, cwd: Path) -> Iterator[str]:
    """Serve the sandbox on a free port as a process of its own; yield its address."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as err, ExitStack() as opened:
        null = opened.enter_context(Path(os.devnull).open("r+b", buffering=0))
        streams = (null, null, opened.enter_context(os.fdopen(writing, "wb")))
        with forked("sandbox", "--port", "0", *arguments, cwd=cwd, env=os.environ, streams=streams) as process:
            opened.close()
            try:
                found = re.search(r"http://[\d.]+:\d+", err.readline())
                assert found, "the sandbox did not say where it listens"
                yield found.group()
            finally:
                os.kill(process.process, signal.SIGTERM)
                process.wait()
