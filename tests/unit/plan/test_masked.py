"""What is known of values that a platform masks."""

from collections.abc import Mapping
from typing import Any, Final

from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.model.action import Action, AddElement, Create, Rollout
from trueup.plan.fallbacks import SentByRun, remember
from trueup.plan.masked import NOT_COMPARED
from trueup.plan.resource import plan_resource
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


def test_what_an_earlier_run_sent_counts_without_a_base() -> None:
    assert planned(FIRST, write(**FIRST)) == []
    assert planned(SECOND, write(**FIRST)) == [write(**SECOND), Rollout()]


def test_what_an_earlier_run_sent_counts_before_the_base() -> None:
    assert planned(SECOND, write(**SECOND), base=FIRST) == []
    assert planned(FIRST, write(**SECOND), base=FIRST) == [write(**FIRST), Rollout()]


def test_a_plan_with_all_references_known_has_no_note_that_they_are_not_compared() -> None:
    plan = plan_resource(wanting(**FIRST), observed(), remembered=(write(**FIRST),))
    assert plan.findings == ()


def test_a_reference_that_was_sent_and_took_effect_is_remembered() -> None:
    assert kept(write(**SECOND)) == (write(**SECOND),)


def test_the_references_of_a_creation_are_remembered() -> None:
    assert kept(Create(DEPLOYMENT.desired(wanting(**FIRST).spec))) == (write(**FIRST),)


def test_a_reference_that_was_sent_and_may_not_have_taken_effect_is_not_remembered() -> None:
    assert kept(write(**SECOND), done=False) == ()


def test_a_later_reference_is_remembered_without_the_source_of_an_earlier_one() -> None:
    file = {"fromFile": "secrets/token"}
    assert kept(write(**FIRST), write(**file)) == (write(**file),)


def test_plain_values_are_not_remembered() -> None:
    assert kept(AddElement("applications.standardConfiguration", TOKEN, {"value": "eu"})) == ()
