"""A secret that is sent is the one to which the manifest refers, and never what the platform shows in its place."""

from collections.abc import Iterator

from simulation.deployment_claims import sent_secrets
from simulation.deployments import secret
from simulation.event_log import Verb
from simulation.expectations import wanted_values
from simulation.invariants.evidence import Evidence, Invariant, Violation
from simulation.places import is_deployment


def check_secrets(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every secured value in a request that is not the wanted one."""
    for sent in evidence.event_log.requests:
        if sent.verb not in (Verb.CREATE, Verb.UPDATE) or not is_deployment(sent.slots[0]):
            continue
        spec = evidence.attempt(sent.attempt).specs[sent.slots[0]]
        wanted = {
            fact: secret(value["fromEnv"], value["revision"])
            for fact, value in wanted_values(spec)
            if isinstance(value, dict)
        }
        for fact, value in sent_secrets(sent.body):
            if wanted.get(fact) != value:
                yield Violation(
                    invariant=Invariant.SECRETS,
                    attempt=sent.attempt,
                    text=f"{sent.slots[0][1]}: request {sent.number} sent {value!r} as {'/'.join(fact)}",
                )
