"""Carry out the effects of faults on one request."""

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
from trueup.sandbox.rate_limit import retry_after
from trueup.sandbox.refusals import gateway_page, general_error, overload, rejection
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.world import Sandbox


def before(sandbox: Sandbox, call: Call, effect: Effect) -> Answer | None:
    """Do what an effect does ahead of the platform's work: return an answer to have none done; raises Lost."""
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
            sandbox.grants.clear()
        case _:
            pass
    return None


async def after(sandbox: Sandbox, call: Call, line: Line, effect: Effect) -> Answer | None:
    """Do what an effect does once the work is done: return an answer in place of the true one; raises Lost."""
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
    """Let the client wait; raises TooLate when it has given up."""
    if line.patience is not None and seconds > line.patience:
        await sandbox.clock.sleep(line.patience)
        raise TooLate
    if line.close is None:
        await sandbox.clock.sleep(seconds)
        return
    waiting = asyncio.ensure_future(sandbox.clock.sleep(seconds))
    leaving = asyncio.ensure_future(line.left())
    try:
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise TooLate
    finally:
        waiting.cancel()
        leaving.cancel()
