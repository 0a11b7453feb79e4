"""Write the items of certification requests as Origin spells them (``origin-api.md`` sections 3 and 4).

Every value is text on the wire, including numbers and booleans.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from trueup.diff.equality import is_empty
from trueup.kinds.certification.fields import BY_PATH, FIELDS
from trueup.kinds.tree import put
from trueup.model.action import (
    AddElement,
    AddMember,
    FieldAction,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import KeyedField
from trueup.model.identity import Identity
from trueup.model.value import Attributes, Desired, ElementKey, Elements, Members, Parts, Value


def create_item(identity: Identity, locale: str, fields: Desired) -> dict[str, object]:
    """Return one item of a CertificationsCreate request; its collections have no ``collectionBehavior``."""
    item: dict[str, object] = {"locale": locale, **delete_item(identity)}
    for field in FIELDS:
        value = fields.get(field.path)
        # The meaning of "", null and [] is not documented, so empty values are never sent (section 4.1).
        if value is not None and not is_empty(value):
            put(item, field.path, _plain(field.path, value))
    return item


def update_item(identity: Identity, locale: str, actions: Sequence[FieldAction]) -> dict[str, object]:
    """Return one item of a CertificationsUpdate request; fields without an action are omitted and do not change."""
    item: dict[str, object] = {"locale": locale, **delete_item(identity)}
    collections: dict[str, list[dict[str, object]]] = {}
    for action in actions:
        match action:
            case SetValue(path=path, value=value):
                put(item, path, str(value))
            case SetParts(path=path, parts=parts):
                put(item, path, dict(parts))
            case AddElement(path=path, key=key, attributes=attributes):
                collections.setdefault(path, []).append(_element("ADD", path, key, attributes))
            case RemoveElement(path=path, key=key):
                # The key alone, as in the samples, although the table requires more (section 11, number 13).
                collections.setdefault(path, []).append(_element("REMOVE", path, key, {}))
            case SetMembers() | AddMember() | RemoveMember():
                raise TypeError(f"certifications have no set of texts: {action.path}")
            case _:
                assert_never(action)
    for path, elements in collections.items():
        put(item, path, elements)
    return item


def delete_item(identity: Identity) -> dict[str, object]:
    """Return one item of a CertificationsDelete request, which is only the id."""
    return {str(identity.field): identity.value}


def _element(behavior: str, path: str, key: ElementKey, attributes: Attributes) -> dict[str, object]:
    return {"collectionBehavior": behavior, **_named(path, key, attributes)}


def _named(path: str, key: ElementKey, attributes: Attributes) -> dict[str, object]:
    field = BY_PATH[path]
    if not isinstance(field, KeyedField):
        raise TypeError(f"{path} is no collection")
    element: dict[str, object] = {}
    _put_all(element, dict(zip(field.key, key, strict=True)))
    _put_all(element, attributes)
    return element


def _put_all(element: dict[str, object], values: Mapping[str, str | int]) -> None:
    for name, value in values.items():
        # A live element can lack the second part of its key, and empty values are never sent.
        if value != "":
            put(element, name, str(value))


def _plain(path: str, value: Value) -> object:
    match value:
        case Elements(by_key=by_key):
            return [_named(path, key, attributes) for key, attributes in by_key.items()]
        case Parts(values=parts):
            return dict(parts)
        case Members():
            raise TypeError(f"certifications have no set of texts: {path}")
        case _:
            return str(value)
