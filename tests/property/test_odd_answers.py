"""Read odd answers: one odd value costs what was asked for with it, never the run."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_clock import ManualClock
from trueup.apply.run import apply_plan
from trueup.cli.commands.import_ import Places, write_imports
from trueup.cli.files import read_seed
from trueup.cli.import_scan import ImportRequest, scan
from trueup.edit.describe import Imports
from trueup.manifest.load import load
from trueup.manifest.project import Project, load_project
from trueup.model.identity import ConnectTarget
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan
from trueup.model.run import Outcome
from trueup.plan.build import build_plan
from trueup.plan.drift import find_drift
from trueup.platforms.open import Platforms, open_platforms
from trueup.report.document import render_document
from trueup.report.result import Result
from trueup.sandbox.server import Embedded, open_embedded
from trueup.sandbox.settings import Settings
from unit.apply.fakes import MemoryJournal
from unit.platforms.doubles import quick_settings
from unit.platforms.sandbox_target import OneClock

pytestmark = pytest.mark.slow

QUICKSTART: Final = Path(__file__).parents[2] / "examples" / "quickstart"
FAULT: Final = "fault of trueup"
LONG: Final = "9" * 5_000

NUMBERS: Final = [LONG, f"-{LONG}", f"1.{LONG}", "1e999999999999999999999", "-1e99999", "1e308", "NaN", "-Infinity"]
OTHERS: Final = ["null", "true", "[]", "{}", "[[]]", '[{}, 1, "a"]', '{"id": []}', '""', '"0"', f'"{LONG}"', "-1"]
TEXTS: Final = [
    f'"{"long " * 40_000}"',
    r'"\ud800"',
    '"\ud800"',
    r'"\u0000\u001b[31m\u202e"',
    '"+99999-12-31T23:59:59+14:00"',
]
NESTED: Final = [f"{'[' * depth}{']' * depth}" for depth in (90, 600, 100_000)] + ['{"a":' * 700 + "1" + "}" * 700]
ODD: Final = [*NUMBERS, *OTHERS, *TEXTS, *NESTED]
"""What stands where a value was, as JSON text."""

MARK: Final = "the odd value stands here"
HEADERS: Final = [
    ("retry-after", LONG),
    ("retry-after", "Wed, 21 Oct 99999999999 07:28:00 GMT"),
    ("retry-after", "Mon, 01 Jan 0001 00:00:00 +2359"),
    ("date", "Wed, 99 Foo 99999999999 99:99:99 +99999999"),
]

Change = Callable[[bytes, Random], bytes]


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a value: what holds it, and under which name or number."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, member in members:
        yield node, name
        yield from places(member)


def in_place_of_a_value(odd: str) -> Change:
    """Return a change that puts ``odd`` in the place of one value of a body, chosen at random."""

    def change(body: bytes, random: Random) -> bytes:
        document = {"": json.loads(body)}
        holder, name = random.choice(list(places(document)))
        holder[name] = MARK
        return json.dumps(document[""]).replace(f'"{MARK}"', odd).encode(errors="surrogatepass")

    return change


def twice(body: bytes, random: Random) -> bytes:
    """Give one member of the outer object twice, with another value."""
    document = json.loads(body)
    if not isinstance(document, dict) or not document:
        return body
    return body.rstrip()[:-1] + f", {json.dumps(random.choice(list(document)))}: 7}}".encode()


def broken(body: bytes, random: Random) -> bytes:
    """Put a byte that is no UTF-8 somewhere."""
    at = random.randrange(len(body) + 1)
    return body[:at] + b"\xff" + body[at:]


CHANGES: Final[dict[str, Change]] = {
    **{ascii(odd[:24]): in_place_of_a_value(odd) for odd in ODD},
    "twice": twice,
    "broken": broken,
}


@dataclass
class Odd(httpx.AsyncBaseTransport):
    """Change the answer of that number, and all later ones to the same request where it is asked again."""

    inner: httpx.AsyncBaseTransport
    number: int
    change: Change
    header: tuple[str, str] | None
    seed: int
    seen: int = 0
    about: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = await response.aread()
        self.seen += 1
        if self.seen == self.number:
            self.about.append(f"{request.method} {request.url.path}")
            if self.header is not None:
                return httpx.Response(503, headers=[self.header], content=body)
            body = self.change(body, Random(self.seed)) if body else b""
        headers = [(name, value) for name, value in response.headers.items() if name != "content-length"]
        return httpx.Response(response.status_code, headers=headers, content=body)


@dataclass(frozen=True)
class Inside:
    """The embedded sandbox behind another transport."""

    embedded: Embedded
    transport: httpx.AsyncBaseTransport

    def base_url(self, world: str) -> str:
        return self.embedded.base_url(world)


@cache
def estate() -> tuple[Project, tuple[Manifest, ...]]:
    project = load_project(QUICKSTART / "trueup.yaml", sandbox=False, cwd=QUICKSTART)
    return project, load(project, (), cwd=QUICKSTART).manifests


def carried_out(
    work: Callable[[Platforms, OneClock], Any],
    number: int = 0,
    odd: str = "twice",
    header: tuple[str, str] | None = None,
    seed: int = 0,
) -> Any:
    project, _ = estate()

    # As the commands do: without the project of its target, no deployment of the quickstart can be read.
    keys = {name: target.project_key for name, target in project.targets.items() if isinstance(target, ConnectTarget)}
    seeded = read_seed(project.seed) if project.seed else None

    async def run() -> Any:
        clock = OneClock(there=ManualClock())
        with closing(
            open_embedded(None, seeded, list(project.targets), clock=clock.there, settings=Settings(projects=keys))
        ) as embedded:
            between = Odd(embedded.transport, number, CHANGES[odd], header, seed)
            async with open_platforms(
                project.targets,
                env={},
                clock=clock,
                sandbox=Inside(embedded, between),
                settings=quick_settings(),
                folder=project.root,
            ) as platforms:
                return await work(platforms, clock)

    return asyncio.run(run())


def assert_one_document(**parts: Any) -> Mapping[str, Any]:
    """Return the document, of which there is one that any program reads."""
    text = render_document(Result(command="any", status=0, **parts))
    assert FAULT not in text
    found: Mapping[str, Any] = json.loads(text)
    return found


async def planned(platforms: Platforms, _: OneClock) -> Plan:
    return await build_plan(estate()[1], platforms.readers)


async def applied(platforms: Platforms, clock: OneClock) -> tuple[Outcome, ...]:
    plan = await build_plan(estate()[1], platforms.readers)
    return await apply_plan(
        plan, readers=platforms.readers, writers=platforms.writers, journal=MemoryJournal(), clock=clock
    )


async def drifted(platforms: Platforms, _: OneClock) -> Any:
    return await find_drift(estate()[1], platforms.readers)


async def imported(platforms: Platforms, _: OneClock) -> Any:
    project = estate()[0]
    finding = await scan(
        platforms, project.targets, ImportRequest(names=(), targets=(), origin_ids=False), (), lambda *_: None
    )
    return write_imports(finding, Places(project, QUICKSTART, None), lifecycle=False, write=False)


@cache
def undisturbed() -> tuple[Plan, tuple[Outcome, ...]]:
    """Return what comes of a plan and of an apply whose answers are all as they should be."""
    return carried_out(planned), carried_out(applied)


ODD_VALUES = st.sampled_from(sorted(CHANGES))
ODD_HEADERS = st.none() | st.sampled_from(HEADERS)
SEEDS = st.integers(0, 2**32)


@settings(max_examples=60)
@given(number=st.integers(1, 8), odd=ODD_VALUES, header=ODD_HEADERS, seed=SEEDS)
def test_an_odd_answer_to_a_plan_costs_only_its_own_target(
    number: int, odd: str, header: tuple[str, str] | None, seed: int
) -> None:
    plan, usual = carried_out(planned, number, odd, header, seed), undisturbed()[0]
    assert_one_document(plan=plan)
    pairs = zip(plan.resources, usual.resources, strict=True)
    assert len({one.identity.target for one, other in pairs if one != other}) <= 1
    assert not header or plan == usual


@settings(max_examples=60)
@given(number=st.integers(1, 8), odd=ODD_VALUES, header=ODD_HEADERS, seed=SEEDS)
def test_an_odd_answer_never_ends_a_search_for_drift(
    number: int, odd: str, header: tuple[str, str] | None, seed: int
) -> None:
    assert_one_document(drift=carried_out(drifted, number, odd, header, seed))


@settings(max_examples=60)
@given(number=st.integers(1, 3), odd=ODD_VALUES, header=ODD_HEADERS, seed=SEEDS)
def test_an_odd_answer_never_ends_an_import(number: int, odd: str, header: tuple[str, str] | None, seed: int) -> None:
    assert isinstance(carried_out(imported, number, odd, header, seed), Imports)


@settings(max_examples=60)
@given(number=st.integers(1, 40), odd=ODD_VALUES, header=ODD_HEADERS, seed=SEEDS)
def test_an_odd_answer_to_an_apply_hides_no_other_outcome(
    number: int, odd: str, header: tuple[str, str] | None, seed: int
) -> None:
    outcomes = carried_out(applied, number, odd, header, seed)
    assert_one_document(outcomes=outcomes)
    pairs = list(zip(outcomes, undisturbed()[1], strict=True))
    assert all(one.identity == other.identity for one, other in pairs)
    assert len({one.identity.target for one, other in pairs if one.status is not other.status}) <= 1
