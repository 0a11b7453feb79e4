"""Say what a creation brings: in one line, and field by field."""

from collections.abc import Iterator

from trueup.kinds.base import Summary
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.model.lookalikes import spelled_out
from trueup.model.value import ABSENT, Desired, Elements, Known, Members, Parts, Value
from trueup.report.actions import first_of
from trueup.report.tree import Line, Piece, Role, Shown, Sign, Span
from trueup.report.values import identifies, key_text, member_span, said_pieces, text_rows, value_span


def creation_lines(kind: Kind, fields: Desired, *, held: bool) -> Iterator[Line]:
    """Return a summary for the brief form, and every field for the full one."""
    summary = ", ".join(_said(row, fields[row.path]) for row in KINDS[kind].summary if row.path in fields)
    yield Line(label="", pieces=(Span(summary, Role.VALUE),), held=held, shown=Shown.BRIEF)
    for path, value in fields.items():
        yield from _field_lines(kind, path, value, held=held)


def _said(summary: Summary, value: Value) -> str:
    return summary.words(value) or value_span(value).text


def _field_lines(kind: Kind, path: str, value: Value, *, held: bool) -> Iterator[Line]:
    match value:
        case Elements(by_key) if by_key:
            listed, omitted = first_of([*by_key.items()], "element", Shown.FULL)
            for key, attributes in listed:
                pieces = said_pieces(attributes, Role.ADDED)
                yield Line(
                    label=path,
                    verb="ADD",
                    subject=key_text(key),
                    sign=Sign.CREATE,
                    pieces=pieces,
                    held=held,
                    shown=Shown.FULL,
                )
            yield from omitted
        case str() if identifies(kind, path):
            yield Line(label=path, pieces=(Span(spelled_out(value), Role.ADDED),), held=held, shown=Shown.FULL)
        case _:
            rows = text_rows(ABSENT, Known(value))
            yield Line(label=path, pieces=() if rows else _pieces(value), rows=rows, held=held, shown=Shown.FULL)


def _pieces(value: Value) -> tuple[Piece, ...]:
    match value:
        case Members(values) if values:
            return tuple(member_span(member, Role.ADDED) for member in values)
        case Parts(values):
            return said_pieces(values, Role.ADDED)
        case _:
            return (value_span(value, Role.ADDED),)
