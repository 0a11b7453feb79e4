"""Find and load the project file, trueup.yaml, which names the manifests and the targets."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from trueup.errors import Diagnostic, InvalidInput, Severity, UsageError
from trueup.git.trust import how_to_trust, is_ours, is_trusted
from trueup.git.work_tree import find_work_tree, top_of
from trueup.manifest.file_names import PROJECT_FILE, display
from trueup.manifest.limits import limited
from trueup.manifest.positions import node_count
from trueup.manifest.project_urls import read_target, target_problems
from trueup.manifest.rules import secrets_in_urls
from trueup.manifest.schema import accepts
from trueup.manifest.symlinks import boundary_of, leads_out, resolve_within
from trueup.manifest.yaml_file import read_yaml
from trueup.model.identity import ConnectTarget, OriginTarget, Platform, Target, Targets
from trueup.model.position import Position, Positions
from trueup.regular_file import read_regular

DEFAULT_GLOBS: Final = ("**/*.yaml", "**/*.yml")
EXPIRES_SOON_DAYS: Final = 60
_NODES_AT_MOST: Final = 25_000
"""Members and items of a project file, at any depth. A thousand targets and a thousand globs have fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The content of the project file, or the defaults without one.

    ``root`` is its folder, or the working directory when there is no ``file``. ``manifests`` are globs relative to
    ``root``; ``globs_given``: they are in the file. ``targets`` maps names to targets. ``seed`` is the file with the
    embedded sandbox's first state. ``positions`` has the positions of the file's nodes. ``expires_soon_days``: days
    before an expiry date from which on there is a warning.
    """

    root: Path
    file: Path | None
    manifests: tuple[str, ...]
    targets: Targets
    seed: Path | None
    positions: Positions | None = None
    globs_given: bool = False
    expires_soon_days: int = EXPIRES_SOON_DAYS


def find_project(start: Path, paths: Sequence[str] = (), environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the nearest trueup.yaml in ``start`` or above it or, if there is none, in or above the first path.

    In a git repository the search ends at the repository's top. Elsewhere it ends at the home folder; outside the home
    folder it covers only the folder itself and those above it that belong to this user. Raises UsageError for a file
    that belongs to another user, unless ``safe.directory`` in the user's git configuration trusts the repository's top
    or, without a repository, the file's folder; InvalidInput for a folder that cannot be entered.
    """
    folders = [start]
    # Standard input has no folder.
    first = next((path for path in paths if path != "-"), None)
    if first is not None:
        named = (start / first).absolute()
        folders.append(named if os.path.isdir(named) else named.parent)  # noqa: PTH112 - never raises
    for folder in folders:
        for candidate in _searched(folder, environ):
            file = candidate / PROJECT_FILE
            # A symlink that leads out or to nothing is not skipped: a project file further up must not win silently.
            if _is_there(file, start):
                if not is_ours(file, environ):
                    _check_trust(file, environ)
                return file
    return None


def _is_there(file: Path, cwd: Path) -> bool:
    try:
        return file.is_symlink() or file.is_file()
    except PermissionError as error:
        message = f"The folder {file.parent} cannot be entered: {error.strerror}."
        hint = "Check its permissions, or run this as a user who may enter it."
        start = Position(display(file.parent, cwd), 1, 1)
        raise InvalidInput([Diagnostic(code="unreadable-file", message=message, position=start, hint=hint)]) from None


def _searched(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders to search for a project file, the nearest first."""
    found = find_work_tree(folder)
    home = environ.get("HOME")
    last = found.top if found else Path(os.path.realpath(home)) if home else None
    bounded = _is_within(folder, last)
    for above in (folder, *folder.parents):
        # The parent in the path need not be the real parent, because the path may go through a symlink.
        counts = _is_within(above, last) if bounded else above == folder or is_ours(above, environ)
        if not counts:
            return
        yield above


def _is_within(folder: Path, last: Path | None) -> bool:
    return last is not None and Path(os.path.realpath(folder)).is_relative_to(last)


def _check_trust(file: Path, environ: Mapping[str, str]) -> None:
    # The project file decides where credentials are sent, so it is trusted as git trusts a repository.
    top = top_of(file.parent)
    if not is_trusted(top, environ):
        message = f"{file} belongs to another user, so it is not used. To use it once, name it with --project."
        message += f" {how_to_trust(top)}"
        raise UsageError(message)


def load_project(file: Path | None, *, sandbox: bool, cwd: Path) -> Project:
    """Load a project file; without one, return the project of the working directory.

    With ``sandbox`` every target is in the embedded sandbox; if there are none, the two targets ``connect`` and
    ``origin`` are added. Raises InvalidInput with all problems of the file.
    """
    if file is None:
        return Project(root=cwd, file=None, manifests=(), targets=_sandboxed({}, cwd) if sandbox else {}, seed=None)
    path = cwd / file
    name = display(path, cwd)
    document, positions = _validated(_bytes_of(path, name), name)
    _check(document, positions, path.parent)
    return _project(document, positions, path, sandbox=sandbox)


def parse_project(text: bytes, *, name: str, file: Path, sandbox: bool) -> Project:
    """Return the project of an earlier content of ``file``; ``name`` is its name in messages.

    Its seed file need not exist. Raises InvalidInput with all problems of the text.
    """
    document, positions = _validated(text, name)
    _check(document, positions, None)
    return _project(document, positions, file, sandbox=sandbox)


def _project(document: Mapping[str, Any], positions: Positions, path: Path, *, sandbox: bool) -> Project:
    targets = {name: read_target(name, target, positions) for name, target in document.get("targets", {}).items()}
    if sandbox:
        targets = _sandboxed(targets, path.parent)
    seed = document.get("sandbox", {}).get("seed")
    return Project(
        root=path.parent,
        file=path,
        manifests=tuple(document.get("manifests", DEFAULT_GLOBS)),
        targets=targets,
        seed=path.parent / seed if seed else None,
        positions=positions,
        globs_given="manifests" in document,
        expires_soon_days=document.get("expiresSoonDays", EXPIRES_SOON_DAYS),
    )


def _sandboxed(targets: Targets, folder: Path) -> dict[str, Target]:
    """Return these targets, moved to the embedded sandbox, or one for each platform if there are none."""
    position = Position(str(folder), 1, 1)
    implied: tuple[Target, ...] = (
        ConnectTarget(name="connect", api_url="", auth_url="", position=position),
        OriginTarget(name="origin", base_url="", position=position),
    )
    return {target.name: replace(target, sandbox=True) for target in targets.values() or implied}


_PUBLIC: Final = frozenset({"missing-field", "null-value", "out-of-range", "wrong-value"})
"""Codes of schema violations by values that are no secrets. Others, such as an unknown field, may be about one."""


def _refused(problems: Iterable[Diagnostic], *, quotable: bool) -> InvalidInput:
    """Return the error with these problems; ``quotable``: no line of the file can hold a secret in the wrong place."""
    return InvalidInput([replace(problem, quotable=quotable) for problem in limited(problems)])


def _is_public(document: Any, positions: Positions) -> bool:
    """Return whether a refused document has only problems with values that are no secrets."""
    from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

    # The fields of a target are judged by its platform only. So where that is wrong, each one is tried.
    return any(
        all(problem.code in _PUBLIC for problem in explain("Project", _on(platform, document), positions))
        for platform in Platform
    )


def _on(platform: Platform, document: Any) -> Any:
    """Return a document in which each target without a known platform is on this one."""
    targets = document.get("targets") if isinstance(document, dict) else None
    if not isinstance(targets, dict):
        return document
    moved = {
        name: {**block, "platform": str(platform)}
        if isinstance(block, dict) and block.get("platform") not in set(Platform)
        else block
        for name, block in targets.items()
    }
    return {**document, "targets": moved}


def _bytes_of(path: Path, name: str) -> bytes:
    real = resolve_within(path)
    boundary = boundary_of(path.parent)
    if not boundary.holds(real):
        raise InvalidInput([leads_out(name, boundary)])
    try:
        return read_regular(real)
    except OSError as error:
        message = f"The project file cannot be read: {error.strerror}."
        start = Position(name, 1, 1)
        raise InvalidInput([Diagnostic(code="unreadable-file", message=message, position=start)]) from None


def _validated(text: bytes, name: str) -> tuple[Mapping[str, Any], Positions]:
    """Return a text's document, which obeys the schema, and its positions. Raises InvalidInput."""
    document, positions = _parsed(text, name)
    # A secret in a URL is reported first, and only once, even if the schema refuses the same text.
    secret = list(secrets_in_urls(document, positions))
    if secret or not accepts("Project", document):
        from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

        reported = {problem.path for problem in secret}
        others = explain("Project", document, positions)
        problems = [*secret, *(problem for problem in others if problem.path not in reported)]
        raise _refused(problems, quotable=not secret and _is_public(document, positions))
    return document, positions


def _parsed(text: bytes, name: str) -> tuple[Mapping[str, Any], Positions]:
    start = Position(name, 1, 1)
    read = read_yaml(text, name, quotable=False)
    problems = [problem for problem in read.diagnostics if problem.severity is Severity.ERROR]
    if not problems and not read.documents:
        message = "The project file is empty."
        hint = "Start it with apiVersion: trueup/v1 and kind: Project."
        problems.append(Diagnostic(code="empty-file", message=message, position=start, hint=hint))
    if len(read.documents) > 1:
        message = "The project file has more than one document."
        position = read.documents[1].positions.at(())
        problems.append(Diagnostic(code="too-many-documents", message=message, position=position))
    if problems:
        raise _refused(problems, quotable=False)
    root: Any = read.documents[0].root
    # Before validation, which takes time for each node.
    if node_count(root) > _NODES_AT_MOST:
        message = f"The project file has more than {_NODES_AT_MOST:,} members and items."
        raise _refused([Diagnostic(code="too-many-nodes", message=message, position=start)], quotable=False)
    return root, read.documents[0].positions


def _check(document: Mapping[str, Any], positions: Positions, root: Path | None) -> None:
    """Check what the schema cannot express; without ``root`` the disk is not accessed. Raises InvalidInput."""
    problems = [*_bad_globs(document, positions)]
    if root is not None:
        problems.extend(_bad_seed(document, positions, root))
    for name, target in document.get("targets", {}).items():
        problems.extend(target_problems(name, target, positions))
    # The document obeys its schema, which has no place for a secret.
    if problems:
        raise _refused(problems, quotable=True)


def _bad_globs(document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    for index, pattern in enumerate(document.get("manifests", ())):
        path = PurePosixPath(pattern)
        message = ""
        if path.is_absolute() or ".." in path.parts:
            message = "A glob must stay below the folder of trueup.yaml."
        # glob.glob() reads such a ** as a single *, which is hardly what was meant.
        elif any("**" in part and part != "**" for part in path.parts):
            message = "In a glob, ** must be a whole path component."
        if message:
            yield Diagnostic(
                code="bad-glob",
                message=message,
                position=positions.at(("manifests", index)),
                path=f"manifests[{index}]",
                allowed="A relative glob, for example connectors/**/*.yaml.",
            )


def _bad_seed(document: Mapping[str, Any], positions: Positions, root: Path) -> Iterator[Diagnostic]:
    seed = document.get("sandbox", {}).get("seed")
    if not seed:
        return
    position = positions.at(("sandbox", "seed"))
    boundary = boundary_of(root)
    # A path with a null character leads nowhere.
    if "\0" not in seed and not boundary.holds(resolve_within(root / seed)):
        yield replace(leads_out(position.file, boundary), position=position, path="sandbox.seed")
    elif not (root / seed).is_file():
        message = f"The seed file {seed} does not exist."
        yield Diagnostic(code="file-not-found", message=message, position=position, path="sandbox.seed")
