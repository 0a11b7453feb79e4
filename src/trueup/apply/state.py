"""The state of one resource while its plan is applied: what was done, what is left, and the last reading.

Nothing here sends or reads. Every reading that is passed in either allows the next stage or ends with an outcome.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.rebase import begun, carried_along, led_elsewhere, live_of, moved, open_processes, still_approved
from trueup.apply.verify import Verified, verify
from trueup.errors import PlatformError
from trueup.kinds.findings import DEFERRING_CODES, LOST_ITS_KEY
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, AddElement, Delete, FieldAction, Finding, Level, LifecycleAction, ProcessAction
from trueup.model.live import Lifecycle, Live, Missing, Reading
from trueup.model.plan import PlannedAction, ResourcePlan, Verdict
from trueup.model.run import FieldReport, Outcome, Status
from trueup.model.value import Absent
from trueup.plan.desired import Fields, held_by, observed_values, predict
from trueup.plan.digest import live_digest, subject_of
from trueup.plan.fallbacks import as_sent, newly_kept, without_own_changes
from trueup.plan.resource import replan

_LOG: Final = logging.getLogger("trueup.apply")

_ELSEWHERE = "All planned changes were already live: they were made after the plan."
ALREADY = "This plan was already applied by {}."
STALE = "It has changed since the plan was made, in a way that affects the plan. Nothing more was sent. Plan again."
OTHER_CONTENT = (
    "Since the plan was made, another writer changed fields that the manifest does not manage, and a preview or a "
    "publish would include these changes. Nothing more was sent for it. Plan again."
)
UNCONFIRMED = "No answer confirmed this change, and live does not show it."
STILL_CHANGING = "Another writer changed the resource during each of {} attempts. Plan again later."
DELETED_MEANWHILE = "It no longer exists. Plan again."
REPLACED = (
    "It was deleted, and another resource with the same name exists now (id {now}; the plan was for {then}). Nothing "
    "is sent to the new one. Plan again."
)
REPLACED_SINCE = (
    "It was deleted and created again in the meantime: another resource with the same name exists now (id {now}; the "
    "write went to {then}). Plan again."
)
DRIFTED = "Another writer changed this while the plan was applied; the next plan shows it."


class ResourceState:
    """The state of one resource.

    ``todo`` are the approved actions that remain, ``seen`` the managed fields after the actions that were done,
    ``live`` the resource whose version the next write carries (None while it does not exist), and ``rounds`` how often
    it was planned again.
    """

    def __init__(self, planned: ResourcePlan, rounds: int) -> None:
        self.planned = planned
        self._kind = KINDS[planned.identity.kind]
        self.todo = planned.actions
        self._kept: tuple[AddElement, ...] = ()
        self.seen: Fields = self._as_sent(planned.observed)
        self.live = live_of(planned)
        self._content = _content({**planned.content, **planned.observed})
        quiet = planned.live_lifecycle is not None and self._kind.lifecycle.is_settled(planned.live_lifecycle)
        self._settled = _version(self.live) if quiet else None
        self.rounds = 0
        self._most_rounds = rounds
        self._rebased = False
        self._lost: list[Action] = []
        self._done: list[Action] = []
        self._not_returned: set[str] = set()
        self._reports: list[FieldReport] = []

    @property
    def exhausted(self) -> bool:
        """Return whether the resource was planned again as often as the options allow."""
        return self.rounds >= self._most_rounds

    def stage(self) -> tuple[PlannedAction, ...]:
        """Return the actions of the next request."""
        return tuple(planned for planned in self.todo if planned.stage == self.todo[0].stage)

    def end(
        self, status: Status, message: str = "", *, details: Sequence[str] = (), fields: Sequence[FieldReport] = ()
    ) -> Outcome:
        """Return the outcome of the resource in its present state."""
        return Outcome(
            identity=self.planned.identity,
            status=status,
            position=self.planned.position,
            message=message,
            details=tuple(detail for detail in (*details, self._lost_key()) if detail),
            done=tuple(self._done),
            left=tuple(planned.action for planned in self.todo),
            fields=(*self._reports, *fields),
            remote_id=self.remote_id,
            kept=self._kept,
            settled=self._raised_by_us(),
        )

    def _lost_key(self) -> str:
        """Return the message that the draft has lost its key, empty if it has not or was deleted."""
        lost = self.live is not None and self.live.lost_key and not any(isinstance(a, Delete) for a in self._done)
        return LOST_ITS_KEY.format(self.remote_id) if lost else ""

    def finish(self, before: str = "") -> Outcome:
        """Return the outcome when nothing is left to do; ``before`` names earlier runs that applied the plan."""
        waiting = self._waiting()
        if waiting is not None:
            return self.held_back(waiting)
        if not self._done:
            return self.end(Status.UNCHANGED, ALREADY.format(before) if before else _ELSEWHERE)
        return self.end(Status.REBASED if self._rebased else Status.APPLIED)

    def _waiting(self) -> ResourcePlan | None:
        """Return the next plan if it still defers a process that this plan had left out, else None."""
        left_out = any(p.finding.code in DEFERRING_CODES for p in self.planned.findings)
        if not left_out or self.live is None or self.live.lifecycle is None:
            return None
        fresh = self._replan(self.live)
        still = tuple(p for p in fresh.findings if p.finding.code in DEFERRING_CODES)
        return replace(fresh, findings=still) if still else None

    @property
    def lifecycle(self) -> Lifecycle | None:
        """Return the state of the live resource's processes, None if it has none or does not exist."""
        known = self.planned.live_lifecycle if self.live is not None else None
        return self.live.lifecycle or known if self.live is not None else None

    @property
    def remote_id(self) -> str:
        """Return the platform's id of the resource, empty while it is not known."""
        return self.live.remote_id if self.live else ""

    def normalised(self, reading: Reading) -> Reading:
        """Return a reading with elements under the keys that were sent, where the platform stores them under others."""
        return replace(reading, fields=self._as_sent(reading.fields)) if isinstance(reading, Live) else reading

    def as_seen(self, reading: Live | Missing) -> bool:
        """Return whether the managed fields are as in the last reading, whatever the version is."""
        if isinstance(reading, Missing) or self.live is None:
            return isinstance(reading, Missing) and self.live is None
        return not self.replaced(reading) and live_digest(self._looked_at(reading)) == live_digest(self.seen)

    def replaced(self, reading: Reading) -> bool:
        """Return whether the reading shows another resource (another id) under the same name."""
        # Without an id on one side, nothing says that it is another resource.
        return isinstance(reading, Live) and "" != self.remote_id != reading.remote_id != ""

    def rebase(self, reading: Live | Missing, error: PlatformError | None = None) -> Outcome | None:
        """Plan again from ``reading`` and keep what is still approved; see :mod:`trueup.apply.rebase`."""
        live = reading if isinstance(reading, Live) else None
        if live is not None and self.replaced(live):
            return self._stale(live, REPLACED.format(now=live.remote_id, then=self.remote_id), error)
        # Noted even if the plan ends here, because the outcome reports a lost key.
        if live is not None and self.live is not None:
            self.live = replace(self.live, lost_key=live.lost_key)
        if self.exhausted:
            return self._stale(live, STILL_CHANGING.format(self.rounds + 1), error)
        self.rounds += 1
        moved_on = not self.as_seen(reading) or _version(live) != _version(self.live)
        fresh = self._replan(reading)
        _LOG.info(
            "%s: read again, %s; planned again: %s.",
            self.planned.identity,
            f"live went from version {_version(self.live)} to {_version(live)}" if moved_on else "live is unchanged",
            fresh.verdict,
        )
        # A blocked or deferred plan has no actions, which would otherwise look as if others had done everything.
        if fresh.verdict in {Verdict.DEFERRED, Verdict.BLOCKED}:
            return self.held_back(fresh, [str(error)] if error else [])
        remaining = still_approved(self.planned, self.todo, self.seen, self._open(fresh))
        if remaining is None:
            return self._stale(live, DELETED_MEANWHILE if self.live and not live else STALE, error)
        if moved_on and any(isinstance(planned.action, Delete) for planned in remaining):
            # A deletion affects all fields: deleting what has changed since was not approved.
            return self._stale(live, STALE, error)
        if why := begun(self.planned, self._lost, remaining, self.lifecycle, live):
            return self.end(Status.UNKNOWN, why, details=[str(error)] if error else [])
        withheld = self._withheld(fresh, remaining, live)
        self._keep(remaining, live, moved_on=moved_on)
        return withheld

    def lose(self, stage: Sequence[PlannedAction]) -> None:
        """Note that the answer to these actions was lost: if their changes show later, this run made them."""
        self._lost += [planned.action for planned in stage]

    @property
    def in_doubt(self) -> bool:
        """Return whether a request whose answer was lost may still be applied and do a part of what is left."""
        return any(planned.action in self._lost for planned in self.todo)

    @property
    def awaited(self) -> ProcessAction | None:
        """Return the process of this run whose review must end before the next action, None if there is none."""
        return self._kind.lifecycle.awaits(self.todo[0].action, self._done)

    def later(self, action: ProcessAction) -> Finding | None:
        """Return what a later apply will do after ``action`` has ended, None if nothing."""
        return self._kind.lifecycle.later(action, [planned.action for planned in self.todo])

    def verified(self, stage: Sequence[PlannedAction], live: Live) -> Verified:
        """Compare what the platform shows with the expected result of the stage."""
        now = self._as_sent(live.fields, self._newly_kept(stage, live))
        return verify(self.planned, stage, predict(self.planned, stage, self.seen), now)

    def not_shown(self, reading: Live | Missing) -> tuple[FieldReport, ...]:
        """Return a report for each change of the next stage, whose answers were lost, that a reading does not show."""
        missed = self.verified(self.stage(), reading).missed if self.todo and isinstance(reading, Live) else ()
        # Only an answer says that the platform accepted a change.
        return tuple(replace(report, note=UNCONFIRMED) for report in missed)

    def took_effect(self, stage: Sequence[PlannedAction], reading: Reading) -> bool:
        """Return whether a reading shows any change of a refused stage with field actions, or its deletion."""
        if any(isinstance(planned.action, Delete) for planned in stage):
            return isinstance(reading, Missing) or self.replaced(reading)
        if not isinstance(reading, Live) or isinstance(stage[0].action, ProcessAction):
            return False
        shown = [action for action in self.verified(stage, reading).shown if not isinstance(action, ProcessAction)]
        return bool(shown) or self.live is None

    def shows(self, stage: Sequence[PlannedAction], live: Live) -> bool:
        """Return whether a reading shows all changes of a stage of field actions."""
        verified = self.verified(stage, live)
        fields = all(isinstance(planned.action, FieldAction) for planned in stage)
        return fields and not (verified.missed or verified.not_returned)

    def count_fields(self, stage: Sequence[PlannedAction], live: Live) -> None:
        """Count the field actions of a refused stage that took effect nevertheless as done."""
        if all(isinstance(planned.action, FieldAction) for planned in stage):
            verified = self.verified(stage, live)
            # A field that is not returned counts as done after an accepted write, but not after a refused one.
            self._count(stage, replace(verified, held=verified.shown, not_returned=()))

    def count_done(self, planned: PlannedAction) -> None:
        """Count an action as done that has no result to compare."""
        self._done.append(planned.action)
        self.todo = tuple(step for step in self.todo if step is not planned)

    def _count(self, stage: Sequence[PlannedAction], verified: Verified) -> None:
        self._done += verified.held
        # By identity: an equal action of another stage, such as a comment that is listed twice, is still to do.
        held = {id(action) for action in verified.held}
        done = {id(planned) for planned in stage if id(planned.action) in held}
        self.todo = tuple(planned for planned in self.todo if id(planned) not in done)
        self._reports += verified.not_returned
        self._not_returned |= {report.path for report in verified.not_returned}

    def check(self, stage: Sequence[PlannedAction], live: Live) -> Outcome | None:
        """Verify a stage against a reading, and prepare the next; return the outcome if that ends the resource."""
        if self.replaced(live):
            return self.end(Status.UNKNOWN, REPLACED_SINCE.format(now=live.remote_id, then=self.remote_id))
        # First, so that the comparisons below find new elements under the keys that were sent.
        self._kept += self._newly_kept(stage, live)
        live = replace(live, fields=self._as_sent(live.fields))
        self._note_settled(stage, live)
        # With the unmanaged fields: a process must not change those of which that is expected.
        predicted = predict(self.planned, stage, {**self._content, **self.seen})
        verified = verify(self.planned, stage, predicted, live.fields)
        # The result of this stage is known now, so a lost earlier attempt at it no longer matters.
        self._lost = []
        self._count(stage, verified)
        if verified.failure:
            return self.end(Status.FAILED, verified.failure, fields=(*verified.missed, *verified.unkept))
        fresh = self._replan(live)
        remaining = still_approved(self.planned, self.todo, predicted, self._open(fresh))
        # A change that no action can undo makes the fresh plan blocked and not longer, but live has changed.
        unmoved = remaining is not None and fresh.verdict is not Verdict.BLOCKED
        drift = () if unmoved else moved(self.planned, predicted, live)
        if remaining is None and self.todo:
            return self.end(Status.STALE, STALE, fields=drift)
        self._reports += [replace(report, note=DRIFTED) for report in drift]
        if not self.todo:
            self._reports += open_processes(self.planned, self._announced(fresh, live))
        withheld = self._withheld(fresh, remaining or (), live)
        self._keep(remaining or (), live, moved_on=False)
        return withheld

    def deferred(self, reading: Live) -> ResourcePlan | None:
        """Return the fresh plan if the platform accepts no changes now, None if it does."""
        fresh = self._replan(reading)
        return fresh if fresh.verdict is Verdict.DEFERRED else None

    def held_back(self, fresh: ResourcePlan, details: Sequence[str] = ()) -> Outcome:
        """Return the outcome of a resource that accepts no changes now, or none of this type."""
        status = Status.BLOCKED if fresh.verdict is Verdict.BLOCKED else Status.DEFERRED
        return self.end(status, held_by(fresh), details=details)

    def _withheld(self, fresh: ResourcePlan, remaining: Sequence[PlannedAction], live: Live | None) -> Outcome | None:
        """Return the outcome if a planned process is no longer possible, was rejected since or would publish more."""
        rejected = [finding.message for finding in self._rejected(live)]
        if rejected:
            return self.end(Status.FAILED, " ".join(rejected))
        findings = [p.finding for p in fresh.findings]
        gone = [p for p in self.todo if isinstance(p.action, LifecycleAction) and p not in remaining]
        blocked = any(finding.level is Level.BLOCKED for finding in findings)
        later = DEFERRING_CODES | self._kind.lifecycle.later_codes
        messages = [f.message for f in findings if f.level is Level.BLOCKED or f.code in later]
        # Without a message, the process is gone because its result is already there.
        if messages and (gone or (blocked and self.todo)):
            return self.end(Status.BLOCKED if blocked else Status.DEFERRED, " ".join(messages))
        included = carried_along(self.planned, remaining, live)
        return self.end(Status.STALE, OTHER_CONTENT, fields=included) if included else None

    def carries_more(self, live: Live) -> bool:
        """Return whether what is left to do would publish a change that others made since the plan."""
        return bool(carried_along(self.planned, self.todo, live))

    def _rejected(self, live: Live | None) -> list[Finding]:
        """Return the processes that failed after this run had seen them succeed or run."""
        now = None if live is None else live.lifecycle
        return [] if now is None else self._kind.lifecycle.rejected(self._done, now)

    def _keep(self, remaining: tuple[PlannedAction, ...], live: Live | None, *, moved_on: bool) -> None:
        gone = [planned.action for planned in self.todo if planned not in remaining]
        ours = [action for action in gone if action in self._lost]
        if _version(live) != _version(self.live):
            # A request that carries the old version can no longer be applied.
            self._lost = []
        self._done += ours
        self._rebased = self._rebased or gone != ours or (not ours and moved_on)
        self.todo, self.live = remaining, live
        if live is not None:
            self.seen, self._content = self._looked_at(live), _content(live.fields)
            self._settled = live.version if self._is_settled(live) else None

    def _looked_at(self, live: Live) -> Fields:
        return observed_values(self.planned.observed, live.fields)

    def _as_sent(self, fields: Fields, more: Sequence[AddElement] = ()) -> Fields:
        kept = [*self.planned.remembered, *self._kept, *more]
        return as_sent(self._kind.fields, self.planned.desired, fields, kept)

    def _newly_kept(self, stage: Sequence[PlannedAction], live: Live) -> tuple[AddElement, ...]:
        actions = [planned.action for planned in stage]
        return newly_kept(self._kind.fields, actions, self.seen, self._as_sent(live.fields))

    def _note_settled(self, stage: Sequence[PlannedAction], live: Live) -> None:
        """Note whether the content after a stage is what is published, whatever ``hasChanges`` says.

        The platform sets ``hasChanges`` after process actions too. If only such actions of this run came since, and the
        content is the same, there is nothing to publish.
        """
        processes = all(
            isinstance(p.action, ProcessAction) and not self._kind.lifecycle.publishes(p.action) for p in stage
        )
        same = processes and self._settled is not None and self._content == _content(live.fields)
        self._settled = live.version if same or self._is_settled(live) else None

    def _is_settled(self, live: Live) -> bool:
        """Return whether nothing waits to be published, apart from a ``hasChanges`` that this run's processes set."""
        if live.lifecycle is None:
            return False
        return self._kind.lifecycle.is_settled(live.lifecycle) or (
            self._settled is not None and self._settled == live.version
        )

    def _raised_by_us(self) -> int | None:
        """Return the version at which only processes of this run set ``hasChanges``, None if it is not set by them."""
        lifecycle = None if self.live is None else self.live.lifecycle
        return None if lifecycle is None or self._kind.lifecycle.is_settled(lifecycle) else self._settled

    def _replan(self, reading: Live | Missing) -> ResourcePlan:
        if isinstance(reading, Live) and self._is_settled(reading):
            reading = without_own_changes(reading, self._kind.lifecycle)
        return replan(self.planned, reading, self._done)

    def _open(self, fresh: ResourcePlan) -> list[PlannedAction]:
        """Return the actions of a fresh plan without those that were done and do not show.

        Those are changes to fields that are not returned, and processes that the new content required.
        """
        remaining = {subject_of(planned.action) for planned in self.todo}
        done = [a for a in self._done if self._kind.lifecycle.once(a) and subject_of(a) not in remaining]
        return [
            p
            for p in fresh.actions
            if (getattr(p.action, "path", "") not in self._not_returned or subject_of(p.action) in remaining)
            and p.action not in done
        ]

    def _announced(self, fresh: ResourcePlan, live: Live) -> list[PlannedAction]:
        """Return the open actions that a new plan without the knowledge of this run would have too."""
        open_ = self._open(fresh)
        following = replan(self.planned, live).actions if open_ else ()
        return [p for p in open_ if any(p.action == step.action for step in following)]

    def _stale(self, live: Live | None, message: str, error: PlatformError | None) -> Outcome:
        fields = (*moved(self.planned, self.seen, live), *led_elsewhere(self.todo, self._replan(live or Missing())))
        return self.end(Status.STALE, message, details=[str(error)] if error else [], fields=fields)


def _content(fields: Fields) -> Fields:
    return {path: value for path, value in fields.items() if not isinstance(value, Absent)}


def _version(live: Live | None) -> int | None:
    return None if live is None else live.version
