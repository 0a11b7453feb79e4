"""Notice a draft that may have lost its key before a second one is created under that key."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from trueup.errors import PlatformError, Unavailable
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest, State
from trueup.model.plan import Base, Fate, Plan, Verdict
from trueup.model.reader import Nameless
from trueup.model.value import Known, Parts, Value
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.drift import find_drift
from trueup.plan.lifecycle import LOST_KEY
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json
from trueup.plan.three_way import Since
from unit.apply.fakes import SPEC, Target, connector

TAX = connector("acme-tax")
ABSENT = LifecycleSpec(state=State.ABSENT, reason="Sold.")
TOMBSTONE = connector("acme-tax", lifecycle=ABSENT)
BARE = connector("acme-tax", {}, lifecycle=ABSENT)
RENAMED = connector("acme-tax", {**SPEC, "name": "New", "repository": {"url": "git@github.com:a/b.git", "tag": "v1"}})
URL = "git@github.com:acme/tax.git"
ELSEWHERE = "git@github.com:acme/other.git"


@dataclass
class Listed(Target):
    """A platform that lists the drafts without a key, or fails with an error."""

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


def plan(target: Listed, manifest: Manifest = TAX, since: Since | None = None) -> Plan:
    return asyncio.run(build_plan([manifest], {"eu": target}, since=since))


def base(*manifests: Manifest) -> Since:
    return Since(base=Base(revision="main", commit="0" * 40), manifests={m.identity: m for m in manifests})


def findings(made: Plan) -> list[tuple[str, str]]:
    (planned,) = made.resources
    return [(p.finding.level, p.finding.message) for p in planned.findings if p.finding.code == LOST_KEY]


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
    messages = [p.finding.message for p in planned.findings if p.finding.code == LOST_KEY]
    assert planned.verdict is (Verdict.BLOCKED if alike else Verdict.CREATE)
    assert bool(messages) is bool(alike)
    assert all(alike in message for message in messages)


def test_a_draft_without_a_key_concerns_only_what_is_to_be_created() -> None:
    target = Listed(lost=[draft(url=URL)])
    target.hold(TAX, name="Old")
    assert plan(target).resources[0].verdict is Verdict.UPDATE
    assert target.asked == []


def test_nothing_is_created_if_drafts_without_a_key_cannot_be_read() -> None:
    (planned,) = plan(Listed(failure=Unavailable("No answer."))).resources
    assert (planned.verdict, planned.error, planned.actions) == (Verdict.UNREADABLE, "No answer.", ())


@pytest.mark.parametrize(
    ("manifest", "since"), [(TOMBSTONE, None), (BARE, base(TAX)), (TOMBSTONE, base(RENAMED)), (RENAMED, base(TAX))]
)
def test_a_draft_without_a_key_that_looks_as_it_was_or_is_wanted_blocks(
    manifest: Manifest, since: Since | None
) -> None:
    made = plan(Listed(lost=[draft(url=URL)]), manifest, since)
    assert made.resources[0].verdict is Verdict.BLOCKED
    ((level, message),) = findings(made)
    assert (level, "same repository (id lost-1)" in message) == ("blocked", True)


@pytest.mark.parametrize(("manifest", "since"), [(TOMBSTONE, None), (BARE, base(TAX))])
def test_a_tombstone_is_done_where_no_draft_without_a_key_looks_like_it(manifest: Manifest, since: Since) -> None:
    made = plan(Listed(lost=[draft()]), manifest, since)
    assert (made.resources[0].verdict, findings(made)) == (Verdict.UNCHANGED, [])


@pytest.mark.parametrize("since", [None, base(), base(BARE)])
def test_a_tombstone_of_which_nothing_else_is_known_warns_of_drafts_without_a_key(since: Since | None) -> None:
    lost = [replace(draft(), remote_id=f"lost-{number}") for number in range(5)]
    made = plan(Listed(lost=lost), BARE, since)
    assert made.resources[0].verdict is Verdict.UNCHANGED
    ((level, message),) = findings(made)
    assert (level, "id lost-0, lost-1, lost-2 and 2 more" in message) == ("warning", True)
    assert findings(plan(Listed(), BARE, since)) == []


def test_a_tombstone_is_unreadable_if_drafts_without_a_key_cannot_be_read() -> None:
    (planned,) = plan(Listed(failure=Unavailable("No answer.")), TOMBSTONE).resources
    assert (planned.verdict, planned.error) == (Verdict.UNREADABLE, "No answer.")


@pytest.mark.parametrize(
    ("target", "fate", "why"),
    [
        (Listed(lost=[draft(url=URL)]), Fate.UNREADABLE, "same repository (id lost-1)"),
        (Listed(failure=Unavailable("No answer.")), Fate.UNREADABLE, "No answer."),
        (Listed(lost=[draft()]), Fate.DELETED, ""),
    ],
)
def test_drift_calls_nothing_deleted_that_may_have_lost_its_key(target: Listed, fate: Fate, why: str) -> None:
    (found,) = asyncio.run(find_drift([TAX], {"eu": target})).resources
    assert (found.fate, why in found.error) == (fate, True)


def test_what_others_created_while_it_was_planned_is_not_created_again() -> None:
    (planned,) = plan(Listed(names=frozenset({"acme-tax"}))).resources
    assert (planned.verdict, planned.actions) == (Verdict.UNREADABLE, ())
    assert "Plan again" in planned.error


@pytest.mark.parametrize("manifest", [TAX, TOMBSTONE])
def test_a_saved_plan_keeps_what_it_was_blocked_for(manifest: Manifest) -> None:
    made = plan(Listed(lost=[draft(url=URL)]), manifest)
    saved = plan_from_json(json.loads(json.dumps(plan_to_json(made))), file="plan.json")
    assert recompute(saved, [manifest], {}, file="plan.json") == made
