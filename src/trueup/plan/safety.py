"""Refuse what nobody may have meant: deletions, more changes than expected, what takes things away from others.

Two kinds of rules. What is wrong with *one* resource (``protect``, deletions while files are invalid) blocks that
resource in its plan, where people see it, and leaves the rest alone. What is wrong with the *run* (budgets) refuses the
whole apply before anything is sent. Each message names the one option that allows this one thing: an option that
allows everything would be in every script within a year.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from trueup.errors import Refused, UsageError
from trueup.model.action import Delete, Finding, Level
from trueup.model.field import Risk
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import Plan, PlannedAction, PlannedFinding, ResourcePlan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.whole import with_resources

_LIMIT: Final = re.compile(r"([0-9]{1,9})(%?)")
HELD_DELETION: Final = "invalid-manifests"
"""Code of the finding that holds back a deletion while other manifests are invalid."""
PROTECTION_UNKNOWN: Final = "protection-unknown"
"""Code of the finding that holds back what a base says nothing of."""
_NAMED: Final = 5
"""How many resources a message names before it only says how many more there are."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Bound a number of resources: by count, or by percent of all resources of the plan."""

    amount: int
    percent: bool = False

    def __str__(self) -> str:
        """Return the limit as people typed it."""
        return f"{self.amount}{'%' if self.percent else ''}"

    def allows(self, count: int, of: int) -> bool:
        """Say whether ``count`` of ``of`` resources are within the limit; a percentage is never rounded up."""
        return count <= (Fraction(self.amount * of, 100) if self.percent else self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOptions:
    """Hold what a run may do; None is no limit. ``all_valid`` is False when some manifest of the run is invalid.

    ``allow_unknown`` are the keys and ids of resources that count as not protected where the base says nothing of them.
    """

    allow_delete: int = 0
    allow_unknown: frozenset[str] = frozenset()
    max_changes: Limit | None = None
    max_destructive: Limit | None = None
    all_valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Say why a run is refused; ``option`` is the one that would allow it."""

    code: str
    message: str
    option: str


def parse_limit(text: str) -> Limit:
    """Read ``10`` or ``5%``; raises UsageError."""
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no limit. Give a number of resources, as 10, or a percentage, as 5%.")
    return Limit(int(found[1]), percent=bool(found[2]))


def protected(lifecycle: LifecycleSpec, actions: Sequence[PlannedAction]) -> tuple[Finding, ...]:
    """Return the finding that blocks destructive actions on a protected resource, or nothing."""
    if not lifecycle.protect or all(planned.risk is not Risk.DESTRUCTIVE for planned in actions):
        return ()
    return (
        Finding(
            level=Level.BLOCKED,
            code="protected",
            message="lifecycle.protect is true, and this would take something away from others. Set lifecycle.protect "
            "to false in a change of its own first.",
        ),
    )


def hold_deletions(plan: Plan, options: SafetyOptions) -> Plan:
    """Block all deletions of a run that has invalid manifests: what a broken file wanted to keep is not known."""
    if options.all_valid or all(resource.verdict is not Verdict.DELETE for resource in plan.resources):
        return plan
    resources = tuple(hold_deletion(r) if r.verdict is Verdict.DELETE else r for r in plan.resources)
    return with_resources(plan, resources)


def refusals(plan: Plan, options: SafetyOptions) -> tuple[Refusal, ...]:
    """Return every reason for which the run must not begin; none when it may."""
    sent = [resource for resource in plan.resources if resource.verdict in SENT and resource.actions]
    deleted = [resource for resource in sent if any(isinstance(p.action, Delete) for p in resource.actions)]
    destructive = [r for r in sent if any(p.risk is Risk.DESTRUCTIVE for p in r.actions)]
    found = []
    if len(deleted) > options.allow_delete:
        option = f"--allow-delete {len(deleted)}"
        message = f"The plan deletes {_names(deleted)}. {option} allows it."
        found.append(Refusal(code="deletions", message=message, option=option))
    found += _over(options.max_changes, sent, plan, verb="changes", code="max-changes")
    found += _over(options.max_destructive, destructive, plan, verb="takes something away at", code="max-destructive")
    return tuple(found)


def enforce(plan: Plan, options: SafetyOptions) -> None:
    """Raise :class:`~trueup.errors.Refused` with every refusal when the run must not begin."""
    found = refusals(plan, options)
    if found:
        raise Refused(" ".join(refusal.message for refusal in found))


def _over(
    limit: Limit | None, counted: Sequence[ResourcePlan], plan: Plan, *, verb: str, code: str
) -> tuple[Refusal, ...]:
    if limit is None or limit.allows(len(counted), len(plan.resources)):
        return ()
    option = f"--{code}"
    allowing = f"{option} {len(counted)}"
    message = (
        f"The plan {verb} {_names(counted)} of {len(plan.resources)}, more than {option} {limit} allows. "
        f"{allowing} would allow it."
    )
    return (Refusal(code=code, message=message, option=allowing),)


def _names(resources: Sequence[ResourcePlan]) -> str:
    named = ", ".join(str(resource.identity) for resource in resources[:_NAMED])
    more = f" and {len(resources) - _NAMED} more" if len(resources) > _NAMED else ""
    return f"{len(resources)} {'resource' if len(resources) == 1 else 'resources'} ({named}{more})"


def hold_deletion(resource: ResourcePlan) -> ResourcePlan:
    """Return the resource blocked, as its deletion may not be meant while other manifests are invalid."""
    finding = Finding(
        level=Level.BLOCKED,
        code=HELD_DELETION,
        message="Other manifests of this run are invalid, and nothing is deleted in it. Correct them, or select the "
        "tombstone without them (--select).",
    )
    return _blocked(resource, finding)


def hold_protected(resource: ResourcePlan) -> ResourcePlan:
    """Return the resource blocked, as it may have been protected in the base."""
    finding = Finding(
        level=Level.BLOCKED,
        code=PROTECTION_UNKNOWN,
        message="The base has no manifest of this resource that could be read, so it counts as protected, and this "
        "would take something away from others. Bring in its manifest without this step in a change of its own first, "
        f"or allow it with --allow-unknown {shlex.quote(resource.identity.value)}.",
    )
    return _blocked(resource, finding)


def _blocked(resource: ResourcePlan, finding: Finding) -> ResourcePlan:
    held = PlannedFinding(finding=finding, position=resource.position)
    return replace(resource, verdict=Verdict.BLOCKED, findings=(*resource.findings, held))
