"""A table of checks, and how it is run: in order, each within its time, and none stopped by the failure of another."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from trueup.errors import InvalidInput, TrueupError, Unavailable, UnexpectedAnswer, UsageError, explained
from trueup.faults import fault_text
from trueup.model.checkup import CheckResult, CheckState
from trueup.model.clock import Clock

_S = TypeVar("_S")
_T = TypeVar("_T")

CHECK_SECONDS: Final = 15.0
"""Seconds that a check may take."""

_ADVICE: Final[Mapping[type[TrueupError], str]] = {
    Unavailable: "Wait a little, then run trueup doctor again.",
    UnexpectedAnswer: "Check the address in trueup.yaml: another server than the platform may answer there.",
}
"""What to do next after errors that have the same cause in every check."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check found; the fields are those of :class:`~trueup.model.checkup.CheckResult`."""

    state: CheckState
    text: str
    advice: str = ""
    details: tuple[str, ...] = ()
    invalid: bool = False


def ok(text: str, *details: str) -> Seen:
    """Return that a check found nothing wrong."""
    return Seen(CheckState.OK, text, details=details)


def first_names(names: Sequence[str], most: int) -> str:
    """Return the first ``most`` names, and how many others there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


@dataclass(frozen=True, slots=True)
class CheckRow(Generic[_S]):
    """One row of a table of checks.

    ``look`` makes the check; it may raise any exception, which is a failure. ``needs`` are names of earlier checks
    without which it is skipped. ``advice`` is what to do next when it fails and neither it nor its error says so.
    """

    name: str
    look: Callable[[_S], Awaitable[Seen]]
    needs: tuple[str, ...] = ()
    advice: str = ""


async def run_checks(
    checks: Sequence[CheckRow[_S]], subject: _S, *, clock: Clock, target: str = "", patience: float = CHECK_SECONDS
) -> list[CheckResult]:
    """Return the result of each check of ``subject``, in order; each may take ``patience`` seconds."""
    results: list[CheckResult] = []
    causes: dict[str, str] = {}
    """From a check that failed or was skipped for another one to the check that failed first."""
    for check in checks:
        began = clock.now()
        lacking = list(dict.fromkeys(causes[need] for need in check.needs if need in causes))
        if lacking:
            found = Seen(CheckState.SKIPPED, f"needs {' and '.join(lacking)}")
            causes[check.name] = lacking[0]
        else:
            found = await _looked(check, subject, patience)
            if found.state is CheckState.FAIL:
                causes[check.name] = check.name
        results.append(
            CheckResult(
                name=check.name,
                target=target,
                state=found.state,
                seen=found.text,
                advice=found.advice,
                details=found.details,
                milliseconds=round((clock.now() - began) * 1000),
                invalid=found.invalid,
            )
        )
    return results


async def _looked(check: CheckRow[_S], subject: _S, patience: float) -> Seen:
    try:
        async with asyncio.timeout(patience):
            found = await check.look(subject)
    except TimeoutError:
        found = Seen(CheckState.FAIL, f"no result within {patience:g} s")
    except InvalidInput as error:
        texts = dict.fromkeys(problem.message for problem in error.diagnostics)
        hints = dict.fromkeys(hint for problem in error.diagnostics if (hint := problem.hint or problem.allowed))
        return Seen(CheckState.FAIL, " ".join(texts), " ".join(hints), invalid=True)
    except UsageError as error:
        # Its text says what to do.
        return Seen(CheckState.FAIL, str(error), invalid=True)
    except TrueupError as error:
        found = Seen(CheckState.FAIL, explained(error), _ADVICE.get(type(error), ""))
    except Exception as error:  # noqa: BLE001 - a fault in one check must not cost the others
        return Seen(CheckState.FAIL, fault_text(error, f"checking {check.name}"))
    return replace(found, advice=check.advice) if found.state is CheckState.FAIL and not found.advice else found


async def in_thread(work: Callable[[], _T]) -> _T:
    """Return what ``work`` returns, or raise what it raises, without blocking the event loop.

    Unlike with :func:`asyncio.to_thread`, the program can end before the thread: looking up a name or reading a file
    of a network file system can take minutes.
    """
    future: Future[_T] = Future()
    # From now on, a cancellation of the waiting task leaves the future to the thread.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(future)
