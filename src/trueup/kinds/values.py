"""Read a checked spec with the help of a kind's field table."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, assert_never

from trueup.kinds.rows import Branch
from trueup.kinds.spelling import spelled
from trueup.kinds.tree import Gap, descend, find, held
from trueup.model.field import ChoiceField, Compare, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.value import Desired, ElementKey, Elements, Members, Parts, Scalar, Value

FLAG: Final = "TRUE"
"""The one value that a choice's flag can have on the wire (``origin-api.md`` section 4.1)."""


def read_spec(table: Sequence[Branch], spec: Mapping[str, object]) -> Desired:
    """Return the managed fields of a spec that passed its schema, in the order of the table.

    What the spec leaves out is not managed. Decimals, booleans and dates become text in the user's own digits.
    """
    tree = spec if isinstance(spec, dict) else dict(spec)
    desired: dict[str, Value] = {}
    for above, rows in table:
        here = descend(tree, above)
        for name, path, plain, field in rows:
            node = here if isinstance(here, Gap) else here.get(name, Gap.MISSING)
            if plain and node.__class__ is str:
                # Most of what people want are texts, and a text is as it is.
                desired[path] = node
            elif (value := _value(field, held(node))) is not None:
                desired[path] = value
    return desired


def _value(field: Field, node: object) -> Value | None:
    if node is Gap.MISSING or node is Gap.HOLLOW:
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
        case KeyedField():
            return _elements(field, _list(node))
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
        value = find(node, name)
        if value is not Gap.MISSING:
            parts[name] = FLAG if name in flags else _scalar(Compare.TEXT, value)
    return Parts(parts)


def _elements(field: KeyedField, nodes: Sequence[object]) -> Elements:
    by_key: dict[ElementKey, dict[str, Scalar]] = {}
    for node in nodes:
        assert isinstance(node, dict)
        key = tuple(str(_scalar(Compare.TEXT, find(node, path))) for path in field.key)
        if key in by_key:
            raise ValueError(f"{field.path} names {' / '.join(key)} twice; the manifest check lets no such spec pass")
        attributes = by_key[key] = {}
        for attribute in field.attributes:
            value = find(node, attribute.path)
            if value.__class__ is not Gap or value is Gap.EMPTY:
                attributes[attribute.path] = _scalar(attribute.compare, value)
    return Elements(by_key)


def _list(node: object) -> Sequence[object]:
    return node if isinstance(node, list) else ()
