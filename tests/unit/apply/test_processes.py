"""Lifecycle blocks with several processes: private again, equal comments, unlisting before certification."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import Rejected
from trueup.kinds.connector.findings import listed_again
from trueup.model.action import AddComment, AddMember, Publish, RemoveMember, SetValue, Unlist
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.plan import Verdict
from trueup.model.run import Ending, Status
from trueup.model.value import Known, Members
from trueup.plan.recompute import recompute
from unit.apply.fakes import SPEC, Fault, Scene, Target, connector, lost_after, lost_before, refusing, scene

SHOP, OUTLET = "europe-west1.gcp:shop", "europe-west1.gcp:outlet"
PRIVATELY, CERTIFY = Publish(certification=False), Publish(certification=True)
TAX = connector("acme-tax", {**SPEC, "privateProjects": [SHOP]}, lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))
PUBLIC: dict[str, object] = {"status": "Published", "listed": True, "private": False}
PROCESSING: dict[str, object] = {"status": "Processing"}
OUT: dict[str, object] = {"status": "Published", "listed": True, "private": True, "has_changes": False}


def public(*states: list[dict[str, object]], manifest: Manifest = TAX) -> tuple[Scene, Target]:
    eu = Target(states=list(states))
    eu.hold(manifest, privateProjects=Members((OUTLET,)))
    eu.move(manifest.identity, **PUBLIC)
    return scene(eu), eu


def only_private(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    """Refuse private projects of a public connector, as the platform does; others are a change to publish."""
    lifecycle = target.live[TAX.identity].lifecycle
    if lifecycle is not None and not lifecycle.private:
        raise Rejected("It is not private.", status=400, code="ConnectorStagedNotPrivate")
    commit()
    target.move(TAX.identity, has_changes=True)
    return target.live[TAX.identity]


def test_a_public_connector_is_private_with_its_projects_after_one_apply() -> None:
    world, eu = public([PROCESSING, OUT], [PROCESSING, OUT])
    eu.faults = [None, only_private, None]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.left, outcome.fields) == (Status.APPLIED, (), ())
    projects = (AddMember("privateProjects", SHOP), RemoveMember("privateProjects", OUTLET))
    assert [actions for _, actions in eu.writes] == [(PRIVATELY,), projects, (PRIVATELY,)]
    assert world.plan(TAX).resources[0].actions == ()


def test_a_publish_that_leaves_it_public_has_not_made_it_private() -> None:
    world, eu = public([PROCESSING, {**OUT, "private": False}])
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.left[0], len(eu.writes)) == (Status.FAILED, PRIVATELY, 1)
    assert "no effect" in outcome.message


def test_private_that_shows_some_time_after_published_is_awaited() -> None:
    manifest = replace(TAX, spec=SPEC)
    world, _ = public([PROCESSING, {**OUT, "private": False}, {**OUT, "private": False}, OUT], manifest=manifest)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())


@pytest.mark.parametrize("fault", [lost_after, lost_before])
def test_the_answer_to_either_publish_may_be_lost(fault: Fault) -> None:
    for which in (0, 2):
        world, eu = public([PROCESSING, OUT], [PROCESSING, OUT])
        eu.faults = [None, only_private, None]
        eu.faults.insert(which, fault)
        if fault is lost_after:
            del eu.faults[which + 1]
        (outcome,) = world.apply(world.plan(TAX))
        assert (outcome.status, outcome.left) == (Status.APPLIED, ())
        assert [Publish in map(type, actions) for _, actions in eu.writes].count(True) == (
            2 if fault is lost_after else 3
        )


def test_others_who_make_it_public_again_halfway_stop_it() -> None:
    world, eu = public([PROCESSING, OUT])

    def certified(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        target.move(TAX.identity, **PUBLIC)
        return commit()

    eu.faults = [None, certified]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done) == (Status.STALE, (PRIVATELY,))


def test_certified_content_that_is_private_is_not_public_because_the_platform_calls_it_certified() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED))
    world, eu = public(manifest=manifest)
    eu.move(manifest.identity, private=True)
    refused = Rejected("Already.", code="ConnectorAlreadyCertified", messages=["It is certified already."])
    eu.faults = [refusing(refused)]
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.details) == (Status.FAILED, ("It is certified already.",))


def commenting(
    *there: str, comments: tuple[str, ...] = ("Ready.", "Ready.", "Ready.")
) -> tuple[Manifest, Scene, Target]:
    """Return a draft in certification that has some comments, and a platform that appends what it is sent."""
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(certification_comments=comments))
    eu = Target(states=[[{"comments": comments[: n + 1]}] for n in range(len(there), len(comments))])
    eu.hold(manifest)
    eu.move(manifest.identity, status="InCertification", comments=there)
    return manifest, scene(eu), eu


@pytest.mark.parametrize("there", range(4))
def test_equal_comments_are_sent_exactly_as_often_as_they_are_listed(there: int) -> None:
    manifest, world, eu = commenting(*["Ready."] * there)
    outcomes = world.apply(world.plan(manifest))
    assert [actions for _, actions in eu.writes] == [(AddComment("Ready."),)] * (3 - there)
    assert [o.status for o in outcomes] == ([Status.APPLIED] if there < 3 else [Status.UNCHANGED])
    assert world.plan(manifest).resources[0].actions == ()


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize(("fault", "sent"), [(lost_after, 3), (lost_before, 4)])
def test_equal_comments_are_sent_once_each_when_an_answer_is_lost(which: int, fault: Fault, sent: int) -> None:
    manifest, world, eu = commenting()
    eu.faults = [None] * which + [fault]
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left, len(eu.writes)) == (Status.APPLIED, (), sent)
    assert outcome.done == (AddComment("Ready."),) * 3
    endings = [ended.ending for _, ended in world.journal.endings]
    assert endings.count(Ending.APPLIED) == 3


def test_a_comment_that_another_writer_made_meanwhile_is_not_made_again() -> None:
    manifest, world, eu = commenting()
    plan = world.plan(manifest)
    eu.move(manifest.identity, comments=("Ready.",))
    eu.states = eu.states[1:]
    (outcome,) = world.apply(plan)
    assert (outcome.status, len(eu.writes)) == (Status.REBASED, 2)


@pytest.mark.parametrize("raised", [False, True])
def test_a_comment_goes_before_the_private_publish_that_clears_what_it_raises(raised: bool) -> None:  # noqa: FBT001
    lifecycle = LifecycleSpec(publish=PublishTo.PRIVATE, certification_comments=("Ready.",))
    manifest = connector("acme-tax", lifecycle=lifecycle)
    eu = Target(states=[[{"comments": ("Ready.",), "has_changes": raised}], [PROCESSING, OUT]])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    assert [type(actions[0]).__name__ for _, actions in eu.writes] == ["Create", "AddComment", "Publish"]
    assert world.plan(manifest).resources[0].actions == ()


@pytest.mark.parametrize("raised", [False, True])
@pytest.mark.parametrize("status", ["Published", "Draft"])
def test_unlisting_goes_before_the_certification_and_is_no_reason_for_another(
    status: str,
    raised: bool,  # noqa: FBT001
) -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, listed=False))
    unlisted: dict[str, object] = {"listed": False, "has_changes": raised, "status": status}
    ready: dict[str, object] = {"status": "ReadyForCertification", "has_changes": False}
    eu = Target(states=[[unlisted], [PROCESSING, ready, {"status": "InCertification"}, {}, PUBLIC], [unlisted]])
    eu.hold(manifest, name="Old")
    eu.move(manifest.identity, **PUBLIC)
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    done = (SetValue("name", "Acme Tax"), Unlist(), CERTIFY, Unlist())
    assert (outcome.status, outcome.done, outcome.fields) == (Status.APPLIED, done, ())
    assert [actions for _, actions in eu.writes] == [(action,) for action in done]
    assert world.plan(manifest).resources[0].actions == ()


@pytest.mark.parametrize("raised", [False, True])
@pytest.mark.parametrize("changed", [{}, {"name": "Old"}], ids=["same", "changed"])
def test_a_certification_that_ends_at_once_takes_its_comments_and_is_unlisted(
    changed: dict[str, str],
    raised: bool,  # noqa: FBT001
) -> None:
    lifecycle = LifecycleSpec(publish=PublishTo.CERTIFIED, listed=False, certification_comments=("a", "a"))
    manifest = connector("acme-tax", lifecycle=lifecycle)
    at_once: dict[str, object] = {**PUBLIC, "has_changes": False}
    comments: list[dict[str, object]] = [{"comments": ("a",) * n, "has_changes": raised} for n in (1, 2)]
    eu = Target(states=[[at_once], [comments[0]], [comments[1]], [{"listed": False}]])
    eu.hold(manifest, **changed)
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    assert outcome.done[-4:] == (CERTIFY, AddComment("a"), AddComment("a"), Unlist())


HIDDEN = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, listed=False))
READY: dict[str, object] = {"status": "ReadyForCertification", "has_changes": False}
CERTIFYING: dict[str, object] = {"status": "InCertification"}
CERTIFIED: dict[str, object] = {**PUBLIC, "has_changes": False}


def hiding(*states: dict[str, object]) -> tuple[Scene, Target]:
    """Return a draft that is to be certified and not listed, and the states that follow the request."""
    eu = Target(states=[list(states), [{"listed": False}]])
    eu.hold(HIDDEN)
    return scene(eu), eu


def sent(target: Target) -> list[object]:
    return [action for _, actions in target.writes for action in actions]


@pytest.mark.parametrize("status", ["Published", "Draft"])
def test_unlisting_alone_announces_no_publish_that_the_next_plan_does_not_show(status: str) -> None:
    eu = Target(states=[[{"listed": False, "has_changes": True, "status": status}]])
    eu.hold(HIDDEN)
    eu.move(HIDDEN.identity, **CERTIFIED)
    world = scene(eu)
    (outcome,) = world.apply(world.plan(HIDDEN))
    assert (outcome.status, outcome.done, outcome.fields) == (Status.APPLIED, (Unlist(),), ())
    assert world.plan(HIDDEN).resources[0].actions == ()


def test_a_new_connector_is_certified_and_unlisted_in_one_apply() -> None:
    eu = Target(states=[[PROCESSING, READY, CERTIFYING, {}, CERTIFIED], [{"listed": False}]])
    world = scene(eu)
    plan = world.plan(HIDDEN)
    assert [(p.action, p.stage) for p in plan.resources[0].actions][1:] == [(CERTIFY, 1), (Unlist(), 2)]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done[1:], outcome.left) == (Status.APPLIED, (CERTIFY, Unlist()), ())
    assert sent(eu)[1:] == [CERTIFY, Unlist()]
    assert world.plan(HIDDEN).resources[0].actions == ()


@pytest.mark.parametrize("fault", [lost_after, lost_before])
@pytest.mark.parametrize("which", [0, 1])
def test_the_answer_to_the_certification_or_to_unlisting_may_be_lost(which: int, fault: Fault) -> None:
    world, eu = hiding(PROCESSING, PROCESSING, READY, CERTIFYING, {}, CERTIFIED)
    eu.faults = [None] * which + [fault]
    (outcome,) = world.apply(world.plan(HIDDEN))
    assert (outcome.status, outcome.done, outcome.left) == (Status.APPLIED, (CERTIFY, Unlist()), ())


@pytest.mark.parametrize(
    ("options", "states"),
    [
        (ApplyOptions(wait=False), [PROCESSING]),
        (ApplyOptions(wait=False), [READY]),
        (ApplyOptions(wait_seconds=60), [PROCESSING]),
        (ApplyOptions(wait_seconds=60), [PROCESSING, READY]),
        (ApplyOptions(), [PROCESSING, READY, CERTIFYING]),
    ],
    ids=str,
)
def test_where_the_wait_ends_before_the_certification_unlisting_is_still_to_come(
    options: ApplyOptions, states: list[dict[str, object]]
) -> None:
    world, eu = hiding(*states)
    (outcome,) = world.apply(world.plan(HIDDEN), options)
    assert (outcome.status, outcome.left[-1], sent(eu)) == (Status.DEFERRED, Unlist(), [CERTIFY])
    assert listed_again().message in outcome.message
    eu.move(HIDDEN.identity, **READY)
    now = world.plan(HIDDEN).resources[0]
    assert (now.actions, [p.finding.code for p in now.findings]) == ((), ["under-way", "listed-again"])
    eu.move(HIDDEN.identity, **CERTIFIED)
    assert [p.action for p in world.plan(HIDDEN).resources[0].actions] == [Unlist()]


def test_a_certification_that_is_refused_is_a_failure_and_nothing_is_unlisted() -> None:
    world, eu = hiding(PROCESSING, READY, CERTIFYING, {"status": "Failed"})
    (outcome,) = world.apply(world.plan(HIDDEN))
    assert (outcome.status, outcome.left, sent(eu)) == (Status.FAILED, (Unlist(),), [CERTIFY])


def test_others_who_change_it_during_the_certification_stop_the_unlisting() -> None:
    world, eu = hiding(PROCESSING, READY)

    def edit(target: Target) -> None:
        if target.reads == 8:
            target.put(HIDDEN.identity, {**target.live[HIDDEN.identity].fields, "name": Known("Theirs")}, version=99)
            target.move(HIDDEN.identity, **CERTIFIED)

    eu.on_read = edit
    (outcome,) = world.apply(world.plan(HIDDEN))
    assert (outcome.status, outcome.left, sent(eu)) == (Status.STALE, (Unlist(),), [CERTIFY])


def test_a_certification_that_others_have_begun_meanwhile_leaves_unlisting_to_a_later_apply() -> None:
    world, eu = hiding()
    plan = world.plan(HIDDEN)
    eu.move(HIDDEN.identity, **READY)
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.left, sent(eu)) == (Status.DEFERRED, (CERTIFY, Unlist()), [])
    assert listed_again().message in outcome.message


def test_what_is_protected_is_created_certified_and_unlisted_in_one_apply() -> None:
    """Unlisting what the run itself lists removes nothing that others relied on."""
    manifest = replace(HIDDEN, lifecycle=replace(HIDDEN.lifecycle, protect=True))
    eu = Target(states=[[PROCESSING, READY, CERTIFYING, {}, CERTIFIED], [{"listed": False}]])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.done[1:], outcome.left) == (Status.APPLIED, (CERTIFY, Unlist()), ())


def test_what_is_protected_and_listed_is_not_unlisted() -> None:
    manifest = replace(HIDDEN, lifecycle=replace(HIDDEN.lifecycle, protect=True))
    for name in ("Acme Tax", "Old"):
        eu = Target()
        eu.hold(manifest, name=name)
        eu.move(manifest.identity, **CERTIFIED)
        (resource,) = scene(eu).plan(manifest).resources
        assert (resource.verdict, [p.finding.code for p in resource.findings]) == (Verdict.BLOCKED, ["protected"])


def test_a_comment_that_others_make_in_the_certification_that_this_run_began_is_no_reason_to_wait() -> None:
    lifecycle = LifecycleSpec(publish=PublishTo.CERTIFIED, certification_comments=("a",))
    manifest = connector("acme-tax", lifecycle=lifecycle)

    def theirs(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        target.move(manifest.identity, comments=("a",))
        return commit()

    eu = Target(states=[[PROCESSING, {"status": "InCertification"}]], faults=[None, None, theirs])
    eu.hold(manifest, name="Old")
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.REBASED, ())


def test_an_equal_comment_whose_answer_was_lost_and_that_shows_late_is_counted_once() -> None:
    manifest, world, eu = commenting()
    eu.faults = [lost_after]
    stale = eu.live[manifest.identity]
    eu.readings = [stale, stale]
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.done, outcome.left) == (Status.APPLIED, (AddComment("Ready."),) * 3, ())
    assert len(eu.writes) == 3


def test_what_others_made_private_meanwhile_is_published_once() -> None:
    world, eu = public([PROCESSING, OUT])
    plan = world.plan(TAX)
    eu.move(TAX.identity, private=True)
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.left) == (Status.REBASED, ())
    assert [type(actions[-1]).__name__ for _, actions in eu.writes] == ["RemoveMember", "Publish"]


def test_a_saved_plan_makes_it_private_with_its_projects_too() -> None:
    world, eu = public([PROCESSING, OUT], [PROCESSING, OUT])
    eu.faults = [None, only_private, None]
    plan = recompute(world.plan(TAX), [TAX], {}, file="plan.json")
    (outcome,) = world.apply(plan, ApplyOptions(saved=True))
    assert (outcome.status, outcome.left, len(eu.writes)) == (Status.APPLIED, (), 3)
