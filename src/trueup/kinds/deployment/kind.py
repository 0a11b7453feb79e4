"""The description of the deployment kind."""

import re
from functools import partial
from typing import Final

from trueup.kinds.base import KindSpec, Naming, Payloads
from trueup.kinds.dependencies import Dependencies
from trueup.kinds.deployment.fields import BY_PATH, FIELDS, KEY, REGION, TABLE, TYPE
from trueup.kinds.deployment.live import observe, relate
from trueup.kinds.deployment.payloads import action_name, draft, repeats, source, update
from trueup.kinds.deployment.processes import LIFECYCLE
from trueup.kinds.deployment.refusals import expected_refusals
from trueup.kinds.deployment.rules import check, expects, needs, refers, rests_on, stays
from trueup.kinds.values import read_spec
from trueup.model.identity import IdField, Kind, Platform
from trueup.model.live import Live
from trueup.model.overview import LiveStatus


def _status(live: Live) -> LiveStatus:
    from trueup.kinds.deployment.status import live_status  # noqa: PLC0415 - only one command needs it

    return live_status(live)


DEPLOYMENT: Final = KindSpec(
    kind=Kind.DEPLOYMENT,
    platform=Platform.CONNECT,
    plural="deployments",
    # The format of a key (deployment-api.md section 3.1).
    naming=Naming(field=IdField.KEY, form=re.compile(r"[A-Za-z0-9_-]{2,256}")),
    fields=FIELDS,
    by_path=BY_PATH,
    desired=partial(read_spec, TABLE),
    observe=observe,
    # DeploymentDraft has every field of the table (section 3.4), so no update must follow.
    creation=lambda desired: (desired, {}),
    check=check,
    action_name=action_name,
    payloads=Payloads(
        create=lambda identity, _locale, fields: draft(identity.value, fields),
        update=update,
        # The request identifies the deployment by the id in its path.
        delete=lambda _: {},
    ),
    versioned=True,
    deletion="This removes the running applications with their URLs, topics and secured values. What refers to the "
    "deployment's id or URLs elsewhere, such as a PaymentIntegration of Checkout, must be created again.",
    # Its path has the project, unlike that of a draft (section 1).
    target_field="projectKey",
    summary=(KEY, TYPE, REGION),
    lifecycle=LIFECYCLE,
    dependencies=Dependencies(
        refers=refers,
        needs=needs,
        rests_on=rests_on,
        expects=expects,
        source=source,
        relate=relate,
        refusals=expected_refusals,
        stays=stays,
    ),
    repeats=repeats,
    # Also the answer if the project may not deploy this connector (section 7).
    own_refusals=frozenset({"AuthorizationError"}),
    status=_status,
    read_only=frozenset(
        {"id", "version", "preview", "deployedRegion", "apiClient", "details", "status", "rollbackRevision"}
    ),
)
