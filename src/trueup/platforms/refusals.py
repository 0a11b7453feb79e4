"""Readers and writers of targets that must not be reached: they send nothing and fail with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from trueup.errors import PlatformError
from trueup.model.live import Reading, Unreadable
from trueup.model.reader import ReadAll, Wanted
from trueup.platforms.open import Platforms


@dataclass(frozen=True, slots=True)
class Closed:
    """A reader and writer of a target that must not be reached; ``error`` is the reason."""

    error: PlatformError

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Return every resource as unreadable."""
        return ReadAll(readings={one.identity: Unreadable(self.error) for one in wanted})

    async def read(self, wanted: Wanted) -> Reading:
        """Return the resource as unreadable."""
        return (await self.read_all([wanted])).readings[wanted.identity]

    async def refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise the error."""
        raise self.error

    create = update = process = refuse


def closed_platforms(errors: Mapping[str, PlatformError]) -> Platforms:
    """Return platforms for targets that must not be reached, from target names to the reasons."""
    closed = {name: Closed(error) for name, error in errors.items()}
    return Platforms(readers=closed, writers=closed)
