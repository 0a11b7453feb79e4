"""Compute a saved plan again, so that the file alone never decides what is sent.

A checksum only detects damage, because anyone who can change a file can also compute its checksum and its hash. So the
file is trusted only for what has no other source: the live state when the plan was made, what earlier runs had sent,
and the rules of the run. The desired state comes from the manifests, and the planner computes the actions, their
values, risks and findings from both. A file that differs is refused; the computed plan is shown and applied. A file
with an invented live state is at most stale, because an apply compares with the live state before it writes.

Resources without actions are taken from the file, because they have nothing to compare. They are shown, and nothing is
ever sent for them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from trueup.diff.equality import fits
from trueup.errors import Diagnostic, InvalidInput, PlanOutdated
from trueup.kinds.findings import WOULD_BE_REFUSED
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Missing, Reading
from trueup.model.manifest import Manifest
from trueup.model.plan import DigestIs, MustNotExist, Plan, PlannedFinding, ResourcePlan, Verdict, VersionIs
from trueup.model.position import Position
from trueup.model.value import ABSENT, LiveValue
from trueup.plan.build import ALIKE, plan_one, with_comparison
from trueup.plan.codec import plan_to_json
from trueup.plan.fallbacks import still_protected
from trueup.plan.left_out import FOLLOWERS_LEFT
from trueup.plan.lifecycle import LOST_KEY
from trueup.plan.masked import masked_paths
from trueup.plan.order import STILL_IN_USE, with_waits
from trueup.plan.refused import blocked_by_all
from trueup.plan.safety import HELD_DELETION, PROTECTION_UNKNOWN, blocked_by, hold_deletion, hold_protected
from trueup.plan.same_resource import SHARED
from trueup.plan.saved import check_manifests, check_places
from trueup.plan.three_way import Since
from trueup.plan.whole import with_resources

IDLE: Final = frozenset({Verdict.UNCHANGED, Verdict.BLOCKED, Verdict.DEFERRED, Verdict.UNREADABLE})
"""Possible verdicts of a resource without actions."""

_NOT_COMPARED: Final = frozenset({"position", "touched"})
"""Members that are not compared: a manifest may move to another line or file, and ``touched`` is only shown."""

_OF_RECORDS: Final = frozenset({"cause", "pending", "unrecorded"})
"""Members that follow from records, which may have grown since the plan was made."""


class _Forged(Exception):
    """The file differs from what trueup would have written; the text says where and how."""


def recompute(
    plan: Plan,
    manifests: Iterable[Manifest],
    places: Mapping[str, TargetAddress],
    *,
    file: str,
    since: Since | None = None,
) -> Plan:
    """Return the plan that follows from the manifests and from the live state that ``plan`` records.

    ``places`` are the current addresses of targets, ``since`` is what the plan's base and the records of applies
    wanted, and ``file`` the name of the plan. Raises :class:`~trueup.errors.PlanOutdated` if manifests or targets have
    changed since the plan was made, or if it was made with records and there are none now, and
    :class:`~trueup.errors.InvalidInput` with the code ``plan-forged`` if the computed plan differs.

    Causes that follow from records are those of the present records. Those of the file never count: *merged, not yet
    applied* in place of *both* would allow to overwrite a foreign change.
    """
    if plan.recorded and (since is None or since.applied is None):
        raise PlanOutdated(
            "The plan was made with records of applies. Apply it with --applied FILE, with the records of now."
        )
    if since is not None and not plan.recorded:
        since = replace(since, applied=None)
    by_identity = {manifest.identity: manifest for manifest in manifests}
    # First, so that a plan is reported as outdated, and not as forged, when the project has changed since.
    check_places(plan, places)
    check_manifests(plan, by_identity.values())
    try:
        computed = _recomputed(plan, by_identity, places, since)
        _check_written(plan, computed)
        ignored = _NOT_COMPARED | _OF_RECORDS if plan.recorded else _NOT_COMPARED
        _compare(plan_to_json(plan), plan_to_json(computed), "", ignored)
    except _Forged as error:
        message = f"The plan is damaged or forged: {error}. Nothing was sent. Plan again."
        raise InvalidInput([Diagnostic(code="plan-forged", message=message, position=Position(file, 1, 1))]) from None
    return computed


def _check_written(plan: Plan, computed: Plan) -> None:
    """Raise PlanOutdated if the records show other masked values as written than when the plan was made."""
    if plan.recorded and any(
        _masked(saved) != _masked(now) for saved, now in zip(plan.resources, computed.resources, strict=True)
    ):
        raise PlanOutdated("The records show other secured values as written than when the plan was made. Plan again.")


def _masked(resource: ResourcePlan) -> Mapping[str, LiveValue]:
    """Return what is known of the values that the platform masks."""
    paths = masked_paths(KINDS[resource.identity.kind])
    return {path: value for path, value in resource.known.items() if path in paths}


def _recomputed(
    plan: Plan, manifests: Mapping[Identity, Manifest], places: Mapping[str, TargetAddress], since: Since | None
) -> Plan:
    used = {resource.identity.target for resource in plan.resources}
    for number, resource in enumerate(plan.resources):
        # A run has one set of rules, which people see once for the whole plan.
        if resource.rules != plan.resources[0].rules:
            raise _Forged(f"resources[{number}].rules differ from those of the other resources")
    resources = tuple(
        (_sending if resource.actions else _idle)(resource, manifests[resource.identity], since, f"resources[{number}]")
        for number, resource in enumerate(plan.resources)
    )
    computed = replace(
        plan,
        # The revision is only a name for messages; the commit comes from the current base.
        base=None
        if plan.base is None or since is None or since.base is None
        else replace(plan.base, commit=since.base.commit),
        places={target: places[target] for target in sorted(used) if target in places},
        moved=() if since is None else tuple(moved for moved in since.moved if moved.target in used),
    )
    # In the order in which a plan is made: a resource also waits for one that is held back afterwards.
    ordered = with_waits(resources, manifests, places)
    held = tuple(_held_late(each, saved) for each, saved in zip(ordered, plan.resources, strict=True))
    return with_comparison(with_resources(computed, held), manifests, since)


def _idle(saved: ResourcePlan, manifest: Manifest, since: Since | None, path: str) -> ResourcePlan:
    """Return a resource without actions: with the members that are shown, and no others."""
    if saved.verdict not in IDLE:
        raise _Forged(f"{path}.verdict is {saved.verdict}, but there are no actions")
    if bool(saved.error) is not (saved.verdict is Verdict.UNREADABLE):
        raise _Forged(f"{path}.error does not match the verdict {saved.verdict}")
    return ResourcePlan(
        identity=manifest.identity,
        verdict=saved.verdict,
        position=manifest.positions.at(()),
        locale=manifest.locale,
        findings=saved.findings,
        known=saved.known,
        remembered=saved.remembered,
        lifecycle=still_protected(manifest.lifecycle, _base_manifest(since, manifest)),
        rules=saved.rules,
        manifest_digest=saved.manifest_digest,
        error=saved.error,
    )


def _sending(saved: ResourcePlan, manifest: Manifest, since: Since | None, path: str) -> ResourcePlan:
    computed = plan_one(manifest, _reading(saved, path), saved.rules, saved.remembered, since)
    # Some findings depend on other resources and cannot be computed from this one. They are taken from the file: these
    # two are only shown, and the others can only block.
    noted = (p for p in saved.findings if p.finding.code in {ALIKE, FOLLOWERS_LEFT} and not p.finding.path)
    computed = replace(computed, findings=(*computed.findings, *noted))
    return _held(computed, saved, _HOLDS)


def _held_late(computed: ResourcePlan, saved: ResourcePlan) -> ResourcePlan:
    """Return the resource, blocked as the file says after the order was known."""
    refused = (planned for planned in saved.findings if planned.finding.code == WOULD_BE_REFUSED)
    return _held(blocked_by_all(computed, refused), saved, _HOLDS_OF_RUN)


def _held(computed: ResourcePlan, saved: ResourcePlan, holds: Mapping[str, "_Hold"]) -> ResourcePlan:
    """Return the resource, blocked as the file says."""
    by_code = {planned.finding.code: planned for planned in saved.findings}
    for code, held in holds.items():
        if code in by_code and computed.verdict is not Verdict.BLOCKED:
            computed = held(computed, by_code[code])
    return computed


def _hold_as_saved(computed: ResourcePlan, saved: PlannedFinding) -> ResourcePlan:
    """Return the resource, blocked by the finding of the file: nothing is sent, whatever the file says."""
    return blocked_by(computed, saved.finding)


_Hold = Callable[[ResourcePlan, PlannedFinding], ResourcePlan]
_HOLDS: Final[Mapping[str, _Hold]] = {
    # The other resource may be part of another shard.
    SHARED: _hold_as_saved,
    # The draft without a key is known only from the finding, which is shown; nothing is sent.
    LOST_KEY: _hold_as_saved,
}
_HOLDS_OF_RUN: Final[Mapping[str, _Hold]] = {
    HELD_DELETION: lambda computed, _: hold_deletion(computed),
    PROTECTION_UNKNOWN: lambda computed, _: hold_protected(computed),
    # Whether what depends on it was part of the run follows from the options of the plan.
    STILL_IN_USE: _hold_as_saved,
}
"""What a run holds back by its options and its base when the plan has been made."""


def _base_manifest(since: Since | None, manifest: Manifest) -> Manifest | None:
    return None if since is None else since.manifests.get(manifest.identity)


def _reading(saved: ResourcePlan, path: str) -> Reading:
    """Return the live state that the file records, as a reader would return it."""
    kind = KINDS[saved.identity.kind]
    states = saved.live_lifecycle if kind.lifecycle.rows else None
    # A kind with processes always has a lifecycle when it is read.
    complete = states is not None or not kind.lifecycle.rows
    match saved.precondition:
        case MustNotExist():
            return Missing()
        case VersionIs(remote_id, version) if kind.versioned and complete:
            return Live(fields=_fields(saved, path), remote_id=remote_id, version=version, lifecycle=states)
        case DigestIs(remote_id) if not kind.versioned and complete:
            return Live(fields=_fields(saved, path), remote_id=remote_id, lifecycle=states)
        case _:
            raise _Forged(f"{path}.precondition does not match the kind of the resource")


def _fields(saved: ResourcePlan, path: str) -> Mapping[str, LiveValue]:
    kind = KINDS[saved.identity.kind]
    for member, values in (("content", saved.content), ("observed", saved.observed)):
        for name, live in values.items():
            if name not in kind.by_path or not fits(kind.by_path[name], live):
                raise _Forged(f"{path}.{member}.{name} is not a possible live value")
    # Plans leave out absent fields, to stay small.
    return {**dict.fromkeys(kind.by_path, ABSENT), **saved.content, **saved.observed}


def _compare(saved: object, computed: object, path: str, ignored: frozenset[str]) -> None:
    """Raise ``_Forged`` for the first difference between two documents, in the order of the second.

    Members in ``ignored`` are not compared.
    """
    match saved, computed:
        case dict(), dict():
            for name in [*computed, *(name for name in saved if name not in computed)]:
                below = f"{path}.{name}" if path else str(name)
                # The digest and the checksum follow from other members, which make better messages.
                if name in ignored or below in _DERIVED:
                    continue
                if name not in saved or name not in computed:
                    raise _Forged(f"{below} is {'missing' if name in computed else 'not known'}")
                _compare(saved[name], computed[name], below, ignored)
        case list(), list():
            # Items first: the first different one is more useful in a message than the lengths.
            for number, (one, other) in enumerate(zip(saved, computed, strict=False)):
                _compare(one, other, f"{path}[{number}]", ignored)
            if len(saved) != len(computed):
                raise _Forged(f"{path} has {len(saved)} items instead of {len(computed)}")
        case _ if saved.__class__ is not computed.__class__ or saved != computed:
            raise _Forged(f"{path} does not follow from the manifests and the recorded live state")
        case _:
            return


_DERIVED: Final = frozenset({"digest", "checksum"})
"""Members that were already checked against the file; they differ only if another member does."""
