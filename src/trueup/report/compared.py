"""Reduce a field's three values (planned from, now, wanted) to what differs between them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from trueup.model.outcome import FieldReport
from trueup.model.value import Absent, Elements, Known, LiveValue, Members, Parts, Value
from trueup.report.tree import Compared, Role, Span
from trueup.report.values import live_span, value_span

NOT_THERE = Span("(not there)", Role.UNSET)


def compared(report: FieldReport) -> Compared:
    """Return one field at three moments; of a collection or group only what is not the same in all three."""
    moments = (report.planned, report.now, report.wanted)
    planned, now, wanted = _reduced(moments)
    return Compared(path=report.path, planned=planned, now=now, wanted=wanted, note=report.note)


def _reduced(moments: Sequence[LiveValue]) -> list[Span]:
    kinds = {type(moment.value) for moment in moments if isinstance(moment, Known)}
    nested = kinds and kinds <= {Elements, Parts, Members} and len(kinds) == 1
    if not nested or not all(isinstance(moment, Known | Absent) for moment in moments):
        return [live_span(moment) for moment in moments]
    contents = [_content(moment) for moment in moments]
    differing = _differing(contents)
    return [_rest(moment, content, differing) for moment, content in zip(moments, contents, strict=True)]


def _content(moment: LiveValue) -> Mapping[Any, Any]:
    match moment:
        case Known(Elements(by_key)):
            return by_key
        case Known(Parts(values)):
            return values
        case Known(Members(members)):
            return dict.fromkeys(members, "")
        case _:
            return {}


def _differing(contents: Sequence[Mapping[Any, Any]]) -> set[Any]:
    pairs = list(pairwise(contents))
    return {key for a, b in pairs for key in (*a, *b) if key not in a or key not in b or not _same(a[key], b[key])}


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are shown alike: 1, True and Decimal(1) are equal in Python, and are not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def _rest(moment: LiveValue, content: Mapping[Any, Any], differing: set[Any]) -> Span:
    rest = {key: inner for key, inner in content.items() if key in differing}
    if not rest:
        return NOT_THERE if content else live_span(moment)
    return value_span(_again(moment, rest))


def _again(moment: LiveValue, rest: Mapping[Any, Any]) -> Value:
    match moment:
        case Known(Elements()):
            return Elements(rest)
        case Known(Parts()):
            return Parts(rest)
        case _:
            return Members(tuple(rest))
