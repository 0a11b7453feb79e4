"""Lay out an action line as lines of a ``diff``, the way in which code hosts colour what comes and what goes."""

from collections.abc import Iterator, Sequence

from trueup.report.layout import shown_swap, shown_value
from trueup.report.safe_text import visible
from trueup.report.tree import Line, Piece, Role, Said, Span, Swap

SIGNS = {Role.ADDED: "+", Role.REMOVED: "-"}


def diffed(line: Line, width: int) -> Iterator[tuple[str, str]]:
    """Return the line as signs and texts; labels are padded to ``width``."""
    rows = list(diff_rows(line))
    tags = "".join(f"  [{tag.text}]" for tag in line.tags)
    for number, (sign, text) in enumerate(rows):
        tail = tags if number == len(rows) - 1 else ""
        yield sign, f"{visible(line.label):{width}}  {text}{tail}" if line.label else f"{text}{tail}"


def diff_rows(line: Line) -> Iterator[tuple[str, str]]:
    """Return the line as signs and texts, without its label and its tags."""
    for sign, text in _rows(line):
        yield line.sign or sign, text


def _rows(line: Line) -> Iterator[tuple[str, str]]:
    if line.rows:
        yield from ((row.sign or " ", visible(row.text)) for row in line.rows)
    elif line.subject:
        yield from _element(line)
    elif not line.pieces:
        yield " ", ""
    else:
        for piece in line.pieces:
            yield from _piece(piece)


def _element(line: Line) -> Iterator[tuple[str, str]]:
    subject = shown_value(Span(line.subject, Role.VALUE), None).text
    if line.verb or not line.pieces:
        attributes = ", ".join(text for piece in line.pieces for _, text in _piece(piece))
        told = " ".join(filter(None, (line.verb, subject, f"({attributes})" if attributes else "")))
        yield " ", told
        return
    for sign, side in (("-", _side(line.pieces, "-")), ("+", _side(line.pieces, "+"))):
        yield sign, f"{subject} ({side})"


def _side(pieces: Sequence[Piece], wanted: str) -> str:
    return ", ".join(text for piece in pieces for sign, text in _piece(piece) if sign in {wanted, " "})


def _piece(piece: Piece) -> Iterator[tuple[str, str]]:
    match piece:
        case Swap(name=name):
            before, after = shown_swap(piece, None)
            yield "-", _named(name, before.text)
            yield "+", _named(name, after.text)
        case Said(name, value):
            yield SIGNS.get(value.role, " "), _named(name, shown_value(value, None).text)
        case Span(role=role):
            yield SIGNS.get(role, " "), shown_value(piece, None).text


def _named(name: str, text: str) -> str:
    return f"{visible(name)} {text}" if name else text
