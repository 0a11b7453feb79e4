"""Asynchronous requests: pending until they are due, then executed in the order of submission.

Batches are documents of the store, so that they survive a restart; their results are kept (``origin-api.md`` sections
5 and 12).
"""

from typing import Any

from trueup.sandbox.origin.commands import COMMANDS, Command, attempt
from trueup.sandbox.origin.envelope import Done, Failed, Outcome, failed_status, invalid
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

_PENDING = "batch-pending"
_FINISHED = "batch"


def submit(sandbox: Sandbox, world: str, command: Command, body: object) -> str:
    """Queue a request; return the id of its batch."""
    batch_id = sandbox.ids.next()
    now = sandbox.clock.now()
    batch = {
        "batchId": batch_id,
        "command": command.name,
        "submittedAt": now,
        "dueAt": now + sandbox.settings.origin_async_seconds,
        "request": body,
    }
    sandbox.store.put(world, _PENDING, batch_id, command.name, batch)
    return batch_id


def settle(sandbox: Sandbox, world: str) -> None:
    """Execute every batch that is due; must be called before anything of the world is read or written."""
    due = [batch for batch in sandbox.store.list(world, _PENDING) if batch["dueAt"] <= sandbox.clock.now()]
    # sorted() is stable: batches that are due at the same time run in the order of submission.
    for batch in sorted(due, key=lambda batch: float(batch["dueAt"])):
        with sandbox.store.transaction():
            made = attempt(sandbox, world, COMMANDS[batch["command"]], batch["request"])
            made.records.commit(batch["dueAt"])
            finished = {**batch, **_ending(sandbox, batch["batchId"], made.outcome)}
            sandbox.store.put(world, _FINISHED, batch["batchId"], batch["command"], finished)
            sandbox.store.delete(world, _PENDING, batch["batchId"])


def poll(sandbox: Sandbox, world: str, command: str, batch_id: str) -> Outcome:
    """Return the answer to ResultGet (section 3.5); the poll of a failed batch succeeds."""
    if _is(command, sandbox.store.get(world, _PENDING, batch_id)):
        return Done({"executionStatus": "PENDING", "batchId": batch_id})
    finished = sandbox.store.get(world, _FINISHED, batch_id)
    if finished is None or not _is(command, finished) or _is_forgotten(sandbox, finished):
        return invalid((f"batch ''{batch_id}'' of command ''{command}'' does not exist.",))
    return Done(finished["result"])


def _ending(sandbox: Sandbox, batch_id: str, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Done(result):
            return {"result": result}
        case Failed():
            failed = {"executionStatus": "ERROR", "batchId": batch_id}
            # No page says where the messages of a failed batch are, or whether there are any.
            if sandbox.settings.origin_async_messages == "result":
                failed |= {key: value for key, value in failed_status(outcome).items() if key != "state"}
            return {"result": failed}


def _is(command: str, batch: Document | None) -> bool:
    return batch is not None and batch["command"] == command


def _is_forgotten(sandbox: Sandbox, finished: Document) -> bool:
    retention = sandbox.settings.origin_result_retention
    return bool(retention) and sandbox.clock.now() > finished["dueAt"] + retention
