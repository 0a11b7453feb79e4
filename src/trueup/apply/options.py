"""Hold how an apply goes about its work."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """Hold the bounds of an apply.

    ``concurrency``: resources side by side. ``rounds``: how often one resource is planned again because live moved or
    an answer was lost. ``readback_seconds``: how long a platform without versions may take to show a write, both
    after an accepted one and after one whose answer was lost.
    """

    concurrency: int = 4
    rounds: int = 5
    readback_seconds: float = 15.0


DEFAULT_OPTIONS: Final = ApplyOptions()
