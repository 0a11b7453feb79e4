"""The journal is right: nothing is sent without an intent on disk, and what is open on disk is open in truth."""

from collections.abc import Iterator

from benchmarks.campaign.diary import UNKNOWN, endings, open_intents
from benchmarks.campaign.history import Slot, Who
from benchmarks.campaign.judges.evidence import Alarm, Evidence, Invariant
from benchmarks.campaign.ledger import Life, Sent, Verb
from benchmarks.campaign.reading import batch_of, failed
from benchmarks.campaign.world import CONNECT

_APPLIED = "applied"
_FAILED = "failed"


def judge_journal(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every record that is missing or untrue."""
    for life in evidence.ledger.lives:
        for judge in (_order, _open, _untrue):
            yield from (
                Alarm(invariant=Invariant.JOURNAL, life=life.number, text=text) for text in judge(evidence, life)
            )


def _order(evidence: Evidence, life: Life) -> Iterator[str]:
    """Yield requests that left too early: before their intent, or before the ending of what went before."""
    for sent in evidence.ledger.requests:
        if sent.life != life.number or not sent.slots:
            continue
        if sent.verb.writes and not (all(sent.intents) and sent.recorded):
            yield f"{sent.slots[0][1]}: request {sent.number} was sent without an intent on disk"
        if sent.hasty:
            yield f"{sent.slots[0][1]}: request {sent.number} was sent before the ending of the last write was on disk"


def _open(_: Evidence, life: Life) -> Iterator[str]:
    """Compare what is open on disk with what trueup had begun and not ended when the life was over."""
    on_disk = {line["number"] for line in open_intents(life.journal)}
    in_truth = life.announced.keys() - life.closed.keys()
    for number in sorted(in_truth - on_disk):
        yield f"{life.announced[number][1]}: write {number} was under way at the end, and is not open on disk"
    for number in sorted(on_disk & life.closed.keys()):
        yield f"{life.announced[number][1]}: write {number} had ended, and is open on disk"
    if life.killed or life.outcomes is None or life.full:
        return
    for number in sorted(on_disk):
        if len(life.signals) > 1:
            continue  # broken off on the line: an intent without an ending says so
        yield f"write {number} has no ending on disk, and the run came to its end"
    if not life.journal or life.journal[-1]["record"] != "end":
        yield "the run came to its end, and its record does not say so"


def _untrue(evidence: Evidence, life: Life) -> Iterator[str]:
    """Compare the endings on disk with what the platform did."""
    for number, ending in sorted(endings(life.journal).items()):
        slot = life.announced.get(number)
        if slot is None:
            yield f"an ending stands on record for write {number}, which was never announced"
            continue
        requests = [sent for sent in evidence.writes(life, slot) if number in sent.intents]
        text = _untrue_ending(evidence, life, slot, requests, ending)
        if text:
            yield f"{slot[1]}: write {number} is on record as {ending}, and {text}"


def _untrue_ending(evidence: Evidence, life: Life, slot: Slot, requests: list[Sent], ending: str) -> str:
    effects = [e for e in evidence.effects if e.slot == slot and e.request in requests and evidence.changed(e)]
    if ending == _APPLIED and not any(sent.performed for sent in requests):
        return "" if _done_otherwise(evidence, life, slot, requests) else "the platform never did it"
    if ending == _APPLIED and all(_was_refused(evidence, sent) for sent in requests):
        return "the platform had refused it"
    if ending == _FAILED and not all(_was_told_so(evidence, effect.request) for effect in effects):
        return "the platform did it"
    if ending == UNKNOWN and life.outcomes is not None and requests and all(_was_clear(evidence, s) for s in requests):
        return "its answer had come"
    # What cannot be written cannot be corrected.
    settled = ending == UNKNOWN and life.outcomes is not None and not life.full
    if settled and any(_was_ruled_out(evidence, life, s) for s in requests):
        return "a later one under the same version was taken, so that it never can be"
    return ""


def _was_told_so(evidence: Evidence, sent: Sent) -> bool:
    """Say whether a platform that carries out the part before the fault called the whole refused.

    The record holds its word then; what of it was done all the same is in the outcome, and judged there.
    """
    refused = sent.answered is not None and not sent.succeeded
    return _partial(evidence) and (refused or _was_refused(evidence, sent))


def _partial(evidence: Evidence) -> bool:
    return evidence.settings.partial_updates or evidence.settings.origin_batch == "prefix"


def _done_otherwise(evidence: Evidence, life: Life, slot: Slot, requests: list[Sent]) -> bool:
    """Say whether a reading could take for this write what others did, or another attempt of ours that came late."""
    base = evidence.base(life, slot)
    since = 0 if base is None else base.version
    own = {sent.number for sent in requests}
    return any(
        version.seq > since and not (version.author.who is Who.TRUEUP and version.author.number in own)
        for version in evidence.versions(slot)
    )


def _was_clear(evidence: Evidence, sent: Sent) -> bool:
    """Say whether trueup was told plainly how a write ended."""
    return sent.succeeded and not _results(evidence, sent)


def _was_ruled_out(evidence: Evidence, life: Life, lost: Sent) -> bool:
    return lost.verb is Verb.UPDATE and any(
        later.sent > lost.sent and later.succeeded and later.body["version"] == lost.body["version"]
        for slot in lost.slots
        if slot[0] == CONNECT
        for later in evidence.writes(life, slot)
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
        for result in evidence.ledger.requests
        if result.life == sent.life
        and result.verb is Verb.RESULT
        and result.slots == sent.slots
        and sent.sent < result.sent
        and _same_batch(evidence, sent, result)
    ]


def _same_batch(evidence: Evidence, sent: Sent, result: Sent) -> bool:
    return evidence.world.submitted.get(batch_of(result.path)) == sent.number
