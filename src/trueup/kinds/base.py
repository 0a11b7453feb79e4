"""The description of a kind of resource, which all other packages use, and helpers for the rules of kinds."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from trueup.diff.equality import is_empty
from trueup.kinds import findings
from trueup.kinds.dependencies import NO_DEPENDENCIES, Dependencies
from trueup.kinds.processes import NO_LIFECYCLE_RULES, LifecycleRules
from trueup.model.action import (
    Action,
    AddElement,
    Change,
    FieldAction,
    Finding,
    LifecycleAction,
    ProcessAction,
    RemoveElement,
)
from trueup.model.field import Field, KeyedField
from trueup.model.identity import Identity, IdField, Kind, Platform
from trueup.model.live import Lifecycle, Live
from trueup.model.overview import LiveStatus
from trueup.model.position import Step
from trueup.model.value import Desired, LiveValue, Value


class Check(Protocol):
    """A function that checks one resource by rules that need more than one field, or live state."""

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
        """Return the findings, including blocked ones.

        ``after`` is the simulated live state, with all fields. ``creating``: the resource does not exist yet.
        ``changes`` are what the plan sends; rules about sending apply only to these or, if it is None, to every
        managed field. Rules about ``lifecycle`` (as read) and ``identity`` are skipped if these are None.
        """
        ...


Advice = tuple[str, tuple[Step, ...], str]
"""A warning about a manifest: its code, the path below spec, and the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payloads:
    """Functions that return parts of request bodies, in the platform's own spelling.

    ``create``: the body of a creation, from identity, locale (empty if the kind has none) and fields. ``update``: the
    objects of one update request, in order. ``delete``: the members that identify the resource to delete.
    """

    create: Callable[[Identity, str, Desired], dict[str, object]]
    update: Callable[[Identity, str, Sequence[FieldAction | ProcessAction]], list[dict[str, object]]]
    delete: Callable[[Identity], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How people name a resource of the kind when they import it.

    ``field`` is the metadata field of a plain name. ``own_id`` is the one of the platform's id, None if a manifest
    cannot contain it. ``form`` matches valid names; no request is sent for others. ``unlisted`` is the reason why
    resources cannot be listed, with a placeholder for the target; empty if they can.
    """

    field: IdField
    own_id: IdField | None = None
    form: re.Pattern[str] | None = None
    unlisted: str = ""


# Compared by identity: its functions have no other equality, and caches use the kind as their key.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindSpec:
    """Everything that is specific to a kind. The rest of trueup uses these members and never compares kind names."""

    kind: Kind
    platform: Platform
    """The platform that has the resources of the kind."""
    plural: str
    """The plural of the kind, which is also the folder of imported manifests."""
    naming: Naming
    fields: tuple[Field, ...]
    """The field table; its order is the order of actions within a request."""
    by_path: Mapping[str, Field]
    desired: Callable[[Mapping[str, object]], Desired]
    """Return the managed fields of a checked spec."""
    observe: Callable[[Mapping[str, object]], Live]
    """Read one representation of the platform; raise ``UnexpectedAnswer`` on a shape that cannot be read."""
    creation: Callable[[Desired], tuple[Desired, Desired]]
    """Return the fields that a creation sends, and those that an update must send afterwards."""
    check: Check
    payloads: Payloads
    versioned: bool
    """Whether the platform checks a version with every write, so that no read is needed before and after it."""
    deletion: str
    """A sentence about the effect of a deletion."""
    action_name: Callable[[FieldAction | LifecycleAction], str] = lambda _: ""
    """Return the platform's name of an action (``setRepository``); empty for a platform that names none."""
    localised: bool = False
    """Whether manifests have a write language."""
    target_field: str = ""
    """The optional field of a target that its resources of this kind need; empty for none."""
    summary: tuple[str, ...] = ()
    """The fields by which people recognize a resource; a report shows them first."""
    lifecycle: LifecycleRules = NO_LIFECYCLE_RULES
    recognised_by: Mapping[str, Callable[[Mapping[str, Value]], object]] = field(default_factory=dict)
    """Traits that identify a resource that has lost its key on the server: names for people, and functions of the
    fields. Empty for a kind whose resources keep their keys."""
    advice: Callable[[Mapping[str, Any]], Iterable[Advice]] = lambda _: ()
    """Return warnings about a spec that its schema accepts."""
    offers: Callable[[Desired, Sequence[Action]], Mapping[str, str]] = lambda *_: {}
    """Return what the resource offers to those that depend on it when these actions have been applied."""
    dependencies: Dependencies = NO_DEPENDENCIES
    own_refusals: frozenset[str] = frozenset()
    """Codes with which the platform denies access to one resource, so that they say nothing of the credentials."""
    status: Callable[[Live], LiveStatus] = lambda _: LiveStatus(state="Live")
    """Return the state of a live resource, for the command ``status``."""
    dated_advice: Callable[[Mapping[str, Any], date, int], Iterable[Advice]] = lambda _spec, _today, _days: ()
    """Return warnings about a spec that depend on today's date: what expires within this many days, or has expired."""
    headers: Mapping[str, Sequence[str]] | None = None
    """By the path of a field, what people call its column in a spreadsheet, in addition to its schema. None for a
    kind whose manifests are not written from spreadsheets."""
    repeats: Callable[[Desired, Mapping[str, LiveValue], Sequence[Action]], Sequence[FieldAction]] = lambda *_: ()
    """Return managed values that do not differ from live and that an update with these actions must name anyway."""
    read_only: frozenset[str] = frozenset()
    """Members of an answer that no request can set."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema of the kind's manifests, if ``schemas/`` has no file for it."""

    def place_of(self, action: FieldAction) -> str:
        """Return the path below spec of what an action changes: of an element, if a manifest names it."""
        match self.by_path[action.path], action:
            case KeyedField() as row, AddElement(key=key) | RemoveElement(key=key):
                return row.path_of(key)
            case _:
                return action.path


# Deliberately loose, because valid addresses must not cause warnings. Adjacent parts share no characters, so matching
# does not backtrack.
EMAIL: Final = re.compile(r"[^\s@]+@[^\s@][^\s@.]*[.][^\s@]+")
URL: Final = re.compile(r"https?://[^\s/][^\s/.]*[.][^\s/].*", re.IGNORECASE)

TextForm = tuple[tuple[str, ...], re.Pattern[str], str, str]
"""The path of a text below spec, a pattern that it usually matches, and the code and the words of the warning."""


def at(node: Any, path: Sequence[Step]) -> Any:
    """Return the value at a path of names in a validated mapping, or None."""
    for step in path:
        node = node.get(step)
        if node is None:
            return None
    return node


def day_of(text: str) -> date | None:
    """Return the day of an ISO 8601 date, with or without a time, or None if there is no such day."""
    try:
        # The first ten characters are the day; the time and the zone do not matter for the calendar.
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def unusual_texts(spec: Mapping[str, Any], forms: Iterable[TextForm]) -> Iterator[Advice]:
    """Yield a warning for each text that does not match its usual pattern."""
    for path, form, code, words in forms:
        text = at(spec, path)
        # An empty text is a field to clear, which has no form.
        if text and not form.fullmatch(text):
            yield code, path, f"{path[-1]} {text!r} {words}."


def touched(desired: Desired, changes: Sequence[Change] | None) -> Collection[str]:
    """Return the paths for which the plan sends something or, if that is not known, all managed paths."""
    return desired.keys() if changes is None else {change.action.path for change in changes}


def given(desired: Desired, path: str) -> bool:
    """Return whether a path is managed and not empty."""
    return path in desired and not is_empty(desired[path])


def lacking(desired: Desired, needed: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding for each field that a creation needs and the manifest does not give."""
    return tuple(findings.creation_requires(path, path) for path in needed if not given(desired, path))
