"""Refuse what comes too fast, if the settings ask for it."""

import math
from collections import defaultdict, deque
from email.utils import formatdate

from trueup.sandbox.calls import Answer, Call
from trueup.sandbox.refusals import overload
from trueup.sandbox.world import Sandbox

_MINUTE = 60.0


class Limit:
    """Count each world's requests of the last minute."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def refuse(self, call: Call) -> Answer | None:
        """Count one request of its world, and return the answer 429 if it is one too many."""
        settings, now = self._sandbox.settings, self._sandbox.clock.now()
        if not settings.requests_per_minute:
            return None
        times = self._times[call.world]
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) < settings.requests_per_minute:
            times.append(now)
            return None
        headers = retry_after(settings.retry_after, times[0] + _MINUTE - now, now)
        return overload(call, 429, headers)


def retry_after(form: str, seconds: float, now: float) -> dict[str, str]:
    """Return the header Retry-After as ``seconds``, as ``date``, or, as ``none``, not at all."""
    whole = math.ceil(seconds)
    forms = {"seconds": str(whole), "date": formatdate(math.ceil(now) + whole, usegmt=True)}
    return {"Retry-After": forms[form]} if form in forms else {}
