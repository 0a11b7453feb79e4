import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import quickstart, served, trueup
from acceptance.test_quickstart import CREDENTIALS, SERVED
from forging import sealed

pytestmark = [pytest.mark.process, pytest.mark.slow]

OK = ("--select", "demo=ok")


def control(url: str, path: str, body: object = None, method: str | None = None) -> Any:
    """Ask the served sandbox's own control routes."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{url}/_sandbox/{path}", data=data, headers={"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def writes(url: str) -> list[Any]:
    """Return the requests that changed something, as the sandbox saw them."""
    log = control(url, "requests")["requests"]
    reads = ("/oauth/token", "/search")
    return [entry for entry in log if entry["method"] == "POST" and not entry["path"].endswith(reads)]


class World:
    """Be a served sandbox and a project beside it."""

    def __init__(self, url: str, place: Path) -> None:
        self.url, self.place = url, place

    def run(self, *arguments: str, json_too: bool = True) -> Any:
        form = ("--format", "json") if json_too else ()
        return trueup(*arguments, *form, cwd=self.place, env=CREDENTIALS)

    def edit(self, **edit: object) -> None:
        control(self.url, "edits", edit)

    def connector(self, key: str) -> Any:
        found = control(self.url, "state")["connector"]
        return next(draft for draft in found if draft["key"] == key)

    def statuses(self, document: Any) -> dict[str, str]:
        return {o["identity"]["value"]: o["status"] for o in document["outcomes"]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        yield World(url, place)


def test_a_saved_plan_applied_twice_does_nothing_the_second_time(world: World) -> None:
    assert world.run("plan", *OK, "--out", "plan.json").status == 0
    first = world.run("apply", "--plan", "plan.json", "--yes")
    sent, state = len(writes(world.url)), control(world.url, "state")
    second = world.run("apply", "--plan", "plan.json", "--yes")
    assert (first.status, second.status) == (0, 0), second.out
    assert set(world.statuses(second.document).values()) == {"unchanged"}
    assert sent > 0
    assert control(world.url, "state") == state
    assert len(writes(world.url)) == sent, "nothing is sent for what a fresh reading shows as done"
    run = min((world.place / ".trueup" / "runs").glob("*.jsonl"))
    said = [o["message"] for o in second.document["outcomes"] if o["left"] == [] and o["requests"]]
    assert said
    assert all(message.startswith(f"This plan was already applied by run {run.stem} on 20") for message in said)


def test_a_foreign_edit_of_an_unplanned_field_is_kept_and_the_plan_goes_through_rebased(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    world.edit(connector="acme-tax", set={"documentationUrl": "https://elsewhere.example/docs"})
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 0, done.out
    assert world.statuses(done.document)["acme-tax"] == "rebased"
    live = world.connector("acme-tax")
    assert live["documentationUrl"] == "https://elsewhere.example/docs"
    assert live["repository"]["tag"] == "v1.4.0"


def test_a_foreign_edit_of_a_planned_field_ends_stale_with_nothing_sent_for_it(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    world.edit(connector="acme-tax", set={"description": "Somebody else was here."})
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 4, done.out
    statuses = world.statuses(done.document)
    assert statuses["acme-tax"] == "stale"
    assert statuses["acme-mail"] == "applied"
    live = world.connector("acme-tax")
    assert live["description"] == "Somebody else was here."
    assert live["repository"]["tag"] == "v1.3.0"
    stale = next(o for o in done.document["outcomes"] if o["status"] == "stale")
    assert [field["path"] for field in stale["fields"]] == ["description"]


def test_a_plan_is_refused_when_its_manifests_changed(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    manifest = world.place / "connectors" / "tax.yaml"
    manifest.write_text(manifest.read_text().replace("v1.4.0", "v1.4.1"))
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 4
    assert "acme-tax" in done.document["error"]["message"]
    assert writes(world.url) == []


def test_a_changed_comment_or_label_does_not_outdate_a_plan(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    manifest = world.place / "connectors" / "tax.yaml"
    manifest.write_text("# A word more.\n" + manifest.read_text())
    assert world.run("apply", "--plan", "plan.json", "--yes").status == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda text: text[: len(text) // 2], 3),
        (lambda text: text.replace('"v1.4.0"', '"v6.6.6"'), 3),
        (lambda text: text.replace('"formatVersion": 2', '"formatVersion": 99', 1), 3),
        (lambda _: "[]", 3),
        (lambda _: "", 3),
        (lambda _: "[" * 100_000, 3),
    ],
)
def test_a_damaged_plan_is_refused_with_one_clear_message(world: World, change: Any, status: int) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    plan = world.place / "plan.json"
    plan.write_text(change(plan.read_text()))
    done = world.run("apply", "--plan", "plan.json", "--yes", json_too=False)
    assert done.status == status, done.err
    assert "plan.json:1:1" in done.err or "plan.json:" in done.err
    assert "Traceback" not in done.err
    assert writes(world.url) == []


def forged(world: World, change: Any) -> None:
    """Change a saved plan and compute its hash and its checksum anew."""
    file = world.place / "plan.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(sealed(document)))


def to_another_repository(document: Any) -> None:
    """Change the repository in what is sent and wanted, and leave alone what is shown."""
    planned = next(r for r in document["resources"] if r["identity"]["value"] == "acme-tax")
    action = next(p["action"] for p in planned["actions"] if p["action"]["type"] == "set-parts")
    for parts in (action["parts"], planned["desired"]["repository"]["parts"]):
        parts["url"] = "git@github.com:evil/tax.git"


def test_a_plan_that_shows_one_thing_and_would_send_another_is_refused(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    forged(world, to_another_repository)
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 3, done.out
    (problem,) = done.document["diagnostics"]
    assert problem["code"] == "plan-forged"
    assert "repository" in problem["message"] or "actions" in problem["message"]
    assert writes(world.url) == []


def test_a_version_that_fits_does_not_let_an_unseen_state_be_overwritten(world: World) -> None:
    """The version is raised to that of a draft that others changed: what they wrote is still seen."""
    world.run("plan", *OK, "--out", "plan.json")
    world.edit(connector="acme-tax", set={"description": "Somebody else was here."})
    version = world.connector("acme-tax")["version"]

    def raise_version(document: Any) -> None:
        planned = next(r for r in document["resources"] if r["identity"]["value"] == "acme-tax")
        planned["precondition"]["version"] = version

    forged(world, raise_version)
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 4, done.out
    assert world.statuses(done.document)["acme-tax"] == "stale"
    assert world.connector("acme-tax")["description"] == "Somebody else was here."


def test_a_plan_is_refused_when_its_target_leads_elsewhere(world: World) -> None:
    world.run("plan", *OK, "--out", "plan.json")
    project = world.place / "trueup.yaml"
    elsewhere = world.url.replace("127.0.0.1", "localhost")
    project.write_text(project.read_text().replace(world.url, elsewhere))
    done = world.run("apply", "--plan", "plan.json", "--yes")
    assert done.status == 4, done.out
    message = done.document["error"]["message"]
    assert "connect-eu" in message
    assert world.url in message
    assert elsewhere in message
    assert writes(world.url) == []


def test_only_the_plan_with_the_digest_is_applied(world: World) -> None:
    digest = world.run("plan", *OK, "--out", "plan.json").document["plan"]["digest"]
    other = "sha256:" + "0" * 64
    for words in (("--plan", "plan.json"), OK):
        done = world.run("apply", *words, "--yes", "--digest", other)
        assert done.status == 4, done.out
        assert digest in done.document["error"]["message"]
    assert world.run("apply", *OK, "--yes", "--digest", "4f0c").status == 64
    assert writes(world.url) == []
    assert world.run("apply", "--plan", "plan.json", "--yes", "--digest", digest).status == 0


def test_a_new_plan_with_the_digest_is_applied(world: World) -> None:
    digest = world.run("plan", *OK).document["plan"]["digest"]
    assert world.run("apply", *OK, "--yes", "--digest", digest).status == 0


def test_a_plan_that_is_not_there_is_wrong_usage(world: World) -> None:
    done = world.run("apply", "--plan", "nowhere.json", "--yes")
    assert done.status == 64
    assert "nowhere.json" in done.document["error"]["message"]
