"""Notice that a server is down, so that not every request has to find out for itself.

Failures are counted in rounds: requests that are under way together, or fail at the same moment, count once. After as
many rounds in a row as a single request would be tried, nothing more is sent, but for one request now and then that
looks whether the server is back.
"""

from typing import Final

from trueup.errors import Unavailable
from trueup.model.clock import Clock
from trueup.platforms.failures import Down
from trueup.platforms.settings import HttpSettings

SILENT_ERRORS: Final = frozenset({502, 503, 504})
"""The statuses with which a gateway answers for a server that does not."""


class Outage:
    """The account of one server, by host and port: how often in a row it gave no answer of its own."""

    def __init__(self, clock: Clock, settings: HttpSettings) -> None:
        self._clock, self._settings = clock, settings
        self._begun = self._counted_until = self._rounds = 0
        self._cause = ""
        self._next_round = self._look_again = 0.0

    @property
    def cause(self) -> str:
        """Return why the server is taken to be down, empty while it is not."""
        return self._cause

    def begin(self) -> int:
        """Return the number of a request about to be sent; raises ``Down`` when it need not be."""
        now = self._clock.now()
        if self._cause:
            if now < self._look_again:
                raise Down(self._cause)
            # One request looks; the others wait for what it finds.
            self._look_again = now + self._settings.outage_seconds
        self._begun += 1
        return self._begun

    def answered(self) -> None:
        """Take note that the server answered."""
        self._rounds, self._next_round, self._cause = 0, 0.0, ""

    def failed(self, number: int, cause: str, *, most: int) -> None:
        """Take note that a request had no answer; ``most`` such rounds in a row mean that the server is down."""
        now = self._clock.now()
        if number > self._counted_until and now >= self._next_round:
            # The shortest wait before a second attempt is half of the first wait.
            self._counted_until, self._next_round = self._begun, now + self._settings.first_wait / 2
            self._rounds += 1
        if self._rounds >= most or self._cause:
            self._cause, self._look_again = cause, now + self._settings.outage_seconds


def down(name: str, cause: str) -> Unavailable:
    """Return the error for a target whose server is down; the text is the same whatever was asked of it."""
    error = Unavailable(f"{name} is down: {cause}")
    error.down = True
    return error
