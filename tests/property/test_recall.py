"""Whatever became of earlier writes, what is called unchanged is as wanted, and an unseen field is told of.

Deployments are left out: of them a platform leaves out only secured values, which test_deployments.py is about.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from trueup.apply.context import ApplyOptions
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import apply_plan
from trueup.diff.findings import MAY_BE_ONE
from trueup.errors import Rejected
from trueup.model.action import AddElement, RemoveElement, UpdateAction
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.plan import Base, Plan, Verdict
from trueup.model.reader import Wanted
from trueup.model.run import Outcome, Status
from trueup.model.value import Elements, Known
from trueup.plan.build import build_plan
from trueup.plan.fallbacks import UNOBSERVED
from trueup.plan.three_way import Since
from unit.apply.fakes import (
    CERTIFICATION,
    Clock,
    Fault,
    Target,
    certification,
    kept,
    lost_after,
    lost_before,
    refusing,
)

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process dies here: nothing of it runs any more."""


def dying(*, taken: bool) -> Fault:
    def fault(target: Target, commit: object) -> Live | None:
        if taken:
            commit()  # type: ignore[operator]
        raise Killed

    return fault


FAULTS: dict[str, Fault | None] = {
    "none": None,
    "lost, taken": lost_after,
    "lost, not taken": lost_before,
    "killed, taken": dying(taken=True),
    "killed, not taken": dying(taken=False),
    "refused": refusing(Rejected("No.", status=400, code="CE00001")),
}
HIDDEN = {"certificateNumber", "brands"}
VERSIONS = {
    name: certification(
        "E1",
        {
            **CERTIFICATION,
            "certificateNumber": number,
            "brands": [{"name": brand, "website": f"{number}.{brand}.example"} for brand in brands],
        },
    )
    for name, number, brands in (
        ("A", "N-1", "a"),
        ("B", "N-2", "ab"),
        ("C", "N-1", "bc"),
        ("D", "N-3", "c"),
        ("E", "N-1", "Ab"),
        ("F", "N-2", "aAc"),
    )
}


def key_exactly(name: str) -> str:
    return name


class Platform(Target):
    """A platform that does not return what is sent, and finds elements by their names as ``key_of`` reads them."""

    def __init__(self, key_of: Callable[[str], str]) -> None:
        super().__init__(versioned=False, hidden=set(HIDDEN))
        self.key_of = key_of

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        names: dict[str, tuple[str, ...]] = {}
        for name in self.brands(wanted.identity):
            names[self.key_of(name)] = (name,)
        taken = [
            replace(action, key=names.setdefault(self.key_of(action.key[0]), action.key))
            if isinstance(action, AddElement | RemoveElement)
            else action
            for action in actions
        ]
        return await super().update(wanted, live, taken)

    def brands(self, identity: Identity) -> Mapping[str, object]:
        """Return the stored brands with their websites."""
        match self.live[identity].fields["brands"]:
            case Known(value=Elements(by_key=by_key)):
                return {name: attributes["website"] for (name,), attributes in by_key.items()}
            case _:
                return {}


@dataclass
class Copy:
    """Be a working copy with its journals, beside a platform that does not return what is sent."""

    folder: Path
    target: Platform

    def apply(self, wanted: Manifest, fault: str, base: Manifest | None) -> tuple[Plan, Sequence[Outcome]]:
        """Plan and apply as one process; no outcomes when it was killed."""

        async def run() -> tuple[Plan, Sequence[Outcome]]:
            sides = {"origin": self.target}
            since = Since(base=Base(revision="main", commit="1f0c"), manifests={base.identity: base}) if base else None
            memory = recall(kept(self.folder)).memory
            plan = await build_plan([wanted], sides, memory=memory, since=since)
            self.target.faults = [FAULTS[fault]]
            journal = FileJournal(kept(self.folder))
            options = ApplyOptions(readback_seconds=1)
            try:
                return plan, await apply_plan(
                    plan, readers=sides, writers=sides, journal=journal, clock=Clock(), options=options
                )
            except* Killed:
                pass
            return plan, ()

        done = asyncio.run(run())
        self.target.faults = []
        return done

    def is_as(self, wanted: Manifest) -> bool:
        """Return whether the platform really holds what was sent, whatever else it holds."""
        number = self.target.of(wanted, "certificateNumber")
        key_of, there = self.target.key_of, self.target.brands(wanted.identity)
        websites = {key_of(name): website for name, website in there.items()}
        return number == Known(str(wanted.spec["certificateNumber"])) and all(
            websites.get(key_of(brand["name"])) == brand["website"]
            for brand in wanted.spec["brands"]  # type: ignore[attr-defined]  # a list of brands
        )

    def can_be_as(self, wanted: Manifest) -> bool:
        """Return whether the platform holds all that is wanted apart, or takes two of it for one."""
        names = [brand["name"] for brand in wanted.spec["brands"]]  # type: ignore[attr-defined]  # a list of brands
        return len(set(map(self.target.key_of, names))) == len(names)


STEPS = st.tuples(
    st.sampled_from(sorted(VERSIONS)), st.sampled_from(sorted(FAULTS)), st.none() | st.sampled_from(sorted(VERSIONS))
)


# One example is up to six runs of the command.
@settings(max_examples=settings().max_examples // 4 + 20)
@given(st.lists(STEPS, min_size=1, max_size=6), st.sampled_from((key_exactly, str.casefold)))
def test_what_is_called_unchanged_is_as_wanted_and_what_is_removed_was_applied(
    steps: list[tuple[str, str, str | None]], key_of: Callable[[str], str]
) -> None:
    with TemporaryDirectory() as folder:
        copy = Copy(Path(folder, "runs"), Platform(key_of))
        copy.target.hold(certification("E1"))
        for name, fault, then in steps:
            wanted, base = VERSIONS[name], VERSIONS[then] if then else None
            before = copy.is_as(wanted)
            plan, outcomes = copy.apply(wanted, fault, base)
            (planned,) = plan.resources
            codes = {p.finding.code for p in planned.findings}
            assert UNOBSERVED & codes, "a field that was never seen must be told of"
            if planned.verdict is Verdict.UNCHANGED:
                event("unchanged")
                assert before or (MAY_BE_ONE in codes and not copy.can_be_as(wanted))
            if outcomes and outcomes[0].status in {Status.APPLIED, Status.REBASED, Status.UNCHANGED}:
                assert copy.is_as(wanted) or not copy.can_be_as(wanted)
        for name in ("F", "A"):
            wanted = VERSIONS[name]
            copy.apply(wanted, "none", None)
            assert copy.is_as(wanted) or not copy.can_be_as(wanted)
            plan, _ = copy.apply(wanted, "none", None)
            assert plan.resources[0].verdict is Verdict.UNCHANGED
