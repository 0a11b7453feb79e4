"""Put numbers into words."""

from trueup.bounded import iso_moment

MINUTE = 60.0
HOUR = 3600.0


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 request`` or ``3 requests``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """Return about how long it takes, as coarse as people say it."""
    if seconds < MINUTE:
        return f"about {max(1, round(seconds))} s"
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {seconds / HOUR:.1f} h"


def moment(text: str) -> str:
    """Return an ISO 8601 time as people read it, to the second; anything else as it is."""
    at = iso_moment(text)
    return text if at is None or at.tzinfo is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
