"""Check the text of one file: read it, hold it against its schema and the rules beyond, and give advice.

Where everything is known already nothing of this is needed, and importing it takes a third of a small run's time: so
those who may need it import it only then.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.manifest.advice import advice
from trueup.manifest.check import accepts, explain
from trueup.manifest.checked import CheckedDocument, CheckedFile
from trueup.manifest.names import PROJECT_FILE
from trueup.manifest.reader import read_yaml
from trueup.manifest.rules import broken_rules, secrets_in_urls
from trueup.manifest.suggest import did_you_mean
from trueup.model.identity import Kind
from trueup.model.position import Position, Positions


def check_text(text: bytes, name: str) -> CheckedFile:
    """Check the text of one file; ``name`` is the one by which people know it, in positions."""
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
    secret = list(secrets_in_urls(root, positions))
    kind = _kind(root)
    if kind is None:
        return (), secret + list(_no_kind(root, positions))
    if any(said.code != "duplicate-key" for said in read):
        # Of a value that could not be read, the schema would only say once more that it is wrong.
        return (), secret
    if not accepts(kind, root):
        return (), secret + explain(kind, root, positions)
    if secret:
        # The document goes no further: neither into a plan nor into the cache.
        return (), secret
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
