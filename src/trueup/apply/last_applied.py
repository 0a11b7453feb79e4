"""The summary of earlier runs: what they leave for later ones, in one small file.

Each run updates the summary when it ends, and seals it like a journal. A killed run does not, so journals that are
newer than the summary are read as well; the summary may be missing or old. Journals whose content is in it are removed,
except the newest :data:`RUNS_KEPT`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Final

from trueup.apply.history import FILE_BYTES, JOURNAL_SUFFIX, NO_KEY, RECENT, names_of, read_runs
from trueup.apply.seal import Journals, unsealed
from trueup.errors import Refused
from trueup.model.action import FieldAction
from trueup.model.identity import Identity
from trueup.model.run import Intent, Run, Status
from trueup.plan.codec import from_json, to_json
from trueup.plan.fallbacks import LastApplied, Memory, SentByRun, remember
from trueup.plan.typed_json import Unexpected

SUMMARY: Final = "summary.json"
"""The name of the file, in the folder of the journals."""

RUNS_KEPT: Final = RECENT
"""How many journals of this user are kept, the newest ones."""

PLANS: Final = 200
"""For how many plans the summary keeps which runs applied them, the newest ones."""

_FORMAT_VERSION: Final = 2

_APPLIED: Final = frozenset({Status.APPLIED, Status.REBASED})


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """The runs that applied a plan, with their start times; ``remaining``: the resources that none of them applied."""

    runs: tuple[tuple[str, str], ...]
    remaining: frozenset[Identity]

    def text(self) -> str:
        """Return which runs applied it and when, for messages."""
        return " and ".join(f"run {run} on {at}" for run, at in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSummary:
    """What earlier runs leave for later ones.

    * ``upto``: the newest run that is included.
    * ``open``: by resource, the last run with a write to it whose result is unknown.
    * ``unconfirmed``: resources that may have been created and that no run has seen since.
    * ``memory``: what was sent to fields that the platform does not return.
    * ``plans``: the runs that applied a plan, by the plan's hash.
    * ``journals``: the journals that were read, each with the reason why it is no evidence and with what is damaged in
      it; both are empty for a journal that is evidence.
    """

    upto: str = ""
    open: Mapping[Identity, str] = field(default_factory=dict)
    unconfirmed: frozenset[Identity] = frozenset()
    memory: Memory = field(default_factory=dict)
    plans: Mapping[str, AppliedPlan] = field(default_factory=dict)
    journals: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def after(self, run: Run) -> "JournalSummary":
        """Return the summary with a later run added."""
        updated = replace(self, journals={**self.journals, run.id: (run.distrusted, run.damaged)})
        if run.distrusted:
            # An unreadable journal may hold a newer write to any of the remembered fields.
            return replace(updated, memory={}) if run.unreadable else updated
        memory = remember(self.memory, _sent_by(run))
        created = {write.intent.identity for write in run.writes if write.creates}
        still = {identity: name for identity, name in self.open.items() if identity not in run.concluded}
        return replace(
            updated,
            upto=max(self.upto, run.id),
            open=still | {write.intent.identity: run.id for write in run.open},
            unconfirmed=(self.unconfirmed | created) - run.concluded,
            # The damaged records may have been later writes to any of these fields.
            memory={} if run.damaged else memory,
            plans=_with_plan(self.plans, run),
        )

    def with_misplaced(self, run: Run) -> "JournalSummary":
        """Return the summary with a run added whose place in the order is not known, because the clock was set back.

        Such a run settles no open write, and the fields that it wrote are no longer remembered.
        """
        written = {write.intent.identity for write in run.writes}
        return replace(
            self,
            journals={**self.journals, run.id: (run.distrusted, run.damaged)},
            open={**{write.intent.identity: run.id for write in run.open}, **self.open},
            memory={identity: known for identity, known in self.memory.items() if identity not in written},
        )


def recall(journals: Journals) -> JournalSummary:
    """Return what earlier runs left, from the summary and from the journals that are not in it.

    Raises Refused when the folder belongs to another user.
    """
    names = names_of(journals)
    if journals.key is None:
        return JournalSummary(journals=dict.fromkeys(names, (NO_KEY, "")))
    summary = _read_summary(journals, names)
    summary = replace(summary, journals={name: faults for name, faults in summary.journals.items() if name in names})
    # Newest first, since only the newest RECENT of them are read; they are added oldest first below.
    unknown = [name for name in reversed(names) if name not in summary.journals]
    runs = list(read_runs(journals, unknown, RECENT))
    if len(runs) < len(unknown):
        # A journal that was not read may hold later writes to the remembered fields.
        summary = replace(summary, memory={})
    upto = summary.upto
    for run in reversed(runs):
        summary = summary.after(run) if run.id > upto or run.distrusted else summary.with_misplaced(run)
    # Resources of older runs have been planned many times since.
    recent = set(names[-RECENT:])
    return replace(summary, open={identity: run for identity, run in summary.open.items() if run in recent})


def conclude(journals: Journals, summary: JournalSummary) -> None:
    """Write the summary, then remove old journals. A failure is ignored: the next run reads the journals instead."""
    seal = journals.seal(SUMMARY)
    if seal is None:
        return
    # Journals of other users, or without a seal, are never removed: they are not this user's to delete.
    own = sorted(name for name, (distrusted, _) in summary.journals.items() if not distrusted)
    old = frozenset(own[:-RUNS_KEPT])
    kept = replace(summary, journals={name: faults for name, faults in summary.journals.items() if name not in old})
    # In this order: without a new summary, the old journals are still needed.
    with suppress(OSError, Refused):
        journals.folder.replace(
            SUMMARY, seal.close(json.dumps(to_json(_to_document(kept)), separators=(",", ":")).encode()) + b"\n"
        )
        for name in sorted(old):
            journals.folder.remove(f"{name}{JOURNAL_SUFFIX}")


def _sent_by(run: Run) -> Iterator[SentByRun]:
    """Yield what a run sent to each resource; without an outcome, none of it is known to have taken effect."""
    outcomes = {outcome.identity: outcome for outcome in run.outcomes}
    intents: dict[Identity, list[Intent]] = {}
    for write in run.writes:
        intents.setdefault(write.intent.identity, []).append(write.intent)
    for identity, sent in intents.items():
        outcome = outcomes.get(identity)
        ids = [intent.remote_id for intent in sent] + ([outcome.remote_id] if outcome else [])
        yield SentByRun(
            identity=identity,
            # The last known id: a creation has none when it is sent.
            remote_id=next(filter(None, reversed(ids)), ""),
            sent=[action for intent in sent for action in intent.actions],
            done=outcome.done if outcome else (),
            not_returned=frozenset(outcome.unseen if outcome else ()),
            kept=outcome.kept if outcome else (),
            settled=outcome.settled if outcome else None,
        )


def _with_plan(plans: Mapping[str, AppliedPlan], run: Run) -> Mapping[str, AppliedPlan]:
    """Return ``plans`` with a run added, if it finished and applied a part of its plan."""
    done = {outcome.identity for outcome in run.outcomes if outcome.status in _APPLIED}
    if not run.ended or not done:
        return plans
    before = plans.get(run.plan) or AppliedPlan((), frozenset(outcome.identity for outcome in run.outcomes))
    applied = AppliedPlan((*before.runs, (run.id, run.started)), before.remaining - done)
    # The order of the mapping is that of the last use, so that the plans that were not applied for longest are dropped.
    others = [(plan, earlier) for plan, earlier in plans.items() if plan != run.plan]
    return dict([*others[-PLANS + 1 :], (run.plan, applied)])


def _read_summary(journals: Journals, names: list[str]) -> JournalSummary:
    """Return the content of the summary; empty if it is missing, not sealed by this user or older than its journals."""
    seal = journals.seal(SUMMARY)
    try:
        with journals.folder.reading(SUMMARY, FILE_BYTES) as file:
            line = file.read().removesuffix(b"\n")
        if seal is None or not seal.fits(line):
            return JournalSummary()
        document = from_json(json.loads(unsealed(line)), _SummaryDocument)
    except (OSError, Refused, ValueError, RecursionError, Unexpected):
        return JournalSummary()
    if document.format_version != _FORMAT_VERSION:
        return JournalSummary()
    summary = _from_document(document)
    # Its newest journal is missing and later ones exist: an old summary was restored, and what came between is missing.
    restored = summary.upto not in names and any(name > summary.upto for name in names)
    return JournalSummary() if restored else summary


@dataclass(frozen=True, slots=True)
class _Open:
    identity: Identity
    run: str


@dataclass(frozen=True, slots=True)
class _Known:
    identity: Identity
    remote_id: str
    actions: tuple[FieldAction, ...]
    settled: int | None


@dataclass(frozen=True, slots=True)
class _Begun:
    run: str
    at: str


@dataclass(frozen=True, slots=True)
class _Applied:
    plan: str
    runs: tuple[_Begun, ...]
    left: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class _Journal:
    run: str
    distrusted: str
    damaged: str


@dataclass(frozen=True, slots=True)
class _SummaryDocument:
    """The JSON document of the summary. It has lists of rows, as a JSON object cannot have resources as keys."""

    record: str
    format_version: int
    upto: str
    open: tuple[_Open, ...]
    unseen: tuple[Identity, ...]
    memory: tuple[_Known, ...]
    plans: tuple[_Applied, ...]
    journals: tuple[_Journal, ...]


def _to_document(summary: JournalSummary) -> _SummaryDocument:
    return _SummaryDocument(
        record="summary",
        format_version=_FORMAT_VERSION,
        upto=summary.upto,
        open=tuple(_Open(identity, run) for identity, run in sorted(summary.open.items())),
        unseen=tuple(sorted(summary.unconfirmed)),
        memory=tuple(
            _Known(identity, known.remote_id, known.actions, known.settled)
            for identity, known in sorted(summary.memory.items(), key=itemgetter(0))
        ),
        plans=tuple(
            _Applied(plan, tuple(_Begun(run, at) for run, at in applied.runs), tuple(sorted(applied.remaining)))
            for plan, applied in summary.plans.items()
        ),
        journals=tuple(_Journal(run, *faults) for run, faults in sorted(summary.journals.items())),
    )


def _from_document(document: _SummaryDocument) -> JournalSummary:
    return JournalSummary(
        upto=document.upto,
        open={row.identity: row.run for row in document.open},
        unconfirmed=frozenset(document.unseen),
        memory={row.identity: LastApplied(row.remote_id, row.actions, row.settled) for row in document.memory},
        plans={
            row.plan: AppliedPlan(tuple((begun.run, begun.at) for begun in row.runs), frozenset(row.left))
            for row in document.plans
        },
        journals={row.run: (row.distrusted, row.damaged) for row in document.journals},
    )
