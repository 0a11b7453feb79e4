"""A fault of trueup at every stage, made through the seams: it costs one resource, and says what to report."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueup import __version__
from trueup.apply.context import Event, Finished, Started
from trueup.apply.run import apply_plan
from trueup.cli.commands.import_ import Places, import_status, write_imports
from trueup.cli.exit_codes import Exit
from trueup.cli.import_scan import ImportScan
from trueup.cli.logs import logging_run
from trueup.cli.options import RunOptions
from trueup.cli.output import CommandEnd, emit, write_files
from trueup.faults import WHERE_TO, fault_text
from trueup.manifest.project import load_project
from trueup.model.identity import Identity
from trueup.model.live import Live, Reading
from trueup.model.manifest import Manifest
from trueup.model.plan import Fate, Plan, Verdict
from trueup.model.reader import ReadAll, Wanted
from trueup.model.run import FieldReport, Intent, Outcome, Status
from trueup.model.value import LiveValue
from trueup.model.writer import Writer
from trueup.plan.build import build_plan
from trueup.plan.drift import find_drift
from trueup.report.result import Result
from unit.apply.fakes import Clock, MemoryJournal, Scene, Target, certification, connector, scene

GOOD, BAD = certification("A-GOOD"), certification("B-BAD")
BOTH = (GOOD, BAD)
OLD = "https://old.example"
CANARY = "the canary of a fault"


class Broken(Exception):
    """What no part of trueup knows."""


class Cursed(Mapping[str, LiveValue]):
    """Fields that cannot be looked at."""

    def __getitem__(self, name: str) -> LiveValue:
        raise Broken(CANARY)

    def __iter__(self) -> Iterator[str]:
        raise Broken(CANARY)

    def __len__(self) -> int:
        return 1


def cursed(live: Live) -> Live:
    return replace(live, fields=Cursed())


def assert_told(text: str) -> None:
    """Assert that a text says what a report needs."""
    assert f"A fault of trueup {__version__} while " in text
    assert f"Broken: {CANARY}" in text
    assert re.search(r"\([\w/]+\.py:\d+\)", text)
    assert WHERE_TO in text
    assert "--debug" in text


def stage(*manifests: Manifest) -> tuple[Scene, Target]:
    target = Target(versioned=False)
    for manifest in manifests or BOTH:
        target.hold(manifest, url=OLD)
    return scene(target), target


class Odd(Target):
    """A platform whose readings of one resource cannot be looked at."""

    def _shown(self, state: Mapping[Identity, Live], identity: Identity) -> Reading:
        shown = super()._shown(state, identity)
        return cursed(shown) if identity == BAD.identity and isinstance(shown, Live) else shown


def test_a_fault_in_the_planner_costs_one_resource_its_plan() -> None:
    odd = Odd(versioned=False)
    for manifest in BOTH:
        odd.hold(manifest, url=OLD)
    plan = scene(odd).plan(*BOTH)
    good, bad = plan.resources
    assert (good.verdict, bad.verdict) == (Verdict.UPDATE, Verdict.UNREADABLE)
    assert_told(bad.error)


def test_a_fault_in_a_manifest_s_values_costs_one_resource_its_plan() -> None:
    here, _ = stage()
    plan = here.plan(GOOD, replace(BAD, spec={"url": OLD, "standard": Cursed(), "reportingBody": {"name": "V"}}))
    assert [resource.verdict for resource in plan.resources] == [Verdict.UPDATE, Verdict.UNREADABLE]
    assert "A fault of trueup" in plan.resources[1].error


def test_a_fault_while_drift_is_found_costs_one_resource_its_comparison() -> None:
    odd = Odd(versioned=False)
    for manifest in BOTH:
        odd.hold(manifest, url=OLD)
    drift = asyncio.run(find_drift(BOTH, {"origin": odd}))
    assert [resource.fate for resource in drift.resources] == [Fate.CHANGED, Fate.UNREADABLE]
    assert_told(drift.resources[1].error)


def test_a_fault_while_a_manifest_is_made_costs_one_resource_its_file(tmp_path: Path) -> None:
    _, target = stage()
    good, bad = (target.live[manifest.identity] for manifest in BOTH)
    finding = ImportScan(live=[(GOOD.identity, good), (BAD.identity, cursed(bad))])
    file = tmp_path / "trueup.yaml"
    file.write_text("apiVersion: trueup/v1\nkind: Project\ntargets: {origin: {platform: origin, sandbox: true}}\n")
    project = load_project(file, sandbox=False, cwd=tmp_path)
    imports = write_imports(finding, Places(project, tmp_path, None), lifecycle=False, write=False)
    reasons = {left.name: left.reason for left in imports.not_imported}
    assert import_status(imports) == Exit.FAILED
    assert_told(reasons["B-BAD"])
    assert "A fault of trueup" not in reasons.get("A-GOOD", "")


class Fallen(Target):
    """A target whose reader has a fault."""

    async def read_all(self, wanted: object) -> ReadAll:
        raise Broken(CANARY)


def test_a_fault_in_a_reader_costs_one_target_its_reading() -> None:
    eu = Target()
    eu.hold(connector("tax"), name="Old")
    plan = asyncio.run(build_plan([connector("tax"), BAD], {"eu": eu, "origin": Fallen(versioned=False)}))
    verdicts = {resource.identity.target: resource.verdict for resource in plan.resources}
    assert verdicts == {"eu": Verdict.UPDATE, "origin": Verdict.UNREADABLE}
    (fallen,) = (resource for resource in plan.resources if resource.identity.target == "origin")
    assert_told(fallen.error)


class FaultyReads(Target):
    async def read(self, wanted: Wanted) -> Reading:
        if wanted.identity == BAD.identity:
            raise Broken(CANARY)
        return await super().read(wanted)


class FaultyWrites(Target):
    async def update(self, wanted: Wanted, live: Live, actions: Any) -> Live | None:
        if wanted.identity == BAD.identity:
            raise Broken(CANARY)
        return await super().update(wanted, live, actions)


class FaultyJournal(MemoryJournal):
    def intent(self, intent: Intent) -> int:
        if intent.identity == BAD.identity:
            raise Broken(CANARY)
        return super().intent(intent)


class FaultyRecord(MemoryJournal):
    def outcome(self, outcome: Outcome) -> None:
        if outcome.identity == BAD.identity:
            raise Broken(CANARY)
        super().outcome(outcome)


def raising_at(kind: type[Event]) -> Callable[[Event], None]:
    def on_event(event: Event) -> None:
        identity = getattr(event, "identity", None) or getattr(getattr(event, "outcome", None), "identity", None)
        if isinstance(event, kind) and identity == BAD.identity:
            raise Broken(CANARY)

    return on_event


def applied(
    plan: Plan,
    target: Target,
    journal: MemoryJournal | None = None,
    on_event: Callable[[Event], None] | None = None,
    writer: Writer | None = None,
) -> dict[str, Outcome]:
    outcomes = asyncio.run(
        apply_plan(
            plan,
            readers={"origin": target},
            writers={"origin": writer or target},
            journal=journal or MemoryJournal(),
            clock=Clock(),
            on_event=on_event,
        )
    )
    return {outcome.identity.value: outcome for outcome in outcomes}


def planned(target: Target) -> Plan:
    for manifest in BOTH:
        target.hold(manifest, url=OLD)
    return scene(target).plan(*BOTH)


class OddAfterwards(Target):
    """A platform whose readings of one resource cannot be looked at once it was written to."""

    def _shown(self, state: Mapping[Identity, Live], identity: Identity) -> Reading:
        shown = super()._shown(state, identity)
        written = any(value == BAD.identity.value for value, _ in self.writes)
        return cursed(shown) if written and identity == BAD.identity and isinstance(shown, Live) else shown


@pytest.mark.parametrize(
    ("target", "journal", "on_event", "status"),
    [
        (FaultyReads(versioned=False), None, None, Status.FAILED),
        (FaultyWrites(versioned=False), None, None, Status.UNKNOWN),
        (OddAfterwards(versioned=False), None, None, Status.UNKNOWN),
        (Target(versioned=False), FaultyJournal(), None, Status.FAILED),
        (Target(versioned=False), FaultyRecord(), None, Status.APPLIED),
        (Target(versioned=False), None, raising_at(Started), Status.FAILED),
        (Target(versioned=False), None, raising_at(Finished), Status.APPLIED),
    ],
    ids=["reading", "writing", "verifying", "recording", "outcome", "telling", "telling the end"],
)
def test_a_fault_while_a_plan_is_applied_costs_one_resource_and_says_what_to_report(
    target: Target, journal: MemoryJournal | None, on_event: Callable[[Event], None] | None, status: Status
) -> None:
    outcomes = applied(planned(target), target, journal, on_event)
    assert (outcomes["A-GOOD"].status, outcomes["B-BAD"].status) == (Status.APPLIED, status)
    assert_told(" ".join([outcomes["B-BAD"].message, *outcomes["B-BAD"].details]))


def result_with_a_fault() -> Result:
    target = Target(versioned=False)
    plan = planned(target)
    good, bad = applied(plan, target).values()
    report: Any = FieldReport(path="url", planned=object(), now=object(), wanted=object(), note="")  # type: ignore[arg-type]  # that is the fault
    return Result(command="apply", status=Exit.DONE, plan=plan, outcomes=(good, replace(bad, fields=(report,))))


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_fault_while_an_outcome_is_shown_hides_no_other_outcome(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert emit(CommandEnd(result=result_with_a_fault(), form=form)) == Exit.FAILED
    shown = " ".join(capsys.readouterr().out.split())
    assert "A-GOOD" in shown
    assert "B-BAD" in shown
    assert "A fault of trueup" in shown
    if form == "json":
        document = json.loads(shown)
        good, bad = document["outcomes"]
        assert (good["status"], bad["status"], document["exitStatus"]) == ("applied", "applied", 1)
        assert good["done"]


def test_a_fault_while_files_are_written_hides_no_other_outcome(tmp_path: Path) -> None:
    report, junit = tmp_path / "report.html", tmp_path / "junit.xml"
    common = RunOptions(
        paths=(),
        project=None,
        form="text",
        color="never",
        verbose=False,
        quiet=False,
        debug=False,
        sandbox=False,
        keep_going=False,
        select={},
        targets=(),
        report=report,
        junit=junit,
    )
    result = write_files(common, result_with_a_fault())
    assert result.status == Exit.FAILED
    for file in (report, junit):
        text = file.read_text()
        assert "A-GOOD" in text
        assert "B-BAD" in text
    assert "A fault of trueup" in report.read_text()


def test_a_fault_while_a_plan_is_shown_hides_no_other_resource(capsys: pytest.CaptureFixture[str]) -> None:
    plan = planned(Target(versioned=False))
    good, bad = plan.resources
    action: Any = replace(bad.actions[0], before=object())  # type: ignore[arg-type]  # that is the fault
    odd = replace(plan, resources=(good, replace(bad, actions=(action,))))
    for form in ("text", "markdown", "json"):
        assert emit(CommandEnd(result=Result(command="plan", status=Exit.DONE, plan=odd), form=form)) == Exit.FAILED
        shown = capsys.readouterr().out
        assert OLD in shown
        assert "A fault of trueup" in shown


def test_debug_shows_the_traceback_of_a_fault_inside_a_resource(capsys: pytest.CaptureFixture[str]) -> None:
    target = FaultyWrites(versioned=False)
    applied(planned(target), target)
    assert capsys.readouterr().err == ""
    with logging_run(debug=True), logging_run(debug=True):
        target = FaultyWrites(versioned=False)
        applied(planned(target), target)
    shown = capsys.readouterr().err
    assert shown.count("Traceback (most recent call last)") == 1
    assert f"Broken: {CANARY}" in shown
    assert "in update" in shown


def test_the_text_of_a_fault_cannot_hide_it_or_show_a_secret() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert "Mute. Please report" in fault_text(Mute(), "testing")
    said = fault_text(ValueError(f"https://me:secret-canary@host {'x' * 1000}"), "testing")
    assert "secret-canary" not in said
    assert len(said) < 600
    assert "KeyError: 'a'" in fault_text(ExceptionGroup("", [ExceptionGroup("", [KeyError("a")])]), "testing")
