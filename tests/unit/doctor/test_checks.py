import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from trueup.doctor.checks import CheckRow, Seen, in_thread, ok, run_checks
from trueup.errors import Diagnostic, InvalidInput, NotAuthorised, Unavailable, UnexpectedAnswer, UsageError
from trueup.model.checkup import CheckResult, CheckState
from unit.platforms.doubles import AT, FakeClock

Look = Callable[[None], Awaitable[Seen]]


def raising(error: Exception) -> Look:
    async def look(_: None) -> Seen:
        raise error

    return look


async def well(_: None) -> Seen:
    return ok("well")


async def never(_: None) -> Seen:
    await asyncio.Event().wait()
    return ok("never reached")


def run(*checks: CheckRow[None], patience: float = 15.0) -> dict[str, CheckResult]:
    results = asyncio.run(run_checks(checks, None, clock=FakeClock(), target="eu", patience=patience))
    assert {result.target for result in results} == {"eu"}
    return {result.name: result for result in results}


WRONG = Diagnostic(code="missing-credential", message="It is not set.", position=AT, hint="Set it.")
OTHER = Diagnostic(code="missing-credential", message="Nor is this.", position=AT, hint="Set this.")


@pytest.mark.parametrize(
    ("error", "seen", "advice", "invalid"),
    [
        (NotAuthorised("No."), "No.", "Look.", False),
        (Unavailable("No answer."), "No answer.", "Wait a little, then run trueup doctor again.", False),
        (
            UnexpectedAnswer("A page.", correlation_id="c-1"),
            "A page. For the platform's support: correlation id c-1.",
            "Check the address in trueup.yaml: another server than the platform may answer there.",
            False,
        ),
        (UsageError("Correct the variable."), "Correct the variable.", "", True),
        (InvalidInput([WRONG, OTHER]), "It is not set. Nor is this.", "Set it. Set this.", True),
    ],
)
def test_an_error_is_a_failure_of_its_check_alone(error: Exception, seen: str, advice: str, *, invalid: bool) -> None:
    found = run(CheckRow("first", raising(error), advice="Look."), CheckRow("second", well))
    assert (found["first"].state, found["first"].seen) == (CheckState.FAIL, seen)
    assert (found["first"].advice, found["first"].invalid) == (advice, invalid)
    assert found["second"].state is CheckState.OK


def test_a_fault_of_a_check_is_reported_as_one() -> None:
    found = run(CheckRow("first", raising(KeyError("x"))), CheckRow("second", well))
    assert found["first"].seen.startswith("A fault of trueup ")
    assert "while checking first" in found["first"].seen
    assert found["second"].state is CheckState.OK


def test_a_check_that_never_ends_fails_at_its_time() -> None:
    found = run(CheckRow("first", never, advice="Wait."), CheckRow("second", well), patience=0.01)
    assert (found["first"].seen, found["first"].advice) == ("no result within 0.01 s", "Wait.")
    assert found["second"].state is CheckState.OK


def test_a_check_is_skipped_for_the_first_one_that_failed_before_it() -> None:
    found = run(
        CheckRow("a", raising(Unavailable("No."))),
        CheckRow("b", well, ("a",)),
        CheckRow("c", well, ("b", "a")),
        CheckRow("d", well),
    )
    assert [found[name].state.value for name in "abcd"] == ["fail", "skipped", "skipped", "ok"]
    assert [found[name].seen for name in "bc"] == ["needs a", "needs a"]


def test_a_check_that_does_not_apply_keeps_no_other_from_being_made() -> None:
    async def skipped(_: None) -> Seen:
        return Seen(CheckState.SKIPPED, "does not apply")

    assert run(CheckRow("a", skipped), CheckRow("b", well, ("a",)))["b"].state is CheckState.OK


def test_a_thread_that_hangs_does_not_keep_the_program() -> None:
    release = threading.Event()

    async def hanging(_: None) -> Seen:
        return await in_thread(lambda: ok(str(release.wait())))

    try:
        # asyncio.run() would wait for a thread of its own.
        assert run(CheckRow("first", hanging), patience=0.01)["first"].state is CheckState.FAIL
    finally:
        release.set()


def test_what_a_thread_raises_is_raised_where_it_is_awaited() -> None:
    def refuse() -> Seen:
        raise UsageError("No.")

    async def look(_: None) -> Seen:
        return await in_thread(refuse)

    assert run(CheckRow("first", look))["first"].seen == "No."
