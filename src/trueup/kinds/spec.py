"""Describe a kind of resource to those who plan, send and show it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trueup.kinds.processes import NO_LIFECYCLE_RULES, LifecycleRules
from trueup.model.action import Action, FieldAction, ProcessAction
from trueup.model.change import Change, Finding
from trueup.model.field import Field
from trueup.model.identity import Identity, IdField, Kind, Platform
from trueup.model.live import Lifecycle, Live
from trueup.model.position import Step
from trueup.model.value import Desired, LiveValue, Value


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


Advice = tuple[str, tuple[Step, ...], str]
"""A warning about a manifest: its code, the path below spec, and the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payloads:
    """What goes over the wire, in the platform's own spelling.

    ``create``: the body of a creation, from identity, locale (empty where the kind has none) and fields. ``update``:
    the objects of one update request, in order. ``delete``: what names the resource in a request that deletes it.
    """

    create: Callable[[Identity, str, Desired], dict[str, object]]
    update: Callable[[Identity, str, Sequence[FieldAction | ProcessAction]], list[dict[str, object]]]
    delete: Callable[[Identity], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A field by which people know a resource; ``words`` return "" for a value that is shown like any other."""

    path: str
    words: Callable[[Value], str] = lambda _: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostKey:
    """How a resource is recognised that has lost its key on the server, so that no second one is created.

    ``by`` has a name for people and what a resource has under it, from its fields. ``message`` has places for the
    names that agree (``alike``) and the platform's id (``remote_id``).
    """

    by: Mapping[str, Callable[[Mapping[str, Value]], object]]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How people name a resource of the kind when they import it.

    ``field``: what a plain name is. ``own_id``: the metadata field that holds the platform's own id, None where no
    manifest can name that. ``form``: what a name can be; others are not asked for. ``unlisted``: why resources cannot
    be listed, with a place for the target; empty where they can.
    """

    field: IdField
    own_id: IdField | None = None
    form: re.Pattern[str] | None = None
    unlisted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindSpec:
    """Everything that is particular to a kind. The rest of trueup asks for it here and compares no kind by its name.

    ``platform``: where resources of the kind live. ``plural``: the word for several, which is also the folder of
    imported manifests. ``fields``: the table; its order is the order of actions within a request. ``desired``: a
    checked spec to its managed fields. ``observe``: one representation of the platform to
    :class:`~trueup.model.live.Live`; raises ``UnexpectedAnswer`` on a shape that cannot be read. ``creation``: what
    creation carries, and what must follow as an update. ``label``: an action in the platform's own words
    (``setRepository``, ``brands ADD``). ``versioned``: the platform checks a version with every write, so that no
    reading is needed around it. ``localised``: manifests have a write language. ``deletion``: what a deletion takes
    away. ``advice``: warnings about a checked spec. ``read_only``: fields of an answer that no request can set.
    ``schema``: the JSON Schema of its manifests where ``schemas/`` has no file for it.
    """

    kind: Kind
    platform: Platform
    plural: str
    naming: Naming
    fields: tuple[Field, ...]
    by_path: Mapping[str, Field]
    desired: Callable[[Mapping[str, object]], Desired]
    observe: Callable[[Mapping[str, object]], Live]
    creation: Callable[[Desired], tuple[Desired, Desired]]
    check: Check
    label: Callable[[Action], str]
    payloads: Payloads
    versioned: bool
    deletion: str
    localised: bool = False
    summary: tuple[Summary, ...] = ()
    lifecycle: LifecycleRules = NO_LIFECYCLE_RULES
    lost_key: LostKey | None = None
    advice: Callable[[Mapping[str, Any]], Iterable[Advice]] = lambda _: ()
    read_only: frozenset[str] = frozenset()
    schema: Mapping[str, Any] | None = None
