"""Open one target of the sandbox, with one clock on both sides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from manual_clock import ManualClock
from trueup.cli.files import read_seed
from trueup.model.identity import ConnectTarget, OriginTarget
from trueup.model.live import Live, Reading
from trueup.model.reader import Reader
from trueup.model.value import Desired, Parts
from trueup.model.writer import Writer
from trueup.platforms.open import open_platforms
from trueup.platforms.settings import HttpSettings
from trueup.sandbox.server import Embedded, open_embedded
from unit.platforms.doubles import AT, FakeClock, certification, connector, quick_settings

T = TypeVar("T")

EU = ConnectTarget(name="eu", api_url="", auth_url="", position=AT, sandbox=True)
ORIGIN = OriginTarget(name="origin", base_url="", position=AT, sandbox=True)
TAX = connector("tax")
EPD = certification("EPD-1")
REPOSITORY = {"url": "https://github.com/acme/tax.git", "tag": "v1"}
NEW_TAX: Desired = {"name": "Tax", "creator.email": "tax@acme.example", "repository": Parts(REPOSITORY)}
NEW_EPD: Desired = {
    "certificateNumber": "ABC-1",
    "standard.code": "EPD",
    "reportingBody": Parts({"name": "Veritas"}),
    "url": "https://acme.example/epd.pdf",
}


@dataclass
class SandboxTarget:
    """The reader and writer of one target, and the sandbox that answers them."""

    reader: Reader
    writer: Writer
    embedded: Embedded
    world: str

    @property
    def requests(self) -> list[str]:
        return [f"{entry.method} {entry.path}" for entry in self.embedded.sandbox.log.entries(self.world)]

    def switch(self, **switches: object) -> None:
        sandbox = self.embedded.sandbox
        sandbox.settings = sandbox.settings.changed(switches)


@dataclass
class OneClock(FakeClock):
    """A fake clock that advances the sandbox's clock as well."""

    there: ManualClock = field(default_factory=ManualClock)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.there.advance(seconds)


@asynccontextmanager
async def opened(
    target: ConnectTarget | OriginTarget, seed: Path | None, settings: HttpSettings
) -> AsyncIterator[SandboxTarget]:
    clock = OneClock()
    with closing(open_embedded(None, read_seed(seed) if seed else None, [target.name], clock=clock.there)) as embedded:
        async with open_platforms(
            {target.name: target}, env={}, clock=clock, sandbox=embedded, settings=settings
        ) as platforms:
            yield SandboxTarget(platforms.readers[target.name], platforms.writers[target.name], embedded, target.name)


def connect(use: Callable[[SandboxTarget], Awaitable[T]], seed: Path | None = None) -> T:
    async def run() -> T:
        async with opened(EU, seed, quick_settings()) as target:
            return await use(target)

    return asyncio.run(run())


def origin(use: Callable[[SandboxTarget], Awaitable[T]], **changes: object) -> T:
    settings = replace(quick_settings(), **changes)  # type: ignore[arg-type]  # names of fields, spelled in the test

    async def run() -> T:
        async with opened(ORIGIN, None, settings) as target:
            return await use(target)

    return asyncio.run(run())


def live(reading: Reading | None) -> Live:
    assert isinstance(reading, Live), reading
    return reading
