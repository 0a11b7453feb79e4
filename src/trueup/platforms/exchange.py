"""Send one request at its time and get its answer within a time, or know whether it can have arrived."""

import asyncio
import logging
from collections import defaultdict
from typing import Final

from trueup.model.clock import Clock
from trueup.platforms.answer import Answer
from trueup.platforms.carrier import Carrier, Lost, NotSent, Outgoing, TooLarge
from trueup.platforms.failures import place_of
from trueup.platforms.gate import Gate
from trueup.platforms.outage import SILENT, Outage
from trueup.platforms.settings import HttpSettings
from trueup.request_log import log_request

_LOG: Final = logging.getLogger("trueup.platforms")

SHORT_OF_BREATH: Final = frozenset({429, 503})
"""The statuses that ask for fewer requests."""


class Exchange:
    """Send requests over one carrier, bounded by one gate.

    ``clock`` and ``settings`` are for all who send over this exchange.
    """

    def __init__(self, carrier: Carrier, clock: Clock, settings: HttpSettings) -> None:
        self.clock, self.settings = clock, settings
        self._carrier, self._gate = carrier, Gate(settings.concurrency)
        self._outages = defaultdict[str, Outage](lambda: Outage(clock, settings))

    def down(self, url: str) -> str:
        """Return why the server of a URL is taken to be down, empty while it is not."""
        return self._outages[place_of(url)].cause

    async def send(self, outgoing: Outgoing) -> Answer:
        """Return the answer, whatever its status. Raises what the carrier raises, ``Down`` without asking it."""
        place = place_of(outgoing.url)
        outage = self._outages[place]
        async with self._gate.slot() as number:
            turn = outage.begin()
            try:
                async with asyncio.timeout(self.settings.exchange_timeout):
                    answer = await self._carry(outgoing)
            except TimeoutError:
                lost = f"{place}: no complete answer within {self.settings.exchange_timeout:g} s"
                outage.failed(turn, lost, most=self.settings.read_attempts)
                raise Lost(lost) from None
            except TooLarge:
                outage.answered()
                raise
            except NotSent as error:
                outage.failed(turn, str(error), most=self.settings.connect_attempts)
                raise
            except Lost as error:
                outage.failed(turn, str(error), most=self.settings.read_attempts)
                raise
            if answer.status in SILENT:
                outage.failed(turn, f"{place} answers with HTTP {answer.status}", most=self.settings.read_attempts)
            else:
                outage.answered()
            if answer.status in SHORT_OF_BREATH:
                self._gate.slower(number)
                _LOG.info("%s throttles: at most %d requests at a time now.", place, self._gate.limit)
            else:
                self._gate.faster()
            return answer

    async def _carry(self, outgoing: Outgoing) -> Answer:
        began, status = self.clock.now(), None
        try:
            answer = await self._carrier.carry(outgoing)
            status = answer.status
            return answer
        finally:
            log_request(
                _LOG,
                outgoing.method,
                outgoing.url,
                status=status,
                seconds=self.clock.now() - began,
                correlation_id=dict(outgoing.headers).get("X-Correlation-ID", ""),
            )
