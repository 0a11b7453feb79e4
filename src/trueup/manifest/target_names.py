"""Choose the target of a manifest."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.kinds.registry import KINDS
from trueup.manifest.suggestions import did_you_mean
from trueup.model.identity import Kind, Target, Targets
from trueup.model.lookalikes import note
from trueup.model.manifest import Manifest
from trueup.model.position import Position, Positions

_ADD: Final = "Add a target with platform: {0}, which trueup init --platform {0} shows"


def choose_target(
    kind: Kind,
    metadata: Mapping[str, Any],
    targets: Targets,
    positions: Positions,
    path: str = "metadata.target",
) -> Target | Diagnostic | None:
    """Return a manifest's target, or the error that keeps it from being chosen; None when the project has no targets.

    ``metadata`` is that of the manifest, and ``path`` says where it names the target. If it names none, only one target
    must be able to have the kind.
    """
    # A project without targets has one error for each kind, from without_targets(), and not one for each manifest.
    if not targets:
        return None
    named = metadata.get("target")
    if named is None:
        return _only(kind, targets, positions)
    target = targets.get(named)
    if target is not None and target.platform is KINDS[kind].platform:
        fits = KINDS[kind] in KINDS.of(target)
        return target if fits else _incomplete(kind, target, positions.at(("metadata", "target")), path)
    fitting = _fitting(kind, targets)
    return Diagnostic(
        code="unknown-target" if target is None else "wrong-platform",
        message=f"trueup.yaml has no target {named!r}{note(named)}."
        if target is None
        else f"The target {named!r} has platform {target.platform}; a {kind} needs platform {KINDS[kind].platform}.",
        position=positions.at(("metadata", "target")),
        path=path,
        allowed=f"One of {', '.join(fitting)}." if fitting else "",
        # Only targets of the right platform are suggested.
        hint=did_you_mean(named, fitting),
    )


def without_targets(
    manifests: Iterable[Manifest], targets: Targets, positions: Positions | None
) -> tuple[Diagnostic, ...]:
    """Return an error for each kind of the manifests when the project has no targets, else nothing.

    ``positions`` are those of the project file, None without one.
    """
    if targets:
        return ()
    firsts: dict[Kind, Manifest] = {}
    for manifest in manifests:
        firsts.setdefault(manifest.identity.kind, manifest)
    return tuple(_missing_target(kind, first, positions) for kind, first in firsts.items())


def _missing_target(kind: Kind, first: Manifest, positions: Positions | None) -> Diagnostic:
    if positions is not None:
        return Diagnostic(
            code="missing-target",
            message=f"trueup.yaml has no targets, and a {kind} needs one.",
            position=positions.at(("targets",)),
            path="targets",
            hint=f"{_ADD.format(KINDS[kind].platform)}, or try it with --sandbox.",
        )
    return Diagnostic(
        code="missing-target",
        message=f"There is no trueup.yaml in this folder or above it, so there is no target, which a {kind} needs.",
        position=first.positions.at(("metadata",)),
        hint="Start a project with trueup init, change to the folder of one, name its file with --project, or try it "
        "with --sandbox.",
    )


def _only(kind: Kind, targets: Targets, positions: Positions) -> Target | Diagnostic:
    fitting = _fitting(kind, targets)
    if len(fitting) == 1:
        return targets[fitting[0]]
    position = positions.at(("metadata",))
    if fitting:
        message = f"trueup.yaml has several {KINDS[kind].platform} targets, and this {kind} names none."
        allowed = f"metadata.target: one of {', '.join(fitting)}."
        return Diagnostic(
            code="ambiguous-target", message=message, position=position, path="metadata.target", allowed=allowed
        )
    incomplete = next((target for target in targets.values() if target.platform is KINDS[kind].platform), None)
    if incomplete is not None:
        return _incomplete(kind, incomplete, position, "metadata.target")
    message = f"trueup.yaml has no {KINDS[kind].platform} target, which a {kind} needs."
    hint = f"{_ADD.format(KINDS[kind].platform)}."
    return Diagnostic(code="missing-target", message=message, position=position, path="metadata.target", hint=hint)


def _incomplete(kind: Kind, target: Target, position: Position, path: str) -> Diagnostic:
    field = KINDS[kind].target_field
    return Diagnostic(
        code="incomplete-target",
        message=f"The target {target.name!r} has no {field}, which a {kind} needs.",
        position=position,
        path=path,
        hint=f"Add {field}: KEY to the target {target.name} in trueup.yaml.",
    )


def _fitting(kind: Kind, targets: Targets) -> list[str]:
    return [name for name, target in targets.items() if KINDS[kind] in KINDS.of(target)]
