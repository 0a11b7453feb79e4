"""What every benchmark is given."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from benchmarks.estate import Estate, write_estate
from benchmarks.peers.install import Peers

EXTREME: Final = 50_000
"""Manifests of the largest estate: far more than the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much to measure.

    ``short`` takes a minute and shows that everything works; its figures mean little. ``largest`` is the number of
    manifests above which estates are left out, None for no limit. ``folder`` holds the estates that were written.
    """

    short: bool
    folder: Path
    peers: Peers
    largest: int | None = None

    def sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Return those of the sizes that are to be measured, the smallest in any case."""
        return tuple(size for size in sizes if self.largest is None or size <= self.largest) or (min(sizes),)

    def estate(self, estate: Estate, *, url: str = "http://127.0.0.1:1") -> Path:
        """Return the folder of an estate; the first call writes it."""
        name = "-".join(str(part) for part in astuple(estate))
        place = self.folder / name
        if not place.exists():
            write_estate(estate, place, url=url)
        return place
