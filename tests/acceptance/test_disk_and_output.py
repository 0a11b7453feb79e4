"""Disks and outputs that take nothing, and things in the way in ``.trueup``, end in words and with the right status."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from acceptance.commands import SECONDS, Done, quickstart

pytestmark = [pytest.mark.process, pytest.mark.slow]

PLAIN = "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"
COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "help of a command": ["plan", "--help"],
    "validate": ["validate"],
    "plan": ["plan", "--sandbox"],
    "json": ["plan", "--sandbox", "--format", "json"],
    "apply": ["apply", "--sandbox", "--yes", "--select", "demo=ok"],
    "apply json": ["apply", "--sandbox", "--yes", "--select", "demo=ok", "--format", "json"],
    "runs": ["runs"],
    "schema": ["schema", "plan"],
    "mistake": ["nonsense", "--format", "json"],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return quickstart(tmp_path)


def run(place: Path, *arguments: str, into: str = "", humble: bool = False) -> Done:
    """Run one command through a shell, with a redirection; ``humble``: permissions count for root as well."""
    root = humble and os.geteuid() == 0
    prefix = [str(shutil.which("setpriv")), *PLAIN] if root else []
    env = {**os.environ, "XDG_STATE_HOME": str(place.parent / "state"), "NO_COLOR": "1"}
    done = subprocess.run(
        [*prefix, "/bin/sh", "-c", f'exec "$@" {into}', "sh", sys.executable, "-m", "trueup", *arguments],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "fault of trueup" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("into", "why"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")])
def test_a_result_that_cannot_be_written_is_said_on_standard_error(place: Path, name: str, into: str, why: str) -> None:
    done = run(place, *COMMANDS[name], into=into)
    assert (done.status, done.out) == (1, "")
    assert f"The result cannot be written to standard output: {why}." in done.err
    applied = list((place / ".trueup" / "runs").glob("*.jsonl"))
    # Text shows the plan before anything is sent; JSON is written at the end.
    assert bool(applied) is (name == "apply json" and into == ">/dev/full")


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("into", ["2>/dev/full", "2>&-"])
def test_messages_that_cannot_be_written_change_no_result(place: Path, name: str, into: str) -> None:
    plain = run(place, *COMMANDS[name])
    shutil.rmtree(place / ".trueup", ignore_errors=True)
    silent = run(place, *COMMANDS[name], into=into)
    assert silent.status == plain.status
    assert len(silent.out.splitlines()) == len(plain.out.splitlines())


def folder_for_a_lock(kept: Path) -> None:
    (kept / "lock").unlink()
    (kept / "lock").mkdir()


def folder_among_journals(kept: Path) -> None:
    (kept / "runs" / "29990101T000000.000000Z-aaaaaa.jsonl").mkdir()


def unreadable_journal(kept: Path) -> None:
    for file in (kept / "runs").iterdir():
        file.chmod(0)


def unreadable(name: str) -> Callable[[Path], None]:
    return lambda kept: (kept / name).chmod(0)


def read_only(name: str) -> Callable[[Path], None]:
    return lambda kept: (kept / name).chmod(0o500)


def file_for_runs(kept: Path) -> None:
    shutil.rmtree(kept / "runs")
    (kept / "runs").touch()


HARMS: Mapping[str, tuple[Callable[[Path], None], Mapping[str, tuple[int, str]]]] = {
    "a folder for a lock": (
        folder_for_a_lock,
        {"plan": (0, ""), "apply": (6, "/.trueup/lock is a folder where a file is expected"), "runs": (0, "")},
    ),
    "a folder among the journals": (
        folder_among_journals,
        {"plan": (0, "aaaaaa.jsonl is not a regular file"), "apply": (0, "is not a regular file"), "runs": (0, "")},
    ),
    "an unreadable journal": (
        unreadable_journal,
        {"plan": (0, "it cannot be read: Permission denied"), "apply": (0, "Permission denied"), "runs": (0, "")},
    ),
    "an unreadable .trueup": (
        unreadable("."),
        {
            "plan": (6, "/.trueup cannot be read: Permission denied"),
            "apply": (6, "/.trueup writable."),
            "runs": (6, "/.trueup cannot be read: Permission denied"),
        },
    ),
    "a .trueup that can be entered and not listed": (
        lambda kept: kept.chmod(0o100),
        {"apply": (6, "/.trueup writable."), "runs": (6, "/.trueup cannot be read: Permission denied")},
    ),
    "unreadable runs": (
        unreadable("runs"),
        {
            "plan": (6, "/.trueup/runs cannot be read: Permission denied"),
            "apply": (6, "/.trueup/runs cannot be read: Permission denied"),
            "runs": (6, "/.trueup/runs cannot be read: Permission denied"),
        },
    ),
    "runs that take nothing": (
        read_only("runs"),
        {"plan": (0, ""), "apply": (1, "/.trueup/runs cannot be written"), "runs": (0, "")},
    ),
    "a file for runs": (
        file_for_runs,
        {
            "plan": (6, "/.trueup/runs is not a folder"),
            "apply": (6, "/.trueup/runs is not a folder"),
            "runs": (6, "/.trueup/runs is not a folder"),
        },
    ),
    "a working copy that takes nothing": (
        read_only(".."),
        {"plan": (0, ""), "apply": (0, ""), "runs": (0, "")},
    ),
}


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="permissions do not count for root")
@pytest.mark.parametrize("name", HARMS)
def test_what_is_in_the_way_is_named_with_its_path(place: Path, name: str) -> None:
    harm, expected = HARMS[name]
    assert run(place, *COMMANDS["apply"]).status == 0
    kept = place / ".trueup"
    harm(kept)
    try:
        for command, (status, words) in expected.items():
            done = run(place, *COMMANDS[command], *(("--select", "demo=ok") if command == "plan" else ()), humble=True)
            assert (done.status, words in done.err) == (status, True), (command, done.err)
    finally:
        for folder in (place, kept, kept / "runs"):
            folder.chmod(0o700)


def test_a_working_copy_that_takes_no_folder_sends_nothing(place: Path) -> None:
    place.chmod(0o500)
    try:
        done = run(place, *COMMANDS["apply"], humble=True)
        assert done.status == 6
        assert f"{place}/.trueup/lock cannot be opened: Permission denied. Make {place} writable." in done.err
    finally:
        place.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user cannot start a command in such a folder")
@pytest.mark.parametrize("name", ["plan", "apply", "runs"])
def test_a_working_directory_that_cannot_be_entered_is_named_with_its_path(place: Path, name: str) -> None:
    place.chmod(0)
    try:
        done = run(place, *COMMANDS[name], humble=True)
    finally:
        place.chmod(0o700)
    assert done.status == 3
    assert f"The folder {place} cannot be entered: Permission denied." in done.out + done.err
    assert "Check its permissions" in done.out + done.err
