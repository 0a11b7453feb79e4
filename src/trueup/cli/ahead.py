"""Begin to read what is live while manifests are still being loaded.

Loading is work and reading is waiting, so that both at once take hardly longer than one. Only requests that the whole
run would send as well are sent before its end, and only reads: should a manifest turn out to be invalid, they were sent
for nothing and that is all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from trueup.cli.here import here
from trueup.cli.loop import leave_to_the_end
from trueup.cli.options import Common
from trueup.cli.read import is_chosen, read_pasts
from trueup.cli.session import Scope, open_targets, permit_for, read_project, reading_scope
from trueup.model.manifest import Manifest
from trueup.model.reader import Ahead, Wanted

if TYPE_CHECKING:
    from trueup.manifest.project import Project
    from trueup.platforms.open import Platforms

T = TypeVar("T")
Begin = Callable[[], Awaitable[Mapping[str, Ahead]]]
"""Open what can be opened; return what to tell about each target."""

AFTER: Final = 200
"""Fewer manifests are loaded before a connection could be made."""
A_TURN: Final = 32
"""After so many manifests, which take some milliseconds, what came over the network is looked after."""


@asynccontextmanager
async def read_ahead(common: Common) -> AsyncIterator[tuple[Scope, "Platforms | None"]]:
    """Read the manifests that the options name, and begin to read what is live of them.

    Gives what was read, and the targets that are open already, for ``open_world``. Raises as ``read_scope`` does;
    what would keep a target from being opened is left to that.
    """
    cwd = here()
    project, cache = read_project(common, cwd)
    pasts = read_pasts(project, common, cwd)
    steps = reading_scope(project, common, cwd, cache, pasts)
    async with AsyncExitStack() as stack:
        platforms: Platforms | None = None

        async def begin() -> Mapping[str, Ahead]:
            nonlocal platforms
            asked = common.targets or project.targets
            permit = permit_for(common, pasts)
            platforms = await stack.enter_async_context(open_targets(project, asked, permit, only_usable=True))
            return platforms.ahead

        begins = begin if _can_begin(project, common) else None
        scope = await tell_readers(steps, begins, is_wanted=partial(is_chosen, common))
        leave_to_the_end()
        yield scope, platforms


async def tell_readers(
    steps: Generator[Manifest, None, T], begin: Begin | None, *, is_wanted: Callable[[Manifest], bool]
) -> T:
    """Return what the steps return, telling readers meanwhile which of the manifests they will be asked for.

    With ``begin`` None nobody is told. The event loop turns now and then all the same, so that a signal ends the run.
    """
    held: list[Manifest] = []
    ahead: Mapping[str, Ahead] | None = None
    with closing(steps):
        for number in count(1):
            try:
                manifest = next(steps)
            except StopIteration as end:
                found: T = end.value
                return found
            if begin is not None and is_wanted(manifest):
                held.append(manifest)
            if number % A_TURN:
                continue
            if begin is not None and ahead is None and len(held) >= AFTER:
                ahead = await begin()
            if ahead is not None:
                _tell(ahead, held)
                held.clear()
            await asyncio.sleep(0)
    raise AssertionError("steps end")


def _tell(ahead: Mapping[str, Ahead], manifests: list[Manifest]) -> None:
    for manifest in manifests:
        if manifest.identity.target in ahead:
            ahead[manifest.identity.target].expect(Wanted(manifest.identity, manifest.locale))


def _can_begin(project: "Project", common: Common) -> bool:
    """Say whether it is of use: the sandbox answers at once, and what is asked for of a change follows from git."""
    return common.changed_since is None and not any(target.sandbox for target in project.targets.values())
