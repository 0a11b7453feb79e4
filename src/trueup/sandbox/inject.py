"""What the effects of faults do to one request, before and after the work of the platform."""

import asyncio

from trueup.sandbox.calls import Answer, Call, Line, Lost, NeverReached, TooLate
from trueup.sandbox.effects import (
    Drop,
    Effect,
    ExpireTokens,
    ForeignCreate,
    ForeignEdit,
    GeneralError,
    Html,
    Overload,
    Refuse,
    Reject,
    Slow,
)
from trueup.sandbox.foreign_edits import edit_addressed
from trueup.sandbox.refusals import gateway_page, general_error, overload, rejection, retry_after
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.world import Sandbox


def before(sandbox: Sandbox, call: Call, effect: Effect) -> Answer | None:
    """Apply an effect before the work; an answer that is returned replaces the work. Raises Lost."""
    match effect:
        case Refuse():
            raise NeverReached
        case Drop(performed=False):
            raise Lost
        case GeneralError(performed=False) | Html(performed=False) | Reject(performed=False) | Overload():
            return _answer(sandbox, call, effect)
        case ForeignEdit():
            edit_addressed(sandbox, call, effect.edit)
        case ForeignCreate():
            apply_seed(sandbox.store, call.world, effect.seed, clock=sandbox.clock)
        case ExpireTokens():
            # A token that is not known is refused exactly as an expired one.
            sandbox.grants.clear()
        case _:
            pass
    return None


async def after(sandbox: Sandbox, call: Call, line: Line, effect: Effect) -> Answer | None:
    """Apply an effect after the work; an answer that is returned replaces the real one. Raises Lost."""
    match effect:
        case Drop():
            raise Lost
        case GeneralError() | Html() | Reject():
            return _answer(sandbox, call, effect)
        case Slow():
            await _delay(sandbox, line, effect.seconds)
        case _:
            pass
    return None


def _answer(sandbox: Sandbox, call: Call, effect: GeneralError | Html | Reject | Overload) -> Answer:
    match effect:
        case GeneralError():
            return general_error(call, sandbox.settings)
        case Html(status=status):
            return gateway_page(status, {})
        case Reject(status=status):
            return rejection(call, status, sandbox.settings)
        case Overload(status=status):
            headers = retry_after(effect.form, effect.retry_after, sandbox.clock.now())
            return gateway_page(status, headers) if effect.page else overload(call, status, headers)


async def _delay(sandbox: Sandbox, line: Line, seconds: float) -> None:
    """Delay the answer; raises TooLate when the client has given up."""
    # In process there is no socket that could time out: the caller says how long it waits.
    if line.patience is not None and seconds > line.patience:
        await sandbox.clock.sleep(line.patience)
        raise TooLate
    if line.close is None:
        await sandbox.clock.sleep(seconds)
        return
    # Served: the client that times out closes the connection, which ends the wait. Otherwise a long delay would keep
    # the server from shutting down.
    waiting = asyncio.ensure_future(sandbox.clock.sleep(seconds))
    leaving = asyncio.ensure_future(line.disconnected())
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise TooLate
    finally:
        waiting.cancel()
        leaving.cancel()
