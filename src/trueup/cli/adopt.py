"""Write what live changed by itself into the manifests."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import FORMATS, Common, manifest_options, output_options
from trueup.cli.since import base_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.cli.exits import Exit
    from trueup.edit.adopt import Adoption
    from trueup.manifest.project import Project
    from trueup.model.drift import Drift, ResourceDrift


@click.command(
    "adopt",
    epilog="""\b
Examples:
  trueup adopt --dry-run                   # what would be written
  trueup adopt connectors/tax.yaml         # then: git diff
  trueup adopt --base origin/main --both   # live's value wins over your own change too""",
)
@manifest_options()
@base_option
@click.option("--both", is_flag=True, help="With --base: take live's value also where the manifest changed too.")
@click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing.")
@output_options(*FORMATS)
def command(*, both: bool, dry_run: bool, **given: object) -> int:
    """Write live's values into the manifests where live changed by itself, as a change to review.

    Only the values, items and lines that must change are touched: comments, order, quotes and anchors stay. Each change
    is proven by reading the file again; one that would reach further is left to you, with the reason. Status 0 when all
    was taken over, 5 when something was left, 1 when live could not be read.
    """
    import asyncio

    from trueup.cli.drift import read_drift
    from trueup.cli.exits import Exit
    from trueup.cli.output import Result, emit_for
    from trueup.cli.session import read_scope
    from trueup.report.adopted import adopted_to_json, adopted_tree

    common = _with_files(Common(**given))  # type: ignore[arg-type]  # click hands over what the options declare
    scope = read_scope(common)
    if not scope.valid:
        return emit_for(common, Result(command="adopt", status=Exit.INVALID, diagnostics=scope.diagnostics))
    drift = asyncio.run(read_drift(scope, common))
    adoptions = _adopt(scope.project, _chosen(drift, both=both), write=not dry_run)
    result = Result(
        command="adopt",
        status=_status(adoptions),
        diagnostics=scope.diagnostics,
        tree=adopted_tree(adoptions, written=not dry_run),
        also={"adopted": adopted_to_json(adoptions)},
    )
    return emit_for(common, result)


def _with_files(common: Common) -> Common:
    from trueup.errors import UsageError

    if "-" in common.paths:
        message = "What comes from standard input is in no file that could be written. Name files."
        raise UsageError(message)
    return common


def _chosen(drift: "Drift", *, both: bool) -> "list[ResourceDrift]":
    """Return the drifted resources with the changes that may be taken over."""
    from dataclasses import replace

    from trueup.model.drift import Fate
    from trueup.model.plan import Cause

    chosen = [
        replace(resource, changes=tuple(p for p in resource.changes if both or p.cause is not Cause.BOTH))
        for resource in drift.resources
    ]
    return [r for r in chosen if r.changes or r.fate in {Fate.DELETED, Fate.RETURNED, Fate.UNREADABLE}]


def _adopt(project: "Project", drifts: "Sequence[ResourceDrift]", *, write: bool) -> "list[Adoption]":
    """Change the files, one after the other; return what became of each resource."""
    from trueup.edit.adopt import Adoption, adopt

    files = dict.fromkeys(drift.position.file for drift in drifts if drift.changes)
    adoptions = [Adoption(drift=drift) for drift in drifts if not drift.changes]
    for name in files:
        file = Path(name)
        before = file.read_bytes()
        after, made = adopt(project, name, before, [d for d in drifts if d.position.file == name and d.changes])
        if write and after != before:
            file.write_bytes(after)
        adoptions += made
    return sorted(adoptions, key=lambda adoption: adoption.drift.identity)


def _status(adoptions: "Sequence[Adoption]") -> "Exit":
    from trueup.cli.exits import Exit
    from trueup.model.drift import Fate

    fates = {adoption.drift.fate for adoption in adoptions}
    if Fate.UNREADABLE in fates:
        return Exit.FAILED
    left = fates & {Fate.DELETED, Fate.RETURNED} or any(adoption.left for adoption in adoptions)
    return Exit.PARTLY if left else Exit.DONE
