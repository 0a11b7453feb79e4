"""Outcomes are true: what is called done was done, what is called left was not, and what is called unknown was."""

from collections.abc import Iterator

from simulation.event_log import Attempt, Look, Sent, Verb
from simulation.expectations import wanted_values
from simulation.facts import NOTHING, Facts
from simulation.history import Version, Who
from simulation.invariants.evidence import (
    REFUSALS,
    Effect,
    Evidence,
    Invariant,
    Violation,
    is_covered,
    is_tombstone,
    named_values,
    told,
)
from simulation.invariants.remembered import is_remembered_wrongly
from simulation.layout import APPLICATIONS, GLOBAL, SECURED
from simulation.places import Slot, is_deployment, world_of
from simulation.requests import failed
from trueup.model.action import Action, AddElement, Reason
from trueup.model.run import Outcome, Status

_SUCCESS = frozenset({Status.APPLIED, Status.REBASED, Status.UNCHANGED})
RUNNING = frozenset({"Processing", "Draft", "Queued", "Deploying", "Undeploying"})
"""Statuses of drafts and of deployments while a process runs."""
_ACCEPTED = ("The platform accepted it", "The rollout did not lead")
_FAULT = "A fault of trueup"
_CONSEQUENCES = frozenset({("~hasChanges",), ("~private",)})
"""Side effects of a draft's processes and edits: no outcome mentions them."""


def check_outcomes(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every outcome that does not agree with what really happened."""
    for attempt in evidence.event_log.attempts:
        for outcome in attempt.outcomes or ():
            slot = evidence.history.slot_of_identity(outcome.identity)
            for text in _wrong(evidence, attempt, slot, outcome):
                yield Violation(
                    invariant=Invariant.OUTCOMES,
                    attempt=attempt.number,
                    text=f"{slot[1]}: reported {outcome.status} ({outcome.message or 'no message'}), and {text}",
                )


def _wrong(evidence: Evidence, attempt: Attempt, slot: Slot, outcome: Outcome) -> Iterator[str]:
    end = attempt.ends[slot]
    # A resource without actions in a saved plan is not read again; its outcome shows the state that the plan found.
    shown = evidence.shown(slot, evidence.last_look(attempt, slot, end) or evidence.base(attempt, slot))
    if outcome.message.startswith(_FAULT):
        yield "a fault of trueup is never right"
    if outcome.status in _SUCCESS:
        yield from _not_so(evidence, attempt, slot, outcome, shown)
    elif outcome.status is not Status.UNKNOWN:
        yield from _done_nevertheless(evidence, attempt, slot, outcome)
    if outcome.status is Status.UNKNOWN and not _lost(evidence, attempt, slot):
        yield "no answer was lost"
    # A second signal may come between an answer and its account.
    cut_short = attempt.full or (outcome.status is Status.UNKNOWN and len(attempt.signals) > 1)
    if outcome.status in {Status.FAILED, Status.UNKNOWN} and not cut_short:
        yield from _for_no_reason(evidence, attempt, slot, shown)
    if outcome.status is Status.STALE and not _moved(evidence, attempt, slot, end):
        yield "no other writer had changed it"
    yield from _never_done(evidence, attempt, slot, outcome, end)


def _not_so(evidence: Evidence, attempt: Attempt, slot: Slot, outcome: Outcome, shown: Version | None) -> Iterator[str]:
    """Yield managed paths that were not as wanted when they were called so."""
    names = [*(report.path.removeprefix("lifecycle.") for report in outcome.fields), *told(attempt, slot)]
    if is_deployment(slot) and shown is not None:
        yield from _with_problems(evidence, attempt, slot, shown)
    documents = {} if shown is None else shown.documents
    if is_tombstone(attempt, slot):
        base = evidence.planned_from(attempt, slot)
        left = documents.keys() & (base.visible.keys() if base is not None else set())
        yield from (f"the platform showed {name}" for name in sorted(left))
        if base is None and evidence.may_have_lost_its_key(attempt, slot):
            yield "the platform showed a draft without a key that may be this one"
        return
    if not documents:
        yield "the platform showed nothing of the kind"
        return
    # Where a platform lets two of one name in, it shows one of them, and which one is not known.
    missed = [_missed(evidence, attempt, slot, facts, names) for facts in documents.values()]
    yield from (f"the platform showed {path} not as wanted" for path in min(missed, key=len))


def _with_problems(evidence: Evidence, attempt: Attempt, slot: Slot, shown: Version) -> Iterator[str]:
    """Yield that a rollout of this attempt is called done, and its report has warnings or errors."""
    own = {effect.version.id for effect in _effects(evidence, attempt, slot)}
    for id_, facts in shown.documents.items():
        if id_ in own and facts.get(("~problems",)):
            yield "its report has warnings or errors"


def _missed(evidence: Evidence, attempt: Attempt, slot: Slot, facts: Facts, names: list[str]) -> list[str]:
    missed = [path for path in evidence.misses(attempt, slot, facts) if not _is_told(path, names)]
    return [
        path
        for path in missed
        if not (evidence.unseen(slot, path, facts) or evidence.may_be_taken_for_ours(slot, path))
        or is_remembered_wrongly(evidence, attempt, slot, path)
    ]


def _is_told(path: str, names: list[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _done_nevertheless(evidence: Evidence, attempt: Attempt, slot: Slot, outcome: Outcome) -> Iterator[str]:
    """Yield writes that took effect although the outcome says that nothing of the kind did."""
    names = [report.path for report in outcome.fields]
    for effect in _effects(evidence, attempt, slot):
        if names and effect.request.verb is Verb.CREATE:
            continue  # a creation is one action: that it was accepted and what of it did not stick is in the message
        if evidence.is_refused_and_hidden(effect):
            continue
        if is_deployment(slot) and outcome.message.startswith(_ACCEPTED):
            continue  # the run failed, and what it stored nevertheless may be the old or the new
        fields = [fact for fact in evidence.changed(effect) if not fact[0].startswith("~")]
        if fields and not any(_is_still_so(evidence, effect, fact) for fact in fields):
            continue  # others undid it, and what is left are the traces that any edit leaves
        for fact in sorted(set(evidence.changed(effect)) - _CONSEQUENCES):
            done = any(is_covered(action, slot, fact, evidence.settings) for action in outcome.done) or _goes_on(
                evidence, attempt, effect, outcome, fact
            )
            if not done and not _is_told(fact[0], names) and _is_still_so(evidence, effect, fact):
                yield f"request {effect.request.number} had changed {'/'.join(fact)}"


def _goes_on(evidence: Evidence, attempt: Attempt, effect: Effect, outcome: Outcome, fact: tuple[str, ...]) -> bool:
    """Return whether a fact tells of a process that the outcome calls unfinished, and that was so when it did."""
    # One request changes all that is left of a deployment.
    going = outcome.left if is_deployment(effect.slot) else outcome.left[:1]
    covered = any(is_covered(action, effect.slot, fact, evidence.settings) for action in going)
    if outcome.status is not Status.DEFERRED or not covered:
        return False
    # A listing was made for other resources.
    looks = [
        look
        for look in evidence.looks_since(attempt, effect.slot, 0)
        if look.seq < attempt.ends[effect.slot] and evidence.event_log.requests[look.request - 1].verb is not Verb.LIST
    ]
    shown = evidence.shown(effect.slot, looks[-1]) if looks else None
    facts = NOTHING if shown is None else shown.of(effect.version.id)
    return facts.get(("~status",)) in RUNNING or facts.get(("~isPreviewable",)) == "pending"


def _is_still_so(evidence: Evidence, effect: Effect, fact: tuple[str, ...]) -> bool:
    """Return whether what a write made of a fact is still so, as far as that attempt could see.

    Of a document that no later reading showed, because others deleted it or another one has its name, nothing is seen.
    """
    attempt = evidence.attempt(effect.request.attempt)
    later = evidence.looks_since(attempt, effect.slot, effect.version.seq)
    if effect.after and later and not any(effect.version.id in evidence.shown_by(effect.slot, look) for look in later):
        return False
    last = [version for version in evidence.versions(effect.slot) if version.seq <= attempt.ended]
    if last and not effect.after and effect.version.id in last[-1].documents:
        return False  # its removal failed
    return bool(last) and last[-1].of(effect.version.id).get(fact) == effect.after.get(fact)


def _lost(evidence: Evidence, attempt: Attempt, slot: Slot) -> bool:
    """Return whether anything may have kept an attempt from knowing how its writes to a slot ended.

    That is an answer that never came or says nothing, in this attempt or in an earlier one, a record that could not be
    written, a last reading that failed, a second signal, a refused write in whose time the resource changed, and that
    what it wrote to is gone, or another resource of the same name is there.
    """
    writes = [sent for sent in evidence.event_log.requests if sent.attempt <= attempt.number and slot in sent.slots]
    reads = [sent for sent in writes if sent.attempt == attempt.number and not sent.verb.writes]
    unread = bool(reads) and not reads[-1].succeeded
    unclear = unread or any(sent.verb.writes and not _is_clear(sent) for sent in writes)
    batches = any(sent.verb is Verb.RESULT for sent in writes) or evidence.scenario.asynchronous
    then = _since_base(evidence, attempt, slot)
    gone = any(not version.visible for version in then)
    cut_short = bool(attempt.full) or len(attempt.signals) > 1
    own = [sent for sent in writes if sent.attempt == attempt.number and sent.verb.writes]
    belied = any(_is_belied(sent, then, evidence.last_look(attempt, slot, sent.sent)) for sent in own)
    return gone or unclear or batches or cut_short or belied or _is_replaced(then)


def _is_belied(sent: Sent, versions: list[Version], look: Look | None) -> bool:
    """Return whether a write was refused and the resource changed since it was last looked at: by it, or by others."""
    refused = sent.answered is not None and not sent.succeeded and not sent.said_no
    return refused and any(version.seq > (look.version if look else sent.sent) for version in versions)


def _since_base(evidence: Evidence, attempt: Attempt, slot: Slot) -> list[Version]:
    """Return the versions of a slot from the one that the plan was made from to its outcome."""
    base, end = evidence.base(attempt, slot), attempt.ends[slot]
    since = base.version if base is not None else 0
    return [version for version in evidence.versions(slot) if since <= version.seq < end]


def _is_replaced(versions: list[Version]) -> bool:
    return len({version.id for version in versions}) > 1


def _is_clear(sent: Sent) -> bool:
    """Return whether an answer tells what became of a write: taken, refused, or not now."""
    if sent.answered is None or sent.status is None:
        return False
    return sent.succeeded or sent.said_no or (sent.status in REFUSALS and isinstance(sent.answer, dict))


def _for_no_reason(evidence: Evidence, attempt: Attempt, slot: Slot, shown: Version | None) -> Iterator[str]:
    """Yield when everything was answered well and shows what is wanted."""
    # What keeps one resource of a target from being read may be told of all of them.
    about = [
        sent
        for sent in evidence.event_log.requests
        if sent.attempt in (attempt.number, attempt.rests_on) and sent.world == world_of(slot)
    ]
    documents = list(shown.documents.values()) if shown is not None else []
    well = all(sent.succeeded and not failed(sent.answer) for sent in about)
    replaced = _is_replaced(_since_base(evidence, attempt, slot))
    single = len(documents) == 1 and well and not replaced and not evidence.misses(attempt, slot, documents[0])
    single = single and not (_has_lost_values(evidence, attempt, slot) or _is_moved(evidence, attempt, slot))
    if single and not _elsewhere(evidence, documents[0]) and not _has_troubles(evidence, attempt, slot, documents[0]):
        yield "every request was answered well, and the platform showed it as wanted"


def _is_moved(evidence: Evidence, attempt: Attempt, slot: Slot) -> bool:
    """Return whether others moved a deployment to other code, so that it does not run what the plan rests on."""
    versions, since = evidence.versions(slot), {version.seq for version in _since_base(evidence, attempt, slot)}
    return any(
        version.seq in since and version.author.who is Who.OTHERS and ("~release",) in _changes(versions, index)
        for index, version in enumerate(versions)
    )


def _has_lost_values(evidence: Evidence, attempt: Attempt, slot: Slot) -> bool:
    """Return whether a redeployment changed values that it did not name: some platforms keep none of these."""
    own = [effect for effect in _effects(evidence, attempt, slot) if is_deployment(slot) and effect.after]
    return any(
        effect.before.get(fact) is not None and fact not in named
        for effect in own
        for named in (named_values(effect.request, slot),)
        for fact in evidence.changed(effect)
        if fact[0].startswith((APPLICATIONS, GLOBAL))
    )


def _has_troubles(evidence: Evidence, attempt: Attempt, slot: Slot, facts: Facts) -> bool:
    """Return whether the report of a deployment has warnings, or the platform shows none of its secured values."""
    if not is_deployment(slot):
        return False
    wanted = wanted_values(attempt.specs[slot])
    return bool(facts.get(("~problems",))) or any(evidence.unseen(slot, fact[0], facts) for fact, _ in wanted)


def _elsewhere(evidence: Evidence, facts: Facts) -> bool:
    """Return whether the platform shows other addresses than those of the documents that it has."""
    return any(evidence.shown_elsewhere(fact[0]) for fact in facts)


def _moved(evidence: Evidence, attempt: Attempt, slot: Slot, end: int) -> bool:
    """Return whether the slot was changed by others or the platform's processes since its plan was read.

    What a deployment is made of counts too, even if this attempt changed it. So does a write of this attempt where the
    platform takes two names for one, as the plan warned: it then changes both.
    """
    base = evidence.base(attempt, slot)
    since = 0 if base is None else base.version
    read = 0 if base is None else base.seq
    # Of two documents of one name, a platform shows now the one and then the other.
    if any(len(version.visible) > 1 for version in evidence.versions(slot) if version.seq < end):
        return True
    source = evidence.versions(evidence.source(attempt, slot)) if is_deployment(slot) else ()
    planned, folds = attempt.shown(slot), evidence.settings.origin_key_comparison == "case"
    if planned is not None and folds and any(p.finding.code == "may-be-same" for p in planned.findings):
        return True
    return any(read < version.seq < end for version in source) or any(
        since < version.seq < end
        and (version.author.who is not Who.TRUEUP or _attempt_of(evidence, version) != attempt.number)
        for version in evidence.versions(slot)
    )


def _attempt_of(evidence: Evidence, version: Version) -> int:
    return evidence.event_log.requests[version.author.number - 1].attempt


def _never_done(evidence: Evidence, attempt: Attempt, slot: Slot, outcome: Outcome, end: int) -> Iterator[str]:
    """Yield actions that are called done and changed nothing, where no other writer had done them either."""
    since = base.version if (base := evidence.base(attempt, slot)) is not None else 0
    versions = evidence.versions(slot)
    planned = attempt.shown(slot)
    blind = [step.action for step in planned.actions if step.reason is Reason.NOT_RETURNED] if planned else []
    for action in outcome.done:
        if action in blind or _was_sent(evidence, attempt, slot, action):
            continue  # sent without knowing whether it was there already
        touched = any(
            since < version.seq < end
            and any(is_covered(action, slot, fact, evidence.settings) for fact in _changes(versions, index))
            for index, version in enumerate(versions)
        )
        if not touched:
            yield f"{type(action).__name__} {getattr(action, 'path', '')} is called done, and nothing did it"


def _was_sent(evidence: Evidence, attempt: Attempt, slot: Slot, action: Action) -> bool:
    """Return whether the platform took a request with a value that it does not show, which may have been there."""
    if not (isinstance(action, AddElement) and is_deployment(slot)):
        return False
    hidden = action.path.endswith(SECURED) or evidence.unseen(slot, action.path, NOTHING)
    sent = (named_values(sent, slot) for sent in evidence.writes(attempt, slot) if sent.performed)
    return hidden and any((action.path, *action.key) in named for named in sent)


def _changes(versions: list[Version], index: int) -> list[tuple[str, ...]]:
    version = versions[index]
    before = versions[index - 1].documents.get(version.id, NOTHING) if index else NOTHING
    after = version.documents.get(version.id, NOTHING)
    return [fact for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact)]


def _effects(evidence: Evidence, attempt: Attempt, slot: Slot) -> list[Effect]:
    return [e for e in evidence.effects if e.slot == slot and e.request.attempt == attempt.number]
