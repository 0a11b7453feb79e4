"""The state that every part of the sandbox works on."""

from dataclasses import dataclass, field

from starlette.requests import Request

from trueup.sandbox.calls import DEFAULT_WORLD
from trueup.sandbox.faults import Faults
from trueup.sandbox.request_log import RequestLog
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Ids, SandboxClock, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The world, the expiry (seconds since 1970) and the scopes of an access token."""

    world: str
    expires: float
    scopes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Sandbox:
    """The state of both platforms.

    ``settings`` and ``faults`` are replaced as a whole when they change. ``grants`` maps the tokens that were issued to
    their grants; they are lost at a restart.
    """

    store: Store
    clock: SandboxClock
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    # Tokens are left out of the repr, which tracebacks of tests show.
    grants: dict[str, Grant] = field(default_factory=dict, repr=False)
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Ids(self.store)


def world_of(request: Request) -> str:
    """Return the world in the path of the request, ``/worlds/{world}/...``, else the default one."""
    return str(request.path_params.get("world", DEFAULT_WORLD))
