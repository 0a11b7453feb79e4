"""Nothing is created twice: not blindly after a lost answer, and not beside what is there already."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from simulation.event_log import Sent, Verb
from simulation.history import Version, Who
from simulation.invariants.evidence import Effect, Evidence, Invariant, Violation, is_twin
from simulation.places import CONNECT, ORIGIN, Slot


def check_creates(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every creation that made a second resource, or that could have."""
    yield from _blind(evidence)
    for effect in evidence.effects:
        if effect.request.verb is not Verb.CREATE:
            continue
        yield from _beside_a_twin(evidence, effect)
        if len(effect.version.visible) > 1:
            earlier = _first_of_them(evidence.versions(effect.slot)[: effect.index])
            if _in_the_gap(evidence, effect, earlier):
                evidence.event_log.counts["creations in the gap between look and write"] += 1
                continue
            yield Violation(
                invariant=Invariant.CREATES,
                attempt=effect.request.attempt,
                text=f"{effect.slot[1]}: request {effect.request.number} created it beside what "
                f"{earlier.author.who} had created already",
            )


def _beside_a_twin(evidence: Evidence, effect: Effect) -> Iterator[Violation]:
    """Yield when the plan was shown a draft without a key that may be the same.

    A later one cannot be known of: no key leads to it.
    """
    attempt = evidence.attempt(effect.request.attempt)
    if effect.slot[0] == CONNECT and any(is_twin(effect.request.body, facts) for facts in evidence.nameless(attempt)):
        yield Violation(
            invariant=Invariant.CREATES,
            attempt=attempt.number,
            text=f"{effect.slot[1]}: request {effect.request.number} created it beside a draft without a key that has "
            "its name or its repository",
        )


def _first_of_them(versions: Sequence[Version]) -> Version:
    """Return the version that made the resource which is there after all of them; later ones only changed it."""
    first = versions[-1]
    for version in reversed(versions):
        if not version.visible:
            break
        first = version
    return first


def _in_the_gap(evidence: Evidence, effect: Effect, earlier: Version) -> bool:
    """Return whether the other one came after the last look at an empty slot."""
    attempt = evidence.attempt(effect.request.attempt)
    look = evidence.last_look(attempt, effect.slot, effect.request.sent)
    looked = look is not None and look.seq > attempt.planned and look.version < earlier.seq
    # A request of ours that arrives late is refused by a platform that knows the key; where none does, only waiting
    # would help, and Connect's documentation says that it knows it.
    return looked and (earlier.author.who is Who.OTHERS or effect.slot[0] != ORIGIN)


def _blind(evidence: Evidence) -> Iterator[Violation]:
    last: dict[tuple[int, Slot], Sent] = {}
    for sent in evidence.event_log.requests:
        for slot in sent.slots:
            if sent.verb is Verb.READ and (sent.succeeded or sent.status == HTTPStatus.NOT_FOUND):
                last.pop((sent.attempt, slot), None)
            elif sent.verb is Verb.CREATE:
                earlier = last.get((sent.attempt, slot))
                last[sent.attempt, slot] = sent
                if earlier is not None and not earlier.said_no:
                    yield Violation(
                        invariant=Invariant.CREATES,
                        attempt=sent.attempt,
                        text=f"{slot[1]}: the creation of request {earlier.number} was sent again as request "
                        f"{sent.number}, and nothing was read in between",
                    )
