"""The items of a request: a certification, a language, and the edits to make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from trueup.sandbox.origin.edits import Edit
from trueup.sandbox.origin.envelope import Code
from trueup.sandbox.origin.shape import CERTIFICATION, CUT_FROM_CREATION, LOCALES, Leaf
from trueup.sandbox.origin.validation import ItemCheck, is_empty
from trueup.sandbox.settings import Settings

_LOCALE = Leaf("locale", allowed=LOCALES)
_ORIGIN_ID = Leaf("originId")
_EXTERNAL_ID = Leaf("externalId")


class Invalid(Exception):
    """An invalid item; ``messages`` say why."""

    code: ClassVar[Code] = Code.INVALID

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class LimitReached(Invalid):
    """An item that the package of the company does not allow."""

    code = Code.LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A checked item. ``where`` is its name in messages; ids that were not sent are None."""

    where: str
    locale: str
    origin_id: str | None
    external_id: str | None
    edits: tuple[Edit, ...]


def read_creation(where: str, body: object, settings: Settings) -> Item:
    """Read an item of CertificationsCreate (section 3.1); raises Invalid."""
    check, fields = _start(where, body, settings, creating=True)
    locale = _required(check, _LOCALE, fields) or ""
    external_id = _required(check, _EXTERNAL_ID, fields)
    for name in ("reportingBody", "standard"):
        if is_empty(fields.get(name)):
            # Removed, so that the general check below does not complain about the same field again.
            fields.pop(name, None)
            check.require(f"{name}.")
    # The known part of the page ends before these fields (origin-api.md section 3.1): a switch decides.
    cut = [name for name in fields if name in CUT_FROM_CREATION]
    if settings.origin_create_collections == "drop":
        fields = _without(fields, *cut)
    elif settings.origin_create_collections == "reject":
        check.messages += [f"{where} has unknown field {name}" for name in cut]
    check.section(CERTIFICATION, _without(fields, "locale", "externalId"))
    return _item(check, locale, None, external_id)


def read_update(where: str, body: object, settings: Settings) -> Item:
    """Read an item of CertificationsUpdate (section 3.2); raises Invalid."""
    check, fields = _start(where, body, settings, creating=False)
    locale = _required(check, _LOCALE, fields) or ""
    origin_id, external_id = _ids(check, fields)
    check.section(CERTIFICATION, _without(fields, "locale", "originId", "externalId"))
    return _item(check, locale, origin_id, external_id)


def read_deletion(where: str, body: object, settings: Settings) -> Item:
    """Read an item of CertificationsDelete (section 3.3), which has no locale; raises Invalid."""
    check, fields = _start(where, body, settings, creating=False)
    origin_id, external_id = _ids(check, fields)
    if settings.origin_unknown_fields == "reject":
        unknown = _without(fields, "originId", "externalId")
        check.messages += [f"{where} has unknown field {name}" for name in unknown]
    return _item(check, "", origin_id, external_id)


def _start(where: str, body: object, settings: Settings, *, creating: bool) -> tuple[ItemCheck, dict[str, object]]:
    if not isinstance(body, Mapping):
        raise Invalid(f"{where} is not an object.")
    return ItemCheck(where=where, creating=creating, settings=settings), dict(body)


def _item(check: ItemCheck, locale: str, origin_id: str | None, external_id: str | None) -> Item:
    if check.messages:
        raise Invalid(*check.messages)
    return Item(
        where=check.where, locale=locale, origin_id=origin_id, external_id=external_id, edits=tuple(check.edits)
    )


def _required(check: ItemCheck, leaf: Leaf, fields: Mapping[str, object]) -> str | None:
    if is_empty(fields.get(leaf.name)):
        check.require(f"{leaf.name}.")
        return None
    return check.text(leaf, fields[leaf.name], leaf.name)


def _ids(check: ItemCheck, fields: Mapping[str, object]) -> tuple[str | None, str | None]:
    if is_empty(fields.get("originId")) and is_empty(fields.get("externalId")):
        check.require("originId or externalId.")
        return None, None
    return _id(check, _ORIGIN_ID, fields), _id(check, _EXTERNAL_ID, fields)


def _id(check: ItemCheck, leaf: Leaf, fields: Mapping[str, object]) -> str | None:
    """Return one of the two ids, None if only the other was sent."""
    value = fields.get(leaf.name)
    if is_empty(value) and (leaf.name not in fields or check.settings.origin_empty_values != "reject"):
        return None
    if is_empty(value):
        check.invalid(value, leaf.name, ())
        return None
    return check.text(leaf, value, leaf.name)


def _without(fields: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in names}
