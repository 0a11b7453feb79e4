"""Speak of connector drafts as the platform represents them: the calls, and what is read off an answer."""

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
"""One ConnectorStaged as it came."""


def observe_draft(draft: Draft) -> Live:
    """Return the draft as the kind's table reads it; raises ``UnexpectedAnswer``."""
    return KINDS[Kind.CONNECTOR].observe(draft)


def by_key(key: str, purpose: str) -> Call:
    """Return the call that reads the draft with this key."""
    return Call(method="GET", path=f"{DRAFTS}/key={path_segment(key)}", purpose=purpose)


def by_id(draft_id: str, key: str) -> Call:
    """Return the call that reads the draft with this id; ``key`` is for people."""
    return Call(method="GET", path=f"{DRAFTS}/{path_segment(draft_id)}", purpose=f"read Connector {key}")


def observe_as(draft: Draft, key: str, remote_id: str = "") -> Live:
    """Return the draft that was asked for; raises ``UnexpectedAnswer`` when it is another one.

    It has this key, or it has lost its key and is known by its id.
    """
    if draft.get("key") == key:
        return observe_draft(draft)
    if remote_id and draft.get("id") == remote_id and not draft.get("key"):
        return replace(observe_draft(draft), lost_key=True)
    raise UnexpectedAnswer(f"asked for the connector draft {key!r}, the platform answered with {_named(draft)}")


def is_draft(result: object) -> TypeGuard[Draft]:
    """Return whether a result of a listing has an id, and either no key or a key that is a text."""
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
