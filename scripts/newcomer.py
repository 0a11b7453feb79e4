"""Do what a newcomer does in the tutorial, and print what the terminal shows.

    python scripts/newcomer.py start        # from an empty folder to a merged first change
    python scripts/newcomer.py release      # from a new tag to running code

It needs tmux and git. The terminal has 80 columns and a home folder of its own. For ``start``, a sandbox with the
connectors of ``examples/estate.yaml`` is served on loopback, and every command is one that the output of an earlier
step names. ``release`` uses the quickstart. :class:`Unnamed` is raised otherwise, and when a command does not show
what it must.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 80
SECONDS = 60
PORT = 8700
"""The port that the transcript names. Others of four digits are used when it is taken."""
SHARED = {
    "CTP_CLIENT_ID": "any",
    "CTP_CLIENT_SECRET": "any",
    "GIT_AUTHOR_DATE": "2026-01-31T12:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-31T12:00:00Z",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "PROMPT_COMMAND": "tmux wait-for -S prompt",
    "PS1": "$ ",
    "TERM": "screen",
}
"""The environment of the shell. A sandbox accepts any credentials."""


class Unnamed(Exception):
    """A command that nothing before it named, or one that did not show what it must."""


@dataclass(frozen=True)
class Step:
    """A command, the answers to its questions, a text that it must show, and what of it the output before named."""

    command: str
    shows: str
    answers: tuple[str, ...] = ()
    named: str = ""


STEPS = (
    Step("trueup init", "trueup plan", ("y", "n", "http://127.0.0.1:8700", "sandbox", "", "", "y", "y")),
    Step("trueup plan", "No changes"),
    Step("git add --all", ""),
    Step("git commit --quiet --message 'Describe what is live'", ""),
    Step("git switch --create first-change", "first-change"),
    Step("trueup set acme-cart spec.name='Acme Cart Checks'", "Set 1 field", named="trueup set acme-cart spec.name="),
    Step("trueup plan", "Plan: 1 to update"),
    Step("git commit --quiet --all --message 'Change acme-cart'", ""),
    Step("git switch main", "main"),
    Step("git merge first-change", "1 file changed"),
)
"""From an empty folder to a merged first change."""

AFTER = Step("trueup apply", "Applied 1", ("yes",))
"""What makes live match the merged change, where no pipeline does it."""

RELEASE = (
    Step("trueup set acme-search spec.repository.tag=2.11", "Set 1 field"),
    Step("trueup apply", "Applied 3", ("yes",)),
    Step("trueup status", "Deployed          2.11 (25)"),
)
"""From a new tag to running code, in the folder that the demo has left, without its blocked manifest."""

TIMES = {
    r"\d+ (?:s|min) ago": "12 s ago",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC": "2026-01-31 12:00:00 UTC",
}
"""What differs with each run, and what is shown instead."""


QUESTION = re.compile(r"\[Y/n\]|^[a-z]\w+(?: \[\w+\])?:(?= |$)|Type yes to continue:", re.MULTILINE)


def asks(number: int) -> Callable[[str], bool]:
    """Return whether a screen shows this number of questions."""
    return lambda screen: len(QUESTION.findall(screen)) == number


def is_at_prompt(screen: str) -> bool:
    """Return whether the last line of a screen is the prompt."""
    return screen.endswith("\n$")


class Terminal:
    """A shell in tmux."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._name = f"trueup-{os.getpid()}"
        # The shell of tmux gets the environment of the call that starts tmux.
        self._env = {**SHARED, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
        shell = ("bash", "--norc", "--noprofile")
        size = ("-x", str(COLUMNS), "-y", "50")
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "-c", str(folder), *shell)
        self._tmux("set-option", "-g", "history-limit", "10000")
        self._tmux("wait-for", "prompt")

    def run(self, step: Step) -> str:
        """Type a command and the answers to its questions; return what the terminal shows from the command on."""
        self._tmux("send-keys", "-R", ";", "clear-history")
        self._type(step.command)
        for number, answer in enumerate(step.answers, start=1):
            self._wait(asks(number))
            self._type(answer)
        self._tmux("wait-for", "prompt")
        # The shell signals just before it prints the prompt.
        return f"$ {self._wait(is_at_prompt).removesuffix('$').rstrip()}"

    def end(self) -> None:
        """End the shell and tmux."""
        self._tmux("kill-server")

    def _type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)
        self._tmux("send-keys", "Enter")

    def _wait(self, ready: Callable[[str], bool]) -> str:
        """Return the screen with its history as soon as it is ready; raise Unnamed when it never is."""
        end = time.monotonic() + SECONDS
        while not ready(screen := self._tmux("capture-pane", "-p", "-S", "-").rstrip()):
            if time.monotonic() > end:
                raise Unnamed(f"the terminal does not show what it must:\n{screen}")
            time.sleep(0.05)
        return screen

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own words
            ["tmux", "-L", self._name, *words],  # noqa: S607 - the tmux of the path
            capture_output=True,
            text=True,
            check=True,
            env=self._env,
            timeout=SECONDS,
        )
        return done.stdout


@contextmanager
def served() -> Iterator[int]:
    """Serve a sandbox with twelve connectors; yield its port."""
    seed = str(ROOT / "examples" / "estate.yaml")
    port = next(number for number in range(PORT, 10_000) if free(number))
    words = [sys.executable, "-m", "trueup", "sandbox", "--port", str(port), "--seed", seed]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own program
        try:
            # It says where it listens once it does.
            assert server.stderr is not None
            server.stderr.readline()
            yield port
        finally:
            server.terminate()


def free(port: int) -> bool:
    """Return whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def opened() -> Iterator[tuple[Terminal, Path]]:
    """Yield a terminal and its working directory, an empty folder."""
    with TemporaryDirectory() as above:
        home, folder = Path(above) / "home", Path(above) / "acme"
        for path in (home / "bin", folder):
            path.mkdir(parents=True)
        (home / "bin" / "trueup").symlink_to(Path(sys.executable).with_name("trueup"))
        (home / ".gitconfig").write_text("[user]\n\tname = Jane Roe\n\temail = jane@acme.example\n", encoding="utf-8")
        terminal = Terminal(home, folder)
        try:
            yield terminal, folder
        finally:
            terminal.end()


def start() -> Iterator[str]:
    """Yield what each step from an empty folder to a merged first change shows."""
    with served() as port, opened() as (terminal, _):
        yield from shown_steps(terminal, port)


def release() -> Iterator[str]:
    """Yield what each step from a new tag to running code shows."""
    with opened() as (terminal, folder):
        shown(terminal, Step("trueup demo --keep .", "That is all"))
        (folder / "connectors" / "erp.yaml").unlink()
        for step in RELEASE:
            text = shown(terminal, step)
            for pattern, instead in TIMES.items():
                text = re.sub(pattern, instead, text)
            yield text


def shown_steps(terminal: Terminal, port: int) -> Iterator[str]:
    """Yield what each step shows, with the port of the transcript."""
    named = terminal.run(Step("trueup", ""))
    for step in (*STEPS, AFTER):
        if (step.named or step.command) not in " ".join(named.split()):
            raise Unnamed(f"{step.command!r} is not named by:\n{named}")
        answers = tuple(answer.replace(f":{PORT}", f":{port}") for answer in step.answers)
        text = shown(terminal, replace(step, answers=answers)).replace(f":{port}", f":{PORT}")
        # git names no command of trueup: what trueup printed last still counts.
        named = text if step.command.startswith("trueup ") else named
        yield text


def shown(terminal: Terminal, step: Step) -> str:
    """Return what a step shows; raise Unnamed when it is not what it must show."""
    text = terminal.run(step)
    if step.shows not in text:
        raise Unnamed(f"{step.shows!r} is not shown:\n{text}")
    return text


WAYS: Mapping[str, Callable[[], Iterator[str]]] = {"start": start, "release": release}

if __name__ == "__main__":
    if sys.argv[1:] not in ([way] for way in WAYS):
        sys.exit(f"usage: newcomer.py {'|'.join(WAYS)}")
    sys.stdout.write("\n\n".join(WAYS[sys.argv[1]]()) + "\n")
