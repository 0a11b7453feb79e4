"""Read a sandbox's seed and faults with the reader of all other files, which has bounds; the sandbox reads no files."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from trueup.errors import Diagnostic, InvalidInput, Severity
from trueup.model.position import Position

if TYPE_CHECKING:
    from trueup.model.position import Positions
    from trueup.sandbox.faults import Faults
    from trueup.sandbox.seed import Seed


_CODES: Final = {"seed": "sandbox-seed", "faults": "sandbox-faults"}

PARTS_AT_MOST: Final = 4_000_000
"""Parts of a seed: one document holds all of an estate's live state. The bounds on bytes and aliases hold as well."""


def read_seed(path: Path) -> "Seed":
    """Return a checked seed; raises InvalidInput."""
    from trueup.sandbox.seed import check_seed

    content, _ = _read(path, "seed", PARTS_AT_MOST)
    return check_seed(content, str(path))


def read_faults(path: Path) -> "Faults":
    """Return the rules of a fault file; raises InvalidInput."""
    from trueup.sandbox.faults import faults_from_json

    content, positions = _read(path, "faults", None)
    return faults_from_json(content, str(path), positions)


def _read(path: Path, what: Literal["seed", "faults"], parts: int | None) -> tuple[object, "Positions | None"]:
    """Return the one document of a file as JSON has it, and where its nodes are; None and None for an empty file.

    ``parts`` are those that the document may have; None: those of a manifest. Raises InvalidInput.
    """
    from trueup.manifest.limits import limited
    from trueup.manifest.yaml_file import read_yaml
    from trueup.manifest.yaml_reader import Bounds
    from trueup.regular_file import read_named

    start = Position(str(path), 1, 1)
    try:
        read = read_yaml(read_named(path), str(path), Bounds(parts=parts, nodes=parts) if parts else None)
    except OSError as error:
        message = f"The {what} cannot be read: {error.strerror}."
        raise InvalidInput([Diagnostic(code=_CODES[what], message=message, position=start)]) from None
    errors = [problem for problem in read.diagnostics if problem.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(limited(errors))
    if len(read.documents) > 1:
        message = f"The file of the {what} has more than one document."
        second = read.documents[1].positions.at(())
        raise InvalidInput([Diagnostic(code=_CODES[what], message=message, position=second)])
    number = "{:f}".format if what == "seed" else float
    return next(((_plain(d.root, number), d.positions) for d in read.documents), (None, None))


def _plain(node: Any, number: Callable[[Decimal], object]) -> Any:
    """Return a document as JSON has it, each decimal as what ``number`` makes of it."""
    match node:
        case dict():
            return {key: _plain(value, number) for key, value in node.items()}
        case list():
            return [_plain(item, number) for item in node]
        case Decimal():
            return number(node)
        case _:
            return node
