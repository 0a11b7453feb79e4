"""How an apply ended: its state, the reason, and the way back, for each pull request that it carried.

In order: the ending and how it is found, its sentences, and the comment that says that an apply has begun.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trueup.errors import Severity
from trueup.github.api import Rest
from trueup.github.budget import render_page
from trueup.github.comment import AUTHOR, Marker, post_comment
from trueup.github.context import Context
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import Inputs
from trueup.github.key import KeyScope, scope_key
from trueup.github.page import RECORD_FAILED, page_of
from trueup.model.identity import Identity
from trueup.model.position import COMMIT_DIGITS
from trueup.model.run import Outcome, Status
from trueup.report.result import Result
from trueup.report.values import counted


class End(StrEnum):
    """The state of an apply, as it is shown."""

    APPLYING = "Applying"
    APPLIED = "Applied"
    PARTLY = "Partly applied"
    NOT_APPLIED = "Not applied"
    UNKNOWN = "Not known what was applied"


class WayBack(StrEnum):
    """What to do next, in the order in which the steps make sense."""

    ALLOW = "The message names the input that allows it. Set it, and run the workflow by hand."
    CORRECT = "Correct what is wrong in a new pull request."
    PROVIDE = "Give the job the secrets that the messages name, and re-run this run."
    RESOLVE = (
        "Both sides changed the same value, so decide which one stays. To keep what is live, write it to the manifest "
        "with trueup adopt, in a new pull request. To overwrite it, run the workflow by hand on the default branch "
        "(Actions, Run workflow): its plan shows what it overwrites."
    )
    RERUN = "Re-run this run. It finds what is done already, and repeats no write without reading first."
    WAIT = "Wait until the platform is done, then re-run this run."
    FOLLOW_UP = "Review and merge the pull request that trueup opens: it plans what is left."
    DISPATCH = (
        "Run the workflow by hand on the default branch (Actions, Run workflow). It plans what is left, and applies "
        "that plan once it is approved."
    )
    GRANT = "Give the job the permission actions: read, and re-run this run."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyEnding:
    """How an apply ended for one pull request, or as a whole.

    ``because`` is the reason as the end of a sentence, or empty. ``detail`` is a sentence that counts what is left, or
    empty. ``steps`` are the next steps. ``left`` are the resources that are not as the commit wants them.
    """

    end: End
    because: str = ""
    detail: str = ""
    steps: tuple[WayBack, ...] = ()
    left: tuple[Identity, ...] = ()


AS_WANTED: Final = frozenset({Status.APPLIED, Status.REBASED, Status.UNCHANGED})
"""Statuses of resources that are as the commit wants them."""

_LEFT: Final[Mapping[Status, tuple[str, WayBack]]] = {
    Status.FAILED: ("failed", WayBack.RERUN),
    Status.UNKNOWN: ("with an unknown outcome", WayBack.RERUN),
    Status.SKIPPED: ("not started", WayBack.RERUN),
    Status.DEFERRED: ("deferred (the platform is busy with it)", WayBack.WAIT),
    Status.STALE: ("stale (live was changed after the plan)", WayBack.DISPATCH),
    Status.UNAPPROVED: ("not approved (no approved plan shows what it needs now)", WayBack.DISPATCH),
    Status.BLOCKED: ("blocked", WayBack.CORRECT),
}
"""What to say of each status that leaves something, and what to do about it."""

_NO_PLAN: Final[Mapping[NoPlan, tuple[str, WayBack]]] = {
    NoPlan.DIRECT_PUSH: ("its commits were pushed without a pull request", WayBack.DISPATCH),
    NoPlan.FORK: ("it comes from a fork, and forks are not planned against live", WayBack.DISPATCH),
    NoPlan.NO_RUN: ("no run planned its last commit", WayBack.DISPATCH),
    NoPlan.INCOMPLETE: ("its plan is not complete", WayBack.DISPATCH),
    NoPlan.EXPIRED: ("the plan that it showed has expired", WayBack.DISPATCH),
    NoPlan.DELETED: ("the plan that it showed was deleted", WayBack.DISPATCH),
    NoPlan.DAMAGED: ("the plan that it showed cannot be read", WayBack.DISPATCH),
    NoPlan.FORBIDDEN: ("the token cannot read the plan that it showed", WayBack.GRANT),
    NoPlan.UNREACHABLE: ("GitHub did not return the plan that it showed", WayBack.RERUN),
    NoPlan.TOO_MANY: ("too much was merged since the last apply to look up its plan", WayBack.DISPATCH),
}
"""Why a pull request has no plan to apply, and what to do about it."""

_ABSENT: Final = frozenset({"missing-secret", "missing-credential"})
"""Codes of problems that no change of a file solves."""

_ENDED_EARLY: Final[Mapping[int, tuple[str, WayBack]]] = {
    3: ("the project file or a manifest is invalid", WayBack.CORRECT),
    4: ("it is no longer what was approved", WayBack.DISPATCH),
    6: ("a limit refuses it", WayBack.ALLOW),
    64: ("an input of the action is wrong", WayBack.CORRECT),
}
"""Why a run sent nothing, and what to do about it, by exit status."""


SUPERSEDED: Final[Mapping[str, str]] = {"apply": "Nothing is sent", "drift": "Live is not compared"}
"""What a run for an older commit than that of a recorded apply does, by the commands that end because of it."""


def superseded_line(command: str, commit: str) -> str:
    """Return why a run for an older commit than this one ends."""
    return f"{SUPERSEDED[command]}: the newer commit {commit[:COMMIT_DIGITS]} was applied, or its apply has begun."


def ending(
    report: Result,
    inputs: Inputs,
    *,
    reason: str = "",
    pull: FoundPull | None = None,
    shown: Collection[Identity] | None = None,
) -> ApplyEnding:
    """Return how an apply ended; ``reason`` is its output ``failure-reason``.

    With a ``pull``, only for that pull request: ``shown`` are then the resources whose changes its plan showed, None if
    it has no plan.
    """
    if report.outcomes is None:
        return _ended_early(report, reason)
    outcomes = [o for o in report.outcomes if shown is None or o.identity in shown]
    left = [outcome for outcome in outcomes if outcome.status not in AS_WANTED]
    if not left:
        return ApplyEnding(end=End.APPLIED)
    progressed = any(o.done or o.status in {Status.APPLIED, Status.REBASED} for o in outcomes)
    why = pull.reason if pull is not None and any(o.status is Status.UNAPPROVED for o in left) else None
    return ApplyEnding(
        end=End.PARTLY if progressed else End.NOT_APPLIED,
        because="" if why is None else _NO_PLAN[why][0],
        detail=_counted(left, len(outcomes)),
        steps=_steps([_origin(outcome, report) for outcome in left], inputs, why, _conflicting(report)),
        left=tuple(outcome.identity for outcome in left),
    )


def _ended_early(report: Result, reason: str) -> ApplyEnding:
    if reason == RECORD_FAILED:
        return ApplyEnding(end=End.NOT_APPLIED, because="it could not be recorded", steps=(WayBack.RERUN,))
    wrong = {found.code for found in report.diagnostics if found.severity is Severity.ERROR}
    if wrong and wrong <= _ABSENT:
        return ApplyEnding(end=End.NOT_APPLIED, because="a secret is missing", steps=(WayBack.PROVIDE,))
    if report.status in _ENDED_EARLY:
        because, step = _ENDED_EARLY[report.status]
        return ApplyEnding(end=End.NOT_APPLIED, because=because, steps=(step,))
    # Without outcomes and without such a status, something may have been sent.
    return ApplyEnding(end=End.UNKNOWN, because="the run ended without a result", steps=(WayBack.RERUN,))


def _origin(outcome: Outcome, report: Result) -> Outcome:
    """Return the outcome because of which a resource was not started: that of one that it waits for, if it is left."""
    before = {o.identity: o for o in report.outcomes or () if o.status not in AS_WANTED}
    waits = {r.identity: r.after for r in report.plan.resources} if report.plan is not None else {}
    while outcome.status is Status.SKIPPED:
        first = next((before[other] for other in waits.get(outcome.identity, ()) if other in before), None)
        if first is None:
            break
        outcome = first
    return outcome


def _counted(left: Sequence[Outcome], number: int) -> str:
    counts = Counter(outcome.status for outcome in left)
    named = ", ".join(f"{counts[status]:,} {words}" for status, (words, _) in _LEFT.items() if counts[status])
    return f"{len(left):,} of {counted(number, 'resource')} {'is' if len(left) == 1 else 'are'} left: {named}."


def _conflicting(report: Result) -> frozenset[Identity]:
    """Return the resources that are blocked because both sides changed them."""
    resources = report.plan.resources if report.plan is not None else ()
    return frozenset(r.identity for r in resources if any(f.finding.code == "conflict" for f in r.findings))


def _steps(
    left: Sequence[Outcome], inputs: Inputs, why: NoPlan | None, conflicting: Collection[Identity]
) -> tuple[WayBack, ...]:
    steps = {
        # A pull request that changes neither side would meet the same conflict.
        WayBack.RESOLVE if outcome.identity in conflicting else _LEFT[outcome.status][1]
        for outcome in left
        if why is None or outcome.status is not Status.UNAPPROVED
    }
    if why is not None:
        steps |= {_NO_PLAN[why][1]}
    if inputs.follow_up and WayBack.DISPATCH in steps:
        steps |= {WayBack.FOLLOW_UP}
    return tuple(step for step in WayBack if step in steps)


def headline(ended: ApplyEnding) -> str:
    """Return the state, with its reason, as one sentence."""
    return f"{ended.end} because {ended.because}." if ended.because else f"{ended.end}."


def way_back(ended: ApplyEnding) -> tuple[str, ...]:
    """Return the next steps as sentences, empty if there is nothing to do."""
    return tuple(step.value for step in ended.steps)


def announce(  # noqa: PLR0913 - the subject is what a run knows of its project
    rest: Rest, context: Context, inputs: Inputs, found: Found, *, scope: KeyScope, folder: str = ""
) -> None:
    """Say on the comment of each pull request that its apply has begun; refusals of GitHub are ignored.

    A comment that does not exist is not created: there may be nothing to apply. ``folder`` is as in
    :func:`~trueup.github.page.page_of`.
    """
    if inputs.comment == "off" or inputs.is_part or found.superseded:
        return
    marker = Marker(what="comment", key=scope_key("plan", scope), run=context.run)
    report, state = Result(command="apply", status=0), headline(BEGUN)
    begun = page_of(report, context, inputs, reason="", folder=folder, state=state, detail=BEGUN.detail)
    page = replace(begun, marker=str(marker))
    for pull in found.pulls:
        post_comment(
            rest,
            context,
            pull=pull.number,
            marker=marker,
            author=inputs.comment_author or AUTHOR,
            render=lambda budget: render_page(page, budget),
            only_existing=True,
        )


BEGUN: Final = ApplyEnding(end=End.APPLYING, detail="This comment says how it ended as soon as the run is done.")
"""The ending of an apply that has not ended yet."""
