"""A disk that is full at whatever byte: what left is unknown, never failed, and every resource has an outcome."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from trueup.apply.context import ApplyOptions
from trueup.apply.history import list_runs
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import apply_plan
from trueup.model.run import Outcome, Status
from trueup.plan.build import build_plan
from unit.apply.fakes import CERTIFICATION, SPEC, Clock, Target, certification, connector, kept, lost_after

pytestmark = pytest.mark.slow

MANIFESTS = [
    connector("a", {**SPEC, "name": "New"}),
    connector("b"),
    certification("c", {**CERTIFICATION, "channels": [{"name": "ORIGIN"}]}),
    certification("d", {**CERTIFICATION, "brands": [{"name": "A"}]}),
]
ENOUGH = 1_000_000
STEP = 3 if os.environ.get("CI") else 37


class Disk:
    """Take so many bytes, and then no more; what does not fit is taken in part. ``for_ever``: else others make room."""

    def __init__(self, room: int, *, for_ever: bool = True) -> None:
        self.room, self.written, self.for_ever = room, 0, for_ever

    def write(self, file: int, data: bytes) -> int:
        taken = data[: max(0, self.room - self.written)]
        if not taken:
            self.room = self.room if self.for_ever else ENOUGH
            raise OSError(28, "No space left on device")
        self.written += len(taken)
        return os.write(file, taken)


def targets() -> dict[str, Target]:
    eu, origin = Target(), Target(versioned=False, hidden={"brands"})
    eu.hold(connector("a"))
    origin.hold(certification("c"))
    eu.faults = [None, lost_after]
    return {"eu": eu, "origin": origin}


def apply(folder: Path, disk: Disk, sides: dict[str, Target]) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        plan = await build_plan(MANIFESTS, sides)
        journal = FileJournal(kept(folder), sync=lambda _: None, write=disk.write)
        options = ApplyOptions(readback_seconds=1)
        return await apply_plan(plan, readers=sides, writers=sides, journal=journal, clock=Clock(), options=options)

    return asyncio.run(run())


def whole(folder: Path) -> int:
    """Return how many bytes a run writes for which there is room."""
    disk = Disk(ENOUGH)
    assert {o.status for o in apply(folder, disk, targets())} == {Status.APPLIED}
    return disk.written


@pytest.mark.parametrize("for_ever", [True, False])
def test_a_disk_that_is_full_at_any_byte_makes_nothing_failed_that_left(*, tmp_path: Path, for_ever: bool) -> None:
    for room in range(0, whole(tmp_path / "runs") + 1, STEP):
        with TemporaryDirectory() as place:
            folder, sides = Path(place, "runs"), targets()
            try:
                outcomes = apply(folder, Disk(room, for_ever=for_ever), sides)
            except JournalFailed:
                assert not [write for side in sides.values() for write in side.writes]
                continue
            assert len(outcomes) == len(MANIFESTS)
            wrote = {name for side in sides.values() for name, _ in side.writes}
            for outcome in outcomes:
                if outcome.identity.value in wrote:
                    assert outcome.status in {Status.UNKNOWN, Status.APPLIED}, (room, outcome)
                else:
                    assert outcome.status is Status.FAILED
                    assert "No space left on device" in outcome.message
            (run,) = list_runs(kept(folder))
            assert not run.damaged, "a line that was cut off by a full disk is the last one"
            on_record = {write.intent.identity.value for write in run.writes}
            assert wrote <= on_record
            told = {o.identity.value for o in run.outcomes} | {i.value for i in recall(kept(folder)).open}
            ended = {w.intent.identity.value for w in run.writes if not w.open}
            assert on_record <= told | ended


def test_a_run_with_room_leaves_a_summary_and_nothing_open(tmp_path: Path) -> None:
    apply(tmp_path / "runs", Disk(ENOUGH), targets())
    left = recall(kept(tmp_path / "runs"))
    assert (left.open, left.unconfirmed, len(left.journals)) == ({}, frozenset(), 1)
    assert [identity.value for identity in left.memory] == ["d"]
