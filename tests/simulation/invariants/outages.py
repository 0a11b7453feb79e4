"""A server that is down costs a bounded number of requests in all, however many resources live on it.

As many rounds of requests as a single one is tried, then one now and then that looks whether the server is back.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from simulation.event_log import Sent
from simulation.invariants.evidence import Evidence, Invariant, Violation

ROUNDS: Final = 6
"""How often a single request is tried at most."""
LOOK_EVERY: Final = 30.0
"""Seconds between two looks at a server that is down."""


def check_outages(evidence: Evidence) -> Iterator[Violation]:
    """Yield a violation for every attempt that asked a server that is down more often than that."""
    outage = evidence.scenario.disruptions.outage
    if outage is None or outage.form == "page 429":
        return  # this says that the server is there
    for number, requests in groupby(evidence.event_log.requests, key=lambda sent: sent.attempt):
        met = [sent for sent in requests if any(fault.startswith("down: ") for fault in sent.faults)]
        most = _most(met, evidence.scenario.side_by_side)
        if len(met) > most:
            yield Violation(
                invariant=Invariant.OUTAGES,
                attempt=number,
                text=f"{outage.world} was down, and {len(met)} requests were sent to it; {most} are enough",
            )


def _most(met: list[Sent], side_by_side: int) -> int:
    lasted = met[-1].time - met[0].time if met else 0.0
    return ROUNDS * side_by_side + 1 + int(lasted / LOOK_EVERY)
