"""Declare the options that say what a run may ask for, and what it may not do."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from trueup.cli.options import Decorator, together

if TYPE_CHECKING:
    from trueup.model.plan import Plan, PlanRules
    from trueup.plan.safety import SafetyOptions
    from trueup.platforms.settings import HttpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Hold what plan and apply are told about previews, publishing, deletions and budgets."""

    no_process: bool
    retry_rejected: bool
    during_certification: bool
    allow_delete: int
    allow_unknown: tuple[str, ...]
    max_changes: str | None
    max_destructive: str | None
    origin_async: bool

    def of_plan(self) -> "PlanRules":
        """Return what the plan may ask for."""
        from trueup.model.plan import PlanRules

        return PlanRules(
            processes=not self.no_process,
            retry_rejected=self.retry_rejected,
            during_certification=self.during_certification,
        )

    def of_safety(self, *, all_valid: bool) -> "SafetyOptions":
        """Return what the run may do; raises UsageError for a limit that is none."""
        from trueup.plan.safety import SafetyOptions, parse_limit

        return SafetyOptions(
            allow_delete=self.allow_delete,
            allow_unknown=frozenset(self.allow_unknown),
            max_changes=None if self.max_changes is None else parse_limit(self.max_changes),
            max_destructive=None if self.max_destructive is None else parse_limit(self.max_destructive),
            all_valid=all_valid,
        )

    def of_http(self) -> "HttpSettings":
        """Return how the platforms are talked to."""
        from trueup.platforms.settings import HttpSettings

        return HttpSettings(origin_async=self.origin_async)


def rules_from(given: dict[str, Any]) -> Rules:
    """Take the options of this module out of what a command was given."""
    return Rules(**{field.name: given.pop(field.name) for field in fields(Rules)})


def rule_options() -> Decorator[Any]:
    """Add the options about previews, publishing, deletions and budgets."""
    return together(
        click.option(
            "--no-process", is_flag=True, help="Leave out previews, publishing, listing and certification comments."
        ),
        click.option(
            "--retry-rejected",
            is_flag=True,
            help="Ask again for a preview or publish that the platform rejected with the same content.",
        ),
        click.option(
            "--during-certification", is_flag=True, help="Allow changes to a connector while it is being certified."
        ),
        click.option(
            "--allow-delete",
            metavar="N",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Allow up to N deletions by tombstone (lifecycle.state: absent).",
        ),
        click.option(
            "--allow-unknown",
            metavar="NAME",
            multiple=True,
            help="Let this resource be unpublished, unlisted or deleted although the base has no manifest of it that "
            "says whether it is protected. NAME is its key, externalId or originId.",
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
            "--async", "origin_async", is_flag=True, help="Write to Origin through its asynchronous endpoints."
        ),
    )


def would_be_refused(plan: "Plan", safety: "SafetyOptions") -> Sequence[str]:
    """Return, one a line, what an apply of this plan would be refused for."""
    from trueup.plan.safety import refusals

    return [f"An apply would be refused: {refusal.message}" for refusal in refusals(plan, safety)]
