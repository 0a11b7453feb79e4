"""A deployment has at most one rollout a run, and none without need: each one restarts what serves customers."""

from collections import Counter
from collections.abc import Iterator

from simulation.deployment_claims import sent_secrets
from simulation.event_log import Attempt, Verb
from simulation.expectations import wanted_values
from simulation.facts import Facts
from simulation.invariants.evidence import Effect, Evidence, Invariant, Violation
from simulation.layout import SECURED
from simulation.places import Slot, is_deployment
from trueup.model.run import Status


def check_rollouts(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every second rollout of an attempt, and for every one that changed nothing wanted."""
    effects = [e for e in evidence.effects if is_deployment(e.slot) and e.request.verb is not Verb.DELETE]
    per_attempt = Counter((effect.request.attempt, effect.slot, effect.version.id) for effect in effects)
    for (number, slot, _), count in per_attempt.items():
        if count > 1:
            yield Violation(
                invariant=Invariant.ROLLOUTS,
                attempt=number,
                text=f"{slot[1]}: {count} requests of one attempt deployed it",
            )
    for effect in effects:
        attempt = evidence.attempt(effect.request.attempt)
        if effect.request.verb is Verb.UPDATE and not _is_needed(evidence, attempt, effect):
            yield Violation(
                invariant=Invariant.ROLLOUTS,
                attempt=attempt.number,
                text=f"{effect.slot[1]}: request {effect.request.number} redeployed it, and it was as wanted",
            )


def _is_needed(evidence: Evidence, attempt: Attempt, effect: Effect) -> bool:
    """Return whether anything of a deployment was not as wanted, or may not have been, right before a redeployment."""
    slot = effect.slot
    wanted = attempt.manifests[slot].lifecycle
    hidden = any(evidence.unseen(slot, fact[0], effect.before) for fact, _ in wanted_values(attempt.specs[slot]))
    missed = [path for path in evidence.misses(attempt, slot, effect.before) if path != "release"]
    # Another invariant checks that only wanted secrets are sent.
    secrets = any(path.endswith(SECURED) for path, *_ in evidence.changed(effect))
    news = wanted.follow and _has_news(evidence, effect)
    # A rollback is a difference, whatever it led to (deployment-api.md section 14).
    rolled_back = effect.before.get(("~rollback",)) is not None
    unclear = _is_unclear(evidence, effect)
    return hidden or bool(missed) or news or secrets or rolled_back or unclear or _is_new(evidence, attempt, slot)


def _is_unclear(evidence: Evidence, effect: Effect) -> bool:
    """Return whether a redeployment writes a secret of which the last write had no known result."""
    secrets = dict(sent_secrets(effect.request.body))
    earlier = [
        sent
        for sent in evidence.event_log.requests[: effect.request.number - 1]
        if effect.slot in sent.slots
        and sent.verb.writes
        and secrets.keys() & dict(sent_secrets(sent.body or {})).keys()
    ]
    if not earlier:
        return False
    last = evidence.attempt(earlier[-1].attempt)
    ended = {evidence.history.slot_of_identity(one.identity): one.status for one in last.outcomes or ()}
    return ended.get(effect.slot) not in {Status.APPLIED, Status.REBASED}


def _has_news(evidence: Evidence, effect: Effect) -> bool:
    offers = evidence.offered(effect.before, since=0, until=effect.request.sent)
    return any(offer not in (None, _running(effect.before)) for offer in offers)


def _running(facts: Facts) -> object:
    release = facts[("~release",)]
    assert isinstance(release, tuple)
    return release[0] if facts[("connector.staged",)] else release


def _is_new(evidence: Evidence, attempt: Attempt, slot: Slot) -> bool:
    """Return whether a secret may differ from what the records or the base say was written: nothing shows it."""
    scenario = evidence.scenario
    base = [] if scenario.disruptions.moved_base is None else [scenario.before[list(scenario.specs).index(slot)]]
    return any(
        fact[0].endswith(SECURED) and dict(wanted_values(then.spec)).get(fact) != value
        for then in (*attempt.applied.get(slot, ()), *base)
        for fact, value in wanted_values(attempt.specs[slot])
    )
