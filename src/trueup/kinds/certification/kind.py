"""Put the certification kind together."""

from collections.abc import Mapping
from typing import Final

from trueup.kinds.certification.check import check
from trueup.kinds.certification.fields import BY_PATH, CREATED, FIELDS, TABLE
from trueup.kinds.certification.observe import observe
from trueup.kinds.desired import read_spec
from trueup.kinds.spec import KindSpec
from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.identity import Kind
from trueup.model.value import Desired


def _desired(spec: Mapping[str, object]) -> Desired:
    return read_spec(TABLE, spec)


def _creation(desired: Desired) -> tuple[Desired, Desired]:
    carried = {path: value for path, value in desired.items() if path in CREATED}
    return carried, {path: value for path, value in desired.items() if path not in CREATED}


def _label(action: Action) -> str:
    match action:
        case Create():
            return "create"
        case Delete():
            return "delete"
        case SetValue(path=path) | SetParts(path=path):
            return path
        case AddElement(path=path):
            return f"{path} ADD"
        case RemoveElement(path=path):
            return f"{path} REMOVE"
        case SetMembers() | AddMember() | RemoveMember() | RequestPreview() | Publish() | Unlist() | AddComment():
            raise TypeError(f"certifications know no {type(action).__name__}")


CERTIFICATION: Final = KindSpec(
    kind=Kind.CERTIFICATION,
    fields=FIELDS,
    by_path=BY_PATH,
    desired=_desired,
    observe=observe,
    creation=_creation,
    check=check,
    label=_label,
)
