"""Take a manifest for several targets apart: a document for each of them, and the place of each of its values.

``variants`` of the manifest has what differs on a target. Mappings are merged with those that all targets share, name
by name; lists and single values replace them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.manifest.positions import node_count
from trueup.manifest.suggestions import did_you_mean
from trueup.model.lookalikes import note
from trueup.model.position import Position, Positions, Step

VARIANTS: Final = "variants"
_NAMED: Final = 3
"""Targets that a message names at most."""


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A manifest as it is for one target.

    ``targets`` are all of the manifest; both are empty if it does not list its targets.
    """

    target: str
    targets: tuple[str, ...]
    content: Mapping[str, Any]
    positions: Positions


def for_each_target(document: Mapping[str, Any], positions: Positions) -> Sequence[TargetDocument]:
    """Return a manifest that its schema accepts, taken apart; one without ``metadata.targets`` is the only part."""
    metadata = document["metadata"]
    targets = metadata.get("targets")
    if targets is None:
        return (TargetDocument("", (), document, positions),)
    variants = document.get(VARIANTS, {})
    shared = {name: block for name, block in document.items() if name != VARIANTS}
    others = {name: value for name, value in metadata.items() if name != "targets"}
    return [
        TargetDocument(
            target,
            tuple(targets),
            {**merged(shared, variants.get(target, {})), "metadata": {**others, "target": target}},
            _TargetPositions(document, target, positions),
        )
        for target in dict.fromkeys(targets)
    ]


def merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of two mappings. Where both have a mapping, these are merged; else the own member counts."""
    return {
        **shared,
        **{
            name: merged(shared[name], value)
            if isinstance(value, dict) and isinstance(shared.get(name), dict)
            else value
            for name, value in own.items()
        },
    }


def origin(document: Mapping[str, Any], target: str, path: Sequence[Step]) -> tuple[Step, ...]:
    """Return the path in a whole manifest of the value that is at ``path`` in its document for a target.

    It leads into the target's variant if the value or, for a field that is a mapping, a part of it is written there.
    """
    own: Any = document.get(VARIANTS, {}).get(target, {})
    shared: Any = document
    for step in path:
        if not isinstance(own, dict) or step not in own:
            break
        own, shared = own[step], shared.get(step)
        if not (isinstance(own, dict) and isinstance(shared, dict)):
            return (VARIANTS, target, *path)
    else:
        # A change of the whole mapping is asked for by the part that differs on this target.
        if own and len(path) > 1:
            return (VARIANTS, target, *path)
    return tuple(path)


class _TargetPositions:
    """The positions of a document for one target, each where the value is written."""

    __slots__ = ("_document", "_positions", "_target")

    def __init__(self, document: Mapping[str, Any], target: str, positions: Positions) -> None:
        self._document, self._target, self._positions = document, target, positions

    def at(self, path: Sequence[Step]) -> Position:
        """Return the position of the node at ``path``; see :class:`~trueup.model.position.Positions`."""
        if tuple(path) == ("metadata", "target"):
            path = ("metadata", "targets", self._document["metadata"]["targets"].index(self._target))
        return self._positions.at(origin(self._document, self._target, path))


def nodes_of_targets(root: Any) -> int:
    """Return how many nodes the documents of a manifest for several targets have; 0 for any other document."""
    metadata = root.get("metadata") if isinstance(root, dict) else None
    targets = metadata.get("targets") if isinstance(metadata, dict) else None
    return node_count(root) * len(targets) if isinstance(targets, list) and len(targets) > 1 else 0


def target_list_problems(document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Yield an error for each target that is listed twice, and for each variant of another target."""
    targets = document["metadata"].get("targets", ())
    first: dict[str, int] = {}
    for index, target in enumerate(targets):
        if first.setdefault(target, index) != index:
            yield Diagnostic(
                code="repeated-target",
                message=f"The target {target!r} is listed twice.",
                position=positions.at(("metadata", "targets", index)),
                path=f"metadata.targets[{index}]",
            )
    for name in document.get(VARIANTS, ()):
        if name not in first:
            yield Diagnostic(
                code="unknown-variant",
                message=f"metadata.targets does not list the target {name!r}{note(name)}.",
                position=positions.at((VARIANTS, name)),
                path=f"{VARIANTS}.{name}",
                allowed=f"One of {', '.join(first)}.",
                hint=did_you_mean(name, first),
            )


def joined_problems(found: Sequence[tuple[str, Iterable[Diagnostic]]]) -> list[Diagnostic]:
    """Return the problems of a manifest's documents, given by target, each once.

    One that only some of the targets have names them.
    """
    if len(found) == 1:
        return list(found[0][1])
    having: dict[Diagnostic, list[str]] = {}
    for target, problems in found:
        for problem in dict.fromkeys(problems):
            having.setdefault(problem, []).append(target)
    named = [p if len(some) == len(found) else _for_targets(p, some) for p, some in having.items()]
    return sorted(named, key=lambda problem: problem.position)


def _for_targets(problem: Diagnostic, targets: Sequence[str]) -> Diagnostic:
    more = f" and {len(targets) - _NAMED} more" if len(targets) > _NAMED else ""
    names = f"{', '.join(map(repr, targets[:_NAMED]))}{more}"
    return replace(problem, message=f"For target{'' if len(targets) == 1 else 's'} {names}: {problem.message}")
