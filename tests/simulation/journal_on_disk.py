"""Read an attempt's journal off the disk, line by line, without any of trueup's own code."""

import json
from pathlib import Path
from typing import Final

from simulation.layout import Json

UNKNOWN: Final = "unknown"


class JournalOnDisk:
    """The one file that an attempt adds to ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = set(folder.glob("*.jsonl")) if folder.exists() else set()
        self._file: Path | None = None
        self._read = 0
        self.lines: list[Json] = []

    def refresh(self) -> list[Json]:
        """Return all whole lines that are on disk now."""
        if self._file is None and self._folder.exists():
            self._file = next((file for file in self._folder.glob("*.jsonl") if file not in self._before), None)
        if self._file is not None:
            with self._file.open("rb") as file:
                file.seek(self._read)
                whole, _, _ = file.read().rpartition(b"\n")
            if whole:
                self._read += len(whole) + 1
                self.lines += [json.loads(line) for line in whole.split(b"\n")]
        return self.lines

    def open_numbers(self) -> set[int]:
        """Return the writes that are on record and have not ended."""
        return {line["number"] for line in open_intents(self.refresh())}


def open_intents(lines: list[Json]) -> list[Json]:
    """Return the intents that have no ending."""
    ended = {line["number"] for line in lines if line["record"] == "ending"}
    return [line for line in lines if line["record"] == "intent" and line["number"] not in ended]


def endings(lines: list[Json]) -> dict[int, str]:
    """Return the last ending of each write, by its number."""
    return {line["number"]: line["ending"] for line in lines if line["record"] == "ending"}
