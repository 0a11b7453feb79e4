"""Carry the wish to stop from whoever has it to the run."""


class StopSignal:
    """Ask a run to stop: once, to start nothing new and finish what is under way; twice, to stop at once."""

    def __init__(self) -> None:
        self._requests = 0

    @property
    def requested(self) -> bool:
        """Say whether nothing new may be started."""
        return self._requests > 0

    def request(self) -> None:
        """Ask to stop, or ask again."""
        self._requests += 1
