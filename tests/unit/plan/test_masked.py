"""What is known of values that a platform masks."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import PlanOutdated
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.model.action import Action, AddElement, Create, Rollout
from trueup.model.plan import Cause, PlanRules
from trueup.model.run import Status
from trueup.plan.build import build_plan
from trueup.plan.fallbacks import SentByRun, remember
from trueup.plan.masked import NOT_COMPARED
from trueup.plan.recompute import recompute
from trueup.plan.resource import plan_resource
from trueup.plan.saved import with_memory
from trueup.plan.three_way import AppliedWants, Since, with_causes
from unit.apply.fakes import Scene, Target
from unit.kinds.test_deployment import IDENTITY, changed, manifest, observed

SECRETS: Final = "applications.securedConfiguration"
TOKEN: Final = ("calculator", "API_TOKEN")
FIRST: Final = {"fromEnv": "ACME_API_TOKEN", "revision": "1"}
SECOND: Final = {"fromEnv": "ACME_API_TOKEN", "revision": "2"}


def wanting(**reference: str) -> Any:
    """Return the manifest with this reference for the one secret."""
    return manifest(changed("applications", "calculator", "securedConfiguration", "API_TOKEN", to=reference))


def write(**reference: str) -> AddElement:
    return AddElement(SECRETS, TOKEN, reference)


def planned(wanted: Mapping[str, str], *remembered: AddElement, base: Mapping[str, str] | None = None) -> list[Action]:
    then = None if base is None else wanting(**base)
    plan = plan_resource(wanting(**wanted), observed(), remembered=remembered, base=then)
    return [step.action for step in plan.actions]


def kept(*sent: Action, done: bool = True) -> tuple[Action, ...]:
    """Return what is remembered after a run that sent these actions."""
    run = SentByRun(identity=IDENTITY, remote_id="c1", sent=sent, done=sent if done else (), not_returned=frozenset())
    memory = remember({}, [run])
    return memory[IDENTITY].actions if memory else ()


def test_a_revision_that_the_base_does_not_have_is_written() -> None:
    assert planned(SECOND, base={"fromEnv": "ACME_API_TOKEN"}) == [write(**SECOND), Rollout()]


def test_another_source_replaces_the_reference_of_the_base_as_a_whole() -> None:
    file = {"fromFile": "secrets/token"}
    assert planned(file, base=FIRST) == [write(**file), Rollout()]


def test_a_revision_that_is_removed_is_no_change() -> None:
    assert planned({"fromEnv": "ACME_API_TOKEN"}, base=FIRST) == []


def test_a_reference_that_the_base_does_not_have_is_not_compared() -> None:
    then = manifest(changed("applications", "calculator", "securedConfiguration", to={"OTHER": FIRST}))
    plan = plan_resource(wanting(**FIRST), observed(), base=then)
    assert (plan.actions, [p.finding.code for p in plan.findings]) == ((), [NOT_COMPARED])


@pytest.mark.parametrize(
    ("head", "commits", "write_again"),
    [
        (SECOND, [SECOND], False),
        (SECOND, [FIRST], True),
        (SECOND, [SECOND, FIRST], True),
        (FIRST, [SECOND, FIRST], True),
        (SECOND, [SECOND, SECOND, FIRST], True),
        ({"fromEnv": "ACME_API_TOKEN"}, [FIRST, SECOND], False),
        ({"fromEnv": "ACME_API_TOKEN"}, [FIRST, {"fromEnv": "OLD", "revision": "1"}], True),
    ],
)
def test_what_one_of_several_commits_may_have_written_otherwise_is_written_again(
    head: Mapping[str, str], commits: list[Mapping[str, str]], *, write_again: bool
) -> None:
    plan = plan_resource(wanting(**head), observed(), written_by=[wanting(**then) for then in commits])
    assert [step.action for step in plan.actions] == ([write(**head), Rollout()] if write_again else [])


def causes_of(head: Any, base: Any, *applied: Any, names: tuple[str, ...] = ()) -> list[Cause | None]:
    plan = plan_resource(
        head, observed(), PlanRules(write_secured=names), base=base, written_by=[a for a in applied if a is not None]
    )
    return [step.cause for step in with_causes(plan, base, applied).actions]


def test_the_cause_of_a_secured_value_is_the_commit_that_changed_it() -> None:
    first, second = wanting(**FIRST), wanting(**SECOND)
    assert causes_of(second, first, first) == [Cause.YOURS, Cause.YOURS]
    assert causes_of(second, second, first) == [Cause.MERGED, Cause.MERGED]
    assert causes_of(second, second, second, first) == [Cause.MERGED, Cause.MERGED]
    assert causes_of(second, first, second, first) == [Cause.YOURS, Cause.YOURS]


def test_a_secured_value_that_is_asked_for_by_name_is_no_drift() -> None:
    first = wanting(**FIRST)
    assert Cause.DRIFT not in causes_of(first, first, first, names=("API_TOKEN",))
    assert Cause.DRIFT not in causes_of(first, first, names=("API_TOKEN",))


def test_a_secured_value_that_is_new_in_the_manifest_and_live_is_no_conflict() -> None:
    then = manifest(changed("applications", "calculator", "securedConfiguration", to={"OTHER": FIRST}))
    assert Cause.BOTH not in causes_of(wanting(**FIRST), then, then, names=("API_TOKEN",))


def test_what_an_earlier_run_sent_counts_without_a_base() -> None:
    assert planned(FIRST, write(**FIRST)) == []
    assert planned(SECOND, write(**FIRST)) == [write(**SECOND), Rollout()]


def test_what_an_earlier_run_sent_counts_before_the_base() -> None:
    assert planned(SECOND, write(**SECOND), base=FIRST) == []
    assert planned(FIRST, write(**SECOND), base=FIRST) == [write(**FIRST), Rollout()]


def test_a_saved_plan_that_is_applied_again_writes_a_secret_once() -> None:
    """No reading shows what the first apply wrote: only the record of it does."""
    target = Target()
    target.live[IDENTITY] = observed()
    scene = Scene({"shop": target})
    since = Since(base=None, manifests={IDENTITY: wanting(**FIRST)})
    plan = asyncio.run(build_plan([wanting(**SECOND)], {"shop": target}, since=since))
    sent = [step.action for resource in plan.resources for step in resource.actions]
    assert sent == [write(**SECOND), Rollout()]

    def applied(*actions: Action, done: bool = True) -> tuple[Status, int]:
        run = SentByRun(
            identity=IDENTITY,
            remote_id=observed().remote_id,
            sent=actions,
            done=actions if done else (),
            not_returned=frozenset(),
        )
        (outcome,) = scene.apply(with_memory(plan, remember({}, [run])), ApplyOptions(saved=True))
        return outcome.status, len(target.writes)

    assert applied(*sent) == (Status.UNCHANGED, 0)
    # Another secret has been written since: replacing that one was not approved.
    assert applied(write(fromEnv="OTHER", revision="7"), Rollout()) == (Status.STALE, 0)
    _, sent_again = applied(*sent, done=False)
    assert sent_again == 1, "the first apply may not have written it"


def test_a_plan_with_all_references_known_has_no_note_that_they_are_not_compared() -> None:
    plan = plan_resource(wanting(**FIRST), observed(), remembered=(write(**FIRST),))
    assert plan.findings == ()


def test_a_reference_that_was_sent_and_took_effect_is_remembered() -> None:
    assert kept(write(**SECOND)) == (write(**SECOND),)


def test_the_references_of_a_creation_are_remembered() -> None:
    assert kept(Create(DEPLOYMENT.desired(wanting(**FIRST).spec))) == (write(**FIRST),)


def test_a_reference_that_was_sent_and_may_not_have_taken_effect_is_written_again() -> None:
    (unclear,) = kept(write(**SECOND), done=False)
    assert isinstance(unclear, AddElement)
    for wanted in (FIRST, SECOND):
        assert planned(wanted, unclear, base=SECOND) == [write(**wanted), Rollout()]


def test_a_later_reference_is_remembered_without_the_source_of_an_earlier_one() -> None:
    file = {"fromFile": "secrets/token"}
    assert kept(write(**FIRST), write(**file)) == (write(**file),)


def test_plain_values_are_not_remembered() -> None:
    assert kept(AddElement("applications.standardConfiguration", TOKEN, {"value": "eu"})) == ()


def test_a_saved_plan_is_outdated_when_the_records_say_that_the_secret_was_written_since() -> None:
    def records(reference: Mapping[str, str]) -> Since:
        wants = AppliedWants(wants={IDENTITY: (wanting(**reference),)}, pending={})
        return Since(base=None, manifests={}, applied=wants)

    target = Target()
    target.live[IDENTITY] = observed()
    manifests = [wanting(**SECOND)]
    plan = asyncio.run(build_plan(manifests, {"shop": target}, since=records(FIRST)))
    assert recompute(plan, manifests, {}, file="plan.json", since=records(FIRST)) == plan
    with pytest.raises(PlanOutdated, match="records show other secured values"):
        recompute(plan, manifests, {}, file="plan.json", since=records(SECOND))
