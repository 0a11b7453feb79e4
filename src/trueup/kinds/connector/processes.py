"""The connector's table of processes, and the rules by which they are planned and monitored."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trueup.kinds.connector import findings
from trueup.kinds.connector.lifecycle import hold_fields, late_fields, plan_processes
from trueup.kinds.connector.states import CERTIFYING, DraftStatus, Preview, contradicts, progress, refusal
from trueup.kinds.processes import LifecycleRules, Process, Processes
from trueup.model.action import (
    Action,
    AddComment,
    FieldAction,
    Finding,
    LifecycleAction,
    ProcessAction,
    Publish,
    RequestPreview,
    Unlist,
)
from trueup.model.live import Lifecycle, Live
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.value import Known, Parts

if TYPE_CHECKING:
    # A check of manifests alone needs no plan.
    from trueup.model.plan import PlanRules

PREVIEW_REJECTED: Final = "The platform rejected the preview build: {}."
# The official CLI, too, treats a preview that goes back to "none" as canceled (connect-api.md section 5).
PREVIEW_CANCELED: Final = (
    "The platform rejected or canceled the preview build: {} again, and no report says why. The next apply tries again."
)
PUBLISH_FAILED: Final = "The platform failed to publish it: {}."

_CERTIFY: Final = Publish(certification=True)


def _preview_failure(now: Lifecycle) -> str:
    return PREVIEW_CANCELED if now.previewable == Preview.NONE else PREVIEW_REJECTED


def _preview_rejected(now: Lifecycle) -> Finding | None:
    return findings.preview_rejected(now.preview_report) if now.previewable == Preview.REJECTED else None


def _publish_rejected(now: Lifecycle) -> Finding | None:
    return findings.publish_failed(now.publish_report) if now.status == DraftStatus.FAILED else None


def _publish_words(action: LifecycleAction) -> str:
    publish = PublishTo.CERTIFIED if action == _CERTIFY else PublishTo.PRIVATE
    return f"{publish}, {'after' if action == _CERTIFY else 'without'} a review by commercetools"


def tag_of(repository: object) -> str:
    """Return the tag of a repository, empty if it has none."""
    return str(repository.values.get("tag", "")) if isinstance(repository, Parts) else ""


def _about_tag(words: str, holds: Callable[[Lifecycle], bool]) -> Callable[[Live], str]:
    """Return a function that says ``words`` of the live tag, if they hold."""

    def result(live: Live) -> str:
        repository = live.fields.get("repository")
        tag = tag_of(repository.value) if isinstance(repository, Known) else ""
        return f"Tag {tag} {words}." if tag and live.lifecycle is not None and holds(live.lifecycle) else ""

    return result


def _comment(action: LifecycleAction) -> str:
    return action.comment if isinstance(action, AddComment) else ""


def _comment_wanted_alike(action: LifecycleAction, then: LifecycleSpec, now: LifecycleSpec) -> bool:
    # Counted, because an equal comment can be wanted several times: only one more of them is a change.
    counts = (Counter(block.certification_comments)[_comment(action)] for block in (then, now))
    return next(counts) >= next(counts)


def _comment_index(action: LifecycleAction, wanted: LifecycleSpec) -> int | None:
    comments, comment = wanted.certification_comments, _comment(action)
    return comments.index(comment) if comment in comments else None


# Previews take up to 30 minutes in practice and publishing up to 20 (connect-api.md section 11).
_ROWS: Final[Mapping[type[Action], Process]] = {
    RequestPreview: Process(
        member="previewable",
        noun="preview",
        words=lambda _: "asks for a preview build",
        effect="starts a build",
        wanted_alike=lambda _, then, now: then.previewable == now.previewable,
        state=lambda live: f"isPreviewable {live.previewable}",
        report=lambda live: live.preview_report,
        failure=_preview_failure,
        rejected=_preview_rejected,
        result=_about_tag("has a preview build", lambda live: live.previewable == Preview.GRANTED),
        carries=True,
        seconds=30 * 60.0,
    ),
    Publish: Process(
        member="publish",
        noun="publication",
        words=_publish_words,
        wanted_alike=lambda _, then, now: then.publish == now.publish,
        state=lambda live: f"status {live.status}",
        report=lambda live: live.publish_report,
        failure=lambda _: PUBLISH_FAILED,
        rejected=_publish_rejected,
        # A certification is done for this run when its review begins; the connector is published after it.
        result=_about_tag("is published", lambda live: live.status == DraftStatus.PUBLISHED),
        carries=True,
        publishes=True,
        seconds=20 * 60.0,
    ),
    Unlist: Process(
        member="listed",
        noun="unlisting",
        words=lambda _: "takes it out of search and listings",
        wanted_alike=lambda _, then, now: then.listed == now.listed,
        state=lambda live: f"status {live.status}",
        report=lambda live: live.publish_report,
        failure=lambda _: PUBLISH_FAILED,
    ),
    AddComment: Process(
        member="certificationComments",
        noun="comment",
        words=_comment,
        effect="goes to the reviewers",
        quotes=True,
        wanted_alike=_comment_wanted_alike,
        index=_comment_index,
        repeats=True,
        state=lambda live: f"status {live.status}",
        report=lambda live: live.publish_report,
        failure=lambda _: PUBLISH_FAILED,
    ),
}


def _plan(
    wanted: LifecycleSpec,
    live: Lifecycle | None,
    actions: Sequence[FieldAction],
    *,
    done: Collection[ProcessAction],
    rules: "PlanRules",
) -> Processes:
    return plan_processes(wanted, live, actions, done=done, retry_rejected=rules.retry_rejected)


def _hold(live: Lifecycle, rules: "PlanRules") -> Finding | None:
    return hold_fields(live, during_certification=rules.during_certification)


def _reached(wanted: LifecycleSpec) -> Lifecycle:
    """Return the state in which everything that the block asks for has been reached."""
    certified = wanted.publish is PublishTo.CERTIFIED
    return Lifecycle(
        status=DraftStatus.DRAFT if wanted.publish is PublishTo.NONE else DraftStatus.PUBLISHED,
        previewable=Preview.GRANTED if wanted.previewable else Preview.NONE,
        # A certification makes the connector public and lists it (connect-api.md section 5).
        private=not certified,
        listed=certified if wanted.listed is None else wanted.listed,
        has_changes=False,
        comments=wanted.certification_comments,
    )


def _block(live: Lifecycle) -> Mapping[str, str | bool]:
    """Return the lifecycle block that asks for the state that the draft has reached.

    It does not ask for what is in progress, was rejected, or has changed since it was published, because applying the
    block must not change anything.
    """
    block: dict[str, str | bool] = {}
    if live.previewable == Preview.GRANTED:
        block["previewable"] = True
    # Its goal is reached as far as the API can, so asking for it changes nothing.
    if live.status in CERTIFYING:
        block["publish"] = "certified"
    elif live.status == DraftStatus.PUBLISHED and not live.has_changes:
        block["publish"] = "private" if live.private else "certified"
        if not live.private:
            block["listed"] = live.listed
    return block


def _awaits(action: Action, done: Collection[Action]) -> ProcessAction | None:
    """Return the certification of this run that must end before an unlist action, because it lists the connector."""
    return _CERTIFY if isinstance(action, Unlist) and _CERTIFY in done else None


def _later(action: ProcessAction, remaining: Collection[Action]) -> Finding | None:
    unlists = action == _CERTIFY and any(isinstance(each, Unlist) for each in remaining)
    return findings.listed_again() if unlists else None


LIFECYCLE: Final = LifecycleRules(
    rows=_ROWS,
    plan=_plan,
    progress=progress,
    hold=_hold,
    late=late_fields,
    settled=lambda live: replace(live, has_changes=False),
    reached=_reached,
    block=_block,
    refusal=refusal,
    contradicts=contradicts,
    awaits=_awaits,
    in_review=lambda live: live.status in CERTIFYING,
    later=_later,
    later_codes=frozenset({"listed-again"}),
)
