"""What lies in .trueup is this user's own, or it is refused or ignored: nothing is believed or written through it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control
from repositories import git, new_repository
from trueup.cli.main import run

pytestmark = [pytest.mark.process, pytest.mark.slow]

NAME = "29990101T000000.000000Z-00000a"
"""A run that is newer than every real one."""

IDENTITY = {"target": "origin", "kind": "Certification", "field": "externalId", "value": "e"}
URL = {"type": "set-value", "path": "url", "value": "https://acme.example/new.pdf"}
AT = "2999-01-01T00:00:00.000+00:00"
MANIFEST = """\
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: e}
spec: {url: "https://acme.example/new.pdf"}
"""
SEED = {
    "certifications": [
        {
            "externalId": "e",
            "certificateNumber": "B",
            "url": "https://acme.example/old.pdf",
            "reportingBody": {"name": "Veritas"},
            "standard": {"code": "EPD"},
        }
    ]
}
FORGED: list[dict[str, Any]] = [
    {"record": "run", "formatVersion": 1, "at": AT, "run": NAME, "plan": "x", "resources": 1, "pid": 1},
    {
        "record": "intent",
        "at": AT,
        "number": 1,
        "identity": {**IDENTITY, "value": "other"},
        "actions": [URL],
        "remoteId": "",
        "version": None,
    },
    {
        "record": "outcome",
        "at": AT,
        "identity": IDENTITY,
        "status": "applied",
        "message": "",
        "done": [URL],
        "left": [],
    },
    {"record": "end", "at": AT, "statuses": {"applied": 1}},
]


def lines(records: list[dict[str, Any]], **more: object) -> bytes:
    return b"".join(json.dumps({**record, **more}).encode() + b"\n" for record in records)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "home"), **CREDENTIALS}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return quickstart(tmp_path)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve an Origin that does not return the url, with a certification that has another than is wanted."""
    folder = tmp_path_factory.mktemp("origin")
    with served(cwd=folder) as url:
        control(url, "settings", {"origin_omitted_fields": ["url"]})
        control(url, "seed", SEED)
        project = folder / "project"
        (project / "certifications").mkdir(parents=True)
        (project / "certifications" / "e.yaml").write_text(MANIFEST)
        (project / "trueup.yaml").write_text(SERVED.format(url=url))
        yield url, project


@pytest.fixture
def project(origin: tuple[str, Path], tmp_path: Path) -> Path:
    shutil.copytree(origin[1], tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def say(
    place: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run commands in the quickstart and in this process: there are many."""
    monkeypatch.chdir(place)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    def said(*arguments: str) -> Done:
        return Done(run(arguments), *capsys.readouterr())

    return said


def plan(place: Path, env: dict[str, str]) -> Done:
    return trueup("plan", cwd=place, env=env)


def summary(done: Done) -> str:
    return next(line for line in done.out.splitlines() if line.startswith(("Plan: ", "Nothing to apply")))


@pytest.mark.parametrize("forged", [lines(FORGED), lines(FORGED, seal="0" * 64)], ids=["unsealed", "wrong seal"])
@pytest.mark.parametrize("committed", [True, False])
def test_a_forged_journal_changes_no_plan_and_is_named(
    forged: bytes,
    committed: bool,  # noqa: FBT001 - a row
    project: Path,
    env: dict[str, str],
) -> None:
    before = plan(project, env)
    assert "1 to update" in summary(before)
    runs = project / ".trueup" / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    (runs / f"{NAME}.jsonl").write_bytes(forged)
    if committed:
        new_repository(project)
        git(project, "add", "--force", f".trueup/runs/{NAME}.jsonl")
    done = plan(project, env)
    assert (done.status, done.out) == (before.status, before.out)
    assert ("git tracks" in done.err, "is not trusted" in done.err) == (committed, not committed)
    assert NAME in done.err
    assert "does not know" not in done.err
    shown = trueup("runs", cwd=project, env=env)
    assert ("not sealed" in shown.out, NAME in shown.out) == (not committed, not committed)


def test_a_journal_of_ones_own_counts_where_it_was_written_and_nowhere_else(
    origin: tuple[str, Path], project: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    applied = trueup("apply", "--yes", cwd=project, env=env)
    assert applied.status in {0, 5}, applied.err
    assert summary(plan(project, env)).startswith("Nothing to apply")
    moved = tmp_path / "moved"
    shutil.copytree(project, moved)
    elsewhere = plan(moved, env)
    assert "1 to update" in summary(elsewhere)
    assert "is not sealed by this user for this project" in elsewhere.err
    another = plan(project, {**env, "XDG_STATE_HOME": str(tmp_path / "another")})
    assert "1 to update" in summary(another)
    (file,) = (project / ".trueup" / "runs").glob("*.jsonl")
    # A committed home folder brings a key of others.
    (project / "home").mkdir()
    assert "this user has no key" in plan(project, {**env, "XDG_STATE_HOME": str(project / "home")}).err
    file.rename(file.with_name(f"{NAME}.jsonl"))
    assert "1 to update" in summary(plan(project, env))


def test_without_a_home_an_apply_is_on_record_and_is_no_evidence(project: Path, env: dict[str, str]) -> None:
    homeless = {**env, "XDG_STATE_HOME": "/proc/nothing"}
    assert trueup("apply", "--yes", cwd=project, env=homeless).status in {0, 5}
    assert list((project / ".trueup" / "runs").glob("*.jsonl"))
    done = plan(project, homeless)
    assert "1 to update" in summary(done)
    assert "this user has no key" in done.err


LINKS = (
    "",
    "lock",
    "runs",
    "sandbox.db",
    "sandbox.db-wal",
    f"runs/{NAME}.jsonl",
    ".gitignore",
)


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("target", ["file", "folder"])
def test_nothing_is_read_or_written_through_a_link(
    name: str, target: str, place: Path, tmp_path: Path, say: Callable[..., Done]
) -> None:
    victim = tmp_path / "victim"
    if target == "folder":
        victim.mkdir()
    inside = victim / "inside" if target == "folder" else victim
    inside.write_bytes(lines(FORGED))
    link = place / ".trueup" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim)
    mode = victim.stat().st_mode
    for command in (("validate",), ("plan",), ("apply", "--yes", "--keep-going"), ("runs",)):
        done = say(*command)
        assert "Traceback" not in done.err
        assert done.status in {0, 3, 5, 6}
        assert done.status != 6 or str(link) in done.err
    assert inside.read_bytes() == lines(FORGED)
    assert victim.stat().st_mode == mode
    if target == "folder":
        assert list(victim.iterdir()) == [inside]
    refused = name in {"", "lock", "runs", "sandbox.db", "sandbox.db-wal"}
    assert (say("apply", "--yes", "--keep-going").status == 6) is refused


def test_a_lock_that_is_another_name_of_a_file_empties_it_not(place: Path, tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "victim").write_text("precious")
    (place / ".trueup").mkdir()
    (place / ".trueup" / "lock").hardlink_to(tmp_path / "victim")
    done = trueup("apply", "--yes", cwd=place, env=env)
    assert (done.status, "hard link" in done.err) == (6, True)
    assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["", "lock", "runs", "sandbox.db"])
def test_what_belongs_to_another_user_is_refused(name: str, place: Path, env: dict[str, str]) -> None:
    assert trueup("apply", "--yes", "--keep-going", cwd=place, env=env).status in {3, 5}
    os.chown(place / ".trueup" / name, 12345, 12345)
    done = trueup("apply", "--yes", "--keep-going", cwd=place, env=env)
    assert (done.status, "belongs to another user (user id 12345)" in done.err) == (6, True)


def test_a_folder_that_others_can_write_to_is_closed_to_them(place: Path, env: dict[str, str]) -> None:
    (place / ".trueup").mkdir()
    (place / ".trueup").chmod(0o777)
    assert plan(place, env).status == 3
    assert (place / ".trueup").stat().st_mode & 0o777 == 0o755


def pipe(file: Path) -> None:
    os.mkfifo(file)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "fifo": pipe,
    "empty": lambda file: file.write_bytes(b""),
    "binary": lambda file: file.write_bytes(bytes(range(256)) * 9),
    "nested": lambda file: file.write_bytes(b"[" * 200_000 + b"\n"),
    "number": lambda file: file.write_bytes(lines(FORGED[:1]).replace(b'"pid": 1', b'"pid": ' + b"9" * 5000)),
    "infinite": lambda file: file.write_bytes(lines(FORGED[:1]).replace(b'"pid": 1', b'"pid": 1e999')),
    "not an object": lambda file: file.write_bytes(b"null\n17\n"),
}


@pytest.mark.parametrize("name", [f"runs/{NAME}.jsonl", "lock", "sandbox.db", "runs"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_of_every_kind_ends_in_words(damage: str, name: str, place: Path, say: Callable[..., Done]) -> None:
    file = place / ".trueup" / name
    file.parent.mkdir(parents=True)
    DAMAGE[damage](file)
    for command in (("validate",), ("plan",), ("apply", "--yes", "--keep-going"), ("runs",), ("runs", "show", NAME)):
        done = say(*command, "--format", "json")
        assert "Traceback" not in done.err
        assert "fault" not in done.err
        assert done.status in {0, 3, 5, 6, 64}
        assert done.document["exitStatus"] == done.status
    if name.startswith("runs/") and damage != "empty":
        assert NAME in say("plan").err


def test_a_page_of_the_sandbox_that_is_garbage_ends_in_words(place: Path, env: dict[str, str]) -> None:
    assert plan(place, env).status == 3
    file = place / ".trueup" / "sandbox.db"
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"garbage!" * ((len(content) - 8192) // 8))
    done = plan(place, env)
    assert "Traceback" not in done.err
    assert "The sandbox cannot keep its state in" in done.err


def test_what_git_tracks_of_the_sandbox_is_not_used(place: Path, env: dict[str, str]) -> None:
    before = plan(place, env)
    assert trueup("apply", "--yes", "--keep-going", cwd=place, env=env).status in {3, 5}
    assert plan(place, env).out != before.out
    new_repository(place)
    git(place, "add", "--force", ".trueup/sandbox.db")
    kept = (place / ".trueup" / "sandbox.db").read_bytes()
    done = plan(place, env)
    assert done.out == before.out
    assert ".trueup/sandbox.db" in done.err
    assert (place / ".trueup" / "sandbox.db").read_bytes() == kept


def test_git_sees_nothing_of_what_trueup_keeps(place: Path, env: dict[str, str]) -> None:
    work = new_repository(place)
    work.commit()
    assert trueup("apply", "--yes", "--keep-going", cwd=place, env=env).status in {3, 5}
    assert (place / ".trueup" / "runs").is_dir()
    assert git(place, "status", "--porcelain", "--untracked-files=all") == ""
    assert (place / ".trueup" / ".gitignore").read_text().endswith("*\n")
    git(place, "add", "--force", ".trueup/.gitignore")
    assert "git tracks" not in plan(place, env).err


def test_old_journals_of_others_push_no_run_of_ours_out_of_sight(project: Path, env: dict[str, str]) -> None:
    assert trueup("apply", "--yes", cwd=project, env=env).status in {0, 5}
    assert summary(plan(project, env)).startswith("Nothing to apply")
    for number in range(60):
        name = NAME.replace("000000Z", f"{number:06}Z")
        (project / ".trueup" / "runs" / f"{name}.jsonl").write_bytes(lines(FORGED[:1]))
    done = plan(project, env)
    assert summary(done).startswith("Nothing to apply")
    assert "and 57 more" in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("Warning")]) == 1
