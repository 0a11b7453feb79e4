"""The three-way merge of base, manifest and live: the causes of actions, conflicts, and protection by the base.

With records of applies there is a fourth side: what the commits wanted that live may hold. See :func:`whose`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.diff.equality import attribute_holds, differing_attributes, holds, same
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Create, Delete, FieldAction, Finding, Level, LifecycleAction
from trueup.model.field import Attribute, Field, GroupField, KeyedField, MembersField, Risk
from trueup.model.identity import Identity
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, State
from trueup.model.plan import Base, Cause, Moved, Pending, Plan, ResourcePlan, Verdict
from trueup.model.value import (
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Value,
)
from trueup.plan.digest import SENT, same_wants, subject_of
from trueup.plan.masked import as_wanted
from trueup.plan.safety import blocked_by, hold_protected
from trueup.plan.whole import with_resources

Thing = tuple[object, ...]
"""What one action changes: the value of :func:`trueup.plan.digest.subject_of` for the action."""

Causes = Mapping[Thing, Cause | None]
"""The cause of each thing, or None if it is not known."""

_NOTHING: Final = Elements({})


def causes(
    fields: Sequence[Field],
    base: Desired | None,
    desired: Desired,
    live: Mapping[str, LiveValue],
    applied: Sequence[Desired | None] = (),
) -> Causes:
    """Return the cause of every managed thing in which desired and live differ.

    ``base`` is None if the base has no such resource; so is an item of ``applied``, which has what the recorded
    commits wanted, newest first. ``live`` has an entry for every managed field. The cause is None if the field is not
    returned and is wanted as in the base.
    """
    of_base = _since(fields, base, desired, live)
    of_applied = [_since(fields, then, desired, live) for then in applied]
    return {thing: whose(cause, [of[thing] for of in of_applied]) for thing, cause in of_base.items()}


def whose(of_base: Cause | None, of_applied: Sequence[Cause | None]) -> Cause | None:
    """Return the cause of one difference from its causes since the base and since each recorded commit, newest first.

    *Your change* since a recorded commit means that live is what that commit wanted: the difference is pending if the
    base wants the same as the manifest, and else your own. If live is what none of them wanted, the newest one decides,
    as the base does without records.
    """
    if not of_applied:
        return of_base
    if Cause.YOURS in of_applied:
        return Cause.MERGED if of_base in _AS_BASE else Cause.YOURS
    return of_applied[0]


_AS_BASE: Final = frozenset({Cause.DRIFT, None})
"""Causes since the base of what the manifest wants as the base does; None: the platform did not return it."""


def _since(fields: Sequence[Field], base: Desired | None, desired: Desired, live: Mapping[str, LiveValue]) -> Causes:
    found: dict[Thing, Cause | None] = {}
    for field in fields:
        path = field.path
        if path in desired and not holds(field, desired[path], live[path]):
            base_value = None if base is None else base.get(path)
            of_field = dict(_of_field(field, base_value, desired[path], live[path]))
            found.update(map(_not_returned, of_field.items()) if isinstance(live[path], NotReturned) else of_field)
    return found


def joined(causes: Iterable[Cause]) -> Cause | None:
    """Return the cause of things that change together, or None if there are no causes."""
    found = set(causes)
    return found.pop() if len(found) == 1 else Cause.BOTH if found else None


def _not_returned(item: tuple[Thing, Cause]) -> tuple[Thing, Cause | None]:
    """Return the cause of a thing that was not returned, given its cause if the live value were empty."""
    thing, cause = item
    return thing, None if cause is Cause.DRIFT else Cause.YOURS


def _of_field(field: Field, base: Value | None, desired: Value, live: LiveValue) -> Iterator[tuple[Thing, Cause]]:
    match field, desired:
        case MembersField(), Members():
            yield from _of_members(field, base, desired, live)
        case KeyedField(), Elements():
            yield from _of_elements(field, base, desired, live)
        case GroupField(), Parts(values=parts):
            yield (field.path,), _of_parts(base, parts, live)
        case _:
            yield (field.path,), _of_whole(field, base, desired, live)


def _of_whole(field: Field, base: Value | None, desired: Value, live: LiveValue) -> Cause:
    if base is None:
        return Cause.YOURS
    return _cause(
        as_desired=holds(field, desired, Known(base)) or base == desired,
        as_live=holds(field, base, live),
        same_text=base == desired,
    )


def _of_members(
    field: MembersField, base: Value | None, desired: Members, live: LiveValue
) -> Iterator[tuple[Thing, Cause]]:
    have = live.value.values if isinstance(live, Known) and isinstance(live.value, Members) else ()
    # Sorted, because the order of a set of texts changes from process to process.
    for member in sorted(set(desired.values) ^ set(have)):
        # A member has only two states, and these two sides differ. So the base equals one of them, and there is no
        # conflict.
        drift = isinstance(base, Members) and (member in base.values) == (member in desired.values)
        yield (field.path, member), Cause.DRIFT if drift else Cause.YOURS


def _of_parts(base: Value | None, desired: Attributes, live: LiveValue) -> Cause:
    earlier = base.values if isinstance(base, Parts) else {}
    have = live.value.values if isinstance(live, Known) and isinstance(live.value, Parts) else {}
    differing = {name: part for name, part in desired.items() if have.get(name, "") != part}
    found = [_of_part(earlier.get(name), part, have.get(name, "")) for name, part in differing.items()]
    return joined(found) or Cause.YOURS


def _of_part(base: object, desired: object, live: object) -> Cause:
    """Return the cause of a part; parts are compared as exact texts."""
    if base is None:
        return Cause.YOURS
    return _cause(as_desired=base == desired, as_live=base == live, same_text=base == desired)


def _of_elements(
    field: KeyedField, base: Value | None, desired: Elements, live: LiveValue
) -> Iterator[tuple[Thing, Cause]]:
    earlier = base if isinstance(base, Elements) else None
    have = live.value if isinstance(live, Known) and isinstance(live.value, Elements) else _NOTHING
    # Of elements with names, a manifest manages only its own; the base did not manage one that it does not name.
    others = () if field.names else (key for key in have.by_key if key not in desired.by_key)
    for key in (*desired.by_key, *others):
        wanted, live_element = desired.by_key.get(key), have.by_key.get(key)
        before = None if earlier is None else earlier.by_key.get(key)
        managed = earlier is not None and not (field.names and before is None)
        cause = joined(_of_element(field, before, wanted, live_element)) if managed else Cause.YOURS
        if cause is not None and _differs(field, wanted, live_element):
            yield (field.path, *key), cause


def _differs(field: KeyedField, wanted: Attributes | None, live: Attributes | None) -> bool:
    if wanted is None or live is None:
        return wanted is not live
    return bool(differing_attributes(field, wanted, live))


def _of_element(
    field: KeyedField, base: Attributes | None, wanted: Attributes | None, live: Attributes | None
) -> Iterator[Cause]:
    """Yield the cause of every difference in one element of a collection that the base managed."""
    if (wanted is None) != (live is None):
        yield Cause.DRIFT if (base is None) == (wanted is None) else Cause.YOURS
    if wanted is None:
        # The manifest removes the element as the base knew it. If others changed it since then, it is a conflict.
        changed = (a for a in field.attributes if base is not None and a.path in base)
        yield from (Cause.BOTH for a in changed if not attribute_holds(a, (base or {})[a.path], live or {}))
        return
    for attribute in differing_attributes(field, wanted, live):
        yield _of_attribute(attribute, base, wanted, live)


def _of_attribute(attribute: Attribute, base: Attributes | None, wanted: Attributes, live: Attributes | None) -> Cause:
    if base is None:
        # The base had no such element. If it is live now, both the manifest and someone else added it.
        return Cause.YOURS if live is None else Cause.BOTH
    if attribute.path not in base:
        return Cause.YOURS
    value, now = base[attribute.path], wanted[attribute.path]
    return _cause(
        as_desired=same(attribute.compare, value, now),
        as_live=attribute_holds(attribute, value, live or {}),
        same_text=value == now,
    )


def _cause(*, as_desired: bool, as_live: bool, same_text: bool) -> Cause:
    # Equality is not transitive: a day equals every time on that day, so the base can equal both sides although they
    # differ. Then a changed spelling in the manifest is your change.
    if as_desired and as_live:
        return Cause.DRIFT if same_text else Cause.YOURS
    if as_desired:
        return Cause.DRIFT
    return Cause.YOURS if as_live else Cause.BOTH


UNKNOWN: Final = "What the base wanted of it cannot be read: see the warnings."


Wants = Manifest | None
"""What a commit wants of a resource; None if the commit has no manifest of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedWants:
    """What the commits wanted that live may hold, by resource, newest first.

    A resource without an entry has no usable record: it is not known what was applied. ``pending`` has the commits that
    wanted what is not applied. ``unrecorded`` are the targets without a usable record, sorted by name.
    """

    wants: Mapping[Identity, tuple[Wants, ...]]
    pending: Mapping[Identity, Pending]
    unrecorded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What other commits wanted of the planned resources: the base, and those that were applied.

    ``base`` is None with records alone; ``manifests`` is then empty. For a resource in ``unknown``, it could not be
    read what the base wanted. ``moved`` are the targets that differ from the base, sorted by name.
    """

    base: Base | None
    manifests: Mapping[Identity, Manifest]
    unknown: frozenset[Identity] = frozenset()
    moved: tuple[Moved, ...] = ()
    applied: AppliedWants | None = None

    def wants(self, manifest: Manifest) -> tuple[Wants, tuple[Wants, ...]] | None:
        """Return what the base and each recorded commit wanted of the manifest's resource; None if that is not known.

        Without a base, the manifest itself counts as the base: nothing is the user's own change.
        """
        identity = manifest.identity
        applied = self.applied.wants.get(identity, ()) if self.applied else ()
        if identity in self.unknown or (self.base is None and not applied):
            return None
        return (manifest if self.base is None else self.manifests.get(identity)), applied

    def pending(self, identities: Iterable[Identity]) -> tuple[Pending, ...]:
        """Return what is known about the pending changes of these resources, in their order."""
        known = self.applied.pending if self.applied else {}
        return tuple(known[identity] for identity in identities if identity in known)

    def unrecorded(self, targets: Collection[str]) -> tuple[str, ...]:
        """Return those of these targets for which it is not known what was applied, sorted by name."""
        return tuple(target for target in self.applied.unrecorded if target in targets) if self.applied else ()

    def touched(self, manifest: Manifest, resource: ResourcePlan) -> bool | None:
        """Return whether the manifest differs from that of the base; see :class:`~trueup.model.plan.ResourcePlan`."""
        if self.base is None or manifest.identity in self.unknown or resource.verdict is Verdict.UNCHANGED:
            return None
        then = self.manifests.get(manifest.identity)
        return then is None or not same_wants(then, manifest)


def with_causes(planned: ResourcePlan, base: Wants, applied: Sequence[Wants] = ()) -> ResourcePlan:
    """Return the plan with the causes of its actions.

    ``base`` is what the base wanted, ``applied`` what the recorded commits wanted, newest first. The cause of an action
    is None if the platform does not return its field and the base wants the same.
    """
    if not planned.actions:
        return planned
    sides = [_causes_since(planned, then, whole=bool(applied)) for then in (base, *applied)]
    found = [whose(of_base, of_applied) for of_base, *of_applied in zip(*sides, strict=True)]
    actions = tuple(replace(p, cause=cause) for p, cause in zip(planned.actions, found, strict=True))
    return replace(planned, actions=actions)


def _causes_since(planned: ResourcePlan, base: Wants, *, whole: bool) -> list[Cause | None]:
    """Return the cause of each action since one commit.

    ``whole``: a process counts as wanted alike only with the same content. An apply that was interrupted may have sent
    the content of a commit and not its processes; then live shows no difference that could explain them.
    """
    kind = KINDS[planned.identity.kind]
    base_desired = None if base is None or base.lifecycle.state is State.ABSENT else kind.desired(base.spec)
    # Known values replace the fields that were not returned, as they did when the actions were planned. What is masked
    # counts as wanted by this commit, as no reading can show that others have changed it.
    live = {**planned.observed, **planned.known, **as_wanted(kind, base_desired, planned.observed)}
    differing = causes(kind.fields, base_desired, planned.desired, live)
    # What is masked may be written again although this commit wants the same.
    sent = (subject_of(p.action) for p in planned.actions if isinstance(p.action, FieldAction))
    fields = {**dict.fromkeys(sent), **differing}
    lifecycle = NO_LIFECYCLE if base is None else base.lifecycle
    same_content = not whole or _same_content(kind, base_desired, planned.desired)

    def cause(action: Action) -> Cause | None:
        match action:
            case Create():
                return _of_creation(base_desired, fields)
            case Delete():
                return _of_deletion(kind, base_desired, planned.observed, lifecycle)
            case _ if isinstance(action, LifecycleAction):
                alike = kind.lifecycle.rows[type(action)].wanted_alike(action, lifecycle, planned.lifecycle)
                return _of_process(fields, alike=alike and same_content)
            case _:
                return fields[subject_of(action)]

    return [cause(p.action) for p in planned.actions]


def _same_content(kind: KindSpec, then: Desired | None, desired: Desired) -> bool:
    return then is not None and all(
        path in then and holds(kind.by_path[path], value, Known(then[path])) for path, value in desired.items()
    )


def hold_unknown(plan: Plan, since: Since | None, allowed: Collection[str] = ()) -> Plan:
    """Block destructive actions on resources that have no readable manifest in the base.

    Such a resource may have been protected: under another of its ids, in another repository, or in a manifest that
    cannot be read. ``allowed`` are the keys and ids of resources for which the user allows these actions. Without a
    base nothing is blocked.
    """
    if since is None or since.base is None:
        return plan
    held = tuple(
        hold_protected(resource) if _unprotected(resource, since, allowed) else resource for resource in plan.resources
    )
    return plan if held == plan.resources else with_resources(plan, held)


def _unprotected(resource: ResourcePlan, since: Since, allowed: Collection[str]) -> bool:
    return (
        resource.identity not in since.manifests
        and resource.identity.value not in allowed
        and resource.verdict in SENT
        and any(planned.risk is Risk.DESTRUCTIVE for planned in resource.actions)
    )


def hold_conflicts(plan: Plan) -> Plan:
    """Block every resource that was changed both in the manifest and live since the base, naming the fields."""
    resources = tuple(_held(resource, plan) if _conflicts(resource) else resource for resource in plan.resources)
    return with_resources(plan, resources)


def _of_creation(base: Desired | None, fields: Causes) -> Cause:
    # The base wanted a resource that does not exist now, so someone deleted it: that is drift, and a conflict with
    # any change of the manifest.
    return Cause.YOURS if base is None else joined([Cause.DRIFT, *filter(None, fields.values())]) or Cause.DRIFT


def _of_deletion(
    kind: KindSpec, base: Desired | None, live: Mapping[str, LiveValue], lifecycle: LifecycleSpec
) -> Cause:
    if lifecycle.state is State.ABSENT:
        return Cause.DRIFT
    # The manifest deletes the resource as the base knew it. If others changed it since then, it is a conflict.
    as_then = all(holds(kind.by_path[path], value, live[path]) for path, value in (base or {}).items())
    return Cause.YOURS if as_then else Cause.BOTH


def _of_process(fields: Causes, *, alike: bool) -> Cause | None:
    # A process that the base wanted too is needed again because the content changes, or because live changed.
    of_content = set(fields.values()) - {Cause.DRIFT}
    if of_content - {None} or not alike:
        return Cause.YOURS
    return None if of_content else Cause.DRIFT


def _conflicts(resource: ResourcePlan) -> list[str]:
    """Return the fields that both sides changed, or a name for the whole resource."""
    if resource.verdict not in SENT:
        return []
    both = [p.action for p in resource.actions if p.cause is Cause.BOTH]
    return list(dict.fromkeys(getattr(action, "path", "the resource as a whole") for action in both))


def _held(resource: ResourcePlan, plan: Plan) -> ResourcePlan:
    recorded = plan.recorded and resource.identity.target not in plan.unrecorded
    since = "what was applied" if recorded else "the base"
    finding = Finding(
        level=Level.BLOCKED,
        code="conflict",
        message=f"Since {since}, {', '.join(_conflicts(resource))} changed both in the manifest and live. Nothing is "
        "sent for the resource. To keep the live state, write it into the manifest (trueup adopt --both); to overwrite "
        "it, apply with --on-conflict overwrite.",
    )
    return blocked_by(resource, finding)
