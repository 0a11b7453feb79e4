"""What the kinds' rules have in common."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from trueup.diff.equality import is_empty
from trueup.kinds import findings
from trueup.kinds.base import Advice
from trueup.model.change import Change, Finding
from trueup.model.position import Step
from trueup.model.value import Desired

EMAIL: Final = re.compile(r"[^\s@]+@[^\s@][^\s@.]*[.][^\s@]+")
URL: Final = re.compile(r"https?://[^\s/][^\s/.]*[.][^\s/].*", re.IGNORECASE)

Form = tuple[tuple[str, ...], re.Pattern[str], str, str]
"""The path of a text below spec, the form that it usually has, the code of the warning and its words."""


def at(node: Any, path: Sequence[Step]) -> Any:
    """Return what a checked mapping holds at a path of names, or None."""
    for step in path:
        node = node.get(step)
        if node is None:
            return None
    return node


def day_of(text: str) -> date | None:
    """Return the day of an ISO 8601 date, with or without a time, or None when the calendar has no such day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def unusual_texts(spec: Mapping[str, Any], forms: Iterable[Form]) -> Iterator[Advice]:
    """Warn of each text that has not the form that it usually has."""
    for path, form, code, words in forms:
        text = at(spec, path)
        if text and not form.fullmatch(text):
            yield code, path, f"{path[-1]} {text!r} {words}."


def touched(desired: Desired, changes: Sequence[Change] | None) -> Collection[str]:
    """Return the paths that the plan sends something for; when that is not known, every managed path."""
    return desired.keys() if changes is None else {change.action.path for change in changes}


def given(desired: Desired, path: str) -> bool:
    """Say whether a path is managed and not empty."""
    return path in desired and not is_empty(desired[path])


def lacking(desired: Desired, needed: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding for each field that creation needs and the manifest does not give."""
    return tuple(findings.creation_requires(path, path) for path in needed if not given(desired, path))
