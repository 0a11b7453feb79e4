"""Refuse plans that are probably a mistake: deletions, more changes than expected, destructive actions.

There are two types of rules. A problem of *one* resource (``protect``, deletions while files are invalid) blocks that
resource in its plan, where people see it, and does not affect the others. A problem of the *run* (limits) refuses the
whole apply before anything is sent. Each message names the option that allows only this one thing, because an option
that allows everything would soon be in every script.
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
from trueup.model.plan import Plan, PlannedAction, ResourcePlan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.whole import with_resources

# Not \d, which accepts digits of other scripts; nine digits are enough for any number of resources.
_LIMIT: Final = re.compile(r"([0-9]{1,9})(%?)")
HELD_DELETION: Final = "invalid-manifests"
"""Code of the finding that blocks a deletion while other manifests are invalid."""
PROTECTION_UNKNOWN: Final = "protection-unknown"
"""Code of the finding that blocks a resource whose manifest is missing or unreadable in the base."""
_NAMED: Final = 5
"""The number of resources that a message names; of the others it gives only the number."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A maximum number of resources, absolute or in percent of all resources of the plan."""

    amount: int
    percent: bool = False

    def __str__(self) -> str:
        """Return the limit as it was typed."""
        return f"{self.amount}{'%' if self.percent else ''}"

    def allows(self, count: int, of: int) -> bool:
        """Return whether ``count`` of ``of`` resources are within the limit; a percentage is never rounded up."""
        # Exact: with floats, 7% of 100 resources would be 7.000000000000001.
        return count <= (Fraction(self.amount * of, 100) if self.percent else self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOptions:
    """What a run may do; None means no limit. ``all_valid`` is false if a manifest of the run is invalid.

    ``allow_unknown`` are the keys and ids of resources that are treated as not protected although the base has no
    readable manifest of them.
    """

    allow_delete: int | None = 0
    allow_unknown: frozenset[str] = frozenset()
    max_changes: Limit | None = None
    max_destructive: Limit | None = None
    all_valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The reason why a run is refused; ``option`` would allow it."""

    code: str
    message: str
    option: str


def parse_limit(text: str) -> Limit:
    """Read ``10`` or ``5%``; raises UsageError."""
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is not a valid limit. Give a number of resources (10) or a percentage (5%).")
    return Limit(int(found[1]), percent=bool(found[2]))


def protected(lifecycle: LifecycleSpec, actions: Sequence[PlannedAction]) -> tuple[Finding, ...]:
    """Return the finding that blocks destructive actions on a protected resource, or an empty tuple."""
    if not lifecycle.protect or all(planned.risk is not Risk.DESTRUCTIVE for planned in actions):
        return ()
    return (
        Finding(
            level=Level.BLOCKED,
            code="protected",
            message="lifecycle.protect is true, and the plan has a destructive action. First set lifecycle.protect to "
            "false in a separate change.",
        ),
    )


def hold_deletions(plan: Plan, options: SafetyOptions) -> Plan:
    """Block all deletions of a run that has invalid manifests, because one of these may describe what is deleted."""
    if options.all_valid or all(resource.verdict is not Verdict.DELETE for resource in plan.resources):
        return plan
    resources = tuple(hold_deletion(r) if r.verdict is Verdict.DELETE else r for r in plan.resources)
    return with_resources(plan, resources)


def refusals(plan: Plan, options: SafetyOptions, *, whole: Plan | None = None) -> tuple[Refusal, ...]:
    """Return all reasons why the run must not begin; percentages are of the resources of ``whole``, or of ``plan``."""
    # Blocked and deferred resources do not count, because nothing is sent for them.
    sent = [resource for resource in plan.resources if resource.verdict in SENT and resource.actions]
    deleted = [resource for resource in sent if any(isinstance(p.action, Delete) for p in resource.actions)]
    destructive = [r for r in sent if any(p.risk is Risk.DESTRUCTIVE for p in r.actions)]
    found = []
    if options.allow_delete is not None and len(deleted) > options.allow_delete:
        option = f"--allow-delete {len(deleted)}"
        message = f"The plan deletes {_names(deleted)}. {option} allows it."
        found.append(Refusal(code="deletions", message=message, option=option))
    total = len((whole or plan).resources)
    found += _over(options.max_changes, sent, total, verb="changes", code="max-changes")
    found += _over(options.max_destructive, destructive, total, verb="takes something away at", code="max-destructive")
    return tuple(found)


def enforce(plan: Plan, options: SafetyOptions, *, whole: Plan | None = None) -> None:
    """Raise :class:`~trueup.errors.Refused` with all refusals if the run must not begin; see :func:`refusals`."""
    found = refusals(plan, options, whole=whole)
    if found:
        raise Refused(" ".join(refusal.message for refusal in found))


def _over(
    limit: Limit | None, counted: Sequence[ResourcePlan], total: int, *, verb: str, code: str
) -> tuple[Refusal, ...]:
    if limit is None or limit.allows(len(counted), total):
        return ()
    option = f"--{code}"
    allowing = f"{option} {len(counted)}"
    message = (
        f"The plan {verb} {_names(counted)} of {total}, more than {option} {limit} allows. {allowing} would allow it."
    )
    return (Refusal(code=code, message=message, option=allowing),)


def _names(resources: Sequence[ResourcePlan]) -> str:
    named = ", ".join(str(resource.identity) for resource in resources[:_NAMED])
    more = f" and {len(resources) - _NAMED} more" if len(resources) > _NAMED else ""
    return f"{len(resources)} {'resource' if len(resources) == 1 else 'resources'} ({named}{more})"


def hold_deletion(resource: ResourcePlan) -> ResourcePlan:
    """Return the resource as blocked, because other manifests are invalid."""
    finding = Finding(
        level=Level.BLOCKED,
        code=HELD_DELETION,
        message="Other manifests of this run are invalid, so the run deletes nothing. Correct them, or select the "
        "tombstone without them (--select).",
    )
    return blocked_by(resource, finding)


def hold_protected(resource: ResourcePlan) -> ResourcePlan:
    """Return the resource as blocked, because the base may have protected it."""
    finding = Finding(
        level=Level.BLOCKED,
        # Quoted below, because an id may contain spaces and quotes, and people copy the option into a shell.
        code=PROTECTION_UNKNOWN,
        message="The base has no readable manifest of this resource, so it is treated as protected, and the plan has a "
        "destructive action. First add its manifest without this action in a separate change, or allow the action with "
        f"--allow-unknown {shlex.quote(resource.identity.value)}.",
    )
    return blocked_by(resource, finding)


def blocked_by(resource: ResourcePlan, finding: Finding) -> ResourcePlan:
    """Return the resource as blocked by this finding."""
    return replace(resource.with_finding(finding), verdict=Verdict.BLOCKED)
