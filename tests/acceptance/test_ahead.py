"""Live is read while manifests are still being loaded: what people see of it is nothing."""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from acceptance.commands import served, trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

CONNECTORS, CERTIFICATIONS = 600, 40
"""Far more than are loaded before anything is opened."""
READS = {"POST /oauth/token", "GET /connectors/drafts", "POST /equinox/connect/v1/certifications/search"}
CREDENTIALS = {"CTP_CLIENT_ID": "me", "CTP_CLIENT_SECRET": "mine", "ORIGIN_ACCESS_TOKEN": "origin"}


def live_connector(number: int) -> Mapping[str, object]:
    return {
        "key": f"c-{number:04}",
        "name": f"Connector {number}",
        "creator": {"email": "dev@acme.example"},
        "repository": {"url": "git@github.com:acme/c.git", "tag": "v1"},
    }


def connector(number: int) -> str:
    name = f"Connector {number}" if number % 100 else "Another name"
    return (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: c-{number:04}, target: eu}}\nspec:\n  name: {name}\n"
        "  creator: {email: dev@acme.example}\n  repository: {url: 'git@github.com:acme/c.git', tag: v1}\n"
    )


def certification(number: int) -> str:
    return (
        f"apiVersion: trueup/v1\nkind: Certification\nmetadata: {{externalId: E-{number:04}, target: origin}}\n"
        "spec:\n  url: https://acme.example/e.pdf\n  reportingBody: {name: Veritas}\n  standard: {code: EPD}\n"
        "  issueDate: 2024-01-01\n  brands: [{name: ACME Inc.}]\n"
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Write a project of many files, whose targets a served sandbox answers for."""
    seed = {"worlds": {"eu": {"connectors": [live_connector(n) for n in range(CONNECTORS + 7)]}, "origin": {}}}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    with served("--seed", "seed.json", cwd=tmp_path) as url:
        (tmp_path / "trueup.yaml").write_text(
            "apiVersion: trueup/v1\nkind: Project\nmanifests: ['manifests/*.yaml']\ntargets:\n"
            f"  eu: {{platform: connect, apiUrl: '{url}/worlds/eu', authUrl: '{url}/worlds/eu'}}\n"
            f"  origin: {{platform: origin, baseUrl: '{url}/worlds/origin/equinox'}}\n"
            f"  us: {{platform: connect, apiUrl: '{url}/worlds/us', authUrl: '{url}/worlds/us', clientIdEnv: CTP_NO}}\n"
        )
        folder = tmp_path / "manifests"
        folder.mkdir()
        for number in range(CONNECTORS):
            (folder / f"c-{number:04}.yaml").write_text(connector(number))
        for number in range(CERTIFICATIONS):
            (folder / f"b-{number:04}.yaml").write_text(certification(number))
        (tmp_path / "url").write_text(url)
        yield tmp_path


def asked(project: Path) -> Counter[str]:
    """Return how often each place was asked, whatever for."""
    with urllib.request.urlopen(f"{(project / 'url').read_text()}/_sandbox/requests", timeout=60) as answer:
        return Counter(f"{entry['method']} {entry['path'].split('?')[0]}" for entry in json.load(answer)["requests"])


def test_a_plan_of_many_files_asks_for_each_thing_once(project: Path) -> None:
    done = trueup("plan", cwd=project, env=CREDENTIALS)
    assert done.status == 0, done.err
    assert f"\nPlan: {CERTIFICATIONS} to create, 6 to update" in done.out
    assert asked(project) == {
        "POST /oauth/token": 1,
        "GET /connectors/drafts": 2,
        "POST /equinox/connect/v1/certifications/search": CERTIFICATIONS,
    }


def test_drift_of_many_files_is_what_differs(project: Path) -> None:
    done = trueup("drift", "--target", "eu", "--format", "json", cwd=project, env=CREDENTIALS)
    drifted = [r["identity"]["value"] for r in done.document["drift"]["resources"] if r["fate"] != "same"]
    assert drifted == [f"c-{number:04}" for number in range(0, CONNECTORS, 100)]
    assert asked(project) == {"POST /oauth/token": 1, "GET /connectors/drafts": 2}


def test_a_wrong_file_at_the_end_stops_everything_as_it_does_in_few_files(project: Path) -> None:
    wrong = project / "manifests" / "z.yaml"
    wrong.write_text(connector(1))
    twice = trueup("plan", cwd=project, env=CREDENTIALS)
    assert (twice.status, twice.out) == (3, "")
    assert twice.err.startswith("manifests/z.yaml:3:"), twice.err
    wrong.write_text("kind: Connector\n")
    done = trueup("plan", "--format", "json", cwd=project, env=CREDENTIALS)
    assert done.status == 3
    assert done.document["plan"] is None
    assert {problem["position"]["file"] for problem in done.document["diagnostics"]} == {"manifests/z.yaml"}
    assert asked(project).keys() <= READS
    kept = trueup("plan", "--keep-going", cwd=project, env=CREDENTIALS)
    assert kept.status == 3
    assert f"\nPlan: {CERTIFICATIONS} to create, 6 to update" in kept.out


def test_credentials_that_are_missing_are_told_before_anything_is_planned(project: Path) -> None:
    few = {name: value for name, value in CREDENTIALS.items() if name != "ORIGIN_ACCESS_TOKEN"}
    done = trueup("plan", cwd=project, env=few)
    assert (done.status, done.out) == (3, "")
    assert "the environment variable ORIGIN_ACCESS_TOKEN is not set" in done.err
    assert "CTP_NO" not in done.err
    (project / "manifests" / "c-0000.yaml").write_text(connector(0).replace("target: eu", "target: us"))
    done = trueup("plan", cwd=project, env=CREDENTIALS)
    assert "the environment variable CTP_NO is not set" in done.err
    assert "ORIGIN_ACCESS_TOKEN" not in done.err
