"""Findings of the kinds' own rules; :mod:`trueup.model.codes` lists their codes."""

from collections.abc import Sequence
from typing import Final

from trueup.model.action import Finding, Level
from trueup.model.live import ReportEntry

WOULD_BE_REFUSED: Final = "would-be-refused"
"""The code of findings about what the platform would refuse."""

DEFERRING_CODES: Final = frozenset({"busy", "unknown-state"})
"""Codes of findings that defer an action that is still wanted."""

LOST_ITS_KEY: Final = (
    "It has lost its key (id {}), so the next plan will not find it. No API can restore a key: on the platform, delete "
    "the draft, or change both its name and its repository."
)


def report_lines(report: Sequence[ReportEntry]) -> tuple[str, ...]:
    """Return each entry of a report as one line: type, title, message, application."""
    return tuple(_line(entry) for entry in report)


def reported(report: Sequence[ReportEntry]) -> str:
    """Return a report as one sentence."""
    lines = [line.rstrip(".") for line in report_lines(report)]
    return f"It reports: {'; '.join(lines)}." if lines else "It gives no report."


def _line(entry: ReportEntry) -> str:
    message = f": {entry.message}" if entry.message else ""
    application = f" ({entry.application})" if entry.application else ""
    return f"{entry.kind} {entry.title}{message}{application}".strip()


def unknown_state(field: str, state: str) -> Finding:
    """Return the finding that a state is not documented."""
    message = f"{field} is unknown: {state}. This state is not documented, so nothing that depends on it is sent."
    return Finding(level=Level.WARNING, code="unknown-state", message=message)


def creation_requires(path: str, what: str) -> Finding:
    """Return the finding that a creation needs ``what``."""
    return _finding("creation-requires", f"The resource does not exist yet, and creating it requires {what}.", path)


def origin_id_unknown() -> Finding:
    """Return the finding that a certification cannot be created under an originId."""
    return _finding(
        "origin-id-unknown",
        "No certification has this originId, and only Origin assigns these ids. Correct the id, or use an "
        "externalId to create the certification.",
    )


def not_private(path: str) -> Finding:
    """Return the finding that private projects cannot change because the connector is public."""
    return _finding(
        "not-private",
        f"{path} differs, but the platform refuses to change it because the draft is no longer private. "
        f"Remove {path} from the manifest, or write the live value.",
        path,
    )


def document_required(path: str, *, known: bool) -> Finding:
    """Return the finding that the last document cannot be removed while there is no url."""
    unsure = "is unset" if known else "is not returned by the platform and may be unset"
    return _finding(
        "document-required",
        f"This removes the last document while url {unsure}; a certification needs one of the two. "
        "Set url, or keep a document.",
        path,
        certain=known,
    )


def compliance_required(path: str, *, known: bool) -> Finding:
    """Return the finding that a density limit requires a compliance."""
    unsure = "there is none" if known else "they are not returned by the platform, so there may be none"
    return _finding(
        "compliance-required",
        "voc.content.densityLimitGL needs at least one of voc.content.regulatoryStandardCompliances, and "
        f"{unsure}. Add one.",
        path,
        certain=known,
    )


def compliance_may_be_required(path: str, *, managed: bool) -> Finding:
    """Return the finding that the last compliance is removed while a density limit that is not returned may be set.

    A ``managed`` limit is assumed to be set. One that is not managed is probably not set, so this is only a warning.
    """
    advice = (
        "Keep one or, if no limit is set yet, remove voc.content.densityLimitGL from the manifest for one apply."
        if managed
        else "If it is set, Origin refuses the removal; then keep one."
    )
    return _finding(
        "compliance-required",
        "This removes the last of voc.content.regulatoryStandardCompliances while voc.content.densityLimitGL, "
        f"which needs one, is not returned by the platform and may be set. {advice}",
        path,
        certain=managed,
    )


def _finding(code: str, message: str, path: str = "", *, certain: bool = True) -> Finding:
    # A rule that is broken only perhaps must not block a change that the platform may accept.
    level = Level.BLOCKED if certain else Level.WARNING
    return Finding(level=level, code=code, message=message, path=path)
