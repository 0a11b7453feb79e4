"""Read a sandbox's seed with the reader of all other files, which has bounds; the sandbox itself reads no files."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trueup.errors import Diagnostic, InvalidInput, Severity
from trueup.model.position import Position

if TYPE_CHECKING:
    from trueup.sandbox.seed import Seed


PARTS_AT_MOST: Final = 4_000_000
"""Parts of a seed: one document holds all of an estate's live state. The bounds on bytes and aliases hold as well."""


def read_seed(path: Path) -> "Seed":
    """Return a checked seed; raises InvalidInput."""
    from trueup.manifest.document import Bounds
    from trueup.manifest.reader import read_yaml
    from trueup.regular_file import read_named
    from trueup.sandbox.seed import check_seed

    name = str(path)
    try:
        read = read_yaml(read_named(path), name, Bounds(parts=PARTS_AT_MOST, nodes=PARTS_AT_MOST))
    except OSError as error:
        raise _wrong(name, f"The seed cannot be read: {error.strerror}.") from None
    errors = [problem for problem in read.diagnostics if problem.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(errors)
    if len(read.documents) > 1:
        raise _wrong(name, "The seed has more than one document.")
    return check_seed(_plain(read.documents[0].root) if read.documents else None, name)


def _plain(node: Any) -> Any:
    """Return the seed as JSON has it: decimals as texts, in their own digits."""
    match node:
        case dict():
            return {key: _plain(value) for key, value in node.items()}
        case list():
            return [_plain(item) for item in node]
        case Decimal():
            return format(node, "f")
        case _:
            return node


def _wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput([Diagnostic(code="sandbox-seed", message=message, position=Position(name, 1, 1))])
