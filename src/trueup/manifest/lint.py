"""Warn of what the platforms are not known to refuse, but what is probably a mistake.

Each kind knows its own warnings. None of them is a documented rule of an API, so none is an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trueup.errors import Diagnostic, Severity
from trueup.kinds.registry import KINDS
from trueup.manifest.positions import dotted
from trueup.model.identity import Kind
from trueup.model.position import Positions


def lint(kind: Kind, document: Mapping[str, Any], positions: Positions) -> Iterator[Diagnostic]:
    """Give warnings about a document that its schema accepts."""
    for code, path, message in KINDS[kind].advice(document.get("spec", {})):
        place = ("spec", *path)
        yield Diagnostic(
            code=code, message=message, position=positions.at(place), path=dotted(place), severity=Severity.WARNING
        )
