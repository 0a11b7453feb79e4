"""The command ``adopt``: write what was changed live into the manifests."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    RunOptions,
    allow_option,
    applied_option,
    base_option,
    manifest_options,
    output_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.edit.adopt import Adoption
    from trueup.manifest.project import Project
    from trueup.model.identity import Identity
    from trueup.model.manifest import Manifest
    from trueup.model.plan import Drift, ResourceDrift


@click.command(
    "adopt",
    epilog="""\b
Examples:
  trueup adopt --dry-run                   # what would be written
  trueup adopt connectors/tax.yaml         # then: git diff
  trueup adopt --base origin/main --both   # live values also win over your own changes""",
)
@manifest_options()
@base_option
@applied_option
@allow_option
@click.option("--both", is_flag=True, help="With --base: also take the live value where the manifest changed as well.")
@click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing.")
@output_options(*FORMATS)
def command(*, both: bool, dry_run: bool, **given: object) -> "CommandEnd":
    """Write what was changed live into the manifests.

    Review the changes before you commit them.
    Only the values, items and lines that must change are edited: comments, order, quotes and anchors stay. Each edit is
    verified by reading the file again. An edit that would change anything else is left to you, with the reason; so are
    the states that lifecycle asks for. Each file is written completely or not at all. Status 0 when everything was
    adopted, 5 when something was left to you, 1 when live could not be read, 3 when manifests are invalid.
    """
    from trueup.cli.commands.drift import read_drift
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics
    from trueup.cli.output import ended
    from trueup.report.result import Result
    from trueup.report.writeback import adopted_to_json, adopted_tree

    common = _with_files(RunOptions.of(given))
    scope, drift = read_drift(common)
    if drift is None:
        return ended(common, Result(command="adopt", status=Exit.INVALID, diagnostics=scope.diagnostics))
    adoptions = _adopt(scope, _chosen(drift, both=both), write=not dry_run)
    result = Result(
        command="adopt",
        status=most_severe([_status(adoptions), status_of_diagnostics(scope.diagnostics)]),
        diagnostics=scope.diagnostics,
        tree=adopted_tree(adoptions, written=not dry_run),
        also={"adopted": adopted_to_json(adoptions)},
    )
    return ended(common, result)


def _with_files(common: RunOptions) -> RunOptions:
    from trueup.errors import UsageError

    if "-" in common.paths:
        message = "Manifests from standard input have no file that could be changed. Name files."
        raise UsageError(message)
    return common


def _chosen(drift: "Drift", *, both: bool) -> "list[ResourceDrift]":
    """Return the drifted resources with the changes that may be adopted."""
    from dataclasses import replace

    from trueup.model.plan import Cause, Fate

    chosen = [
        replace(resource, changes=tuple(p for p in resource.changes if both or p.cause is not Cause.BOTH))
        for resource in drift.resources
    ]
    return [r for r in chosen if r.changes or r.repeated or r.fate not in {Fate.SAME, Fate.CHANGED}]


def _adopt(scope: "Scope", drifts: "Sequence[ResourceDrift]", *, write: bool) -> "list[Adoption]":
    """Edit the files one after the other; return one adoption per resource, sorted by identity."""
    from trueup.edit.adopt import Adoption

    # Deleted, returned or unreadable: nothing can be written, but the report says why.
    adoptions = [Adoption(drift=drift) for drift in drifts if not (drift.changes or drift.repeated)]
    manifests = {manifest.identity: manifest for manifest in scope.manifests}
    # A file is read and replaced once, with all of its edits.
    by_file: dict[str, list[ResourceDrift]] = {}
    for drift in drifts:
        if drift.changes or drift.repeated:
            by_file.setdefault(drift.position.file, []).append(drift)
    for name, in_file in by_file.items():
        adoptions += _adopt_file(scope.project, name, in_file, manifests, write=write)
    return sorted(adoptions, key=lambda adoption: adoption.drift.identity)


def _adopt_file(
    project: "Project",
    name: str,
    drifts: "Sequence[ResourceDrift]",
    manifests: "Mapping[Identity, Manifest]",
    *,
    write: bool,
) -> "Sequence[Adoption]":
    from trueup.cli.files import replace_file
    from trueup.edit.adopt import adopt, refused_adoption
    from trueup.faults import fault_text
    from trueup.manifest.discovery import Limits, absolute
    from trueup.regular_file import read_named

    file = Path(name)
    # A symlink could point to a file of another project, which this repository must not change.
    if Limits(project).crossed(absolute(file)):
        return [refused_adoption(drift, "a symbolic link on the way to the file leads out") for drift in drifts]
    try:
        before = read_named(file)
        after, made = adopt(project, name, before, drifts, manifests)
        # Unchanged files are not replaced: their modification time would change for nothing.
        if write and after != before:
            replace_file(file, before, after)
    except OSError as error:
        return [refused_adoption(drift, f"the file cannot be written: {error.strerror}") for drift in drifts]
    except Exception as error:  # noqa: BLE001 - the outermost boundary of a file: the others must be processed
        why = fault_text(error, f"changing {name}").removesuffix(".")
        return [refused_adoption(drift, why) for drift in drifts]
    return made


def _status(adoptions: "Sequence[Adoption]") -> "Exit":
    from trueup.cli.exit_codes import Exit
    from trueup.model.plan import Fate

    fates = {adoption.drift.fate for adoption in adoptions}
    if Fate.UNREADABLE in fates:
        return Exit.FAILED
    incomplete = fates & {Fate.DELETED, Fate.RETURNED} or any(adoption.refused for adoption in adoptions)
    return Exit.PARTLY if incomplete else Exit.DONE
