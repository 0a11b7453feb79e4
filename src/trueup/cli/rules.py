"""The options of plan and apply about previews, publishing, deletions and limits."""

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from trueup.cli.completers import resources
from trueup.cli.options import Decorator, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.model.manifest import Manifest
    from trueup.model.plan import PlanRules
    from trueup.plan.safety import SafetyOptions
    from trueup.platforms.settings import HttpSettings

APPROVED = "approved"
"""The value of ``--allow-delete`` for the deletions that were approved."""


def parse_deletions(_ctx: click.Context, _param: click.Parameter, given: str) -> int | str:
    """Return the number of deletions that are allowed, or ``approved``; raises click.BadParameter."""
    if given == APPROVED:
        return given
    # Not isdecimal, which accepts digits of other scripts.
    if re.fullmatch("[0-9]{1,9}", given) is None:
        message = f"{given!r} is neither a number of deletions nor {APPROVED}."
        raise click.BadParameter(message)
    return int(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The options of plan and apply about previews, publishing, deletions and limits.

    ``allow_delete`` is a number of deletions or :data:`APPROVED`.
    """

    no_process: bool
    retry_rejected: bool
    during_certification: bool
    allow_delete: int | str
    allow_unknown: tuple[str, ...]
    max_changes: str | None
    max_destructive: str | None
    origin_async: bool
    write_secured: tuple[str, ...]

    def of_plan(self, manifests: "Sequence[Manifest] | None") -> "PlanRules":
        """Return the options that the planner reads.

        ``manifests`` are those that are planned, None for a part of them. Raises UsageError for a secured value that
        none of them has.
        """
        from trueup.model.plan import PlanRules

        if self.write_secured and manifests is not None:
            _check_secured(self.write_secured, manifests)
        return PlanRules(
            processes=not self.no_process,
            retry_rejected=self.retry_rejected,
            during_certification=self.during_certification,
            write_secured=tuple(sorted(set(self.write_secured))),
        )

    def of_safety(self, *, all_valid: bool, approved: int | None = None) -> "SafetyOptions":
        """Return the limits of the run; raise UsageError for an invalid limit.

        ``approved`` is the number of deletions that are approved, None for all that the plan shows.
        """
        from trueup.plan.safety import SafetyOptions, parse_limit

        return SafetyOptions(
            allow_delete=self.allow_delete if isinstance(self.allow_delete, int) else approved,
            allow_unknown=frozenset(self.allow_unknown),
            max_changes=None if self.max_changes is None else parse_limit(self.max_changes),
            max_destructive=None if self.max_destructive is None else parse_limit(self.max_destructive),
            all_valid=all_valid,
        )

    def of_http(self) -> "HttpSettings":
        """Return the settings of the HTTP clients."""
        from trueup.platforms.settings import HttpSettings

        return HttpSettings(origin_async=self.origin_async)


def _check_secured(names: "Sequence[str]", manifests: "Sequence[Manifest]") -> None:
    """Raise UsageError, with a similar name, for the first secured value that no manifest has."""
    from trueup.errors import UsageError
    from trueup.kinds.registry import KINDS
    from trueup.manifest.suggestions import did_you_mean
    from trueup.plan.masked import is_named, masked_keys

    kinds = ((KINDS[manifest.identity.kind], manifest.spec) for manifest in manifests)
    keys = {key for kind, spec in kinds for key in masked_keys(kind, kind.desired(spec))}
    for name in names:
        if not any(is_named(key, (name,)) for key in keys):
            hint = did_you_mean(name, {part for key in keys for part in (key[-1], ".".join(key))})
            message = f"--write-secured: no selected manifest has a secured value {name!r}. {hint}".rstrip()
            raise UsageError(message)


def rules_from(given: dict[str, Any]) -> Rules:
    """Remove the options of :class:`Rules` from a command's options by name, and return them."""
    # Removed from the others, which RunOptions takes as they are.
    return Rules(**{field.name: given.pop(field.name) for field in fields(Rules)})


def rule_options() -> Decorator[Any]:
    """Return a decorator that adds the options about previews, publishing, deletions and limits."""
    return together(
        click.option(
            "--no-process", is_flag=True, help="Skip preview builds, publishing, listing and certification comments."
        ),
        click.option(
            "--retry-rejected",
            is_flag=True,
            help="Retry preview builds and publications that the platform rejected with the same content.",
        ),
        click.option(
            "--during-certification", is_flag=True, help="Allow changes to a connector while commercetools reviews it."
        ),
        click.option(
            "--allow-delete",
            metavar=f"N|{APPROVED}",
            callback=parse_deletions,
            default="0",
            show_default=True,
            help="Allow up to N deletions by tombstone (lifecycle.state: absent), or those that apply --approved or "
            "--digest covers; in a plan, all that it shows.",
        ),
        click.option(
            "--allow-unknown",
            metavar="NAME",
            multiple=True,
            shell_complete=resources,
            help="Allow this resource to be unpublished, unlisted or deleted although the base has no manifest that "
            "shows whether it is protected. NAME is its key, externalId or originId.",
        ),
        click.option(
            "--max-changes", metavar="N|N%", help="Refuse to apply when more resources than this would change."
        ),
        click.option(
            "--max-destructive",
            metavar="N|N%",
            help="Refuse to apply when more resources than this would be unpublished, unlisted or deleted.",
        ),
        click.option(
            "--write-secured",
            metavar="NAME",
            multiple=True,
            help="Write this secured value of deployments again, although nothing shows that it changed. NAME is its "
            "key, or APPLICATION.KEY.",
        ),
        click.option(
            "--async", "origin_async", is_flag=True, help="Write to Origin through its asynchronous endpoints."
        ),
    )
