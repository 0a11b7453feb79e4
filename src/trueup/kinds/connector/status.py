"""The live state of a connector draft for people (``connect-api.md`` section 5)."""

from typing import Final

from trueup.kinds.connector.processes import tag_of
from trueup.kinds.connector.states import CERTIFYING, PREVIEWS, STATUSES, DraftStatus, Preview
from trueup.model.live import Lifecycle, Live, ReportEntry
from trueup.model.overview import Condition, LiveStatus
from trueup.model.value import Known

_PREVIEWS: Final = {
    Preview.GRANTED: "preview ready",
    Preview.PENDING: "preview pending",
    Preview.REJECTED: "preview rejected",
}
_IN_REVIEW: Final = "People at commercetools review it, which takes days. Nothing waits for that."
_CHANGED: Final = "It has changes that are not published."


def status_of(live: Live) -> LiveStatus:
    """Return the state of a draft: how it is published, its preview, and what is under way."""
    lifecycle = live.lifecycle
    if lifecycle is None:
        return LiveStatus(state="not returned", condition=Condition.UNKNOWN)
    repository = live.fields.get("repository")
    running = {"publication": lifecycle.status == DraftStatus.PROCESSING, "preview": _is_pending(lifecycle)}
    notes = {
        _IN_REVIEW: lifecycle.status in CERTIFYING,
        # Of a draft that was never published, both values have been seen (section 3).
        _CHANGED: lifecycle.status == DraftStatus.PUBLISHED and lifecycle.has_changes,
    }
    return LiveStatus(
        state=", ".join(_words(lifecycle)),
        condition=_condition(lifecycle),
        running=tuple(name for name, is_running in running.items() if is_running),
        tag=tag_of(repository.value) if isinstance(repository, Known) else "",
        report=_report(lifecycle),
        notes=tuple(note for note, holds in notes.items() if holds),
    )


def _is_pending(lifecycle: Lifecycle) -> bool:
    return lifecycle.previewable == Preview.PENDING


def _words(lifecycle: Lifecycle) -> list[str]:
    words = [lifecycle.status]
    if lifecycle.status == DraftStatus.PUBLISHED:
        words.append("private" if lifecycle.private else "certified")
    words += ["listed"] if lifecycle.listed else []
    preview = lifecycle.previewable
    if preview != Preview.NONE:
        # A value that is not documented is shown as it is.
        words.append(_PREVIEWS[Preview(preview)] if preview in PREVIEWS else f"isPreviewable {preview}")
    return words


def _condition(lifecycle: Lifecycle) -> Condition:
    if lifecycle.status not in STATUSES or lifecycle.previewable not in PREVIEWS:
        return Condition.UNKNOWN
    if lifecycle.status == DraftStatus.PROCESSING or _is_pending(lifecycle):
        return Condition.RUNNING
    failed = lifecycle.status == DraftStatus.FAILED or lifecycle.previewable == Preview.REJECTED
    return Condition.FAILED if failed else Condition.STEADY


def _report(lifecycle: Lifecycle) -> tuple[ReportEntry, ...]:
    """Return the report of what failed, else that of the last publish or preview."""
    rejected = lifecycle.previewable == Preview.REJECTED and lifecycle.status != DraftStatus.FAILED
    one, other = lifecycle.publish_report, lifecycle.preview_report
    return (other or one) if rejected else (one or other)
