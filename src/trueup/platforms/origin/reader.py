"""Read certifications, one search for each: no known search returns all those of an account (``origin-api.md`` 10)."""

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
"""Results of a page: two are enough to know that there is more than one."""

CRITERIA: Final[Mapping[IdField, str]] = {IdField.ORIGIN_ID: "ORIGINID", IdField.EXTERNAL_ID: "EXTERNALID"}


def search(identity: Identity, locale: str, purpose: str) -> Call:
    """Return the call that searches for one certification in one locale."""
    criterion = {"name": CRITERIA[identity.field], "value": identity.value}
    body = {"locale": locale, "pageNumber": 1, "pageSize": _PAGE, "searchCriteria": [criterion]}
    return Call(method="POST", path=SEARCH, body=body, purpose=purpose)


def found(identity: Identity, body: Mapping[str, object]) -> Live | Missing:
    """Return the result of a successful search; raises ``UnexpectedAnswer`` unless it is none or the wanted one."""
    result = one(body.get("result"))
    if result is None:
        raise UnexpectedAnswer(f"the answer to the search for {identity} lacks a result")
    hits = many(result.get("data"))
    number = count((one(result.get("searchInfo")) or {}).get("numberOfElements"))
    # "Missing" makes trueup create a certification, so it needs evidence: a count of zero, or an empty list.
    if not hits and (number == 0 or (number is None and "data" in result)):
        return Missing()
    if not hits and number is None:
        raise UnexpectedAnswer(f"the answer to the search for {identity} lacks data")
    if len(hits) != 1 or number not in {None, 1}:
        raise UnexpectedAnswer(
            f"the search for {identity} found {len(hits) if number is None else number} certifications instead of "
            "exactly one; the platform may have ignored the search criterion"
        )
    return _checked(identity, hits[0])


def _checked(identity: Identity, hit: object) -> Live:
    if not isinstance(hit, dict):
        raise UnexpectedAnswer(f"the search for {identity} found something that is not a certification")
    value = hit.get(identity.field.value)
    # Compared, since a platform that ignores the criterion would return any certification, and a fuzzy search a similar
    # one; a write would then change the wrong one.
    if not isinstance(value, str) or not _same(identity, value):
        raise UnexpectedAnswer(f"the search for {identity} found another one: {_named(identity, value)}")
    return KINDS[Kind.CERTIFICATION].observe(hit)


def _named(identity: Identity, value: object) -> str:
    if not isinstance(value, str):
        return f"its {identity.field} is not a text"
    same = ", which looks the same but differs" if skeleton(value) == skeleton(identity.value) else ""
    return f"{identity.field} {spelled_out(shorten_body(value))!r}{same}"


def _same(identity: Identity, value: str) -> bool:
    if identity.field is IdField.ORIGIN_ID:
        # A UUID, in which case does not matter.
        return value.lower() == identity.value.lower()
    return value == identity.value


_TARGET_FAILURES = (NotAuthorised, Unavailable)
"""Errors that no single certification causes: the other searches would fail as well."""


class OriginReader:
    """The reader of one account's certifications; see :class:`~trueup.model.reader.Reader`.

    If a certification does not exist and its id contains unusual characters, the plain form of the id is searched too.
    """

    def __init__(self, http: PlatformClient, *, locale: str, workers: int) -> None:
        self._http, self._locale, self._workers = http, locale, workers

    async def read(self, wanted: Wanted) -> Reading:
        """Read one certification in its locale; it is ``Missing`` only if a successful search finds nothing."""
        try:
            return await self._search(wanted, f"read {wanted.identity}")
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read many certifications concurrently, one request each; unmanaged ones are unknown and not counted."""
        asked = list(dict.fromkeys(wanted))
        try:
            found = await gather(asked, self._search_or_unreadable, limit=self._workers)
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return ReadAll(readings=dict.fromkeys((item.identity for item in wanted), not_read(error)))
        return ReadAll(readings={item.identity: reading for item, reading in zip(asked, found, strict=True)})

    async def _search_or_unreadable(self, wanted: Wanted) -> Reading:
        try:
            # A failure of the target is reported for every certification, so its text must not name a single one.
            return await self._search(wanted, "read certifications")
        except _TARGET_FAILURES:
            raise
        except Exception as error:  # noqa: BLE001 - an odd answer costs what was asked for, not the run
            return not_read(error)

    async def _search(self, wanted: Wanted, purpose: str) -> Reading:
        reading = await self._find(wanted.identity, wanted, purpose)
        plain = plain_form(wanted.identity.value)
        if not isinstance(reading, Missing) or plain == wanted.identity.value:
            return reading
        # An id with another kind of dash would create a second certification next to the intended one.
        other = await self._find(replace(wanted.identity, value=plain), wanted, purpose)
        return Missing(alike=plain) if isinstance(other, Live) else reading

    async def _find(self, identity: Identity, wanted: Wanted, purpose: str) -> Live | Missing:
        call = search(identity, wanted.locale or self._locale, purpose)
        return found(identity, (await self._http.read(call)).body)
