"""Go from an empty folder to a merged first change as a newcomer does, and print what the terminal shows.

    python scripts/newcomer.py

It needs tmux and git. The terminal has 80 columns and a home folder of its own. A sandbox with the connectors of
``examples/estate.yaml`` is served on loopback. Every command is one that the output of an earlier step names:
:class:`Unnamed` is raised otherwise, and when a command does not show what it must.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 80
SECONDS = 30
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


def transcript() -> str:
    """Return what the terminal shows of all steps; raise Unnamed when the chain of commands breaks."""
    with TemporaryDirectory() as above, served() as port:
        home, folder = Path(above) / "home", Path(above) / "acme"
        for path in (home / "bin", folder):
            path.mkdir(parents=True)
        (home / "bin" / "trueup").symlink_to(Path(sys.executable).with_name("trueup"))
        (home / ".gitconfig").write_text("[user]\n\tname = Jane Roe\n\temail = jane@acme.example\n", encoding="utf-8")
        terminal = Terminal(home, folder)
        try:
            return "\n\n".join(shown_steps(terminal, port))
        finally:
            terminal.end()


def shown_steps(terminal: Terminal, port: int) -> Iterator[str]:
    """Yield what each step shows, with the port of the transcript."""
    named = terminal.run(Step("trueup", ""))
    for step in (*STEPS, AFTER):
        if (step.named or step.command) not in " ".join(named.split()):
            raise Unnamed(f"{step.command!r} is not named by:\n{named}")
        answers = tuple(answer.replace(f":{PORT}", f":{port}") for answer in step.answers)
        shown = terminal.run(replace(step, answers=answers)).replace(f":{port}", f":{PORT}")
        if step.shows not in shown:
            raise Unnamed(f"{step.shows!r} is not shown:\n{shown}")
        # git names no command of trueup: what trueup printed last still counts.
        named = shown if step.command.startswith("trueup ") else named
        yield shown


if __name__ == "__main__":
    sys.stdout.write(f"{transcript()}\n")
