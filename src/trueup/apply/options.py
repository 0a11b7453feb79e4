"""Hold how an apply goes about its work."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """Hold the bounds of an apply.

    ``concurrency``: writes side by side; almost as many resources more may be getting ready, or looking at an answer.
    ``batch``: how many of these writes may share a request where the platform takes several in one. ``rounds``: how
    often one resource is planned again because live moved or an answer was lost. ``readback_seconds``: how long a
    platform without versions may take to show a write, both after an accepted one and after one whose answer was lost.
    ``wait``: await the end of previews and publishing; ``wait_seconds``: for how long, None for what each of them
    usually takes at most. ``saved``: the plan comes from a file, so that live is read and compared before a resource is
    first written to, whatever version the file names.
    """

    concurrency: int = 4
    batch: int = 1
    rounds: int = 5
    readback_seconds: float = 15.0
    wait: bool = True
    wait_seconds: float | None = None
    saved: bool = False


DEFAULT_OPTIONS: Final = ApplyOptions()
