"""Whatever became of earlier writes, what is called unchanged is as wanted, and an unseen field is told of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from trueup.apply.context import ApplyOptions
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import apply_plan
from trueup.errors import Rejected
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.plan import Base, Plan, Verdict
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
    name: certification("E1", {**CERTIFICATION, "certificateNumber": number, "brands": [{"name": b} for b in brands]})
    for name, number, brands in (("A", "N-1", "a"), ("B", "N-2", "ab"), ("C", "N-1", "bc"), ("D", "N-3", "c"))
}
IDENTITY = VERSIONS["A"].identity


@dataclass
class Copy:
    """Be a working copy with its journals, beside a platform that does not return what is sent."""

    folder: Path
    target: Target = field(default_factory=lambda: Target(versioned=False, hidden=set(HIDDEN)))

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
        number, brands = self.target.of(wanted, "certificateNumber"), self.target.of(wanted, "brands")
        there = brands.value.by_key if isinstance(brands, Known) and isinstance(brands.value, Elements) else {}
        return number == Known(str(wanted.spec["certificateNumber"])) and all(
            (brand["name"],) in there
            for brand in wanted.spec["brands"]  # type: ignore[attr-defined]  # a list of brands
        )


STEPS = st.tuples(
    st.sampled_from(sorted(VERSIONS)), st.sampled_from(sorted(FAULTS)), st.none() | st.sampled_from(sorted(VERSIONS))
)


# One example is up to six runs of the command.
@settings(max_examples=settings().max_examples // 4 + 20)
@given(st.lists(STEPS, min_size=1, max_size=6))
def test_what_is_called_unchanged_is_as_wanted_and_what_is_removed_was_applied(
    steps: list[tuple[str, str, str | None]],
) -> None:
    with TemporaryDirectory() as folder:
        copy = Copy(Path(folder, "runs"))
        copy.target.hold(certification("E1"))
        for name, fault, then in steps:
            wanted, base = VERSIONS[name], VERSIONS[then] if then else None
            before = copy.is_as(wanted)
            plan, outcomes = copy.apply(wanted, fault, base)
            (planned,) = plan.resources
            assert UNOBSERVED & {p.finding.code for p in planned.findings}, (
                "a field that was never seen must be told of"
            )
            if planned.verdict is Verdict.UNCHANGED:
                event("unchanged")
                assert before
            if outcomes and outcomes[0].status in {Status.APPLIED, Status.REBASED, Status.UNCHANGED}:
                assert copy.is_as(wanted)
        plan, outcomes = copy.apply(VERSIONS["A"], "none", None)
        assert copy.is_as(VERSIONS["A"])
        plan, outcomes = copy.apply(VERSIONS["A"], "none", None)
        assert plan.resources[0].verdict is Verdict.UNCHANGED
