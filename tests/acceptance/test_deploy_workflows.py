"""The example workflows that deploy, each run on the example project against platforms with two projects."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import pytest

from acceptance.act import Act
from acceptance.commands import REPOSITORY, served
from acceptance.jobs import Engine, Interpreter, Ran, Start
from acceptance.runner import WITH_ACT, Consumer
from acceptance.test_saved_plan import control
from github import events
from github.events import Event
from github.faults import Faults
from github.git import done, tip
from github.merging import Push, checked_out, merged, opened, pushed_directly
from github.server import served as served_state
from github.state import State
from repositories import new_repository

EXAMPLE: Final = REPOSITORY / "examples" / "deploy"
TAX, LIVE, MAIL = "connectors/tax.yaml", "deployments/tax.yaml", "deployments/mail.yaml"
MOST_LINES: Final = 40

SECRETS: Final = {name: f"canary-{name}".lower() for name in ("CTP_CLIENT_SECRET", "TAX_API_TOKEN", "MAIL_API_KEY")}
CLIENTS: Final = {"canary-client-de": "shop-de", "canary-client-fr": "shop-fr"}
ENVIRONMENTS: Final = {
    "shop-fr": {"CTP_CLIENT_ID": "canary-client-fr"},
    **{name: {"CTP_CLIENT_ID": "canary-client-de"} for name in ("preview", "plan", "production", "shop-de")},
}


def connector(key: str, url: str, application: str, *, keys: tuple[str, ...], secret: str, **more: Any) -> Any:
    """Return a published connector with one service."""
    declared = {
        "applicationName": application,
        "applicationType": "service",
        "standardConfiguration": [{"key": key, "description": key, "required": False} for key in keys],
        "securedConfiguration": [{"key": secret, "description": secret, "required": True}],
    }
    state = {"status": "Published", "alreadyListed": True, "hasChanges": False, "isPreviewable": "true"}
    of = {"name": key, "creator": {"email": "dev@acme.example"}, "integrationTypes": ["tax"]}
    return {
        "key": key,
        **of,
        **state,
        "repository": {"url": url, "tag": "v1.4.0"},
        "configurations": [declared],
        **more,
    }


SEED: Final = {
    "connectors": [
        connector(
            "acme-tax",
            "git@github.com:acme/connect-tax.git",
            "calculator",
            keys=("RATE_TABLE", "LOG_LEVEL"),
            secret="API_TOKEN",
            name="Acme Tax",
            private=True,
            privateProjects=["europe-west1.gcp:shop-de", "europe-west1.gcp:shop-fr"],
        ),
        connector(
            "vendor-mail",
            "https://github.com/vendor/mail.git",
            "mailer",
            keys=("SENDER",),
            secret="API_KEY",
            private=False,
        ),
    ],
    "deployments": [
        {
            "key": "newsletter",
            "projectKey": "shop-de",
            "connector": {
                "key": "vendor-mail",
                "version": 1,
                "repository": {"url": "https://x.example", "tag": "v1.2.0"},
            },
            "type": "production",
            "region": "europe-west1.gcp",
            "configurations": [
                {
                    "applicationName": "mailer",
                    "standardConfiguration": [{"key": "SENDER", "value": "news@acme.example"}],
                    "securedConfiguration": [{"key": "API_KEY", "value": "the first one"}],
                }
            ],
            "globalConfiguration": {"standardConfiguration": [], "securedConfiguration": []},
        }
    ],
}
QUICK: Final = dict.fromkeys(("preview_seconds", "publish_seconds", "ready_seconds", "deployment_seconds"), 0.1)


@dataclass(frozen=True)
class Shop:
    """A repository with the example project, and the platforms that it is about."""

    state: State
    engine: Engine
    url: str

    def runs(self, name: str, event: Event) -> Ran:
        """Run an example workflow for an event."""
        path = f"examples/workflows/{name}.yml"
        run = self.state.add_run(event.sha, event=event.name, head_branch="main", path=path, status="in_progress")
        secrets = {**SECRETS, **ENVIRONMENTS["production"]}
        (ran,) = self.engine.ran(Start(event, run, path, [{}], secrets, environments=ENVIRONMENTS))
        run.status = "completed"
        return ran

    def pushes(self, file: str, old: str, new: str) -> Event:
        return self.landed(pushed_directly(self.state, self.edited(file, old, new)))

    def landed(self, push: Push) -> Event:
        checked_out(self.state, push.after)
        return events.push(self.state, push)

    def edited(self, file: str, old: str, new: str) -> Mapping[str, str]:
        assert self.state.work is not None
        text = (self.state.work.root / file).read_text()
        assert old in text
        return {file: text.replace(old, new, 1)}

    def tags(self, name: str) -> Event:
        """Return the event of a tag that was pushed."""
        sha = tip(self.state)
        done(self.state, "tag", name, sha)
        pushed = events.push(self.state, Push("0" * 40, sha))
        ref = f"refs/tags/{name}"
        return replace(pushed, payload={**pushed.payload, "ref": ref}, ref=ref)

    def deployed(self) -> dict[str, tuple[str, str]]:
        """Return the tag and the status of each deployment, by project and key."""
        found = control(self.url, "state")["deployment"]
        return {
            f"{one['_sandbox']['project']}/{one['key']}": (one["connector"]["repository"]["tag"], one["status"])
            for one in found
        }

    def published(self) -> str:
        (tag,) = [
            one["_sandbox"]["connector"]["repository"]["tag"]
            for one in control(self.url, "state")["connector"]
            if one["key"] == "acme-tax"
        ]
        return str(tag)


MAILING: Final = ("v1.2.0", "Deployed")
"""What the deployment of another company's connector runs; none of the workflows gives it new code."""


@pytest.fixture
def platforms(tmp_path: Path) -> Iterator[str]:
    with served(cwd=tmp_path) as url:
        control(url, "settings", {"projects": CLIENTS, **QUICK})
        control(url, "seed", SEED)
        yield url


def project(url: str) -> str:
    """Return the example's project file for a served sandbox."""
    text = (EXAMPLE / "trueup.yaml").read_text()
    assert text.count("region: europe-west1.gcp") == len(CLIENTS)
    return text.replace("region: europe-west1.gcp", f'apiUrl: "{url}", authUrl: "{url}"')


@pytest.fixture
def shop(tmp_path: Path, platforms: str, request: pytest.FixtureRequest) -> Iterator[Shop]:
    state = State()
    work = new_repository(tmp_path / "consumer")
    copytree(EXAMPLE, work.root, dirs_exist_ok=True)
    state.work = work
    checked_out(state, work.commit({"trueup.yaml": project(platforms)}))
    with served_state(state, Faults()) as api:
        engine: Engine = Interpreter(state, tmp_path / "runner", api)
        if getattr(request, "param", "") == "act":
            engine = Act(state, Consumer(tmp_path / "runner", api, request.getfixturevalue("machine")))
        yield Shop(state, engine, platforms)


@pytest.mark.parametrize("file", sorted(REPOSITORY.glob("examples/workflows/deploy-*.yml")), ids=lambda file: file.stem)
def test_a_workflow_that_deploys_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= MOST_LINES


@pytest.mark.process
@pytest.mark.slow
def test_a_tag_runs_as_a_preview_and_is_not_published(shop: Shop) -> None:
    ran = shop.runs("deploy-preview", shop.tags("v1.5.0-rc.1"))
    assert ran.ended == {"preview": "success"}, ran.log
    assert shop.deployed() == {
        "shop-de/newsletter": MAILING,
        "shop-de/acme-tax-preview": ("v1.5.0-rc.1", "Deployed"),
    }
    assert shop.published() == "v1.4.0"
    again = shop.runs("deploy-preview", shop.tags("v1.5.0-rc.2"))
    assert again.ended == {"preview": "success"}, again.log
    assert shop.deployed()["shop-de/acme-tax-preview"] == ("v1.5.0-rc.2", "Deployed")


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("shop", ["interpreter", pytest.param("act", marks=WITH_ACT)], indirect=True)
def test_a_merged_tag_goes_to_production_with_the_plan_that_was_approved(shop: Shop) -> None:
    ran = shop.runs("deploy-production", shop.pushes(TAX, "v1.4.0", "v1.5.0"))
    assert ran.ended == {"plan": "success", "apply": "success"}, ran.log
    plan, apply = ran.jobs
    assert plan.outputs["digest"] == apply.outputs["digest"]
    assert shop.deployed() == {"shop-de/newsletter": MAILING, "shop-de/acme-tax": ("v1.5.0", "Deployed")}
    assert shop.published() == "v1.5.0"
    again = shop.runs("deploy-production", shop.pushes(TAX, "# The connector", "# It"))
    assert again.ended == {"plan": "success"}, "nothing is left to approve"


@pytest.mark.process
@pytest.mark.slow
def test_a_merged_tag_replaces_that_of_a_preview(shop: Shop) -> None:
    shown = shop.runs("deploy-preview", shop.tags("v1.5.0-rc.1"))
    assert shown.ended == {"preview": "success"}, shown.log
    ran = shop.runs("deploy-production", shop.pushes(TAX, "v1.4.0", "v1.5.0"))
    assert ran.ended == {"plan": "success", "apply": "success"}, ran.log
    assert shop.published() == "v1.5.0"
    assert shop.deployed()["shop-de/acme-tax-preview"] == ("v1.5.0-rc.1", "Deployed")


@pytest.mark.process
@pytest.mark.slow
def test_an_approval_does_not_cover_what_changed_after_the_plan(shop: Shop) -> None:
    later = {"effect": "foreign-edit", "method": "GET", "path": "^/connectors/drafts", "nth": 2}
    edit = {"connector": "acme-tax", "set": {"name": "Somebody else"}}
    control(shop.url, "faults", {"faults": [{**later, "edit": edit}]})
    ran = shop.runs("deploy-production", shop.pushes(TAX, "v1.4.0", "v1.5.0"))
    assert ran.ended == {"plan": "success", "apply": "failure"}, ran.log
    assert shop.deployed() == {"shop-de/newsletter": MAILING}
    assert shop.published() == "v1.4.0"


@pytest.mark.process
@pytest.mark.slow
def test_configuration_and_a_secret_move_without_code(shop: Shop) -> None:
    text = shop.edited(MAIL, "news@acme", "hello@acme")[MAIL]
    pull = opened(shop.state, {MAIL: text.replace('revision: "1"', 'revision: "2"')})
    control(shop.url, "requests", method="DELETE")
    shown = shop.runs("deploy-configuration", events.pull_request(shop.state, pull))
    assert shown.ended == {"plan": "success"}, shown.log
    (comment,) = shop.state.comments.values()
    assert "SENDER" in comment.body
    assert "API_KEY" in comment.body
    assert sent(shop.url) == []
    ran = shop.runs("deploy-configuration", shop.landed(merged(shop.state, pull)))
    assert ran.ended == {"apply": "success"}, ran.log
    (redeploy,) = sent(shop.url)
    assert "hello@acme.example" in redeploy
    assert hashlib.sha256(SECRETS["MAIL_API_KEY"].encode()).hexdigest()[:12] in redeploy
    assert "updateConnector" not in redeploy
    assert shop.deployed() == {"shop-de/newsletter": MAILING}


@pytest.mark.process
@pytest.mark.slow
def test_many_projects_move_one_after_the_other(shop: Shop) -> None:
    for tag, event in (
        ("v1.4.0", events.workflow_dispatch(shop.state)),
        ("v1.5.0", shop.pushes(TAX, "v1.4.0", "v1.5.0")),
    ):
        ran = shop.runs("deploy-projects", event)
        assert [job.result for job in ran.jobs] == ["success", "success"], ran.log
        live = dict.fromkeys(("shop-de/acme-tax", "shop-fr/acme-tax"), (tag, "Deployed"))
        assert shop.deployed() == {"shop-de/newsletter": MAILING, **live}


@pytest.mark.process
@pytest.mark.slow
def test_a_project_that_fails_stops_those_after_it(shop: Shop) -> None:
    control(shop.url, "settings", {"deployment_result": "Failed"})
    ran = shop.runs("deploy-projects", shop.pushes(TAX, "v1.4.0", "v1.5.0"))
    assert [job.result for job in ran.jobs] == ["failure"], ran.log
    assert shop.deployed() == {"shop-de/newsletter": MAILING, "shop-de/acme-tax": ("v1.5.0", "Failed")}


def sent(url: str) -> list[str]:
    """Return the bodies of the requests that changed a deployment."""
    log = control(url, "requests")["requests"]
    return [json.dumps(one["body"]) for one in log if one["method"] == "POST" and "/deployments" in one["path"]]
