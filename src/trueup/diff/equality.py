"""Decide whether the live value of a field already is the desired one, and read live values of one type."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final, assert_never

from trueup.model.field import (
    Attribute,
    ChoiceField,
    Compare,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.value import (
    Absent,
    Attributes,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Scalar,
    Value,
)

# A day, optionally with a time, a fraction and a zone. The fraction has its own group, because "10:00" equals
# "10:00:00.000".
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?([Zz]|[+-]\d\d:?\d\d)?)?")


def same(compare: Compare, left: Scalar, right: Scalar) -> bool:
    """Return whether two scalars are equal; values that are not of the compared type are compared as text."""
    if left == right:
        return True
    match compare:
        case Compare.TEXT:
            return False
        case Compare.BOOLEAN:
            # Origin has booleans as text, in both cases: "true" and "TRUE" (origin-api.md section 11, number 4).
            return str(left).lower() == str(right).lower()
        case Compare.INTEGER | Compare.DECIMAL:
            return _same_number(str(left), str(right))
        case Compare.DATE:
            return _same_date(str(left), str(right))
        case _:
            assert_never(compare)


def is_empty(value: Value) -> bool:
    """Return whether a desired value means "managed and empty"."""
    match value:
        case str() | int():
            return value == ""
        case Members(values=values):
            return not values
        case Elements(by_key=by_key):
            return not by_key
        case Parts(values=parts):
            return all(part == "" for part in parts.values())
        case _:
            assert_never(value)


def holds(field: Field, wanted: Value, live: LiveValue) -> bool:
    """Return whether the live value of one field is the desired one.

    A value that was not returned is never the desired one, not even an empty one, because it may be set. One that
    never changes is taken for it, because nothing can be sent.
    """
    match live:
        case NotReturned():
            return isinstance(field, ScalarField) and field.fixed
        case Absent():
            return is_empty(wanted)
        case Known(value=have):
            return _has(field, wanted, have)
        case _:
            assert_never(live)


def attribute_holds(attribute: Attribute, wanted: Scalar, attributes: Attributes) -> bool:
    """Return whether one live attribute has the desired value; ``""`` means unset."""
    have = attributes.get(attribute.path, "")
    return same(attribute.compare, wanted, have)


def differing_attributes(field: KeyedField, wanted: Attributes, have: Attributes | None) -> list[Attribute]:
    """Return the managed attributes of which the live element has another value; None is an element that is not live.

    A masked element that is live with none has no difference.
    """
    # What a masked element has can be known from memory alone; without it, nothing shows a difference.
    if field.masked and have is not None and not have:
        return []
    return [
        attribute
        for attribute in field.attributes
        if attribute.path in wanted and not attribute_holds(attribute, wanted[attribute.path], have or {})
    ]


def element_holds(field: KeyedField, wanted: Attributes, have: Attributes) -> bool:
    """Return whether a live element has every desired attribute; the others are not managed."""
    return not differing_attributes(field, wanted, have)


def parts_hold(wanted: Attributes, have: Attributes) -> bool:
    """Return whether the live parts have every desired part; an empty part means unset."""
    return all(have.get(name, "") == part for name, part in wanted.items())


def live_members(live: LiveValue) -> tuple[str, ...]:
    """Return the members of a live set; none if it is absent or was not returned."""
    match live:
        case Known(value=Members(values=values)):
            return values
        case _:
            return ()


def live_elements(live: LiveValue) -> Elements:
    """Return a live collection; an empty one if it is absent or was not returned."""
    match live:
        case Known(value=Elements() as elements):
            return elements
        case _:
            return Elements({})


def without_empty(attributes: Attributes) -> Attributes:
    """Return the attributes that have a value."""
    return {path: value for path, value in attributes.items() if value != ""}


def fits(field: Field, live: LiveValue) -> bool:
    """Return whether a value has the type that this field has when it is read."""
    if not isinstance(live, Known):
        return True
    match field, live.value:
        case ScalarField(), str() | int():
            return True
        case ((SetField() | MembersField()), Members()):
            return True
        case GroupField(parts=names), Parts(values):
            return values.keys() <= set(names)
        case ChoiceField(options=names), Parts(values):
            return values.keys() <= set(names)
        case KeyedField(key=key, attributes=attributes), Elements(by_key):
            known = {attribute.path for attribute in attributes}
            return all(len(one) == len(key) and given.keys() <= known for one, given in by_key.items())
        case _:
            return False


def _has(field: Field, wanted: Value, have: Value) -> bool:
    match wanted, have:
        # Order and repeats have no meaning, and the platform refuses a set that is only reordered.
        case Members(values=some), Members(values=others):
            return set(some) == set(others)
        case Elements() as some, Elements() as others if isinstance(field, KeyedField):
            return _same_elements(field, some, others)
        case Parts(values=some), Parts(values=others) if isinstance(field, ChoiceField):
            # Of a choice, any other live option must be replaced; of a group, other parts are not managed.
            return parts_hold(some, others) and others.keys() <= some.keys()
        case Parts(values=some), Parts(values=others):
            return parts_hold(some, others)
        case ((str() | int() as some), (str() | int() as others)):
            return same(_comparison(field), some, others)
        case _:
            return False


def _comparison(field: Field) -> Compare:
    return field.compare if isinstance(field, ScalarField) else Compare.TEXT


def _same_elements(field: KeyedField, wanted: Elements, have: Elements) -> bool:
    # Elements with names are merged: others are not managed.
    others = have.by_key.keys() - wanted.by_key.keys()
    return (
        not (others and not field.names)
        and wanted.by_key.keys() <= have.by_key.keys()
        and all(element_holds(field, attributes, have.by_key[key]) for key, attributes in wanted.by_key.items())
    )


def _same_number(left: str, right: str) -> bool:
    try:
        # Decimal and not float: the platforms keep decimals as text, and floats would equal different numbers.
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False


def _same_date(left: str, right: str) -> bool:
    one, other = _DATE.fullmatch(left), _DATE.fullmatch(right)
    if one is None or other is None or one[1] != other[1]:
        return False
    # If one side has no time, only the days can be compared.
    return one[2] is None or other[2] is None or (_clock(one) == _clock(other) and _same_zone(one[4], other[4]))


def _clock(date: re.Match[str]) -> tuple[str, str]:
    seconds = date[2] if len(date[2]) > len("00:00") else f"{date[2]}:00"
    # Trailing zeros of a fraction have no meaning; a fraction of zeros is the same as none.
    return seconds, (date[3] or "").rstrip("0")


def _same_zone(left: str | None, right: str | None) -> bool:
    # Times are never converted between zones. A platform may add a zone to a local time, so a missing zone equals any.
    return left is None or right is None or _zone(left) == _zone(right)


def _zone(zone: str) -> str:
    digits = zone.replace(":", "")
    return "+0000" if digits in {"Z", "z", "-0000"} else digits
