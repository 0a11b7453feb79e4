"""Read a saved plan, and refuse one that was changed or that no longer fits the project.

This module checks the document itself: the format version, every member, a checksum over the whole document, and the
plan hash. These detect damage, but not who wrote the file. It also compares the plan with the current manifests,
targets and base. The actions are computed again by :mod:`trueup.plan.recompute`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rfc8785 import CanonicalizationError

from trueup.diff.equality import fits
from trueup.diff.findings import MAY_BE_ONE
from trueup.errors import Diagnostic, InvalidInput, PlanOutdated
from trueup.kinds.registry import KINDS
from trueup.model.action import FieldAction
from trueup.model.identity import TargetAddress
from trueup.model.manifest import Manifest
from trueup.model.plan import (
    Base,
    DigestIs,
    Plan,
    ResourcePlan,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.value import Known
from trueup.plan.codec import PLAN_VERSION, checksum, unchecked_plan, version_of
from trueup.plan.digest import manifest_digest, plan_digest
from trueup.plan.fallbacks import KEPT_ELSEWHERE, NOTHING_APPLIED, RECALLED, Memory, is_remembered
from trueup.plan.masked import with_written
from trueup.plan.typed_json import Unexpected


def plan_from_json(document: object, *, file: str) -> Plan:
    """Return the plan from which ``plan_to_json`` made ``document``; ``file`` is the file's name in messages.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``plan-format``, ``plan-damaged`` or ``plan-digest``.
    """
    try:
        # The version first: a member that another version has would be reported as damage.
        version = version_of(document)
        if version != PLAN_VERSION:
            raise _invalid(
                file,
                "plan-format",
                f"The plan has format version {version}; this trueup reads version {PLAN_VERSION}.",
            )
        plan = unchecked_plan(document)
        whole = isinstance(document, dict) and document["checksum"] == checksum(document)
        fits = whole and plan.digest == plan_digest(plan.resources, plan.places)
    except Unexpected as error:
        raise _damaged(file, str(error)) from None
    except CanonicalizationError:
        # RFC 8785 cannot express all JSON texts and numbers: half of a surrogate pair, a number beyond 2**53.
        raise _damaged(file, "it has a text or a number that cannot be hashed") from None
    if not whole:
        raise _damaged(file, "its checksum does not match its content")
    if not fits:
        raise _invalid(file, "plan-digest", "The plan's hash does not match its actions.")
    return plan


def check_values(plan: Plan, *, file: str) -> None:
    """Check that the values of a plan that is not recomputed have the types of their fields.

    ``file`` is the file's name in messages. Raises :class:`~trueup.errors.InvalidInput` with the code ``plan-forged``.
    """
    for number, resource in enumerate(plan.resources):
        rows = KINDS[resource.identity.kind].by_path
        desired = {path: Known(value) for path, value in resource.desired.items()}
        for values in (desired, resource.content, resource.observed, resource.known):
            for path, value in values.items():
                if path not in rows or not fits(rows[path], value):
                    message = f"The plan is damaged or forged: resources[{number}] has an impossible value of {path}."
                    raise _invalid(file, "plan-forged", message)


def check_manifests(plan: Plan, manifests: Iterable[Manifest]) -> None:
    """Check that every manifest from which the plan was made still wants the same.

    Other manifests do not matter, because the plan does nothing for them. Raises
    :class:`~trueup.errors.PlanOutdated` with the names of those that were changed or removed.
    """
    now = {
        manifest.identity: manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))
        for manifest in manifests
    }
    gone = [str(r.identity) for r in plan.resources if r.identity not in now]
    changed = [str(r.identity) for r in plan.resources if r.identity in now and now[r.identity] != r.manifest_digest]
    if gone or changed:
        details = [f"{verb}: {_listed(names)}" for verb, names in (("changed", changed), ("removed", gone)) if names]
        raise PlanOutdated(f"The manifests differ from those of the plan ({'; '.join(details)}). Plan again.")


def check_places(plan: Plan, places: Mapping[str, TargetAddress]) -> None:
    """Check that every target of the plan still has the same address.

    ``places`` are the current addresses of all targets, including those that the plan does not use. Raises
    :class:`~trueup.errors.PlanOutdated` with the first address that differs, then and now.
    """
    for target, then in plan.places.items():
        now = places.get(target)
        if now != then:
            change = "there is no such target now" if now is None else f"it leads to {now} now"
            raise PlanOutdated(f"The plan was made for the target {target} at {then}; {change}. Plan again.")


def check_base(plan: Plan, base: Base) -> None:
    """Check that the plan was compared with this commit; raise :class:`~trueup.errors.PlanOutdated` otherwise."""
    if plan.base is None or plan.base.commit != base.commit:
        compared = "without a base" if plan.base is None else f"with the base {plan.base.commit}"
        asked = f"{base.revision}, which is {base.commit}" if base.revision != base.commit else base.commit
        raise PlanOutdated(f"The plan was made {compared}, and --base names {asked}. Plan again.")


def check_digest(plan: Plan, digest: str) -> None:
    """Check that the plan has this hash; raise :class:`~trueup.errors.PlanOutdated` otherwise."""
    if plan.digest != digest:
        raise PlanOutdated(
            f"The plan's hash is {plan.digest}, but {digest} was requested: this is not the plan that was approved."
        )


def with_memory(plan: Plan, memory: Memory) -> Plan:
    """Return the plan with the current memory of this working copy's journals.

    Raises :class:`~trueup.errors.PlanOutdated` if the plan depends on a remembered action that the journals do not, or
    no longer, contain: it was made elsewhere, or the result of a write since then is unknown.
    """
    now = {resource.identity: _remembered(resource, memory) for resource in plan.resources}
    lost = [
        str(resource.identity)
        for resource in plan.resources
        # Only what a finding of the plan relies on must still be there.
        if not all(is_remembered(action, now[resource.identity]) for action in _rests_on(resource))
    ]
    if lost:
        raise PlanOutdated(
            "The plan depends on what earlier runs sent to fields that the platform does not return, but the journals "
            f"of this working copy do not, or no longer, contain it: {_listed(lost)}. Plan again."
        )
    return replace(plan, resources=tuple(_with_actions(r, now[r.identity]) for r in plan.resources))


def _with_actions(resource: ResourcePlan, remembered: tuple[FieldAction, ...]) -> ResourcePlan:
    """Return the resource with the last actions of earlier runs, which may be those of this plan."""
    known = with_written(KINDS[resource.identity.kind], resource.known, remembered)
    return replace(resource, remembered=remembered, known=known)


def _remembered(resource: ResourcePlan, memory: Memory) -> tuple[FieldAction, ...]:
    known = memory.get(resource.identity, NOTHING_APPLIED)
    match resource.precondition:
        # The journals are about another resource that had the same name.
        case VersionIs(remote_id=remote_id) | DigestIs(remote_id=remote_id) if remote_id != known.remote_id:
            return ()
        case _:
            return known.actions


def _rests_on(resource: ResourcePlan) -> list[FieldAction]:
    paths = {p.finding.path for p in resource.findings if p.finding.code in {*RECALLED, MAY_BE_ONE, KEPT_ELSEWHERE}}
    return [action for action in resource.remembered if action.path in paths]


_NAMED = 5
"""The number of resources that a message names before an ellipsis."""


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_NAMED])}{' ...' if len(names) > _NAMED else ''}"


def _damaged(file: str, how: str) -> InvalidInput:
    return _invalid(file, "plan-damaged", f"The plan is damaged or was changed by hand: {how}.")


def _invalid(file: str, code: str, message: str) -> InvalidInput:
    return InvalidInput([Diagnostic(code=code, message=message, position=Position(file, 1, 1))])
