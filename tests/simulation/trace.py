"""Tell a run in the order in which it happened, for people who want to know why it failed."""

from collections.abc import Iterator

from benchmarks.campaign.history import Who
from benchmarks.campaign.judges.evidence import Evidence
from benchmarks.campaign.ledger import Life, Sent
from benchmarks.campaign.lives import Lived


def trace(lived: Lived) -> list[str]:
    """Return the lines of the story."""
    evidence = Evidence(lived)
    pace = lived.scenario.pace
    told = [
        f"switches {dict(lived.scenario.switches)}",
        f"faults {[rule['name'] for rule in lived.scenario.faults]}",
        f"{lived.scenario.habits}",
        f"pace {pace}, asynchronous {lived.scenario.asynchronous}, {lived.scenario.concurrency} side by side",
        *(f"wanted {slot}: {spec}" for slot, spec in lived.scenario.specs.items()),
    ]
    events = [*_lives(evidence), *_requests(evidence), *_changes(evidence)]
    return told + [f"{seq:5} {text}" for seq, text in sorted(events, key=lambda event: event[0])]


def _lives(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for life in evidence.ledger.lives:
        if life.plan is not None:
            yield life.planned, f"== life {life.number} plans{' in peace' if life.calm else ''}"
            yield from ((life.planned, f"   {text}") for text in _plan(life))
        for outcome in life.outcomes or ():
            slot = evidence.history.slot_of(outcome.identity.target, outcome.identity.value)
            reports = [f"{r.path}: {r.planned} | {r.now} | {r.wanted} {r.note}" for r in outcome.fields]
            yield (
                life.ends[slot],
                f"   outcome {slot[1]}: {outcome.status} {outcome.message} {outcome.details} {reports}",
            )
        yield life.ended, f"== life {life.number} {f'dies {life.killed}' if life.killed else 'ends'}"


def _plan(life: Life) -> Iterator[str]:
    for slot, planned in life.by_slot.items():
        yield f"{slot[1]}: {planned.verdict} {[p.finding.code for p in planned.findings]} {planned.error}"
        yield from (f"  {step.stage} {step.action} was {step.before} ({step.reason})" for step in planned.actions)


def _requests(evidence: Evidence) -> Iterator[tuple[int, str]]:
    for sent in evidence.ledger.requests:
        names = ", ".join(slot[1] for slot in sent.slots)
        yield sent.sent, f"-> {sent.number} {sent.verb} {names} {sent.body if sent.verb.writes else ''}"
        if sent.answered is not None:
            yield sent.answered, f"<- {sent.number} {sent.status} {_told(sent)} {list(sent.faults) or ''}"
        elif sent.performed or sent.faults:
            yield sent.sent, f"   {sent.number} answer lost, performed {sent.performed}, {list(sent.faults)}"


def _told(sent: Sent) -> str:
    return "" if sent.succeeded else str(sent.answer)[:300]


def _changes(evidence: Evidence) -> Iterator[tuple[int, str]]:
    kinds = {edit.number: edit.kind for edit in evidence.ledger.edits}
    for slot, versions in evidence.history.versions.items():
        for index, version in enumerate(versions):
            before = versions[index - 1].of(version.id) if index else {}
            after = version.of(version.id)
            differing = sorted(atom for atom in before.keys() | after.keys() if before.get(atom) != after.get(atom))
            who = f"edit {kinds.get(version.author.number)}" if version.author.who is Who.OTHERS else version.author.who
            moved = {"/".join(atom): (_said(before.get(atom)), _said(after.get(atom))) for atom in differing}
            yield (
                version.seq,
                f"   [{version.time - 1.7e9:.1f} s] {slot[1]} changed by {who} {version.author.number}: {moved}",
            )


def _said(value: object) -> object:
    """Return a value whose text is the same in every process."""
    return sorted(value) if isinstance(value, frozenset) else value
