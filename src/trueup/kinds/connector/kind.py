"""The description of the connector kind."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from trueup.kinds.base import KindSpec, Naming, Payloads
from trueup.kinds.connector.fields import BY_PATH, FIELDS, TABLE
from trueup.kinds.connector.live import observe
from trueup.kinds.connector.payloads import action_name, actions, draft
from trueup.kinds.connector.processes import LIFECYCLE, repository_tag
from trueup.kinds.connector.rules import advice, check
from trueup.kinds.dependencies import PUBLISHED_RELEASE, STAGED_RELEASE
from trueup.kinds.values import read_spec
from trueup.model.action import Action, SetParts
from trueup.model.identity import IdField, Kind, Platform
from trueup.model.live import Live
from trueup.model.overview import LiveStatus
from trueup.model.value import Desired, Parts, Value


def _url(fields: Mapping[str, Value]) -> object:
    repository = fields.get("repository")
    return repository.values.get("url") if isinstance(repository, Parts) else None


def _offers(desired: Desired, actions: Sequence[Action]) -> Mapping[str, str]:
    """Return the releases that deployments can move to when these actions have been applied; tags come first."""
    tag = repository_tag(desired.get("repository"))
    moved = any(isinstance(action, SetParts) and action.path == "repository" for action in actions)
    offered = {STAGED_RELEASE: tag} if moved and tag else {}
    published = any(LIFECYCLE.publishes(action) for action in actions)
    return offered | ({PUBLISHED_RELEASE: f"{tag or 'the release'} (once it is published)"} if published else {})


def _status(live: Live) -> LiveStatus:
    from trueup.kinds.connector.status import live_status  # noqa: PLC0415 - only one command needs it

    return live_status(live)


_READ_ONLY: Final = frozenset(
    {
        "id", "version", "configurations", "globalConfiguration", "apiClient", "private", "certificationInfo",
        "status", "publishingReport", "alreadyListed", "hasChanges", "isPreviewable", "previewableReport",
        "createdAt", "lastModifiedAt",
    }
)  # fmt: skip
"""Members of a ConnectorStaged that no request can set (``connect-api.md`` section 3)."""

CONNECTOR: Final = KindSpec(
    kind=Kind.CONNECTOR,
    platform=Platform.CONNECT,
    plural="connectors",
    # The format of a key (connect-api.md section 3).
    naming=Naming(field=IdField.KEY, form=re.compile(r"[A-Za-z0-9_-]{2,256}")),
    fields=FIELDS,
    by_path=BY_PATH,
    desired=partial(read_spec, TABLE),
    observe=observe,
    # ConnectorStagedDraft has every field of the table (connect-api.md section 3), so no update must follow.
    creation=lambda desired: (desired, {}),
    check=check,
    payloads=Payloads(
        create=lambda identity, _locale, fields: draft(identity.value, fields),
        update=lambda _identity, _locale, wanted: actions(wanted),
        # The request identifies the draft by the id in its path.
        delete=lambda _: {},
    ),
    versioned=True,
    action_name=action_name,
    deletion="This deletes the draft and, with it, the published connector.",
    summary=("name", "repository"),
    lifecycle=LIFECYCLE,
    # Drafts have been seen to lose their key on the server (connect-api.md section 3).
    recognised_by={"repository": _url, "name": lambda fields: fields.get("name")},
    advice=advice,
    offers=_offers,
    status=_status,
    read_only=_READ_ONLY,
)
