"""The command ``set``: set fields of manifests in their files."""

from typing import TYPE_CHECKING

import click

from trueup.cli.completers import assignments, files
from trueup.cli.options import (
    FORMATS,
    RunOptions,
    all_option,
    output_options,
    project_option,
    select_option,
    target_option,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.edit.set_values import FieldPath, ManifestEdit
    from trueup.manifest.settable import ManifestTree
    from trueup.model.identity import Identity
    from trueup.model.manifest import Manifest

_NAMED = 20
"""Resources that a message names at most."""


@click.command(
    "set",
    epilog="""\b
Examples:
  trueup set acme-tax spec.repository.tag=v1.5.0
  trueup set acme-tax spec.repository.tag=v1.5.0 lifecycle.publish=certified --dry-run
  trueup set acme-tax-live spec.applications.calculator.standardConfiguration.LOG_LEVEL=debug
  trueup set acme-tax spec.repository.tag=v1.5.0 --target staging   # in a manifest for several targets
  trueup set --select team=tax spec.creator.company='Acme GmbH'
  trueup set acme-tax 'spec.supportedRegions=["europe-west1.gcp"]'""",
)
@click.argument("words", metavar="[RESOURCE] PATH=VALUE...", nargs=-1, required=True, shell_complete=assignments)
@project_option
@click.option(
    "--file",
    "paths",
    metavar="FILE",
    multiple=True,
    shell_complete=files,
    help="Only manifests of this file or folder (repeatable). Without RESOURCE, all of them.",
)
@select_option
@target_option
@click.option("--dry-run", is_flag=True, help="Show what would be written and write nothing.")
@all_option
@output_options(*FORMATS)
def command(*, words: "Sequence[str]", dry_run: bool, **given: object) -> "CommandEnd":
    """Set fields of manifests in their files.

    RESOURCE is a key, externalId or originId, also as Connector/KEY. Without it, --select or --file choose the
    manifests. PATH is a field, as in spec.repository.tag. VALUE is text, except where the schema says number or
    boolean; a list is JSON and replaces the whole list. In a manifest for several targets, the value that they share is
    set or, with --target, the one in the variant of that target. Nothing is sent.

    Only the values that must change are edited: comments, order, quotes and anchors stay. All files are checked first,
    and nothing is written unless every edit can be made and is valid. Status 0 when the files have the values, 1 when
    an edit cannot be made, 3 when manifests are invalid or would be, 64 for an unknown field or resource.
    """
    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.errors import InvalidInput
    from trueup.report.result import Result
    from trueup.report.set_values import set_to_json, set_tree

    common = RunOptions.of({**given, "sandbox": False, "keep_going": False})
    if "-" in common.paths:
        _fail("Manifests from standard input have no file that could be changed. Name files.")
    resource, pairs = _parsed(words, chosen=bool(common.paths or common.select))
    scope = read_scope(common, live=False, warn_withheld=False)
    # An invalid file may hold the resource, or another one of the same name.
    if not scope.valid:
        raise InvalidInput(scope.diagnostics)
    manifests = scope.manifests if resource is None else _named(resource, scope.manifests)
    edits = _set(scope, manifests, pairs, by_target=bool(common.targets), write=not dry_run)
    places = {manifest.identity: manifest.positions.at(()) for manifest in manifests}
    return ended(
        common,
        Result(
            command="set",
            status=Exit.DONE,
            diagnostics=scope.diagnostics,
            tree=set_tree(edits, places, written=not dry_run),
            also={"written": not dry_run, "set": set_to_json(edits, places)},
        ),
    )


def _fail(message: str) -> None:
    from trueup.errors import UsageError

    raise UsageError(message)


def _parsed(words: "Sequence[str]", *, chosen: bool) -> "tuple[str | None, Mapping[str, str]]":
    """Return the resource, None for all that the options choose, and the values by path. Raises UsageError."""
    resource, pairs = (None, words) if chosen and "=" in words[0] else (words[0], words[1:])
    if not pairs:
        _fail(
            f"There is nothing to set for {resource!r}. Write trueup set RESOURCE PATH=VALUE, for example: "
            "trueup set acme-tax spec.repository.tag=v1.5.0"
        )
    values: dict[str, str] = {}
    for word in pairs:
        path, equals, value = word.partition("=")
        if not equals:
            _fail(f"{word!r} has no value. Write PATH=VALUE, as in spec.repository.tag=v1.5.0.")
        if path in values:
            _fail(f"{path} is set twice.")
        values[path] = value
    return resource, values


def _named(name: str, manifests: "Sequence[Manifest]") -> "Sequence[Manifest]":
    """Return the manifests of a resource in one document; raise UsageError when there is no document, or several."""
    from trueup.manifest.suggestions import did_you_mean
    from trueup.model.lookalikes import note

    found = [m for m in manifests if name in (m.identity.value, f"{m.identity.kind}/{m.identity.value}")]
    if not found:
        known = sorted({manifest.identity.value for manifest in manifests})
        hint = did_you_mean(name, known) or f"Resources: {', '.join(known[:_NAMED]) or 'none'}."
        first = " The first word is the resource." if "=" in name else ""
        _fail(f"There is no manifest of {name!r}{note(name)}.{first} {hint}")
    documents = {m.positions.at(()): m for m in found}
    if len(documents) > 1:
        shown = list(documents.items())[:_NAMED]
        where = "; ".join(
            f"{m.identity} on target {', '.join(m.targets) or m.identity.target}, {at}" for at, m in shown
        )
        _fail(f"{name!r} is ambiguous: {where}. Add --target or --file, or write KIND/{name}.")
    return found


def _set(
    scope: "Scope", manifests: "Sequence[Manifest]", pairs: "Mapping[str, str]", *, by_target: bool, write: bool
) -> "list[ManifestEdit]":
    """Edit all files, and write them when every edit can be made; return the edits, sorted by identity.

    ``by_target``: in a manifest for several targets, the variants of the given ones are meant.
    """
    from trueup.cli.edit_files import edited_file
    from trueup.cli.write_all import write_all
    from trueup.manifest.settable import path_of, value_of

    by_file: dict[str, dict[Identity, Mapping[FieldPath, ManifestTree]]] = {}
    # The manifests of a document are those of all of its targets, so one of them is enough to set what they share.
    first = {manifest.positions.at(()): manifest for manifest in reversed(manifests)}
    for manifest in manifests if by_target else [m for m in manifests if first[m.positions.at(())] is m]:
        kind, place = manifest.identity.kind, manifest.positions.at(())
        values: dict[FieldPath, ManifestTree] = {
            path_of(kind, path): value_of(kind, path, text) for path, text in pairs.items()
        }
        if by_target and manifest.targets:
            values = {_in_variant(path, manifest.identity.target): value for path, value in values.items()}
        by_file.setdefault(place.file, {})[manifest.identity] = values
    made = [edited_file(scope.project, name, wanted) for name, wanted in by_file.items()]
    if write:
        write_all([change for change, _ in made if change.after != change.before])
    return sorted((edit for _, edits in made for edit in edits), key=lambda edit: edit.identity)


def _in_variant(path: "FieldPath", target: str) -> "FieldPath":
    """Return the path of a field in the variant of a target; raise UsageError for one that all targets share."""
    from trueup.manifest.variants import VARIANTS

    if path[0] == "metadata":
        _fail(f"{'.'.join(map(str, path))} is the same for all targets of the manifest. Set it without --target.")
    return VARIANTS, target, *path
