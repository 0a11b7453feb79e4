"""Say what a request and its way to a platform are, and the ways in which it can fail."""

from dataclasses import dataclass
from typing import Final, Protocol

from trueup import __version__
from trueup.platforms.answer import Answer

SAME_FOR_ALL: Final = {
    "User-Agent": f"trueup/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
"""The headers that every request carries beside its own."""


class NotSent(Exception):
    """The request never left: no connection could be made."""


class Down(NotSent):
    """The request was not sent, since the server has not answered for a while."""


class Lost(Exception):
    """The request may have arrived, but there is no answer that could be read."""


class TooLarge(Lost):
    """The answer is larger than any that the platform has reason to give."""

    def __init__(self, way: object, limit: int) -> None:
        super().__init__(f"the answer of {way} is larger than {limit:,} bytes")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Hold one request, its headers whole but for those that are the same for all."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None


class Carrier(Protocol):
    """Carry single requests: no redirect is followed, no cookie kept, no credential added, nothing sent twice."""

    async def carry(self, outgoing: Outgoing) -> Answer:
        """Return the answer as a whole, whatever its status. Raises :class:`NotSent` or :class:`Lost`."""
        ...
