"""Describe a kind of resource to those who plan, send and show it."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from trueup.diff.equality import is_empty
from trueup.kinds import findings
from trueup.kinds.processes import NO_LIFECYCLE_RULES, LifecycleRules
from trueup.model.action import Action, Change, FieldAction, Finding, ProcessAction
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
    """Everything that is particular to a kind. The rest of trueup asks for it here and compares no kind by its name."""

    kind: Kind
    platform: Platform
    """Where resources of the kind live."""
    plural: str
    """The word for several of them, which is also the folder of imported manifests."""
    naming: Naming
    fields: tuple[Field, ...]
    """The field table; its order is the order of actions within a request."""
    by_path: Mapping[str, Field]
    desired: Callable[[Mapping[str, object]], Desired]
    """Return the managed fields of a checked spec."""
    observe: Callable[[Mapping[str, object]], Live]
    """Read one representation of the platform; raise ``UnexpectedAnswer`` on a shape that cannot be read."""
    creation: Callable[[Desired], tuple[Desired, Desired]]
    """Return what creation carries, and what must follow as an update."""
    check: Check
    label: Callable[[Action], str]
    """Return an action in the platform's own words (``setRepository``, ``brands ADD``)."""
    payloads: Payloads
    versioned: bool
    """Whether the platform checks a version with every write, so that no reading is needed around it."""
    deletion: str
    """A sentence about what a deletion takes away."""
    localised: bool = False
    """Whether manifests have a write language."""
    summary: tuple[Summary, ...] = ()
    lifecycle: LifecycleRules = NO_LIFECYCLE_RULES
    recognised_by: Mapping[str, Callable[[Mapping[str, Value]], object]] = field(default_factory=dict)
    """By what a resource is recognised that has lost its key on the server: each with a name for people, from its
    fields. Empty for a kind whose resources keep their keys."""
    advice: Callable[[Mapping[str, Any]], Iterable[Advice]] = lambda _: ()
    """Return warnings about a spec that its schema accepts."""
    read_only: frozenset[str] = frozenset()
    """Members of an answer that no request can set."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema of its manifests where ``schemas/`` has no file for it."""


EMAIL: Final = re.compile(r"[^\s@]+@[^\s@][^\s@.]*[.][^\s@]+")
URL: Final = re.compile(r"https?://[^\s/][^\s/.]*[.][^\s/].*", re.IGNORECASE)

TextForm = tuple[tuple[str, ...], re.Pattern[str], str, str]
"""The path of a text below spec, the form that it usually has, the code of the warning and its words."""


def at(node: Any, path: Sequence[Step]) -> Any:
    """Return what a checked mapping holds at a path of names, or None."""
    for step in path:
        node = node.get(step)
        if node is None:
            return None
    return node


def day_of(text: str) -> date | None:
    """Return the day of an ISO 8601 date, with or without a time, or None when the calendar has no such day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def unusual_texts(spec: Mapping[str, Any], forms: Iterable[TextForm]) -> Iterator[Advice]:
    """Warn of each text that has not the form that it usually has."""
    for path, form, code, words in forms:
        text = at(spec, path)
        if text and not form.fullmatch(text):
            yield code, path, f"{path[-1]} {text!r} {words}."


def touched(desired: Desired, changes: Sequence[Change] | None) -> Collection[str]:
    """Return the paths that the plan sends something for; when that is not known, every managed path."""
    return desired.keys() if changes is None else {change.action.path for change in changes}


def given(desired: Desired, path: str) -> bool:
    """Say whether a path is managed and not empty."""
    return path in desired and not is_empty(desired[path])


def lacking(desired: Desired, needed: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding for each field that creation needs and the manifest does not give."""
    return tuple(findings.creation_requires(path, path) for path in needed if not given(desired, path))
