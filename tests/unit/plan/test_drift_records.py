"""Drift when it is recorded what was applied: what a merge changed and no apply has sent is none."""

import asyncio
from dataclasses import replace

import pytest

from trueup.model.action import Create, Delete, Publish, SetValue
from trueup.model.live import Missing
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base, Cause, Drift, Fate, Pending, ResourceDrift
from trueup.model.value import Known
from trueup.plan.codec import from_json, to_json
from trueup.plan.drift import find_drift, resource_drift
from trueup.plan.three_way import AppliedWants, Since
from unit.apply.fakes import SPEC, Target, connector


def tax(**changed: object) -> Manifest:
    return connector("tax", {**SPEC, **changed})


def with_lifecycle(manifest: Manifest, **lifecycle: object) -> Manifest:
    return replace(manifest, lifecycle=LifecycleSpec(**lifecycle))  # type: ignore[arg-type]  # each test gives its own


STONE = with_lifecycle(connector("tax", {}), state=State.ABSENT, reason="sold")
NEW = tax(name="New")
IDENTITY = STONE.identity


def drift(manifest: Manifest, held: Manifest | None, *applied: Manifest | None, **changed: object) -> ResourceDrift:
    """Find the drift from records alone of a resource that is as ``held`` wants it but for these fields."""
    target = Target()
    if held is not None:
        target.hold(held, **changed)  # type: ignore[arg-type]  # each test gives values
    return resource_drift(manifest, manifest, target.live.get(IDENTITY, Missing()), applied)


def told(found: ResourceDrift) -> list[tuple[object, object, object, object]]:
    return [(p.action, p.before, p.after, p.cause) for p in found.changes]


def test_a_merge_that_is_not_applied_is_pending_and_no_drift() -> None:
    found = drift(NEW, tax(), tax())
    assert (found.fate, found.changes) == (Fate.PENDING, ())
    assert [(p.action, p.before) for p in found.pending] == [(SetValue("name", "New"), Known("Acme Tax"))]


def test_a_foreign_edit_beside_it_is_drift_from_what_was_applied() -> None:
    found = drift(NEW, tax(), tax(), description="Theirs")
    assert (found.fate, [p.action for p in found.pending]) == (Fate.CHANGED, [SetValue("name", "New")])
    assert told(found) == [(SetValue("description", "Theirs"), Known("Taxes"), Known("Theirs"), Cause.DRIFT)]


def test_a_foreign_edit_of_what_was_merged_is_both_and_goes_from_what_was_applied() -> None:
    found = drift(NEW, tax(), tax(), name="Theirs")
    assert (found.fate, found.pending) == (Fate.CHANGED, ())
    assert told(found) == [(SetValue("name", "Theirs"), Known("Acme Tax"), Known("Theirs"), Cause.BOTH)]


def test_what_an_apply_without_an_end_may_have_written_is_no_drift() -> None:
    assert drift(NEW, NEW, NEW, tax()).fate is Fate.SAME
    assert drift(NEW, tax(), NEW, tax()).fate is Fate.PENDING
    assert drift(tax(name="Newer"), NEW, NEW, tax()).fate is Fate.PENDING


def test_a_publish_that_such_an_apply_did_not_reach_is_pending() -> None:
    before = with_lifecycle(tax(), publish=PublishTo.PRIVATE)
    after = with_lifecycle(NEW, publish=PublishTo.PRIVATE)
    found = drift(after, after, after, before)
    assert (found.fate, [type(p.action) for p in found.pending], found.repeated) == (Fate.PENDING, [Publish], ())
    lost = drift(after, after, after)
    assert (lost.fate, [type(p.action) for p in lost.repeated], lost.pending) == (Fate.CHANGED, [Publish], ())


@pytest.mark.parametrize(
    ("applied", "fate"),
    [([None], Fate.PENDING), ([STONE], Fate.PENDING), ([tax()], Fate.DELETED), ([tax(), None], Fate.PENDING)],
)
def test_a_creation_is_pending_until_a_recorded_commit_wanted_it(applied: list[Manifest | None], fate: Fate) -> None:
    found = drift(tax(), None, *applied)
    assert found.fate is fate
    assert [type(p.action) for p in found.pending] == ([Create] if fate is Fate.PENDING else [])


@pytest.mark.parametrize(
    ("applied", "fate"),
    [([tax()], Fate.PENDING), ([STONE, tax()], Fate.PENDING), ([STONE], Fate.RETURNED), ([None], Fate.PENDING)],
)
def test_a_deletion_is_pending_until_a_recorded_commit_wanted_it(applied: list[Manifest | None], fate: Fate) -> None:
    found = drift(STONE, tax(), *applied)
    assert found.fate is fate
    assert [type(p.action) for p in found.pending] == ([Delete] if fate is Fate.PENDING else [])


def found_since(since: Since, manifest: Manifest = NEW) -> Drift:
    target = Target()
    target.hold(tax())
    return asyncio.run(find_drift([manifest], {"eu": target}, since=since))


PENDING = Pending(identity=IDENTITY, commit="2b" * 20, pull=12, url="https://github.example/pull/12")
APPLIED = AppliedWants(wants={IDENTITY: (tax(),)}, pending={IDENTITY: PENDING}, unrecorded=("us",))


def test_what_waits_is_named_and_your_own_change_is_not() -> None:
    alone = found_since(Since(base=None, manifests={}, applied=APPLIED))
    assert (alone.recorded, alone.pending, alone.unrecorded) == (True, (PENDING,), ())
    base = Base(revision="main", commit="1f0c")
    merged = found_since(Since(base=base, manifests={IDENTITY: NEW}, applied=APPLIED))
    assert ([r.fate for r in merged.resources], merged.pending) == ([Fate.PENDING], (PENDING,))
    yours = found_since(Since(base=base, manifests={IDENTITY: tax()}, applied=APPLIED))
    assert ([r.fate for r in yours.resources], yours.pending) == ([Fate.SAME], ())


def test_without_a_usable_record_every_difference_is_drift_as_before() -> None:
    unrecorded = AppliedWants(wants={}, pending={}, unrecorded=("eu",))
    found = found_since(Since(base=None, manifests={}, applied=unrecorded))
    assert ([r.fate for r in found.resources], found.unrecorded) == ([Fate.CHANGED], ("eu",))


def test_pending_changes_are_read_back_from_the_document() -> None:
    found = found_since(Since(base=None, manifests={}, applied=APPLIED))
    read = from_json(to_json(found), Drift)
    assert read == replace(
        found,
        resources=tuple(replace(r, pending=tuple(replace(p, stage=0) for p in r.pending)) for r in found.resources),
    )


def test_a_document_without_records_has_no_member_of_theirs() -> None:
    target = Target()
    target.hold(tax())
    document = to_json(asyncio.run(find_drift([NEW], {"eu": target})))
    assert document.keys() == {"base", "resources"}
    assert "pending" not in document["resources"][0]
