"""One reader and one writer for a target that has several kinds of resources."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from trueup.model.action import ProcessAction, UpdateAction
from trueup.model.identity import Kind
from trueup.model.live import Live, Reading
from trueup.model.reader import Nameless, NamelessReader, ReadAll, Reader, RelatedReader, Survey, Surveyor, Wanted
from trueup.model.value import Desired
from trueup.model.writer import Writer


class KindReader(Reader, Surveyor, NamelessReader, Protocol):
    """A reader of one kind that can list its resources, those without a key too."""


class ReaderByKind:
    """The readers of a target's kinds as one; see :class:`~trueup.model.reader.Reader`."""

    def __init__(self, readers: Mapping[Kind, KindReader]) -> None:
        self._readers = readers

    async def read(self, wanted: Wanted) -> Reading:
        """Read one resource with the reader of its kind."""
        return await self._readers[wanted.identity.kind].read(wanted)

    async def read_related(self, wanted: Wanted) -> tuple[Reading, Mapping[str, object]]:
        """Read one resource and what it depends on with the reader of its kind."""
        reader = self._readers[wanted.identity.kind]
        return (
            await reader.read_related(wanted) if isinstance(reader, RelatedReader) else (await reader.read(wanted), {})
        )

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Read the resources of each kind; the unmanaged ones are those of the kinds that were listed."""
        kinds = dict.fromkeys(one.identity.kind for one in wanted)
        found = [
            await self._readers[kind].read_all([one for one in wanted if one.identity.kind is kind]) for kind in kinds
        ]
        counts = [one.unmanaged for one in found if one.unmanaged is not None]
        return ReadAll(
            readings={identity: reading for one in found for identity, reading in one.readings.items()},
            unmanaged=sum(counts) if counts else None,
            related={identity: about for one in found for identity, about in one.related.items()},
        )

    async def survey(self, target: str, kind: Kind) -> Survey:
        """Read every resource of a kind."""
        return await self._readers[kind].survey(target, kind)

    async def nameless(self) -> Nameless:
        """Return the resources without a key of the first kind, whose resources can lose theirs."""
        return await next(iter(self._readers.values())).nameless()


class WriterByKind:
    """The writers of a target's kinds as one; see :class:`~trueup.model.writer.Writer`."""

    def __init__(self, writers: Mapping[Kind, Writer]) -> None:
        self._writers = writers

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create the resource with the writer of its kind."""
        return await self._writers[wanted.identity.kind].create(wanted, fields)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        """Send the actions with the writer of the resource's kind."""
        return await self._writers[wanted.identity.kind].update(wanted, live, actions)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send the process action with the writer of the resource's kind."""
        return await self._writers[wanted.identity.kind].process(wanted, live, action)
