"""Read the envelope that every Origin answer comes in (``origin-api.md`` sections 2 and 11)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.platforms.answer import Answer

SUCCESS: Final = "SUCCESS"
_STATES: Final = frozenset({SUCCESS, "ERROR"})
_CODE: Final = re.compile(r"CE\d{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Hold an answer's ``status``: the code without the words behind it, and the messages for people."""

    succeeded: bool
    code: str
    messages: tuple[str, ...]


def read_status(answer: Answer) -> Status | None:
    """Return the status of an answer, None when its body is no envelope.

    The documentation draws ``status`` as an object and as an array; a one-element array is taken for its element.
    """
    status = one((answer.object() or {}).get("status"))
    if status is None or status.get("state") not in _STATES:
        return None
    text = str(status.get("code") or "")
    code = _CODE.match(text)
    messages = [answer.words(message) for message in many(status.get("messages")) if isinstance(message, str)]
    return Status(
        succeeded=status["state"] == SUCCESS,
        code=code.group() if code else answer.words(text),
        messages=tuple(messages or filter(None, [answer.words(text)])),
    )


def one(value: object) -> Mapping[str, object] | None:
    """Return an object that may come as a one-element array; None for anything else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def many(value: object) -> Sequence[object]:
    """Return an array whose only element may come bare; absent and null are empty."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def number(value: object) -> int | None:
    """Return a count that may come as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() else None
