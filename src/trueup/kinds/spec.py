"""Describe a kind of resource to those who plan, send and show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trueup.model.action import Action
from trueup.model.change import Change, Finding
from trueup.model.field import Field
from trueup.model.identity import Identity, Kind
from trueup.model.live import Lifecycle, Live
from trueup.model.value import Desired, LiveValue


class Check(Protocol):
    """Judge one resource by the rules of its kind that need more than one field, or live state."""

    def __call__(  # noqa: PLR0913 - what is known grows from call to call; all but three have a default
        self,
        desired: Desired,
        after: Mapping[str, LiveValue],
        creating: bool,  # noqa: FBT001 - the callers' spelling; the field of the spec documents it
        *,
        changes: Sequence[Change] | None = None,
        lifecycle: Lifecycle | None = None,
        identity: Identity | None = None,
    ) -> tuple[Finding, ...]:
        """Return the findings, blocked ones included.

        ``after`` is live as simulated, all fields. ``creating``: the resource does not exist yet. ``changes`` are what
        the plan sends: rules about sending something are only asked of what is sent; with None, of every managed
        field. ``lifecycle`` is a connector's, as read; without it, rules on it are not asked. Likewise ``identity``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """Hold everything that is particular to a kind.

    ``fields``: the table; its order is the order of actions within a request. ``desired``: a checked spec to its
    managed fields. ``observe``: one representation of the platform to :class:`~trueup.model.live.Live`; raises
    ``UnexpectedAnswer`` on a shape that cannot be read. ``creation``: what creation carries, and what must follow as an
    update. ``label``: an action in the platform's own words (``setRepository``, ``brands ADD``).
    """

    kind: Kind
    fields: tuple[Field, ...]
    by_path: Mapping[str, Field]
    desired: Callable[[Mapping[str, object]], Desired]
    observe: Callable[[Mapping[str, object]], Live]
    creation: Callable[[Desired], tuple[Desired, Desired]]
    check: Check
    label: Callable[[Action], str]
