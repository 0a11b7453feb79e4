"""Compare the expected result of a write with what the platform shows afterwards. A 2xx answer is no proof.

The remaining differences are sorted by their meaning:

* *missed*: this write was to change the field, and the value is not as desired. The platform discarded the value or
  stored another one;
* *not returned*: the platform does not return the field, so it cannot be verified;
* all others were made by other writers meanwhile and are left to the rule of :mod:`trueup.apply.rebase`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from trueup.diff.diff import diff
from trueup.diff.equality import element_holds, live_elements
from trueup.diff.same_element import alike
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, AddElement, Change, Create, FieldAction, RemoveElement
from trueup.model.field import KeyedField
from trueup.model.plan import PlannedAction, ResourcePlan
from trueup.model.run import FieldReport
from trueup.model.value import ABSENT, NOT_RETURNED, ElementKey, Elements, Known, LiveValue, NotReturned, Parts
from trueup.plan.desired import Fields
from trueup.plan.digest import action_key, subject_of

DROPPED = "The platform accepted the change and kept the old value."
DROPPED_OR_LATE = (
    "The platform accepted the change and still shows the old value. It discarded the change, or it shows changes late."
)
NORMALISED = (
    "The platform accepted the change and stores another value. The same difference would come back at every run: "
    "write the value as the platform stores it, or leave the field out."
)
SHOWN_AS = (
    "The platform accepted the change and shows {} instead, which may be its form of this value. Nothing was removed. "
    "Write the value as the platform does, or remove that element on the platform's website."
)
DOUBLED = (
    "The platform accepted the change and now has several elements with this key, which its API cannot distinguish. "
    "Remove the extra ones on the platform's website."
)
NOT_KEPT = "The request did not name this value, but the platform changed it."
_NOT_RETURNED = "The platform does not return this field, so it could not be verified."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The result of one stage: the actions that took effect, and reports of what is missed and not returned.

    ``unkept`` are values that the stage did not name and that the platform did not keep.
    """

    held: tuple[Action, ...]
    missed: tuple[FieldReport, ...]
    not_returned: tuple[FieldReport, ...]
    unkept: tuple[FieldReport, ...] = ()

    @property
    def failure(self) -> str:
        """Return the message that the platform did not do what it accepted, empty if it did."""
        missed, unkept = (", ".join(dict.fromkeys(r.path for r in found)) for found in (self.missed, self.unkept))
        sentences = (f"did not store these values as sent: {missed}", f"did not keep these values: {unkept}")
        said = [sentence for sentence, found in zip(sentences, (missed, unkept), strict=True) if found]
        return f"The platform accepted it, but {' and '.join(said)}." if said else ""

    @property
    def shown(self) -> tuple[Action, ...]:
        """Return the actions that took effect on fields that the platform returns."""
        hidden = {report.path for report in self.not_returned}
        return tuple(action for action in self.held if getattr(action, "path", "") not in hidden)


def verify(planned: ResourcePlan, stage: Sequence[PlannedAction], predicted: Fields, now: Fields) -> Verified:
    """Compare ``now``, the fields that the platform shows after the stage, with the predicted ones."""
    not_returned, missed = list[Change](), list[Change]()
    for change in _open(planned, stage, predicted, now):
        lacks = now.get(change.action.path, NOT_RETURNED) == NOT_RETURNED
        (not_returned if lacks else missed).append(change)
    steps = _Steps.of(planned.actions)
    reports = [_report(steps, change, _NOT_RETURNED) for change in not_returned]
    hidden = [_hidden(planned, p) for p in stage if _is_hidden(p.action, predicted, now)]
    doubled = {index: p for index, p in enumerate(stage) if _is_doubled(planned, p.action, now)}
    open_subjects, open_paths = {subject_of(c.action) for c in missed}, {c.action.path for c in missed}

    def failed(sent: Action) -> bool:
        return not open_paths.isdisjoint(sent.fields) if isinstance(sent, Create) else subject_of(sent) in open_subjects

    return Verified(
        # What is not returned counts as done, because the platform accepted it.
        held=tuple(p.action for index, p in enumerate(stage) if index not in doubled and not failed(p.action)),
        missed=(
            *_missed(planned, steps, missed, now),
            *(_doubled(p, now) for p in doubled.values()),
        ),
        not_returned=(*reports, *hidden),
        unkept=tuple(_unkept(planned, stage, predicted, now)),
    )


def _open(planned: ResourcePlan, stage: Sequence[PlannedAction], predicted: Fields, now: Fields) -> list[Change]:
    """Return the changes of the stage that are still, or again, not as desired."""
    fields = KINDS[planned.identity.kind].fields
    still = diff(fields, planned.desired, now).changes
    if not still:
        # The usual end of the last stage, for which the second comparison is not needed.
        return []
    # Changes that belong to later stages are still open after this one, and are not missed.
    pending = {action_key(change.action) for change in diff(fields, planned.desired, predicted).changes}
    sent = _Steps.of(stage)
    return [change for change in still if action_key(change.action) not in pending and sent.have(change.action)]


def _missed(planned: ResourcePlan, steps: "_Steps", changes: Sequence[Change], now: Fields) -> Iterator[FieldReport]:
    """Yield a report for each change that the platform did not make as asked for."""
    kind = KINDS[planned.identity.kind]
    forms = {path: _shown_as(planned, path, changes, now) for path in {change.action.path for change in changes}}
    for change in changes:
        report = replace(_report(steps, change, NORMALISED), path=kind.place_of(change.action))
        # Otherwise the platform stored neither the old value nor the desired one.
        if report.planned == report.now:
            other = forms[change.action.path].get(change.action.key) if isinstance(change.action, AddElement) else None
            kept = DROPPED if kind.versioned else DROPPED_OR_LATE
            report = replace(report, note=SHOWN_AS.format(" / ".join(other)) if other else kept)
        yield report


def _shown_as(
    planned: ResourcePlan, path: str, changes: Sequence[Change], now: Fields
) -> Mapping[ElementKey, ElementKey]:
    """Return the live elements of a collection that may be the platform's forms of those that were added."""
    match KINDS[planned.identity.kind].by_path[path], now.get(path):
        case KeyedField() as field, Known(value=Elements(by_key=live)):
            added = (c.action for c in changes if c.action.path == path)
            return alike(field, [action.key for action in added if isinstance(action, AddElement)], live.keys())
        case _:
            return {}


def _is_hidden(sent: Action, predicted: Fields, now: Fields) -> bool:
    """Return whether an element was removed and the field is not returned any more, although others should remain.

    A platform that leaves out what is empty shows in this way that others removed the rest.
    """
    if not isinstance(sent, RemoveElement) or now.get(sent.path, NOT_RETURNED) != NOT_RETURNED:
        return False
    match predicted.get(sent.path):
        case Known(value=Elements(by_key=remaining)):
            return bool(remaining)
        case _:
            return False


def _unkept(
    planned: ResourcePlan, stage: Sequence[PlannedAction], predicted: Fields, now: Fields
) -> Iterator[FieldReport]:
    """Yield a report for each live element that a stage with a process did not name, and that is gone or different.

    Only a process of which that is expected keeps elements that are not managed.
    """
    kind, actions = KINDS[planned.identity.kind], [step.action for step in stage]
    joined = [action for action in actions if kind.lifecycle.joins(action)]
    if not joined or any(isinstance(action, Create) for action in actions):
        return
    all_stay = all(kind.lifecycle.keeps(action) for action in joined)
    named = {subject_of(action) for action in actions}
    for field in kind.fields:
        live = now.get(field.path, NOT_RETURNED)
        if not isinstance(field, KeyedField) or not field.names or isinstance(live, NotReturned):
            continue
        wanted, have = planned.desired.get(field.path), live_elements(live).by_key
        managed = wanted.by_key if isinstance(wanted, Elements) else {}
        for key, before in live_elements(predicted.get(field.path, ABSENT)).by_key.items():
            kept = key in have and element_holds(field, before, have[key])
            if kept or (field.path, *key) in named or not (all_stay or key in managed):
                continue
            after = Known(Parts(have[key])) if key in have else ABSENT
            then = Known(Parts(before))
            yield FieldReport(path=".".join(field.place(key)), planned=then, now=after, wanted=then, note=NOT_KEPT)


def _hidden(planned: ResourcePlan, sent: PlannedAction) -> FieldReport:
    path: str = getattr(sent.action, "path", "")
    wanted = planned.desired.get(path)
    shown = ABSENT if wanted is None else Known(wanted)
    return FieldReport(path=path, planned=sent.before, now=NOT_RETURNED, wanted=shown, note=_NOT_RETURNED)


def _is_doubled(planned: ResourcePlan, sent: Action, now: Fields) -> bool:
    """Return whether an element was to be changed and several with its key exist now that are not as desired."""
    if not isinstance(sent, AddElement | RemoveElement):
        return False
    field, live = KINDS[planned.identity.kind].by_path[sent.path], now.get(sent.path, NOT_RETURNED)
    wanted = planned.desired.get(sent.path)
    match field, live, wanted:
        case KeyedField(), Known(value=Elements(by_key=have, ambiguous=ambiguous)), Elements(by_key=by_key):
            return sent.key in ambiguous and not (
                sent.key in by_key and element_holds(field, by_key[sent.key], have[sent.key])
            )
        case _:
            return False


def _doubled(planned: PlannedAction, now: Fields) -> FieldReport:
    path: str = getattr(planned.action, "path", "")
    return FieldReport(path=path, planned=planned.before, now=now[path], wanted=planned.after, note=DOUBLED)


def _report(steps: "_Steps", change: Change, note: str) -> FieldReport:
    """Return a report of an open change for the smallest unit: a field, a member or an element."""
    before = steps.before(change)
    return FieldReport(path=change.action.path, planned=before, now=change.before, wanted=change.after, note=note)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Planned actions by what they change, because there can be ten thousands of them.

    ``befores`` are the live values before them, by subject, and ``created`` those of the fields of a creation.
    """

    befores: Mapping[tuple[object, ...], LiveValue]
    created: Mapping[str, LiveValue]

    @classmethod
    def of(cls, planned: Sequence[PlannedAction]) -> Self:
        # reversed: of several actions on one thing, the first one counts.
        befores = {subject_of(p.action): p.before for p in reversed(planned)}
        created = {path: p.before for p in planned if isinstance(p.action, Create) for path in p.action.fields}
        return cls(befores, created)

    def have(self, action: FieldAction) -> bool:
        """Return whether one of the actions was to change the same field or element."""
        return action.path in self.created or subject_of(action) in self.befores

    def before(self, change: Change) -> LiveValue:
        """Return the live value before the action on the same thing, else that before the change."""
        return self.befores.get(subject_of(change.action), self.created.get(change.action.path, change.before))
