"""Build the report of what was written into manifests, and its JSON."""

from collections.abc import Sequence
from typing import Final

from trueup.edit.adopt import Adoption
from trueup.model.drift import Fate
from trueup.plan.codec import JsonObject, changed, to_json
from trueup.report.actions import action_line, first_of, within_bound
from trueup.report.plan import several_targets
from trueup.report.tree import Block, Closing, Entry, Remark, Role, Section, Sign, Span, Tree
from trueup.report.words import counted

LEFT: Final = {
    Fate.DELETED: "it is gone. Bring it back with trueup apply, or write a tombstone (lifecycle.state: absent).",
    Fate.RETURNED: "it is there although it was to be deleted. Delete it with trueup apply, or keep it in a manifest.",
    Fate.UNREADABLE: "it could not be read.",
    Fate.UNKNOWN: "what the base wanted of it could not be read, so what live changed is not known.",
}
"""Why there is nothing to write for a resource."""

REVIEW: Final = Closing((Span("Review the files with git diff before you commit them."),))


def adopted_tree(adoptions: Sequence[Adoption], *, written: bool) -> Tree:
    """Return the report; ``written`` False only shows what would be."""
    taken = [adoption for adoption in adoptions if adoption.taken]
    left = [adoption for adoption in adoptions if adoption.left or adoption.drift.fate in LEFT]
    values = sum(len(adoption.taken) for adoption in taken)
    sections = [
        Section(title="Left to you", entries=tuple(map(_left, left)), announced=True),
        Section(
            title="Taken over" if written else "To be taken over", entries=tuple(map(_taken, taken)), announced=True
        ),
    ]
    return Tree(
        title="Adopt",
        total=_total(values, len(taken), len(left), written=written),
        counts={"taken": len(taken), "left": len(left)},
        sections=tuple(section for section in sections if section.entries),
        closings=(REVIEW,) if taken and written else (),
        several_targets=several_targets(adoption.drift.identity for adoption in adoptions),
    )


def adopted_to_json(adoptions: Sequence[Adoption]) -> list[JsonObject]:
    """Return, resource by resource, what was taken over and what was left, with the reason."""
    return [
        {
            "identity": to_json(adoption.drift.identity),
            "position": to_json(adoption.drift.position),
            "taken": [to_json(changed(change)) for change in adoption.taken],
            "left": [{"change": to_json(changed(change)), "reason": reason} for change, reason in adoption.left],
            "reason": _reason(adoption),
        }
        for adoption in adoptions
    ]


def _reason(adoption: Adoption) -> str:
    """Return why there is nothing to write for a resource, empty where there may be."""
    reason = LEFT.get(adoption.drift.fate, "")
    if adoption.drift.fate is Fate.UNREADABLE and adoption.drift.error:
        return f"{reason.removesuffix('.')}: {adoption.drift.error}"
    return reason


def _taken(adoption: Adoption) -> Entry:
    kind = adoption.drift.identity.kind
    listed, omitted = within_bound(adoption.taken)
    lines = [action_line(kind, change, held=False, tag_cause=False) for change in listed]
    return _entry(adoption, Sign.UPDATE, "taken", (*lines, *omitted))


def _left(adoption: Adoption) -> Entry:
    kind = adoption.drift.identity.kind
    blocks: list[Block] = []
    listed, omitted = first_of(adoption.left, "change")
    for change, reason in listed:
        blocks.append(action_line(kind, change, held=True, tag_cause=False))
        blocks.append(
            Remark(word="not written", text=f"{reason.removesuffix('.')}.", role=Role.CAUTION, place=change.position)
        )
    blocks += omitted
    if adoption.drift.fate in LEFT:
        blocks.append(Remark(word="not written", text=_reason(adoption), role=Role.CAUTION))
    return _entry(adoption, Sign.PROBLEM, "left", tuple(blocks))


def _entry(adoption: Adoption, sign: Sign, word: str, blocks: tuple[Block, ...]) -> Entry:
    identity = adoption.drift.identity
    return Entry(
        sign=sign,
        word=word,
        kind=identity.kind,
        name=identity.shown,
        target=identity.target,
        place=adoption.drift.position,
        blocks=blocks,
    )


def _total(values: int, taken: int, left: int, *, written: bool) -> tuple[Span, ...]:
    if not taken and not left:
        return (Span("Nothing to adopt. ", Role.STRONG), Span("Live has not changed by itself."))
    verb = "Wrote" if written else "Would write"
    told = f"{verb} {counted(values, 'change')} of {counted(taken, 'resource')} into the manifests"
    return (Span(told), Span(f"; {counted(left, 'resource')} left to you.", Role.CAUTION) if left else Span("."))
