"""Word the findings of the kinds' own rules; each code is in the list of :mod:`trueup.model.codes`."""

from collections.abc import Sequence
from typing import Final

from trueup.model.action import Finding, Level
from trueup.model.live import ReportEntry

DEFERRING_CODES: Final = frozenset({"busy", "unknown-state"})
"""Codes of findings, of any kind, for which something is left out now that is still wanted."""

LOST_ITS_KEY: Final = (
    "It has lost its key (id {}), so that the next plan does not find it. No API gives a key back: delete it on the "
    "platform, or give it another name and another repository there."
)


def report_lines(report: Sequence[ReportEntry]) -> tuple[str, ...]:
    """Return every entry of a report as one line: type, title, message, application."""
    return tuple(_line(entry) for entry in report)


def _line(entry: ReportEntry) -> str:
    message = f": {entry.message}" if entry.message else ""
    application = f" ({entry.application})" if entry.application else ""
    return f"{entry.kind} {entry.title}{message}{application}".strip()


def creation_requires(path: str, what: str) -> Finding:
    """Say what a resource that does not exist yet needs."""
    return Finding(
        level=Level.BLOCKED,
        code="creation-requires",
        message=f"This does not exist yet, and creating it needs {what}.",
        path=path,
    )


def origin_id_unknown() -> Finding:
    """Say that a certification that the platform does not know cannot be created under an originId."""
    return Finding(
        level=Level.BLOCKED,
        code="origin-id-unknown",
        message="No certification has this originId, and Origin gives out originIds itself. Correct it, or name "
        "the certification by an externalId of your own to create it.",
    )


def not_private(path: str) -> Finding:
    """Say that private projects are frozen once a connector is public."""
    return Finding(
        level=Level.BLOCKED,
        code="not-private",
        message=f"{path} differs, but the draft is no longer private and the platform then refuses to change it. "
        f"Leave {path} out, or write what is live.",
        path=path,
    )


def document_required(path: str, *, known: bool) -> Finding:
    """Say that the last document cannot go while there is no url."""
    unsure = "is unset" if known else "is not returned by the platform and may be unset"
    return Finding(
        level=Level.BLOCKED if known else Level.WARNING,
        code="document-required",
        message=f"This removes the last document while url {unsure}; a certification needs one of the two. "
        "Set url, or keep a document.",
        path=path,
    )


def compliance_required(path: str, *, known: bool) -> Finding:
    """Say that a density limit does not stand alone."""
    unsure = "there is none" if known else "they are not returned by the platform, so there may be none"
    return Finding(
        level=Level.BLOCKED if known else Level.WARNING,
        code="compliance-required",
        message="voc.content.densityLimitGL needs at least one of voc.content.regulatoryStandardCompliances, and "
        f"{unsure}. Name one.",
        path=path,
    )


def compliance_may_be_required(path: str, *, managed: bool) -> Finding:
    """Say that the last compliance goes while a density limit that nobody can see may be set.

    One that is ``managed`` is taken for set. One that is not may well never be, and then nothing is in the way.
    """
    way_out = (
        "Keep one; or, if no limit is set yet, leave voc.content.densityLimitGL out of one apply."
        if managed
        else "If it is set, Origin refuses this: then keep one."
    )
    return Finding(
        level=Level.BLOCKED if managed else Level.WARNING,
        code="compliance-required",
        message="This removes the last of voc.content.regulatoryStandardCompliances while voc.content.densityLimitGL, "
        f"which needs one, is not returned by the platform and may be set. {way_out}",
        path=path,
    )
