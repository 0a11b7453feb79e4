import asyncio
from dataclasses import replace

import pytest

from trueup.bounded import MOST_SECONDS, asked_wait
from trueup.errors import Unavailable
from trueup.platforms.retry import Retryable, RetryPolicy
from trueup.platforms.settings import HttpSettings
from unit.platforms.doubles import FakeClock, quick_settings


class Attempts:
    def __init__(self, failures: int, after: float | None = None) -> None:
        self.failures, self.after, self.made = failures, after, 0

    async def __call__(self) -> str:
        self.made += 1
        if self.made <= self.failures:
            raise Retryable(Unavailable(f"failure {self.made}"), self.after)
        return "done"


def run(
    clock: FakeClock, call: Attempts, settings: HttpSettings | None = None, *, most: int = 6, seconds: float = 300
) -> str:
    policy = RetryPolicy(clock, settings or quick_settings(), attempts=most, seconds=seconds)
    return asyncio.run(policy.run(call, "eu: read x"))


def test_waits_double_up_to_the_cap() -> None:
    clock = FakeClock()
    assert run(clock, Attempts(5), replace(quick_settings(), wait_cap=3.0)) == "done"
    assert clock.waits == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_jitter_takes_up_to_half_of_a_wait() -> None:
    clock = FakeClock()
    run(clock, Attempts(2), replace(quick_settings(), jitter=lambda: 0.0))
    assert clock.waits == [0.25, 0.5]


def test_the_platform_decides_how_long_to_wait() -> None:
    clock = FakeClock()
    run(clock, Attempts(2, after=7.0))
    assert clock.waits == [7.0, 7.0]


def test_the_wait_that_a_platform_asks_for_is_capped() -> None:
    clock = FakeClock()
    run(clock, Attempts(1, after=86_400.0))
    assert clock.waits == [60.0]


def test_attempts_are_bounded_and_the_last_failure_is_raised() -> None:
    attempts = Attempts(99)
    with pytest.raises(Unavailable, match="failure 3"):
        run(FakeClock(), attempts, most=3)
    assert attempts.made == 3


def test_time_is_bounded_before_a_wait_that_would_pass_it() -> None:
    clock, attempts = FakeClock(), Attempts(99, after=40.0)
    with pytest.raises(Unavailable):
        run(clock, attempts, seconds=100)
    assert clock.waits == [40.0, 40.0]


def test_other_errors_are_not_repeated() -> None:
    made = []

    async def broken() -> None:
        made.append(1)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        asyncio.run(RetryPolicy(FakeClock(), quick_settings(), attempts=3).run(broken, "x"))
    assert made == [1]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": " 5 "}, 5.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "\u0665"}, None),
        ({"retry-after": "9" * 5000}, MOST_SECONDS),
        ({"retry-after": "Wed, 21 Oct 99999999999 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" * 9999}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:30 GMT"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:05 GMT"}, 0.0),
        ({"retry-after": "Mon, 05 Jan 2026 10:00:30 GMT", "date": "Mon, 05 Jan 2026 10:00:00 GMT"}, 30.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, now=10.0) == seconds


def test_a_failure_can_lower_the_number_of_attempts() -> None:
    clock, made = FakeClock(), []

    async def refused() -> str:
        made.append(clock.now())
        raise Retryable(Unavailable("Connection refused"), most=3)

    with pytest.raises(Unavailable, match="refused"):
        asyncio.run(RetryPolicy(clock, quick_settings(), attempts=6).run(refused, "x"))
    assert len(made) == 3
    assert clock.waits == [0.5, 1.0]
