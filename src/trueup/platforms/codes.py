"""List the diagnostics that only appear when a command goes online; the documentation is made from it."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "missing-credential": "A variable that a target's credentials come from is not set, or its file is not there.",
    "ambiguous-credential": "A credential is given twice: by NAME and by NAME_FILE.",
    "unusable-credential": "A credential holds what no credential has, as a line break in the middle.",
}
"""Diagnostic code to its meaning in one line."""
