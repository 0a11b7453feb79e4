"""Read the project file of another commit, and tell what about the project is another since then."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trueup.errors import Diagnostic, InvalidInput
from trueup.manifest.project import Project, parse_project
from trueup.model.target import Target

ReadBase = Callable[[bytes], bytes | None]
"""Return what the commit has at a path of the repository, None for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """Hold the project of another commit.

    ``moved`` are the targets that are defined in another way now. ``same_files``: the same names are read now.
    """

    project: Project
    moved: frozenset[str] = frozenset()
    same_files: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()


def project_then(now: Project, text: bytes | None, *, name: str, sandbox: bool) -> Then:
    """Return the project that ``text`` describes; without one, or with one that is wrong, it is taken for today's."""
    if text is None or now.file is None:
        return Then(project=now)
    try:
        then = parse_project(text, name=name, file=now.file, sandbox=sandbox)
    except InvalidInput as error:
        return Then(project=now, diagnostics=error.diagnostics)
    names = then.targets.keys() | now.targets.keys()
    return Then(
        project=then,
        moved=frozenset(n for n in names if not _same(then.targets.get(n), now.targets.get(n))),
        same_files=(then.manifests, then.seed) == (now.manifests, now.seed),
    )


def _same(one: Target | None, other: Target | None) -> bool:
    if one is None or other is None:
        return one is other
    return replace(one, position=other.position) == other
