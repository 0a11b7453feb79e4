"""Tell what an action sends, where nobody knows any more what it started from."""

from collections.abc import Iterator

from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.identity import Kind
from trueup.report.actions import label, process_pieces
from trueup.report.creation import creation_lines
from trueup.report.tree import Line, Piece, Role, Sign, Span
from trueup.report.values import key_text, member_span, said_pieces


def sent_lines(kind: Kind, action: Action, *, held: bool) -> Iterator[Line]:
    """Return an action as lines that show the values it carries."""
    match action:
        case Create(fields):
            yield from creation_lines(kind, fields, held=held)
        case AddElement(path, key, attributes):
            pieces = said_pieces(attributes, Role.AFTER)
            yield Line(label=path, verb="ADD", subject=key_text(key), sign=Sign.CREATE, pieces=pieces, held=held)
        case RemoveElement(path, key):
            yield Line(label=path, verb="REMOVE", subject=key_text(key), sign=Sign.DELETE, held=held)
        case _:
            yield Line(label=label(kind, action), pieces=_pieces(kind, action), held=held)


def _pieces(kind: Kind, action: Action) -> tuple[Piece, ...]:
    match action:
        case SetValue(_, value):
            return (Span(str(value), Role.AFTER),)
        case SetMembers(_, members):
            return tuple(member_span(member, Role.AFTER) for member in members)
        case SetParts(_, parts):
            return said_pieces(parts, Role.AFTER)
        case AddMember(_, member):
            return (member_span(member, Role.ADDED),)
        case RemoveMember(_, member):
            return (member_span(member, Role.REMOVED),)
        case Create() | AddElement() | RemoveElement():
            return ()
        case _:
            return process_pieces(kind, action)
