"""Notice a draft that may have lost its key before a second one is created under that key."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from trueup.errors import PlatformError, Unavailable
from trueup.model.live import Live
from trueup.model.plan import Plan, Verdict
from trueup.model.reader import Nameless
from trueup.model.value import Known, Parts, Value
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.lost_keys import LOST_KEY
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json
from unit.apply.fakes import SPEC, Target, connector

TAX = connector("acme-tax")
URL = "git@github.com:acme/tax.git"
ELSEWHERE = "git@github.com:acme/other.git"


@dataclass
class Listed(Target):
    """A platform that can say which drafts have no key, or why it cannot."""

    lost: Sequence[Live] = ()
    names: frozenset[str] = frozenset()
    failure: PlatformError | None = None
    asked: list[None] = field(default_factory=list)

    async def nameless(self) -> Nameless:
        self.asked.append(None)
        if self.failure is not None:
            raise self.failure
        return Nameless(live=tuple(self.lost), names=self.names)


def draft(name: str = "Other", url: str = ELSEWHERE) -> Live:
    fields: dict[str, Value] = {"name": name, "repository": Parts({"url": url, "tag": "v0"})}
    return Live(fields={path: Known(value) for path, value in fields.items()}, remote_id="lost-1", version=3)


def plan(target: Listed) -> Plan:
    return asyncio.run(build_plan([TAX], {"eu": target}))


@pytest.mark.parametrize(
    ("lost", "alike"),
    [
        (draft(), ""),
        (draft(name=str(SPEC["name"])), "same name (id lost-1)"),
        (draft(url=URL), "same repository (id lost-1)"),
        (draft(name=str(SPEC["name"]), url=URL), "same repository and name (id lost-1)"),
    ],
)
def test_a_draft_without_a_key_and_with_the_repository_or_the_name_blocks_a_creation(lost: Live, alike: str) -> None:
    (planned,) = plan(Listed(lost=[lost])).resources
    told = [p.finding.message for p in planned.findings if p.finding.code == LOST_KEY]
    assert planned.verdict is (Verdict.BLOCKED if alike else Verdict.CREATE)
    assert bool(told) is bool(alike)
    assert all(alike in message for message in told)


def test_a_draft_without_a_key_concerns_only_what_is_to_be_created() -> None:
    target = Listed(lost=[draft(url=URL)])
    target.hold(TAX, name="Old")
    assert plan(target).resources[0].verdict is Verdict.UPDATE
    assert target.asked == []


def test_nothing_is_created_while_it_cannot_be_said_which_drafts_have_no_key() -> None:
    (planned,) = plan(Listed(failure=Unavailable("No answer."))).resources
    assert (planned.verdict, planned.error, planned.actions) == (Verdict.UNREADABLE, "No answer.", ())


def test_what_others_created_while_it_was_planned_is_not_created_again() -> None:
    (planned,) = plan(Listed(names=frozenset({"acme-tax"}))).resources
    assert (planned.verdict, planned.actions) == (Verdict.UNREADABLE, ())
    assert "Plan again" in planned.error


def test_a_saved_plan_keeps_what_it_was_blocked_for() -> None:
    made = plan(Listed(lost=[draft(url=URL)]))
    saved = plan_from_json(json.loads(json.dumps(plan_to_json(made))), file="plan.json")
    assert recompute(saved, [TAX], {}, file="plan.json") == made
