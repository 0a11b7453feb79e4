"""Find one certification: the only way of reading that Origin's known pages offer.

Whether an unknown search criterion is refused or ignored is not documented, and one that is ignored returns everything.
So a hit counts only when it is the only one and says itself that it is the certification that was asked for.
"""

from collections.abc import Mapping
from typing import Final

from trueup.bounded import count
from trueup.errors import UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Missing
from trueup.model.lookalikes import skeleton, spelled_out
from trueup.platforms.client import Call
from trueup.platforms.origin.envelope import many, one
from trueup.platforms.transport import shorten

SEARCH: Final = "/connect/v1/certifications/search"
PAGE: Final = 2
"""Two hits are enough to know that there is more than one."""

CRITERIA: Final[Mapping[IdField, str]] = {IdField.ORIGIN_ID: "ORIGINID", IdField.EXTERNAL_ID: "EXTERNALID"}


def search(identity: Identity, locale: str, purpose: str) -> Call:
    """Return the call that looks for one certification in one language."""
    criterion = {"name": CRITERIA[identity.field], "value": identity.value}
    body = {"locale": locale, "pageNumber": 1, "pageSize": PAGE, "searchCriteria": [criterion]}
    return Call(method="POST", path=SEARCH, body=body, purpose=purpose)


def found(identity: Identity, body: Mapping[str, object]) -> Live | Missing:
    """Return what a successful search found; raises ``UnexpectedAnswer`` unless that is none or the one asked for."""
    result = one(body.get("result"))
    if result is None:
        raise UnexpectedAnswer(f"the search for {identity} was answered without a result")
    hits = many(result.get("data"))
    number = count((one(result.get("searchInfo")) or {}).get("numberOfElements"))
    if not hits and (number == 0 or (number is None and "data" in result)):
        return Missing()
    if not hits and number is None:
        raise UnexpectedAnswer(f"the search for {identity} was answered without data")
    if len(hits) != 1 or number not in {None, 1}:
        raise UnexpectedAnswer(
            f"the search for {identity} found {len(hits) if number is None else number} certifications instead of "
            "exactly one; it may not know the criterion"
        )
    return _checked(identity, hits[0])


def _checked(identity: Identity, hit: object) -> Live:
    if not isinstance(hit, dict):
        raise UnexpectedAnswer(f"the search for {identity} found what is no certification")
    told = hit.get(identity.field.value)
    if not isinstance(told, str) or not _same(identity, told):
        raise UnexpectedAnswer(f"the search for {identity} found another one: {_named(identity, told)}")
    return KINDS[Kind.CERTIFICATION].observe(hit)


def _named(identity: Identity, told: object) -> str:
    if not isinstance(told, str):
        return f"its {identity.field} is no text"
    same = ", which looks the same and is not" if skeleton(told) == skeleton(identity.value) else ""
    return f"{identity.field} {spelled_out(shorten(told))!r}{same}"


def _same(identity: Identity, told: str) -> bool:
    if identity.field is IdField.ORIGIN_ID:
        # A UUID, which is the same in either case.
        return told.lower() == identity.value.lower()
    return told == identity.value
