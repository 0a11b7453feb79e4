"""A deployment is sent after what it is made of: the connector is published, and its changes of the run are done.

A deletion goes the other way: the deployments of a connector are gone before it.
"""

from collections.abc import Iterator
from http import HTTPStatus

from simulation.event_log import Attempt, Sent, Verb
from simulation.facts import Facts
from simulation.invariants.evidence import Evidence, Invariant, Violation
from simulation.places import CONNECT, Slot, is_deployment
from trueup.model.action import Publish, RequestPreview
from trueup.plan.digest import SENT


def check_order(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every creation, move to newer code, and deletion of a connector that came too early."""
    for sent in evidence.event_log.requests:
        why = _why_too_early(evidence, evidence.attempt(sent.attempt), sent) if sent.verb.writes else ""
        if why:
            yield Violation(
                invariant=Invariant.ORDER,
                attempt=sent.attempt,
                text=f"{sent.slots[0][1]}: request {sent.number} is a {sent.verb}, and {why}",
            )


def _why_too_early(evidence: Evidence, attempt: Attempt, sent: Sent) -> str:
    if is_deployment(sent.slots[0]):
        moves = sent.verb is Verb.CREATE or (sent.verb is Verb.UPDATE and follows(sent))
        return _too_early(evidence, attempt, sent) if moves else ""
    return _still_in_use(evidence, attempt, sent) if sent.verb is Verb.DELETE and sent.slots[0][0] == CONNECT else ""


def _still_in_use(evidence: Evidence, attempt: Attempt, sent: Sent) -> str:
    """Return which deployment of a connector that is deleted is there, as the attempt knew when it planned."""
    for slot in (slot for slot in attempt.manifests if is_deployment(slot)):
        if evidence.source(attempt, slot) != sent.slots[0] or (base := evidence.planned_from(attempt, slot)) is None:
            continue
        versions = [version for version in evidence.versions(slot) if version.seq <= sent.sent]
        if versions[-1].documents.keys() & base.documents.keys():
            return f"{slot[1]} was there"
    return ""


def follows(sent: Sent) -> bool:
    """Return whether a redeployment asks for the newest code."""
    return any(action.get("updateConnector") for action in sent.body["actions"])


def _too_early(evidence: Evidence, attempt: Attempt, sent: Sent) -> str:
    reference, slot = attempt.specs[sent.slots[0]]["connector"], evidence.source(attempt, sent.slots[0])
    planned = attempt.shown(slot)
    process = RequestPreview if reference.get("staged") else Publish
    asked = planned is not None and any(isinstance(step.action, process) for step in planned.actions)
    base = evidence.planned_from(attempt, slot)
    # The connector with the id in the manifest may have lost its key to another one.
    another = base is not None and reference.get("id", next(iter(base.visible))) not in base.visible
    pending = planned is not None and planned.verdict in SENT and asked and not another
    if pending and attempt.ends.get(slot, sent.sent) >= sent.sent:
        return f"{slot[1]} was not done"
    since = _last_reading(evidence, attempt, slot, sent)
    if not _is_there(evidence, slot, since, sent.sent, staged=bool(reference.get("staged"))):
        return f"{slot[1]} was not {'previewable' if reference.get('staged') else 'published'}"
    return ""


def _last_reading(evidence: Evidence, attempt: Attempt, slot: Slot, sent: Sent) -> int:
    """Return when the connector was last read for a deployment: what others took away since is not known.

    A reading that fails keeps nothing from being sent, as the platform refuses what is too early. A retry of a write
    whose answer was lost rests on what was read before the first one.
    """
    first = min(write.sent for write in evidence.writes(attempt, sent.slots[0]))
    return max(
        (
            each.sent
            for each in evidence.event_log.requests
            if each.attempt in (attempt.number, attempt.rests_on)
            and (each.verb, each.collection, each.slots) == (Verb.READ, CONNECT, ())
            and (each.succeeded or each.status == HTTPStatus.NOT_FOUND)
            and each.sent < first
            and evidence.history.slot_of(CONNECT, each.path.rpartition("/")[2].removeprefix("key=")) == slot
        ),
        default=attempt.planned,
    )


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
