"""Check the text of one file: read it, hold it against its schema and the rules beyond, and give advice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from trueup.errors import Diagnostic, Severity
from trueup.kinds.registry import KINDS
from trueup.manifest.checked import CheckedDocument, CheckedFile
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.identifiers import identifier_problems
from trueup.manifest.limits import Problems
from trueup.manifest.lint import lint
from trueup.manifest.rules import broken_rules, secrets_in_urls
from trueup.manifest.schema import accepts, explain
from trueup.manifest.suggestions import did_you_mean
from trueup.manifest.yaml_file import read_yaml
from trueup.manifest.yaml_reader import Document
from trueup.model.identity import Kind
from trueup.model.lookalikes import note
from trueup.model.position import Position, Positions

if TYPE_CHECKING:
    from trueup.manifest.yaml_misread import Misread


def check_text(text: bytes, name: str) -> CheckedFile:
    """Check the text of one file; ``name`` is the one by which people know it, in positions."""
    read = read_yaml(text, name)
    problems = Problems()
    problems.add(_without_vain_quotes(read.diagnostics, read.documents))
    if read.complete and not read.documents:
        problems.add((_empty(name),))
    checked: list[CheckedDocument] = []

    @cache
    def misread() -> "Misread":
        from trueup.manifest.yaml_misread import Misread  # noqa: PLC0415 - only files with refused documents pay for it

        return Misread(text, _all_against)

    for document in read.documents:
        checked += _check(document, misread, problems, complete=read.complete)
    return CheckedFile(documents=checked, count=len(read.documents), diagnostics=problems.all())


def _without_vain_quotes(found: Sequence[Diagnostic], documents: Sequence[Document]) -> Sequence[Diagnostic]:
    """Return the problems without the hint to put a number into quotes on lines whose text the schema refuses too."""
    numbers = {said.position for said in found if said.code == "bad-number"}
    # A number that cannot be taken stands in its document as the text that it would be in quotes.
    hurt = [document for document in documents if any(said.position in numbers for said in document.diagnostics)]
    refused = {said.position.line for document in hurt for said in _against(document)}
    vain = {place for place in numbers if place.line in refused}
    return [replace(said, hint="") if said.position in vain and said.code == "bad-number" else said for said in found]


def _empty(name: str) -> Diagnostic:
    return Diagnostic(code="empty-file", message="The file holds no manifest.", position=Position(name, 1, 1))


def _check(
    document: Document, misread: Callable[[], "Misread"], problems: Problems, *, complete: bool
) -> Sequence[CheckedDocument]:
    """Return the document if it obeys its schema; add what is wrong or odd about it to ``problems``.

    ``misread`` looks for mistakes in the file that it is in; ``complete``: all of that could be read.
    """
    root: Any = document.root
    positions = document.positions
    read = [said for said in document.diagnostics if said.severity is Severity.ERROR]
    secret = list(secrets_in_urls(root, positions))
    problems.add(secret)
    kind = _kind(root)
    if kind is None:
        _look_into(problems, positions, lambda: misread().without_consequences(_against(document)))
        return ()
    if any(said.code != "duplicate-key" for said in read):
        # Of a value that could not be read, the schema would only say once more that it is wrong.
        return ()
    if not accepts(kind, root):
        _look_into(problems, positions, lambda: misread().without_consequences(_against(document, problems.omit)))
        return ()
    if secret:
        # The document goes no further: neither into a plan nor into the cache.
        return ()
    unclear, alike = identifier_problems(kind, root, positions)
    broken = [*unclear, *broken_rules(kind, root, positions)]
    problems.add(broken)
    problems.add(alike)
    problems.add(lint(kind, root, positions))
    return (CheckedDocument(kind, root, positions, good=complete and not (broken or read)),)


def _look_into(problems: Problems, positions: Positions, found: Callable[[], Iterable[Diagnostic]]) -> None:
    """Add what is wrong with a document, which takes a hundred times as long as seeing that something is."""
    if problems.full:
        problems.omit(positions.at(()))
    else:
        problems.add(found())


def _all_against(text: bytes) -> list[Diagnostic]:
    read = read_yaml(text, "", quotable=False)
    return [*read.diagnostics, *(said for document in read.documents for said in _against(document))]


def _against(document: Document, omit: Callable[[Position], None] | None = None) -> list[Diagnostic]:
    root: Any = document.root
    kind = _kind(root)
    return list(_no_kind(root, document.positions) if kind is None else explain(kind, root, document.positions, omit))


def _kind(root: Any) -> Kind | None:
    name = root.get("kind") if isinstance(root, dict) else None
    return KINDS[name].kind if isinstance(name, str) and name in KINDS else None


def _no_kind(root: Any, positions: Positions) -> Iterator[Diagnostic]:
    """Say why no kind of ours can be told."""
    if not isinstance(root, dict):
        message = "A manifest is a mapping with apiVersion, kind, metadata and spec."
        yield Diagnostic(code="not-a-mapping", message=message, position=positions.at(()))
    elif "kind" not in root:
        message = "The document does not say its kind."
        yield Diagnostic(code="missing-kind", message=message, position=positions.at(()), allowed=_kinds())
    elif root["kind"] == "Project":
        message = f"A project file belongs to the root of the project, under the name {PROJECT_FILE}."
        yield Diagnostic(code="unknown-kind", message=message, position=positions.at(("kind",)))
    else:
        from trueup.manifest.schema_errors import shown  # noqa: PLC0415 - only refused documents pay for it

        yield Diagnostic(
            code="unknown-kind",
            message=f"There is no kind {shown(root['kind'])!r}{note(shown(root['kind']))}.",
            position=positions.at(("kind",)),
            allowed=_kinds(),
            hint=did_you_mean(shown(root["kind"]), KINDS),
        )


def _kinds() -> str:
    return f"kind: {' or '.join(KINDS)}."
