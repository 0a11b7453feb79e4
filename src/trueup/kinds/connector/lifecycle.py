"""Plan what a manifest's lifecycle block asks for: preview, publish, unlist, certification comments.

Connect has two state machines for a draft, previews and publishing, and both run for minutes to weeks
(``connect-api.md`` section 5). Each process is planned against the current state: a goal that is reached or in progress
is not requested again, a rejected request is not repeated for the same content, and nothing is sent while the platform
is busy. Process actions are sent one per request, after the field actions are verified, in this order:

1. the preview, because nothing can be sent while a publish is running;
2. unlisting, which affects what is published now;
3. comments, if no certification starts: they may set ``hasChanges``, and the publish after them clears it;
4. publishing;
5. comments, if a certification starts: they belong to it;
6. unlisting, if a certification starts: it lists the connector when it ends. A listed connector is unlisted twice then.

With this order one apply is enough, whether or not the platform sets ``hasChanges`` for a process action, which is not
documented. If the apply does not wait for people, an apply after the certification unlists the connector. Unlisting is
no reason to publish again.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.kinds.connector import findings
from trueup.kinds.connector.rules import PROJECTS
from trueup.kinds.connector.states import CERTIFYING, FRESH, PREVIEWS, STATUSES, DraftStatus, Preview
from trueup.kinds.findings import unknown_state
from trueup.kinds.processes import Late, Processes, ProcessStep
from trueup.model.action import (
    AddComment,
    FieldAction,
    Finding,
    ProcessAction,
    Publish,
    RequestPreview,
    SetParts,
    Unlist,
)
from trueup.model.field import Risk
from trueup.model.live import Lifecycle
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.value import ABSENT, Known, LiveValue

_REPOSITORY: Final = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The arguments of :func:`plan_processes`."""

    wanted: LifecycleSpec
    live: Lifecycle
    actions: Sequence[FieldAction]
    done: Collection[ProcessAction]
    retry_rejected: bool

    @property
    def refused_content(self) -> bool:
        """Return whether the content is still the one that the platform rejected, and is not to be tried again."""
        return not self.actions and not self.retry_rejected

    @property
    def begun(self) -> bool:
        """Return whether this run has started a certification."""
        return _CERTIFY in self.done


_NOTHING: Final = Processes()
_PRIVATELY: Final = Publish(certification=False)
_CERTIFY: Final = Publish(certification=True)


def plan_processes(
    wanted: LifecycleSpec,
    live: Lifecycle | None,
    actions: Sequence[FieldAction] = (),
    *,
    done: Collection[ProcessAction] = (),
    retry_rejected: bool = False,
) -> Processes:
    """Return the process actions that lead from the live state to the desired one.

    ``live`` is None for a draft that is about to be created. ``actions`` are the field actions that are sent first:
    they change the content, so a preview and a publish of the old content no longer count. ``done`` are the process
    actions that this run has already carried out: their effects are no reason for further actions. With
    ``retry_rejected``, a request is repeated although the platform rejected it for the same content.
    """
    if not wanted.asks_for_process:
        return _NOTHING
    case = _Case(
        wanted=wanted,
        live=FRESH if live is None else live,
        actions=actions,
        done=done,
        retry_rejected=retry_rejected,
    )
    publish = _publish(case)
    listing, comments = _listing(case, publish), _comments(case, publish)
    # See the order in the module's docstring: comments need a certification, but must not wait for a private publish.
    middle = (publish, comments) if publish.sends(_CERTIFY) else (comments, publish)
    parts = (_preview(case), listing, *middle, _unlisting_later(case, publish))
    return Processes(
        steps=tuple(step for part in parts for step in part.steps),
        deferred=tuple(dict.fromkeys(finding for part in parts for finding in part.deferred)),
        findings=tuple(dict.fromkeys(finding for part in parts for finding in part.findings)),
    )


def makes_private(wanted: LifecycleSpec, live: Lifecycle) -> bool:
    """Return whether the manifest asks to make a public connector private."""
    return wanted.publish is PublishTo.PRIVATE and not live.private


def late_fields(wanted: LifecycleSpec, live: Lifecycle) -> Late | None:
    """Return the private projects as late fields if a public connector is to become private.

    They can change only after the publish that makes the connector private, and need another publish.
    """
    if not makes_private(wanted, live):
        return None
    published = Known(DraftStatus.PUBLISHED.value)
    return Late(
        paths=frozenset({PROJECTS}),
        after=_PRIVATELY,
        lifecycle=replace(live, private=True),
        step=ProcessStep(action=_PRIVATELY, before=published, after=published, risk=Risk.VISIBLE),
    )


def hold_fields(live: Lifecycle, *, during_certification: bool = False) -> Finding | None:
    """Return the reason why no field action may be sent now, or None.

    During a certification all fields are held, unless ``during_certification``.
    """
    # The platform accepts no changes until the publish has ended (connect-api.md section 5).
    if live.status == DraftStatus.PROCESSING:
        return findings.processing()
    # It is not documented which fields are locked during a certification.
    if live.status in CERTIFYING and not during_certification:
        return findings.certifying(live.status)
    # A change would invalidate the preview that is being built.
    return findings.preview_pending() if live.previewable == Preview.PENDING else None


def _preview(case: _Case) -> Processes:
    live = case.live
    # Only a new repository needs a new preview; other fields are not part of the build.
    rebuilt = any(isinstance(action, SetParts) and action.path == _REPOSITORY for action in case.actions)
    if not case.wanted.previewable or (live.previewable == Preview.GRANTED and not rebuilt):
        return _NOTHING
    busy = _busy(live) or (findings.preview_pending() if live.previewable == Preview.PENDING else None)
    if busy is not None:
        return Processes(deferred=(busy,))
    if live.previewable not in PREVIEWS:
        return Processes(deferred=(unknown_state("isPreviewable", live.previewable),))
    if live.previewable == Preview.REJECTED and case.refused_content:
        return Processes(findings=(findings.preview_rejected(live.preview_report),))
    return _step(RequestPreview(), Known(live.previewable), Known(Preview.GRANTED.value), Risk.VISIBLE)


def _publish(case: _Case) -> Processes:
    live = case.live
    if case.wanted.publish is PublishTo.NONE:
        return _NOTHING
    certified = case.wanted.publish is PublishTo.CERTIFIED
    if certified and live.status in CERTIFYING and (not case.actions or case.begun):
        # The goal is reached as far as the API can: people do the rest, which takes weeks.
        return Processes(findings=(findings.under_way(live.status),))
    busy = _busy(live)
    if busy is not None:
        return Processes(deferred=(busy,))
    if live.status == DraftStatus.FAILED:
        if case.refused_content:
            return Processes(findings=(findings.publish_failed(live.publish_report),))
    # Field actions change the content, so what is published now does not count.
    elif not case.actions:
        settled = _is_published(live) and not live.has_changes
        if _stays_unlisted(case):
            return _NOTHING if settled else Processes(findings=(findings.unlisted_changes(),))
        if settled and not _published_otherwise(case):
            return _NOTHING
    withdraws = makes_private(case.wanted, live)
    return Processes(
        steps=_step(
            Publish(certification=certified),
            Known(live.status),
            Known(DraftStatus.PUBLISHED.value),
            # Publishing a public connector privately makes it unavailable to all projects not in privateProjects.
            Risk.DESTRUCTIVE if withdraws else Risk.VISIBLE,
        ).steps,
        findings=(findings.becomes_private(),) if withdraws else (),
    )


def _published_otherwise(case: _Case) -> bool:
    """Return whether the published content, without changes since, is not published as desired.

    Publishing privately lists an unlisted connector again. The platform does not certify unchanged content again.
    """
    if case.wanted.publish is PublishTo.CERTIFIED:
        return case.live.private
    return not case.live.private or (case.wanted.listed is True and not case.live.listed)


def _stays_unlisted(case: _Case) -> bool:
    """Return whether publishing would only list a connector that should stay unlisted.

    Unlisting itself may set ``hasChanges`` or reset the status. Publishing because of that would undo the unlisting in
    every run. A public connector has been published before, because a new draft is private.
    """
    wanted, live = case.wanted, case.live
    certified = wanted.publish is PublishTo.CERTIFIED and not live.private
    # This run unlisted it ahead of a publish, which lists it until it is unlisted again (see the module's docstring).
    for_this_publish = Unlist() in case.done and not case.begun
    return certified and wanted.listed is False and not live.listed and not for_this_publish


def _is_published(live: Lifecycle) -> bool:
    """Return whether some content of the draft has been published.

    ``hasChanges`` alone is not enough: both values have been seen for drafts that were never published. For an
    unlisted connector, a publish report without changes since then is evidence.
    """
    reported = bool(live.publish_report) and not live.has_changes
    return live.listed or live.status == DraftStatus.PUBLISHED or reported


def _listing(case: _Case, publish: Processes) -> Processes:
    match case.wanted.listed:
        case None:
            return _NOTHING
        case True:
            return _to_list(case, publish)
        case False:
            return _to_unlist(case)


def _to_list(case: _Case, publish: Processes) -> Processes:
    """Report that nothing lists the connector, unless it is listed or publishing has steps or findings."""
    live = case.live
    if live.listed or publish != _NOTHING:
        return _NOTHING
    if live.status in CERTIFYING:
        return Processes(findings=(findings.under_way(live.status),))
    busy = _busy(live)
    if busy is not None:
        return Processes(deferred=(busy,))
    asked = case.wanted.publish is not PublishTo.NONE
    return Processes(findings=(findings.cannot_list_again() if asked else findings.cannot_list(),))


def _to_unlist(case: _Case) -> Processes:
    """Unlist a listed connector, unless this run has started a certification: then it is unlisted last."""
    live = case.live
    if case.wanted.publish is PublishTo.PRIVATE:
        # A privately published connector is never listed, and "unlist" requires a certified one.
        return Processes(findings=(findings.not_certified(),))
    if case.begun or not live.listed:
        return _NOTHING
    busy = _busy(live)
    if busy is not None:
        return Processes(deferred=(busy,))
    if live.private:
        # A desired certification lists it for everyone; before that there is nothing to unlist.
        wanted = case.wanted.publish is PublishTo.CERTIFIED
        return _NOTHING if wanted else Processes(findings=(findings.not_certified(),))
    return _UNLIST


def _unlisting_later(case: _Case, publish: Processes) -> Processes:
    """Unlist after a certification of this run; for that of an earlier run, only report that a later apply does so."""
    live = case.live
    if case.wanted.listed is not False or case.wanted.publish is PublishTo.PRIVATE:
        return _NOTHING
    if publish.sends(_CERTIFY):
        return _UNLIST_OWN
    if not case.begun:
        begun = live.status in CERTIFYING and not live.listed
        return Processes(findings=(findings.listed_again(),)) if begun else _NOTHING
    return _UNLIST_OWN if live.listed or live.status in CERTIFYING else _NOTHING


def _comments(case: _Case, publish: Processes) -> Processes:
    missing = _missing(case.wanted.certification_comments, case.live.comments)
    if not missing:
        return _NOTHING
    under_way = case.live.status in CERTIFYING
    # Comments belong to a certification, so one in progress is no reason to wait.
    busy = None if under_way else _busy(case.live)
    if busy is not None:
        return Processes(deferred=(busy,))
    certifying = under_way or publish.sends(_CERTIFY) or case.begun
    if not certifying and case.wanted.publish is not PublishTo.NONE and not publish.steps:
        return Processes(findings=(findings.comments_wait(),))
    return Processes(
        steps=tuple(
            ProcessStep(action=AddComment(comment), before=ABSENT, after=Known(comment), risk=Risk.VISIBLE)
            for comment in missing
        ),
        findings=() if certifying else (findings.no_certification(),),
    )


def _missing(wanted: Sequence[str], live: Sequence[str]) -> list[str]:
    """Return the wanted comments that are not live, in their order."""
    # Counted, because comments are append-only: one that is wanted twice is sent twice.
    found, missing = Counter(live), []
    for comment in wanted:
        if found[comment]:
            found[comment] -= 1
        else:
            missing.append(comment)
    return missing


def _busy(live: Lifecycle) -> Finding | None:
    """Return the reason why no process action may be sent now, or None."""
    if live.status == DraftStatus.PROCESSING:
        return findings.processing()
    if live.status in CERTIFYING:
        return findings.certifying(live.status)
    return None if live.status in STATUSES else unknown_state("status", live.status)


def _step(action: ProcessAction, before: LiveValue, after: LiveValue, risk: Risk) -> Processes:
    return Processes(steps=(ProcessStep(action=action, before=before, after=after, risk=risk),))


_UNLIST: Final = _step(Unlist(), Known("true"), Known("false"), Risk.DESTRUCTIVE)
_UNLIST_OWN: Final = _step(Unlist(), Known("true"), Known("false"), Risk.VISIBLE)
"""Unlisting a connector that this run lists: others lose nothing, so it is not destructive."""
