"""Read a platform's answer with the help of a kind's field table, tolerating what the platforms are known to do.

Lists of one may come as the bare element, numbers and booleans as text, empties as null, ``""`` or ``[]``. A value of
a type that makes no sense is not guessed at: it raises ``UnexpectedAnswer`` with its path and type, never its content.

A password or a token in a URL is masked here, so that no plan, journal or report ever holds it.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from trueup.bounded import whole
from trueup.diff.equality import same
from trueup.errors import UnexpectedAnswer
from trueup.kinds.rows import Branch
from trueup.kinds.spelling import spelled
from trueup.kinds.tree import Gap, descend, find, held
from trueup.kinds.values import FLAG
from trueup.model.field import ChoiceField, Compare, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.url_secrets import hide_secrets
from trueup.model.value import ABSENT, Attributes, ElementKey, Elements, Known, LiveValue, Members, Parts, Scalar, Value


def observe_fields(
    table: Sequence[Branch], answer: Mapping[str, object], *, missing: LiveValue
) -> Mapping[str, LiveValue]:
    """Return an entry for every row of the table; ``missing`` is what a key that the answer lacks means."""
    seen: dict[str, LiveValue] = {}
    for above, rows in table:
        here = descend(answer, above)
        for name, path, plain, field in rows:
            node = here if isinstance(here, Gap) else here.get(name, Gap.MISSING)
            # Most of what a platform tells are texts, and a text is as it is.
            told = plain and node.__class__ is str and node
            seen[path] = (
                Known(hide_secrets(told) if "@" in told else told) if told else _live(field, held(node), missing)
            )
    return seen


def text(value: object, path: str) -> str:
    """Return a scalar as text; raise ``UnexpectedAnswer`` for anything else."""
    found = value if value.__class__ is str else spelled(value)
    if found is None:
        raise _unexpected(path, value, "a single value")
    return hide_secrets(found) if "@" in found else found


def text_at(node: Mapping[str, object], name: str, path: str = "") -> str:
    """Return what a key of an object holds as text, ``""`` for nothing; ``path`` is where the object lies."""
    value = find(node, name)
    if value.__class__ is str:
        return hide_secrets(value) if "@" in value else value
    return "" if isinstance(value, Gap) else text(value, f"{path}.{name}" if path else name)


def objects(value: object, path: str) -> list[Mapping[str, object]]:
    """Return a list of objects, given as one, as a bare object, or as nothing."""
    items = items_of(value)
    for item in items:
        if not isinstance(item, dict):
            raise _unexpected(path, item, "an object")
    return [item for item in items if isinstance(item, dict)]


def items_of(value: object) -> list[object]:
    """Return a list's items; a bare value is a list of one, nothing is an empty list."""
    if value is None or isinstance(value, Gap):
        return []
    return value if isinstance(value, list) else [value]


def _live(field: Field, node: object, missing: LiveValue) -> LiveValue:
    if node is Gap.MISSING:
        return missing
    if node is Gap.EMPTY or node is Gap.HOLLOW:
        return ABSENT
    if node is Gap.BARRED:
        raise UnexpectedAnswer(f"the answer has no object above {field.path}")
    value = _value(field, node)
    return ABSENT if value is None else Known(value)


def _value(field: Field, node: object) -> Value | None:
    match field:
        case ScalarField():
            return _scalar(field.compare, node, field.path)
        case SetField() | MembersField():
            return Members(tuple(dict.fromkeys([text(item, field.path) for item in items_of(node)])))
        case GroupField():
            return _parts(field.path, field.parts, (), node)
        case ChoiceField():
            return _parts(field.path, field.options, field.flags, node)
        case KeyedField():
            return _elements(field, objects(node, field.path))
        case _:
            assert_never(field)


def _scalar(compare: Compare, node: object, path: str) -> Scalar:
    found = text(node, path)
    match compare:
        case Compare.INTEGER:
            number = whole(found)
            if number is None:
                raise _unexpected(path, node, "a whole number")
            return number
        case Compare.BOOLEAN:
            return found.lower()
        case _:
            return found


def _parts(path: str, names: Sequence[str], flags: Sequence[str], node: object) -> Parts | None:
    if not isinstance(node, dict):
        raise _unexpected(path, node, "an object")
    values = {name: text_at(node, name, path) for name in names}
    taken = {
        name: FLAG if name in flags else value
        for name, value in values.items()
        if value != "" and (name not in flags or value.upper() == FLAG)
    }
    return Parts(taken) if taken else None


def _elements(field: KeyedField, nodes: Sequence[Mapping[str, object]]) -> Elements:
    by_key: dict[ElementKey, Attributes] = {}
    ambiguous: set[ElementKey] = set()
    for node in nodes:
        key, attributes = _key(field, node), _attributes(field, node)
        earlier = by_key.setdefault(key, attributes)
        if earlier is attributes:
            continue
        by_key[key] = _agreed(field, earlier, attributes)
        if len(by_key[key]) < len(earlier.keys() | attributes.keys()):
            ambiguous.add(key)
    return Elements(by_key, frozenset(ambiguous))


def _agreed(field: KeyedField, some: Attributes, others: Attributes) -> Attributes:
    return {
        a.path: some[a.path]
        for a in field.attributes
        if a.path in some and a.path in others and same(a.compare, some[a.path], others[a.path])
    }


def _key(field: KeyedField, node: Mapping[str, object]) -> ElementKey:
    key = tuple(text_at(node, path, field.path) for path in field.key)
    if not key[0]:
        raise UnexpectedAnswer(f"an element of {field.path} has no {field.key[0]}")
    return key


def _attributes(field: KeyedField, node: Mapping[str, object]) -> Attributes:
    found = ((attribute, find(node, attribute.path)) for attribute in field.attributes)
    return {
        attribute.path: _scalar(attribute.compare, value, f"{field.path}.{attribute.path}")
        for attribute, value in found
        if not isinstance(value, Gap)
    }


def _unexpected(path: str, value: object, expected: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{path} of the answer is {type(value).__name__}, expected {expected}")
