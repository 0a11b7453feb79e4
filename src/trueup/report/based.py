"""Say what a plan was compared with, whose changes it holds, and what is managed no longer."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from trueup.model.plan import Base, Cause, Gone, Moved, Plan
from trueup.plan.digest import SENT
from trueup.report.tree import Closing, Entry, Role, Section, Sign, Span

SHORT: Final = 10
"""Digits of a commit's id that people are shown."""

_WORDS: Final = (
    (Cause.DRIFT, "drift", Role.CAUTION),
    (Cause.BOTH, "on both sides", Role.PROBLEM),
    (Cause.YOURS, "your change", Role.PLAIN),
    (None, "of unknown cause", Role.CAUTION),
)


def gone_section(plan: Plan) -> tuple[Section, ...]:
    """Return the section of what stood in the other commit and is in no manifest now, or nothing."""
    if not plan.gone:
        return ()
    return (Section(title="No longer managed, left as it is", entries=tuple(map(_gone, plan.gone)), announced=True),)


def notices(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each target that is not as in the base, as what is planned for it may go elsewhere."""
    return tuple(_moved(moved) for moved in plan.moved)


def _moved(moved: Moved) -> str:
    if moved.then is None:
        return f"The target {moved.target} is new since the base. It leads to {moved.now}."
    if moved.then == moved.now:
        return f"The target {moved.target} is defined in another way than in the base. It still leads to {moved.now}."
    return f"The target {moved.target} leads to {moved.now}. In the base, it led to {moved.then}."


def based_closings(plan: Plan) -> Iterator[Closing]:
    """Give the sentence that says what a plan was compared with and counts its actions by cause."""
    if plan.base is not None:
        yield Closing(tuple(_compared(plan, plan.base)))


def _compared(plan: Plan, base: Base) -> Iterator[Span]:
    yield Span(f"Actions since {base.revision} ({base.commit[:SHORT]}): ")
    sent = (resource for resource in plan.resources if resource.verdict in SENT)
    causes = Counter(planned.cause for resource in sent for planned in resource.actions)
    told = [Span(f"{causes[cause]:,} {words}", role) for cause, words, role in _WORDS if causes[cause]]
    for number, span in enumerate(told or [Span("none")]):
        yield from [Span(", "), span] if number else [span]
    yield Span(".")


def _gone(gone: Gone) -> Entry:
    identity = gone.identity
    return Entry(
        sign=Sign.SAME,
        word="gone",
        kind=identity.kind,
        name=identity.shown,
        target=identity.target,
        place=gone.position,
    )
