"""Take one server of a run down, for some seconds or until the end of the disturbed attempts."""

from dataclasses import dataclass

import httpx

from simulation.disruptions import PAGES, REFUSED, Outage
from simulation.simulated_time import SimulatedClock

_PAGE = "<html><head><title>The server is not available</title></head></html>"


@dataclass(slots=True, kw_only=True)
class Downtime:
    """The outage of a run, None for none; ``over`` is set when the run calms down."""

    outage: Outage | None
    clock: SimulatedClock
    over: bool = False
    asked: int = 0
    begun: float | None = None

    def strikes(self, world: str) -> Outage | None:
        """Count a request to this world, and return the outage when it does not arrive."""
        outage = self.outage
        if outage is None or outage.world != world:
            return None
        self.asked += 1
        if self.begun is None and self.asked >= outage.request:
            self.begun = self.clock.now()
        down = self.begun is not None and self.clock.now() < self.begun + outage.seconds and not self.over
        return outage if down else None


def answer_of(outage: Outage, request: httpx.Request) -> httpx.Response:
    """Return a gateway's page; raises ConnectError or ReadError where none answers for the server."""
    if outage.form in PAGES:
        return httpx.Response(PAGES[outage.form], html=_PAGE, request=request)
    if outage.form == REFUSED:
        raise httpx.ConnectError("All connection attempts failed", request=request)
    raise httpx.ReadError("The connection was closed", request=request)
