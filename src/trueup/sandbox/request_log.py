"""The log of requests, which ``/_sandbox/requests`` returns."""

from collections import deque
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request and the status of its answer.

    ``path`` is without the prefix of its world. ``body`` is the decoded JSON, or None. The body of the token endpoint
    and every header but the correlation id are left out, and secured values are digests (see :func:`sealed`), so that
    no secret is kept. ``status`` is None when the answer was dropped. ``performed``: the platform did the work, even if
    an error was answered. ``faults`` are the names of the faults that took effect.
    """

    number: int
    time: str
    world: str
    method: str
    path: str
    query: str
    body: Any
    status: int | None
    correlation_id: str
    performed: bool = True
    faults: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        return asdict(self)


def sealed(body: Any) -> Any:
    """Return a body whose secured values are replaced by ``sha256:`` and their digest.

    With it a test can check which value was sent, and the log keeps none.
    """
    match body:
        case dict():
            return {name: _digests(value) if name == SECURED else sealed(value) for name, value in body.items()}
        case list():
            return [sealed(item) for item in body]
        case _:
            return body


def _digests(value: Any) -> Any:
    # Every text but a key: a client may send the list in another form, and the secret is in it all the same.
    match value:
        case dict():
            return {name: inner if name == "key" else _digests(inner) for name, inner in value.items()}
        case list():
            return [_digests(item) for item in value]
        case None:
            return None
        case _:
            return f"sha256:{digest(str(value))}"


SECURED = "securedConfiguration"
"""The member of a request that has the secrets of a deployment (deployment-api.md section 3.3)."""


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal digits."""
    return sha256(secret.encode()).hexdigest()


class RequestLog:
    """The last ``size`` requests, oldest first."""

    def __init__(self, size: int = 50_000) -> None:
        # Bounded, as a served sandbox may run for days.
        self._entries: deque[Entry] = deque(maxlen=size)
        self._number = 0

    def next_number(self) -> int:
        """Return the number of the next request, from 1; clearing the log does not reset it."""
        self._number += 1
        return self._number

    def add(self, entry: Entry) -> None:
        """Add a request; the oldest beyond the size is dropped."""
        self._entries.append(entry)

    def entries(self, world: str | None = None) -> tuple[Entry, ...]:
        """Return the requests of one world or of all, oldest first."""
        return tuple(entry for entry in self._entries if world in (None, entry.world))

    def clear(self, world: str | None = None) -> None:
        """Remove the requests of one world or of all."""
        kept = [entry for entry in self._entries if world not in (None, entry.world)]
        self._entries.clear()
        self._entries.extend(kept)
