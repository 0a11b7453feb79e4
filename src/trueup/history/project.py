"""Read the project file of another commit, and tell what about the project is another since then."""

from dataclasses import dataclass, field, replace
from typing import Final

from trueup.errors import Diagnostic, InvalidInput
from trueup.manifest.project import Project, parse_project
from trueup.model.position import Position
from trueup.model.target import ConnectTarget, OriginTarget, Target, Targets

_NOWHERE: Final = Position("", 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """Hold the project of another commit.

    ``moved`` are the targets that are defined in another way now, ``anew`` those of today of which the commit does not
    say that they lead to the same place with the same credentials. ``targets`` are those that the commit defines.
    ``same_files``: the same names are read now.
    """

    project: Project
    targets: Targets = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    anew: frozenset[str] = frozenset()
    same_files: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()


def project_then(now: Project, text: bytes | None, *, name: str, sandbox: bool) -> Then:
    """Return the project that ``text`` describes; without one, or with one that is wrong, it is taken for today's.

    All targets are defined anew then: what is not known counts as changed.
    """
    if text is None or now.file is None:
        return Then(project=now, anew=frozenset(now.targets))
    try:
        then = parse_project(text, name=name, file=now.file, sandbox=sandbox)
    except InvalidInput as error:
        return Then(project=now, anew=frozenset(now.targets), diagnostics=error.diagnostics)
    names = then.targets.keys() | now.targets.keys()
    return Then(
        project=then,
        targets=then.targets,
        moved=frozenset(n for n in names if not _same(then.targets.get(n), now.targets.get(n))),
        anew=frozenset(n for n, target in now.targets.items() if _place(then.targets.get(n)) != _place(target)),
        same_files=(then.manifests, then.seed) == (now.manifests, now.seed),
    )


def _same(one: Target | None, other: Target | None) -> bool:
    if one is None or other is None:
        return one is other
    return replace(one, position=other.position) == other


def _place(target: Target | None) -> Target | None:
    """Return a target without what has no part in where credentials go: its place in the file, and its language."""
    match target:
        case OriginTarget():
            return replace(target, position=_NOWHERE, locale="")
        case ConnectTarget():
            return replace(target, position=_NOWHERE)
        case None:
            return None
