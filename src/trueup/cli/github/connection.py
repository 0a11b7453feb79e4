"""The connection of a step to GitHub's API."""

from collections.abc import Mapping
from typing import Final

from trueup.github.api import Rest
from trueup.github.context import Context
from trueup.github.workflow import WorkflowStep
from trueup.platforms.certificates import ssl_context
from trueup.platforms.proxy import proxy_to
from trueup.platforms.transport import SyncClient, sync_transport

TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
PUSHING_TOKEN: Final = "TRUEUP_FOLLOW_UP_TOKEN"  # noqa: S105 - the same
"""The variable with the token that may push branches and open pull requests."""

NO_PUSHING_TOKEN: Final = (
    "A pull request needs a token that may open one: give the secret TRUEUP_TOKEN, or the input follow-up-token of the "  # noqa: S105 - words
    "action. It is not the token of the job, and has the repository permissions Contents and Pull requests, both Read "
    "and write."
)


def open_rest(step: WorkflowStep, context: Context, *, token: str = TOKEN) -> Rest:
    """Return a client for the API with the token in the variable ``token``.

    Raises UsageError for what it cannot be made from.
    """
    certificates = ssl_context(step.env)

    def open_client(base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int) -> SyncClient:
        # One transport for each address: the host that stores artifacts can be behind another proxy than the API.
        transport = sync_transport(proxy_to(base_url, environ=step.env), certificates)
        return SyncClient(base_url, headers, timeout=timeout, limit=limit, transport=transport)

    return Rest(context.api_url, step.env.get(token, "").strip(), open_client, sleep=step.sleep)
