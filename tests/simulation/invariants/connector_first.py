"""A deployment is sent after what it is made of: the connector is published, and its changes of the run are done."""

from collections.abc import Iterator

from simulation.event_log import Attempt, Sent, Verb
from simulation.facts import Facts
from simulation.invariants.evidence import Evidence, Invariant, Violation
from simulation.places import CONNECT, Slot, is_deployment
from trueup.model.action import Publish, RequestPreview
from trueup.plan.digest import SENT


def check_order(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every creation, and every move to newer code, that came before its connector."""
    for sent in evidence.event_log.requests:
        if not sent.slots or not is_deployment(sent.slots[0]):
            continue
        attempt = evidence.attempt(sent.attempt)
        if sent.verb is Verb.CREATE or (sent.verb is Verb.UPDATE and _follows(sent)):
            why = _too_early(evidence, attempt, sent)
            if why:
                yield Violation(
                    invariant=Invariant.ORDER,
                    attempt=sent.attempt,
                    text=f"{sent.slots[0][1]}: request {sent.number} is a {sent.verb}, and {why}",
                )


def _follows(sent: Sent) -> bool:
    return any(action.get("updateConnector") for action in sent.body["actions"])


def _too_early(evidence: Evidence, attempt: Attempt, sent: Sent) -> str:
    reference, slot = attempt.specs[sent.slots[0]]["connector"], evidence.source(attempt, sent.slots[0])
    planned = attempt.shown(slot)
    process = RequestPreview if reference.get("staged") else Publish
    asked = planned is not None and any(isinstance(step.action, process) for step in planned.actions)
    if planned is not None and planned.verdict in SENT and asked and attempt.ends.get(slot, sent.sent) >= sent.sent:
        return f"{slot[1]} was not done"
    since = attempt.begun.get(sent.slots[0], attempt.planned)
    # A connector that cannot be read keeps nothing from being sent: the platform refuses what is too early.
    unread = any(
        each.verb is Verb.READ and each.collection == CONNECT and not (each.slots or each.succeeded)
        for each in evidence.event_log.requests
        if each.attempt == attempt.number and since < each.sent < sent.sent
    )
    if not unread and not _is_there(evidence, slot, since, sent.sent, staged=bool(reference.get("staged"))):
        return f"{slot[1]} was not {'previewable' if reference.get('staged') else 'published'}"
    return ""


def _is_there(evidence: Evidence, slot: Slot, since: int, until: int, *, staged: bool) -> bool:
    """Return whether there was something to deploy at some time between two moments: others may take it away."""
    versions = [version for version in evidence.versions(slot) if version.seq <= until]
    later = [version for version in versions if version.seq > since]
    return any(
        _can_be_deployed(facts, staged=staged)
        for version in [*versions[: len(versions) - len(later)][-1:], *later]
        for facts in version.documents.values()
    )


def _can_be_deployed(facts: Facts, *, staged: bool) -> bool:
    return facts.get(("~isPreviewable",)) == "true" if staged else ("~release",) in facts
