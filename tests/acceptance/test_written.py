"""Files that a command writes: none through a link of the repository that leads out, and all others as before."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from acceptance.commands import SECONDS, Done, quickstart, trueup
from repositories import git, new_repository
from trueup.cli.main import COMMANDS, Commands
from trueup.cli.main import trueup as group
from trueup.cli.options import Written

pytestmark = [pytest.mark.process, pytest.mark.slow]

READ = {"plan_file", "approved", "applied", "files", "seed", "faults", "source", "map_file"}
"""Parameters that name what is only read."""
ELSEWHERE = {"folder"}
"""Parameters whose files are checked one by one, as the command chooses their names: see test_links."""

YES = {"apply": ["--yes"], "export": ["--csv"]}


def written() -> list[tuple[str, str]]:
    """Return each command with each of its options that names a file or folder to write."""
    commands = {name: Commands().get_command(click.Context(group), name) for name in COMMANDS}
    return [
        (name, option.opts[0])
        for name, command in commands.items()
        if command is not None
        for option in command.params
        if isinstance(option.type, Written)
    ]


def test_every_path_is_known_as_read_or_written() -> None:
    commands = [Commands().get_command(click.Context(group), name) for name in COMMANDS]
    paths = [p for c in commands if c is not None for p in c.params if isinstance(p.type, click.Path)]
    plain = {path.name for path in paths if not isinstance(path.type, Written)}
    assert plain == READ | ELSEWHERE
    assert set(written()) >= {("plan", "--out"), ("validate", "--sarif"), ("apply", "--junit"), ("sandbox", "--state")}


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of the quickstart, which no test changes."""
    place = new_repository(quickstart(tmp_path_factory.mktemp("committed"))).root
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "first")
    return place


@pytest.fixture
def place(tmp_path: Path, committed: Path) -> Path:
    """Copy the repository; beside it lies a folder that is not in it."""
    (tmp_path / "other").mkdir()
    return Path(shutil.copytree(committed, tmp_path / "quickstart", symlinks=True))


def assert_refused(done: Done, link: str, leads: Path) -> None:
    assert done.status == 64, done.out + done.err
    assert done.out == ""
    assert f"the symbolic link {link} leads out of" in done.err
    assert f"to {leads}." in done.err


@pytest.mark.parametrize(("command", "option"), written(), ids=lambda value: value.strip("-"))
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_is_written_through_a_link_out(place: Path, command: str, option: str, kind: str) -> None:
    other = place.parent / "other"
    victim = other / "victim"
    if kind == "file" and command != "demo":
        victim.write_text("mine")
    link, leads = ("out", other) if kind == "folder" else ("x", victim)
    (place / link).symlink_to(leads)
    # Nothing is read before: what is wrong with the manifests is not found.
    (place / "connectors" / "tax.yaml").write_text("a: [")
    before = {file: file.read_text() for file in other.iterdir()}
    done = trueup(command, *YES.get(command, ()), option, "out/new" if kind == "folder" else "x", cwd=place)
    assert_refused(done, link, leads)
    assert {file: file.read_text() for file in other.iterdir()} == before
    assert (place / link).is_symlink()


def test_a_journal_of_the_sandbox_s_file_may_not_lead_out_either(place: Path) -> None:
    (place / "s.db-wal").symlink_to("../other/victim")
    done = trueup("sandbox", "--port", "0", "--state", "s.db", cwd=place)
    assert_refused(done, "s.db-wal", place.parent / "other" / "victim")


def test_it_is_one_document_in_json(place: Path) -> None:
    (place / "x").symlink_to("../other/victim")
    done = trueup("plan", "--out", "x", "--format", "json", cwd=place)
    assert (done.status, done.document["exitStatus"]) == (64, 64)
    assert "the symbolic link x leads out of the repository" in done.document["error"]["message"]


def test_without_git_a_link_may_not_lead_out_of_the_project(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    (place / "x").symlink_to("../victim")
    done = trueup("validate", "--report", "x", cwd=place)
    assert_refused(done, "x", tmp_path / "victim")
    assert "leads out of the project's folder" in done.err
    assert not (tmp_path / "victim").exists()


def test_two_dots_behind_a_link_do_not_lead_out_of_its_other_end(place: Path) -> None:
    (place / "out").symlink_to("../other")
    assert trueup("validate", "--report", "out/../r.html", cwd=place).status == 0
    assert (place / "r.html").exists()
    assert not (place.parent / "r.html").exists()


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_links_of_the_user_and_links_within_are_followed(place: Path, option: str) -> None:
    other = place.parent / "other"
    (place / "kept").mkdir()
    (place / "inside").symlink_to("kept/r")
    (other / "r").touch(mode=0o600)
    (other / "link").symlink_to("r")
    for named, real in (
        ("inside", place / "kept" / "r"),
        (str(other / "link"), other / "r"),
        ("../other/n", other / "n"),
    ):
        assert trueup("plan", "connectors/psp.yaml", option, named, cwd=place).status == 0
        assert "acme-psp" in real.read_text()
    assert (place / "inside").is_symlink()
    assert (other / "link").is_symlink()
    assert (other / "r").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in other.iterdir()) == ["link", "n", "r"]


@pytest.mark.parametrize("option", ["--out", "--report"])
@pytest.mark.parametrize("named", ["/dev/stdout", "/dev/stderr", "/dev/fd/N", "pipe"])
def test_streams_and_pipes_are_written_to(place: Path, option: str, named: str) -> None:
    told: list[bytes] = []
    if named == "pipe":
        os.mkfifo(place / "pipe")
        reading = threading.Thread(target=lambda: told.append((place / "pipe").read_bytes()), daemon=True)
        reading.start()
    read_end, write_end = os.pipe()
    file = named.replace("N", str(write_end))
    done = subprocess.run(
        [sys.executable, "-m", "trueup", "plan", "connectors/psp.yaml", option, file],
        cwd=place,
        capture_output=True,
        pass_fds=[write_end],
        timeout=SECONDS,
        check=False,
    )
    os.close(write_end)
    with os.fdopen(read_end, "rb") as piped:
        told.append(piped.read())
    if named == "pipe":
        assert (place / "pipe").is_fifo()
        reading.join(SECONDS)
    assert done.returncode == 0, done.stderr
    where = {"/dev/stdout": done.stdout, "/dev/stderr": done.stderr}.get(named, b"".join(told))
    assert (b"<html" if option == "--report" else b'"formatVersion"') in where
