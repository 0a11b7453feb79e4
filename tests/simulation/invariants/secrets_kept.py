"""A secured value that a manifest wants anew is written, and what was written stays: no reading would show its loss."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from simulation.deployment_claims import sent_secrets
from simulation.deployments import secret
from simulation.event_log import Verb
from simulation.expectations import wanted_values
from simulation.facts import Fact
from simulation.history import Who
from simulation.invariants.evidence import Evidence, Invariant, Violation, is_tombstone
from simulation.layout import SECURED, Json
from simulation.places import Slot, is_deployment
from trueup.model.plan import Verdict

_ROLLED_BACK: Final = ("~rollback",)


def check_kept(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every secret of a deployment called unchanged that is not the one that had to be written.

    What others set instead is beyond any client.
    """
    attempt = evidence.event_log.attempts[-1]
    for slot in evidence.scenario.specs:
        planned = attempt.shown(slot)
        if (
            not is_deployment(slot)
            or is_tombstone(attempt, slot)
            or planned is None
            or planned.verdict is not Verdict.UNCHANGED
        ):
            continue
        for fact, reference in wanted_values(attempt.specs[slot]):
            text = _lost(evidence, slot, fact, reference) if fact[0].endswith(SECURED) else ""
            if text:
                yield Violation(
                    invariant=Invariant.KEPT, attempt=attempt.number, text=f"{slot[1]}: {'/'.join(fact)} {text}"
                )


def _lost(evidence: Evidence, slot: Slot, fact: Fact, reference: Json) -> str:
    value = secret(reference["fromEnv"], reference["revision"])
    written = _was_written(evidence, slot, fact, value)
    if not written and _must_be_written(evidence, slot, fact, reference):
        return "was never written, and the records have another one"
    versions = evidence.versions(slot)
    if not (written and versions and versions[-1].documents):
        return ""
    digests = [
        None if (facts := version.documents.get(versions[-1].id)) is None else facts.get(fact) for version in versions
    ]
    if digests[-1] == sha256(value.encode()).hexdigest() or any(
        facts.get(_ROLLED_BACK) for version in versions for facts in version.documents.values()
    ):
        return ""
    changes = [version for index, version in enumerate(versions) if not index or digests[index] != digests[index - 1]]
    return "" if changes[-1].author.who in (Who.OTHERS, Who.SEED) else "was written, and another one is live"


def _must_be_written(evidence: Evidence, slot: Slot, fact: Fact, reference: Json) -> bool:
    """Return whether the records of applies say from the beginning that another secret was written.

    Where there is a base, these runs have no records.
    """
    then = None if evidence.scenario.disruptions.moved_base else evidence.scenario.applied.get(slot)
    if then is None or dict(wanted_values(then.spec)).get(fact, reference) == reference:
        return False
    # A commit without the reference leaves no record of what was written: the plan says that it is not compared.
    thens = (then for attempt in evidence.event_log.attempts for then in attempt.applied[slot])
    return all(fact in dict(wanted_values(then.spec)) for then in thens)


def _was_written(evidence: Evidence, slot: Slot, fact: Fact, value: str) -> bool:
    return any(
        (fact, value) in sent_secrets(sent.body)
        for sent in evidence.event_log.requests
        if slot in sent.slots and sent.performed and sent.verb in (Verb.CREATE, Verb.UPDATE)
    )
