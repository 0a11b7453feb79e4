"""Check the text of one file: its YAML, its documents' schemas and rules, and what is probably a mistake."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Any, Final

from trueup.errors import Diagnostic, Severity
from trueup.kinds.registry import KINDS
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.identifiers import identifier_problems
from trueup.manifest.limits import TARGET_NODES_AT_MOST, Problems
from trueup.manifest.positions import node_count
from trueup.manifest.rules import broken_rules, secrets_in_urls, warnings_for
from trueup.manifest.schema import MAP_KIND, accepts, foreign_version, kind_of
from trueup.manifest.suggestions import did_you_mean
from trueup.manifest.variants import (
    TargetDocument,
    for_each_target,
    joined_problems,
    nodes_of_targets,
    target_list_problems,
)
from trueup.manifest.yaml_file import read_yaml
from trueup.manifest.yaml_reader import Document
from trueup.model.identity import Kind
from trueup.model.lookalikes import note
from trueup.model.position import Position, Positions

if TYPE_CHECKING:
    from trueup.manifest.yaml_misread import Misread

_SAVED_PLAN: Final = "A saved plan is shown by trueup show FILE and applied by trueup apply --plan FILE."


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document that obeys its schema, as it is for one target.

    ``content`` is the whole document: dict, list, str, int, bool, None and Decimal. ``good``: it obeys the rules beyond
    the schema as well, and its whole file could be read; only then is it used. ``targets`` are those of the manifest if
    it lists them.
    """

    kind: Kind
    content: Mapping[str, Any]
    positions: Positions
    good: bool
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """The result of checking one file. It depends on the text alone, not on the project or on other files.

    ``documents`` are those that obey their schemas, one for each target of a document; ``count`` is the number of all
    documents of the file. If a part of the file cannot be read, no document is good, because something may be missing.
    """

    documents: Sequence[CheckedDocument]
    count: int
    diagnostics: tuple[Diagnostic, ...]


def check_text(text: bytes, name: str) -> CheckedFile:
    """Return the checked documents and the diagnostics of one file; ``name`` is its name in positions."""
    read = read_yaml(text, name)
    problems = Problems()
    problems.add(_without_useless_hints(read.diagnostics, read.documents, text))
    if read.complete and not read.documents:
        problems.add((_empty(name),))
    checked: list[CheckedDocument] = []

    # Made once for the whole file: the bound on what is tried is for all its documents.
    @cache
    def misread() -> "Misread":
        from trueup.manifest.yaml_misread import Misread  # noqa: PLC0415 - needed for refused documents only

        return Misread(text, _all_problems)

    nodes = 0
    for document in read.documents:
        nodes += nodes_of_targets(document.root)
        if nodes > TARGET_NODES_AT_MOST:
            problems.add((_too_many_nodes(document.positions.at(())),))
            break
        checked += _check(document, misread, problems, complete=read.complete)
    return CheckedFile(documents=checked, count=len(read.documents), diagnostics=problems.all())


def _without_useless_hints(
    found: Sequence[Diagnostic], documents: Sequence[Document], text: bytes
) -> Sequence[Diagnostic]:
    """Return the problems without the hint to quote a number or to write another, where the schema refuses that too."""
    numbers = {problem.position for problem in found if problem.code == "bad-number"}
    if not numbers:
        return found
    # The reader keeps a refused number as text, which is what it would be in quotes. So the schema can judge that.
    affected = [one for one in documents if any(problem.position in numbers for problem in one.diagnostics)]
    refused = {problem.position.line for document in affected for problem in _violations(document)}
    kept = [
        replace(problem, hint="") if problem.code == "bad-number" and problem.position.line in refused else problem
        for problem in found
    ]
    several = len(numbers) > _NUMBERS_TRIED or len(text) > _TRIED_BYTES
    return kept if several else [problem if _fits(problem, text) else replace(problem, allowed="") for problem in kept]


_NUMBERS_TRIED: Final = 10
_TRIED_BYTES: Final = 100_000
"""Size of the largest file in which other numbers are tried, each with a reading of the whole file."""


def _fits(problem: Diagnostic, text: bytes) -> bool:
    """Return whether the schema accepts the number that a problem suggests, and so the whole line with it."""
    use = re.fullmatch(r"The number ([^ ]+)[.]", problem.allowed)
    if problem.code != "bad-number" or use is None:
        return True
    lines = text.decode(errors="replace").split("\n")
    number, column = problem.position.line - 1, problem.position.column - 1
    lines[number] = lines[number][:column] + re.sub(r"^[^\s,\]}#]+", use[1], lines[number][column:])
    return all(other.position.line != number + 1 for other in _all_problems("\n".join(lines).encode()))


def _too_many_nodes(position: Position) -> Diagnostic:
    message = (
        f"The manifests for several targets of this file have more than {TARGET_NODES_AT_MOST:,} nodes, each counted "
        "once for each target."
    )
    return Diagnostic(code="too-many-nodes", message=message, position=position)


def _empty(name: str) -> Diagnostic:
    return Diagnostic(code="empty-file", message="The file has no manifest.", position=Position(name, 1, 1))


def _check(
    document: Document, misread: Callable[[], "Misread"], problems: Problems, *, complete: bool
) -> Sequence[CheckedDocument]:
    """Return the document for each of its targets, if all obey the schema; add problems and warnings to ``problems``.

    ``misread`` looks for YAML mistakes in the document's file; ``complete``: the whole file could be read.
    """
    root: Any = document.root
    positions = document.positions
    read = [problem for problem in document.diagnostics if problem.severity is Severity.ERROR]
    secret = list(secrets_in_urls(root, positions))
    problems.add(secret)
    kind = kind_of(root)
    if isinstance(root, dict) and root.get("kind") == MAP_KIND:
        # A map can lie beside the manifests. What its fields are is checked when it is used.
        if not accepts(MAP_KIND, root):
            from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

            problems.add(explain(MAP_KIND, root, positions, problems.omit))
        return ()
    if kind is None:
        _explain(problems, positions, lambda: misread().without_consequences(_violations(document)))
        return ()
    if any(problem.code != "duplicate-key" for problem in read):
        # The schema would report each value that could not be read a second time.
        return ()
    if not accepts(kind, root):
        _explain(problems, positions, lambda: misread().without_consequences(_violations(document, problems.omit)))
        return ()
    parts = for_each_target(root, positions)
    refused = [part for part in parts if part.targets and not accepts(kind, part.content)]
    if refused:
        problems.add(target_list_problems(root, positions))
        _explain(problems, positions, lambda: _violations_for_targets(kind, parts, refused, problems.omit))
        return ()
    if secret:
        # A document with a secret is not used, so that the secret cannot get into a plan or a report.
        return ()
    of_identifiers = [(part.target, identifier_problems(kind, part.content, part.positions)) for part in parts]
    broken = [
        *target_list_problems(root, positions),
        *joined_problems([(target, unclear) for target, (unclear, _) in of_identifiers]),
        *joined_problems([(part.target, broken_rules(kind, part.content, part.positions)) for part in parts]),
    ]
    problems.add(broken)
    problems.add(joined_problems([(target, alike) for target, (_, alike) in of_identifiers]))
    problems.add(joined_problems([(part.target, warnings_for(kind, part.content, part.positions)) for part in parts]))
    good = complete and not (broken or read)
    return [CheckedDocument(kind, part.content, part.positions, good, part.targets) for part in parts]


_EXPLAINED_NODES: Final = 20_000
"""Nodes of the documents for the targets of one manifest in which problems are searched, after the first document."""


def _violations_for_targets(
    kind: Kind,
    parts: Sequence[TargetDocument],
    refused: Sequence[TargetDocument],
    omit: Callable[[Position], None],
) -> list[Diagnostic]:
    """Return the problems of the ``refused`` ones of a manifest's parts; ``omit`` is called for each not examined."""
    from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

    # Searching takes a hundred times as long as reading, and a document can have a hundred targets.
    nodes = accumulate(node_count(part.content) for part in refused[1:])
    number = 1 + sum(1 for _ in takewhile(lambda total: total <= _EXPLAINED_NODES, nodes))
    found: dict[str, Sequence[Diagnostic]] = {part.target: () for part in parts}
    found |= {part.target: explain(kind, part.content, part.positions, omit) for part in refused[:number]}
    for part in refused[number:]:
        del found[part.target]
        omit(part.positions.at(()))
    return joined_problems([*found.items()])


def _explain(problems: Problems, positions: Positions, found: Callable[[], Iterable[Diagnostic]]) -> None:
    """Add the problems of a refused document, unless no more of them would be listed."""
    # Explaining why a document is refused takes a hundred times as long as finding that it is.
    if problems.full:
        problems.omit(positions.at(()))
    else:
        problems.add(found())


def _all_problems(text: bytes) -> list[Diagnostic]:
    read = read_yaml(text, "", quotable=False)
    return [*read.diagnostics, *(problem for document in read.documents for problem in _violations(document))]


def _violations(document: Document, omit: Callable[[Position], None] | None = None) -> list[Diagnostic]:
    from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for refused documents only

    root: Any = document.root
    kind = kind_of(root)
    return list(_no_kind(root, document.positions) if kind is None else explain(kind, root, document.positions, omit))


def _no_kind(root: Any, positions: Positions) -> Iterator[Diagnostic]:
    """Yield the reason why a document has no known kind."""
    if not isinstance(root, dict):
        message = "A manifest is a mapping with apiVersion, kind, metadata and spec."
        yield Diagnostic(code="not-a-mapping", message=message, position=positions.at(()))
    elif "kind" not in root:
        message = "The document has no kind."
        hint = _SAVED_PLAN if root.keys() >= {"digest", "resources"} else ""
        yield Diagnostic(code="missing-kind", message=message, position=positions.at(()), allowed=_kinds(), hint=hint)
    elif root["kind"] == "Project":
        message = f"A project file belongs in the root folder of the project and must be named {PROJECT_FILE}."
        yield Diagnostic(code="unknown-kind", message=message, position=positions.at(("kind",)))
    else:
        from trueup.manifest.violation import shown  # noqa: PLC0415 - needed for refused documents only

        name, version = shown(root["kind"]), foreign_version(root)
        if version and name in KINDS:
            message = f"This {name} is one of {shown(version)}. A manifest has apiVersion: trueup/v1."
            yield Diagnostic(code="unknown-kind", message=message, position=positions.at(("kind",)), path="kind")
            return
        yield Diagnostic(
            code="unknown-kind",
            message=f"There is no kind {name!r}{note(name)}.",
            position=positions.at(("kind",)),
            path="kind",
            allowed=_kinds(),
            hint=did_you_mean(name, KINDS),
        )


def _kinds() -> str:
    return f"kind: {' or '.join(KINDS)}."
