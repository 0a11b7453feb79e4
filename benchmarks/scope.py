"""Hold what every benchmark is given."""

from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.estate import Estate, write_estate
from benchmarks.peers.install import Peers

CORES = 2
"""What a machine must have; with more, goals that divide by cores are easier than they look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Say how far to go: ``short`` is for a minute, to see that everything works; its figures mean little."""

    short: bool
    folder: Path
    peers: Peers

    def estate(self, estate: Estate, *, url: str = "http://127.0.0.1:1") -> Path:
        """Return the folder of an estate, written when it is first asked for."""
        name = "-".join(str(part) for part in astuple(estate))
        place = self.folder / name
        if not place.exists():
            write_estate(estate, place, url=url)
        return place
