"""Read validated specs and platform responses with a kind's field table.

The parts: scalars as text, paths in nested objects, the table grouped for reading, specs, and responses.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from itertools import groupby
from typing import Final, NamedTuple, assert_never

from trueup.bounded import whole
from trueup.diff.equality import same
from trueup.errors import UnexpectedAnswer
from trueup.model.field import ChoiceField, Compare, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.url_secrets import hide_secrets
from trueup.model.value import (
    ABSENT,
    Attributes,
    Desired,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Scalar,
    Value,
)

_LONGEST_PLAIN: Final = 64


def spelled(value: object) -> str | None:
    """Return a JSON or YAML scalar as text, or None if the value is not a scalar.

    Numbers keep their digits and are written without an exponent if that is short enough; booleans become ``true`` and
    ``false``.
    """
    match value:
        case str():
            return value
        # bool is a subclass of int, so it comes first.
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            # repr gives the shortest digits that read back as the same float, without binary noise.
            return _plain(Decimal(repr(value)))
        case Decimal():
            return _plain(value)
        case _:
            return None


def _plain(number: Decimal) -> str:
    # 1e999999999 is a valid number, but its digits would fill the memory.
    short = number.is_finite() and abs(number.adjusted()) < _LONGEST_PLAIN
    return format(number, "f") if short else str(number)


class Gap(Enum):
    """The reason why a path has no value."""

    MISSING = auto()
    """The key, or one above it, does not exist."""
    EMPTY = auto()
    """The key exists and its value is null, ``""``, ``[]`` or ``{}``."""
    PARENT_EMPTY = auto()
    """A key above it has such an empty value."""
    PARENT_NOT_OBJECT = auto()
    """The value of a key above it is not an object."""


def value_at(tree: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path, or a :class:`Gap`."""
    if "." not in path:
        return held(tree.get(path, Gap.MISSING))
    above, last = steps(path)
    parent = descend(tree, above)
    return parent if isinstance(parent, Gap) else held(parent.get(last, Gap.MISSING))


def descend(tree: Mapping[str, object], above: Iterable[str]) -> Mapping[str, object] | Gap:
    """Return the object at this path of keys, or a :class:`Gap`."""
    parent = tree
    for step in above:
        below = parent.get(step, Gap.MISSING)
        # Called for every field of every resource of a run: comparing classes is faster than isinstance with Mapping.
        if below.__class__ is not dict:
            return _parent_gap(below)
        if not below:
            return Gap.PARENT_EMPTY
        parent = below
    return parent


def held(value: object) -> object:
    """Return the value of a key, or :attr:`Gap.EMPTY` if it is empty."""
    return Gap.EMPTY if not value and _holds_nothing(value) else value


def put(tree: dict[str, object], path: str, value: object) -> None:
    """Set the value at a dotted path, creating missing parent objects."""
    above, last = steps(path)
    parent = tree
    for step in above:
        below = parent.setdefault(step, {})
        assert isinstance(below, dict)
        parent = below
    parent[last] = value


@cache
def steps(path: str) -> tuple[tuple[str, ...], str]:
    """Return the keys above the last one of a dotted path, and the last one."""
    *above, last = path.split(".")
    return tuple(above), last


def _parent_gap(value: object) -> Gap:
    if value is Gap.MISSING:
        return Gap.MISSING
    return Gap.PARENT_EMPTY if not value and _holds_nothing(value) else Gap.PARENT_NOT_OBJECT


def _holds_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


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
        for above, together in groupby(fields, key=lambda field: steps(field.path)[0])
    )


def _row(field: Field) -> _Row:
    plain = isinstance(field, ScalarField) and field.compare is Compare.TEXT
    return _Row(name=steps(field.path)[1], path=field.path, plain=plain, field=field)


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


def _list(node: object) -> Sequence[object]:
    return node if isinstance(node, list) else ()


def observe_fields(
    table: Sequence[Branch], answer: Mapping[str, object], *, missing: LiveValue
) -> Mapping[str, LiveValue]:
    """Return an entry for every row of the table; ``missing`` is the value of a key that the response lacks."""
    seen: dict[str, LiveValue] = {}
    for above, rows in table:
        parent = descend(answer, above)
        for name, path, plain, field in rows:
            node = parent if isinstance(parent, Gap) else parent.get(name, Gap.MISSING)
            # A fast path: most values are texts that need no conversion, and only those with an "@" can hold a secret.
            found = plain and node.__class__ is str and node
            seen[path] = (
                Known(hide_secrets(found) if "@" in found else found) if found else _live(field, held(node), missing)
            )
    return seen


def text(value: object, path: str) -> str:
    """Return a scalar as text, with secrets masked; raise ``UnexpectedAnswer`` for anything else."""
    found = value if value.__class__ is str else spelled(value)
    if found is None:
        raise _unexpected(path, value, "a single value")
    return hide_secrets(found) if "@" in found else found


def text_at(node: Mapping[str, object], name: str, path: str = "") -> str:
    """Return the value of a key as text, ``""`` if there is none; ``path`` is the object's own path, for messages."""
    value = value_at(node, name)
    if value.__class__ is str:
        return hide_secrets(value) if "@" in value else value
    return "" if isinstance(value, Gap) else text(value, f"{path}.{name}" if path else name)


def objects(value: object, path: str) -> list[Mapping[str, object]]:
    """Return a list of objects; accept a single object as a list of one, and nothing as an empty list."""
    items = items_of(value)
    for item in items:
        if not isinstance(item, dict):
            raise _unexpected(path, item, "an object")
    return [item for item in items if isinstance(item, dict)]


def items_of(value: object) -> list[object]:
    """Return the items of a list; a value that is not a list is a list of one, and nothing is an empty list."""
    if value is None or isinstance(value, Gap):
        return []
    # Origin may collapse a list of one into its item (origin-api.md section 10).
    return value if isinstance(value, list) else [value]


def _live(field: Field, node: object, missing: LiveValue) -> LiveValue:
    if node is Gap.MISSING:
        return missing
    if node is Gap.EMPTY or node is Gap.PARENT_EMPTY:
        return ABSENT
    if node is Gap.PARENT_NOT_OBJECT:
        raise UnexpectedAnswer(f"the answer has no object above {field.path}")
    value = _observed_value(field, node)
    return ABSENT if value is None else Known(value)


def _observed_value(field: Field, node: object) -> Value | None:
    match field:
        case ScalarField():
            return _observed_scalar(field.compare, node, field.path)
        case SetField() | MembersField():
            return Members(tuple(dict.fromkeys([text(item, field.path) for item in items_of(node)])))
        case GroupField():
            return _observed_parts(field.path, field.parts, (), node)
        case ChoiceField():
            return _observed_parts(field.path, field.options, field.flags, node)
        case KeyedField():
            return _observed_elements(field, objects(node, field.path))
        case _:
            assert_never(field)


def _observed_scalar(compare: Compare, node: object, path: str) -> Scalar:
    found = text(node, path)
    match compare:
        case Compare.INTEGER:
            number = whole(found)
            if number is None:
                raise _unexpected(path, node, "a whole number")
            return number
        case Compare.BOOLEAN:
            # Booleans arrive as JSON booleans or as text in any case.
            return found.lower()
        case _:
            return found


def _observed_parts(path: str, names: Sequence[str], flags: Sequence[str], node: object) -> Parts | None:
    if not isinstance(node, dict):
        raise _unexpected(path, node, "an object")
    values = {name: text_at(node, name, path) for name in names}
    # A flag has only one value, so any other text, for example "FALSE", means that the option is not selected.
    selected = {
        name: FLAG if name in flags else value
        for name, value in values.items()
        if value != "" and (name not in flags or value.upper() == FLAG)
    }
    return Parts(selected) if selected else None


def _observed_elements(field: KeyedField, nodes: Sequence[Mapping[str, object]]) -> Elements:
    by_key: dict[ElementKey, Attributes] = {}
    ambiguous: set[ElementKey] = set()
    for node in nodes:
        key, attributes = _key(field, node), _attributes(field, node)
        earlier = by_key.setdefault(key, attributes)
        if earlier is attributes:
            continue
        # If an element is returned twice, equal copies count as one, and differing ones are ambiguous.
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
    # The other parts of a key may be empty, but without the first one an element cannot be addressed.
    if not key[0]:
        raise UnexpectedAnswer(f"an element of {field.path} has no {field.key[0]}")
    return key


def _attributes(field: KeyedField, node: Mapping[str, object]) -> Attributes:
    found = ((attribute, value_at(node, attribute.path)) for attribute in field.attributes)
    return {
        attribute.path: _observed_scalar(attribute.compare, value, f"{field.path}.{attribute.path}")
        for attribute, value in found
        if not isinstance(value, Gap)
    }


def _unexpected(path: str, value: object, expected: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{path} of the answer is {type(value).__name__}, expected {expected}")
