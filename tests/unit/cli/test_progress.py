"""The lines about waits in a log, in simulated time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr
from io import StringIO

import httpx
import pytest

from simulation.simulated_time import SimulatedClock, SimulatedLoop, simulate
from trueup.cli.options import RunOptions
from trueup.cli.progress import ANNOUNCED_AT_MOST, FEW, PERIOD, ProgressLine, WaitLog, progress_for
from trueup.model.wait import Wait, WaitBegan, WaitEnded, waiting
from trueup.report.values import elapsed
from unit.platforms.doubles import FakeClock, Network, connector, draft, in_turn, refusal


def log(story: Callable[[WaitLog, SimulatedClock], Awaitable[None]]) -> list[str]:
    """Return the lines that a story writes."""
    loop, lines = SimulatedLoop(), list[str]()
    clock = SimulatedClock(loop)
    display = WaitLog(clock, lines.append)

    async def work() -> None:
        async with display.shown():
            await story(display, clock)

    simulate(loop, work())
    return lines


async def wait(display: ProgressLine, clock: SimulatedClock, name: str, seconds: float, cause: str = "preview") -> None:
    with waiting(display.event, name) as say:
        say(f"{cause} pending", "isPreviewable pending", most=1800)
        await clock.sleep(seconds)


def test_a_wait_has_a_line_when_it_begins_every_30_seconds_and_when_it_ends() -> None:
    assert log(lambda display, clock: wait(display, clock, "Connector tax", 95)) == [
        "Waiting: Connector tax: preview pending (isPreviewable pending), at most 30 min",
        "Still waiting after 30 s: Connector tax: preview pending (isPreviewable pending)",
        "Still waiting after 1 min: Connector tax: preview pending (isPreviewable pending)",
        "Still waiting after 1 min 30 s: Connector tax: preview pending (isPreviewable pending)",
        "Waited 1 min 35 s: Connector tax: preview pending",
    ]


def test_parts_of_one_reading_that_wait_together_have_one_line() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        names = ["eu: list drafts", "eu: list drafts", "origin: read"]
        await asyncio.gather(*(wait(display, clock, name, 3, "retry") for name in names))
        await wait(display, clock, "eu: list drafts", 4, "retry")

    assert [line.partition(" (")[0] for line in log(story)] == [
        "Waiting: eu: list drafts: retry pending",
        "Waiting: origin: read: retry pending",
        "Waited 3 s: eu: list drafts: retry pending",
        "Waited 3 s: origin: read: retry pending",
        "Waiting: eu: list drafts: retry pending",
        "Waited 4 s: eu: list drafts: retry pending",
    ]


def test_nothing_is_written_without_a_wait() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        with waiting(display.event, "Connector tax"):
            await clock.sleep(1000)

    assert log(story) == []


def test_a_changed_cause_has_a_line_and_an_unchanged_one_has_none() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        with waiting(display.event, "eu: read tax") as say:
            for number in (1, 1, 2):
                say("throttled", f"retry {number} of 5 in 4 s: HTTP 429", most=4)
                await clock.sleep(4)

    assert log(story) == [
        "Waiting: eu: read tax: throttled (retry 1 of 5 in 4 s: HTTP 429)",
        "Waiting: eu: read tax: throttled (retry 2 of 5 in 4 s: HTTP 429)",
        "Waited 12 s: eu: read tax: throttled",
    ]


def test_a_thousand_waits_at_once_have_one_line_in_each_period() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        names = [f"Connector tax-{number}" for number in range(1_000)]
        causes = ["publication" if number < 2 else "preview" for number in range(1_000)]
        await asyncio.gather(
            *(wait(display, clock, name, 100, cause) for name, cause in zip(names, causes, strict=True))
        )

    lines = log(story)
    begun, going, ended = (
        [line for line in lines if line.startswith(start)] for start in ("Waiting: ", "Still ", "Waited ")
    )
    assert len(begun) == ANNOUNCED_AT_MOST + 1
    assert begun[-1] == "Waiting: 990 more in the meantime"
    assert going == [
        f"Still waiting: 1,000 at once, the longest for {time}: 998 preview pending, 2 publication pending"
        for time in ("30 s", "1 min", "1 min 30 s")
    ]
    assert len(ended) == ANNOUNCED_AT_MOST


def test_a_thousand_short_waits_one_after_the_other_have_few_lines() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        for number in range(1_000):
            await wait(display, clock, f"Connector tax-{number}", 0.5)

    lines = log(story)
    periods = 1_000 * 0.5 / PERIOD
    assert len(lines) <= (periods + 1) * (2 * ANNOUNCED_AT_MOST + 1 + FEW)


def test_each_of_a_few_waits_has_its_own_line() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        await asyncio.gather(*(wait(display, clock, f"Connector {number}", 40) for number in range(FEW)))

    assert sum(line.startswith("Still waiting after 30 s: Connector") for line in log(story)) == FEW


def test_no_line_follows_after_the_display_is_closed() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        display.event(WaitBegan(Wait(key=1, subject="x", cause="retry")))
        asyncio.get_running_loop().call_later(100, lambda: display.event(WaitEnded(1)))

    assert log(story) == ["Waiting: x: retry"]


def test_each_retry_of_a_read_is_named_with_its_cause_and_its_wait() -> None:
    lines: list[str] = []
    clock = FakeClock()
    network = Network(
        in_turn(refusal(429, "OverCapacity"), refusal(503, "OverCapacity"), httpx.Response(200, json=draft("tax"))),
        clock=clock,
    )
    network.with_settings(on_wait=WaitLog(clock, lines.append).event)
    network.reading(lambda reader: reader.read(connector("tax")))
    assert lines == [
        "Waiting: eu: read Connector tax: throttled (retry 1 of 5 in 0.5 s: No. (HTTP 429 OverCapacity))",
        "Waiting: eu: read Connector tax: retry (retry 2 of 5 in 1 s: No. (HTTP 503 OverCapacity))",
        "Waited 2 s: eu: read Connector tax: retry",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.4, "0 s"), (59.6, "1 min"), (60, "1 min"), (125, "2 min 5 s"), (7200, "120 min")],
)
def test_a_duration_is_shown_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


@pytest.mark.parametrize("quiet", [True, False])
def test_only_quiet_silences_a_log(capsys: pytest.CaptureFixture[str], quiet: bool) -> None:  # noqa: FBT001 - a row
    clock = FakeClock()
    display = progress_for(RunOptions.of({**OPTIONS, "quiet": quiet}), clock)
    with waiting(display.event, "Connector \x1b[2Jtax") as say:
        say("preview pending")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ("" if quiet else WRITTEN)


OPTIONS: dict[str, object] = {
    "paths": (), "project": None, "form": "text", "color": "never", "verbose": False, "quiet": False, "debug": False,
    "sandbox": False, "keep_going": False, "select": {}, "targets": (),
}  # fmt: skip

WRITTEN = "Waiting: Connector \\x1b[2Jtax: preview pending\nWaited 0 s: Connector \\x1b[2Jtax: preview pending\n"


def test_a_failed_wait_ends_like_another() -> None:
    async def story(display: WaitLog, clock: SimulatedClock) -> None:
        with pytest.raises(ValueError, match="gone"):
            await _failing(display, clock)

    assert log(story)[-1] == "Waited 3 s: x: retry"


async def _failing(display: WaitLog, clock: SimulatedClock) -> None:
    with waiting(display.event, "x") as say:
        say("retry")
        await clock.sleep(3)
        message = "gone"
        raise ValueError(message)


class Terminal(StringIO):
    """A terminal that keeps what is written."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_waited_for_and_how_long() -> None:
    clock, terminal = FakeClock(), Terminal()
    with redirect_stderr(terminal):
        display = progress_for(RunOptions.of(OPTIONS), clock)

        async def story() -> None:
            async with display.shown():
                with waiting(display.event, "Connector tax") as say:
                    say("preview pending", "isPreviewable pending")
                    await clock.sleep(65)
                    say("preview pending", "isPreviewable pending")

        asyncio.run(story())
    assert "Waiting 1:05 for Connector tax: preview pending (isPreviewable" in terminal.getvalue()
    assert "Waited" not in terminal.getvalue()
    assert display.waits == {}


def test_a_narrow_terminal_leaves_out_the_end_of_the_text_alone() -> None:
    terminal = Terminal()
    with redirect_stderr(terminal):
        display = progress_for(RunOptions.of(OPTIONS), FakeClock())

        async def story() -> None:
            async with display.shown():
                display.say(f"Applying: 3 done, now {'x' * 500}")

        asyncio.run(story())
    last = terminal.getvalue().split("\x1b[2K")[-2]
    assert "Applying: 3 done, now xxx" in last
    assert "x…" in last
    # The elapsed time of the run.
    assert "0:00:00" in last
