"""Lay a field table out for reading: rows that lie in one object together, so that the way there is gone once.

A run reads every row of every resource twice, once in its manifest and once in the platform's answer.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from trueup.kinds.tree import steps
from trueup.model.field import Compare, Field, ScalarField


class Row(NamedTuple):
    """Hold one row by the name it has in its object; ``plain``: it holds a text, and is what it says."""

    name: str
    path: str
    plain: bool
    field: Field


class Branch(NamedTuple):
    """Hold rows that lie in one object, and the way to that object."""

    above: tuple[str, ...]
    rows: tuple[Row, ...]


def branches(fields: Sequence[Field]) -> tuple[Branch, ...]:
    """Return the rows of a table in its own order, neighbours with the same object above them together."""
    return tuple(
        Branch(above, tuple(_row(field) for field in together))
        for above, together in groupby(fields, key=lambda field: steps(field.path)[0])
    )


def _row(field: Field) -> Row:
    plain = isinstance(field, ScalarField) and field.compare is Compare.TEXT
    return Row(name=steps(field.path)[1], path=field.path, plain=plain, field=field)
