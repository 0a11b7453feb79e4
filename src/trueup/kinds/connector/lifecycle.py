"""Plan what a manifest's lifecycle block asks for: preview, publish, unlist, certification comments.

Connect has two state machines for a draft, previews and publishing, and both run for minutes to weeks
(``connect-api.md`` section 5). Each wish is read against the state as it is: what is reached or under way is not asked
for again, what the platform rejected is not asked for again for the same content, and while the platform is busy
nothing is sent. Process actions are sent one a request, after the field actions are verified, in the order in which
they stand here: a preview first because nothing can be sent while a publish runs, comments last because they belong to
a certification that may only now begin.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trueup.kinds.connector import words
from trueup.kinds.connector.states import CERTIFYING, FRESH, PREVIEWS, STATUSES, Preview, Status
from trueup.model.action import (
    AddComment,
    FieldAction,
    ProcessAction,
    Publish,
    Reason,
    RequestPreview,
    SetParts,
    Unlist,
)
from trueup.model.change import Finding
from trueup.model.field import Risk
from trueup.model.live import Lifecycle
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.value import ABSENT, Known, LiveValue

_REPOSITORY: Final = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStep:
    """Hold one process action with what people need to judge it; ``before`` and ``after`` are of the state it moves."""

    action: ProcessAction
    before: LiveValue
    after: LiveValue
    risk: Risk
    reason: Reason = Reason.LIFECYCLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """Hold what is to be sent, in order; what must wait, and why; and what else there is to say.

    ``deferred`` say why what is wanted is not sent now. ``findings`` may hold blocked ones.
    """

    steps: tuple[ProcessStep, ...] = ()
    deferred: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()


def plan_processes(
    wanted: LifecycleSpec,
    live: Lifecycle | None,
    actions: Sequence[FieldAction] = (),
    *,
    retry_rejected: bool = False,
) -> Processes:
    """Return the process actions that lead from live to what is wanted.

    ``live`` is None for a draft that is about to be created. ``actions`` are the field actions that go before: they
    change the content, so that a preview and a publish of the old one no longer count. ``retry_rejected`` asks again
    for what the platform rejected with the same content.
    """
    if not wanted.asks_for_process:
        return Processes()
    now = FRESH if live is None else live
    parts = (
        _preview(wanted, now, actions, retry_rejected=retry_rejected),
        _publish(wanted, now, actions, retry_rejected=retry_rejected),
        _listing(wanted, now),
        _comments(wanted, now),
    )
    return Processes(
        steps=tuple(step for part in parts for step in part.steps),
        deferred=tuple(dict.fromkeys(finding for part in parts for finding in part.deferred)),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def hold_fields(live: Lifecycle, *, during_certification: bool = False) -> Finding | None:
    """Return why no field action may be sent now, None when they may.

    While a publish runs the platform takes no changes; a change would make a pending preview worthless. What is locked
    during a certification is not documented, so everything is, unless ``during_certification`` says otherwise.
    """
    if live.status == Status.PROCESSING:
        return words.processing()
    if live.status in CERTIFYING and not during_certification:
        return words.certifying(live.status)
    return words.preview_pending() if live.previewable == Preview.PENDING else None


def _preview(
    wanted: LifecycleSpec, live: Lifecycle, actions: Sequence[FieldAction], *, retry_rejected: bool
) -> Processes:
    moved = any(isinstance(action, SetParts) and action.path == _REPOSITORY for action in actions)
    if not wanted.previewable or (live.previewable == Preview.GRANTED and not moved):
        return Processes()
    busy = _busy(live) or (words.preview_pending() if live.previewable == Preview.PENDING else None)
    if busy is not None:
        return Processes(deferred=(busy,))
    if live.previewable not in PREVIEWS:
        return Processes(deferred=(words.unknown_state("isPreviewable", live.previewable),))
    if live.previewable == Preview.REJECTED and not actions and not retry_rejected:
        return Processes(findings=(words.preview_rejected(live.preview_report),))
    return _step(RequestPreview(), Known(live.previewable), Known(Preview.GRANTED.value), Risk.VISIBLE)


def _publish(
    wanted: LifecycleSpec, live: Lifecycle, actions: Sequence[FieldAction], *, retry_rejected: bool
) -> Processes:
    certified = wanted.publish is PublishTo.CERTIFIED
    if wanted.publish is PublishTo.NONE:
        return Processes()
    if live.status == Status.PROCESSING:
        return Processes(deferred=(words.processing(),))
    if live.status in CERTIFYING:
        return _in_certification(live, certified=certified, changing=bool(actions))
    if live.status not in STATUSES:
        return Processes(deferred=(words.unknown_state("status", live.status),))
    if live.status == Status.FAILED:
        if not actions and not retry_rejected:
            return Processes(findings=(words.publish_failed(live.publish_report),))
    elif not actions and _is_published(live) and not live.has_changes and not (certified and live.private):
        return Processes()
    # Publishing a public connector privately takes it away from all who are not in privateProjects.
    risk = Risk.VISIBLE if certified or live.private else Risk.DESTRUCTIVE
    return _step(Publish(certification=certified), Known(live.status), Known(Status.PUBLISHED.value), risk)


def _in_certification(live: Lifecycle, *, certified: bool, changing: bool) -> Processes:
    # Being in certification is what was asked for: the rest is up to people and takes weeks.
    if certified and not changing:
        return Processes(findings=(words.under_way(live.status),))
    return Processes(deferred=(words.certifying(live.status),))


def _is_published(live: Lifecycle) -> bool:
    """Say whether some content of the draft has been published.

    ``hasChanges`` alone does not tell: drafts that were never published were seen with either value. A report with no
    changes since does, for a connector that was unlisted.
    """
    reported = bool(live.publish_report) and not live.has_changes
    return live.listed or live.status == Status.PUBLISHED or reported


def _listing(wanted: LifecycleSpec, live: Lifecycle) -> Processes:
    if wanted.listed is None or wanted.listed is live.listed:
        return Processes()
    if wanted.listed:
        return Processes() if wanted.publish is not PublishTo.NONE else Processes(findings=(words.cannot_list(),))
    busy = _busy(live)
    if busy is not None:
        return Processes(deferred=(busy,))
    return _step(Unlist(), Known("true"), Known("false"), Risk.DESTRUCTIVE)


def _comments(wanted: LifecycleSpec, live: Lifecycle) -> Processes:
    missing = list((Counter(wanted.certification_comments) - Counter(live.comments)).elements())
    if not missing:
        return Processes()
    if live.status == Status.PROCESSING:
        return Processes(deferred=(words.processing(),))
    return Processes(
        steps=tuple(
            ProcessStep(action=AddComment(comment), before=ABSENT, after=Known(comment), risk=Risk.VISIBLE)
            for comment in missing
        )
    )


def _busy(live: Lifecycle) -> Finding | None:
    if live.status == Status.PROCESSING:
        return words.processing()
    return words.certifying(live.status) if live.status in CERTIFYING else None


def _step(action: ProcessAction, before: LiveValue, after: LiveValue, risk: Risk) -> Processes:
    return Processes(steps=(ProcessStep(action=action, before=before, after=after, risk=risk),))
