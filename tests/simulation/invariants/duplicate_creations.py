"""Nothing is created twice: not blindly after a lost answer, and not beside what is there already."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from benchmarks.campaign.history import Slot, Version, Who
from benchmarks.campaign.judges.evidence import Alarm, Effect, Evidence, Invariant, is_twin
from benchmarks.campaign.ledger import Sent, Verb
from benchmarks.campaign.world import CONNECT


def judge_creates(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm for every creation that made a second resource, or that could have."""
    yield from _blind(evidence)
    for effect in evidence.effects:
        if effect.request.verb is not Verb.CREATE:
            continue
        yield from _beside_a_twin(evidence, effect)
        if len(effect.version.visible) > 1:
            earlier = _first_of_them(evidence.versions(effect.slot)[: effect.index])
            if _in_the_gap(evidence, effect, earlier):
                evidence.ledger.counts["creations in the gap between look and write"] += 1
                continue
            yield Alarm(
                invariant=Invariant.CREATES,
                life=effect.request.life,
                text=f"{effect.slot[1]}: request {effect.request.number} created it beside what "
                f"{earlier.author.who} had created already",
            )


def _beside_a_twin(evidence: Evidence, effect: Effect) -> Iterator[Alarm]:
    """Yield when the plan was shown a draft without a key that may be the same.

    A later one cannot be known of: no key leads to it.
    """
    life = evidence.life(effect.request.life)
    if effect.slot[0] == CONNECT and any(is_twin(effect.request.body, atoms) for atoms in evidence.nameless(life)):
        yield Alarm(
            invariant=Invariant.CREATES,
            life=life.number,
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
    """Say whether the other one came after the last look at an empty slot."""
    life = evidence.life(effect.request.life)
    look = evidence.last_look(life, effect.slot, effect.request.sent)
    looked = look is not None and look.seq > life.planned and look.version < earlier.seq
    # A request of ours that arrives late is refused by a platform that knows the key; where none does, only waiting
    # would help, and Connect's documentation says that it knows it.
    return looked and (earlier.author.who is Who.OTHERS or effect.slot[0] == CONNECT)


def _blind(evidence: Evidence) -> Iterator[Alarm]:
    last: dict[tuple[int, Slot], Sent] = {}
    for sent in evidence.ledger.requests:
        for slot in sent.slots:
            if sent.verb is Verb.READ and (sent.succeeded or sent.status == HTTPStatus.NOT_FOUND):
                last.pop((sent.life, slot), None)
            elif sent.verb is Verb.CREATE:
                earlier = last.get((sent.life, slot))
                last[sent.life, slot] = sent
                if earlier is not None and not earlier.said_no:
                    yield Alarm(
                        invariant=Invariant.CREATES,
                        life=sent.life,
                        text=f"{slot[1]}: the creation of request {earlier.number} was sent again as request "
                        f"{sent.number}, and nothing was read in between",
                    )
