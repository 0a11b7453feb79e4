"""Drift: how live differs from what was wanted."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from trueup.errors import InvalidInput, Unavailable
from trueup.model.action import (
    AddElement,
    AddMember,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.identity import Identity
from trueup.model.live import Missing, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base, Cause, Drift, Fate, ResourceDrift
from trueup.model.value import ABSENT, Elements, Known, Members, Parts, Value
from trueup.plan.codec import from_json, to_json
from trueup.plan.drift import find_drift, resource_drift
from trueup.plan.three_way import Since
from trueup.report.drift import drift_tree
from trueup.report.text import render_text
from unit.apply.fakes import CERTIFICATION, SPEC, Target, certification, connector

PARTS = {"url": "git@github.com:acme/tax.git", "tag": "v1.0.0"}
TAX = connector("tax", {**SPEC, "supportedRegions": ["a"], "privateProjects": ["p:1"]})
EPD = certification(
    "E1", {**CERTIFICATION, "contacts": [{"externalId": "C", "name": "Jo"}], "brands": [{"name": "A"}, {"name": "B"}]}
)


def drift(manifest: Manifest, base: Manifest | None = None, **changed: Value) -> ResourceDrift:
    """Return the drift of a resource that is as the base wants it, except for these fields."""
    target = Target(versioned=manifest.identity.target == "eu")
    target.hold(base or manifest, **changed)
    return resource_drift(manifest, base or manifest, target.live[manifest.identity])


def changes_of(found: ResourceDrift) -> list[tuple[object, object, object]]:
    return [(p.action, p.before, p.after) for p in found.changes]


def test_a_resource_in_the_desired_state_has_no_drift() -> None:
    assert (drift(TAX).fate, drift(TAX).changes) == (Fate.SAME, ())


def test_a_change_goes_from_the_wanted_to_the_live_value() -> None:
    found = drift(TAX, description="Theirs")
    assert found.fate is Fate.CHANGED
    assert changes_of(found) == [(SetValue("description", "Theirs"), Known("Taxes"), Known("Theirs"))]


def test_a_value_that_no_action_could_empty_again_is_drift_too() -> None:
    manifest = connector("tax", {**SPEC, "description": ""})
    assert changes_of(drift(manifest, description="Theirs")) == [
        (SetValue("description", "Theirs"), ABSENT, Known("Theirs"))
    ]


def test_a_removed_value_is_reported_as_empty() -> None:
    assert changes_of(drift(TAX, description="")) == [(SetValue("description", ""), Known("Taxes"), ABSENT)]


def test_sets_members_and_groups_are_reported_as_the_actions_that_changed_them() -> None:
    found = drift(
        TAX,
        supportedRegions=Members(("a", "b")),
        privateProjects=Members(("p:2",)),
        repository=Parts({**PARTS, "tag": "v9"}),
    )
    assert [p.action for p in found.changes] == [
        SetParts("repository", {**PARTS, "tag": "v9"}),
        SetMembers("supportedRegions", ("a", "b")),
        RemoveMember("privateProjects", "p:1"),
        AddMember("privateProjects", "p:2"),
    ]


def test_elements_are_reported_one_by_one() -> None:
    brands = Elements({("B",): {"website": "w"}, ("C",): {"website": "w"}})
    contacts = Elements({("C",): {"name": "Joe", "phone": "1"}})
    found = drift(EPD, brands=brands, contacts=contacts)
    assert changes_of(found) == [
        (RemoveElement("brands", ("A",)), Known(Parts({})), ABSENT),
        (AddElement("brands", ("C",), {"website": "w"}), ABSENT, Known(Parts({"website": "w"}))),
        (AddElement("contacts", ("C",), {"name": "Joe"}), Known(Parts({"name": "Jo"})), Known(Parts({"name": "Joe"}))),
    ]


def test_your_own_change_is_not_drift_and_a_change_of_both_is_marked() -> None:
    mine = connector("tax", {**TAX.spec, "name": "Mine", "description": "Mine"})
    found = drift(mine, TAX, description="Theirs")
    assert [(p.action, p.cause) for p in found.changes] == [(SetValue("description", "Theirs"), Cause.BOTH)]
    assert drift(mine, TAX).fate is Fate.SAME


def test_what_the_manifest_took_over_is_no_drift_any_more() -> None:
    assert drift(connector("tax", {**TAX.spec, "name": "Theirs"}), TAX, name="Theirs").fate is Fate.SAME


def test_what_is_not_returned_is_no_drift_and_what_is_empty_is() -> None:
    target = Target(versioned=False)
    target.hold(EPD, url="")
    assert [r.fate for r in asyncio.run(find_drift([EPD], {"origin": target})).resources] == [Fate.CHANGED]
    target.hidden = {"brands", "url"}
    found = asyncio.run(find_drift([EPD], {"origin": target}))
    assert [(r.fate, set(r.not_returned)) for r in found.resources] == [(Fate.SAME, {"brands", "url"})]
    shown = render_text(drift_tree(found), width=200, color=False, verbose=False)
    assert "No drift in what was compared: 1 in sync." in shown
    assert "not returned by the platform, and therefore not compared: spec.url, spec.brands" in shown
    assert "and therefore not compared: 2 fields of 1 resource." in shown
    assert from_json(to_json(found), Drift) == found


STONE = replace(TAX, lifecycle=LifecycleSpec(state=State.ABSENT, reason="sold"))


def test_a_resource_that_is_gone_was_deleted_unless_it_was_to_be() -> None:
    assert resource_drift(TAX, TAX, Missing()).fate is Fate.DELETED
    assert resource_drift(STONE, STONE, Missing()).fate is Fate.SAME
    assert drift(STONE).fate is Fate.RETURNED


def test_what_the_base_did_not_know_has_no_drift() -> None:
    assert resource_drift(TAX, None, Missing()).fate is Fate.SAME


def test_an_unreadable_resource_is_reported_with_and_without_a_base() -> None:
    for base in (TAX, None):
        found = resource_drift(TAX, base, Unreadable(Unavailable("No answer.")))
        assert (found.fate, found.error) == (Fate.UNREADABLE, "No answer.")


@pytest.mark.parametrize("reading", [Missing(), None])
def test_an_unreadable_base_makes_the_drift_unknown(reading: Missing | None) -> None:
    target = Target()
    if reading is None:
        target.hold(TAX, name="Theirs")
    since = Since(base=Base(revision="main", commit="1f"), manifests={}, unknown=frozenset({TAX.identity}))
    (found,) = asyncio.run(find_drift([TAX], {"eu": target}, since=since)).resources
    assert (found.fate, found.changes) == (Fate.UNKNOWN, ())
    assert "cannot be read" in found.error


def test_a_process_that_was_wanted_before_is_left_to_do_again() -> None:
    wanted = replace(TAX, lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE))
    found = drift(wanted)
    assert (found.fate, [p.action for p in found.repeated]) == (
        Fate.CHANGED,
        [RequestPreview(), Publish(certification=False)],
    )
    assert drift(wanted, TAX).repeated == ()


def test_all_resources_are_read_and_come_sorted() -> None:
    target = Target()
    target.hold(TAX, name="Theirs")
    other = connector("aaa")
    base: Mapping[Identity, Manifest] = {TAX.identity: TAX}
    found = asyncio.run(
        find_drift([TAX, other], {"eu": target}, since=Since(base=Base(revision="main", commit="1f"), manifests=base))
    )
    assert [(r.identity.value, r.fate) for r in found.resources] == [("aaa", Fate.SAME), ("tax", Fate.CHANGED)]
    assert found.base == Base(revision="main", commit="1f")
    without = asyncio.run(find_drift([TAX, other], {"eu": target}))
    assert [r.fate for r in without.resources] == [Fate.DELETED, Fate.CHANGED]
    with pytest.raises(InvalidInput):
        asyncio.run(find_drift([TAX, replace(TAX)], {"eu": target}))
