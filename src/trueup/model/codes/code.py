"""The type of an entry in the list of codes."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial


class Group(StrEnum):
    """What a code is said of; the value is the heading under which it is listed."""

    FILE = "Files and YAML"
    MANIFEST = "Manifests"
    PROJECT = "Project file and credentials"
    DOCUMENT = "Saved plans and documents"
    FINDING = "Findings of a plan"
    REFUSAL = "Safety rules"
    VERDICT = "Verdicts of a plan"
    OUTCOME = "Outcomes of an apply"
    DRIFT = "Results of a drift check"
    EXIT = "Exit statuses"


@dataclass(frozen=True, slots=True)
class Code:
    """One thing that trueup can say, and what people need to know about it.

    ``name`` is what trueup prints, stable across versions. ``meaning``, ``why`` and ``fix`` are sentences in Markdown;
    ``fix`` says what to do and is empty where there is nothing to do. ``example`` is plain text. ``level`` is
    ``error``, ``warning``, ``blocked``, ``note`` or ``refused``, or ``blocked or warning`` where it depends; it is
    empty for states of resources and exit statuses.
    """

    level: str
    name: str
    meaning: str
    why: str
    fix: str
    example: str
    group: Group = field(default=Group.FILE, kw_only=True)


error = partial(Code, "error")
warning = partial(Code, "warning")
blocked = partial(Code, "blocked")
blocked_or_warning = partial(Code, "blocked or warning")
note_code = partial(Code, "note")
refused_code = partial(Code, "refused")
state = partial(Code, "")
