"""Connector drafts as Connect represents them: the calls that read one, and the values taken from an answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeGuard

from trueup.errors import UnexpectedAnswer
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.model.live import Live
from trueup.platforms.address import path_segment
from trueup.platforms.client import Call
from trueup.platforms.transport import shorten_body, text_of

DRAFTS: Final = "/connectors/drafts"

Draft = Mapping[str, object]
"""The JSON object of a ConnectorStaged (``connect-api.md`` section 3)."""


def observe_draft(draft: Draft) -> Live:
    """Return the live state of a draft; raises ``UnexpectedAnswer`` when a field has an unexpected form."""
    return KINDS[Kind.CONNECTOR].observe(draft)


def by_key(key: str, purpose: str) -> Call:
    """Return the call that reads the draft with this key."""
    return Call(method="GET", path=f"{DRAFTS}/key={path_segment(key)}", purpose=purpose)


def by_id(draft_id: str, key: str) -> Call:
    """Return the call that reads the draft with this id; ``key`` is for messages."""
    return Call(method="GET", path=f"{DRAFTS}/{path_segment(draft_id)}", purpose=f"read Connector {key}")


def observe_as(draft: Draft, key: str, remote_id: str = "") -> Live:
    """Return the live state of the draft with this key; raises ``UnexpectedAnswer`` when it is another draft.

    A draft without a key is accepted if it has the id ``remote_id``: then it has lost its key.
    """
    if draft.get("key") == key:
        return observe_draft(draft)
    # Seen once: the platform had set the key of a draft to null (connect-api.md section 3). The id stays.
    if remote_id and draft.get("id") == remote_id and not draft.get("key"):
        return replace(observe_draft(draft), lost_key=True)
    raise UnexpectedAnswer(f"trueup asked for the connector draft {key!r} and received {_named(draft)}")


def is_draft(result: object) -> TypeGuard[Draft]:
    """Return whether a result of a listing is an object with an id, and with no key or a text as key."""
    if not isinstance(result, dict) or not isinstance(result.get("id"), str) or not result["id"]:
        return False
    return result.get("key") is None or isinstance(result["key"], str)


def id_of(draft: Draft) -> str:
    """Return the draft's id; raises ``UnexpectedAnswer`` when it has none."""
    draft_id = draft.get("id")
    if not isinstance(draft_id, str) or not draft_id:
        raise UnexpectedAnswer(f"the platform listed a connector draft without an id: {_named(draft)}")
    return draft_id


def _named(draft: Draft) -> str:
    draft_id, key = (shorten_body(text_of(draft.get(name))) for name in ("id", "key"))
    return f"the draft with id {draft_id!r} and key {key!r}"
