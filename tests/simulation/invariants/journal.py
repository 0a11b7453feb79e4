"""The journal is right: nothing is sent without an intent on disk, and what is open on disk is open in truth."""

from collections.abc import Iterator

from simulation.event_log import Attempt, Sent, Verb
from simulation.history import Who
from simulation.invariants.evidence import Evidence, Invariant, Violation
from simulation.journal_on_disk import UNKNOWN, endings, open_intents
from simulation.places import ORIGIN, Slot
from simulation.requests import batch_of, failed

_APPLIED = "applied"
_FAILED = "failed"


def check_journal(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every record that is missing or untrue."""
    for attempt in evidence.event_log.attempts:
        for check in (_order, _open, _untrue):
            yield from (
                Violation(invariant=Invariant.JOURNAL, attempt=attempt.number, text=text)
                for text in check(evidence, attempt)
            )


def _order(evidence: Evidence, attempt: Attempt) -> Iterator[str]:
    """Yield requests that left too early: before their intent, or before the ending of what went before."""
    for sent in evidence.event_log.requests:
        if sent.attempt != attempt.number or not sent.slots:
            continue
        if sent.verb.writes and not (all(sent.intents) and sent.recorded):
            yield f"{sent.slots[0][1]}: request {sent.number} was sent without an intent on disk"
        if sent.hasty:
            yield f"{sent.slots[0][1]}: request {sent.number} was sent before the ending of the last write was on disk"


def _open(_: Evidence, attempt: Attempt) -> Iterator[str]:
    """Compare what is open on disk with what trueup had begun and not ended when the attempt was over."""
    on_disk = {line["number"] for line in open_intents(attempt.journal)}
    in_truth = attempt.announced.keys() - attempt.closed.keys()
    for number in sorted(in_truth - on_disk):
        yield f"{attempt.announced[number][1]}: write {number} was under way at the end, and is not open on disk"
    for number in sorted(on_disk & attempt.closed.keys()):
        yield f"{attempt.announced[number][1]}: write {number} had ended, and is open on disk"
    if attempt.killed or attempt.outcomes is None or attempt.full:
        return
    for number in sorted(on_disk):
        if len(attempt.signals) > 1:
            continue  # broken off on the line: an intent without an ending says so
        yield f"write {number} has no ending on disk, and the run came to its end"
    if not attempt.journal or attempt.journal[-1]["record"] != "end":
        yield "the run came to its end, and its record does not say so"


def _untrue(evidence: Evidence, attempt: Attempt) -> Iterator[str]:
    """Compare the endings on disk with what the platform did."""
    for number, ending in sorted(endings(attempt.journal).items()):
        slot = attempt.announced.get(number)
        if slot is None:
            yield f"an ending is on record for write {number}, which was never announced"
            continue
        requests = [sent for sent in evidence.writes(attempt, slot) if number in sent.intents]
        text = _untrue_ending(evidence, attempt, slot, requests, ending)
        if text:
            yield f"{slot[1]}: write {number} is on record as {ending}, and {text}"


def _untrue_ending(evidence: Evidence, attempt: Attempt, slot: Slot, requests: list[Sent], ending: str) -> str:
    effects = [e for e in evidence.effects if e.slot == slot and e.request in requests and evidence.changed(e)]
    if ending == _APPLIED and not any(sent.performed for sent in requests):
        return "" if _done_otherwise(evidence, attempt, slot, requests) else "the platform never did it"
    if ending == _APPLIED and all(_was_refused(evidence, sent) for sent in requests):
        return "the platform had refused it"
    if ending == _FAILED and not all(
        _was_told_so(evidence, effect.request) or evidence.is_refused_and_hidden(effect) for effect in effects
    ):
        return "the platform did it"
    if (
        ending == UNKNOWN
        and attempt.outcomes is not None
        and requests
        and all(_was_clear(evidence, s) for s in requests)
    ):
        return "its answer had come"
    # What cannot be written cannot be corrected.
    settled = ending == UNKNOWN and attempt.outcomes is not None and not attempt.full
    if settled and any(_was_ruled_out(evidence, attempt, s) for s in requests):
        return "a later one under the same version was taken, so that it never can be"
    return ""


def _was_told_so(evidence: Evidence, sent: Sent) -> bool:
    """Return whether a platform that carries out the part before the fault called the whole refused.

    The record holds its answer then; what was done nevertheless is in the outcome, and checked there.
    """
    refused = sent.answered is not None and not sent.succeeded
    return _partial(evidence) and (refused or _was_refused(evidence, sent))


def _partial(evidence: Evidence) -> bool:
    return evidence.settings.partial_updates or evidence.settings.origin_batch == "prefix"


def _done_otherwise(evidence: Evidence, attempt: Attempt, slot: Slot, requests: list[Sent]) -> bool:
    """Return whether a reading could take for this write what others did, or another attempt of ours that came late."""
    base = evidence.base(attempt, slot)
    since = 0 if base is None else base.version
    own = {sent.number for sent in requests}
    return any(
        version.seq > since and not (version.author.who is Who.TRUEUP and version.author.number in own)
        for version in evidence.versions(slot)
    )


def _was_clear(evidence: Evidence, sent: Sent) -> bool:
    """Return whether trueup got a clear answer how a write ended."""
    return sent.succeeded and not _results(evidence, sent)


def _was_ruled_out(evidence: Evidence, attempt: Attempt, lost: Sent) -> bool:
    return lost.verb is Verb.UPDATE and any(
        later.sent > lost.sent and later.succeeded and later.body["version"] == lost.body["version"]
        for slot in lost.slots
        if slot[0] != ORIGIN
        for later in evidence.writes(attempt, slot)
        if later.verb is Verb.UPDATE
    )


def _was_refused(evidence: Evidence, sent: Sent) -> bool:
    if sent.answered is not None and not sent.succeeded and isinstance(sent.answer, dict):
        return sent.status in range(400, 500)
    return any(failed(result.answer) for result in _results(evidence, sent))


def _results(evidence: Evidence, sent: Sent) -> list[Sent]:
    """Return the requests that asked how an asynchronous write ended."""
    return [
        result
        for result in evidence.event_log.requests
        if result.attempt == sent.attempt
        and result.verb is Verb.RESULT
        and result.slots == sent.slots
        and sent.sent < result.sent
        and _same_batch(evidence, sent, result)
    ]


def _same_batch(evidence: Evidence, sent: Sent, result: Sent) -> bool:
    return evidence.world.submitted.get(batch_of(result.path)) == sent.number
