"""A validated manifest document."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trueup.model.identity import Identity
from trueup.model.position import Positions


class PublishTo(StrEnum):
    """How far a connector should be published."""

    NONE = "none"
    PRIVATE = "private"
    CERTIFIED = "certified"


class State(StrEnum):
    """Whether the resource should exist; ``absent`` makes the manifest a tombstone."""

    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleSpec:
    """The ``lifecycle`` block of a manifest; None means "not managed"."""

    previewable: bool | None = None
    publish: PublishTo = PublishTo.NONE
    listed: bool | None = None
    # Append-only: the platform has no action that changes or removes a comment (connect-api.md section 3).
    certification_comments: tuple[str, ...] = ()
    # The code of a deployment moves only if this is asked for: it restarts what serves customers.
    follow: bool = False
    run_scripts: bool = True
    # The base counts too, so that removing the block does not remove the protection.
    protect: bool = False
    # The only way to delete: a manifest that is missing never means that nothing is desired.
    state: State = State.PRESENT
    reason: str = ""

    @property
    def asks_for_process(self) -> bool:
        """Return whether the block asks for a preview, a publish, unlisting or a comment."""
        return bool(
            self.previewable
            or self.publish is not PublishTo.NONE
            or self.listed is not None
            or self.certification_comments
        )


NO_LIFECYCLE: Final = LifecycleSpec()
"""The lifecycle of a manifest without a ``lifecycle`` block: it asks for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document that passed validation.

    ``spec`` is the document's own data: ``dict``, ``list``, ``str``, ``int``, ``bool`` and, for numbers with a point
    or an exponent, ``decimal.Decimal`` in the digits that were typed. ``locale`` is the write language of a
    certification, by default that of the target; None for connectors. ``targets`` are all targets of the document if
    it lists them; each of them has a manifest of its own.
    """

    identity: Identity
    spec: Mapping[str, object]
    lifecycle: LifecycleSpec
    labels: Mapping[str, str]
    positions: Positions
    locale: str | None = None
    targets: tuple[str, ...] = ()
