"""Serve the sandbox on loopback, with and without TLS, and examine targets on it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from trueup.doctor.examination import ONCE, Examination
from trueup.doctor.machine import MachineSubject
from trueup.doctor.targets import Lookup, look_up
from trueup.model.checkup import CheckResult
from trueup.model.identity import ConnectTarget, Kind, OriginTarget, Target
from trueup.platforms.permissions import Permissions
from trueup.platforms.settings import HttpSettings
from trueup.sandbox.faults import faults_from_json
from trueup.sandbox.server import create_app
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Store
from trueup.state.folder import Folder
from unit.platforms.doubles import AT, ENV

CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""A certificate of 127.0.0.1 that signs itself, and its key; it ends in the year 2126."""

HERE = Path(__file__).parent


class _Server(uvicorn.Server):
    """A server that says when it accepts connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass(kw_only=True)
class Doctor:
    """How a target is examined; ``faults`` and ``switches`` are those of the sandbox, ``kinds`` those of manifests."""

    faults: Sequence[Mapping[str, Any]] = ()
    switches: Mapping[str, Any] = field(default_factory=dict)
    tls: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: dict(ENV))
    settings: HttpSettings = ONCE
    lookup: Lookup = look_up
    permit: Permissions = field(default_factory=Permissions)
    kinds: Collection[Kind] = ()
    requests: list[str] = field(default_factory=list)

    def connect(self, **changes: Any) -> dict[str, CheckResult]:
        """Return the results for a Connect target on the sandbox, by name; ``changes`` are fields of the target."""

        async def run() -> list[CheckResult]:
            async with self._serving() as url:
                given = {"api_url": url, "auth_url": url, **changes}
                return await self.examined(ConnectTarget(name="eu", position=AT, **given))

        return {result.name: result for result in asyncio.run(run())}

    def origin(self) -> dict[str, CheckResult]:
        """Return the results for an Origin target on the sandbox, by name."""

        async def run() -> list[CheckResult]:
            async with self._serving() as url:
                return await self.examined(OriginTarget(name="origin", base_url=f"{url}/equinox", position=AT))

        return {result.name: result for result in asyncio.run(run())}

    def alone(self, target: Target) -> dict[str, CheckResult]:
        """Return the results for a target without a sandbox, by name."""
        return {result.name: result for result in asyncio.run(self.examined(target))}

    async def examined(self, target: Target) -> list[CheckResult]:
        machine = MachineSubject(environ=self.environ, project=None, file="", base="", folder=Folder(HERE), runs="runs")
        examination = Examination(
            machine=machine,
            targets=[target],
            permit=self.permit,
            kinds={target.name: self.kinds},
            settings=self.settings,
            lookup=self.lookup,
        )
        return [result for result in await examination.results() if result.target]

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[str]:
        store = Store(":memory:")
        app = create_app(store, Settings().changed(self.switches))
        app.state.sandbox.faults = faults_from_json({"faults": list(self.faults)}, "faults")
        file = CERTIFICATE if self.tls else None
        config = uvicorn.Config(
            app, lifespan="off", ws="none", log_config=None, access_log=False, ssl_certfile=file, ssl_keyfile=file
        )
        server = _Server(config)
        # Answers that a fault delays must not delay the end.
        server.force_exit = True
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await server.ready.wait()
                yield f"http{'s' if self.tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving
                self.requests += [f"{entry.method} {entry.path}" for entry in app.state.sandbox.log.entries("default")]
                store.close()


def states(results: Mapping[str, CheckResult]) -> dict[str, str]:
    return {name: result.state.value for name, result in results.items()}
