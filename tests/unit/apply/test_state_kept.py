"""A platform may store copies of documents under other addresses: they are recognised and not removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from trueup.apply.context import ApplyOptions
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.errors import OutcomeUnknown, PlanOutdated
from trueup.model.action import AddElement, RemoveElement
from trueup.model.identity import Identity
from trueup.model.live import Live, Missing
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import Attributes, ElementKey, Elements, Known
from trueup.plan.codec import plan_to_json
from trueup.plan.fallbacks import Memory
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json, with_memory
from unit.apply.fakes import CERTIFICATION, Scene, Target, certification, kept

PATH = "additionalsDocuments"
A, B = "https://acme.example/a.pdf", "https://acme.example/b.pdf"
HURRY = ApplyOptions(readback_seconds=0)


def copy_of(url: str) -> str:
    return url if url.startswith("https://copies") else f"https://copies.example/{url.rpartition('/')[2]}"


@dataclass
class Copying(Target):
    """Keep what is sent, take a copy's address for the document, and show nothing but the addresses of copies."""

    versioned: bool = False
    dropping: set[str] = field(default_factory=set)

    def put(self, identity: Identity, fields: Mapping[str, object], *, version: int | None = None) -> None:
        value = fields[PATH]
        if isinstance(value, Known) and isinstance(value.value, Elements):
            keys: dict[ElementKey, Attributes] = {
                (copy_of(url),): {} for (url,) in value.value.by_key if url not in self.dropping
            }
            fields = {**fields, PATH: Known(Elements(keys))}
        super().put(identity, fields, version=version)  # type: ignore[arg-type]


def epd(*urls: str) -> Manifest:
    return certification(
        "E1", {**CERTIFICATION, "url": "https://acme.example", PATH: [{"originalUrl": u} for u in urls]}
    )


def documents(target: Target) -> list[str]:
    (live,) = target.live.values()
    value = live.fields[PATH]
    return (
        [url for (url,) in value.value.by_key] if isinstance(value, Known) and isinstance(value.value, Elements) else []
    )


def removed(target: Target) -> list[str]:
    return [a.key[0] for _, actions in target.writes for a in actions if isinstance(a, RemoveElement)]


def apply(target: Target, wanted: Manifest, folder: Path | None) -> tuple[Plan, Outcome]:
    """Plan and apply as one run, with the journals in this folder, or without any."""
    world = Scene({"origin": target})
    journals = None if folder is None else kept(folder)
    memory: Memory = {} if journals is None else recall(journals).memory
    plan = world.plan(wanted, memory=memory)
    if journals is not None:
        world = replace(world, journal=FileJournal(journals))  # type: ignore[arg-type]
    (outcome,) = world.apply(plan, HURRY)
    return plan, outcome


def test_a_copy_of_a_sent_document_counts_as_that_document(tmp_path: Path) -> None:
    target = Copying()
    for wanted in (epd(A), epd(A, B)):
        _, outcome = apply(target, wanted, tmp_path)
        assert outcome.status is Status.APPLIED
        plan, _ = apply(target, wanted, tmp_path)
        assert plan.resources[0].verdict is Verdict.UNCHANGED
        assert "kept-elsewhere" in [p.finding.code for p in plan.resources[0].findings]
    assert removed(target) == []


def test_a_document_is_removed_by_the_address_that_the_platform_shows(tmp_path: Path) -> None:
    target = Copying()
    apply(target, epd(A, B), tmp_path)
    _, outcome = apply(target, epd(B), tmp_path)
    assert (outcome.status, removed(target), documents(target)) == (Status.APPLIED, [copy_of(A)], [copy_of(B)])
    assert apply(target, epd(B), tmp_path)[0].resources[0].verdict is Verdict.UNCHANGED


def test_an_added_document_is_seen_before_another_is_removed(tmp_path: Path) -> None:
    target = Copying()
    apply(target, epd(A), tmp_path)
    _, outcome = apply(target, epd(B), tmp_path)
    assert (outcome.status, documents(target)) == (Status.APPLIED, [copy_of(B)])
    assert [len(actions) for _, actions in target.writes][-2:] == [1, 1]


@pytest.mark.parametrize("times", [1, 3])
def test_without_a_journal_nothing_is_removed_and_the_reason_is_reported(times: int) -> None:
    target = Copying()
    apply(target, epd(A, B), None)
    for _ in range(times):
        plan, outcome = apply(target, epd(A, B), None)
        assert outcome.status is Status.FAILED
        assert {p.finding.code for p in plan.resources[0].findings} == {"may-be-same"}
        assert all("Write the value as the platform does" in report.note for report in outcome.fields)
    assert (removed(target), documents(target)) == ([], [copy_of(A), copy_of(B)])


def test_a_manifest_written_as_the_platform_shows_it_is_unchanged() -> None:
    target = Copying()
    apply(target, epd(A), None)
    assert apply(target, epd(copy_of(A)), None)[0].resources[0].verdict is Verdict.UNCHANGED


def test_a_document_that_others_added_at_the_same_time_is_not_confused_with_it(tmp_path: Path) -> None:
    target = Copying(dropping={A})
    apply(target, epd(B), tmp_path)

    def beside(platform: Target, commit: object) -> Live | None:
        assert callable(commit)
        commit()
        (identity,) = platform.live
        live = platform.live[identity].fields
        platform.put(
            identity, {**live, PATH: Known(Elements({(copy_of(B),): {}, ("https://copies.example/x.pdf",): {}}))}
        )
        return None

    target.faults = [beside]
    _, outcome = apply(target, epd(A, B), tmp_path)
    assert (outcome.status, outcome.kept, removed(target)) == (Status.FAILED, (), [])


def test_two_documents_with_one_file_name_are_not_distinguished(tmp_path: Path) -> None:
    target = Copying()
    other = "https://other.example/a.pdf"
    _, outcome = apply(target, epd(A, other), tmp_path)
    assert (outcome.status, outcome.kept) == (Status.FAILED, ())


def test_a_killed_run_keeps_nothing(tmp_path: Path) -> None:
    target = Copying()

    def lost(platform: Target, commit: object) -> Live | None:
        assert callable(commit)
        commit()
        platform.readings = [Missing() for _ in range(40)]
        raise OutcomeUnknown("Gone.")

    target.faults = [lost]
    _, outcome = apply(target, epd(A), tmp_path)
    assert outcome.status is Status.UNKNOWN
    target.readings.clear()
    apply(target, epd(A), tmp_path)
    assert removed(target) == []


def test_a_platform_that_keeps_addresses_is_changed_in_one_run() -> None:
    target = Target(versioned=False)
    apply(target, epd(A), None)
    other = "https://other.example/a.pdf"
    _, outcome = apply(target, epd(other), None)
    assert (outcome.status, documents(target)) == (Status.APPLIED, [other])
    assert outcome.done == (AddElement(PATH, (other,), {}), RemoveElement(PATH, (A,)))


def test_keys_that_differ_in_case_alone_never_remove_each_other() -> None:
    @dataclass
    class Careless(Target):
        versioned: bool = False

        def put(self, identity: Identity, fields: Mapping[str, object], *, version: int | None = None) -> None:
            value = fields["brands"]
            if isinstance(value, Known) and isinstance(value.value, Elements):
                first: dict[str, tuple[str, ...]] = {}
                for key in value.value.by_key:
                    first.setdefault(key[0].lower(), key)
                fields = {**fields, "brands": Known(Elements({key: {} for key in first.values()}))}
            super().put(identity, fields, version=version)  # type: ignore[arg-type]

    def brand(name: str) -> Manifest:
        return certification("E1", {**CERTIFICATION, "brands": [{"name": name}]})

    cases: list[tuple[Target, Status, str]] = [
        (Careless(), Status.FAILED, "ACME"),
        (Target(versioned=False), Status.APPLIED, "Acme"),
    ]
    for target, status, remaining in cases:
        apply(target, brand("ACME"), None)
        _, outcome = apply(target, brand("Acme"), None)
        (live,) = target.live.values()
        assert (outcome.status, live.fields["brands"]) == (status, Known(Elements({(remaining,): {}})))


def test_a_saved_plan_rests_on_the_journal_that_knows_the_copy(tmp_path: Path) -> None:
    target = Copying()
    apply(target, epd(A), tmp_path)
    wanted = certification("E1", {**epd(A).spec, "certificateNumber": "N-2"})
    memory = recall(kept(tmp_path)).memory
    plan = Scene({"origin": target}).plan(wanted, memory=memory)
    assert [type(p.action).__name__ for p in plan.resources[0].actions] == ["SetValue"]
    again = recompute(plan_from_json(plan_to_json(plan), file="plan.json"), [wanted], {}, file="plan.json")
    assert again == plan
    assert with_memory(again, memory) == plan
    with pytest.raises(PlanOutdated, match="E1"):
        with_memory(again, {})
    (outcome,) = Scene({"origin": target}).apply(again, replace(HURRY, saved=True))
    assert (outcome.status, removed(target)) == (Status.APPLIED, [])
