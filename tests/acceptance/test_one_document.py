"""With JSON, standard output is one document whatever happens, and the exit status agrees with it."""

import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control

pytestmark = pytest.mark.process

MEMBERS = {"formatVersion", "command", "exitStatus", "diagnostics", "plan", "outcomes", "error"}


def check_document(done: Done, status: int) -> Any:
    """Check that there is exactly one document, of the documented members, whose status is the process's."""
    assert done.status == status, done.out + done.err
    document = json.loads(done.out)
    assert set(document) >= MEMBERS
    assert document["exitStatus"] == status
    assert "Traceback" not in done.err
    told = bool(document["diagnostics"] or document["error"] or document["plan"] or document["outcomes"])
    assert told or status == 0, "a failure must say why"
    return document


def write(place: Path, name: str, text: str) -> None:
    (place / name).write_text(text)


def nothing(_: Path) -> None:
    """Leave the quickstart as it is."""


LOCAL: dict[str, tuple[tuple[str, ...], int, Callable[[Path], None]]] = {
    "unknown option": (("plan", "--no-such"), 64, nothing),
    "unknown command": (("plam",), 64, nothing),
    "unknown target": (("plan", "--target", "conect-eu"), 64, nothing),
    "malformed selection": (("plan", "--select", "demo"), 64, nothing),
    "selection that matches nothing": (("validate", "--select", "demo=nobody"), 64, nothing),
    "no terminal to ask on": (("apply",), 64, nothing),
    "missing plan": (("apply", "--plan", "none.json", "--yes"), 64, nothing),
    "plan with paths": (("apply", "connectors", "--plan", "none.json", "--yes"), 64, nothing),
    "unknown run": (("runs", "show", "nobody"), 64, nothing),
    "missing project file": (("plan", "--project", "none.yaml"), 64, nothing),
    "file that is not there": (("validate", "none.yaml"), 3, nothing),
    "broken project": (("plan",), 3, lambda place: write(place, "trueup.yaml", "kind: [")),
    "broken manifest": (("plan",), 3, lambda place: write(place, "connectors/tax.yaml", "kind: Connector\n\tx: 1")),
    "broken manifest, apply": (("apply", "--yes"), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "broken manifest, keep going": (
        ("plan", "--keep-going"),
        3,
        lambda place: write(place, "connectors/tax.yaml", "kind: ["),
    ),
    "broken manifest, validate": (("validate",), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "blocked": (("plan",), 3, nothing),
    "blocked, apply": (("apply", "--yes"), 3, nothing),
    "pending": (("plan", "--select", "demo=ok", "--detailed-exitcode"), 2, nothing),
    "broken seed": (("plan",), 3, lambda place: write(place, "live.yaml", "connectors: 7")),
    "damaged plan": (("apply", "--plan", "p.json", "--yes"), 3, lambda place: write(place, "p.json", "{")),
    "plan that cannot be saved": (("plan", "--out", "no/such/folder/p.json"), 64, nothing),
}


@pytest.mark.parametrize("name", LOCAL)
def test_every_failing_path_on_this_machine_prints_one_document(tmp_path: Path, name: str) -> None:
    arguments, status, prepare = LOCAL[name]
    place = quickstart(tmp_path)
    prepare(place)
    check_document(trueup(*arguments, "--format", "json", cwd=place), status)


def test_a_second_apply_at_once_is_refused_with_one_document(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    (place / ".trueup").mkdir()
    with (place / ".trueup" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        document = check_document(trueup("apply", "--yes", "--format", "json", cwd=place), 6)
    assert "under way" in document["error"]["message"]
    check_document(trueup("apply", "--yes", "--format", "json", cwd=place), 3)


def test_an_apply_that_a_budget_forbids_is_one_document_with_its_plan(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    done = trueup("apply", "--yes", "--max-changes", "1", "--format", "json", cwd=place)
    document = check_document(done, 6)
    assert "--max-changes 6" in document["error"]["message"]
    assert document["plan"]["resources"]
    assert document["outcomes"] is None
    assert not list((place / ".trueup").glob("runs/*"))


def test_a_deletion_needs_its_tombstone_and_its_option(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    manifest = place / "connectors" / "search-and-mail.yaml"
    gone = "lifecycle:\n  state: absent\n  reason: Replaced."
    manifest.write_text(manifest.read_text().replace("lifecycle:", gone, 1))
    chosen = ("apply", "connectors/search-and-mail.yaml", "--yes", "--format", "json")
    refused = check_document(trueup(*chosen, cwd=place), 6)
    assert "--allow-delete 1" in refused["error"]["message"]
    (place / "broken.yaml").write_text("kind: [")
    held = check_document(trueup(*chosen, "broken.yaml", "--keep-going", "--allow-delete", "1", cwd=place), 3)
    assert "blocked" in {outcome["status"] for outcome in held["outcomes"]}
    check_document(trueup(*chosen, "--allow-delete", "1", cwd=place), 0)
    again = check_document(trueup("plan", *chosen[1:2], "--detailed-exitcode", "--format", "json", cwd=place), 0)
    assert all(not resource["actions"] for resource in again["plan"]["resources"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=folder) as url:
        (folder / "trueup.yaml").write_text(SERVED.format(url=url))
        yield url, folder


def run(folder: Path, *arguments: str) -> Done:
    return trueup(*arguments, "--format", "json", cwd=folder, env=CREDENTIALS)


def test_missing_credentials_are_one_document(place: tuple[str, Path]) -> None:
    document = check_document(trueup("plan", "--format", "json", cwd=place[1]), 3)
    assert {d["code"] for d in document["diagnostics"]} == {"missing-credential"}


def test_a_platform_that_fails_is_one_document(place: tuple[str, Path]) -> None:
    url, folder = place
    control(url, "settings", {"refused_clients": ["me"]})
    document = check_document(run(folder, "plan"), 1)
    assert "unreadable" in {resource["verdict"] for resource in document["plan"]["resources"]}


def test_an_apply_of_which_a_part_fails_is_one_document(place: tuple[str, Path]) -> None:
    url, folder = place
    control(url, "settings", {"origin_reporting_bodies": ["Nobody"]})
    document = check_document(run(folder, "apply", "--yes", "--select", "demo=ok"), 5)
    statuses = {outcome["status"] for outcome in document["outcomes"]}
    assert {"applied", "failed"} <= statuses


def test_a_stale_apply_is_one_document(place: tuple[str, Path]) -> None:
    url, folder = place
    check_document(run(folder, "plan", "--select", "demo=ok", "--out", "plan.json"), 0)
    control(url, "edits", {"connector": "acme-tax", "set": {"description": "Somebody else."}})
    check_document(run(folder, "apply", "--plan", "plan.json", "--yes"), 4)
