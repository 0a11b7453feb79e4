"""What is written to is the resource that was planned, and nothing is created beside one that lost its key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import served
from acceptance.test_quickstart import SERVED
from acceptance.test_saved_plan import World, control, writes

pytestmark = [pytest.mark.process, pytest.mark.slow]

CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
spec:
  name: Acme Tax
  description: Wanted
  creator: {email: a@b.example}
  repository: {url: "git@github.com:acme/tax.git", tag: v1}
"""
CERTIFICATION = """\
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: ACME-EPD-001}
spec:
  certificateNumber: WANTED
  url: https://acme.example/e.pdf
  reportingBody: {name: Veritas}
  standard: {code: EPD}
"""
LOST = {"edit": {"connector": "acme-tax", "set": {"key": None}}, "effect": "foreign-edit", "once": True}
TOMBSTONES = {
    "connector": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme-tax}\n"
    "lifecycle: {state: absent, reason: sold}\n",
    "certification": "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: ACME-EPD-001}\n"
    "lifecycle: {state: absent, reason: sold}\n",
}
MANIFESTS = {"connector": CONNECTOR, "certification": CERTIFICATION}
NAMES = {"connector": "acme-tax", "certification": "ACME-EPD-001"}
SEEDS: dict[str, dict[str, Any]] = {
    "connector": {
        "connectors": [
            {
                "key": "acme-tax",
                "name": "Acme Tax",
                "creator": {"email": "a@b.example"},
                "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1"},
            }
        ]
    },
    "certification": {
        "certifications": [
            {
                "externalId": "ACME-EPD-001",
                "certificateNumber": "BEFORE",
                "url": "https://acme.example/e.pdf",
                "reportingBody": {"name": "Veritas"},
                "standard": {"code": "EPD"},
            }
        ]
    },
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(cwd=tmp_path) as url:
        (tmp_path / "trueup.yaml").write_text(SERVED.format(url=url))
        (tmp_path / "connectors").mkdir()
        (tmp_path / "certifications").mkdir()
        yield World(url, tmp_path)


def want(world: World, kind: str, manifest: str) -> None:
    (world.place / f"{kind}s" / "it.yaml").write_text(manifest)


def recreate(world: World, kind: str) -> None:
    """Delete the resource and create one just like it, as another client would."""
    world.edit(**{kind: NAMES[kind], "delete": True})
    control(world.url, "seed", SEEDS[kind])


def live(world: World, kind: str) -> Any:
    return control(world.url, "state").get(kind, [])


@pytest.mark.parametrize("kind", MANIFESTS)
@pytest.mark.parametrize("command", ["update", "delete"])
def test_what_was_created_anew_since_the_plan_is_left_alone(world: World, kind: str, command: str) -> None:
    control(world.url, "seed", SEEDS[kind])
    want(world, kind, MANIFESTS[kind] if command == "update" else TOMBSTONES[kind])
    assert world.run("plan", "--out", "plan.json").status == 0
    recreate(world, kind)
    before = live(world, kind)
    done = world.run("apply", "--plan", "plan.json", "--yes", "--allow-delete", "1")
    assert (done.status, set(world.statuses(done.document).values())) == (4, {"stale"})
    assert "another resource with the same name exists now" in done.out
    assert (live(world, kind), writes(world.url)) == (before, [])


@pytest.mark.parametrize("kind", MANIFESTS)
def test_what_is_created_anew_at_the_last_moment_is_left_alone(world: World, kind: str) -> None:
    """Origin's only guard is a reading; what is written is addressed by the platform's own id all the same."""
    control(world.url, "seed", SEEDS[kind])
    want(world, kind, MANIFESTS[kind])
    (before,) = live(world, kind)
    control(
        world.url,
        "faults",
        {
            "faults": [
                {"path": "/update$|/drafts/", "method": "POST", "effect": effect, "once": True, **more}
                for effect, more in (
                    ("foreign-edit", {"edit": {kind: NAMES[kind], "delete": True}}),
                    ("foreign-create", {"create": SEEDS[kind]}),
                )
            ]
        },
    )
    done = world.run("apply", "--yes")
    assert done.status in {1, 4}, done.out
    (now,) = live(world, kind)
    ids = [document.get("id") or document["originId"] for document in (before, now)]
    assert ids[0] != ids[1]
    assert "Wanted" not in str(now)
    assert "WANTED" not in str(now)


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_deletion_that_somebody_else_did_is_done(world: World, kind: str) -> None:
    control(world.url, "seed", SEEDS[kind])
    want(world, kind, TOMBSTONES[kind])
    edit = {kind: NAMES[kind], "delete": True}
    path = "/delete$|/drafts/[^=]+$"
    control(world.url, "faults", {"faults": [{"path": path, "effect": "foreign-edit", "edit": edit, "once": True}]})
    done = world.run("apply", "--yes", "--allow-delete", "1")
    assert (done.status, live(world, kind)) == (0, []), done.out


def test_a_draft_that_lost_its_key_blocks_its_second_creation(world: World) -> None:
    control(world.url, "seed", SEEDS["connector"])
    want(world, "connector", CONNECTOR)
    world.edit(connector="acme-tax", set={"key": None})
    (lost,) = live(world, "connector")
    for arguments in (["plan"], ["apply", "--yes"]):
        done = world.run(*arguments)
        assert done.status == 3, done.out
        assert "A draft without a key has the same repository and name" in done.out
        assert lost["id"] in done.out
    assert len(live(world, "connector")) == 1
    world.edit(connector=lost["id"], delete=True)
    done = world.run("apply", "--yes")
    assert (done.status, len(live(world, "connector"))) == (0, 1), done.out


@pytest.mark.parametrize("kept", [True, False])
def test_a_tombstone_of_a_draft_that_lost_its_key_is_not_called_done(world: World, kept: bool) -> None:  # noqa: FBT001
    """With its spec the tombstone is blocked; without it, it is said that one of the drafts may be the one."""
    control(world.url, "seed", SEEDS["connector"])
    spec = CONNECTOR[CONNECTOR.index("spec:") :] if kept else ""
    want(world, "connector", TOMBSTONES["connector"] + spec)
    world.edit(connector="acme-tax", set={"key": None})
    (lost,) = live(world, "connector")
    for arguments in (["plan"], ["apply", "--yes", "--allow-delete", "1"]):
        done = world.run(*arguments)
        assert done.status == (3 if kept else 0), done.out
        assert lost["id"] in done.out
    assert live(world, "connector") == [lost]
    world.edit(connector=lost["id"], delete=True)
    assert world.run("plan").status == 0


@pytest.mark.parametrize("path", ["drafts/key=", "drafts/[^=]*$"])
def test_a_draft_that_loses_its_key_before_it_is_deleted_is_not_called_deleted(world: World, path: str) -> None:
    """It loses it at the apply's reading by key, or at the last one, by id: its version is another one then."""
    control(world.url, "seed", SEEDS["connector"])
    want(world, "connector", TOMBSTONES["connector"])
    assert world.run("plan", "--out", "plan.json").status == 0
    control(world.url, "faults", {"faults": [{**LOST, "method": "GET", "path": path}]})
    done = world.run("apply", "--plan", "plan.json", "--yes", "--allow-delete", "1")
    (lost,) = live(world, "connector")
    assert (done.status, set(world.statuses(done.document).values())) == (4, {"stale"}), done.out
    assert f"It has lost its key (id {lost['id']})" in done.out


def test_a_draft_that_loses_its_key_while_it_is_changed_is_changed_and_named(world: World) -> None:
    control(world.url, "seed", SEEDS["connector"])
    want(world, "connector", CONNECTOR)
    control(world.url, "faults", {"faults": [{**LOST, "method": "POST", "path": "/drafts/"}]})
    done = world.run("apply", "--yes")
    (lost,) = live(world, "connector")
    assert (done.status, lost["description"], lost.get("key")) == (0, "Wanted", None), done.out
    assert f"It has lost its key (id {lost['id']})" in done.out
    assert world.run("plan").status == 3
