"""With JSON, standard output is one document whatever happens, and the exit status agrees with it."""

import fcntl
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control
from trueup.cli.main import COMMANDS

pytestmark = [pytest.mark.process, pytest.mark.slow]

MEMBERS = {"formatVersion", "command", "exitStatus", "diagnostics", "plan", "outcomes", "error"}


def check_document(done: Done, status: int) -> Any:
    """Check that there is exactly one document, of the documented members, whose status is the process's."""
    assert done.status == status, done.out + done.err
    document = json.loads(done.out)
    assert set(document) >= MEMBERS
    assert document["exitStatus"] == status
    assert "Traceback" not in done.err
    parts = ("diagnostics", "error", "plan", "outcomes", "drift", "adopted", "checks", "init", "status")
    told = any(document.get(part) for part in parts)
    assert told or status == 0, "a failure must say why"
    return document


def write(place: Path, name: str, text: str) -> None:
    (place / name).write_text(text)


def write_bytes(place: Path, name: str, data: bytes) -> None:
    (place / name).write_bytes(data)


def outdate(place: Path) -> None:
    """Save a plan and then want something else."""
    assert trueup("plan", "--out", "p.json", "--select", "demo=ok", cwd=place).status == 0
    manifest = place / "connectors" / "tax.yaml"
    manifest.write_text(manifest.read_text().replace("v1.4.0", "v1.4.1"))


def committed(place: Path, *, broken: bool = False) -> None:
    """Put the place into a repository of its own, in which all but the commit may be lost."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@acme.example", "-C", str(place))
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "All.")):
        subprocess.run([*git, *words], check=True)
    if broken:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
        for item in (place / ".git" / "objects").glob("??/*"):
            if item.parent.name + item.name != commit:
                item.unlink()


def spreadsheet(place: Path) -> None:
    """Write a spreadsheet of which one cell is refused, and its map."""
    write(place, "a.csv", "ID,Issued\nE-1,03/04/2025\n")
    columns = "{ID: metadata.externalId, Issued: spec.issueDate}"
    write(place, "map.yaml", f"apiVersion: trueup/v1\nkind: ColumnMap\nmanifests: Certification\ncolumns: {columns}\n")


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
    "missing document": (("show", "none.json"), 64, nothing),
    "document that is none": (("show", "trueup.yaml"), 3, nothing),
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
    "plan of other manifests": (("apply", "--plan", "p.json", "--yes"), 4, outdate),
    "blocked, with a budget": (("apply", "--yes", "--max-changes", "0"), 6, nothing),
    "budget that is none": (("plan", "--max-changes", "many"), 64, nothing),
    "shard that is none": (("plan", "--shard", "3/2"), 64, nothing),
    "base without a repository": (("plan", "--base", "HEAD"), 64, nothing),
    "base that git does not have": (("plan", "--base", "no-such"), 64, committed),
    "base that git cannot give": (("plan", "--base", "HEAD"), 1, lambda place: committed(place, broken=True)),
    "drift, unknown target": (("drift", "--target", "nowhere"), 64, nothing),
    "drift, broken manifest": (("drift",), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "drift, detailed": (("drift", "--detailed-exitcode"), 2, nothing),
    "status, unknown target": (("status", "--target", "nowhere"), 64, nothing),
    "status, broken manifest": (("status",), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "status, of a label without manifests": (("status", "--unmanaged", "--select", "demo=ok"), 64, nothing),
    "adopt, of standard input": (("adopt", "-"), 64, nothing),
    "adopt, broken manifest": (("adopt",), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "adopt, of which a part is left": (("adopt",), 5, nothing),
    "init, no terminal": (("init",), 64, lambda place: (place / "trueup.yaml").unlink()),
    "init, of which a part is left": (("init", "--region", "europe-west1.gcp"), 5, nothing),
    "init, wrong field": (("init", "--region", "mars"), 64, nothing),
    "import, unknown target": (("import", "--target", "nowhere"), 64, nothing),
    "set, unknown resource": (("set", "acme-none", "spec.name=A"), 64, nothing),
    "set, unknown field": (("set", "acme-tax", "spec.nmae=A"), 64, nothing),
    "set, invalid value": (("set", "acme-tax", "spec.name="), 3, nothing),
    "set, broken manifest": (
        ("set", "acme-tax", "spec.name=A"),
        3,
        lambda p: write(p, "connectors/erp.yaml", "kind: ["),
    ),
    "import from a spreadsheet without a map": (("import", "--from", "a.csv"), 64, lambda p: write(p, "a.csv", "A\n1")),
    "import from a spreadsheet, wrong cell": (("import", "--from", "a.csv", "--map", "map.yaml"), 3, spreadsheet),
    "export, no form": (("export",), 64, nothing),
    "export, broken manifest": (("export", "--csv"), 3, lambda place: write(place, "connectors/tax.yaml", "kind: [")),
    "preview without a base": (("preview",), 64, nothing),
    "preview, base without a repository": (("preview", "--base", "HEAD"), 64, nothing),
    "merge without files": (("merge",), 64, nothing),
    "merge of a file that is not there": (("merge", "none.json"), 64, nothing),
    "merge of what is no shard": (("merge", "p.json"), 3, lambda place: write(place, "p.json", "{}")),
    "merge of what is no text": (("merge", "p.json"), 3, lambda place: write_bytes(place, "p.json", b"\xff\xfe{")),
    "runs of a project that is not there": (("runs", "--project", "none.yaml"), 64, nothing),
    "doctor, unknown target": (("doctor", "--target", "nowhere"), 64, nothing),
    "doctor, broken project": (("doctor",), 3, lambda place: write(place, "trueup.yaml", "kind: [")),
    "doctor, base without a repository": (("doctor", "--base", "HEAD"), 3, nothing),
    "sandbox takes no format": (("sandbox",), 64, nothing),
    "schema takes no format": (("schema", "connector"), 64, nothing),
    "completion takes no format": (("completion", "bash"), 64, nothing),
    "explain, unknown code": (("explain", "no-such-code"), 64, nothing),
    "demo, unknown option": (("demo", "--no-such"), 64, nothing),
    "github takes no format": (("github", "run"), 64, nothing),
}


def test_every_command_has_a_failing_path_here() -> None:
    assert set(COMMANDS) == {arguments[0] for arguments, _, _ in LOCAL.values()} - {"plam"}


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
    assert "is running" in document["error"]["message"]
    check_document(trueup("apply", "--yes", "--format", "json", cwd=place), 3)


def test_an_apply_that_a_budget_forbids_is_one_document_with_its_plan(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    done = trueup("apply", "--yes", "--max-changes", "1", "--format", "json", cwd=place)
    document = check_document(done, 6)
    assert "--max-changes 8" in document["error"]["message"]
    assert document["plan"]["resources"]
    assert document["outcomes"] is None
    assert not list((place / ".trueup").glob("runs/*"))


def test_a_deletion_needs_its_tombstone_and_its_option(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    manifest = place / "connectors" / "search-and-mail.yaml"
    gone = "lifecycle:\n  state: absent\n  reason: Replaced."
    # The second connector: the first one has deployments.
    search, mail = manifest.read_text().split("---\n")
    manifest.write_text(f"{search}---\n{mail.rstrip()}\n{gone}\n")
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


REFUSALS: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, ...], int, str]] = {
    "credentials that may only read": (
        ("settings", {"granted_scopes": ["view_connectors"]}),
        ("apply", "--yes", "--target", "connect-eu", "--select", "demo=ok"),
        1,
        "manage_connectors",
    ),
    "a token that Origin does not know": (
        ("settings", {"origin_tokens": ["another"]}),
        ("drift", "--target", "origin"),
        1,
        "access token",
    ),
    "a limit of the account": (
        ("settings", {"origin_document_limit": 1}),
        ("apply", "--yes", "--target", "origin", "--select", "line=flooring"),
        1,
        "package",
    ),
    "a draft that is being published": (
        ("edits", {"connector": "acme-tax", "set": {"status": "Processing"}}),
        ("apply", "--yes", "connectors/tax.yaml"),
        5,
        "is publishing it",
    ),
    "a draft that turns busy": (
        (
            "faults",
            {
                "faults": [
                    {
                        "effect": "foreign-edit",
                        "method": "POST",
                        "path": "drafts/",
                        "edit": {"connector": "acme-tax", "set": {"status": "Processing"}},
                    }
                ]
            },
        ),
        ("apply", "--yes", "connectors/tax.yaml"),
        5,
        "is publishing it",
    ),
    "answers that are lost": (
        (
            "faults",
            {
                "faults": [
                    {"effect": "drop", "method": "POST", "path": "drafts/"},
                    {"effect": "html", "status": 502, "method": "GET", "path": "drafts/[0-9a-f-]{36}"},
                ]
            },
        ),
        ("apply", "--yes", "connectors/tax.yaml"),
        1,
        "unknown",
    ),
    "gateways that know no platform": (
        ("faults", {"faults": [{"effect": "html", "status": 502, "path": "drafts"}]}),
        ("plan", "connectors/tax.yaml"),
        1,
        "HTTP 502",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_way_in_which_a_platform_fails_is_one_document(place: tuple[str, Path], name: str) -> None:
    url, folder = place
    (route, body), arguments, status, words = REFUSALS[name]
    control(url, route, body)
    done = run(folder, *arguments)
    check_document(done, status)
    assert words in done.out


def test_an_address_where_nobody_listens_is_one_document(place: tuple[str, Path]) -> None:
    _, folder = place
    (folder / "trueup.yaml").write_text(SERVED.format(url="http://127.0.0.1:9"))
    document = check_document(run(folder, "plan", "connectors/tax.yaml"), 1)
    assert "no connection to 127.0.0.1" in document["plan"]["resources"][0]["error"]


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
