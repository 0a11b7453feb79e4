import asyncio
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from repositories import Work, clone, new_repository
from trueup.apply.interrupt import NAME as LOCK
from trueup.apply.interrupt import locked
from trueup.apply.journal_file import FileJournal
from trueup.apply.seal import Seal
from trueup.doctor.checks import run_checks
from trueup.doctor.machine import LIBRARIES, MACHINE_CHECKS, STATE_CHECKS, MachineSubject
from trueup.errors import Diagnostic, InvalidInput
from trueup.manifest.project import Project
from trueup.model.checkup import CheckResult, CheckState
from trueup.model.identity import Target
from trueup.model.plan import Forecast, Plan
from trueup.model.run import JOURNAL_VERSION
from trueup.state.folder import Folder
from unit.apply.fakes import kept
from unit.platforms.doubles import AT, CONNECT, FakeClock

MOUNTS = "sysfs /sys sysfs rw 0 0\n/dev/vda / ext4 rw 0 0\nhost:/export {place} nfs4 rw 0 0\n"


def examined(root: Path, **changes: object) -> Mapping[str, CheckResult]:
    given: dict[str, object] = {
        "environ": os.environ,
        "project": None,
        "file": "trueup.yaml",
        "base": "",
        "folder": Folder(root),
        "runs": "runs",
        **changes,
    }
    subject = MachineSubject(**given)  # type: ignore[arg-type]  # names of fields, spelled in the test
    results = asyncio.run(run_checks((*MACHINE_CHECKS, *STATE_CHECKS), subject, clock=FakeClock()))
    assert [result.target for result in results] == [""] * len(results)
    return {result.name: result for result in results}


def project(root: Path, *targets: Target) -> Project:
    named = {target.name: target for target in targets}
    return Project(root=root, file=root / "trueup.yaml", manifests=(), targets=named, seed=None)


def test_the_versions_are_those_that_a_bug_report_needs(tmp_path: Path) -> None:
    found = examined(tmp_path)["versions"]
    assert found.state is CheckState.OK
    assert found.seen.startswith("trueup ")
    assert "is not installed" not in str(found.details)
    assert all(f"{name} " in found.details[-1] for name in LIBRARIES)


@pytest.mark.parametrize(
    ("targets", "state", "seen"),
    [((), "missing", "trueup.yaml has no targets"), ((CONNECT,), "ok", "trueup.yaml with the target eu")],
)
def test_a_project_without_targets_has_still_to_get_one(
    tmp_path: Path, targets: tuple[Target, ...], state: str, seen: str
) -> None:
    found = examined(tmp_path, project=project(tmp_path, *targets))["project"]
    assert (found.state.value, found.seen) == (state, seen)


def test_of_many_targets_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    many = project(tmp_path, *(replace(CONNECT, name=f"t{number}") for number in range(12)))
    seen = examined(tmp_path, project=many)["project"].seen
    assert seen == "trueup.yaml with the targets t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 2 more"


def test_without_a_project_the_next_step_is_to_make_one(tmp_path: Path) -> None:
    found = examined(tmp_path)["project"]
    assert (found.state, found.advice.startswith("Run trueup init")) == (CheckState.MISSING, True)


def test_an_invalid_project_is_what_the_user_has_to_correct(tmp_path: Path) -> None:
    wrong = InvalidInput([Diagnostic(code="x", message="Wrong.", position=AT)] * 2)
    found = examined(tmp_path, project=wrong)["project"]
    assert (found.state, found.seen, found.invalid) == (CheckState.FAIL, "trueup.yaml has 2 problems", True)


def test_outside_of_a_clone_git_is_skipped(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert (found["git"].state, found["base"].state) == (CheckState.SKIPPED, CheckState.SKIPPED)
    # A commit that is named would fail.
    assert found["base"].advice == ""


def test_without_git_only_comparing_is_affected(tmp_path: Path) -> None:
    found = examined(tmp_path, environ={"PATH": str(tmp_path)})["git"]
    assert found.state is CheckState.WARN
    assert found.seen.startswith("git is not installed")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    made = new_repository(tmp_path / "work")
    for number in range(2):
        made.commit({"a.yaml": f"{number}\n"})
    return made


def test_a_commit_that_git_can_read_is_named_with_its_id(work: Work) -> None:
    found = examined(work.root, base="HEAD~1")
    assert found["git"].seen == f"the repository {work.root}, with its whole history"
    assert found["base"].state is CheckState.OK
    assert len(found["base"].seen.removeprefix("HEAD~1 is ")) == 40


def test_a_shallow_clone_is_a_warning_and_lacks_the_base(work: Work, tmp_path: Path) -> None:
    shallow = clone(work.root, tmp_path / "shallow", "--depth", "1")
    found = examined(shallow.root, base="HEAD~1")
    assert found["git"].state is CheckState.WARN
    assert "fetch-depth: 0" in found["git"].advice
    assert found["base"].state is CheckState.FAIL
    assert "This clone is shallow" in found["base"].seen


def test_in_a_clone_the_next_step_is_to_name_a_base(work: Work) -> None:
    found = examined(work.root)["base"]
    assert (found.state, "--base origin/main" in found.advice) == (CheckState.SKIPPED, True)


def test_an_unknown_base_is_what_the_user_has_to_correct(work: Work) -> None:
    found = examined(work.root, base="no-such")["base"]
    assert (found.state, found.invalid) == (CheckState.FAIL, True)
    assert found.seen.startswith("There is no commit 'no-such'.")


def test_a_folder_that_does_not_exist_yet_is_not_made(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert found["state"].seen.endswith(".trueup is not there yet; the first apply makes it")
    assert [found[name].seen for name in ("lock", "journals")] == ["none", "none"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every folder")
@pytest.mark.parametrize("inside", [True, False])
def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path, *, inside: bool) -> None:
    closed = tmp_path / ".trueup" if inside else tmp_path
    closed.mkdir(exist_ok=True)
    closed.chmod(0o500)
    try:
        found = examined(tmp_path)["state"]
    finally:
        closed.chmod(0o700)
    assert found.state is CheckState.FAIL
    assert found.advice == "Make it writable: apply keeps journals in it."


def test_a_state_folder_that_is_a_link_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / ".trueup").symlink_to("other")
    found = examined(tmp_path)
    assert found["state"].state is CheckState.FAIL
    assert "is a symbolic link" in found["state"].seen
    assert found["lock"].seen == "needs state"


def test_a_lock_is_held_only_while_an_apply_runs(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with locked(folder):
        found = examined(tmp_path)["lock"]
        assert found.state is CheckState.WARN
        assert found.seen == f"an apply is running (process {os.getpid()})"
    # The file stays, and means nothing.
    assert (folder.path / LOCK).exists()
    assert examined(tmp_path)["lock"].seen == "free"


def test_looking_at_the_lock_leaves_it_to_others(tmp_path: Path) -> None:
    with locked(Folder(tmp_path)):
        pass
    examined(tmp_path)
    with (tmp_path / ".trueup" / LOCK).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("version", "state", "seen"),
    [(4, "ok", "1, the newest is 20260501T120000.250000Z-3fa2c1"), (99, "warn", "has format version 99")],
)
def test_a_journal_of_a_later_version_is_a_warning(tmp_path: Path, version: int, state: str, seen: str) -> None:
    runs = tmp_path / ".trueup" / "runs"
    runs.mkdir(parents=True, mode=0o700)
    at = "2026-05-01T12:00:00.250+00:00"
    record = {"record": "run", "formatVersion": version, "at": at, "run": "x", "plan": "", "resources": 1, "pid": 7}
    (runs / "20260501T120000.250000Z-3fa2c1.jsonl").write_text(f"{json.dumps(record)}\n")
    found = examined(tmp_path)["journals"]
    assert found.state.value == state
    assert seen in found.seen
    assert (found.advice == "If a later trueup wrote it, update this one; else see: trueup runs") is (state == "warn")


def test_the_newest_journal_may_be_sealed(tmp_path: Path) -> None:
    runs = tmp_path / ".trueup" / "runs"
    runs.mkdir(parents=True, mode=0o700)
    record = {"record": "run", "formatVersion": JOURNAL_VERSION, "at": "2026-05-01T12:00:00.250+00:00", "run": "x"}
    more = {"plan": "", "resources": 1, "pid": 7}
    line = Seal(b"key", b"place").close(json.dumps({**record, **more}).encode())
    (runs / "1.jsonl").write_bytes(line + b"\n")
    found = examined(tmp_path)["journals"]
    assert (found.state, found.seen) == (CheckState.OK, "1, the newest is 1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize(("check", "file"), [("lock", LOCK), ("journals", "runs/1.jsonl")])
def test_a_file_that_this_user_cannot_read_is_no_fault_of_trueup(tmp_path: Path, check: str, file: str) -> None:
    (tmp_path / ".trueup" / "runs").mkdir(parents=True, mode=0o700)
    closed = tmp_path / ".trueup" / file
    closed.touch(mode=0o000)
    found = examined(tmp_path)[check]
    assert (found.state, found.seen) == (CheckState.FAIL, f"{closed} cannot be read: Permission denied")
    assert found.advice == "Let this user read it, or remove it."


def test_the_sealed_journal_of_an_apply_is_read(tmp_path: Path) -> None:
    (tmp_path / ".trueup" / "runs").mkdir(parents=True, mode=0o700)
    plan = Plan(resources=(), digest="", forecast=Forecast(requests=0, seconds=0))
    FileJournal(kept(tmp_path / ".trueup" / "runs")).begin(plan)
    found = examined(tmp_path)["journals"]
    assert (found.state, found.seen[:18]) == (CheckState.OK, "1, the newest is 2")


def test_a_damaged_journal_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".trueup" / "runs").mkdir(parents=True, mode=0o700)
    (tmp_path / ".trueup" / "runs" / "1.jsonl").write_text("{")
    found = examined(tmp_path)["journals"]
    assert (found.state, found.seen) == (CheckState.WARN, "1.jsonl cannot be read")


@pytest.mark.parametrize(
    ("below", "state", "seen"), [("shared dir/a", "warn", "nfs4"), ("local", "ok", "ext4, of this machine alone")]
)
def test_a_file_system_of_several_machines_is_a_warning(tmp_path: Path, below: str, state: str, seen: str) -> None:
    root = tmp_path / below
    root.mkdir(parents=True)
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(place=str(tmp_path / "shared dir").replace(" ", "\\040")))
    found = examined(root, mounts=mounts)["file system"]
    assert found.state.value == state
    assert seen in found.seen


def test_a_system_that_does_not_list_its_file_systems_skips_them(tmp_path: Path) -> None:
    assert examined(tmp_path, mounts=tmp_path / "none")["file system"].state is CheckState.SKIPPED
