"""A log says what a command waits for, and a failed request can be found by its correlation id."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from acceptance.commands import quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED

pytestmark = [pytest.mark.process, pytest.mark.slow]

BUSY = """\
faults:
  - {effect: too-many-requests, method: GET, path: /connectors/drafts, times: 1, retryAfter: 1, retryAfterForm: seconds}
  - {effect: unavailable, method: POST, path: /search, times: 1, retryAfter: 1, retryAfterForm: seconds}
"""

REFUSING = """\
faults:
  - {effect: reject, status: 400, method: POST, path: "^/connectors/drafts/", times: 1}
"""


@contextmanager
def project(folder: Path, faults: str) -> Iterator[tuple[Path, str]]:
    """Give the quickstart on a served sandbox with these faults, and the sandbox's address."""
    place = quickstart(folder)
    (place / "faults.yaml").write_text(faults)
    with served("--seed", "live.yaml", "--faults", "faults.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        yield place, url


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_retry_is_in_the_log_with_its_cause_and_its_wait(tmp_path: Path, form: str) -> None:
    with project(tmp_path, BUSY) as (place, _):
        done = trueup("plan", "--format", form, cwd=place, env=CREDENTIALS)
    assert done.status in {0, 3}, done
    begun = "\n".join(line for line in done.err.splitlines() if line.startswith("Waiting: "))
    assert re.search(r"Waiting: connect-eu: .*: throttled \(retry 1 of 5 in 1 s: .*HTTP 429", begun)
    assert re.search(r"Waiting: origin: .*: retry \(retry 1 of 5 in 1 s: .*HTTP 503", begun)
    assert done.err.count("Waited 1 s: ") == len(begun.splitlines())
    assert "Waiting" not in done.out


def test_quiet_says_nothing_about_waits(tmp_path: Path) -> None:
    with project(tmp_path, BUSY) as (place, _):
        assert trueup("plan", "--quiet", "--format", "json", cwd=place, env=CREDENTIALS).err == ""


def test_a_failed_request_has_the_correlation_id_that_the_platform_has_logged(tmp_path: Path) -> None:
    with project(tmp_path, REFUSING) as (place, url):
        done = trueup("apply", "--yes", "--format", "json", cwd=place, env=CREDENTIALS)
        logged = httpx.get(f"{url}/_sandbox/requests", trust_env=False).text
    failed = [outcome for outcome in json.loads(done.out)["outcomes"] if outcome["status"] == "failed"]
    ids = [outcome["correlationId"] for outcome in failed]
    assert len(ids) == 1, done
    assert ids[0] in logged
    shown = trueup("runs", "show", "2", cwd=place)
    assert f"For the platform's support: correlation id {ids[0]}. Sent at " in " ".join(shown.out.split())
