"""Write the summary that a run's page shows."""

from pathlib import Path
from typing import Final

MOST_BYTES: Final = 900_000
"""Bytes that a step's summary gets; GitHub drops all of one that is over 1 MiB, and shows nothing in its place."""


def append_summary(file: Path, text: str) -> bool:
    """Append text to the summary, or nothing where it would not fit; return whether it was."""
    written = file.stat().st_size if file.exists() else 0
    encoded = text.encode("utf-8", "backslashreplace")
    if written + len(encoded) > MOST_BYTES:
        return False
    with file.open("ab") as stream:
        stream.write(encoded)
    return True
