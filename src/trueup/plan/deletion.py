"""Plan a tombstone: the only way in which trueup deletes anything.

A manifest that goes only makes its resource unmanaged. A tombstone stands in git with its reason, was reviewed, and
still deletes nothing without the option that names how many deletions a run may do (:mod:`trueup.plan.safety`).
"""

from dataclasses import replace

from trueup.model.action import Delete, Reason
from trueup.model.change import Finding, Level
from trueup.model.field import Risk
from trueup.model.live import Live
from trueup.model.plan import PlannedAction, ResourcePlan, Verdict
from trueup.model.value import ABSENT
from trueup.plan.desired import Subject, blocked, precondition_of
from trueup.plan.lifecycle import busy
from trueup.plan.safety import protected


def plan_deletion(subject: Subject, live: Live) -> ResourcePlan:
    """Plan the deletion of what is live, on the condition that nothing at all has moved when it is sent."""
    step = PlannedAction(
        action=Delete(subject.lifecycle.reason),
        stage=0,
        reason=Reason.TOMBSTONE,
        risk=Risk.DESTRUCTIVE,
        before=ABSENT,
        after=ABSENT,
        position=subject.place(Delete(subject.lifecycle.reason)),
    )
    findings = [_note("deletes", subject.kind.deletion), *protected(subject.lifecycle, [step])]
    wait = busy(subject, live.lifecycle)
    verdict = Verdict.DELETE if wait is None else Verdict.DEFERRED
    if blocked(findings):
        verdict = Verdict.BLOCKED
    return replace(
        subject.result(verdict, [*findings, *([wait] if wait else [])]),
        precondition=precondition_of(live, live.fields),
        actions=(step,),
        observed=live.fields,
        live_lifecycle=live.lifecycle,
    )


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)
