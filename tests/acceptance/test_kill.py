"""A process killed at every boundary of an apply of twenty resources leaves nothing undecided behind."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import SECONDS, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control
from trueup.apply.runs import Run, list_runs, unsettled

pytestmark = pytest.mark.process

CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata: {{key: c-{number:02}}}
spec:
  name: Wanted {number}
  description: Wanted
  creator: {{email: a@b.example}}
  repository: {{url: "git@github.com:acme/c.git", tag: v2}}
---
"""
CERTIFICATION = """\
apiVersion: trueup/v1
kind: Certification
metadata: {{externalId: e-{number:02}}}
spec:
  certificateNumber: W-{number}
  url: https://acme.example/e.pdf
  reportingBody: {{name: Veritas}}
  standard: {{code: EPD}}
  brands: [{{name: Acme}}]
---
"""
CONNECTORS, CERTIFICATIONS = range(12), range(8)
SEED = {
    "connectors": [
        {
            "key": f"c-{number:02}",
            "name": "Before",
            "creator": {"email": "a@b.example"},
            "repository": {"url": "git@github.com:acme/c.git", "tag": "v1"},
        }
        for number in CONNECTORS
        if number % 2
    ],
    "certifications": [
        {
            "externalId": f"e-{number:02}",
            "certificateNumber": "B",
            "url": "https://acme.example/e.pdf",
            "reportingBody": {"name": "Veritas"},
            "standard": {"code": "EPD"},
        }
        for number in CERTIFICATIONS
        if number % 2
    ],
}
WRITES = len(CONNECTORS) + len(CERTIFICATIONS) + sum(1 for number in CERTIFICATIONS if not number % 2)
"""One a resource; a certification that is created gets its brand in a second one."""

EVERY = 1 if os.environ.get("CI") else 8
BOUNDARIES = [f"{side}:{number}" for number in range(1, WRITES + 1) for side in ("before", "after")][::EVERY]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("killed")
    manifests = [CONNECTOR.format(number=n) for n in CONNECTORS] + [
        CERTIFICATION.format(number=n) for n in CERTIFICATIONS
    ]
    (folder / "connectors").mkdir()
    (folder / "connectors" / "all.yaml").write_text("".join(manifests))
    with served(cwd=folder) as url:
        (folder / "trueup.yaml").write_text(SERVED.format(url=url))
        yield url, folder


def start_over(url: str, folder: Path) -> None:
    control(url, "state", method="DELETE")
    control(url, "seed", SEED)
    control(url, "requests", method="DELETE")
    for journal in (folder / ".trueup" / "runs").glob("*.jsonl"):
        journal.unlink()


def killed_at(boundary: str, folder: Path) -> None:
    script = Path(__file__).parent / "killed_apply.py"
    command = [sys.executable, str(script), boundary, "apply", "--yes", "--concurrency", "1", "--quiet"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **CREDENTIALS},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def performed(url: str) -> Counter[str]:
    """Count, by path, the writes that the sandbox carried out."""
    log = control(url, "requests")["requests"]
    reads = ("/oauth/token", "/search")
    return Counter(
        entry["path"]
        for entry in log
        if entry["method"] == "POST" and not entry["path"].endswith(reads) and (entry["status"] or 0) < 300
    )


def essence(state: Any) -> Any:
    """Return what was stored, without what differs from run to run."""
    return sorted((d["key"], d["name"], d["description"], d["repository"]["tag"]) for d in state["connector"]), sorted(
        (d["externalId"], d["certificateNumber"], str(d["brands"])) for d in state["certification"]
    )


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_a_boundary_the_journal_knows_and_one_more_apply_converges(
    place: tuple[str, Path], boundary: str
) -> None:
    url, folder = place
    start_over(url, folder)
    killed_at(boundary, folder)
    side, _, number = boundary.partition(":")
    (run,) = list_runs(folder / ".trueup" / "runs")
    carried_out = sum(performed(url).values())
    assert carried_out == int(number) - (side == "before")
    assert_journal_tells(run, int(number))

    again = trueup("apply", "--yes", "--format", "json", cwd=folder, env=CREDENTIALS)
    assert again.status == 0, again.out + again.err
    assert run.id in again.err, "the next run must tell what the last one left open"
    state = control(url, "state")
    assert essence(state) == wanted()
    creations = performed(url)["/connectors/drafts"]
    assert creations == len(CONNECTORS) // 2
    assert unsettled(list_runs(folder / ".trueup" / "runs")) == {}


def test_the_list_of_runs_shows_what_a_killed_run_does_not_know(place: tuple[str, Path]) -> None:
    url, folder = place
    start_over(url, folder)
    killed_at("after:2", folder)
    (run,) = list_runs(folder / ".trueup" / "runs")
    shown = trueup("runs", "show", run.id[:-2], cwd=folder)
    assert (shown.status, shown.out.count("no answer on record")) == (0, 1)
    assert "did not come to its end" in shown.out
    assert "1 of them unsettled" in trueup("runs", cwd=folder).out
    assert trueup("apply", "--yes", cwd=folder, env=CREDENTIALS).status == 0
    later, _ = list_runs(folder / ".trueup" / "runs")
    assert f"settled later: by run {later.id}: " in trueup("runs", cwd=folder).out
    assert trueup("plan", "--detailed-exitcode", cwd=folder, env=CREDENTIALS).status == 0


def assert_journal_tells(run: Run, number: int) -> None:
    """Check that exactly the write at which the process died is unknown, and all before it are known."""
    assert not run.ended
    assert not run.damaged
    assert [write.number for write in run.writes] == list(range(1, number + 1))
    assert [write.number for write in run.open] == [number]


def wanted() -> Any:
    return (
        [(f"c-{n:02}", f"Wanted {n}", "Wanted", "v2") for n in CONNECTORS],
        [(f"e-{n:02}", f"W-{n}", str([{"name": "Acme"}])) for n in CERTIFICATIONS],
    )
