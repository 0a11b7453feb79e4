"""The connection of a step to GitHub's API."""

from collections.abc import Mapping

from trueup.github.api import Rest
from trueup.github.context import Context
from trueup.github.workflow import WorkflowStep
from trueup.platforms.proxy import proxy_to
from trueup.platforms.transport import SyncClient, ssl_context, sync_transport


def open_rest(step: WorkflowStep, context: Context) -> Rest:
    """Return a client for the API with the step's token; raises UsageError for what it cannot be made from."""
    certificates = ssl_context(step.env)

    def open_client(base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int) -> SyncClient:
        # One transport for each address: the host that stores artifacts can be behind another proxy than the API.
        transport = sync_transport(proxy_to(base_url, environ=step.env), certificates)
        return SyncClient(base_url, headers, timeout=timeout, limit=limit, transport=transport)

    return Rest(context.api_url, step.env.get("GITHUB_TOKEN", "").strip(), open_client, sleep=step.sleep)
