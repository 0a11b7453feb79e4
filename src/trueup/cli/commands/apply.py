"""The command ``apply``: make live match the manifests."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    RunOptions,
    Seconds,
    allow_option,
    applied_option,
    base_option,
    changed_option,
    file_options,
    manifest_options,
    output_options,
)
from trueup.cli.rules import Rules, rule_options, rules_from

if TYPE_CHECKING:
    from trueup.cli.apply_run import Applied
    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.errors import Diagnostic
    from trueup.model.plan import Plan
    from trueup.plan.approval import Approval


@click.command(
    "apply",
    epilog="""\b
Examples:
  trueup apply                             # plan, show, ask, apply
  trueup apply --yes --format json > report.json
  trueup plan --out plan.json && trueup apply --plan plan.json --yes
  trueup apply --approved plan.json --yes  # plan again, and apply what plan.json shows
  trueup apply --base HEAD~1               # skip resources that both sides changed
  trueup apply --allow-delete 1            # at most one tombstone
  trueup apply certifications/ --concurrency 2""",
)
@manifest_options()
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Apply exactly this saved plan (from plan --out). It is computed again, and refused if it differs.",
)
@click.option(
    "--digest",
    metavar="HASH",
    help="Apply only a plan with this hash (sha256:...), saved or new; refuse any other. With --approved, the hash of "
    "that plan.",
)
@click.option(
    "--approved",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Apply only what this plan shows, resource by resource (repeatable). FILE is from plan --out or from plan "
    "--format json.",
)
@click.option(
    "--unapproved",
    type=click.Choice(("stop", "apply")),
    help="What no approved plan shows: leave it (the default with --approved), or apply it as well. What others "
    "changed live since then is left in either case.",
)
@click.option(
    "--manifests",
    metavar="PATH",
    multiple=True,
    help="With --plan: the files or folders of its manifests. Default: the project's globs.",
)
@base_option
@applied_option
@changed_option
@allow_option
@click.option(
    "--on-conflict",
    type=click.Choice(("stop", "overwrite")),
    default="stop",
    show_default=True,
    help="For values that both the manifest and live changed since --base: skip the resource, or overwrite live.",
)
@click.option("-y", "--yes", is_flag=True, help="Apply without asking.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="How many resources to write concurrently.",
)
@click.option(
    "--batch",
    metavar="N",
    type=click.IntRange(1, 25),
    default=1,
    show_default=True,
    help="Put up to N certifications into one update request; a refused request is split.",
)
@click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait for the preview builds, publishing, rollouts and removals that it starts.",
)
@click.option(
    "--wait-timeout",
    metavar="SECONDS",
    type=Seconds(0),
    help="Wait at most this long for each. Default: 30 minutes for a preview build, a rollout and a removal, 20 for "
    "publishing, and 20 for a review that must end before unlisting.",
)
@rule_options()
@file_options()
@output_options(*FORMATS)
def command(  # noqa: PLR0913 - one keyword an option that is apply's own
    *,
    plan_file: Path | None,
    digest: str | None,
    approved: tuple[Path, ...],
    unapproved: str | None,
    manifests: tuple[str, ...],
    on_conflict: str,
    yes: bool,
    concurrency: int,
    batch: int,
    wait: bool,
    wait_timeout: float | None,
    **given: object,
) -> "CommandEnd":
    """Plan, show the plan, ask, and make live match the manifests.

    Every write carries the version it was planned from. When live has changed since, trueup reads it again and
    continues only with actions that the plan showed; otherwise the resource ends as stale and nothing is overwritten.
    One failure stops only the resources that depend on the failed one. The exit status is computed from the outcomes of
    all resources. Each request is recorded before it is sent: see trueup runs. Any answer but yes applies nothing and
    ends with status 0. Ctrl-C at the question ends with 130.

    Secured values are read from the variables and files that manifests name. If one is missing, nothing is sent and the
    status is 3.

    With --approved, a resource is sent only if approved plans show each of its actions, with the value that is live
    now. The others end as stale or unapproved (status 4) and do not stop it.
    """
    from trueup.apply.context import ApplyOptions
    from trueup.cli.apply_run import ApplyRequest, plan_and_apply
    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import ended
    from trueup.report.result import Result

    rules = rules_from(given)
    # Everything that needs no file and no network is checked first.
    _check_rules(rules, plan_file)
    common = _manifests_of_plan(RunOptions.of(given), plan_file, manifests)
    _check_digest(digest)
    _check_approval(plan_file, approved, unapproved)
    # Before anything is read: a CI job without --yes fails at once, not after a plan of some minutes.
    _check_terminal(yes=yes)
    saved, approval = _read_plans(plan_file, approved, unapproved, digest)
    scope = _scope_of_plan(common, saved)
    if not (scope.valid or common.keep_going):
        return ended(common, Result(command="apply", status=Exit.INVALID, diagnostics=scope.diagnostics))
    saved = None if saved is None else _recomputed(saved, scope, rules, plan_file)
    options = ApplyOptions(
        concurrency=concurrency, batch=batch, wait=wait, wait_seconds=wait_timeout, saved=saved is not None
    )
    request = ApplyRequest(
        scope=scope,
        common=common,
        rules=rules,
        saved=saved,
        options=options,
        yes=yes,
        overwrite=on_conflict == "overwrite",
        digest=digest,
        approval=approval,
        arguments=click.get_current_context().obj or (),
    )
    return _emit(run_loop(plan_and_apply(request)), scope, common)


def _emit(done: "Applied", scope: "Scope", common: RunOptions) -> "CommandEnd":
    """Return how an apply ended, with the status of its outcomes, diagnostics and error."""
    from trueup.cli.exit_codes import most_severe, status_of_diagnostics, status_of_error, status_of_outcomes
    from trueup.cli.output import ended
    from trueup.report.result import Result

    fitting = [status_of_diagnostics(scope.diagnostics), status_of_outcomes(done.outcomes or ())]
    fitting += [status_of_error(done.error)] if done.error else []
    return ended(
        common,
        Result(
            command="apply",
            status=most_severe(fitting),
            diagnostics=scope.diagnostics,
            # In text, the plan has already been printed, before the question.
            plan=None if done.outcomes is None and common.form == "text" else done.plan,
            outcomes=done.outcomes,
            error=done.error,
            summary="Nothing was applied." if done.outcomes is None and done.error is None else "",
        ),
    )


def _check_digest(digest: str | None) -> None:
    """Raise UsageError for a text that cannot be a plan's hash: without this check, it fails only after planning."""
    from trueup.errors import UsageError

    if digest is not None and re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is None:
        message = "--digest takes a plan hash: sha256: and 64 hexadecimal digits, as plan --verbose shows it."
        raise UsageError(message)


def _check_approval(plan_file: Path | None, approved: tuple[Path, ...], unapproved: str | None) -> None:
    """Raise UsageError for an approval of a saved plan, which is applied as it is."""
    from trueup.errors import UsageError

    if plan_file is not None and (approved or unapproved):
        message = (
            "Use either --plan, to apply a saved plan as it is, or --approved, to apply what it shows of a new plan."
        )
        raise UsageError(message)


def _read_plans(
    plan_file: Path | None, approved: tuple[Path, ...], unapproved: str | None, digest: str | None
) -> "tuple[Plan | None, Approval | None]":
    """Read the saved plan and the approved ones; raises what ``read_plan`` and ``check_digest`` raise."""
    from trueup.cli.files import read_plan
    from trueup.plan.saved import check_digest

    saved = None if plan_file is None else read_plan(plan_file)
    approval = _approval(approved, unapproved)
    for shown in (*([saved] if saved else []), *(approval.plans if approval else ())):
        if digest is not None:
            # A plan from a file can be compared at once, a new one only after planning.
            check_digest(shown, digest)
    return saved, approval


def _approval(approved: tuple[Path, ...], unapproved: str | None) -> "Approval | None":
    """Read the approved plans; None without the options. Raises what ``read_plan`` raises, for all files at once."""
    from trueup.cli.files import read_plan
    from trueup.errors import InvalidInput
    from trueup.plan.approval import Approval
    from trueup.plan.saved import check_values

    if not approved and unapproved is None:
        return None
    plans: list[Plan] = []
    wrong: list[Diagnostic] = []
    for file in approved:
        try:
            plan = read_plan(file)
            check_values(plan, file=str(file))
            plans.append(plan)
        except InvalidInput as error:
            wrong += error.diagnostics
    if wrong:
        raise InvalidInput(wrong)
    return Approval(plans=tuple(plans), apply_unshown=unapproved == "apply")


def _scope_of_plan(common: RunOptions, saved: "Plan | None") -> "Scope":
    """Read the manifests that the options name, and those of the commit that a saved plan was compared with.

    Without --base, that commit is known from the plan file alone, and a file can be forged. Then it cannot make the
    hosts of a target acceptable. Raises PlanOutdated when --base names another commit, and what ``read_scope`` raises.
    """
    from trueup.cli.session import read_scope
    from trueup.plan.saved import check_base

    if saved is None or saved.base is None or common.base is not None:
        scope = read_scope(common)
        if saved is not None and scope.since is not None and scope.since.base is not None:
            check_base(saved, scope.since.base)
        return scope
    # The commit, not the revision: HEAD~1 or a branch may have moved since.
    scope = read_scope(replace(common, base=saved.base.commit))
    return replace(scope, permit=replace(scope.permit, accepted=False))


def _recomputed(saved: "Plan", scope: "Scope", rules: Rules, file: Path | None) -> "Plan":
    """Return the saved plan as it is planned now; raises what ``recompute`` raises."""
    from trueup.cli.selection import places_of
    from trueup.plan.recompute import recompute
    from trueup.plan.safety import hold_deletions
    from trueup.plan.three_way import hold_unknown

    plan = recompute(saved, scope.manifests, places_of(scope.project), since=scope.since, file=str(file))
    safety = rules.of_safety(all_valid=scope.valid)
    return hold_unknown(hold_deletions(plan, safety), scope.since, safety.allow_unknown)


def _check_terminal(*, yes: bool) -> None:
    """Raise UsageError when the question cannot be asked because there is no terminal."""
    from trueup.errors import UsageError

    if not yes and (sys.stdin is None or not sys.stdin.isatty()):
        message = (
            "There is no terminal to ask on. Use --yes to apply without asking, or trueup plan to see the changes."
        )
        raise UsageError(message)


def _check_rules(rules: Rules, plan_file: Path | None) -> None:
    """Raise UsageError for options that are fixed in a saved plan."""
    from trueup.errors import UsageError

    if plan_file is not None and (
        rules.no_process or rules.retry_rejected or rules.during_certification or rules.write_secured
    ):
        message = (
            "A saved plan keeps the rules it was made with: use --no-process, --retry-rejected, "
            "--during-certification and --write-secured with trueup plan."
        )
        raise UsageError(message)


def _manifests_of_plan(common: RunOptions, plan_file: Path | None, manifests: tuple[str, ...]) -> RunOptions:
    """Return the options, for a saved plan with the PATHs of --manifests; raise UsageError for conflicting options."""
    from trueup.errors import UsageError

    if plan_file is None and manifests:
        message = "--manifests needs --plan; without a saved plan, name the files as PATHs."
        raise UsageError(message)
    if plan_file is not None and (common.paths or common.select or common.targets):
        message = "A saved plan is applied as it is: --plan takes no PATHs, --select or --target. Use --manifests."
        raise UsageError(message)
    if plan_file is not None and common.changed_since:
        message = "A saved plan is already compared: use --changed-since with trueup plan."
        raise UsageError(message)
    return common if plan_file is None else replace(common, paths=manifests)
