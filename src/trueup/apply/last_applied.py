"""Keep what earlier runs leave for later ones in one small file, so that their journals need not be read again.

Each run adds what it leaves when it ends, and seals the file as journals are sealed. What a killed run left is not in
it: a journal that is newer than the file is read as well, so that the file may be missing or old. What it says need not
be kept in the journals, so that old ones are removed (:data:`RUNS_KEPT`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from trueup.apply.history import FILE_BYTES, JOURNAL_SUFFIX, NO_KEY, RECENT, names_of, read_runs
from trueup.apply.seal import Journals, unsealed
from trueup.errors import Refused
from trueup.model.action import FieldAction
from trueup.model.identity import Identity
from trueup.model.run import Intent, Run, Status
from trueup.plan.codec import from_json, to_json
from trueup.plan.fallbacks import FallbackValue, LastApplied, Memory, remember
from trueup.plan.typed_json import Unexpected

SUMMARY: Final = "summary.json"
"""The name of the file, beside the journals."""

RUNS_KEPT: Final = RECENT
"""How many journals of this user are kept, the newest ones."""

PLANS: Final = 200
"""Of how many plans it is kept that they were applied."""

_FORMAT_VERSION: Final = 2

_CARRIED: Final = frozenset({Status.APPLIED, Status.REBASED})


@dataclass(frozen=True, slots=True)
class Carried:
    """Hold which runs applied a plan, with when each began, and which resources none of them carried out."""

    runs: tuple[tuple[str, str], ...]
    left: frozenset[Identity]

    def words(self) -> str:
        """Return who applied it and when, for people."""
        return " and ".join(f"run {run} on {at}" for run, at in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """Hold what earlier runs leave for later ones.

    ``upto`` is the newest run that is in it. ``open`` names, by resource, the last run that does not know whether its
    write was taken; ``unseen`` are resources that may have been created and that no run has seen since. ``memory`` is
    what was sent to fields that the platform does not return, ``plans`` what was applied, by the plan's hash.
    ``journals`` are the journals that were looked at, each with why nothing follows from it and with what of it is
    damaged, both empty for one that is evidence.
    """

    upto: str = ""
    open: Mapping[Identity, str] = field(default_factory=dict)
    unseen: frozenset[Identity] = frozenset()
    memory: Memory = field(default_factory=dict)
    plans: Mapping[str, Carried] = field(default_factory=dict)
    journals: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def after(self, run: Run) -> "LeftOver":
        """Return what is left after a later run as well."""
        here = replace(self, journals={**self.journals, run.id: (run.distrusted, run.damaged)})
        if run.distrusted:
            return replace(here, memory={}) if run.unreadable else here
        memory = remember(self.memory, _taken(run))
        created = {write.intent.identity for write in run.writes if write.creates}
        still = {identity: name for identity, name in self.open.items() if identity not in run.told}
        return replace(
            here,
            upto=max(self.upto, run.id),
            open=still | {write.intent.identity: run.id for write in run.open},
            unseen=(self.unseen | created) - run.told,
            # What stood behind the damage may have been another write to any of these fields.
            memory={} if run.damaged else memory,
            plans=_carried(self.plans, run),
        )

    def beside(self, run: Run) -> "LeftOver":
        """Return what is left after a run of which it is not known when it was: the clock was set back, say.

        It settles nothing, and of what it wrote to nothing is remembered.
        """
        written = {write.intent.identity for write in run.writes}
        return replace(
            self,
            journals={**self.journals, run.id: (run.distrusted, run.damaged)},
            open={**{write.intent.identity: run.id for write in run.open}, **self.open},
            memory={identity: known for identity, known in self.memory.items() if identity not in written},
        )


def recall(journals: Journals) -> LeftOver:
    """Return what earlier runs left: from the summary, and from the journals that are newer or unknown to it.

    Raises Refused when the folder is not this user's own.
    """
    names = names_of(journals)
    if journals.key is None:
        return LeftOver(journals=dict.fromkeys(names, (NO_KEY, "")))
    left = _read_summary(journals, names)
    left = replace(left, journals={name: told for name, told in left.journals.items() if name in names})
    unknown = [name for name in reversed(names) if name not in left.journals]
    runs = list(read_runs(journals, unknown, RECENT))
    if len(runs) < len(unknown):
        left = replace(left, memory={})
    upto = left.upto
    for run in reversed(runs):
        left = left.after(run) if run.id > upto or run.distrusted else left.beside(run)
    # What is older has been planned over many times.
    recent = set(names[-RECENT:])
    return replace(left, open={identity: run for identity, run in left.open.items() if run in recent})


def conclude(journals: Journals, left: LeftOver) -> None:
    """Write the summary, and then remove the journals that are not kept. Where nothing can be written, nothing happens.

    The next run then reads the journals instead.
    """
    seal = journals.seal(SUMMARY)
    if seal is None:
        return
    own = sorted(name for name, (distrusted, _) in left.journals.items() if not distrusted)
    old = frozenset(own[:-RUNS_KEPT])
    kept = replace(left, journals={name: told for name, told in left.journals.items() if name not in old})
    with suppress(OSError, Refused):
        journals.folder.replace(
            SUMMARY, seal.close(json.dumps(to_json(_summary(kept)), separators=(",", ":")).encode()) + b"\n"
        )
        for name in sorted(old):
            journals.folder.remove(f"{name}{JOURNAL_SUFFIX}")


def _taken(run: Run) -> Iterator[FallbackValue]:
    """Give what a run sent to each resource; without an outcome, nothing of it is known to have taken effect."""
    outcomes = {outcome.identity: outcome for outcome in run.outcomes}
    intents: dict[Identity, list[Intent]] = {}
    for write in run.writes:
        intents.setdefault(write.intent.identity, []).append(write.intent)
    for identity, sent in intents.items():
        outcome = outcomes.get(identity)
        told = [intent.remote_id for intent in sent] + ([outcome.remote_id] if outcome else [])
        yield FallbackValue(
            identity=identity,
            remote_id=next(filter(None, reversed(told)), ""),
            sent=[action for intent in sent for action in intent.actions],
            done=outcome.done if outcome else (),
            unseen=frozenset(outcome.unseen if outcome else ()),
            kept=outcome.kept if outcome else (),
            settled=outcome.settled if outcome else None,
        )


def _carried(plans: Mapping[str, Carried], run: Run) -> Mapping[str, Carried]:
    """Add a run that came to its end and applied something of its plan."""
    done = {outcome.identity for outcome in run.outcomes if outcome.status in _CARRIED}
    if not run.ended or not done:
        return plans
    before = plans.get(run.plan)
    left = before.left - done if before else {o.identity for o in run.outcomes} - done
    carried = Carried(((*before.runs, (run.id, run.started)) if before else ((run.id, run.started),)), frozenset(left))
    others = [(plan, earlier) for plan, earlier in plans.items() if plan != run.plan]
    return dict([*others[-PLANS + 1 :], (run.plan, carried)])


def _read_summary(journals: Journals, names: list[str]) -> LeftOver:
    """Return what the summary says; nothing when there is none, or it is not this user's, or not of these journals."""
    seal = journals.seal(SUMMARY)
    try:
        with journals.folder.reading(SUMMARY, FILE_BYTES) as file:
            line = file.read().removesuffix(b"\n")
        if seal is None or not seal.fits(line):
            return LeftOver()
        summary = from_json(json.loads(unsealed(line)), _Summary)
    except (OSError, Refused, ValueError, RecursionError, Unexpected):
        return LeftOver()
    if summary.format_version != _FORMAT_VERSION:
        return LeftOver()
    left = _left(summary)
    # One that is older than what is there was put back: what came between may be gone.
    put_back = left.upto not in names and any(name > left.upto for name in names)
    return LeftOver() if put_back else left


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
class _Summary:
    """What the file holds; JSON has no mapping by a resource."""

    record: str
    format_version: int
    upto: str
    open: tuple[_Open, ...]
    unseen: tuple[Identity, ...]
    memory: tuple[_Known, ...]
    plans: tuple[_Applied, ...]
    journals: tuple[_Journal, ...]


def _summary(left: LeftOver) -> _Summary:
    return _Summary(
        record="summary",
        format_version=_FORMAT_VERSION,
        upto=left.upto,
        open=tuple(_Open(identity, run) for identity, run in sorted(left.open.items())),
        unseen=tuple(sorted(left.unseen)),
        memory=tuple(
            _Known(
                identity, left.memory[identity].remote_id, left.memory[identity].actions, left.memory[identity].settled
            )
            for identity in sorted(left.memory)
        ),
        plans=tuple(
            _Applied(plan, tuple(_Begun(run, at) for run, at in carried.runs), tuple(sorted(carried.left)))
            for plan, carried in left.plans.items()
        ),
        journals=tuple(_Journal(run, *told) for run, told in sorted(left.journals.items())),
    )


def _left(summary: _Summary) -> LeftOver:
    return LeftOver(
        upto=summary.upto,
        open={row.identity: row.run for row in summary.open},
        unseen=frozenset(summary.unseen),
        memory={row.identity: LastApplied(row.remote_id, row.actions, row.settled) for row in summary.memory},
        plans={
            row.plan: Carried(tuple((begun.run, begun.at) for begun in row.runs), frozenset(row.left))
            for row in summary.plans
        },
        journals={row.run: (row.distrusted, row.damaged) for row in summary.journals},
    )
