"""The type of an entry in the list of codes."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial


class Group(StrEnum):
    """The topic of a code; the value is the heading under which codes of the topic are listed."""

    FILE = "Files and YAML"
    MANIFEST = "Manifests"
    SPREADSHEET = "Spreadsheets"
    PROJECT = "Project file and credentials"
    DOCUMENT = "Saved plans and documents"
    FINDING = "Findings of a plan"
    REFUSAL = "Safety rules"
    VERDICT = "Verdicts of a plan"
    OUTCOME = "Outcomes of an apply"
    CAUSE = "Causes of a difference"
    DRIFT = "Results of a drift check"
    NO_PLAN = "Plans of pull requests that were not found"
    RUN = "Ends of a run of the GitHub Action"
    EXIT = "Exit statuses"


@dataclass(frozen=True, slots=True)
class Code:
    """A diagnostic, finding, refusal, state or exit status, and what people need to know about it.

    ``name`` is the text that trueup prints; it is stable across versions. ``meaning``, ``why`` and ``fix`` are
    sentences in Markdown; ``fix`` says what to do and is empty if there is nothing to do. For exit statuses,
    ``meaning`` and ``fix`` are phrases in lower case. ``example`` is one line of plain text. ``level`` is ``error``,
    ``warning``, ``blocked``, ``note``, ``refused`` or ``blocked or warning``; it is empty for states of resources and
    for exit statuses.
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
