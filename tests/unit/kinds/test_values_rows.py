import pytest

from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.kinds.values import branches
from trueup.model.field import Compare, KeyedField, ScalarField


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_row_is_read_once_and_in_the_order_of_the_table(kind: KindSpec) -> None:
    read = [(above, row) for above, rows in branches(kind.fields) for row in rows]
    assert [row.field for _, row in read] == list(kind.fields)
    assert [row.path for _, row in read] == list(kind.by_path)
    # A field with names of the user's choice is read from the mapping that has them.
    plain = [(above, row) for above, row in read if not (isinstance(row.field, KeyedField) and row.field.names)]
    assert [".".join([*above, row.name]) for above, row in plain] == [row.path for _, row in plain]


def test_adjacent_rows_with_one_parent_are_grouped() -> None:
    table = branches([ScalarField(path=path) for path in ("a", "b.c", "b.d", "e")])
    assert [(above, [row.name for row in rows]) for above, rows in table] == [
        ((), ["a"]),
        (("b",), ["c", "d"]),
        ((), ["e"]),
    ]


def test_only_texts_need_no_conversion() -> None:
    ((_, rows),) = branches([ScalarField(path="text"), ScalarField(path="day", compare=Compare.DATE)])
    assert [row.plain for row in rows] == [True, False]
