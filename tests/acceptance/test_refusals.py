"""Refusals and outages between a whole plan, a whole apply and the simulated platforms: requests are counted."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from manual_clock import ManualClock
from trueup.apply.run import apply_plan
from trueup.model.identity import Kind
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome, Status
from trueup.plan.build import build_plan
from trueup.sandbox.faults import Faults, faults_from_json
from trueup.sandbox.seed import apply_seed, check_seed
from unit.apply.fakes import CERTIFICATION, SPEC, MemoryJournal, certification, connector
from unit.platforms.doubles import quick_settings
from unit.platforms.sandbox_target import EU, ORIGIN, OneClock, opened

pytestmark = pytest.mark.slow

CREATE, UPDATE, DRAFTS = "certifications/create$", "certifications/update$", "/connectors/drafts$"
MANY = 60


def rule(effect: str, path: str, **more: object) -> Mapping[str, object]:
    return {"effect": effect, "path": path, "method": "POST", **more}


class Run:
    """Hold how a plan and its apply went."""

    def __init__(self, plan: Plan, outcomes: Sequence[Outcome], requests: Sequence[str]) -> None:
        self.plan, self.outcomes = plan, outcomes
        self.requests = Counter(request.partition(" ")[2].rpartition("/")[2] for request in requests)
        self.total = len(requests)

    @property
    def one(self) -> Outcome:
        (outcome,) = self.outcomes
        return outcome


def carried_out(
    manifests: Sequence[Manifest],
    faults: Sequence[Mapping[str, object]],
    live: Mapping[str, Any] | None = None,
    planning: Sequence[Mapping[str, object]] = (),
) -> Run:
    """Plan and apply; ``planning`` are the faults while the plan is made, ``faults`` those of the apply."""
    target = EU if manifests[0].identity.kind is Kind.CONNECTOR else ORIGIN

    async def run() -> Run:
        async with opened(target, None, quick_settings()) as opened_target:
            sandbox = opened_target.embedded.sandbox
            assert isinstance(sandbox.clock, ManualClock)
            if live:
                apply_seed(sandbox.store, target.name, check_seed(live, "test"), clock=sandbox.clock)
            sandbox.faults = armed(planning)
            plan = await build_plan(manifests, {target.name: opened_target.reader})
            before = len(opened_target.requests)
            sandbox.faults = armed(faults)
            outcomes = await apply_plan(
                plan,
                readers={target.name: opened_target.reader},
                writers={target.name: opened_target.writer},
                journal=MemoryJournal(),
                clock=OneClock(there=sandbox.clock),
            )
            return Run(plan, outcomes, opened_target.requests[before:])

    return asyncio.run(run())


def armed(rules: Sequence[Mapping[str, object]]) -> Faults:
    return faults_from_json({"faults": [dict(one) for one in rules]}, "test")


EPD = certification("EPD-1", {**CERTIFICATION, "certificateNumber": "2"})
LIVE = {"certifications": [{"externalId": "EPD-1", **CERTIFICATION, "certificateNumber": "1"}]}

REFUSALS = [
    {"effect": "too-many-requests"},
    {"effect": "too-many-requests", "retryAfterForm": "seconds", "retryAfter": 3},
    {"effect": "unavailable", "retryAfterForm": "date", "retryAfter": 3},
    {"effect": "unavailable"},
    {"effect": "html", "status": 503},
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_update_of_a_certification_that_is_refused_twice_is_sent_three_times(refusal: Mapping[str, object]) -> None:
    run = carried_out([EPD], [{**refusal, "method": "POST", "path": UPDATE, "times": 2}], LIVE)
    assert run.one.status is Status.APPLIED
    assert run.requests == {"update": 3, "search": 4}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_creation_that_is_refused_is_sent_again_on_both_platforms(refusal: Mapping[str, object]) -> None:
    for manifest, path in ((EPD, CREATE), (connector("tax", SPEC), DRAFTS)):
        run = carried_out([manifest], [{**refusal, "method": "POST", "path": path, "times": 1}])
        assert run.one.status is Status.APPLIED
        assert run.total <= 6


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_refused_for_ever_has_failed_and_is_not_unknown(refusal: Mapping[str, object]) -> None:
    for manifest, path in ((EPD, CREATE), (connector("tax", SPEC), DRAFTS)):
        run = carried_out([manifest], [{**refusal, "method": "POST", "path": path}])
        assert run.one.status is Status.FAILED
        assert run.total <= 9


def test_a_gateway_that_fails_in_another_way_leaves_a_creation_unknown_and_sends_it_once() -> None:
    for status in (502, 504):
        run = carried_out([EPD], [rule("html", CREATE, status=status)])
        assert run.one.status is Status.UNKNOWN
        assert run.requests["create"] == 1


def test_a_server_that_goes_down_between_plan_and_apply_costs_a_bounded_number_of_requests() -> None:
    gone = [{"effect": "refuse", "path": ""}]
    for manifests in (
        [certification(f"EPD-{number}") for number in range(MANY)],
        [connector(f"tax-{number}", SPEC) for number in range(MANY)],
    ):
        run = carried_out(manifests, gone)
        statuses = Counter(outcome.status for outcome in run.outcomes)
        assert set(statuses) == {Status.FAILED, Status.SKIPPED}
        assert run.total <= 12
        causes = {outcome.message for outcome in run.outcomes}
        assert len(causes) == 2
        assert any(" is down: no connection to " in cause for cause in causes)


def test_a_server_that_is_down_while_the_plan_is_made_leaves_one_cause() -> None:
    manifests = [certification(f"EPD-{number}") for number in range(MANY)]
    run = carried_out(manifests, [], planning=[{"effect": "refuse", "path": ""}])
    assert {resource.verdict for resource in run.plan.resources} == {Verdict.UNREADABLE}
    assert len({resource.error for resource in run.plan.resources}) == 1
    assert run.total == 0


def test_a_lost_answer_is_still_settled_by_reading() -> None:
    run = carried_out([EPD], [rule("drop", UPDATE, performed=True, times=1)], LIVE)
    assert run.one.status is Status.APPLIED
    assert run.requests["update"] == 1
