"""A process killed before and after every request of an apply of twenty resources leaves nothing undecided behind."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import SECONDS, Done, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import control
from trueup.apply.history import list_runs
from trueup.apply.last_applied import recall
from trueup.cli.files import ProjectState
from trueup.model.run import Run

pytestmark = [pytest.mark.process, pytest.mark.slow]

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
READ, WRITE = "r", "w"
PLANNING = READ * (1 + 1 + len(CERTIFICATIONS))
"""A token, one page of connectors, and a search for each certification; their order is not told."""
APPLYING = "".join(
    [("rw", "w")[number % 2] for number in CONNECTORS] + [("rwrwr", "rwr")[number % 2] for number in CERTIFICATIONS]
)
"""What is created, and what is changed; a certification that is created gets its brand in a second write."""
REQUESTS = PLANNING + APPLYING

EVERY = 1 if os.environ.get("CI") else 9  # odd, so that both sides have their turn
BOUNDARIES = [f"{side}:{number}" for number in range(1, len(REQUESTS) + 1) for side in ("before", "after")][::EVERY]


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
    for journal in (folder / ".trueup" / "runs").glob("*.json*"):
        journal.unlink()


def apply_dying(boundary: str, folder: Path, *arguments: str) -> Done:
    script = Path(__file__).parent / "killed_apply.py"
    done = subprocess.run(
        [sys.executable, str(script), boundary, "apply", "--yes", *arguments],
        cwd=folder,
        env={**os.environ, **CREDENTIALS},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def killed_at(boundary: str, folder: Path) -> None:
    done = apply_dying(boundary, folder, "--concurrency", "1", "--quiet")
    assert done.status == -signal.SIGKILL, done.out + done.err


def is_read(entry: Mapping[str, Any]) -> bool:
    method, path = str(entry["method"]), str(entry["path"])
    return method == "GET" or path.endswith(("/oauth/token", "/search"))


def performed(url: str) -> Counter[str]:
    """Count, by path, the writes that the sandbox carried out."""
    log = control(url, "requests")["requests"]
    return Counter(entry["path"] for entry in log if not is_read(entry) and (entry["status"] or 0) < 300)


def essence(state: Any) -> Any:
    """Return what was stored, without what differs from run to run."""
    return sorted((d["key"], d["name"], d["description"], d["repository"]["tag"]) for d in state["connector"]), sorted(
        (d["externalId"], d["certificateNumber"], str(d["brands"])) for d in state["certification"]
    )


def test_an_apply_that_nobody_kills_sends_the_requests_that_are_counted_here(place: tuple[str, Path]) -> None:
    url, folder = place
    start_over(url, folder)
    done = apply_dying("never", folder, "--concurrency", "1", "--quiet")
    assert done.status == 0, done.out + done.err
    log = control(url, "requests")["requests"]
    assert "".join(READ if is_read(entry) else WRITE for entry in log) == REQUESTS


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_a_boundary_the_journal_knows_and_one_more_apply_converges(
    place: tuple[str, Path], boundary: str
) -> None:
    url, folder = place
    start_over(url, folder)
    killed_at(boundary, folder)
    side, _, text = boundary.partition(":")
    number = int(text)
    intents, dies_writing = REQUESTS[:number].count(WRITE), REQUESTS[number - 1] == WRITE
    assert sum(performed(url).values()) == intents - (dies_writing and side == "before")
    runs = list_runs(ProjectState(folder).journals)
    assert len(runs) == (number > len(PLANNING)), "a run begins when its plan is made"
    for run in runs:
        assert_journal_tells(run, intents, unknown=[intents] if dies_writing else [])

    again = apply_dying("never", folder, "--format", "json")
    assert again.status == 0, again.out + again.err
    told = [run.id for run in runs if run.id in again.err]
    assert told == [run.id for run in runs if run.open], "the next run must tell what the last one left open"
    assert essence(control(url, "state")) == wanted()
    writes = performed(url)
    assert writes["/connectors/drafts"] == len(CONNECTORS) // 2
    assert writes["/equinox/connect/v1/certifications/create"] == len(CERTIFICATIONS) // 2
    assert recall(ProjectState(folder).journals).open == {}


def test_the_list_of_runs_shows_what_a_killed_run_does_not_know(place: tuple[str, Path]) -> None:
    url, folder = place
    start_over(url, folder)
    killed_at(f"after:{REQUESTS.index(WRITE) + 1}", folder)
    (run,) = list_runs(ProjectState(folder).journals)
    shown = trueup("runs", "show", run.id[:-2], cwd=folder)
    assert (shown.status, shown.out.count("no answer on record")) == (0, 1)
    assert "did not finish" in shown.out
    assert "1 of them unsettled" in trueup("runs", cwd=folder).out
    assert trueup("apply", "--yes", cwd=folder, env=CREDENTIALS).status == 0
    later, _ = list_runs(ProjectState(folder).journals)
    assert f"settled later: by run {later.id}: " in trueup("runs", cwd=folder).out
    assert trueup("plan", "--detailed-exitcode", cwd=folder, env=CREDENTIALS).status == 0


def assert_journal_tells(run: Run, writes: int, *, unknown: list[int]) -> None:
    """Check that exactly the write at which the process died is unknown, and all before it are known."""
    assert not run.ended
    assert not run.damaged
    assert [write.number for write in run.writes] == list(range(1, writes + 1))
    assert [write.number for write in run.writes if write.open] == [write.number for write in run.open] == unknown


def wanted() -> Any:
    return (
        [(f"c-{n:02}", f"Wanted {n}", "Wanted", "v2") for n in CONNECTORS],
        [(f"e-{n:02}", f"W-{n}", str([{"name": "Acme"}])) for n in CERTIFICATIONS],
    )
