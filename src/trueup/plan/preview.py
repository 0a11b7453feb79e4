"""A reader that pretends that the live state is what the manifests of another commit want, or what was applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from trueup.diff.simulate import created
from trueup.errors import GitFailed
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.manifest import Manifest, State
from trueup.model.reader import ReadAll, Wanted
from trueup.plan.three_way import UNKNOWN, Since, Wants


@dataclass(frozen=True, slots=True)
class BaseReader:
    """A reader of what ``manifests`` want, as if it were live; see :class:`~trueup.model.reader.Reader`.

    Fields that they do not manage are absent, because their real values are not known. Resources in ``unknown`` are
    unreadable.
    """

    manifests: Mapping[Identity, Manifest]
    unknown: frozenset[Identity] = frozenset()

    @classmethod
    def of(cls, since: Since) -> Self:
        """Return the reader of what was applied and, where that is not known, of what the base wanted."""
        pretended: dict[Identity, Wants] = dict(since.manifests)
        # The oldest of the recorded commits is the one whose apply ended well.
        pretended |= {identity: wants[-1] for identity, wants in (since.applied.wants if since.applied else {}).items()}
        return cls({identity: wants for identity, wants in pretended.items() if wants is not None}, since.unknown)

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        """Return these resources."""
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
        return Live(
            fields=created(kind.fields, kind.desired(manifest.spec)),
            # Nothing is ever sent to these resources, so any id and any version will do.
            remote_id=identity.value,
            version=1 if kind.versioned else None,
            lifecycle=kind.lifecycle.reached(manifest.lifecycle),
        )
