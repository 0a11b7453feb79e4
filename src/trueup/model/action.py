"""Say what is to be done to one resource, as data that can be compared, hashed, simulated, saved and sent."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.field import Risk
from trueup.model.value import Attributes, Desired, ElementKey, LiveValue, Scalar


@dataclass(frozen=True, slots=True)
class SetValue:
    """Replace a scalar."""

    path: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class SetMembers:
    """Replace a whole set."""

    path: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddMember:
    """Add one member to a membership set."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Remove one member from a membership set."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class SetParts:
    """Replace a group, or switch a choice, in one piece."""

    path: str
    parts: Attributes


@dataclass(frozen=True, slots=True)
class AddElement:
    """Add an element to a keyed collection, or merge these attributes into the one that has the key."""

    path: str
    key: ElementKey
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class RemoveElement:
    """Remove the element with this key from a keyed collection."""

    path: str
    key: ElementKey


@dataclass(frozen=True, slots=True)
class Create:
    """Create the resource with these fields."""

    fields: Desired


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the resource, for the reason that its tombstone gives."""

    reason: str


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """Ask Connect to make the draft previewable (``updatePreviewable``)."""


@dataclass(frozen=True, slots=True)
class Publish:
    """Start Connect's publishing process, with or without certification (``publish``)."""

    certification: bool


@dataclass(frozen=True, slots=True)
class Unlist:
    """Take a certified connector out of search and listings (``unlist``)."""


@dataclass(frozen=True, slots=True)
class AddComment:
    """Append a certification comment (``addCertificationComment``)."""

    comment: str


FieldAction = SetValue | SetMembers | AddMember | RemoveMember | SetParts | AddElement | RemoveElement
LifecycleAction = RequestPreview | Publish | Unlist | AddComment
"""The processes that the ``lifecycle`` block of a manifest can ask for; what each means, its kind knows."""
ProcessAction = LifecycleAction | Delete
Action = FieldAction | Create | ProcessAction


class Reason(StrEnum):
    """Say which rule asked for an action."""

    NOT_SET = "not-set"
    SCALAR_DIFFERS = "scalar-differs"
    SET_DIFFERS = "set-differs"
    MEMBER_MISSING = "member-missing"
    MEMBER_EXTRA = "member-extra"
    GROUP_DIFFERS = "group-differs"
    CHOICE_DIFFERS = "choice-differs"
    ELEMENT_MISSING = "element-missing"
    ELEMENT_EXTRA = "element-extra"
    ELEMENT_DIFFERS = "element-differs"
    NOT_RETURNED = "not-returned"
    DOES_NOT_EXIST = "does-not-exist"
    LIFECYCLE = "lifecycle"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hold one difference and the one action that removes it.

    ``before`` and ``after`` are of the smallest thing the action changes: the field, the member (as text), or the
    element (its attributes as ``Parts``). ``stage`` counts requests from 0: actions of one stage travel together, and
    each stage is verified before the next.
    """

    action: FieldAction
    before: LiveValue
    after: LiveValue
    reason: Reason
    risk: Risk = Risk.ROUTINE
    stage: int = 0


class Level(StrEnum):
    """Grade a finding of the plan."""

    BLOCKED = "blocked"
    """The desired state cannot be reached; nothing is sent for the resource."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Tell people something about one field (``path``, dotted below spec) or, with an empty path, about the resource.

    ``code`` is stable and documented; ``message`` is one or two sentences that say what is so and what to do.
    """

    level: Level
    code: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what the comparison of one resource found, actions in the order in which they are to be sent."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
