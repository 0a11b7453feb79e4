"""Make up a world that is exactly as the manifests of another commit want it, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trueup.diff.simulate import created
from trueup.errors import GitFailed
from trueup.kinds.connector.states import Preview, Status
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, Kind
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.reader import ReadAll, Wanted
from trueup.plan.since import UNKNOWN


@dataclass(frozen=True, slots=True)
class World:
    """Read what ``manifests`` want as if it were live; see :class:`~trueup.model.reader.Reader`.

    A field that they do not manage is unset there: nothing says what it really is. Of resources in ``unknown`` nothing
    can be read.
    """

    manifests: Mapping[Identity, Manifest]
    unknown: frozenset[Identity] = frozenset()

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Return all of these resources."""
        return ReadAll(readings={one.identity: self._reading(one.identity) for one in wanted})

    async def read(self, wanted: Wanted) -> Reading:
        """Return one resource."""
        return self._reading(wanted.identity)

    def _reading(self, identity: Identity) -> Reading:
        manifest = self.manifests.get(identity)
        if identity in self.unknown:
            return Unreadable(GitFailed(UNKNOWN))
        if manifest is None or manifest.lifecycle.state is State.ABSENT:
            return Missing()
        kind = KINDS[identity.kind]
        connector = identity.kind is Kind.CONNECTOR
        return Live(
            fields=created(kind.fields, kind.desired(manifest.spec)),
            remote_id=identity.value,
            version=1 if connector else None,
            lifecycle=_reached(manifest.lifecycle) if connector else None,
        )


def _reached(wanted: LifecycleSpec) -> Lifecycle:
    """Return the state in which everything that the block wants has been reached."""
    certified = wanted.publish is PublishTo.CERTIFIED
    return Lifecycle(
        status=Status.DRAFT if wanted.publish is PublishTo.NONE else Status.PUBLISHED,
        previewable=Preview.GRANTED if wanted.previewable else Preview.NONE,
        private=not certified,
        listed=certified if wanted.listed is None else wanted.listed,
        has_changes=False,
        comments=wanted.certification_comments,
    )
