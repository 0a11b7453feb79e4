"""Read certifications: one search each, since no known search returns all that are one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.bounded import count
from trueup.errors import NotAuthorised, Unavailable, UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live, Missing, Reading
from trueup.model.lookalikes import plain_form, skeleton, spelled_out
from trueup.model.reader import ReadAll, Wanted
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.concurrency import gather
from trueup.platforms.failures import not_read
from trueup.platforms.origin.errors import many, one
from trueup.platforms.transport import shorten_body

SEARCH: Final = "/connect/v1/certifications/search"
_PAGE: Final = 2
"""Two hits are enough to know that there is more than one."""

CRITERIA: Final[Mapping[IdField, str]] = {IdField.ORIGIN_ID: "ORIGINID", IdField.EXTERNAL_ID: "EXTERNALID"}


def search(identity: Identity, locale: str, purpose: str) -> Call:
    """Return the call that looks for one certification in one language."""
    criterion = {"name": CRITERIA[identity.field], "value": identity.value}
    body = {"locale": locale, "pageNumber": 1, "pageSize": _PAGE, "searchCriteria": [criterion]}
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
    return f"{identity.field} {spelled_out(shorten_body(told))!r}{same}"


def _same(identity: Identity, told: str) -> bool:
    if identity.field is IdField.ORIGIN_ID:
        # A UUID, which is the same in either case.
        return told.lower() == identity.value.lower()
    return told == identity.value


_OF_THE_TARGET = (NotAuthorised, Unavailable)
"""What one certification cannot be the reason for, so that the others need not be tried."""


class OriginReader:
    """Read certifications of one account; see :class:`~trueup.model.reader.Reader`.

    One that does not exist and has odd characters in its id costs a second search, for the id without them.
    """

    def __init__(self, http: PlatformClient, *, locale: str, workers: int) -> None:
        self._http, self._locale, self._workers = http, locale, workers

    async def read(self, wanted: Wanted) -> Reading:
        """Read one certification in its locale; only a search that finds nothing means that it does not exist."""
        try:
            return await self._search(wanted, f"read {wanted.identity}")
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many certifications, one request each, side by side; what nobody asked for is not counted."""
        asked = list(dict.fromkeys(wanted))
        try:
            found = await gather(asked, self._search_or_say_why, limit=self._workers)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return ReadAll(readings=dict.fromkeys((item.identity for item in wanted), not_read(error)))
        return ReadAll(readings={item.identity: reading for item, reading in zip(asked, found, strict=True)})

    async def _search_or_say_why(self, wanted: Wanted) -> Reading:
        try:
            # A failure of the target is told of every certification, so it must not name a single one.
            return await self._search(wanted, "read certifications")
        except _OF_THE_TARGET:
            raise
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def _search(self, wanted: Wanted, purpose: str) -> Reading:
        reading = await self._find(wanted.identity, wanted, purpose)
        plain = plain_form(wanted.identity.value)
        if not isinstance(reading, Missing) or plain == wanted.identity.value:
            return reading
        # A dash of another kind would create a second certification beside the one that is meant.
        other = await self._find(replace(wanted.identity, value=plain), wanted, purpose)
        return Missing(alike=plain) if isinstance(other, Live) else reading

    async def _find(self, identity: Identity, wanted: Wanted, purpose: str) -> Live | Missing:
        call = search(identity, wanted.locale or self._locale, purpose)
        return found(identity, (await self._http.read(call)).body)
