"""Warn of manifests whose identities look the same; that needs all of them, and none of their content."""

from collections.abc import Iterable, Iterator
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.manifest.positions import dotted
from trueup.model.identity import IdField, Kind
from trueup.model.lookalikes import skeleton
from trueup.model.manifest import Manifest
from trueup.model.position import Positions, Step

Path = tuple[Step, ...]

ONE_OR_TWO: Final = "If both mean one thing, keep one of them. If not, give them names that look different."


def alike_identities(manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
    """Give a warning for each manifest whose identity looks like the one of a manifest before it, and differs."""
    first: dict[tuple[str, Kind, IdField, str], Manifest] = {}
    for manifest in manifests:
        identity = manifest.identity
        looks = (identity.target, identity.kind, identity.field, skeleton(identity.value))
        earlier = first.setdefault(looks, manifest)
        if earlier.identity.value != identity.value:
            path = ("metadata", str(identity.field))
            message = f"{identity} looks like {earlier.identity} at {earlier.positions.at(path)}."
            yield look_alike(message, path, manifest.positions, hint=ONE_OR_TWO)


def look_alike(message: str, path: Path, positions: Positions, *, hint: str) -> Diagnostic:
    """Return the warning about the text at ``path``."""
    return Diagnostic(
        code="look-alike",
        message=message,
        position=positions.at(path),
        path=dotted(path),
        severity=Severity.WARNING,
        hint=hint,
    )
