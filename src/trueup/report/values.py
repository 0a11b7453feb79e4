"""Values of the model as spans and pieces of the tree; counts, durations and times as text."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import assert_never

from trueup.bounded import iso_moment
from trueup.kinds.registry import KINDS
from trueup.model.field import ScalarField
from trueup.model.identity import Kind
from trueup.model.lookalikes import look, spelled_out
from trueup.model.value import Absent, Elements, Known, LiveValue, Members, NotReturned, Parts, Scalar, Value
from trueup.report.safe_text import distinguished
from trueup.report.tree import Closing, Labelled, ReportRow, Role, Span, Swap, TextPiece


def changed_attributes(
    before: Mapping[str, Scalar], after: Mapping[str, Scalar]
) -> list[tuple[str, Scalar | None, Scalar | None]]:
    """Return name, old and new value of each attribute that differs, in the order of ``after``, then ``before``."""
    sides = ((name, before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before)))
    return [(name, old, new) for name, old, new in sides if old != new]


UNSET = Span("(unset)", Role.UNSET)
_NOT_RETURNED = Span("(not returned)", Role.UNSET)
_EMPTY = Span("(empty)", Role.UNSET)

MOST_LINES = 500
"""Lines of both texts together, above which they are not compared line by line."""


def key_text(key: tuple[str, ...]) -> str:
    """Return the natural key of an element as one text, with odd characters named."""
    return " / ".join(map(spelled_out, key))


def identifies(kind: Kind, path: str) -> bool:
    """Return whether a field is an identifier, such as a certificate number."""
    field = KINDS[kind].by_path.get(path)
    # A document of another version may have a field that this kind does not have.
    return isinstance(field, ScalarField) and field.identifies


def member_span(member: str, role: Role) -> Span:
    """Return a member of a set as a span, with odd characters named."""
    return Span(spelled_out(member), role)


def live_span(live: LiveValue, role: Role = Role.VALUE) -> Span:
    """Return a live value as one span."""
    match live:
        case Known(value):
            return value_span(value, role)
        case Absent():
            return UNSET
        case NotReturned():
            return _NOT_RETURNED
        case _:
            assert_never(live)


def value_span(value: Value, role: Role = Role.VALUE) -> Span:
    """Return any value as one span."""
    match value:
        case str() | int():
            return Span(str(value), role)
        case Members(values):
            text = ", ".join(map(spelled_out, values))
        case Parts(values):
            text = attributes_text(values)
        case Elements(by_key):
            text = ", ".join(element_text(key, attributes) for key, attributes in by_key.items())
        case _:
            assert_never(value)
    # An empty set is a value, unlike an unset one: without a placeholder the two would look the same.
    return Span(text, role) if text else _EMPTY


def attributes_text(attributes: Mapping[str, Scalar]) -> str:
    """Return attributes as ``name value, name value``."""
    return ", ".join(f"{name} {value}" for name, value in attributes.items())


def element_text(key: tuple[str, ...], attributes: Mapping[str, Scalar]) -> str:
    """Return an element as ``key (name value, name value)``."""
    return f"{key_text(key)} ({attributes_text(attributes)})" if attributes else key_text(key)


def swap_pieces(before: LiveValue, after: LiveValue) -> tuple[TextPiece, ...]:
    """Return the difference of two values in the smallest possible pieces."""
    match before, after:
        case Known(Members(old)), Known(Members(new)):
            return set_pieces(old, new)
        # An unset collection is compared as an empty one, so that each new member has a sign of its own.
        case Absent(), Known(Members(new)):
            return set_pieces((), new)
        case Known(Parts(old_parts)), Known(Parts(new_parts)):
            return parts_pieces(old_parts, new_parts)
        case Absent(), Known(Parts(new_parts)):
            return attribute_pieces({}, new_parts)
        case _:
            return (_exchanged(before, after),)


def named_swap(before: LiveValue, after: LiveValue) -> tuple[TextPiece, ...]:
    """Return the change of an identifier, with odd characters named."""
    match _exchanged(before, after):
        case Swap(old, new):
            return (Swap(old.with_text(spelled_out(old.text)), new.with_text(spelled_out(new.text))),)
        case span:
            return (span.with_text(spelled_out(span.text)),)


def _exchanged(before: LiveValue, after: LiveValue) -> Swap | Span:
    """Return both values, or only one where the other is unset: nothing is removed or added there."""
    match before, after:
        case Absent(), Known(value):
            return value_span(value, Role.ADDED)
        case Known(value), Absent():
            return value_span(value, Role.REMOVED)
        case _:
            return Swap(live_span(before, Role.BEFORE), live_span(after, Role.AFTER))


def set_pieces(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[TextPiece, ...]:
    """Return the added members, then the removed ones."""
    # Sets only for the search: the order of the members is that of the manifest and of the platform.
    was, now = set(old), set(new)
    added = (member_span(member, Role.ADDED) for member in new if member not in was)
    removed = (member_span(member, Role.REMOVED) for member in old if member not in now)
    return tuple(chain(added, removed))


def parts_pieces(old: Mapping[str, Scalar], new: Mapping[str, Scalar]) -> tuple[TextPiece, ...]:
    """Return the parts that differ; when a single part is replaced by another, that is one swap."""
    # A choice, such as a name or selfReported: one replaces the other, so "unset" would mislead.
    if len(old) == len(new) == 1 and old.keys() != new.keys():
        return (Swap(Span(attributes_text(old), Role.BEFORE), Span(attributes_text(new), Role.AFTER)),)
    return attribute_pieces(old, new)


def attribute_pieces(old: Mapping[str, Scalar], new: Mapping[str, Scalar]) -> tuple[TextPiece, ...]:
    """Return the attributes that differ with their names; one that is unset on a side has only the other value."""
    return tuple(_attribute_piece(*changed) for changed in changed_attributes(old, new))


def _attribute_piece(name: str, before: Scalar | None, after: Scalar | None) -> TextPiece:
    if before is None or after is None:
        value, role = (before, Role.REMOVED) if after is None else (after, Role.ADDED)
        return Labelled(name, Span(str(value), role))
    return Swap(Span(str(before), Role.BEFORE), Span(str(after), Role.AFTER), name)


def labelled_pieces(attributes: Mapping[str, Scalar], role: Role) -> tuple[TextPiece, ...]:
    """Return attributes with their values, for elements that are added or removed as a whole."""
    return tuple(Labelled(name, Span(str(value), role)) for name, value in attributes.items())


def text_rows(before: LiveValue, after: LiveValue) -> tuple[ReportRow, ...]:
    """Return the difference of two texts line by line, empty if both are single lines or too long together."""
    old, new = _lines(before), _lines(after)
    # The comparison takes quadratic time, so it has a limit.
    if max(len(old), len(new)) <= 1 or len(old) + len(new) > MOST_LINES:
        return ()
    return tuple(_rows(old, new))


def _lines(live: LiveValue) -> list[str]:
    match live:
        case Known(str(text)):
            return text.split("\n")
        case _:
            return []


def _rows(old: list[str], new: list[str]) -> list[ReportRow]:
    rows: list[ReportRow] = []
    # autojunk would treat frequent lines as noise and make differences longer than they are.
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        if rows:
            rows.append(ReportRow("", "…"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                # An empty line of context takes room and says nothing.
                rows += [ReportRow(" ", line) for line in old[old_start:old_end] if line.strip()]
                continue
            spelled = _distinguished_lines(old[old_start:old_end], new[new_start:new_end])
            rows += [ReportRow("-", spelled.get(line, line)) for line in old[old_start:old_end]]
            rows += [ReportRow("+", spelled.get(line, line)) for line in new[new_start:new_end]]
    return rows


def _distinguished_lines(old: list[str], new: list[str]) -> Mapping[str, str]:
    """Return removed and added lines that look alike, by line, each with a spelling that shows the difference."""
    by_look: dict[str, tuple[str, ...]] = {}
    for line in dict.fromkeys(old):
        by_look[look(line)] = (*by_look.get(look(line), ()), line)
    spelled: dict[str, str] = {}
    for line in dict.fromkeys(new):
        alike = (*by_look.get(look(line), ()), line)
        if len(alike) > 1:
            spelled.update(zip(alike, distinguished(alike), strict=True))
    return spelled


MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 request`` or ``3 requests``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def total_of(heading: str, counts: Iterable[tuple[str, Role]]) -> tuple[Span, ...]:
    """Return a total: the heading, then the counts, each a text with its role, separated by commas."""
    spans = [Span(heading, Role.STRONG)]
    for text, role in counts:
        spans += [Span(", " if len(spans) > 1 else ""), Span(text, role)]
    return (*spans, Span("."))


def comma_separated(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans with commas between them."""
    for number, span in enumerate(spans):
        yield from [Span(", "), span] if number else [span]


def duration(seconds: float) -> str:
    """Return a duration as a rounded text: ``about 20 s``, ``about 3 min`` or ``about 1.5 h``."""
    if seconds < MINUTE:
        # Never 0 seconds: every request takes some time.
        return f"about {max(1, round(seconds))} s"
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {seconds / HOUR:.1f} h"


def elapsed(seconds: float) -> str:
    """Return a duration to the second: ``7 s``, ``2 min`` or ``2 min 5 s``."""
    minutes, rest = divmod(round(seconds), 60)
    parts: Iterator[str] = (f"{n} {unit}" for n, unit in ((minutes, "min"), (rest, "s")) if n)
    return " ".join(parts) or "0 s"


def age(seconds: float) -> str:
    """Return a duration in its largest unit: ``12 s``, ``3 min``, ``5 h`` or ``2 d``; 0 s for a negative one."""
    if seconds < MINUTE:
        return f"{max(0, int(seconds))} s"
    if seconds < HOUR:
        return f"{int(seconds / MINUTE)} min"
    return f"{int(seconds / HOUR)} h" if seconds < DAY else f"{int(seconds / DAY)} d"


def moment(text: str) -> str:
    """Return an ISO 8601 time in UTC, to the second, as ``2026-05-01 12:00:00 UTC``; other texts unchanged."""
    at = iso_moment(text)
    # Times come from journals, which may be damaged or forged: what is no time is shown as it is.
    return text if at is None or at.tzinfo is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def unread_closing(resources: Iterable[tuple[str, bool]]) -> Iterator[Closing]:
    """Yield how to find out why a target cannot be read; ``resources`` has their targets, and whether they were read.

    A target with a resource that was read can be reached: then the message of the others says what is wrong.
    """
    read: dict[str, bool] = {}
    for target, one in resources:
        read[target] = read.get(target, False) or one
    options = "".join(f" --target {target}" for target, any_ in sorted(read.items()) if not any_)
    if options:
        yield Closing((Span(f"Find out why: trueup doctor{options}"),))
