"""Answer for targets that must not be reached: nothing is sent, and every answer says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from trueup.errors import PlatformError
from trueup.model.live import Reading, Unreadable
from trueup.model.reader import ReadAll, Wanted
from trueup.platforms.open import Platforms


@dataclass(frozen=True, slots=True)
class Closed:
    """A reader and writer of a target that is not reached; ``error`` says why."""

    error: PlatformError

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Return that nothing could be read."""
        return ReadAll(readings={one.identity: Unreadable(self.error) for one in wanted})

    async def read(self, wanted: Wanted) -> Reading:
        """Return that it could not be read."""
        return (await self.read_all([wanted])).readings[wanted.identity]

    async def refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise the error."""
        raise self.error

    create = update = process = refuse


def closed_platforms(errors: Mapping[str, PlatformError]) -> Platforms:
    """Return these targets, by name, as targets that are not reached."""
    closed = {name: Closed(error) for name, error in errors.items()}
    return Platforms(readers=closed, writers=closed)
