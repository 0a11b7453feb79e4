"""Read the documents of a YAML file, with the position of every node.

No library's loader gives positions, keeps a number's digits, refuses duplicate keys and follows YAML 1.2's core schema
at the same time, and those that do one of these take two to ten times as long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yaml import YAMLError

from trueup.errors import Diagnostic, Severity
from trueup.manifest.limits import DOCUMENTS_AT_MOST
from trueup.manifest.yaml_errors import BYTE_ORDER_MARK, conflict_marker, foreign_encoding, syntax_error
from trueup.manifest.yaml_reader import Bounds, Document, NotYaml, documents
from trueup.model.position import Position
from trueup.regular_file import TEXT_BYTES

BYTES_AT_MOST: Final = TEXT_BYTES
"""Size of the largest file that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The documents of a file and its diagnostics. If not ``complete``, the rest of the file could not be read."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
    complete: bool


def read_yaml(text: bytes, file: str, bounds: Bounds | None = None, *, quotable: bool = True) -> ReadFile:
    """Return all documents of a file that have content; ``file`` is its name in positions.

    A file with too many documents gives none. ``bounds`` are those of one document, by default those of a manifest.
    ``quotable``: whether the diagnostic of a syntax error may show a line of the file.
    """
    diagnostics: list[Diagnostic] = []
    if text.startswith(BYTE_ORDER_MARK):
        text = text.removeprefix(BYTE_ORDER_MARK)
        diagnostics.append(_byte_order_mark(file))
    # The size is checked first, because the other checks search the whole text.
    refused = _too_large(text, file) or foreign_encoding(text, file) or conflict_marker(text, file)
    if refused:
        return ReadFile((), (*diagnostics, refused), complete=False)
    found: list[Document] = []
    complete = False
    try:
        for document in documents(text, file, bounds):
            if len(found) == DOCUMENTS_AT_MOST:
                return ReadFile((), (_too_many(document.positions.at(())),), complete=False)
            found.append(document)
            diagnostics.extend(document.diagnostics)
        complete = True
    except NotYaml as error:
        # A corrected line would quote the file, which may hold a secret.
        diagnostics.extend(_corrected(error.diagnostics, text) if quotable else error.diagnostics)
    except YAMLError as error:
        diagnostics.append(syntax_error(error, text, file, quotable=quotable))
    return ReadFile(tuple(found), tuple(diagnostics), complete)


def _corrected(diagnostics: Sequence[Diagnostic], text: bytes) -> Iterator[Diagnostic]:
    """Yield the errors that stopped the reader, with the corrected line where a value was meant as text."""
    from trueup.manifest.yaml_syntax import meant_as_text  # noqa: PLC0415 - needed for such mistakes only

    for diagnostic in diagnostics:
        yield meant_as_text(diagnostic, text.decode(errors="replace")) if diagnostic.code in _TEXTS else diagnostic


_TEXTS: Final = frozenset({"bad-key", "unknown-anchor"})
"""Codes of the errors about a text without quotes that begins with an indicator such as { or *."""


def _too_many(position: Position) -> Diagnostic:
    return Diagnostic(
        code="file-too-large",
        message=f"The file has more than {DOCUMENTS_AT_MOST:,} documents; this one exceeds the limit.",
        hint="Split it into several files.",
        position=position,
    )


def _byte_order_mark(file: str) -> Diagnostic:
    return Diagnostic(
        code="byte-order-mark",
        severity=Severity.WARNING,
        message="The file starts with a byte order mark, which is ignored.",
        hint="Save it as UTF-8 without a byte order mark.",
        position=Position(file, 1, 1),
    )


def _too_large(text: bytes, file: str) -> Diagnostic | None:
    if len(text) <= BYTES_AT_MOST:
        return None
    return Diagnostic(
        code="file-too-large",
        message=f"The file has more than {BYTES_AT_MOST:,} bytes, so it is not read.",
        hint="Split it into several files.",
        position=Position(file, 1, 1),
    )
