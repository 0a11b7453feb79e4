"""The result of one check of the doctor: whether trueup can work here and reach a target."""

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """The state of a check. ``SKIPPED``: it does not apply, or needs another one that failed."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"
    MISSING = "missing"
    """Something that has still to be made, such as the project file: nothing is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of a target, or of this machine if ``target`` is empty.

    ``seen`` is what was found and ``advice`` what to do next, both for people. ``details`` are shown with --verbose.
    ``invalid``: it failed because of what the user wrote, not because of a server or the network.
    """

    name: str
    target: str = ""
    state: CheckState
    seen: str
    advice: str = ""
    details: tuple[str, ...] = ()
    milliseconds: int = 0
    invalid: bool = False
