"""Text layout for a terminal: wrapping, and the lines of one action."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final

from trueup.report.safe_text import (
    columns,
    cut,
    distinguished,
    distinguished_pair,
    quoted,
    shorten,
    shorten_at_difference,
    visible,
)
from trueup.report.tree import SIGN_ROLES, Compared, Labelled, Line, ReportRow, Role, Sign, Span, Swap, TextPiece

GLUE: Final = "\u00a0"
"""A space at which lines are not broken; printed as a space. In values this character is always escaped."""


def spans_columns(spans: Iterable[Span]) -> int:
    """Return the number of columns that the spans take on one line."""
    return sum(columns(span.text) for span in spans)


def wrap(spans: Sequence[Span], room: int) -> list[list[Span]]:
    """Return lines of at most ``room`` columns; a longer word is broken.

    Lines are broken at spaces only, not at the boundary between two spans.
    """
    # The usual case, without the offsets that wrapping needs.
    if spans_columns(spans) <= room:
        return [list(spans)]
    starts = list(accumulate((len(span.text) for span in spans), initial=0))
    lines = _lines("".join(span.text for span in spans), room)
    return [list(_between(spans, starts, begin, end)) for begin, end in lines] or [[]]


def filled(text: str, width: int, *, hang: int = 2) -> str:
    """Return a text in lines of at most ``width`` columns; lines after the first are indented by ``hang``."""
    lines = wrap([Span(text)], width - hang)
    return f"\n{'':{hang}}".join("".join(span.text for span in line) for line in lines)


def _lines(text: str, room: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each line of a text, without the spaces around it but for those of an indentation."""
    word = _next_word(text, 0)
    # An indentation of more than half of the room would leave too little for the words.
    begin = 0 if word <= room // 2 else word
    while word < len(text):
        # At least one character, even if it is wider than the room: otherwise this loop would never end.
        reach = begin + max(1, cut(text, room, begin))
        # One more character: a space right after the room is a place to break, too.
        blank = text.rfind(" ", word, reach + 1) if reach < len(text) else -1
        end = reach if blank < 0 else blank
        yield begin, begin + len(text[begin:end].rstrip(" "))
        begin = word = _next_word(text, end)


def _next_word(text: str, start: int) -> int:
    """Return the start of the next word, or the length of the text."""
    while text.startswith(" ", start):
        start += 1
    return start


def _between(spans: Sequence[Span], starts: Sequence[int], begin: int, end: int) -> Iterator[Span]:
    """Yield the parts of the spans between ``begin`` and ``end`` of their joined text."""
    # The first span of a line is found by bisection: a long text has many lines and spans.
    for index in range(bisect_right(starts, begin) - 1, len(spans)):
        start, span = starts[index], spans[index]
        if start >= end:
            return
        yield Span(span.text[max(0, begin - start) : end - start], span.role)


ARROW = Span(" -> ", Role.MUTED)

MOST_ROWS = 12
"""Lines of a text difference that the brief form shows."""

NARROWEST = 16
"""Columns to which a value is shortened at most."""

_HANG = 2
"""Columns by which the second line of a value is indented."""

WRAPPED = 8
"""Columns of two lines that are lost to the indentation and to breaking at a space."""

# A sign and its value stay on one line.
_SIGNS = {Role.ADDED: f"+{GLUE}", Role.REMOVED: f"-{GLUE}"}

_ROW_ROLES = {"+": Role.ADDED, "-": Role.REMOVED, "": Role.MUTED}

_VALUES = frozenset({Role.VALUE, Role.BEFORE, Role.AFTER, Role.ADDED, Role.REMOVED})

Spans = list[Span]


@dataclass(frozen=True, slots=True)
class Room:
    """The columns for content; values are shortened to fit unless ``verbose``."""

    columns: int
    verbose: bool


def content(line: Line, room: Room) -> list[Spans]:
    """Return the lines of an action's content, without its label."""
    rows = _untagged(line, room)
    name, tags = _name(line), _tags(line, verbose=room.verbose)
    # A name that does not fit is left out: it takes a line, and says less than the path and the values.
    fits = spans_columns([*(rows[-1] if rows else ()), *name, *tags]) <= room.columns
    return _with_tags(rows, [*name, *tags] if fits or room.verbose else tags, room)


def _untagged(line: Line, room: Room) -> list[Spans]:
    if line.rows:
        return list(_rows(line.rows, room))
    if line.subject:
        return _wrapped(_element(line, room), room)
    inline = _inline(line.pieces, None)
    if spans_columns(inline) <= room.columns:
        return [inline]
    # Too long for one line: old and new values are compared more easily when one is below the other.
    if any(isinstance(piece, Swap) for piece in line.pieces):
        return list(chain.from_iterable(_block(piece, room) for piece in line.pieces))
    spans = _inline(line.pieces, _limit(room, len(line.pieces)))
    # Members of a set need no hanging indent: each begins with a sign.
    return wrap(spans, room.columns) if len(line.pieces) > 1 else _wrapped(spans, room)


def _with_tags(rows: list[Spans], tags: Spans, room: Room) -> list[Spans]:
    if not tags or (rows and spans_columns([*rows[-1], *tags]) <= room.columns):
        return [*rows[:-1], [*rows[-1], *tags]]
    first, *others = tags
    # At the start of a line, the first tag needs no gap.
    own_line = [first.with_text(first.text.lstrip()), *others]
    return [*rows, *([Span(" " * _HANG), *spans] for spans in wrap(own_line, room.columns - _HANG))]


def _limit(room: Room, pieces: int) -> int | None:
    """Return the maximum columns of a value: two lines for a single value, else one line; None for no limit."""
    if room.verbose:
        return None
    # Of several values, each gets one line at most, so that all of them can be seen.
    return room.columns * 2 - WRAPPED if pieces == 1 else room.columns


def shown_value(span: Span, limit: int | None) -> Span:
    """Return a span as it is printed: invisible characters escaped, and a value shortened to ``limit``."""
    if span.role not in _VALUES:
        return span.with_text(visible(span.text))
    # Only values are quoted and shortened: words such as (unset) are short and our own.
    text = quoted(span.text)
    return span.with_text(text if limit is None else shorten(text, limit))


def shown_swap(swap: Swap, limit: int | None) -> tuple[Span, Span]:
    """Return both sides of a swap as they are printed, never looking the same."""
    if swap.before.role not in _VALUES or swap.after.role not in _VALUES:
        return shown_value(swap.before, limit), shown_value(swap.after, limit)
    before, after = distinguished_pair(swap.before.text, swap.after.text, limit)
    return swap.before.with_text(before), swap.after.with_text(after)


def shown_moments(field: Compared) -> Spans:
    """Return the three values of a comparison as they are printed: two that differ never look the same."""
    moments = [field.planned, field.now, field.wanted]
    texts = iter(distinguished([span.text for span in moments if span.role in _VALUES]))
    return [span.with_text(next(texts)) if span.role in _VALUES else span for span in moments]


def _inline(pieces: Sequence[TextPiece], limit: int | None) -> Spans:
    return _joined((_piece(piece, limit) for piece in pieces), "  ")


def _joined(parts: Iterator[Spans], gap: str) -> Spans:
    spans: Spans = []
    for part in parts:
        spans += [Span(gap), *part] if spans else part
    return spans


def _piece(piece: TextPiece, limit: int | None, *, signed: bool = False) -> Spans:
    """Return a piece as it is printed; with ``signed``, the sign of the whole line is that of its parts."""
    match piece:
        case Swap():
            before, after = shown_swap(piece, limit)
            return [*_named(piece.name), before, ARROW, after]
        case Labelled(name, value):
            sign = "" if signed else _SIGNS.get(value.role, "")
            return [*([Span(sign, value.role)] if sign else []), *_named(name), shown_value(value, limit)]
        case Span(_, role):
            value = shown_value(piece, limit)
            return [value.with_text(_SIGNS.get(role, "") + value.text)]


def _named(name: str) -> Spans:
    return [Span(f"{visible(name)} ")] if name else []


def _element(line: Line, room: Room) -> Spans:
    # An element without a sign of its own is changed.
    sign = line.sign or Sign.UPDATE
    limit = _limit(room, 1)
    head = [Span(f"{sign}{GLUE}", SIGN_ROLES[sign]), shown_value(Span(line.subject, Role.VALUE), limit)]
    if not line.pieces:
        return head
    signed = line.sign is not None
    inner = _joined((_piece(piece, limit, signed=signed) for piece in line.pieces), ", ")
    return [*head, Span(" ("), *inner, Span(")")]


def _block(piece: TextPiece, room: Room) -> Iterator[Spans]:
    """Yield the lines of one piece; the values of a swap that is too long for one line are stacked."""
    # Measured without a limit: only a swap that does not fit as a whole is stacked.
    spans = _piece(piece, None)
    if not isinstance(piece, Swap) or spans_columns(spans) <= room.columns:
        yield from _wrapped(spans if room.verbose else _piece(piece, _limit(room, 1)), room)
        return
    name = _named(piece.name)
    hang = spans_columns(name)
    # A long attribute name must not leave a value without columns.
    narrower = Room(max(NARROWEST, room.columns - hang - 2), room.verbose)
    before, after = shown_swap(piece, _limit(narrower, 1))
    indent = [Span(" " * hang)] if hang else []
    for sign, side, role, lead in (("-", before, Role.REMOVED, name), ("+", after, Role.ADDED, indent)):
        # A placeholder, such as (not returned), is neither removed nor added.
        yield from _signed(f"{' ' if side.role is Role.UNSET else sign} ", side, role, narrower, lead=lead)


def _signed(sign: str, value: Span, role: Role, room: Room, *, lead: Spans) -> Iterator[Spans]:
    hang = " " * (spans_columns(lead) + len(sign))
    for number, spans in enumerate(wrap([value], room.columns)):
        yield [*lead, Span(sign, role), *spans] if number == 0 else [Span(hang), *spans]


def _rows(rows: Sequence[ReportRow], room: Room) -> Iterator[Spans]:
    # One more row is shown rather than counted: the sentence would take its line.
    most = len(rows) if room.verbose or len(rows) <= MOST_ROWS + 1 else MOST_ROWS
    narrower = Room(room.columns - 2, room.verbose)
    for row, text in zip(rows[:most], _row_texts(rows, _limit(narrower, 1)), strict=False):
        role = _ROW_ROLES.get(row.sign, Role.PLAIN)
        yield from _signed(f"{row.sign:1} ", Span(text, role), role, narrower, lead=[])
    if most < len(rows):
        yield [Span(f"… {len(rows) - most} more lines", Role.MUTED)]


def _row_texts(rows: Sequence[ReportRow], limit: int | None) -> list[str]:
    """Return the rows' texts as printed; a removed line and its replacement are shortened to show their difference."""
    texts = [visible(row.text) for row in rows]
    if limit is None:
        return texts
    shown = [shorten(text, limit) for text in texts]
    for old, new in _paired(rows):
        shown[old], shown[new] = shorten_at_difference(texts[old], texts[new], limit)
    return shown


def _paired(rows: Sequence[ReportRow]) -> Iterator[tuple[int, int]]:
    """Yield the indexes of old lines and the new lines that replace them, by their order within one change."""
    old: list[int] = []
    for index, row in enumerate(rows):
        match row.sign:
            case "-":
                old.append(index)
            # The first added line replaces the first removed one, and so on; any further ones have no partner.
            case "+" if old:
                yield old.pop(0), index
            case "+":
                pass
            case _:
                old = []


def _tags(line: Line, *, verbose: bool) -> Spans:
    tags = [*line.tags, *([Span(line.reason, Role.MUTED)] if verbose and line.reason else [])]
    return [tag.with_text(f"  [{tag.text}]") for tag in tags]


def _name(line: Line) -> Spans:
    return [Span(f"  ({visible(line.name)})", Role.MUTED)] if line.name else []


def _wrapped(spans: Sequence[Span], room: Room) -> list[Spans]:
    first, *rest = wrap(spans, room.columns)
    if not rest:
        return [first]
    # Wrapped again with a hanging indent: without it, the next member would look like the next action.
    hung = wrap(spans, room.columns - _HANG)
    return [spans if number == 0 else [Span(" " * _HANG), *spans] for number, spans in enumerate(hung)]


RESET: Final = "\x1b[0m"

STYLES: Final = {
    Role.PLAIN: "",
    Role.STRONG: "1",
    Role.MUTED: "2",
    Role.VALUE: "",
    Role.BEFORE: "31",
    Role.AFTER: "32",
    Role.ADDED: "32",
    Role.REMOVED: "31",
    Role.UNSET: "2",
    Role.CREATE: "32",
    Role.UPDATE: "33",
    Role.DELETE: "31",
    Role.PROBLEM: "1;31",
    Role.CAUTION: "33",
}
"""SGR parameters by role. Only the eight basic colours, which follow the user's terminal palette."""


def painted(text: str, role: Role, *, color: bool) -> str:
    """Return the text in its role's colour, or unchanged without ``color``."""
    style = STYLES[role] if color and text else ""
    return f"\x1b[{style}m{text}{RESET}" if style else text
