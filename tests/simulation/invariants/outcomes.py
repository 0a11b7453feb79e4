"""Outcomes are true: what is called done was done, what is called left was not, and what is called unknown was."""

from collections.abc import Iterator
from typing import Final

from benchmarks.campaign.atoms import NOTHING, Atoms
from benchmarks.campaign.claims import covers
from benchmarks.campaign.history import Slot, Version, Who
from benchmarks.campaign.judges.evidence import Alarm, Effect, Evidence, Invariant, is_tombstone, told
from benchmarks.campaign.judges.memory import remembered_wrongly
from benchmarks.campaign.ledger import Life, Sent, Verb
from benchmarks.campaign.reading import failed
from trueup.model.action import Reason
from trueup.model.run import Outcome, Status

_SUCCESS = frozenset({Status.APPLIED, Status.REBASED, Status.UNCHANGED})
REFUSALS: Final = range(400, 500)
_FAULT = "A fault of trueup"
_CONSEQUENCES = frozenset({("~hasChanges",), ("~private",)})
"""What a draft's own processes and edits move beside what they are about: no outcome speaks of these."""


def judge_outcomes(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every outcome that does not agree with what really happened."""
    for life in evidence.ledger.lives:
        for outcome in life.outcomes or ():
            slot = evidence.history.slot_of(outcome.identity.target, outcome.identity.value)
            for text in _wrong(evidence, life, slot, outcome):
                yield Alarm(
                    invariant=Invariant.OUTCOMES,
                    life=life.number,
                    text=f"{slot[1]}: reported {outcome.status} ({outcome.message or 'no message'}), and {text}",
                )


def _wrong(evidence: Evidence, life: Life, slot: Slot, outcome: Outcome) -> Iterator[str]:
    end = life.ends[slot]
    # What a saved plan has nothing to send for is not read again: it is told as the plan found it.
    shown = evidence.shown(slot, evidence.last_look(life, slot, end) or evidence.base(life, slot))
    if outcome.message.startswith(_FAULT):
        yield "a fault of trueup is never right"
    if outcome.status in _SUCCESS:
        yield from _not_so(evidence, life, slot, outcome, shown)
    elif outcome.status is not Status.UNKNOWN:
        yield from _done_all_the_same(evidence, life, slot, outcome)
    if outcome.status is Status.UNKNOWN and not _lost(evidence, life, slot):
        yield "no answer was lost"
    # A second signal may come between an answer and its account.
    cut_short = life.full or (outcome.status is Status.UNKNOWN and len(life.signals) > 1)
    if outcome.status in {Status.FAILED, Status.UNKNOWN} and not cut_short:
        yield from _for_no_reason(evidence, life, slot, shown)
    if outcome.status is Status.STALE and not _moved(evidence, life, slot, end):
        yield "nobody else had changed it"
    yield from _never_done(evidence, life, slot, outcome, end)


def _not_so(evidence: Evidence, life: Life, slot: Slot, outcome: Outcome, shown: Version | None) -> Iterator[str]:
    """Yield managed paths that were not as wanted when they were called so."""
    names = [*(report.path.removeprefix("lifecycle.") for report in outcome.fields), *told(life.shown(slot))]
    documents = {} if shown is None else shown.documents
    if is_tombstone(life, slot):
        base = evidence.planned_from(life, slot)
        left = documents.keys() & (base.visible.keys() if base is not None else set())
        yield from (f"the platform showed {name}" for name in sorted(left))
        if base is None and evidence.may_have_lost_its_key(life, slot):
            yield "the platform showed a draft without a key that may be this one"
        return
    if not documents:
        yield "the platform showed nothing of the kind"
        return
    # Where a platform lets two of one name in, it shows one of them, and nobody can tell which.
    missed = [_missed(evidence, life, slot, atoms, names) for atoms in documents.values()]
    yield from (f"the platform showed {path} not as wanted" for path in min(missed, key=len))


def _missed(evidence: Evidence, life: Life, slot: Slot, atoms: Atoms, names: list[str]) -> list[str]:
    missed = [path for path in evidence.misses(life, slot, atoms) if not _is_told(path, names)]
    return [
        path for path in missed if not evidence.unseen(path, atoms) or remembered_wrongly(evidence, life, slot, path)
    ]


def _is_told(path: str, names: list[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _done_all_the_same(evidence: Evidence, life: Life, slot: Slot, outcome: Outcome) -> Iterator[str]:
    """Yield writes that took effect although the outcome says that nothing of the kind did."""
    names = [report.path for report in outcome.fields]
    for effect in _effects(evidence, life, slot):
        if names and effect.request.verb is Verb.CREATE:
            continue  # a creation is one action: that it was accepted and what of it did not stick is in the message
        for atom in sorted(set(evidence.changed(effect)) - _CONSEQUENCES):
            done = any(covers(action, atom, evidence.settings) for action in outcome.done) or _goes_on(
                evidence, life, effect, outcome, atom
            )
            if not done and not _is_told(atom[0], names) and _stands(evidence, effect, atom):
                yield f"request {effect.request.number} had changed {'/'.join(atom)}"


def _goes_on(evidence: Evidence, life: Life, effect: Effect, outcome: Outcome, atom: tuple[str, ...]) -> bool:
    """Say whether an atom tells of a process that the outcome calls unfinished, and that was so when it did."""
    if (
        outcome.status is not Status.DEFERRED
        or not outcome.left
        or not covers(outcome.left[0], atom, evidence.settings)
    ):
        return False
    shown = evidence.shown(effect.slot, evidence.last_look(life, effect.slot, life.ends[effect.slot]))
    atoms = NOTHING if shown is None else shown.of(effect.version.id)
    return atoms.get(("~status",)) == "Processing" or atoms.get(("~isPreviewable",)) == "pending"


def _stands(evidence: Evidence, effect: Effect, atom: tuple[str, ...]) -> bool:
    """Say whether what a write made of an atom is still so, as far as that life could see."""
    life = evidence.life(effect.request.life)
    last = [version for version in evidence.versions(effect.slot) if version.seq <= life.ended]
    return bool(last) and last[-1].of(effect.version.id).get(atom) == effect.after.get(atom)


def _lost(evidence: Evidence, life: Life, slot: Slot) -> bool:
    """Say whether anything may have kept a life from knowing how its writes to a slot ended.

    That is an answer that never came or says nothing, in this life or in an earlier one, a record that could not be
    written, a last reading that failed, a second signal, a refused write in whose time the resource changed, and that
    what it wrote to is gone, or another resource of the same name is there.
    """
    writes = [sent for sent in evidence.ledger.requests if sent.life <= life.number and slot in sent.slots]
    reads = [sent for sent in writes if sent.life == life.number and not sent.verb.writes]
    unread = bool(reads) and not reads[-1].succeeded
    unclear = unread or any(sent.verb.writes and not _is_clear(sent) for sent in writes)
    batches = any(sent.verb is Verb.RESULT for sent in writes) or evidence.scenario.asynchronous
    then = _since_base(evidence, life, slot)
    gone = any(not version.visible for version in then)
    cut_short = bool(life.full) or len(life.signals) > 1
    belied = any(_is_belied(sent, then) for sent in writes if sent.life == life.number and sent.verb.writes)
    return gone or unclear or batches or cut_short or belied or _is_replaced(then)


def _is_belied(sent: Sent, versions: list[Version]) -> bool:
    """Return whether a write was refused and the resource changed since: by it, or by others."""
    refused = sent.answered is not None and not sent.succeeded and not sent.said_no
    return refused and any(version.seq > sent.sent for version in versions)


def _since_base(evidence: Evidence, life: Life, slot: Slot) -> list[Version]:
    """Return the versions of a slot from the one that the plan was made from to its outcome."""
    base, end = evidence.base(life, slot), life.ends[slot]
    since = base.version if base is not None else 0
    return [version for version in evidence.versions(slot) if since <= version.seq < end]


def _is_replaced(versions: list[Version]) -> bool:
    return len({version.id for version in versions}) > 1


def _is_clear(sent: Sent) -> bool:
    """Say whether an answer tells what became of a write: taken, refused, or not now."""
    if sent.answered is None or sent.status is None:
        return False
    return sent.succeeded or sent.said_no or (sent.status in REFUSALS and isinstance(sent.answer, dict))


def _for_no_reason(evidence: Evidence, life: Life, slot: Slot, shown: Version | None) -> Iterator[str]:
    """Yield when everything was answered well and shows what is wanted."""
    # What keeps one resource of a target from being read may be told of all of them.
    about = [sent for sent in evidence.ledger.requests if sent.life == life.number and sent.world == slot[0]]
    documents = list(shown.documents.values()) if shown is not None else []
    well = all(sent.succeeded and not failed(sent.answer) for sent in about)
    replaced = _is_replaced(_since_base(evidence, life, slot))
    single = len(documents) == 1 and well and not replaced and not evidence.misses(life, slot, documents[0])
    if single and not _elsewhere(evidence, documents[0]):
        yield "every request was answered well, and the platform showed it as wanted"


def _elsewhere(evidence: Evidence, atoms: Atoms) -> bool:
    """Say whether the platform shows other addresses than those of the documents that it has."""
    return any(evidence.shown_elsewhere(atom[0]) for atom in atoms)


def _moved(evidence: Evidence, life: Life, slot: Slot, end: int) -> bool:
    """Say whether anybody but this life, or the platform's own processes, changed the slot since its plan was read."""
    base = evidence.base(life, slot)
    since = 0 if base is None else base.version
    return any(
        since < version.seq < end
        and (version.author.who is not Who.TRUEUP or _life_of(evidence, version) != life.number)
        for version in evidence.versions(slot)
    )


def _life_of(evidence: Evidence, version: Version) -> int:
    return evidence.ledger.requests[version.author.number - 1].life


def _never_done(evidence: Evidence, life: Life, slot: Slot, outcome: Outcome, end: int) -> Iterator[str]:
    """Yield actions that are called done and changed nothing, where nobody else had done them either."""
    since = base.version if (base := evidence.base(life, slot)) is not None else 0
    versions = evidence.versions(slot)
    planned = life.shown(slot)
    blind = [step.action for step in planned.actions if step.reason is Reason.NOT_RETURNED] if planned else []
    for action in outcome.done:
        if action in blind:
            continue  # sent without knowing whether it was there already
        touched = any(
            since < version.seq < end
            and any(covers(action, atom, evidence.settings) for atom in _changes(versions, index))
            for index, version in enumerate(versions)
        )
        if not touched:
            yield f"{type(action).__name__} {getattr(action, 'path', '')} is called done, and nothing did it"


def _changes(versions: list[Version], index: int) -> list[tuple[str, ...]]:
    version = versions[index]
    before = versions[index - 1].documents.get(version.id, NOTHING) if index else NOTHING
    after = version.documents.get(version.id, NOTHING)
    return [atom for atom in before.keys() | after.keys() if before.get(atom) != after.get(atom)]


def _effects(evidence: Evidence, life: Life, slot: Slot) -> list[Effect]:
    return [e for e in evidence.effects if e.slot == slot and e.request.life == life.number]
