"""Hold what every part of the sandbox works on."""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from starlette.requests import Request

from trueup.sandbox.clock import SandboxClock
from trueup.sandbox.log import RequestLog
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Store

DEFAULT_WORLD = "default"
"""The world of requests whose path names none."""

_NAMESPACE = UUID("6f1c9a52-0d5e-5b0a-9d7e-3f3f6a0f7c11")


class Ids:
    """Make ids that look random and are the same in every run: they count within the store."""

    def __init__(self, store: Store, seed: str = "") -> None:
        self._store = store
        self._seed = seed

    def next(self) -> str:
        """Return a new UUID as text."""
        return str(uuid5(_NAMESPACE, f"{self._seed}/{self._store.next_number('id')}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Say where and how long a token is good, and for what."""

    world: str
    expires: float
    scopes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Sandbox:
    """Hold the state of both platforms.

    ``settings`` is replaced as a whole when switches change. ``grants`` are the tokens that were issued; a restart
    forgets them.
    """

    store: Store
    clock: SandboxClock
    settings: Settings = field(default_factory=Settings)
    log: RequestLog = field(default_factory=RequestLog)
    grants: dict[str, Grant] = field(default_factory=dict, repr=False)
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Ids(self.store)


def world_of(request: Request) -> str:
    """Return the world that the request's path names: ``/worlds/{world}/...``, else the default one."""
    return str(request.path_params.get("world", DEFAULT_WORLD))
