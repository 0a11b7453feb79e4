"""The report of a plan.

Sections in order of importance: resources that could not be read, blocked, deferred and deleted ones, then changes on
both sides, drift, the user's own changes, and what is merged and not yet applied. Without a base and without records,
all changes are in one section.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.kinds.findings import DEFERRING_CODES
from trueup.model.action import Create, Level
from trueup.model.identity import Identity, Kind
from trueup.model.plan import (
    Base,
    Cause,
    Gone,
    Moved,
    Pending,
    Plan,
    PlannedAction,
    PlannedFinding,
    ResourcePlan,
    Verdict,
)
from trueup.model.position import COMMIT_DIGITS, Position
from trueup.plan.digest import SENT
from trueup.plan.fallbacks import UNOBSERVED
from trueup.report.actions import action_line, creation_lines, field_path, folded, within_bound
from trueup.report.forecast import forecast_text
from trueup.report.tree import (
    Block,
    Closing,
    Divider,
    Line,
    Remark,
    ReportEntryNode,
    ReportTree,
    Role,
    Section,
    Shown,
    Sign,
    Span,
    identity_fields,
    without_repeats,
)
from trueup.report.values import comma_separated, counted, total_of, unread_closing

_WORDS: Final = (
    (Cause.DRIFT, "drift", Role.CAUTION),
    (Cause.BOTH, "on both sides", Role.PROBLEM),
    (Cause.YOURS, "your change", Role.PLAIN),
    (Cause.MERGED, "merged and not yet applied", Role.MUTED),
    (None, "of unknown cause", Role.CAUTION),
)


def gone_section(plan: Plan) -> tuple[Section, ...]:
    """Return the section of resources whose manifests exist only in the base, as a tuple of one or none."""
    if not plan.gone:
        return ()
    return (Section(title="No longer managed, left as it is", entries=tuple(map(_gone, plan.gone)), announced=True),)


def notices(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each target whose definition differs from the base."""
    return tuple(_moved(moved) for moved in plan.moved)


def _moved(moved: Moved) -> str:
    if moved.then is None:
        return f"The target {moved.target} is new since the base. It leads to {moved.now}."
    # Its address is the same, but the variables with its credentials may not be.
    if moved.then == moved.now:
        return f"The target {moved.target} is defined differently than in the base. It still leads to {moved.now}."
    return f"The target {moved.target} leads to {moved.now}. In the base, it led to {moved.then}."


def unrecorded_closing(targets: Sequence[str]) -> Iterator[Closing]:
    """Yield the sentence that names the targets for which it is not known what was applied."""
    if targets:
        yield Closing((Span(f"Not known what was applied: {', '.join(targets)}.", Role.CAUTION),))


def pending_remark(pending: Pending | None) -> Iterator[Remark]:
    """Yield the remark that names the commit and the pull request of a pending change, if they are known."""
    if pending is not None:
        pull = "" if pending.pull is None else f" of pull request {pending.pull}"
        text = f"with commit {pending.commit[:COMMIT_DIGITS]}{pull}, not yet applied"
        yield Remark(word="merged", text=text, role=Role.MUTED)


def _compared(plan: Plan, base: Base | None) -> Iterator[Span]:
    """Yield the sentence that names the base of a plan and counts its actions by cause."""
    yield Span("Actions: " if base is None else f"Actions since {base}: ")
    # Blocked and deferred resources have actions too, but none of them is sent.
    sent = (resource for resource in plan.resources if resource.verdict in SENT)
    causes = Counter(planned.cause for resource in sent for planned in resource.actions)
    parts = [Span(f"{causes[cause]:,} {words}", role) for cause, words, role in _WORDS if causes[cause]]
    yield from comma_separated(parts or [Span("none")])
    yield Span(".")


def _gone(gone: Gone) -> ReportEntryNode:
    return ReportEntryNode(**identity_fields(gone.identity), sign=Sign.SAME, word="gone", place=gone.position)


HELD: Final = frozenset({Verdict.BLOCKED, Verdict.DEFERRED})
"""Verdicts of resources whose actions are shown but never sent."""

VERDICT_SIGNS: Final = {
    Verdict.CREATE: Sign.CREATE,
    Verdict.UPDATE: Sign.UPDATE,
    Verdict.UNCHANGED: Sign.SAME,
    Verdict.BLOCKED: Sign.PROBLEM,
    Verdict.DEFERRED: Sign.WAITING,
    Verdict.DELETE: Sign.DELETE,
    Verdict.UNREADABLE: Sign.PROBLEM,
}

LEVEL_ROLES: Final = {Level.BLOCKED: Role.PROBLEM, Level.WARNING: Role.CAUTION, Level.NOTE: Role.MUTED}

# Why nothing is sent comes before the actions that are held back; everything else comes after the actions.
_ABOVE: Final = frozenset[str]({Level.BLOCKED, Verdict.DEFERRED})
_BELOW: Final = frozenset[str]({Level.WARNING, Level.NOTE})


@dataclass(frozen=True, slots=True)
class _Heading:
    """The title of a section; ``recorded`` replaces it in a plan with records of applies."""

    title: str
    announced: bool = False
    recorded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Texts that differ between plan and preview: title, what was compared with, and closings."""

    title: str
    world: str
    closings: tuple[Closing, ...] = ()


PLAN: Final = Wording(title="Plan", world="Live")
PREVIEW: Final = Wording(
    title="Preview",
    world="The base",
    closings=(Closing((Span("Live was not read: this is what would be done if live matched the base."),)),),
)

PREVIEW_APPLIED: Final = Wording(
    title="Preview",
    world="What was applied",
    closings=(Closing((Span("Live was not read: this is what would be done if live matched what was applied."),)),),
)

UNREADABLE = _Heading("Could not be read")
BLOCKED = _Heading("Blocked")
DEFERRED = _Heading("Deferred")
DELETE = _Heading("To delete")
BOTH = _Heading(
    "Changed on both sides since the base",
    announced=True,
    recorded="Changed on both sides since what was applied",
)
DRIFT = _Heading("Drift: live changed, the manifests did not", announced=True)
YOURS = _Heading("Your change", announced=True)
MERGED = _Heading("Merged, not yet applied", announced=True)
CHANGES = _Heading("Changes")
_UNCHANGED = _Heading("Unchanged")

_ORDER: Final = (UNREADABLE, BLOCKED, DEFERRED, DELETE, BOTH, DRIFT, YOURS, MERGED, CHANGES, _UNCHANGED)

HEADINGS: Final = {
    Verdict.UNREADABLE: UNREADABLE,
    Verdict.BLOCKED: BLOCKED,
    Verdict.DEFERRED: DEFERRED,
    Verdict.DELETE: DELETE,
    Verdict.UNCHANGED: _UNCHANGED,
}

TOTALS: Final = (
    (Verdict.CREATE, "to create", Role.CREATE),
    (Verdict.UPDATE, "to update", Role.UPDATE),
    (Verdict.DELETE, "to delete", Role.DELETE),
    (Verdict.DEFERRED, "deferred", Role.CAUTION),
    (Verdict.BLOCKED, "blocked", Role.PROBLEM),
    (Verdict.UNREADABLE, "not readable", Role.PROBLEM),
    (Verdict.UNCHANGED, "unchanged", Role.MUTED),
)


def plan_tree(plan: Plan, wording: Wording = PLAN) -> ReportTree:
    """Return the report of a plan."""
    counts = Counter(resource.verdict for resource in plan.resources)
    # With a single locale, its name on each headline would only be noise.
    several_locales = len({resource.locale for resource in plan.resources} - {None}) > 1
    pending = {one.identity: one for one in plan.pending}
    grouped: dict[_Heading, list[ReportEntryNode]] = {heading: [] for heading in _ORDER}
    for resource in plan.resources:
        merged = pending.get(resource.identity)
        grouped[heading_of(resource)].append(_entry(resource, merged, name_locale=several_locales))
    return ReportTree(
        title=wording.title,
        total=_total(plan.resources, counts, wording),
        counts={verdict.value: counts[verdict] for verdict, _, _ in TOTALS},
        sections=tuple(
            Section(
                title=(plan.recorded and heading.recorded) or heading.title,
                # One failure of a target makes all of its resources unreadable, with the same long error.
                entries=without_repeats(entries) if heading is UNREADABLE else tuple(entries),
                announced=heading.announced,
            )
            for heading, entries in grouped.items()
            if entries
        )
        + gone_section(plan),
        closings=(*_closings(plan), *wording.closings),
        several_targets=several_targets(resource.identity for resource in plan.resources),
        notices=notices(plan),
    )


def heading_of(resource: ResourcePlan) -> _Heading:
    """Return the section of a resource; with a base, changes are divided by cause."""
    if resource.verdict in HEADINGS:
        return HEADINGS[resource.verdict]
    causes = {action.cause for action in resource.actions} - {None}
    if not causes:
        return CHANGES
    # One conflict is enough: the resource needs a decision before anything else about it matters.
    if Cause.BOTH in causes:
        return BOTH
    if Cause.YOURS in causes:
        return YOURS
    return DRIFT if Cause.DRIFT in causes else MERGED


def _entry(resource: ResourcePlan, pending: Pending | None, *, name_locale: bool) -> ReportEntryNode:
    blocks = (*_blocks(resource), *pending_remark(pending))
    return ReportEntryNode(
        **identity_fields(resource.identity),
        sign=VERDICT_SIGNS[resource.verdict],
        word=resource.verdict,
        place=resource.position,
        notes=(Span(resource.locale, Role.MUTED),) if name_locale and resource.locale else (),
        blocks=blocks,
        shown=Shown.FULL if resource.verdict is Verdict.UNCHANGED and not blocks else Shown.ALWAYS,
    )


def _blocks(resource: ResourcePlan) -> Iterator[Block]:
    if resource.error:
        yield Remark(word="not read", text=resource.error, role=Role.PROBLEM)
    yield from _remarks(resource, _ABOVE)
    held = resource.verdict in HELD
    if held and resource.actions:
        yield Divider(f"held back: {counted(len(resource.actions), 'action')}")
    yield from _lines(resource, held=held)
    yield from _remarks(resource, _BELOW)


def _remarks(resource: ResourcePlan, words: frozenset[str]) -> Iterator[Remark]:
    for planned in resource.findings:
        remark = _remark(planned, resource)
        if remark.word in words:
            yield remark


def _remark(planned: PlannedFinding, resource: ResourcePlan) -> Remark:
    finding = planned.finding
    deferring = resource.verdict is Verdict.DEFERRED and finding.code in DEFERRING_CODES
    return Remark(
        word=Verdict.DEFERRED if deferring else finding.level,
        text=finding.message,
        role=Role.CAUTION if deferring else LEVEL_ROLES[finding.level],
        # Many messages name the path already.
        path="" if finding.path in finding.message else field_path(finding.path),
        code=finding.code,
        place=_elsewhere(planned.position, resource.position),
    )


def _elsewhere(position: Position | None, headline: Position) -> Position | None:
    """Return a position, or None when the headline names the same line."""
    if position is None or (position.file, position.line) == (headline.file, headline.line):
        return None
    return position


def _lines(resource: ResourcePlan, *, held: bool) -> Iterator[Line | Divider]:
    lines = _staged_lines(resource, held=held)
    # A new resource can have dozens of fields, and an update after its creation sends further ones.
    creates = any(isinstance(planned.action, Create) for planned in resource.actions)
    return folded(lines) if creates else lines


def _staged_lines(resource: ResourcePlan, *, held: bool) -> Iterator[Line | Divider]:
    kind = resource.identity.kind
    # With a single cause, the heading of the section names it.
    tag_cause = len({action.cause for action in resource.actions}) > 1
    before: PlannedAction | None = None
    kept, omitted = within_bound(resource.actions)
    for planned in kept:
        # Stages are separate requests: the second one is only sent after the first was verified.
        if before is not None and planned.stage != before.stage:
            yield Divider("then, once it exists:" if isinstance(before.action, Create) else "then, once verified:")
        yield from action_lines(kind, planned, held=held, tag_cause=tag_cause)
        before = planned
    yield from omitted


def action_lines(kind: Kind, planned: PlannedAction, *, held: bool, tag_cause: bool) -> Iterator[Line]:
    """Yield the lines of one planned action: those of all fields for a creation, one line for any other."""
    match planned.action:
        case Create(fields):
            yield from creation_lines(kind, fields, held=held)
        case _:
            yield action_line(kind, planned, held=held, tag_cause=tag_cause)


def several_targets(identities: Iterable[Identity]) -> bool:
    """Return whether resources of one kind live on several targets."""
    # By kind: resources of different kinds usually have different targets, and their kind then implies the target.
    kinds: dict[Kind, set[str]] = {}
    for identity in identities:
        kinds.setdefault(identity.kind, set()).add(identity.target)
    return any(len(targets) > 1 for targets in kinds.values())


def _total(resources: tuple[ResourcePlan, ...], counts: Mapping[Verdict, int], wording: Wording) -> tuple[Span, ...]:
    if not resources:
        return (Span("Nothing to plan: no resource is selected."),)
    # A field that was not returned may differ: then the total must not say that live matches.
    if counts[Verdict.UNCHANGED] == len(resources) and not any(map(_unobserved, resources)):
        return (
            Span("No changes. ", Role.STRONG),
            Span(f"{wording.world} matches {counted(len(resources), 'manifest')}."),
        )
    # Of updates only: the number of fields of a new resource says nothing.
    actions = sum(len(r.actions) for r in resources if r.verdict is Verdict.UPDATE)
    sent = any(counts[verdict] for verdict in (Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE))
    extra = {Verdict.UPDATE: f" ({counted(actions, 'action')})"}
    return total_of(
        f"{wording.title}: " if sent else "Nothing to apply: ",
        ((f"{counts[v]:,} {words}{extra.get(v, '')}", role) for v, words, role in TOTALS if counts[v]),
    )


def _unobserved(resource: ResourcePlan) -> list[str]:
    """Return the paths of managed fields that the platform did not return."""
    # A path can have several such findings.
    return list(dict.fromkeys(p.finding.path for p in resource.findings if p.finding.code in UNOBSERVED))


def unobserved_closing(fields: Sequence[int]) -> Iterator[Closing]:
    """Yield how many fields were not compared; ``fields`` has that number for each resource."""
    if any(fields):
        count = f"{counted(sum(fields), 'field')} of {counted(sum(map(bool, fields)), 'resource')}"
        yield Closing((Span(f"Not returned by the platform, and therefore not compared: {count}.", Role.CAUTION),))


def _closings(plan: Plan) -> Iterator[Closing]:
    if plan.base is not None or plan.recorded:
        yield Closing(tuple(_compared(plan, plan.base)))
    yield from unread_closing((r.identity.target, r.verdict is not Verdict.UNREADABLE) for r in plan.resources)
    yield from unrecorded_closing(plan.unrecorded)
    yield from unobserved_closing([len(_unobserved(resource)) for resource in plan.resources])
    if rules := _rules(plan):
        yield Closing((Span(f"Planned with {', '.join(rules)}.", Role.CAUTION),))
    if plan.forecast.requests:
        yield Closing((Span(forecast_text(plan.forecast)),))
    if any(plan.unmanaged.values()):
        numbers = ", ".join(f"{target} {number:,}" for target, number in plan.unmanaged.items() if number)
        yield Closing((Span(f"Live without a manifest, not changed: {numbers}.", Role.MUTED),))
    # Long, and only needed for --digest.
    yield Closing((Span("Plan hash ", Role.MUTED), Span(plan.digest, Role.MUTED)), Shown.FULL)


def _rules(plan: Plan) -> list[str]:
    """Return the options that the actions were planned with, and which also apply when they are planned again."""
    # The rules of resources without actions changed nothing.
    used = [resource.rules for resource in plan.resources if resource.actions]
    options = (
        ("--no-process", any(not rules.processes for rules in used)),
        ("--retry-rejected", any(rules.retry_rejected for rules in used)),
        ("--during-certification", any(rules.during_certification for rules in used)),
        ("--write-secured", any(rules.write_secured for rules in used)),
    )
    return [option for option, present in options if present]
