"""Carry out lifecycle blocks on the sandbox: one apply is enough, and a second plan has nothing to send.

What no page decides is a switch of the sandbox; each case holds under all values of those that bear on it.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from rig import PAUSE, Estate, Rig
from simulation.places import CONNECT
from trueup.model.action import Unlist
from trueup.model.run import Status
from trueup.sandbox.settings import Settings

pytestmark = pytest.mark.slow

KEY: Final = "acme-tax"
SLOT: Final = (CONNECT, KEY)
SPEC: Final[Mapping[str, Any]] = {
    "name": "Acme Tax",
    "creator": {"email": "dev@acme.example"},
    "repository": {"url": "git@github.com:acme/connect-tax.git", "tag": "v1.4.0"},
}
SHOP, OUTLET = "europe-west1.gcp:shop", "europe-west1.gcp:outlet"
OUT: Final[Mapping[str, Any]] = {"status": "Published", "alreadyListed": True, "hasChanges": False, "version": 7}
PRIVATE: Final = {**OUT, "private": True}
PUBLIC: Final = {**OUT, "private": False}
TWICE: Final = ["Ready for review.", "Ready for review."]

_BEARING: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"unlist_status": "Draft"},
    {"certification_lock": "all"},
    {"unpublished_has_changes": "edited"},
    {"unpublished_has_changes": "true"},
    {"process_has_changes": True},
    {"process_has_changes": True, "unlist_status": "Draft"},
    {"private_flip": "requested"},
    {"edit_status": "Draft"},
    {"unlist_uncertified": "refuse"},
    {"repository_resets_status": False},
    {"empty_values": "empty"},
    {"version_step": "request-and-action", "pipeline_step": 3},
    {"ready_seconds": 5.0, "certification_seconds": 90.0},
)
SWITCHES: Final = [switches for switches in _BEARING if switches.keys() <= {known.name for known in fields(Settings)}]
AT_ONCE: Final = {"ready_seconds": 0.0, "certification_seconds": 0.0}


@contextmanager
def rig(
    lifecycle: Mapping[str, Any],
    live: Mapping[str, Any] | None = None,
    switches: Mapping[str, Any] | None = None,
    **spec: Any,
) -> Iterator[Rig]:
    """Give a manifest with this block, and a draft as the manifest wants it but for ``live``; None for no draft."""
    manifest = {
        "apiVersion": "trueup/v1",
        "kind": "Connector",
        "metadata": {"key": KEY, "target": CONNECT},
        "spec": {**SPEC, **spec},
        "lifecycle": lifecycle,
    }
    drafts = [] if live is None else [{"key": KEY, **SPEC, **live}]
    folder = Path(tempfile.mkdtemp(prefix="trueup-processes-"))
    made = Rig(
        Estate(texts=(json.dumps(manifest),), live={CONNECT: {"connectors": drafts}}, switches=switches or {}), folder
    )
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


def apply(made: Rig) -> list[str]:
    """Apply once, which must come to its end; return the processes that were sent."""
    before = len(made.event_log.requests)
    attempt = made.apply().attempt
    assert attempt.outcomes is not None
    assert {o.status for o in attempt.outcomes} <= {Status.APPLIED, Status.UNCHANGED}, attempt.outcomes
    actions = [
        action
        for sent in made.event_log.requests[before:]
        if sent.verb.writes
        for action in (sent.body or {}).get("actions", ())
    ]
    return [_spelled(action) for action in actions]


def _spelled(action: Mapping[str, Any]) -> str:
    name = str(action["action"])
    return f"publish({str(action['certification']).lower()})" if name == "publish" else name


def left(made: Rig) -> tuple[list[str], list[str]]:
    """Plan again; return the kinds of actions that are left, and the codes of what is said."""
    plan = made.plan().plan
    assert plan is not None
    (resource,) = plan.resources
    return [type(p.action).__name__ for p in resource.actions], [p.finding.code for p in resource.findings]


def document(made: Rig) -> Mapping[str, Any]:
    found = made.document_of(SLOT)
    assert found is not None
    return found


def comments(made: Rig) -> list[str]:
    return [entry["comment"] for entry in (document(made).get("certificationInfo") or {}).get("comments", ())]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("listed", [None, True, False])
def test_a_new_connector_is_published_with_its_comments_in_one_apply(
    switches: Mapping[str, Any],
    listed: bool | None,  # noqa: FBT001 - a column of the cases
) -> None:
    for publish, preview, said in product(("private", "certified"), (False, True), ([], TWICE)):
        block = {"publish": publish, "previewable": preview, "certificationComments": said}
        block |= {} if listed is None else {"listed": listed}
        with rig(block, switches=switches) as made:
            made.apply()
            assert left(made)[0] == [], block
            assert comments(made) == said


@pytest.mark.parametrize("switches", [*SWITCHES, AT_ONCE], ids=str)
def test_a_new_connector_is_certified_and_unlisted_in_one_apply_and_that_is_no_reason_to_certify_again(
    switches: Mapping[str, Any],
) -> None:
    with rig({"publish": "certified", "listed": False, "certificationComments": TWICE}, switches=switches) as made:
        assert left(made)[0] == ["Create", "Publish", "AddComment", "AddComment", "Unlist"]
        sent = apply(made)
        assert sent == ["publish(true)", "addCertificationComment", "addCertificationComment", "unlist"]
        assert document(made)["status"] not in {"ReadyForCertification", "InCertification"}
        for _ in range(3):
            assert document(made)["alreadyListed"] is False
            made.pass_time(PAUSE)
            assert left(made)[0] == []


def test_a_certification_that_takes_longer_than_the_wait_leaves_unlisting_to_the_apply_after_it() -> None:
    with rig({"publish": "certified", "listed": False}, switches={"certification_seconds": 7 * 86400.0}) as made:
        outcomes = made.apply().attempt.outcomes
        assert outcomes is not None
        assert [(o.status, o.left) for o in outcomes] == [(Status.DEFERRED, (Unlist(),))]
        assert left(made) == ([], ["under-way", "listed-again"])
        made.pass_time(7 * 86400.0)
        assert apply(made) == ["unlist"]
        assert left(made)[0] == []


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_what_is_listed_is_unlisted_before_its_new_content_is_certified_and_after(switches: Mapping[str, Any]) -> None:
    with rig({"publish": "certified", "listed": False}, {**PUBLIC, "name": "Old"}, switches) as made:
        assert apply(made) == ["setName", "unlist", "publish(true)", "unlist"]
        assert left(made)[0] == []


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("publish", ["none", "certified"])
def test_unlisting_alone_takes_one_apply(publish: str, switches: Mapping[str, Any]) -> None:
    with rig({"publish": publish, "listed": False}, PUBLIC, switches) as made:
        assert apply(made) == ["unlist"]
        for _ in range(2):
            assert left(made)[0] == []
            made.pass_time(PAUSE)


@pytest.mark.parametrize("publish", ["none", "private"])
def test_a_private_connector_is_not_unlisted_and_the_plan_says_why(publish: str) -> None:
    with rig({"publish": publish, "listed": False}, PRIVATE) as made:
        assert apply(made) == []
        assert left(made) == ([], ["not-certified"])


@pytest.mark.parametrize("publish", ["none", "certified"])
def test_what_cannot_be_listed_is_said(publish: str) -> None:
    with rig({"publish": publish, "listed": True}, {**PUBLIC, "alreadyListed": False}) as made:
        assert left(made) == ([], ["cannot-list"])


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_a_public_connector_is_private_after_one_apply(switches: Mapping[str, Any]) -> None:
    with rig({"publish": "private"}, PUBLIC, switches) as made:
        assert apply(made) == ["publish(false)"]
        assert document(made)["private"] is True
        assert left(made)[0] == []


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_its_private_projects_follow_in_the_same_apply(switches: Mapping[str, Any]) -> None:
    with rig({"publish": "private"}, {**PUBLIC, "privateProjects": [OUTLET]}, switches, privateProjects=[SHOP]) as made:
        assert apply(made) == ["publish(false)", "addPrivateProject", "removePrivateProject", "publish(false)"]
        assert document(made)["privateProjects"] == [SHOP]
        assert left(made)[0] == []


@pytest.mark.parametrize("there", range(3))
def test_equal_comments_are_there_as_often_as_they_are_listed(there: int) -> None:
    info = {"comments": [{"userId": "acme", "datetime": "2024-02-01T00:00:00Z", "comment": TWICE[0]}] * there}
    live = {"status": "InCertification", "private": True, "certificationInfo": info}
    with rig({"certificationComments": TWICE}, live) as made:
        assert apply(made) == ["addCertificationComment"] * (2 - there)
        assert comments(made) == TWICE
        assert left(made)[0] == []
