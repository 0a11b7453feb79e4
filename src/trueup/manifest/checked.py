"""Check one file: what its text says, and what is wrong with it whatever project it belongs to.

The result follows from the text alone, so it can be made in another process, or kept for as long as the text stays the
same (:mod:`trueup.manifest.cache`). What needs the project or the other files comes later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.manifest.names import PROJECT_FILE
from trueup.manifest.suggest import did_you_mean
from trueup.model.identity import Kind
from trueup.model.position import Position, Positions


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """Hold one document that obeys its schema; ``content`` is all of it.

    ``good``: it obeys the rules beyond the schema as well, and all of its file could be read. Only then it counts.
    """

    kind: Kind
    content: Mapping[str, Any]
    positions: Positions
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """Hold what a file gave: the documents that obey their schemas, how many it has in all, and what is wrong with it.

    If a part of the file cannot be read, none of its documents is good: something may be missing.
    """

    documents: Sequence[CheckedDocument]
    count: int
    diagnostics: tuple[Diagnostic, ...]


def check_text(text: bytes, name: str) -> CheckedFile:
    """Check the text of one file; ``name`` is the one by which people know it, in positions."""
    # Where everything is known already, nothing of what reads YAML is needed: it takes a third of a small run's time.
    from trueup.manifest.reader import read_yaml  # noqa: PLC0415 - see above

    read = read_yaml(text, name)
    diagnostics = list(read.diagnostics)
    if read.complete and not read.documents:
        diagnostics.append(_empty(name))
    checked: list[CheckedDocument] = []
    for document in read.documents:
        obedient, found = _check(document.root, document.positions, document.diagnostics, complete=read.complete)
        checked += obedient
        diagnostics += found
    return CheckedFile(documents=checked, count=len(read.documents), diagnostics=tuple(diagnostics))


def _empty(name: str) -> Diagnostic:
    return Diagnostic(code="empty-file", message="The file holds no manifest.", position=Position(name, 1, 1))


def _check(
    root: Any, positions: Positions, read: Sequence[Diagnostic], *, complete: bool
) -> tuple[Sequence[CheckedDocument], Sequence[Diagnostic]]:
    """Return the document if it obeys its schema, and what is wrong or odd about it.

    ``read`` is what its reader said, ``complete`` whether all of its file could be read.
    """
    from trueup.manifest.advice import advice  # noqa: PLC0415 - as above
    from trueup.manifest.check import accepts, explain  # noqa: PLC0415 - as above
    from trueup.manifest.rules import broken_rules  # noqa: PLC0415 - as above

    kind = _kind(root)
    if kind is None:
        return (), list(_no_kind(root, positions))
    if any(said.code != "duplicate-key" for said in read):
        # Of a value that could not be read, the schema would only say once more that it is wrong.
        return (), ()
    if not accepts(kind, root):
        return (), explain(kind, root, positions)
    broken = list(broken_rules(kind, root, positions))
    document = CheckedDocument(kind, root, positions, good=complete and not (broken or read))
    return (document,), broken + list(advice(kind, root, positions))


def _kind(root: Any) -> Kind | None:
    name = root.get("kind") if isinstance(root, dict) else None
    return _BY_NAME.get(name) if isinstance(name, str) else None


def _no_kind(root: Any, positions: Positions) -> Iterator[Diagnostic]:
    """Say why no kind of ours can be told."""
    if not isinstance(root, dict):
        message = "A manifest is a mapping with apiVersion, kind, metadata and spec."
        yield Diagnostic(code="not-a-mapping", message=message, position=positions.at(()))
    elif "kind" not in root:
        message = "The document does not say its kind."
        yield Diagnostic(code="missing-kind", message=message, position=positions.at(()), allowed=_KINDS)
    elif root["kind"] == "Project":
        message = f"A project file belongs to the root of the project, under the name {PROJECT_FILE}."
        yield Diagnostic(code="unknown-kind", message=message, position=positions.at(("kind",)))
    else:
        yield Diagnostic(
            code="unknown-kind",
            message=f"There is no kind {root['kind']!r}.",
            position=positions.at(("kind",)),
            allowed=_KINDS,
            hint=did_you_mean(str(root["kind"]), _BY_NAME),
        )


_BY_NAME: Final = {str(kind): kind for kind in Kind}
_KINDS: Final = f"kind: {' or '.join(_BY_NAME)}."
