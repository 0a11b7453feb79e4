"""Actions on one resource, as data that can be compared, hashed, simulated, saved and sent."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.field import Risk
from trueup.model.value import Attributes, Desired, ElementKey, LiveValue, Scalar


@dataclass(frozen=True, slots=True)
class SetValue:
    """Replacement of a scalar."""

    path: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class SetMembers:
    """Replacement of a whole set."""

    path: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddMember:
    """Addition of one member to a set."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Removal of one member from a set."""

    path: str
    member: str


@dataclass(frozen=True, slots=True)
class SetParts:
    """Replacement of a group, or selection of another option of a choice."""

    path: str
    parts: Attributes


@dataclass(frozen=True, slots=True)
class AddElement:
    """Addition of an element to a keyed collection; if the key exists, the attributes are merged into that element."""

    path: str
    key: ElementKey
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class RemoveElement:
    """Removal of the element with this key from a keyed collection."""

    path: str
    key: ElementKey


@dataclass(frozen=True, slots=True)
class Create:
    """Creation of the resource with these fields."""

    fields: Desired


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletion of the resource; ``reason`` is that of its tombstone."""

    reason: str


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """A request to Connect to make the draft previewable (``updatePreviewable``)."""


@dataclass(frozen=True, slots=True)
class Publish:
    """The start of Connect's publishing process (``publish``)."""

    # False: without a review, and only for the private projects (connect-api.md section 9, number 16).
    certification: bool


@dataclass(frozen=True, slots=True)
class Unlist:
    """Removal of a certified connector from search and listings (``unlist``)."""


@dataclass(frozen=True, slots=True)
class AddComment:
    """Addition of a certification comment (``addCertificationComment``)."""

    comment: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """A deployment of what a request creates or changes, or a redeployment alone.

    ``follow``: it moves to the newest code; else it stays on the present one. ``to``: the tag of that code, empty if it
    stays or the tag is not known; a plan that shows one tag is no approval of another. ``scripts``: the scripts that
    follow a deployment run. ``ends``: the revision whose rollback it ends, empty for none; a plan made before the
    rollback is no approval of that.
    """

    follow: bool = False
    scripts: bool = True
    to: str = ""
    ends: str = ""


FieldAction = SetValue | SetMembers | AddMember | RemoveMember | SetParts | AddElement | RemoveElement
LifecycleAction = RequestPreview | Publish | Unlist | AddComment | Rollout
"""The processes that the ``lifecycle`` block of a manifest can ask for; each kind defines what they mean."""
UpdateAction = FieldAction | LifecycleAction
"""What an update of an existing resource can contain."""
ProcessAction = LifecycleAction | Delete
Action = FieldAction | Create | ProcessAction


class Reason(StrEnum):
    """The rule that led to an action."""

    # The values are part of saved plans, so a new name for a rule would make older plans unreadable.

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
    """A difference and the one action that removes it.

    ``before`` and ``after`` are the values of the smallest thing that the action changes: the field, the member (as
    text), or the element (its attributes as ``Parts``). ``stage`` is the number of the request, from 0.
    """

    action: FieldAction
    before: LiveValue
    after: LiveValue
    reason: Reason
    risk: Risk = Risk.ROUTINE
    # Actions of one stage are sent together, and each stage is verified before the next one is sent.
    stage: int = 0


class Level(StrEnum):
    """The severity of a finding."""

    BLOCKED = "blocked"
    """The desired state cannot be reached; nothing is sent for the resource."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A remark about one field (``path``, dotted below spec) or, with an empty path, about the resource.

    ``code`` is stable and documented; ``message`` is one or two sentences with the condition and what to do.
    """

    level: Level
    code: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The result of comparing one resource, with changes in sending order."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
