"""The plan hash changes with what would be sent, and with nothing else."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from trueup.model.action import AddElement, Create, RemoveElement, SetMembers, SetParts, SetValue
from trueup.model.identity import Kind, Platform, TargetAddress
from trueup.model.plan import PlannedAction, PlanRules, ResourcePlan, Verdict, VersionIs
from trueup.model.position import Position
from trueup.model.value import Elements, Known, Members
from trueup.plan.build import build_plan
from trueup.plan.digest import canonical, live_digest, plan_digest
from unit.apply.fakes import Target, connector

PLACE = TargetAddress(
    platform=Platform.CONNECT, address="https://a.example", auth_url="https://b.example", project_key="p"
)


def planned() -> tuple[ResourcePlan, ...]:
    eu = Target()
    for key in ("a", "b"):
        eu.hold(connector(key), name="Old", description="Old")
    return asyncio.run(build_plan([connector("a"), connector("b"), connector("c")], {"eu": eu})).resources


def first(change: Callable[[ResourcePlan], ResourcePlan]) -> tuple[ResourcePlan, ...]:
    one, *others = planned()
    return (change(one), *others)


def with_action(resource: ResourcePlan, action: PlannedAction) -> ResourcePlan:
    return replace(resource, actions=(action, *resource.actions[1:]))


def test_the_digest_is_a_named_sha256() -> None:
    algorithm, _, digits = plan_digest(planned()).partition(":")
    assert (algorithm, len(digits), int(digits, 16) > 0) == ("sha256", 64, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, precondition=VersionIs("elsewhere", 99)),
        lambda r: replace(r, position=Position("moved.yaml", 7, 3)),
        lambda r: replace(r, observed={"name": Known("Older")}),
        lambda r: with_action(r, replace(r.actions[0], before=Known("Older"), position=None)),
    ],
    ids=["version", "place", "observed", "before"],
)
def test_the_hash_excludes_volatile_data(change: Callable[[ResourcePlan], ResourcePlan]) -> None:
    assert plan_digest(first(change)) == plan_digest(planned())


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, identity=replace(r.identity, value="z")),
        lambda r: replace(r, identity=replace(r.identity, target="us")),
        lambda r: replace(r, identity=replace(r.identity, kind=Kind.CERTIFICATION)),
        lambda r: replace(r, locale="fr"),
        lambda r: replace(r, actions=r.actions[::-1]),
        lambda r: replace(r, actions=r.actions[:1]),
        lambda r: replace(r, verdict=Verdict.BLOCKED),
        lambda r: replace(r, rules=PlanRules(during_certification=True)),
        lambda r: with_action(r, replace(r.actions[0], action=SetValue("name", "acme tax"))),
        lambda r: with_action(r, replace(r.actions[0], action=SetValue("name", 1))),
        lambda r: with_action(r, replace(r.actions[0], action=SetParts("name", {"url": "Acme Tax"}))),
    ],
    ids=["key", "target", "kind", "locale", "order", "fewer", "held back", "rules", "case", "type", "shape"],
)
def test_the_hash_includes_what_is_sent(change: Callable[[ResourcePlan], ResourcePlan]) -> None:
    assert plan_digest(first(change)) != plan_digest(planned())


def test_the_order_of_resources_and_those_without_an_action_stay_out() -> None:
    eu = Target()
    eu.hold(connector("unchanged"))
    (unchanged,) = asyncio.run(build_plan([connector("unchanged")], {"eu": eu})).resources
    assert plan_digest((unchanged, *planned()[::-1])) == plan_digest(planned())


@pytest.mark.parametrize(
    "change",
    [{"platform": Platform.ORIGIN}, {"address": "https://z.example"}, {"auth_url": ""}, {"project_key": "q"}],
    ids=str,
)
def test_the_hash_includes_the_addresses_of_targets(change: dict[str, Any]) -> None:
    elsewhere = replace(PLACE, **change)
    assert plan_digest(planned(), {"eu": elsewhere}) != plan_digest(planned(), {"eu": PLACE})


def test_the_hash_excludes_targets_without_actions() -> None:
    assert plan_digest(planned(), {"eu": PLACE, "us": PLACE}) == plan_digest(planned(), {"eu": PLACE})


def test_the_order_of_a_set_stays_out() -> None:
    def digest(*actions: object) -> str:
        return plan_digest(
            first(lambda r: replace(r, actions=tuple(replace(r.actions[0], action=a) for a in actions)))  # type: ignore[arg-type]
        )

    assert digest(SetMembers("supportedRegions", ("a", "b"))) == digest(SetMembers("supportedRegions", ("b", "a", "b")))
    assert digest(SetMembers("supportedRegions", ("a", "b"))) != digest(SetMembers("supportedRegions", ("a", "c")))
    one, other = Elements({("a",): {}, ("b",): {}}), Elements({("b",): {}, ("a",): {}})
    assert digest(Create({"x": one, "y": Members(("a", "b"))})) == digest(
        Create({"x": other, "y": Members(("b", "a"))})
    )
    assert digest(AddElement("x", ("a",), {})) != digest(RemoveElement("x", ("a",)))


def test_numbers_beyond_a_double_are_distinguished() -> None:
    digests = {
        plan_digest(first(lambda r, n=n: with_action(r, replace(r.actions[0], action=SetValue("n", n)))))  # type: ignore[misc]
        for n in (2**53, 2**53 + 1, 2**70)
    }
    assert len(digests) == 3


def test_the_digest_of_live_fields_ignores_the_order_of_sets() -> None:
    assert live_digest({"r": Known(Members(("a", "b")))}) == live_digest({"r": Known(Members(("b", "a")))})
    assert live_digest({"r": Known(Members(("a", "b")))}) != live_digest({"r": Known(Members(("a",)))})


def test_the_digest_is_of_this_text() -> None:
    """A literal: a hash that changes with a release would invalidate every approved plan."""
    eu = Target()
    eu.hold(connector("a"), name="Old")
    plan = asyncio.run(build_plan([connector("a")], {"eu": eu}, places={"eu": PLACE}))
    text = (
        '[["eu",{"address":"https://a.example","authUrl":"https://b.example","platform":"connect","projectKey":"p"},'
        '{"field":"key","kind":"Connector","locale":null,"value":"a"},'
        '{"duringCertification":false,"processes":true,"retryRejected":false},'
        '[{"path":"name","type":"set-value","value":"Acme Tax"}]]]'
    )
    assert plan.digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


TEXTS = st.text(st.characters(max_codepoint=0x7F)) | st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_the_hashed_text_is_canonical(document: object) -> None:
    assert canonical(document) == rfc8785.dumps(document)  # type: ignore[arg-type]  # it is JSON
