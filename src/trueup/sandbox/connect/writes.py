"""The creation, update and deletion of drafts (``connect-api.md`` sections 2, 3, 4 and 6)."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from trueup.sandbox.connect.actions import IN_REVIEW, ActionContext, apply_action, check_actions, check_repository
from trueup.sandbox.connect.deployments import Deployments
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, content, has_changes, new_draft
from trueup.sandbox.connect.errors import Failure, error, invalid
from trueup.sandbox.connect.shapes import CREATOR, DRAFT, empty_texts, number, problems
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox


def create(sandbox: Sandbox, world: str, body: object) -> Document:
    """Create a draft; read-only and unknown members are ignored without an error. Raises Failure."""
    settings, drafts = sandbox.settings, Drafts(sandbox.store, world)
    if not isinstance(body, Mapping):
        raise invalid("InvalidJsonInput", ["Expected an object"])
    # The sample of the documentation itself sends read-only members (connect-api.md section 3).
    known = {name: value for name, value in body.items() if name in DRAFT}
    wrong = list(problems(known, DRAFT))
    if settings.empty_text == "refuse":
        wrong += empty_texts(known)
    if wrong:
        raise invalid("InvalidJsonInput", wrong)
    key = known.get("key")
    if key and drafts.by_key(key) and settings.duplicate_keys == "refuse":
        message = f"A duplicate value {key} exists for field key."
        raise Failure(error("DuplicateField", message, field="key", duplicateValue=key))
    # An unknown member of creator was seen to be dropped without an error (connect-api.md section 3).
    known["creator"] = {name: value for name, value in known["creator"].items() if name in CREATOR}
    check_repository(known["repository"], settings)
    draft = new_draft(known, id=sandbox.ids.next(), now=sandbox.clock.now())
    draft["hasChanges"] = settings.unpublished_has_changes == "true"
    drafts.save(draft)
    return draft


def update(sandbox: Sandbox, world: str, address: str, body: object) -> Document:
    """Apply actions to the draft at ``address``; return the draft to show, after or before them (``write_answer``).

    Raises Failure. Nothing is changed then, except by the actions before the failed one under ``partial_updates``.
    """
    version, actions = read_update(body)
    drafts, settings = Drafts(sandbox.store, world), sandbox.settings
    draft = drafts.addressed(address)
    # No page says whether the version or the actions are checked first.
    if settings.check_order == "actions":
        check_actions(actions, settings)
    check_version(draft, version, settings)
    _check_idle(draft, settings)
    check_actions(actions, settings)
    # A copy, so that a failed action leaves nothing of those before it (connect-api.md section 4.3).
    context = ActionContext(draft=deepcopy(draft), settings=settings, now=sandbox.clock.now())
    try:
        applied = _apply(context, actions)
    except _Stopped as stopped:
        if settings.partial_updates and stopped.applied:
            drafts.save(_written(draft, context, stopped.applied))
        raise stopped.failure from None
    written = _written(draft, context, applied)
    drafts.save(written)
    return draft if settings.write_answer == "before" else written


class _Stopped(Exception):
    """The failure of an action after ``applied`` others."""

    def __init__(self, applied: int, failure: Failure) -> None:
        super().__init__(applied)
        self.applied = applied
        self.failure = failure


def _apply(context: ActionContext, actions: Sequence[Mapping[str, Any]]) -> int:
    for index, action in enumerate(actions):
        try:
            apply_action(context, action)
        except Failure as failure:
            raise _Stopped(index, failure) from failure
    return len(actions)


def _written(before: Document, context: ActionContext, applied: int) -> Document:
    """Return the draft after ``applied`` actions, with its version raised as the settings say."""
    draft, settings = context.draft, context.settings
    if content(draft) != content(before):
        draft["hasChanges"] = has_changes(draft, settings)
    # Whether an update without a change raises the version is not documented (connect-api.md section 6).
    if applied and (draft != before or settings.noop_raises_version):
        steps = {"request": 1, "action": applied, "request-and-action": 1 + applied}
        draft["version"] += steps[settings.version_step]
        draft[HIDDEN]["lastModifiedAt"] = context.now
    # Users have found drafts whose key had become null (connect-api.md section 12).
    if settings.lost_key == "update":
        draft["key"] = None
    return draft


def read_update(body: object) -> tuple[int, list[Any]]:
    """Return the version and the actions of an update. Raises Failure (InvalidJsonInput)."""
    wrong = []
    if not isinstance(body, Mapping):
        raise invalid("InvalidJsonInput", ["Expected an object"])
    version, actions = body.get("version"), body.get("actions")
    if number(version):
        wrong.append("version: Missing required value" if version is None else "version: Expected an integer")
    if not isinstance(actions, list):
        wrong.append("actions: Missing required value" if actions is None else "actions: Expected an array")
    if wrong or not isinstance(version, int) or not isinstance(actions, list):
        raise invalid("InvalidJsonInput", wrong)
    return version, actions


def check_version(draft: Document, version: int, settings: Settings) -> None:
    """Check the version of an update against that of the resource. Raises Failure (ConcurrentModification)."""
    current = draft["version"]
    if version == current:
        return
    named = f"Object id={draft['id']} or key={draft['key']}"
    message = f"{named} has a different version than expected. Expected: {version} - Actual: {current}"
    # The numbers are optional for a client: the sample has neither (connect-api.md section 6).
    numbers = {"expectedVersion": version, "currentVersion": current} if settings.conflict_numbers else {}
    raise Failure(error("ConcurrentModification", message, **numbers))


def _check_idle(draft: Document, settings: Settings) -> None:
    # The refusal is documented, but not its code or status (connect-api.md section 5).
    if draft["status"] == "Processing":
        message = "The ConnectorStaged cannot be updated until the publish request completes"
        raise Failure(error(settings.busy_code, message), status=settings.busy_status)


def delete(sandbox: Sandbox, world: str, address: str) -> Document:
    """Delete the draft of any version and its published connector; return it as it was. Raises Failure."""
    drafts, settings = Drafts(sandbox.store, world), sandbox.settings
    draft = drafts.addressed(address)
    # DELETE takes no version, and when it answers 400 is not documented (connect-api.md section 2).
    if settings.delete_while_processing == "refuse" and draft["status"] in ("Processing", *IN_REVIEW):
        message = "The ConnectorStaged cannot be deleted until the publish request completes"
        raise Failure(error(settings.busy_code, message), status=400)
    if settings.deployment_blocks_connector_delete and Deployments(sandbox.store, world).of_connector(draft["id"]):
        # Neither the refusal nor its code is documented (deployment-api.md section 6).
        message = f"The Connector id={draft['id']} or key={draft['key']} has deployments"
        raise Failure(error("ConnectorHasDeployments", message))
    drafts.remove(draft)
    return draft
