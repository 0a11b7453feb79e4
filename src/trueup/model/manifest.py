"""Hold one checked manifest document."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trueup.model.identity import Identity
from trueup.model.position import Positions


class PublishTo(StrEnum):
    """Say how far a connector is to be published."""

    NONE = "none"
    PRIVATE = "private"
    CERTIFIED = "certified"


class State(StrEnum):
    """Say whether the resource is to exist; ``absent`` makes the manifest a tombstone."""

    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleSpec:
    """Hold a manifest's ``lifecycle`` block; None is "not managed"."""

    previewable: bool | None = None
    publish: PublishTo = PublishTo.NONE
    listed: bool | None = None
    certification_comments: tuple[str, ...] = ()
    protect: bool = False
    state: State = State.PRESENT
    reason: str = ""

    @property
    def asks_for_process(self) -> bool:
        """Say whether it wants anything that a process leads to: a preview, publishing, unlisting or a comment."""
        return bool(
            self.previewable
            or self.publish is not PublishTo.NONE
            or self.listed is not None
            or self.certification_comments
        )


NO_LIFECYCLE: Final = LifecycleSpec()
"""What a manifest without a ``lifecycle`` block asks for: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Hold one document that passed the check.

    ``spec`` is the document's own data: ``dict``, ``list``, ``str``, ``int``, ``bool`` and, for numbers with a point
    or an exponent, ``decimal.Decimal`` in the digits that were typed. ``locale`` is a certification's write language,
    the target's when the manifest names none; None for connectors.
    """

    identity: Identity
    spec: Mapping[str, object]
    lifecycle: LifecycleSpec
    labels: Mapping[str, str]
    positions: Positions
    locale: str | None = None
