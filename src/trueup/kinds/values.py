"""Read validated specs with a kind's field table, grouped for reading."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final, NamedTuple, assert_never

from trueup.kinds.tree import Gap, descend, held, spelled, steps, value_at
from trueup.model.field import (
    ANY,
    SINGLE,
    ChoiceField,
    Compare,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.value import Desired, ElementKey, Elements, Members, Parts, Scalar, Value


class _Row(NamedTuple):
    """A row of the field table, with its name in the parent object; ``plain``: its value is text without conversion."""

    name: str
    path: str
    plain: bool
    field: Field


class Branch(NamedTuple):
    """Rows with the same parent object, and the keys that lead to this object."""

    above: tuple[str, ...]
    rows: tuple[_Row, ...]


def branches(fields: Sequence[Field]) -> tuple[Branch, ...]:
    """Group adjacent rows of a table by their parent object, to look each parent up only once."""
    return tuple(
        Branch(above, tuple(_row(field) for field in together))
        for above, together in groupby(fields, key=lambda field: steps(root_path(field))[0])
    )


def root_path(field: Field) -> str:
    """Return the path below which a manifest has the field: without the part that has names of the user's choice."""
    return field.names.partition(f".{ANY}")[0] if isinstance(field, KeyedField) and field.names else field.path


def _row(field: Field) -> _Row:
    plain = isinstance(field, ScalarField) and field.compare is Compare.TEXT
    return _Row(name=steps(root_path(field))[1], path=field.path, plain=plain, field=field)


FLAG: Final = "TRUE"
"""The one value that a choice's flag can have on the wire (``origin-api.md`` section 4.1)."""


def read_spec(table: Sequence[Branch], spec: Mapping[str, object]) -> Desired:
    """Return the managed fields of a spec that passed its schema, in the order of the table.

    Fields that the spec omits are not managed. Decimals, booleans and dates become text with the digits as typed.
    """
    tree = spec if isinstance(spec, dict) else dict(spec)
    desired: dict[str, Value] = {}
    for above, rows in table:
        parent = descend(tree, above)
        for name, path, plain, field in rows:
            node = parent if isinstance(parent, Gap) else parent.get(name, Gap.MISSING)
            if plain and node.__class__ is str:
                # A fast path: most values are texts that need no conversion.
                desired[path] = node
            elif (value := _value(field, held(node))) is not None:
                desired[path] = value
    return desired


def _value(field: Field, node: object) -> Value | None:
    if node is Gap.MISSING or node is Gap.PARENT_EMPTY:
        return None
    match field:
        case ScalarField():
            return _scalar(field.compare, node)
        case SetField() | MembersField():
            return Members(tuple(dict.fromkeys(map(str, _list(node)))))
        case GroupField():
            return _parts(field.parts, (), node)
        case ChoiceField():
            return _parts(field.options, field.flags, node)
        case KeyedField(names=""):
            return _elements(field, _list(node))
        case KeyedField():
            return _managed_names(field, node)
        case _:
            assert_never(field)


def _scalar(compare: Compare, node: object) -> Scalar:
    if node is Gap.EMPTY:
        return ""
    text = node if node.__class__ is str else spelled(node)
    assert text is not None
    match compare:
        case Compare.INTEGER:
            return int(Decimal(text))
        case Compare.BOOLEAN:
            return text.lower()
        case _:
            return text


def _parts(names: Sequence[str], flags: Sequence[str], node: object) -> Parts | None:
    if not isinstance(node, dict):
        return None
    parts: dict[str, Scalar] = {}
    for name in names:
        value = value_at(node, name)
        if value is not Gap.MISSING:
            parts[name] = FLAG if name in flags else _scalar(Compare.TEXT, value)
    return Parts(parts)


def _elements(field: KeyedField, nodes: Sequence[object]) -> Elements:
    by_key: dict[ElementKey, dict[str, Scalar]] = {}
    for node in nodes:
        assert isinstance(node, dict)
        key = tuple(str(_scalar(Compare.TEXT, value_at(node, path))) for path in field.key)
        if key in by_key:
            raise ValueError(f"{field.path} has {' / '.join(key)} twice, which validation of the manifest refuses")
        attributes = by_key[key] = {}
        for attribute in field.attributes:
            value = value_at(node, attribute.path)
            if value.__class__ is not Gap or value is Gap.EMPTY:
                attributes[attribute.path] = _scalar(attribute.compare, value)
    return Elements(by_key)


def _managed_names(field: KeyedField, node: object) -> Elements | None:
    """Return the elements that a spec names, None if it names none: a name that is left out is not managed."""
    by_key = {key: named_attributes(field, element, _scalar) for key, element in named_elements(field, node)}
    return Elements(by_key) if by_key else None


def named_elements(field: KeyedField, node: object) -> Iterator[tuple[ElementKey, object]]:
    """Yield the elements below the first name of ``field.names``, each with its key."""
    found: list[tuple[ElementKey, object]] = [((), node)]
    for step in field.names.removeprefix(f"{root_path(field)}.").split("."):
        inner = ((key, above) for key, above in found if isinstance(above, dict))
        if step == ANY:
            found = [((*key, name), below) for key, above in inner for name, below in above.items()]
        else:
            found = [(key, above[step]) for key, above in inner if step in above]
    yield from found


def named_attributes(
    field: KeyedField, element: object, scalar: Callable[[Compare, object], Scalar]
) -> dict[str, Scalar]:
    """Return the attributes of an element that has a name; ``scalar`` reads one of them."""
    tree = {SINGLE: element} if field.is_single else element if isinstance(element, dict) else {}
    found = ((attribute, value_at(tree, attribute.path)) for attribute in field.attributes)
    return {a.path: scalar(a.compare, value) for a, value in found if value.__class__ is not Gap or value is Gap.EMPTY}


def _list(node: object) -> Sequence[object]:
    return node if isinstance(node, list) else ()
