"""A circuit breaker: once a server is known to be down, requests fail at once instead of timing out one by one.

Failures are counted in rounds: requests that are under way together, or fail at the same moment, count once. The number
of consecutive rounds after which the server counts as down is the number of attempts of a single request. From then on
nothing is sent, except one request every ``outage_seconds`` that checks whether the server is back.
"""

from typing import Final

from trueup.errors import Unavailable
from trueup.model.clock import Clock
from trueup.platforms.failures import Down
from trueup.platforms.settings import HttpSettings

SILENT_ERRORS: Final = frozenset({502, 503, 504})
"""The statuses that a gateway sends for a server that does not answer."""


class Outage:
    """The circuit breaker of one server (host and port): how many rounds in a row it did not answer."""

    def __init__(self, clock: Clock, settings: HttpSettings) -> None:
        self._clock, self._settings = clock, settings
        self._begun = self._counted_until = self._rounds = 0
        self._cause = ""
        self._next_round = self._look_again = 0.0

    @property
    def cause(self) -> str:
        """Return why the server is considered down, or ``""``."""
        return self._cause

    def begin(self) -> int:
        """Return the number of a request that is about to be sent; raises ``Down`` when it must not be sent."""
        now = self._clock.now()
        if self._cause:
            if now < self._look_again:
                raise Down(self._cause)
            # This request checks the server. The others fail at once until the check has ended or its time is over.
            self._look_again = now + self._settings.outage_seconds
        self._begun += 1
        return self._begun

    def answered(self) -> None:
        """Record that the server answered."""
        self._rounds, self._next_round, self._cause = 0, 0.0, ""

    def failed(self, number: int, cause: str, *, most: int) -> None:
        """Record a request without an answer; after ``most`` such rounds in a row, the server counts as down."""
        now = self._clock.now()
        # A request that was sent before the last counted failure belongs to its round, even if it ends much later.
        if number > self._counted_until and now >= self._next_round:
            # A new round starts no earlier than the first retry could: its shortest wait is half of the first wait.
            self._counted_until, self._next_round = self._begun, now + self._settings.first_wait / 2
            self._rounds += 1
        if self._rounds >= most or self._cause:
            self._cause, self._look_again = cause, now + self._settings.outage_seconds


def down(name: str, cause: str) -> Unavailable:
    """Return the error for a target whose server is down; its text is the same for every resource."""
    error = Unavailable(f"{name} is down: {cause}")
    error.down = True
    return error
