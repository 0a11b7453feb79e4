"""Creation, update and deletion of a list of certifications.

A request is atomic: every item is checked, against the state after the items before it, before any is stored. With the
switch ``origin_batch`` the items before the first invalid one are kept, and the answer is CE00000.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trueup.sandbox.origin.envelope import ENTITY, Code, Done, Failed, Outcome, invalid
from trueup.sandbox.origin.items import Invalid, Item, LimitReached, read_creation, read_deletion, read_update
from trueup.sandbox.origin.merge import merged
from trueup.sandbox.origin.records import Records
from trueup.sandbox.origin.shape import DOCUMENTS
from trueup.sandbox.origin.validation import is_empty
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

Correlation = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A service that writes.

    ``step`` executes one item and returns its ids; ``result`` builds the result of the request from these.
    """

    name: str
    step: Callable[[Sandbox, Records, str, object], Correlation]
    result: Callable[[list[Correlation]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of a request and its staged changes; nothing is stored before ``records.commit``."""

    outcome: Outcome
    records: Records


def attempt(sandbox: Sandbox, world: str, command: Command, body: object) -> Attempt:
    """Execute a request without storing anything."""
    records = Records(sandbox, world)
    items = items_of(sandbox, body)
    if isinstance(items, Failed):
        return Attempt(items, records)
    correlations: list[Correlation] = []
    problems: list[Invalid] = []
    keeps_prefix = sandbox.settings.origin_batch == "prefix"
    for number, item in enumerate(items, start=1):
        try:
            correlations.append(command.step(sandbox, records, f"certifications[{number}]", item))
        except Invalid as problem:
            problems.append(problem)
            # Without the switch all items are checked, as the answer lists the messages of all.
            if keeps_prefix:
                break
    if not problems:
        return Attempt(Done(command.result(correlations)), records)
    messages = tuple(message for problem in problems for message in problem.messages)
    if keeps_prefix and correlations:
        return Attempt(Failed(Code.UNEXPECTED, messages), records)
    # New records: what was staged before the problem must not be stored.
    return Attempt(Failed(problems[0].code, messages), Records(sandbox, world))


def items_of(sandbox: Sandbox, body: object) -> list[object] | Failed:
    """Return the items of a request, at least one, or the failure if it has none or too many."""
    sent = body.get("certifications") if isinstance(body, Mapping) else None
    if is_empty(sent):
        return invalid(("require at least one certifications.",))
    # A bare object is accepted as a list of one, as in the error sample (section 11, row 18).
    items = sent if isinstance(sent, list) else [sent]
    limit = sandbox.settings.origin_batch_limit
    if limit and len(items) > limit:
        return invalid((f"accept at most {limit} certifications.",))
    return items


def _create(sandbox: Sandbox, records: Records, where: str, body: object) -> Correlation:
    item = read_creation(where, body, sandbox.settings)
    external_id = item.external_id or ""
    if sandbox.settings.origin_duplicate_create == "reject" and records.named(external_id):
        raise Invalid(f"{where} has an externalId that is already used: ''{external_id}''.")
    document = merged({"externalId": external_id}, item, sandbox.settings)
    # Required at creation only (origin-api.md section 4.3, rule 5); a switch decides for updates.
    if not document.get("url") and not document.get(DOCUMENTS.name):
        raise Invalid(f"{where} require one url or additionalsDocument.")
    _check_limit(sandbox, item, document)
    # The id is taken last, so that refused requests use up no ids.
    document = {"originId": sandbox.ids.next(), **document}
    records.put(document)
    return {"externalId": external_id, "originId": document["originId"]}


def _update(sandbox: Sandbox, records: Records, where: str, body: object) -> Correlation:
    # The answer to an update names no items (origin-api.md section 3.2), so no ids are returned.
    item = read_update(where, body, sandbox.settings)
    document = merged(records.select(item), item, sandbox.settings)
    _check_limit(sandbox, item, document)
    records.put(document)
    return {}


def _delete(sandbox: Sandbox, records: Records, where: str, body: object) -> Correlation:
    item = read_deletion(where, body, sandbox.settings)
    records.delete(records.select(item))
    return {}


def _check_limit(sandbox: Sandbox, item: Item, document: Document) -> None:
    limit = sandbox.settings.origin_document_limit
    if limit and len(document.get(DOCUMENTS.name) or ()) > limit:
        raise LimitReached(f"{item.where} has more than {limit} additionalsDocuments.")


def _created(correlations: list[Correlation]) -> dict[str, Any]:
    return {"entityType": ENTITY, "correlations": correlations}


def _completed(text: str) -> Callable[[list[Correlation]], dict[str, Any]]:
    return lambda _: {"entityType": ENTITY, "result": text}


COMMANDS = {
    command.name: command
    for command in (
        Command(name="certifications_create", step=_create, result=_created),
        Command(name="certifications_update", step=_update, result=_completed("Update completed.")),
        Command(name="certifications_delete", step=_delete, result=_completed("Delete completed.")),
    )
}
"""Every service that writes, by its name in the URL of results (section 3.5)."""
