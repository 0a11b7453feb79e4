"""What is sent of a new plan was shown by an approved one, whatever was merged, edited and done in the meantime."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forging import forgeries
from property.test_forged_plan import ESTATES, MANIFESTS, PLACES, STRIDE, document_of
from strategies import specs_of
from trueup.diff.simulate import created, simulate
from trueup.errors import InvalidInput
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, AddElement, Create, FieldAction, RemoveElement
from trueup.model.identity import Kind
from trueup.model.live import Live, Missing, Reading
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import PlannedAction, ResourcePlan, Verdict
from trueup.model.value import ABSENT, NOT_RETURNED, Known, LiveValue, Parts
from trueup.plan.approval import Approval, Cover, coverage, split
from trueup.plan.build import build_plan
from trueup.plan.digest import SENT, settled_action, subject_of
from trueup.plan.resource import plan_resource
from trueup.plan.saved import check_values, plan_from_json
from trueup.plan.whole import with_resources
from unit.apply import fakes
from unit.apply.fakes import MAKERS
from unit.report.samples import plan as empty_plan

pytestmark = pytest.mark.slow

LIFECYCLES = (
    NO_LIFECYCLE,
    NO_LIFECYCLE,
    LifecycleSpec(publish=PublishTo.PRIVATE),
    LifecycleSpec(follow=True),
    LifecycleSpec(state=State.ABSENT, reason="sold"),
)


@dataclass(frozen=True)
class Estate:
    """What several commits want of one resource, and states that it may be in."""

    manifests: Sequence[Manifest]
    states: Sequence[Reading]


def held(wanted: Manifest) -> Live:
    target = fakes.Target(versioned=KINDS[wanted.identity.kind].versioned)
    target.hold(wanted)
    return target.live[wanted.identity]


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """Draw three specs and their mixtures: a merge of two pull requests wants some of each."""
    kind = draw(st.sampled_from(Kind))
    first, second, then = draw(st.tuples(*[specs_of(kind)] * 3))
    joined = {**first, **draw(st.dictionaries(st.sampled_from(sorted({*first, *second})), st.just(None)))}
    mixed = {name: second.get(name, first.get(name)) if value is None else value for name, value in joined.items()}
    lifecycle = draw(st.sampled_from(LIFECYCLES))
    manifests = [MAKERS[kind]("ACME", spec, lifecycle=lifecycle) for spec in (first, second, mixed)]
    live, other = held(MAKERS[kind]("ACME", then)), held(manifests[1])
    edited = {path: draw(st.sampled_from([value, value, other.fields[path]])) for path, value in live.fields.items()}
    return Estate(manifests, [live, replace(live, fields=edited), other, Missing()])


def in_the_middle(data: st.DataObject, planned: ResourcePlan, reading: Reading) -> Reading:
    """Return live after some requests of a plan, and a part of the next one."""
    kind = KINDS[planned.identity.kind]
    fields = kind.fields
    stages = sorted({step.stage for step in planned.actions if _is_apart(kind, step.action)})
    steps = [step for step in planned.actions if not stages or step.stage < stages[0]]
    last = data.draw(st.sampled_from([*dict.fromkeys(step.stage for step in steps), 99]))
    done = [s.action for s in steps if s.stage < last or (s.stage == last and data.draw(st.booleans()))]
    live = reading.fields if isinstance(reading, Live) else {}
    match done:
        case [Create(carried), *_]:
            live = created(fields, carried)
        case [_, *_] if not isinstance(reading, Live):
            return reading
    if not live:
        return reading
    after = simulate(fields, [action for action in done if isinstance(action, FieldAction)], live)
    identity = "id-ACME" if isinstance(reading, Missing) else reading.remote_id if isinstance(reading, Live) else ""
    lifecycle = reading.lifecycle if isinstance(reading, Live) else fakes.STATES[kind.kind]
    return Live(fields=after, remote_id=identity, version=2 if kind.versioned else None, lifecycle=lifecycle)


def _is_apart(kind: KindSpec, action: Action) -> bool:
    """Return whether an action has a request of its own."""
    return not isinstance(action, FieldAction | Create) and not kind.lifecycle.joins(action)


def start(step: PlannedAction) -> LiveValue:
    """Return what an action replaces: of an element, only what it writes."""
    match step.action, step.before:
        case AddElement(attributes=written), Known(Parts(values)):
            return Known(Parts({path: value for path, value in values.items() if path in written}))
        case action, before if isinstance(action, FieldAction):
            return before
        case _:
            return ABSENT


def showed(shown: ResourcePlan, step: PlannedAction) -> bool:
    """Return whether a plan has an action with its start, or does the first half of it in an earlier request."""
    mine = (settled_action(step.action), start(step))
    if any((settled_action(s.action), start(s)) == mine for s in shown.actions):
        return True
    path = getattr(step.action, "path", "")
    creates = any(isinstance(s.action, Create) and path in s.action.fields for s in shown.actions)
    removes = any(
        isinstance(s.action, RemoveElement) and subject_of(s.action) == subject_of(step.action) for s in shown.actions
    )
    return (creates or removes) and step.before in (ABSENT, NOT_RETURNED)


@given(estates(), st.data())
def test_split_never_sends_an_action_that_no_approved_plan_showed_with_its_start_value(
    estate: Estate, data: st.DataObject
) -> None:
    pick = st.tuples(st.sampled_from(estate.manifests), st.sampled_from(estate.states))
    approved = [(plan_resource(*one), one[1]) for one in data.draw(st.lists(pick, max_size=3))]
    now = data.draw(st.sampled_from(estate.states))
    halfway = st.sampled_from([False, bool(approved)])
    if data.draw(halfway):
        now = in_the_middle(data, *data.draw(st.sampled_from(approved)))
    fresh = plan_resource(data.draw(st.sampled_from(estate.manifests)), now)
    shown = [planned for planned, _ in approved]
    plans = tuple(with_resources(empty_plan(), (planned,)) for planned in shown)
    found = split(with_resources(empty_plan(), (fresh,)), Approval(plans=plans))
    assert len(found.plan.resources) + len(found.left) == 1
    sent = [planned for planned in shown if planned.verdict in SENT]
    for resource in found.plan.resources:
        if resource.verdict in SENT:
            assert all(any(showed(planned, step) for planned in sent) for step in resource.actions)
            assert resource.verdict is not Verdict.DELETE or any(resource.observed == s.observed for s in sent)


@given(estates(), st.data())
def test_fewer_actions_stay_covered(estate: Estate, data: st.DataObject) -> None:
    wanted, reading = data.draw(st.sampled_from(estate.manifests)), data.draw(st.sampled_from(estate.states))
    shown = plan_resource(wanted, reading)
    assume(shown.verdict in SENT)
    fresh = plan_resource(wanted, in_the_middle(data, shown, reading))
    if fresh.verdict in SENT:
        assert coverage(fresh, [shown]).cover is Cover.COVERED


@given(estates(), st.data())
def test_more_approved_plans_never_take_an_approval_back(estate: Estate, data: st.DataObject) -> None:
    pick = st.builds(plan_resource, st.sampled_from(estate.manifests), st.sampled_from(estate.states))
    fresh, shown, more = data.draw(pick), data.draw(st.lists(pick, max_size=2)), data.draw(pick)
    assume(fresh.verdict in SENT)
    if coverage(fresh, shown).cover is Cover.COVERED:
        assert coverage(fresh, [*shown, more]).cover is Cover.COVERED


@pytest.mark.parametrize("name", ["calm", "with a base that was applied", "others wrote"])
def test_a_forged_plan_approves_only_what_is_planned_now_or_is_refused(name: str) -> None:
    drawn = ESTATES[name]
    document, scene = document_of(drawn.plan()), drawn.scene()
    drawn.then(scene.targets["eu"], scene.targets["origin"])
    fresh = asyncio.run(build_plan(MANIFESTS, scene.targets, rules=drawn.rules, since=drawn.since, places=PLACES))
    taken = 0
    for number, (what, forge) in enumerate(forgeries(document), start=list(ESTATES).index(name)):
        if number % STRIDE:
            continue
        try:
            shown = plan_from_json(forge(), file="plan.json")
            check_values(shown, file="plan.json")
        except InvalidInput:
            continue
        taken += 1
        found = split(fresh, Approval(plans=(shown,)))
        assert set(map(id, found.plan.resources)) <= set(map(id, fresh.resources)), what
        left = {outcome.identity for outcome in found.left}
        assert {r.identity for r in found.plan.resources} | left == {r.identity for r in fresh.resources}, what
    assert taken
