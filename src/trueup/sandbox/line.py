"""Know the way to the client: served, a TCP connection; in process, the patience of a caller."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope


@dataclass(frozen=True, slots=True)
class Line:
    """Hold how an answer can be lost.

    ``close`` ends the connection, or is None in process; then ``patience`` is how many seconds the caller waits, if it
    does not wait for ever.
    """

    receive: Receive
    close: Callable[[], None] | None
    patience: float | None

    async def left(self) -> None:
        """Wait until the client is gone."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def line_of(scope: Scope, receive: Receive) -> Line:
    """Return the line of a request, as server or transport describe it in the scope's ``state``."""
    state = scope.get("state", {})
    return Line(receive, state.get("close_connection"), state.get("patience"))
