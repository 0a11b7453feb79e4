"""Name what a report needs of a run on record; :mod:`trueup.apply.runs` reads runs of this shape from journals.

Protocols, because a report must not reach the package that can write.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from trueup.model.action import Action
from trueup.model.identity import Identity
from trueup.model.outcome import Status


class RecordedIntent(Protocol):
    """Tell what a write was about to send."""

    @property
    def identity(self) -> Identity:
        """Return the resource that it was for."""

    @property
    def actions(self) -> Sequence[Action]:
        """Return what it carried."""


class RecordedEnding(Protocol):
    """Tell how a write ended."""

    @property
    def ending(self) -> str:
        """Return ``applied``, ``failed`` or ``unknown``."""

    @property
    def message(self) -> str:
        """Return what there was to say, empty when the ending says it all."""


class RecordedWrite(Protocol):
    """Hold one write of a run."""

    @property
    def number(self) -> int:
        """Return its place in the run, counted from 1."""

    @property
    def at(self) -> str:
        """Return when it was announced."""

    @property
    def intent(self) -> RecordedIntent:
        """Return what it was about to send."""

    @property
    def ended(self) -> RecordedEnding | None:
        """Return how it ended, None when the run did not live to see it."""

    @property
    def open(self) -> bool:
        """Say whether nobody knows if it was taken."""


class RecordedOutcome(Protocol):
    """Tell how a resource ended."""

    @property
    def identity(self) -> Identity:
        """Return the resource."""

    @property
    def status(self) -> Status:
        """Return how it ended."""

    @property
    def message(self) -> str:
        """Return what there was to say, empty when the status says it all."""

    @property
    def left(self) -> Sequence[Action]:
        """Return what was planned and is not known to be done."""


class RecordedRun(Protocol):
    """Hold one run as its journal tells it."""

    @property
    def id(self) -> str:
        """Return its name."""

    @property
    def started(self) -> str:
        """Return when it began, empty when that is not on record."""

    @property
    def ended(self) -> str:
        """Return when it came to its end, empty when it did not."""

    @property
    def plan(self) -> str:
        """Return the hash of the plan that it applied."""

    @property
    def resources(self) -> int:
        """Return how many resources the plan had."""

    @property
    def writes(self) -> Sequence[RecordedWrite]:
        """Return its writes in the order in which they were announced."""

    @property
    def open(self) -> Sequence[RecordedWrite]:
        """Return the writes after which it is not known how their resource ended."""

    @property
    def settled(self) -> Mapping[Identity, str]:
        """Return, by resource, the later run that tells how it ended where this one does not know."""

    @property
    def outcomes(self) -> Sequence[RecordedOutcome]:
        """Return how its resources ended, as far as it got."""

    @property
    def statuses(self) -> Mapping[Status, int]:
        """Return how many resources ended in each way; empty when the run did not come to its end."""

    @property
    def damaged(self) -> str:
        """Return what of its journal could not be read."""

    @property
    def distrusted(self) -> str:
        """Return why nothing follows from its journal, empty when it is sealed by this user."""
