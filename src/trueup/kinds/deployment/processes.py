"""Plan the rollout of a deployment, and read how far it is (``deployment-api.md`` sections 4, 5 and 14).

A deployment has at most one rollout a run, however many fields differ: each one restarts what serves customers. It is
part of the request with the field actions. Without one, it is a redeployment alone: because the connector has newer
code that the manifest follows, or because the last rollout failed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from trueup.kinds.deployment import findings
from trueup.kinds.deployment.live import split_release
from trueup.kinds.deployment.states import (
    BUSY,
    STATUSES,
    DeploymentStatus,
    has_newer_release,
    is_unfinished,
    problems,
    progress,
)
from trueup.kinds.findings import unknown_state
from trueup.kinds.processes import LifecycleRules, Process, Processes, ProcessStep
from trueup.model.action import Action, Delete, FieldAction, Finding, LifecycleAction, ProcessAction, Rollout
from trueup.model.field import Risk
from trueup.model.live import Lifecycle, Live
from trueup.model.manifest import LifecycleSpec
from trueup.model.value import ABSENT, Known, LiveValue

if TYPE_CHECKING:
    # A check of manifests alone needs no plan.
    from trueup.model.plan import PlanRules

# A rollout takes up to 15 minutes; the official command line waits for 30 (section 5).
_SECONDS: Final = 30 * 60.0
_DEPLOYED: Final = DeploymentStatus.DEPLOYED.value
_FAILED: Final = "The rollout did not lead to what was asked for: {}. Older code may be serving."


def _plan(
    wanted: LifecycleSpec,
    live: Lifecycle | None,
    actions: Sequence[FieldAction],
    *,
    done: Collection[ProcessAction],
    rules: "PlanRules",  # noqa: ARG001 - see PlanProcesses
) -> Processes:
    if any(isinstance(action, Rollout) for action in done):
        return Processes()
    if live is None:
        return Processes(steps=(_step(Rollout(scripts=wanted.run_scripts), ABSENT, _DEPLOYED),))
    found, held = tuple(_states(wanted, live)), _busy(live)
    if held is not None:
        # Also if nothing differs: how what is running ends is not known.
        return Processes(deferred=(held,), findings=found)
    moves = wanted.follow and has_newer_release(live)
    if not (actions or moves or is_unfinished(live) or live.rollback):
        return Processes(findings=found)
    before, after = (live.running_release, live.offered_release) if moves else (live.status, _DEPLOYED)
    tag, _ = split_release(live.offered_release)
    rollout = Rollout(follow=moves, scripts=wanted.run_scripts, to=tag if moves else "", ends=live.rollback)
    step = _step(rollout, Known(before), after)
    return Processes(steps=(step,), findings=found)


def _step(rollout: Rollout, before: LiveValue, after: str) -> ProcessStep:
    return ProcessStep(action=rollout, before=before, after=Known(after), risk=Risk.VISIBLE)


def _states(wanted: LifecycleSpec, live: Lifecycle) -> Iterator[Finding]:
    """Yield what people should know about the last rollout and about newer code."""
    if is_unfinished(live):
        yield findings.unfinished(live.status, live.publish_report)
    if live.rollback:
        yield findings.rolled_back(live.rollback)
    # A deployment of the base, which was not read, has no rollout and no release.
    if wanted.follow and live.latest_run and "" in (live.offered_release, live.running_release):
        yield findings.nothing_to_follow(running=bool(live.running_release))
    if has_newer_release(live) and not wanted.follow:
        yield findings.behind(live.running_release, live.offered_release)


def _busy(live: Lifecycle) -> Finding | None:
    if live.status in BUSY:
        return findings.rolling_out(live.status)
    return None if live.status in STATUSES else unknown_state("status", live.status)


def _follows(action: LifecycleAction) -> bool:
    return isinstance(action, Rollout) and action.follow


def _words(action: LifecycleAction) -> str:
    return f"{'moves it to the newest code and ' if _follows(action) else ''}restarts its applications"


def _rejected(now: Lifecycle) -> Finding | None:
    found = problems(now)
    return findings.with_problems(found) if found else None


def _result(live: Live) -> str:
    return f"It runs {live.lifecycle.running_release}." if live.lifecycle and live.lifecycle.running_release else ""


def _outputs(before: Lifecycle | None, now: Lifecycle) -> Sequence[str]:
    """Return the URLs and topics that are new: what refers to the old ones elsewhere must be changed (section 4)."""
    then = {} if before is None else dict(before.outputs)
    return [
        f"{name}: {value}{f' (was {then[name]})' if name in then else ''}"
        for name, value in now.outputs
        if then.get(name) != value
    ]


def _block(live: Lifecycle) -> Mapping[str, str | bool]:
    """Return the block that asks for the present state: it follows nothing, so applying it changes nothing."""
    return {"follow": False} if has_newer_release(live) else {}


_ROWS: Final[Mapping[type[Action], Process]] = {
    Rollout: Process(
        member="follow",
        noun="rollout",
        words=_words,
        creating="deploys its applications",
        asked=_follows,
        # A redeployment is needed because of a difference, so two manifests want it alike if they follow alike.
        wanted_alike=lambda _, then, now: then.follow == now.follow,
        state=lambda live: f"status {live.status}, {live.running_release}",
        report=lambda live: live.publish_report,
        failure=lambda _: _FAILED,
        rejected=_rejected,
        joins=True,
        swaps=True,
        result=_result,
        seconds=_SECONDS,
        # Without the connector's newer contract, a redeployment merges by key (section 4).
        keeps=lambda action: not (isinstance(action, Rollout) and action.follow),
        assigned=_outputs,
    ),
    Delete: Process(
        member="state",
        noun="removal",
        words=lambda _: "removes it",
        wanted_alike=lambda *_: True,
        state=lambda live: f"status {live.status}",
        report=lambda live: live.publish_report,
        failure=lambda _: "The platform failed to remove it: {}.",
        seconds=_SECONDS,
    ),
}


def _reached(_: LifecycleSpec) -> Lifecycle:
    """Return the state of a deployment that runs; a manifest alone does not say which code."""
    return Lifecycle(status=DeploymentStatus.DEPLOYED, running_release="present release")


LIFECYCLE: Final = LifecycleRules(
    rows=_ROWS, plan=_plan, progress=progress, hold=lambda live, _rules: _busy(live), reached=_reached, block=_block
)
