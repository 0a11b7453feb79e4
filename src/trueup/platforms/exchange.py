"""Send one request at its time and get its answer within a time, or know whether it can have arrived."""

import asyncio
from typing import Final

from trueup.model.clock import Clock
from trueup.platforms.answer import Answer
from trueup.platforms.carrier import Carrier, Lost, Outgoing
from trueup.platforms.gate import Gate
from trueup.platforms.settings import HttpSettings

SHORT_OF_BREATH: Final = frozenset({429, 503})
"""The statuses that ask for fewer requests."""


class Exchange:
    """Send requests over one carrier, bounded by one gate.

    ``clock`` and ``settings`` are for all who send over this exchange.
    """

    def __init__(self, carrier: Carrier, clock: Clock, settings: HttpSettings) -> None:
        self.clock, self.settings = clock, settings
        self._carrier, self._gate = carrier, Gate(settings.concurrency)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Return the answer, whatever its status. Raises what the carrier raises."""
        async with self._gate.slot() as number:
            try:
                async with asyncio.timeout(self.settings.exchange_timeout):
                    answer = await self._carrier.carry(outgoing)
            except TimeoutError:
                raise Lost(f"no complete answer within {self.settings.exchange_timeout:g} s") from None
            if answer.status in SHORT_OF_BREATH:
                self._gate.slower(number)
            else:
                self._gate.faster()
            return answer
