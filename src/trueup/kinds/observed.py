"""Read platform responses with a kind's field table."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from trueup.bounded import whole
from trueup.diff.equality import same
from trueup.errors import UnexpectedAnswer
from trueup.kinds.tree import Gap, descend, held, spelled, value_at
from trueup.kinds.values import FLAG, Branch, named_attributes, named_elements
from trueup.model.field import (
    ChoiceField,
    Compare,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.url_secrets import hide_secrets
from trueup.model.value import (
    ABSENT,
    Attributes,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Scalar,
    Value,
)


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


def flag_at(node: Mapping[str, object], name: str) -> bool:
    """Return whether the value of a key is true, as a boolean or as text; false if there is none."""
    return text_at(node, name).lower() == "true"


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
        case KeyedField(names=""):
            return _observed_elements(field, objects(node, field.path))
        case KeyedField():
            return _observed_names(field, node)
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


def _observed_names(field: KeyedField, node: object) -> Elements | None:
    """Return the elements of an answer in the form of a manifest."""

    def scalar(compare: Compare, value: object) -> Scalar:
        # An empty text is a value here, not a field that is unset.
        return "" if value is Gap.EMPTY else _observed_scalar(compare, value, field.path)

    # A masked attribute is never read, whatever the platform shows in its place.
    by_key = {
        key: {} if field.masked else named_attributes(field, element, scalar)
        for key, element in named_elements(field, node)
    }
    return Elements(by_key) if by_key else None


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
