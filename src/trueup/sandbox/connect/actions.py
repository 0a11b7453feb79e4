"""The update actions of a draft (``connect-api.md`` section 4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.sandbox.connect.connectors import read_contract
from trueup.sandbox.connect.errors import Failure, error, invalid
from trueup.sandbox.connect.pipeline import repository_fault, start_preview, start_publish
from trueup.sandbox.connect.shapes import ACTIONS, empty_texts, problems
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document, timestamp

Payload = Mapping[str, Any]
_PROCESSES = ("updatePreviewable", "publish", "unlist", "addCertificationComment")
IN_REVIEW = ("ReadyForCertification", "InCertification")

_FAULTS = {
    "unreachable": ("GitRepositoryNotReachable", "Repository with the tag is not reachable"),
    "no-specification": (
        "ConnectorSpecificationFileNotFound",
        "The file connect.yaml at {url} with the tag {tag} was not found",
    ),
    "invalid-specification": (
        "ConnectorSpecificationFileNotValid",
        "The file connect.yaml at {url} with the tag {tag} is not valid",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """The draft that an action changes, the switches and the time; ``now`` is in seconds since 1970."""

    draft: Document
    settings: Settings
    now: float


def check_actions(
    actions: Sequence[object], settings: Settings, problems_of: Callable[[object, Settings], list[str]] | None = None
) -> None:
    """Check the form of all actions; raises Failure (InvalidJsonInput) with one error for each problem.

    ``problems_of`` returns those of one action, by default of an action on a draft.
    """
    wrong: list[str] = []
    for index, action in enumerate(actions):
        wrong += [f"actions[{index}]: {detail}" for detail in (problems_of or _wrong)(action, settings)]
    if not actions and settings.empty_actions == "refuse":
        wrong.append("actions: Expected at least 1 element")
    if wrong:
        raise invalid("InvalidJsonInput", wrong)


def _wrong(action: object, settings: Settings) -> list[str]:
    if not isinstance(action, Mapping):
        return ["Expected an object"]
    shape = ACTIONS.get(str(action.get("action")))
    if shape is None:
        return [f"Unknown action {action.get('action')!r}"]
    empty = list(empty_texts(action)) if settings.empty_text == "refuse" else []
    return list(problems(action, shape)) + empty


def apply_action(context: ActionContext, action: Payload) -> None:
    """Apply one checked action; raises Failure when the state of the draft or the repository forbids it."""
    name = action["action"]
    if _locked(context, name):
        raise Failure(error("ConnectorStagedInCertification", "The ConnectorStaged is already in certification"))
    if name in _PLAIN:
        member, payload = _PLAIN[name]
        _set(context.draft, member, action[payload])
    else:
        _SPECIAL[name](context, action)
    _apply_switches(context, name)


def _apply_switches(context: ActionContext, name: str) -> None:
    """Change the status and ``hasChanges`` after an action, as the switches say."""
    draft, settings = context.draft, context.settings
    if (
        # Whether an edit changes Published is not documented (connect-api.md section 5). setRepository has its own
        # switch.
        name not in (*_PROCESSES, "setRepository")
        and draft["status"] == "Published"
        and settings.edit_status == "Draft"
    ):
        draft["status"] = "Draft"
    if name in _PROCESSES and name != "publish" and settings.process_has_changes:
        draft["hasChanges"] = True


def _locked(context: ActionContext, name: str) -> bool:
    if context.draft["status"] not in IN_REVIEW:
        return False
    # What a review locks is not documented, only that the tag must not move (connect-api.md section 5).
    locked = {"none": (), "repository": ("setRepository",), "all": tuple(ACTIONS)}[context.settings.certification_lock]
    # Comments are part of the review itself, so that no lock refuses them.
    return name in locked and name != "addCertificationComment"


_PLAIN = {
    "setName": ("name", "name"),
    "setDescription": ("description", "description"),
    "setDocumentationUrl": ("documentationUrl", "documentationUrl"),
    "setCreatorName": ("creator.name", "creatorName"),
    "setCreatorTitle": ("creator.title", "creatorTitle"),
    "setCreatorEmail": ("creator.email", "creatorEmail"),
    "setCreatorCompany": ("creator.company", "creatorCompany"),
    "setCreatorNoOfContributors": ("creator.noOfContributors", "creatorNoOfContributors"),
    "setCreatorSupportUrl": ("creator.supportUrl", "creatorSupportUrl"),
    "setCreatorLogo": ("creator.logoUrl", "logoUrl"),
}
"""Actions that set one member: the path of the member, and its name in the payload."""


def _set(draft: Document, member: str, value: object) -> None:
    *outer, last = member.split(".")
    target = draft[outer[0]] if outer else draft
    target[last] = value


def _set_repository(context: ActionContext, action: Payload) -> None:
    draft, settings = context.draft, context.settings
    # The official command line sends no url. The old one is kept then.
    wanted = {"url": action.get("url", draft["repository"]["url"]), "tag": action["tag"]}
    check_repository(wanted, settings)
    # The official command line sends the repository with every update. Whether that resets the preview is not known
    # (connect-api.md section 4.1).
    if wanted == draft["repository"] and not settings.same_repository_resets:
        return
    draft["repository"] = wanted
    read_contract(draft)
    # What was previewed, and a preview that is running, belong to the old repository.
    draft["isPreviewable"] = "none"
    draft["previewableReport"] = None
    draft["_sandbox"]["timers"].pop("preview", None)
    # Seen with a few connectors, but not in the specification (connect-api.md section 4).
    if settings.repository_resets_status:
        draft["status"] = "Draft"
        draft["_sandbox"]["timers"].pop("publish", None)


def check_repository(repository: Mapping[str, str], settings: Settings) -> None:
    """Check that the repository can be read, as the settings say; raises Failure."""
    # Users report that a URL without .git is refused (connect-api.md section 3).
    if settings.git_suffix == "required" and not repository["url"].endswith(".git"):
        raise invalid("InvalidJsonInput", ["repository.url: Must end in .git"])
    fault = repository_fault(repository, settings)
    # A missing connect.yaml can also be reported by the pipeline, long after the answer (connect-api.md section 7).
    if fault == "unreachable" or (fault and settings.specification_check == "at-once"):
        code, text = _FAULTS[fault]
        raise Failure(error(code, text.format(**repository)))


def _set_list(member: str, payload: str) -> Callable[[ActionContext, Payload], None]:
    def apply(context: ActionContext, action: Payload) -> None:
        wanted, present = action[payload], context.draft[member]
        # The order of these lists means nothing. The platform answers 400 to an update that changes only the order.
        same_members = set(wanted) == set(present) and wanted != present
        if same_members and context.settings.reordered_set == "refuse":
            raise invalid("InvalidJsonInput", [f"{payload}: The value does not change anything"])
        context.draft[member] = list(wanted)

    return apply


def _add_project(context: ActionContext, action: Payload) -> None:
    # Adding a member twice and removing an absent one are not documented (connect-api.md section 3).
    projects, wanted = _private_projects(context), action["privateProject"]
    if wanted not in projects:
        projects.append(wanted)
    elif context.settings.noop_project == "refuse":
        message = f"A duplicate value {wanted} exists for field privateProjects."
        raise Failure(error("DuplicateField", message, field="privateProjects", duplicateValue=wanted))


def _remove_project(context: ActionContext, action: Payload) -> None:
    projects, unwanted = _private_projects(context), action["privateProject"]
    if unwanted in projects:
        projects.remove(unwanted)
    elif context.settings.noop_project == "refuse":
        message = f"The value {unwanted} for the privateProjects field was not found"
        raise Failure(error("FieldValueNotFound", message, field="privateProjects", value=unwanted))


def _private_projects(context: ActionContext) -> list[str]:
    draft = context.draft
    if not draft["private"]:
        named = f"id={draft['id']} or key={draft['key']}"
        message = f"The operation is not valid because ConnectorStaged with {named} is not private"
        raise Failure(error("ConnectorStagedNotPrivate", message))
    projects: list[str] = draft["privateProjects"]
    return projects


def _update_previewable(context: ActionContext, _: Payload) -> None:
    if context.draft["isPreviewable"] == "pending":
        message = "The ConnectorStaged preview request is already in progress"
        raise Failure(error("ConnectorStagedPreviewRequestUnderProcess", message))
    start_preview(context.draft, context.settings, context.now)


def _publish(context: ActionContext, action: Payload) -> None:
    draft, certification = context.draft, action["certification"]
    if draft["status"] in IN_REVIEW:
        raise Failure(error("ConnectorStagedInCertification", "The ConnectorStaged is already in certification"))
    if certification and draft["_sandbox"]["certified"] and not draft["hasChanges"]:
        raise Failure(error("ConnectorAlreadyCertified", "The ConnectorStaged is already certified"))
    start_publish(draft, context.settings, context.now, certification=certification)


def _unlist(context: ActionContext, _: Payload) -> None:
    draft, settings = context.draft, context.settings
    if not draft["alreadyListed"] and settings.unlist_unlisted == "refuse":
        raise invalid("InvalidJsonInput", ["unlist: The Connector is not listed"])
    if not draft["_sandbox"]["certified"] and settings.unlist_uncertified != "accept":
        if settings.unlist_uncertified == "refuse":
            raise invalid("InvalidJsonInput", ["unlist: The Connector is not certified"])
        return
    # Which members unlist changes is not documented (connect-api.md section 4).
    draft["alreadyListed"] = False
    if settings.unlist_status == "Draft":
        draft["status"] = "Draft"


def _add_comment(context: ActionContext, action: Payload) -> None:
    draft, settings = context.draft, context.settings
    if draft["status"] not in IN_REVIEW and settings.comment_outside_certification == "refuse":
        raise invalid("InvalidJsonInput", ["addCertificationComment: The ConnectorStaged is not in certification"])
    draft["certificationInfo"]["comments"].append(
        # The id of a user is described as the project key of the author (connect-api.md section 3).
        {"userId": settings.project_key, "datetime": timestamp(context.now), "comment": action["comment"]}
    )


_SPECIAL: Mapping[str, Callable[[ActionContext, Payload], None]] = {
    "setRepository": _set_repository,
    "setSupportedRegions": _set_list("supportedRegions", "regions"),
    "setIntegrationTypes": _set_list("integrationTypes", "integrationTypes"),
    "addPrivateProject": _add_project,
    "removePrivateProject": _remove_project,
    "updatePreviewable": _update_previewable,
    "publish": _publish,
    "unlist": _unlist,
    "addCertificationComment": _add_comment,
}
