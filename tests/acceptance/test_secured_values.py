"""The values of secrets that deployments get are in no output, log or file, nor in what the sandbox keeps of them."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from acceptance.commands import Done, served, trueup
from acceptance.deploying_team import PLATFORM, connector
from acceptance.test_saved_plan import control
from acceptance.test_secrets import leaks
from deployments_api import CONNECTOR, CONTRACT
from repositories import Work, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

CANARY, IN_A_FILE = 'canary/"token"-é-77', "canary-of-a-file-4b1e"
ENV: Final = {"CTP_CLIENT_ID": "me", "CTP_CLIENT_SECRET": "mine", "ACME_API_TOKEN": CANARY}
FORMS: Final = frozenset(
    form
    for text in (CANARY, IN_A_FILE, '"token"-é')
    for form in (
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        quote(text, safe=""),
        b64encode(text.encode()).decode(),
    )
)
SECOND: Final = {"key": "VAULT_TOKEN", "description": "Token", "required": False}
DECLARED: Final = {
    **CONTRACT,
    "globalConfiguration": {**CONTRACT["globalConfiguration"], "securedConfiguration": [SECOND]},
}
PROJECT: Final = """\
apiVersion: trueup/v1
kind: Project
manifests: ["connectors/*.yaml", "deployments/*.yaml"]
targets:
  eu: {{platform: connect, projectKey: acme-shop, apiUrl: "{url}", authUrl: "{url}"}}
"""
DEPLOYMENT: Final = """\
apiVersion: trueup/v1
kind: Deployment
metadata: {{key: acme-tax-live}}
spec:
  connector: {{key: acme-tax}}
  type: sandbox
  region: europe-west1.gcp
  globalConfiguration:
    standardConfiguration: {{CTP_REGION: europe-west1.gcp}}
    securedConfiguration:
      VAULT_TOKEN: {{fromFile: secrets/vault, revision: "{revision}"}}
  applications:
    calculator:
      standardConfiguration: {{RATE_TABLE: eu}}
      securedConfiguration:
        API_TOKEN: {{fromEnv: ACME_API_TOKEN, revision: "{revision}"}}
"""
WRITES: Final = {"method": "POST", "path": "/deployments/"}
FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "lost": {"effect": "drop"},
    "lost and performed": {"effect": "drop", "performed": True},
    "refused": {"effect": "refuse"},
    "general": {"effect": "general-error", "performed": True},
    "400": {"effect": "reject", "status": 400},
    "404": {"effect": "reject", "status": 404},
    "409": {"effect": "reject", "status": 409},
    "gateway": {"effect": "html", "status": 502},
    "busy": {"effect": "too-many-requests"},
    "unavailable": {"effect": "unavailable", "page": True},
}


class Place:
    """A project on a served sandbox whose state is a file beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.project = url, folder, folder / "project"
        self.revision = 0
        for name, text in {**connector(), "trueup.yaml": PROJECT.format(url=url), "secrets/vault": IN_A_FILE}.items():
            file = self.project / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.revise()
        new_repository(self.project)
        (self.project / ".gitignore").write_text("secrets\n")
        Work(self.project).commit()

    def revise(self) -> None:
        """Ask for both secured values to be written again."""
        self.revision += 1
        file = self.project / "deployments" / "tax.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(DEPLOYMENT.format(revision=self.revision))

    def run(self, *words: str, env: Mapping[str, str] = ENV) -> Done:
        done = trueup(*words, cwd=self.project, env=env)
        kept = {name: json.dumps(control(self.url, name)) for name in ("requests", "state", "faults")}
        for name, text in kept.items():
            (self.folder / f"{name}.json").write_text(text)
        found = [leak for leak in leaks(done, self.folder, forms=FORMS) if "secrets/vault" not in leak]
        assert found == [], (words, found)
        return done


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with served("--state", str(tmp_path / "served.db"), cwd=tmp_path) as url:
        control(url, "settings", PLATFORM)
        place = Place(url, tmp_path)
        control(url, "seed", {"connectors": [{**CONNECTOR, **DECLARED, "description": "As before"}]})
        yield place


FORMATS: Final = ("text", "markdown", "json", "github", "html", "junit", "sarif")
LATER: Final = (
    ("validate",),
    ("preview", "--base", "HEAD"),
    ("runs",),
    ("runs", "show", "1"),
    ("status", "--debug"),
    ("drift", "--debug"),
    ("adopt", "--debug"),
    ("doctor", "--debug", "--verbose"),
    ("show", "saved.json"),
    ("import", "--debug", "--out", "imported"),
    ("export", "--csv"),
    ("plan", "--write-secured", "API_TOKEN", "--debug", "--verbose"),
    ("set", "acme-tax-live", "spec.applications.calculator.securedConfiguration.API_TOKEN.revision=9"),
)


def test_no_secured_value_is_in_what_a_deployment_leaves(place: Place) -> None:
    created = place.run("apply", "--yes", "--debug", "--report", "a.html", "--junit", "a.xml")
    assert created.status == 0, created
    assert "POST" in created.err
    log = control(place.url, "requests")["requests"]
    assert any("sha256:" in json.dumps(each["body"]) for each in log if each["path"].endswith("/deployments"))
    place.revise()
    for form in FORMATS:
        place.run("plan", "--verbose", "--format", form, "--out", "saved.json")
    applied = place.run("apply", "--plan", "saved.json", "--yes", "--format", "json", "--report", "b.html")
    assert (applied.status, applied.document["outcomes"][-1]["status"]) == (0, "applied")
    for words in LATER:
        place.run(*words)
    assert place.run("apply", "--yes", "--write-secured", "VAULT_TOKEN").status == 0


def test_no_secured_value_is_shown_when_one_of_them_is_missing(place: Place) -> None:
    (place.project / "secrets" / "vault").write_bytes(IN_A_FILE.encode() + b"\xff")
    for form in ("text", "json"):
        done = place.run("apply", "--yes", "--debug", "--format", form)
        assert (done.status, "is not UTF-8 text" in done.out + done.err) == (3, True), done


def test_no_secured_value_is_shown_whatever_becomes_of_the_request(place: Place) -> None:
    assert place.run("apply", "--yes").status == 0
    for number, fault in enumerate(FAULTS.values()):
        place.revise()
        control(place.url, "faults", {"faults": [{**fault, **WRITES, "times": 4}]})
        form = ("text", "json", "markdown")[number % 3]
        done = place.run("apply", "--yes", "--debug", "--format", form, "--report", "a.html")
        assert "POST" in done.err, (fault, done)
        control(place.url, "faults", method="DELETE")
        place.run("runs", "show", "1", "--format", "json")


def test_the_search_would_find_a_secured_value(place: Place) -> None:
    (place.folder / "leak").write_text(json.dumps({"value": CANARY}))
    with pytest.raises(AssertionError, match="leak"):
        place.run("validate")
