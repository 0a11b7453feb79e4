"""Read the envelope that every Origin answer comes in (``origin-api.md`` sections 2 and 11)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.platforms.transport import Answer, text_of

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
    if status is None or text_of(status.get("state")) not in _STATES:
        return None
    return status_of(status, succeeded=status["state"] == SUCCESS, words=answer.words)


def status_of(node: Mapping[str, object], *, succeeded: bool, words: Callable[[str], str]) -> Status:
    """Return what ``code`` and ``messages`` of this object say, in words fit for people."""
    text = text_of(node.get("code"))
    code = _CODE.match(text)
    messages = [words(message) for message in many(node.get("messages")) if isinstance(message, str)]
    return Status(
        succeeded=succeeded,
        code=code.group() if code else words(text),
        messages=tuple(messages or filter(None, [words(text)])),
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
