"""The JSON that the platform accepts to create and update a draft (``connect-api.md`` sections 3 and 4)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Check = Callable[[object], str]
"""Returns what is wrong with a value, or an empty text."""

KEY = re.compile(r"[A-Za-z0-9_-]{2,256}")
# The platform documents no pattern for addresses and git URLs: these refuse only what is certainly wrong.
# What precedes the first dot of a domain excludes dots, so that a text of many dots is not matched in quadratic time.
_EMAIL = re.compile(r"[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+")
# The documented pattern of ProjectIdentifier (connect-api.md section 3).
_PROJECT = re.compile(r"[a-zA-Z0-9\-_.]+:[a-zA-Z0-9\-_]{2,36}")
# The third form is the one of ssh, user@host:path, which is no URL.
_GIT_URL = re.compile(r"(https://\S+|ssh://\S+|[\w.-]+@[\w.-]+:\S+)")

REGIONS = (
    "europe-west1.gcp",
    "us-central1.gcp",
    "australia-southeast1.gcp",
    "us-east-2.aws",
    "eu-central-1.aws",
)
INTEGRATION_TYPES = (
    "tax",
    "marketplace",
    "oms",
    "psp",
    "pim",
    "promotion",
    "search",
    "erp",
    "crm",
    "email",
    "analytics",
    "shipping",
    "giftcard",
    "other",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The check of one member of an object."""

    check: "Check | Shape"
    required: bool = False


Shape = Mapping[str, Rule]
"""The known members of an object. Others are ignored, as the platform does."""


def problems(body: Mapping[str, object], shape: Shape, path: str = "") -> Iterator[str]:
    """Yield one sentence for each invalid member of an object."""
    for name, rule in shape.items():
        where = f"{path}{name}"
        # null is a value, which every check refuses: the API cannot clear a member (connect-api.md section 4).
        if name not in body:
            if rule.required:
                yield f"{where}: Missing required value"
        elif isinstance(rule.check, Mapping):
            yield from _inside(body[name], rule.check, where)
        elif wrong := rule.check(body[name]):
            yield f"{where}: {wrong}"


def _inside(value: object, shape: Shape, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from problems(value, shape, f"{where}.")
    else:
        yield f"{where}: Expected an object"


def empty_texts(body: object, path: str = "") -> Iterator[str]:
    """Yield one sentence for each empty text inside the value."""
    if body == "":
        yield f"{path}: Must not be empty"
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from empty_texts(value, f"{path}.{name}" if path else name)


def text(value: object) -> str:
    """Check for any text."""
    return "" if isinstance(value, str) else "Expected a string"


def filled(value: object) -> str:
    """Check for a text that is not empty."""
    return text(value) or ("" if value else "Must not be empty")


def truth(value: object) -> str:
    """Check for a boolean."""
    return "" if isinstance(value, bool) else "Expected a boolean"


def number(value: object) -> str:
    """Check for an integer."""
    return "" if isinstance(value, int) and not isinstance(value, bool) else "Expected an integer"


def count(value: object) -> str:
    """Check for an integer of at least 1."""
    return number(value) or ("" if isinstance(value, int) and value >= 1 else "Must be at least 1")


def pattern(expression: re.Pattern[str], what: str) -> Check:
    """Return a check for a text of this form."""

    def check(value: object) -> str:
        matches = isinstance(value, str) and expression.fullmatch(value)
        return "" if matches else f"Expected {what}"

    return check


def listed(choices: tuple[str, ...], *, least: int = 0) -> Check:
    """Return a check for a list of some of these words."""

    def check(value: object) -> str:
        if not isinstance(value, list):
            return "Expected an array"
        strange = [item for item in value if item not in choices]
        if strange:
            return f"Unexpected value {strange[0]!r}, expected one of {', '.join(choices)}"
        return "" if len(value) >= least else f"Expected at least {least} element"

    return check


def projects(value: object) -> str:
    """Check for a list of project identifiers."""
    if not isinstance(value, list):
        return "Expected an array"
    return next((wrong for item in value if (wrong := project(item))), "")


key = pattern(KEY, f"a string matching ^{KEY.pattern}$")
email = pattern(_EMAIL, "an e-mail address")
project = pattern(_PROJECT, "region:projectKey")
git_url = pattern(_GIT_URL, "an https or ssh URL of a git repository")

CREATOR: Shape = {
    "email": Rule(email, required=True),
    "name": Rule(text),
    "title": Rule(text),
    "company": Rule(text),
    "logoUrl": Rule(text),
    # The lower bound of 1 is documented for the action alone (connect-api.md section 3).
    "noOfContributors": Rule(number),
    "supportUrl": Rule(text),
}
REPOSITORY: Shape = {"url": Rule(git_url, required=True), "tag": Rule(filled, required=True)}
DRAFT: Shape = {
    "key": Rule(key),
    "name": Rule(filled, required=True),
    "description": Rule(text),
    "integrationTypes": Rule(listed(INTEGRATION_TYPES)),
    "creator": Rule(CREATOR, required=True),
    "repository": Rule(REPOSITORY, required=True),
    "supportedRegions": Rule(listed(REGIONS)),
    "privateProjects": Rule(projects),
    "documentationUrl": Rule(text),
}
"""The members of ConnectorStagedDraft; others are ignored without an error."""

ACTIONS: Mapping[str, Shape] = {
    "setName": {"name": Rule(filled, required=True)},
    "setDescription": {"description": Rule(text, required=True)},
    "setRepository": {"url": Rule(git_url), "tag": Rule(filled, required=True)},
    "setSupportedRegions": {"regions": Rule(listed(REGIONS, least=1), required=True)},
    "setDocumentationUrl": {"documentationUrl": Rule(text, required=True)},
    "setIntegrationTypes": {"integrationTypes": Rule(listed(INTEGRATION_TYPES), required=True)},
    "setCreatorName": {"creatorName": Rule(text, required=True)},
    "setCreatorTitle": {"creatorTitle": Rule(text, required=True)},
    "setCreatorEmail": {"creatorEmail": Rule(email, required=True)},
    "setCreatorCompany": {"creatorCompany": Rule(text, required=True)},
    "setCreatorNoOfContributors": {"creatorNoOfContributors": Rule(count, required=True)},
    "setCreatorSupportUrl": {"creatorSupportUrl": Rule(text, required=True)},
    "setCreatorLogo": {"logoUrl": Rule(text, required=True)},
    "addPrivateProject": {"privateProject": Rule(project, required=True)},
    "removePrivateProject": {"privateProject": Rule(project, required=True)},
    "updatePreviewable": {},
    "publish": {"certification": Rule(truth, required=True)},
    "unlist": {},
    "addCertificationComment": {"comment": Rule(filled, required=True)},
}
"""The nineteen actions. ``setRepository`` is accepted without url, as the official command line sends it."""
