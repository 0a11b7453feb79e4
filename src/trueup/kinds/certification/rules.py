"""Judge a certification by the rules that need more than one field, or live state (``origin-api.md`` 4.3)."""

from collections.abc import Mapping, Sequence
from typing import Final

from trueup.kinds import findings
from trueup.kinds.base import given, lacking, touched
from trueup.model.action import Change, Finding
from trueup.model.identity import Identity, IdField
from trueup.model.live import Lifecycle
from trueup.model.value import Absent, Desired, Known, LiveValue, NotReturned

_NEEDED: Final = ("standard.code", "reportingBody")
_DOCUMENTS: Final = "additionalsDocuments"
_LIMIT: Final = "voc.content.densityLimitGL"
_COMPLIANCES: Final = "voc.content.regulatoryStandardCompliances"


def check(  # noqa: PLR0913 - see spec.Check
    desired: Desired,
    after: Mapping[str, LiveValue],
    creating: bool,  # noqa: FBT001 - see spec.Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,  # noqa: ARG001 - certifications have none; see spec.Check
    identity: Identity | None = None,
) -> tuple[Finding, ...]:
    """Check what creation needs, that a document or url remains, and that a density limit has a compliance."""
    creation = _creation(desired, identity) if creating else ()
    return (*creation, *_documents(desired, after, changes), *_compliances(desired, after, changes))


def _creation(desired: Desired, identity: Identity | None) -> tuple[Finding, ...]:
    found = list(lacking(desired, _NEEDED))
    if not given(desired, "url") and not given(desired, _DOCUMENTS):
        found.append(findings.creation_requires("url", "url or at least one of additionalsDocuments"))
    if identity is not None and identity.field is IdField.ORIGIN_ID:
        found.append(findings.origin_id_unknown())
    return tuple(found)


def _documents(
    desired: Desired, after: Mapping[str, LiveValue], changes: Sequence[Change] | None
) -> tuple[Finding, ...]:
    if _DOCUMENTS not in touched(desired, changes) or isinstance(after[_DOCUMENTS], Known | NotReturned):
        return ()
    match after["url"]:
        case Known():
            return ()
        case url:
            return (findings.document_required(_DOCUMENTS, known=isinstance(url, Absent)),)


def _compliances(
    desired: Desired, after: Mapping[str, LiveValue], changes: Sequence[Change] | None
) -> tuple[Finding, ...]:
    sent = touched(desired, changes)
    compliances = after[_COMPLIANCES]
    if not (_LIMIT in sent or _COMPLIANCES in sent) or isinstance(compliances, Known):
        return ()
    match after[_LIMIT]:
        case Known():
            path = _LIMIT if _LIMIT in desired else _COMPLIANCES
            return (findings.compliance_required(path, known=isinstance(compliances, Absent)),)
        case NotReturned() if isinstance(compliances, Absent):
            return (findings.compliance_may_be_required(_COMPLIANCES, managed=_LIMIT in desired),)
        case _:
            return ()
