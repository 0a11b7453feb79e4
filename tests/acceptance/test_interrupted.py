"""A signal ends a run with one result and status 130, wherever the run is."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import SECONDS, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control

pytestmark = [pytest.mark.process, pytest.mark.slow]

GATED = Path(__file__).parent / "gated_run.py"
SIGNALS = [signal.SIGINT, signal.SIGTERM]
MOMENTS = 6


class Gated:
    """A run that waits at a gate; ``arrived`` returns once it is there, ``go_on`` opens the gate."""

    def __init__(self, place: Path, gate: str, *arguments: str) -> None:
        here, there = os.pipe()
        out, into = os.pipe()
        shell = f'exec "$0" "$@" 3>&{there} 4<&{out}'
        command = ["/bin/bash", "-c", shell, sys.executable, str(GATED), gate, *arguments]
        # Without a buffer, a write that a signal cuts short writes less than the whole.
        env = {**os.environ, "NO_COLOR": "1", "XDG_STATE_HOME": str(place / "home"), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            cwd=place,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(there, out),
        )
        os.close(there)
        os.close(out)
        self._here, self._into = here, into

    def arrived(self) -> None:
        assert os.read(self._here, 1) == b".", self.process.communicate()

    def go_on(self) -> None:
        os.write(self._into, b".")

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=SECONDS)
        os.close(self._here)
        os.close(self._into)
        return self.process.returncode, out.decode(), err.decode()


def check(status: int, out: str, err: str) -> Any:
    """Check that an interrupted run has printed one document, and return that."""
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    document = json.loads(out)
    assert (status, document["exitStatus"]) == (130, 130), err
    assert "nterrupted" in document["error"]["message"]
    return document


PLAN = ("plan", "--sandbox", "--format", "json")
APPLY = ("apply", "--yes", "--sandbox", "--format", "json")

STAGES = {
    "the command line": ("click", PLAN),
    "the command": ("trueup.cli.commands.plan", PLAN),
    "loading": ("trueup.manifest.validate", PLAN),
    "opening": ("trueup.platforms.open", PLAN),
    "planning": ("trueup.plan.build", PLAN),
    "drift": ("trueup.plan.drift", ("drift", "--sandbox", "--format", "json")),
    "validating": ("trueup.manifest.validate", ("validate", "--format", "json")),
    "importing": ("trueup.cli.commands.import_", ("import", "--sandbox", "--format", "json")),
    "showing runs": ("trueup.report.runs", ("runs", "--format", "json")),
    "joining": ("trueup.report.merge", ("merge", "shard.json", "--format", "json")),
    "before an apply": ("trueup.cli.commands.apply", APPLY),
}
"""Where the signal comes: a module that is imported there, and the command."""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_before_the_result_ends_the_run_with_one_document(
    tmp_path: Path, stage: str, number: signal.Signals
) -> None:
    gate, arguments = STAGES[stage]
    place = quickstart(tmp_path)
    run = Gated(place, gate, *arguments)
    run.arrived()
    run.process.send_signal(number)
    document = check(*run.end())
    assert document["command"] == arguments[0]
    assert not list(place.glob(".trueup/runs/*"))


@pytest.mark.parametrize("arguments", [PLAN, APPLY], ids=["plan", "apply"])
def test_a_signal_while_the_result_is_put_into_words_loses_nothing_of_it(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    place = quickstart(tmp_path)
    run = Gated(place, "trueup.report.document", *arguments)
    run.arrived()
    run.process.send_signal(signal.SIGTERM)
    run.go_on()
    document = check(*run.end())
    assert document["plan"]["resources"]
    if arguments == APPLY:
        assert {outcome["status"] for outcome in document["outcomes"]} >= {"applied", "unchanged"}
        assert "did not finish" not in trueup("runs", cwd=place).out


def test_a_signal_while_standard_input_is_read_ends_the_run(tmp_path: Path) -> None:
    run = Gated(quickstart(tmp_path), "start", "plan", "-", "--format", "json")
    run.arrived()
    assert run.process.stdin is not None
    # More than a pipe holds: once it is written, the other side is reading, and there is no end to be read.
    run.process.stdin.write(b"#" * (1 << 20))
    run.process.stdin.flush()
    run.process.send_signal(signal.SIGINT)
    # Its end of the input stays open until it has ended by itself.
    run.process.wait(timeout=SECONDS)
    check(*run.end())


ASKING = [("plan",), ("drift",), ("adopt",), ("import",), ("apply", "--yes")]


@contextmanager
def silent_server() -> Iterator[socket.socket]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        yield listener


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize(
    "arguments", [("plan",), ("drift",), ("adopt",), ("import",), ("apply", "--yes")], ids=" ".join
)
def test_a_signal_while_a_platform_is_silent_ends_the_run(
    tmp_path: Path, arguments: tuple[str, ...], number: signal.Signals
) -> None:
    place = quickstart(tmp_path)
    with silent_server() as listener, pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        (place / "trueup.yaml").write_text(SERVED.format(url=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        run = Gated(place, "start", *arguments, "--format", "json")
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1), "nothing was asked for"
            run.process.send_signal(number)
            document = check(*run.end())
    assert document["command"] == arguments[0]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_at_any_moment_ends_the_run_with_one_document(tmp_path: Path, number: signal.Signals) -> None:
    """The moments are spread evenly over a whole run; what holds, holds at each of them."""
    place = quickstart(tmp_path)
    began = time.monotonic()
    run = Gated(place, "start", *PLAN)
    run.arrived()
    assert run.end()[0] == 3
    whole = time.monotonic() - began
    for moment in range(MOMENTS):
        run = Gated(place, "start", *PLAN)
        run.arrived()
        time.sleep(whole * moment / MOMENTS)
        run.process.send_signal(number)
        status, out, err = run.end()
        if status == 3:
            # It had ended.
            assert json.loads(out)["exitStatus"] == 3
        else:
            check(status, out, err)


@contextmanager
def asked(place: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start an apply on a terminal and wait until it asks; give the process and our side of the terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "NO_COLOR": "1", "TERM": "dumb", "XDG_STATE_HOME": str(place / "home")}
    command = [sys.executable, "-m", "trueup", "apply", "--sandbox", *arguments]
    with subprocess.Popen(command, cwd=place, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"Type yes" not in shown:
            shown += os.read(ours, 65536)
        yield process, ours
    os.close(ours)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_at_the_question_ends_the_run_at_once(tmp_path: Path, number: signal.Signals) -> None:
    place = quickstart(tmp_path)
    with asked(place, "--format", "json") as (process, _):
        process.send_signal(number)
        out, _ = process.communicate(timeout=SECONDS)
    document = check(process.returncode, out.decode(), "")
    assert document["plan"]["resources"]
    assert document["outcomes"] is None
    assert not list(place.glob(".trueup/runs/*"))


@pytest.mark.parametrize("answer", [b"no\n", b"\n", b"y\n", b"YES\n", b"\x04"])
def test_any_answer_but_yes_applies_nothing_and_is_no_interruption(tmp_path: Path, answer: bytes) -> None:
    place = quickstart(tmp_path)
    with asked(place, "--select", "demo=ok", "--format", "json") as (process, terminal):
        os.write(terminal, answer)
        out, _ = process.communicate(timeout=SECONDS)
    document = json.loads(out)
    assert (process.returncode, document["exitStatus"], document["error"]) == (0, 0, None)
    assert document["plan"]["resources"]
    assert document["outcomes"] is None
    assert not list(place.glob(".trueup/runs/*"))


def test_who_says_no_is_told_that_nothing_was_applied_and_who_says_yes_what_was(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    for answer, status, words in ((b"no\n", 0, "Nothing was applied."), (b"yes\n", 0, "applied")):
        with asked(place, "--select", "demo=ok") as (process, terminal):
            os.write(terminal, answer)
            out, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == status
        assert words in out.decode()


def test_a_signal_while_a_preview_is_awaited_closes_the_journal(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=place) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        control(url, "settings", {"preview_seconds": 600})
        with (place / "connectors" / "psp.yaml").open("a") as manifest:
            manifest.write("lifecycle: {previewable: true}\n")
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        run = Gated(place, "start", "apply", "--yes", "--format", "json", "connectors/psp.yaml")
        wait_for_preview(place)
        run.process.send_signal(signal.SIGTERM)
        status, out, err = run.end()
    document = json.loads(out)
    assert (status, document["exitStatus"]) == (130, 130), err
    deferred = [outcome["message"] for outcome in document["outcomes"] if outcome["status"] == "deferred"]
    assert any("was asked to stop" in message for message in deferred), document["outcomes"]
    (journal,) = place.glob(".trueup/runs/*.jsonl")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert records[-1]["record"] == "end"
    assert {r["number"] for r in records if r["record"] == "intent"} == {
        r["number"] for r in records if r["record"] == "ending"
    }


def wait_for_preview(place: Path) -> None:
    """Wait until a journal tells of a preview that was asked for and taken."""
    for _ in range(SECONDS * 20):
        for journal in place.glob(".trueup/runs/*.jsonl"):
            records = [json.loads(line) for line in journal.read_text().splitlines()]
            asked = {r["number"] for r in records if r["record"] == "intent" and "request-preview" in str(r)}
            if any(r["record"] == "ending" and r["number"] in asked for r in records):
                return
        time.sleep(0.05)
    pytest.fail("no preview was ever asked for")
