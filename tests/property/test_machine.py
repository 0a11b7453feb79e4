"""Drive plans, saved plans, foreign edits, faults, kills and applies in any order, and ask what may never happen.

Deployments are left out: each story would need a connector that is published first. The simulated runs draw them, with
the same invariants.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from rig import Applied, Estate, Rig, id_of
from simulation.event_log import Attempt
from simulation.layout import at
from simulation.places import CONNECT, ORIGIN, Slot
from simulation.runner import MEMORY_DISK
from trueup.cli.exit_codes import Exit
from trueup.model.identity import Identity
from trueup.model.plan import Fate
from trueup.model.run import Status

pytestmark = pytest.mark.slow

Trouble = dict[str, Any]

TELLING = frozenset(Status) - {Status.UNKNOWN, Status.FAILED, Status.SKIPPED}
"""Endings of a resource after which no run needs to ask any more what became of a write whose answer was lost."""


def some(*values: Any) -> st.SearchStrategy[Any]:
    """Draw one of a few values: what is wanted, what is live and what others write are then often the same."""
    return st.sampled_from(values)


def voc(limit: str) -> dict[str, Any]:
    """Return a limit with the compliance that it needs; a platform may ask for both in one request."""
    compliance = {"standard": {"code": "CARB SCM (2007)"}, "productTypeCode": "Primers"}
    return {"content": {"densityLimitGL": limit, "regulatoryStandardCompliances": [compliance]}}


CONNECTOR_SPECS = st.fixed_dictionaries(
    {
        "name": some("Acme Tax", "Acme Tax 2"),
        "creator": st.fixed_dictionaries({"email": some("dev@acme.example")}, optional={"company": some("Acme", "A")}),
        "repository": st.fixed_dictionaries({"url": some("git@github.com:acme/tax.git"), "tag": some("v1.0", "v1.1")}),
    },
    optional={
        "description": some("Calculates tax.", "Calculates taxes."),
        "integrationTypes": some(["tax"], ["psp", "tax"], ["tax", "psp"], []),
        "supportedRegions": some(["us-central1.gcp"], ["europe-west1.gcp", "us-central1.gcp"]),
        "privateProjects": some([], ["us-central1.gcp:outlet"], ["us-central1.gcp:outlet", "us-central1.gcp:shop"]),
    },
)
CERTIFICATION_SPECS = st.fixed_dictionaries(
    {
        "standard": some({"code": "EPD"}, {"code": "ISO 9001"}),
        "reportingBody": some({"name": "Veritas"}, {"selfReported": "TRUE"}),
        "url": some("https://acme.example/a", "https://acme.example/b"),
    },
    optional={
        "certificateNumber": some("ABC-1", "ELSEWHERE-1"),
        "expiryDate": some("2030-01-01", "2031-01-01"),
        "brands": some([], [{"name": "ACME"}], [{"name": "ACME", "website": "www.acme.example"}, {"name": "B"}]),
        "contacts": some([{"externalId": "C1", "phone": "1"}], [{"externalId": "C1", "phone": "2", "name": "Jane"}]),
        "channels": some([], [{"name": "ORIGIN"}]),
        "voc": some(voc("40"), voc("50")),
    },
)
LIFECYCLES = some(
    {},
    {},
    {"previewable": True},
    {"publish": "private"},
    {"publish": "certified", "certificationComments": ["Ready for review."]},
    {"state": "absent", "reason": "No longer offered."},
)
SWITCHES = st.fixed_dictionaries(
    {},
    optional={
        "version_step": some("action", "request-and-action"),
        "partial_updates": some(True),
        "origin_omitted_fields": some(["brands"], ["contacts", "voc"]),
        "origin_search_lag": some(5.0),
        "origin_async_seconds": some(9.0),
        "origin_async_validation": some("batch"),
        "origin_density_check": some("strict"),
        "preview_result": some("false"),
    },
)


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """Draw a few resources, wanted and live, and what the platforms are like that they lie on."""
    documents: list[dict[str, Any]] = []
    live: dict[str, list[dict[str, Any]]] = {"connectors": [], "certifications": []}
    for number in range(draw(some(1, 2, 0))):
        _draw(draw, "connectors", {"key": f"acme-{number}"}, (documents, live))
    for number in range(draw(some(1, 2, 0) if documents else some(1, 2))):
        _draw(draw, "certifications", {"externalId": f"ACME-{number}"}, (documents, live))
    return Estate(
        texts=tuple(map(yaml.safe_dump, documents)),
        live={CONNECT: {"connectors": live["connectors"]}, ORIGIN: {"certifications": live["certifications"]}},
        switches=draw(SWITCHES),
        asynchronous=draw(st.booleans()),
    )


def _draw(draw: st.DrawFn, part: str, name: dict[str, str], into: Any) -> None:
    """Draw one resource; what is live differs from what is wanted in some fields, or is nothing."""
    documents, live = into
    kind, specs = {
        "connectors": ("Connector", CONNECTOR_SPECS),
        "certifications": ("Certification", CERTIFICATION_SPECS),
    }[part]
    spec, other = draw(specs), draw(specs)
    lifecycle = draw(LIFECYCLES) if kind == "Connector" else {}
    documents.append({"apiVersion": "trueup/v1", "kind": kind, "metadata": name, "spec": spec, "lifecycle": lifecycle})
    if draw(some(True, True, False)):
        live[part].append({**name, **draw(some({**spec, **other}, {**other, **spec}, spec))})


CHANGES: dict[str, tuple[dict[str, Any], ...]] = {
    "connector": (
        {"name": "Elsewhere", "description": "Elsewhere.", "repository.tag": "v8", "creator.company": "Elsewhere"},
        {"documentationUrl": "https://elsewhere.example/docs", "creator.title": "Head of tax"},
        {"repository.tag": "v9"},
        {"repository.tag": "v1.1"},
        {"supportedRegions": ["us-central1.gcp"]},
        {"privateProjects": ["us-central1.gcp:outlet"]},
        {},
    ),
    "certification": (
        {"certificateNumber": "ELSEWHERE-2", "url": "https://elsewhere.example/c", "expiryDate": "2032-01-01"},
        {"certificateNumber": "ELSEWHERE-1", "issueDate": "2024-02-01"},
        {"brands": [{"name": "ACME", "website": "www.elsewhere.example"}]},
        {"contacts": []},
        {"voc.content.densityLimitGL": "60"},
        {"standard.code": "ISO 9001"},
    ),
}
EDITS = st.tuples(st.integers(0, 3), st.integers(0, 6))
"""Which of the resources that there are, and which of the changes of its kind."""

FAULTS = st.builds(
    lambda effect, when: {**effect, **when},
    some(
        {"effect": "drop"},
        {"effect": "drop", "performed": True},
        {"effect": "refuse"},
        {"effect": "general-error", "performed": True},
        {"effect": "html", "status": 502},
        {"effect": "html", "status": 504, "performed": True},
        {"effect": "unavailable", "retryAfter": 3, "retryAfterForm": "seconds"},
        {"effect": "too-many-requests"},
        {"effect": "slow", "seconds": 90},
        {"effect": "expire-tokens"},
    ),
    some(
        {"nth": 1, "path": "drafts$|create$|update$"},
        {"every": 2, "path": "drafts|certifications"},
        {"every": 1, "method": "POST", "path": "drafts|create$|update$|delete$"},
        {"every": 1, "world": CONNECT},
        {"nth": 4},
    ),
)
FATAL = some(0, 0, 0) | st.integers(1, 12)
TROUBLE = st.fixed_dictionaries(
    {
        "faults": st.lists(FAULTS, max_size=2),
        "ambushes": st.lists(st.tuples(st.integers(0, 8), EDITS), max_size=2),
    }
)
"""What goes wrong while one command runs, and who else writes at which of its moments."""


class Machine(RuleBasedStateMachine):
    """Be everybody: the user, other people, the network and the platforms."""

    plans: Bundle[Attempt] = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        disk = MEMORY_DISK if MEMORY_DISK.is_dir() else None
        self.place = tempfile.TemporaryDirectory(prefix="trueup-machine-", dir=disk)
        self.rig: Rig | None = None

    @initialize(estate=estates())
    def begin(self, estate: Estate) -> None:
        self.rig = Rig(estate, Path(self.place.name))

    @rule(target=plans, trouble=TROUBLE)
    def plan(self, trouble: Trouble) -> Attempt:
        with self.in_trouble(trouble) as rig, self.only_looking():
            return rig.plan()

    @rule(trouble=TROUBLE, fatal=FATAL)
    def apply(self, trouble: Trouble, fatal: int) -> None:
        with self.in_trouble(trouble) as rig:
            check_ending(rig.apply(fatal=fatal))

    @rule(planned=plans, trouble=TROUBLE, fatal=FATAL)
    def apply_saved_plan(self, planned: Attempt, trouble: Trouble, fatal: int) -> None:
        with self.in_trouble(trouble) as rig:
            check_ending(rig.apply_saved(planned, fatal=fatal))

    @rule(edit=EDITS)
    def edit_elsewhere(self, edit: tuple[int, int]) -> None:
        self.begun.edit(self.edit_of(edit))

    @rule(which=st.integers(0, 3))
    def delete_elsewhere(self, which: int) -> None:
        slot, kind = self.resource(which)
        self.begun.edit({kind: slot[1], "delete": True})

    @rule(seconds=some(1.0, 10.0, 400.0))
    def pass_time(self, seconds: float) -> None:
        self.begun.pass_time(seconds)

    @rule(trouble=TROUBLE)
    def look_for_drift(self, trouble: Trouble) -> None:
        with self.in_trouble(trouble) as rig, self.only_looking():
            drift = rig.drift()
        for resource in drift.resources:
            if resource.fate is Fate.DELETED and not trouble["ambushes"] and not rig.world.lag:
                assert rig.document_of((resource.identity.target, resource.identity.value)) is None

    @rule()
    def list_runs(self) -> None:
        """Compare what is on record with the attempts that there really were; the newest run comes first."""
        attempts = {attempt.number: attempt for attempt in self.begun.event_log.attempts if attempt.journal}
        told: set[Identity] = set()
        for run in self.begun.runs():
            attempt = attempts.pop(int(run.id.rpartition("-")[2], 16))
            told |= {outcome.identity for outcome in run.outcomes if outcome.status in TELLING}
            assert bool(run.ended) == (not attempt.killed)
            endless = {write.number for write in run.writes if write.ended is None}
            assert endless == attempt.announced.keys() - attempt.closed.keys()
            untold = {write.number for write in run.writes if write.open and write.intent.identity not in told}
            assert {write.number for write in run.open} == untold
        assert not attempts

    @invariant()
    def what_others_wrote_and_nobody_manages_is_still_there(self) -> None:
        if self.rig is None:
            return
        for (slot, path), (id_, value) in self.rig.foreign.items():
            document = self.rig.document_of(slot)
            if document is not None and id_of(document) == id_ and self.rig.is_unmanaged(slot, path):
                assert at(document, path) == value, f"{slot[1]}: {path}"

    def teardown(self) -> None:
        try:
            if self.rig is not None:
                self.rig.calm_down()
                self.what_others_wrote_and_nobody_manages_is_still_there()
                assert [
                    (violation.invariant, violation.attempt, violation.text) for violation in self.rig.violations()
                ] == []
        finally:
            if self.rig is not None:
                self.rig.close()
            self.place.cleanup()

    @property
    def begun(self) -> Rig:
        assert self.rig is not None
        return self.rig

    def resource(self, which: int) -> tuple[Slot, str]:
        """Return a resource that some manifest is about, and the word for its kind."""
        manifests = self.begun.manifests
        identity = manifests[which % len(manifests)].identity
        return (identity.target, identity.value), identity.kind.lower()

    def edit_of(self, edit: tuple[int, int]) -> dict[str, Any]:
        slot, kind = self.resource(edit[0])
        changes = CHANGES[kind]
        return {kind: slot[1], "set": changes[edit[1] % len(changes)]}

    @contextmanager
    def in_trouble(self, trouble: Trouble) -> Iterator[Rig]:
        """Let things go wrong for as long as one command runs."""
        self.begun.disturb(trouble["faults"])
        self.begun.ambush.waiting += [(moments, self.edit_of(edit)) for moments, edit in trouble["ambushes"]]
        yield self.begun
        self.begun.ambush.waiting.clear()
        self.begun.disturb([])

    @contextmanager
    def only_looking(self) -> Iterator[None]:
        before = self.begun.writes()
        yield
        assert self.begun.writes() == before


def check_ending(applied: Applied) -> None:
    """Compare the exit status with what the printed document says."""
    if applied.status is None:
        assert applied.attempt.killed
        return
    outcomes = applied.document["outcomes"]
    ended = {outcome["status"] for outcome in outcomes}
    assert applied.document["exitStatus"] == applied.status
    assert (applied.status == Exit.DONE) == (ended <= {"applied", "rebased", "unchanged"})
    assert (applied.status in {Exit.FAILED, Exit.PARTLY}) == bool(ended & {"failed", "unknown", "skipped", "deferred"})
    assert applied.status != Exit.FAILED or not any(outcome["done"] for outcome in outcomes)
    assert applied.status != Exit.STALE or "stale" in ended
    assert applied.status != Exit.INVALID or "blocked" in ended


MachineTest = Machine.TestCase
# An example is a whole story of some five commands and costs a tenth of a second. Planted bugs were all found within 60
# examples; a dozen steps are enough for a plan, what others do to it, two applies of it and what comes of that.
MachineTest.settings = settings(max_examples=min(settings().max_examples, 100), stateful_step_count=12)
